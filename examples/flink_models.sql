-- The statements of "Flink SQL: model DDL" (Realtime Compute for Apache Flink), in the order of the document.
-- Run it with
--
--     aisql --memory examples/flink_models.sql
--
-- No model is called before the last query, which asks the offline provider: no network, no key.
-- Warnings on stderr are meant to be there; the comments say why. The example works in a database of its own
-- and drops it at the end.

CREATE DATABASE IF NOT EXISTS flink_example;
USE flink_example;

-- Register a chat model (Model Studio). The document has '<Endpoint>' and '<bailian-key>'.
-- A key is best written ${NAME}: it is looked up when a call is made, and never stored.
CREATE OR REPLACE MODEL model_bailian
INPUT (`input` STRING)
OUTPUT (`content` STRING)
WITH (
  'provider' = 'bailian',
  'endpoint' = 'https://dashscope-intl.aliyuncs.com/compatible-mode/v1/chat/completions',
  'api-key' = '${DASHSCOPE_API_KEY}',
  'model' = 'qwen3-235b-a22b'
);

-- Register an embedding model (PAI). The document has '<vpc_endpoint>' and '<Token>'.
CREATE OR REPLACE MODEL model_pai
INPUT (`input` STRING)
OUTPUT (`embedding` ARRAY<FLOAT>)
WITH (
  'provider' = 'bailian',
  'endpoint' = 'https://1234.vpc.cn-hangzhou.pai-eas.aliyuncs.com/api/predict/quickstart_deploy/v1/embeddings',
  'api-key' = '${PAI_TOKEN}',
  'model' = 'qwen3-235b-a22b'
);

-- The parameters of chat/completions and embeddings. The names of VVR 11.1 (apiKey, systemPrompt, topP,
-- maxTokens) are taken too and become the names of today.
CREATE OR REPLACE TEMPORARY MODEL all_chat_parameters
INPUT (`input_text` STRING COMMENT 'User comment')
OUTPUT (`sentiment_label` STRING COMMENT 'Sentiment label')
WITH (
  'provider' = 'bailian',
  'endpoint' = 'https://dashscope-intl.aliyuncs.com/compatible-mode/v1/chat/completions',
  'apiKey' = '${DASHSCOPE_API_KEY}',
  'model' = 'qwen-turbo',
  'systemPrompt' = 'You are a helpful assistant.',
  'temperature' = '0.7',
  'topP' = '0.9',
  'stop' = 'END',
  'maxTokens' = '100',
  'max-context-size' = '1000',
  'context-overflow-action' = 'truncated-tail'
);

CREATE OR REPLACE TEMPORARY MODEL all_embedding_parameters
INPUT (`input_text` STRING)
OUTPUT (`embedding` ARRAY<FLOAT>)
WITH (
  'provider' = 'bailian',
  'endpoint' = 'https://dashscope-intl.aliyuncs.com/compatible-mode/v1/embeddings',
  'api-key' = '${DASHSCOPE_API_KEY}',
  'model' = 'text-embedding-v4',
  'dimension' = '768'
);

-- View models. The model `m` of the document's sample has an output of type BIGINT. That breaks the rule the
-- document gives itself (one STRING), so it can be described but not called: a warning.
CREATE OR REPLACE MODEL m
INPUT (`content` STRING)
OUTPUT (`label` BIGINT)
WITH (
  'provider' = 'bailian',
  'endpoint' = 'https://dashscope-intl.aliyuncs.com/compatible-mode/v1/chat/completions',
  'api-key' = '${DASHSCOPE_API_KEY}',
  'model' = 'qwen-turbo'
);

-- The document shows one column, `model name`, with a row for each model. Temporary models are not listed.
SHOW MODELS;
SHOW MODELS FROM default_catalog.flink_example;

-- The document does not print this one. The layout is Flink's: options sorted, STRING as VARCHAR(2147483647).
SHOW CREATE MODEL m;

-- +---------+--------+------+----------+
-- | name    | type   | null | is input |
-- +---------+--------+------+----------+
-- | content | STRING | TRUE | TRUE     |
-- | label   | BIGINT | TRUE | FALSE    |
-- +---------+--------+------+----------+
DESCRIBE MODEL m;

-- Modify models. The document's examples stand alone and all speak of m, so the name is given back.
ALTER MODEL m RENAME TO m1;
SHOW MODELS;
ALTER MODEL m1 RENAME TO m;

-- The key goes with the model to a new endpoint here because it is a ${NAME}. A key written as it is
-- belongs to the host it was given for.
ALTER MODEL m SET ('endpoint' = 'https://example.com/v1/chat/completions');
SHOW CREATE MODEL m;

-- A required option can be reset too. The model is not complete then: a warning now, an error at a call.
ALTER MODEL m RESET ('endpoint');
SHOW CREATE MODEL m;
ALTER MODEL IF EXISTS no_such_model RESET ('endpoint');

-- Delete models.
DROP MODEL m;
DROP TEMPORARY MODEL all_embedding_parameters;
DROP MODEL IF EXISTS m;
SHOW MODELS;

-- What the models are for, offline: the same statement with the provider that needs no network.
CREATE OR REPLACE TEMPORARY MODEL ai_analyze_sentiment
INPUT (`input` STRING)
OUTPUT (`content` STRING)
WITH (
  'provider' = 'builtin',
  'system-prompt' = 'Classify the text below into one of the following labels: [positive, negative, neutral, mixed]. Output only the label.'
);

CREATE TEMPORARY VIEW movie_comment(id, user_comment) AS
VALUES (1, 'What a beautiful film, I loved every minute.'), (2, 'Boring and far too long.'), (3, NULL);

-- A row whose input is NULL is left out.
SELECT id, user_comment, content AS predict_label
FROM ML_PREDICT(TABLE movie_comment, MODEL ai_analyze_sentiment, DESCRIPTOR(user_comment));

DROP VIEW movie_comment;
USE default_database;
DROP DATABASE flink_example CASCADE;
