-- DashScope's own interface: a connection whose base address ends in /api/v1 speaks it.
-- Run it with a key:   DASHSCOPE_API_KEY=... aisql --memory dashscope.sql

DROP CONNECTION IF EXISTS native;
CREATE API CONNECTION native TYPE ai_function
  PROVIDER = 'aliyun-dashscope'
  BASE_URL = 'https://dashscope.aliyuncs.com/api/v1'
  API_KEY = '${DASHSCOPE_API_KEY}';
SELECT ai_complete('native:qwen-plus', 'In one word: the capital of France?') AS answer;
SELECT vector_dims(ai_embedding('native:text-embedding-v4', 'a soft blanket')) AS numbers;
DROP CONNECTION native;
