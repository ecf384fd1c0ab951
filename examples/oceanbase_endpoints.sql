-- The AI function service of OceanBase: the sample row of "CDB_OB_AI_MODEL_ENDPOINTS", and calls through an endpoint.
-- Run it with
--
--     aisql --memory examples/oceanbase_endpoints.sql
--
-- Nothing here is called but the offline provider.

-- The row of the document, made by the procedures it comes from. Its key is looked up when a call is made.
CALL DBMS_AI_SERVICE.CREATE_AI_MODEL('my_ai_model_1',
  '{"type": "dense_embedding", "model_name": "text-embedding-v2"}');
CALL DBMS_AI_SERVICE.CREATE_AI_MODEL_ENDPOINT('my_model_endpoint1', '{
  "ai_model_name": "my_ai_model_1",
  "url": "https://dashscope.aliyuncs.com/compatible-mode/v1/embeddings",
  "access_key": "${DASHSCOPE_API_KEY}",
  "request_model_name": "text-embedding-v2",
  "provider": "openai"
}');

-- ACCESS_KEY is left out here: it is 64 random hex digits, others in every run.
SELECT TENANT_ID, ENDPOINT_ID, ENDPOINT_NAME, AI_MODEL_NAME, SCOPE, URL, length(ACCESS_KEY) AS digits, PROVIDER,
       REQUEST_MODEL_NAME, PARAMETERS, REQUEST_TRANSFORM_FN, RESPONSE_TRANSFORM_FN
FROM oceanbase.CDB_OB_AI_MODEL_ENDPOINTS;
DESCRIBE oceanbase.CDB_OB_AI_MODEL_ENDPOINTS;

-- The same endpoint for the offline provider: this one can be called.
CALL DBMS_AI_SERVICE.ALTER_AI_MODEL_ENDPOINT('my_model_endpoint1', '{"provider": "builtin"}');
SELECT AI_EMBED("my_ai_model_1", "OceanBase", 6) AS embedding;

-- A model that writes. A function names the model; 'endpoint:NAME' names the endpoint.
CALL DBMS_AI_SERVICE.CREATE_AI_MODEL('ob_complete', '{"type": "completion", "model_name": "qwen-plus"}');
CALL DBMS_AI_SERVICE.CREATE_AI_MODEL_ENDPOINT('user_ai_model_endpoint_1', '{
  "ai_model_name": "ob_complete",
  "url": "https://api.deepseek.com/chat/completions",
  "access_key": "${DEEPSEEK_API_KEY}",
  "provider": "builtin"
}');
SELECT * FROM oceanbase.DBA_OB_AI_MODELS;

SELECT AI_PROMPT('Summarize in at most {0} words: {1}', '4', 'The kettle is quiet. It boils fast.') AS prompt;
SELECT AI_COMPLETE("ob_complete",
  AI_PROMPT('Summarize in at most {0} words: {1}', '4', 'The kettle is quiet. It boils fast.')) AS ans;
SELECT AI_COMPLETE('endpoint:user_ai_model_endpoint_1', 'Summarize in at most 4 words: It boils fast.') AS ans;

CALL DBMS_AI_SERVICE.DROP_AI_MODEL_ENDPOINT('user_ai_model_endpoint_1');
CALL DBMS_AI_SERVICE.DROP_AI_MODEL_ENDPOINT('my_model_endpoint1');
CALL DBMS_AI_SERVICE.DROP_AI_MODEL('ob_complete');
CALL DBMS_AI_SERVICE.DROP_AI_MODEL('my_ai_model_1');
