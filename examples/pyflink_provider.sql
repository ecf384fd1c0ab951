-- Every parameter of pyflink.dataframe.ai.providers.OpenAICompatProvider as an option of CREATE MODEL.
-- Run it with
--
--     aisql --memory examples/pyflink_provider.sql
--
-- In Python a parameter is written max_tokens, as an option 'max-tokens'; the class itself is in aisql.providers.
-- Offline: what needs a network is only defined.

-- OpenAICompatProvider(endpoint=..., api_key=..., model=..., and every parameter of a chat).
-- Where the document gives a default, that default is written here.
CREATE OR REPLACE TEMPORARY MODEL every_chat_option
INPUT (`input` STRING)
OUTPUT (`output` STRING)
WITH (
  'provider' = 'openai-compat',
  'endpoint' = 'https://dashscope.aliyuncs.com/compatible-mode/v1/chat/completions',
  'api-key' = '${DASHSCOPE_API_KEY}',
  'model' = 'qwen-plus',
  'system-prompt' = 'You are a helpful assistant.',
  'user-prompt' = 'Summarize in at most 8 words:',
  'temperature' = '0.7',
  'top-p' = '0.9',
  'max-tokens' = '200',
  'stop' = 'END,STOP',
  'presence-penalty' = '0.5',
  'n' = '1',
  'seed' = '42',
  'content-type' = 'TEXT',
  'response-format' = 'text',
  'max-context-size' = '8000',
  'context-overflow-action' = 'truncated-tail',
  'error-handling-strategy' = 'RETRY',
  'retry-num' = '100',
  'retry-backoff-strategy' = 'FIXED',
  'retry-backoff-base-interval' = '1s',
  'retry-fallback-strategy' = 'FAILOVER',
  'extra-header' = '{"X-Request-Source": "aisql"}',
  'extra-body' = '{"enable_thinking": false}'
);

-- A header may hold a key, so 'extra-header' is shown as '******' like 'api-key' would be.
SHOW CREATE MODEL every_chat_option;

-- The parameters of an embedding. `task` says what the model does where no endpoint says it; in Flink that
-- is Flink's own model service, here it is the offline provider.
CREATE OR REPLACE TEMPORARY MODEL every_embedding_option
INPUT (`input` STRING)
OUTPUT (`output` ARRAY<FLOAT>)
WITH (
  'provider' = 'builtin',
  'task' = 'embeddings',
  'model' = 'demo',
  'dimension' = '8'
);

DESCRIBE MODEL every_embedding_option;

SELECT input, output
FROM ML_PREDICT(
  (SELECT 'a warm blanket' AS input UNION ALL SELECT 'a soft and warm blanket'),
  MODEL every_embedding_option,
  DESCRIPTOR(input)
);

-- The chat model with the offline provider, to see its options at work: the user prompt stands before every
-- input, and max_tokens bounds the answer. The other options go into the request unread.
CREATE OR REPLACE TEMPORARY MODEL offline_chat
INPUT (`input` STRING)
OUTPUT (`output` STRING)
WITH (
  'provider' = 'builtin',
  'system-prompt' = 'You are a helpful assistant.',
  'user-prompt' = 'Summarize in at most 8 words:',
  'temperature' = '0.7',
  'max-tokens' = '6'
);

-- df.llm.predict("input"), and the configuration of one call.
SELECT output
FROM ML_PREDICT(
  INPUT => (SELECT 'The kettle is quiet. The kettle boils fast and looks good.' AS input),
  MODEL => MODEL offline_chat,
  ARGS => DESCRIPTOR(input),
  CONFIG => MAP['async', 'true', 'max-concurrent-operations', '10', 'timeout', '30s']
);
