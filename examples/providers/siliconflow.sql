-- SiliconFlow. Run it with a key:   SILICONFLOW_API_KEY=... aisql --memory siliconflow.sql

DROP CONNECTION IF EXISTS siliconflow;
CREATE API CONNECTION siliconflow TYPE ai_function
  PROVIDER = 'siliconflow'
  BASE_URL = 'https://api.siliconflow.cn/v1'
  API_KEY = '${SILICONFLOW_API_KEY}'
  REQUESTS_PER_MINUTE = '1000';
SELECT ai_complete('siliconflow:Qwen/Qwen2.5-7B-Instruct', 'In one word: the capital of France?') AS answer;
SELECT vector_dims(ai_embedding('siliconflow:BAAI/bge-m3', 'a soft blanket')) AS numbers;
DROP CONNECTION siliconflow;
