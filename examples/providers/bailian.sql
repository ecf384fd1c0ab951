-- Alibaba Cloud Model Studio (Bailian), by its interface of OpenAI. Outside of China the host is dashscope-intl.
-- Run it with a key:   DASHSCOPE_API_KEY=... aisql --memory bailian.sql

CREATE OR REPLACE TEMPORARY MODEL qwen INPUT (`input` STRING) OUTPUT (`content` STRING) WITH (
  'provider' = 'bailian',
  'endpoint' = 'https://dashscope.aliyuncs.com/compatible-mode/v1/chat/completions',
  'api-key' = '${DASHSCOPE_API_KEY}',
  'model' = 'qwen-plus',
  'extra-body' = '{"enable_thinking": false}'
);
SELECT ai_complete('qwen', 'In one word: the capital of France?') AS answer;

CREATE OR REPLACE TEMPORARY MODEL vectors INPUT (`input` STRING) OUTPUT (`embedding` ARRAY<FLOAT>) WITH (
  'provider' = 'bailian',
  'endpoint' = 'https://dashscope.aliyuncs.com/compatible-mode/v1/embeddings',
  'api-key' = '${DASHSCOPE_API_KEY}',
  'model' = 'text-embedding-v4',
  'dimension' = '512'
);
SELECT vector_dims(ai_embedding('vectors', 'a soft blanket')) AS numbers;
