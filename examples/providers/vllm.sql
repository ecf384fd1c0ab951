-- vLLM on this machine; no key unless it was started with one.
-- Run it:   vllm serve Qwen/Qwen3-0.6B && aisql --memory vllm.sql

CREATE OR REPLACE TEMPORARY MODEL qwen INPUT (`prompt` STRING) OUTPUT (`answer` STRING) WITH (
  'provider' = 'openai-compat',
  'endpoint' = 'http://localhost:8000/v1/chat/completions',
  'model' = 'Qwen/Qwen3-0.6B',
  'extra-body' = '{"chat_template_kwargs": {"enable_thinking": false}}'
);
SELECT ai_complete('qwen', 'In one word: the capital of France?') AS answer;
