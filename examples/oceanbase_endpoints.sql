-- The sample row of "CDB_OB_AI_MODEL_ENDPOINTS" (OceanBase), said with what there is today. Run it with
--
--     aisql --memory examples/oceanbase_endpoints.sql
--
-- The view itself and the statements of DBMS_AI_SERVICE are not there yet. An endpoint of OceanBase is an
-- address, a key and a provider under a name: here that is an API connection. The AI model it belongs to is a
-- model. The row of the document, by column:
--
--     ENDPOINT_NAME        my_model_endpoint1    the name of the connection
--     AI_MODEL_NAME        my_ai_model_1         the name of the model
--     SCOPE                ALL                   nothing: the field is reserved
--     URL                  your ai model url     BASE_URL of the connection, 'endpoint' of the model
--     ACCESS_KEY           EAF8BD89...           API_KEY, 'api-key'; shown as ****** and never in hex
--     PROVIDER             openai                PROVIDER, 'provider' (also: aliyun, deepseek, ollama)
--     REQUEST_MODEL_NAME   text-embedding-v2     what stands behind the colon, 'model'
--     PARAMETERS, *_FN     NULL                  nothing: the fields are reserved
--
-- Nothing here is called but the offline provider.

DROP CONNECTION IF EXISTS my_model_endpoint1;

-- As a connection: with a key it would be used as ai_embedding('my_model_endpoint1:text-embedding-v2', '...').
CREATE API CONNECTION my_model_endpoint1
  TYPE ai_function
  PROVIDER = 'openai'
  BASE_URL = 'https://dashscope.aliyuncs.com/compatible-mode/v1'
  API_KEY = '${DASHSCOPE_API_KEY}';

-- As a model, which has all of it under one name. The URL is the document's example of one.
CREATE OR REPLACE TEMPORARY MODEL my_ai_model_1
INPUT (`content` STRING)
OUTPUT (`embedding` ARRAY<FLOAT>)
WITH (
  'provider' = 'openai',
  'endpoint' = 'https://dashscope.aliyuncs.com/compatible-mode/v1/embeddings',
  'api-key' = '${DASHSCOPE_API_KEY}',
  'model' = 'text-embedding-v2'
);
SHOW CREATE MODEL my_ai_model_1;

-- A key that is written out is kept in a file of its own and is not shown again.
CREATE OR REPLACE TEMPORARY MODEL my_ai_model_1
INPUT (`content` STRING)
OUTPUT (`embedding` ARRAY<FLOAT>)
WITH (
  'provider' = 'openai',
  'endpoint' = 'https://dashscope.aliyuncs.com/compatible-mode/v1/embeddings',
  'api-key' = 'sk-not-a-real-key',
  'model' = 'text-embedding-v2'
);
SHOW CREATE MODEL my_ai_model_1;

-- The same, offline: this one can be called.
CREATE OR REPLACE TEMPORARY MODEL my_ai_model_1
INPUT (`content` STRING)
OUTPUT (`embedding` ARRAY<FLOAT>)
WITH ('provider' = 'builtin', 'dimension' = '6');

SELECT ai_embedding('my_ai_model_1', 'OceanBase') AS embedding;

DROP CONNECTION my_model_endpoint1;
