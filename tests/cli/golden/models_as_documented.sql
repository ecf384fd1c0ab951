-- The model statements of the Flink SQL documentation, in its order.
SHOW MODELS;
CREATE MODEL model_bailian
INPUT (`input` STRING)
OUTPUT (`content` STRING)
WITH (
'provider'='bailian',
'endpoint'='https://dashscope-intl.aliyuncs.com/compatible-mode/v1/chat/completions',
'api-key'='<bailian-key>',
'model'='qwen3-235b-a22b'
);
CREATE MODEL model_pai
INPUT (`input` STRING)
OUTPUT (`embedding` ARRAY<FLOAT>)
WITH (
'provider'='bailian',
'endpoint'='https://pai.example.com/api/predict/quickstart/v1/embeddings',
'api-key'='<Token>',
'model'='qwen3-235b-a22b'
);
CREATE MODEL sentiment
INPUT (`input_text` STRING COMMENT 'User comment')
OUTPUT (`sentiment_label` STRING COMMENT 'Sentiment label')
WITH ('provider'='bailian', 'endpoint'='${ENDPOINT}', 'model'='qwen-turbo', 'apiKey'='${KEY}');
SHOW MODELS;
SHOW CREATE MODEL model_bailian;
SHOW CREATE MODEL model_pai;
SHOW CREATE MODEL sentiment;
DESCRIBE MODEL model_pai;
DESCRIBE MODEL sentiment;
DROP MODEL model_bailian;
DROP MODEL model_pai;
DROP MODEL sentiment;
CREATE MODEL m
INPUT (content STRING)
OUTPUT (label BIGINT)
WITH (
'provider'='bailian',
'endpoint'='https://dashscope.aliyuncs.com/compatible-mode/v1/chat/completions',
'api-key'='<bailian-key>',
'model'='qwen-turbo'
);
SHOW MODELS;
DESCRIBE MODEL m;
ALTER MODEL m RENAME TO m1;
ALTER MODEL m1 SET ('endpoint' = '<Your_Endpoint>');
ALTER MODEL m1 RESET ('endpoint');
SHOW MODELS;
ALTER MODEL m1 RENAME TO m;
DROP MODEL m;
DROP MODEL IF EXISTS m;
SHOW MODELS;
CREATE TEMPORARY MODEL default_catalog.default_database.m
INPUT (content STRING)
OUTPUT (label STRING)
WITH (
'provider'='bailian',
'endpoint'='https://dashscope.aliyuncs.com/compatible-mode/v1/chat/completions',
'api-key'='<bailian-key>',
'model'='qwen-turbo',
'max-context-size'='8192',
'context-overflow-action'='truncated-head-log',
'systemPrompt'='Answer with one word.',
'temperature'='0.5',
'topP'='0.8',
'stop'='END',
'maxTokens'='16'
);
SHOW MODELS FROM default_catalog.default_database;
SHOW MODELS IN default_database;
SHOW CREATE MODEL default_catalog.default_database.m;
DESCRIBE MODEL default_database.m;
DROP TEMPORARY MODEL IF EXISTS m;
ALTER MODEL IF EXISTS m RENAME TO m1;
ALTER MODEL IF EXISTS m SET ('model' = 'qwen-max');
ALTER MODEL IF EXISTS m RESET ('model');
