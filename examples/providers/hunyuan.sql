-- Tencent Hunyuan. Run it with a key:   HUNYUAN_API_KEY=... aisql --memory hunyuan.sql

CREATE OR REPLACE TEMPORARY MODEL hunyuan INPUT (`prompt` STRING) OUTPUT (`answer` STRING) WITH (
  'provider' = 'hunyuan-openai',
  'endpoint' = 'https://api.hunyuan.cloud.tencent.com/v1/chat/completions',
  'api-key' = '${HUNYUAN_API_KEY}',
  'model' = 'hunyuan-turbos-latest'
);
SELECT ai_complete('hunyuan', 'In one word: the capital of France?') AS answer;
