-- Ollama on this machine, by its own interface; no key. OLLAMA_HOST leads to another machine.
-- Run it:   ollama pull llama3.2 && aisql --memory ollama.sql
-- max-context-size also sets the context of the model, so that Ollama cuts nothing unseen.

SELECT ai_complete('ollama:llama3.2', 'In one word: the capital of France?') AS answer;

CREATE OR REPLACE TEMPORARY MODEL llama INPUT (`prompt` STRING) OUTPUT (`answer` STRING) WITH (
  'provider' = 'ollama',
  'endpoint' = 'http://localhost:11434/api/chat',
  'model' = 'llama3.2',
  'max-context-size' = '16384',
  'context-overflow-action' = 'truncated-tail-log'
);
SELECT ai_complete('llama', 'In one word: the capital of Italy?') AS answer;
