-- llama.cpp's server on this machine; no key unless it was started with one. While it loads the model it answers 503,
-- and is asked again.   Run it:   llama-server -m model.gguf -np 4 && aisql --memory llama_cpp.sql

SET ai.concurrency = 4;
CREATE OR REPLACE TEMPORARY MODEL local INPUT (`prompt` STRING) OUTPUT (`answer` STRING) WITH (
  'provider' = 'openai-compat',
  'endpoint' = 'http://localhost:8080/v1/chat/completions',
  'model' = 'local',
  'max-tokens' = '50'
);
SELECT ai_complete('local', 'In one word: the capital of France?') AS answer;
