-- Azure OpenAI, by its v1 path. The model is the name of the deployment.
-- Run it with a key:   AZURE_OPENAI_API_KEY=... aisql --memory -v RESOURCE=your-resource azure.sql
-- The older path, /openai/deployments/NAME/chat/completions?api-version=..., is an endpoint like any other; there
-- the key goes into a header:   'extra-header' = '{"api-key": "${AZURE_OPENAI_API_KEY}"}'

CREATE OR REPLACE TEMPORARY MODEL azure INPUT (`prompt` STRING) OUTPUT (`answer` STRING) WITH (
  'provider' = 'openai-compat',
  'endpoint' = 'https://${RESOURCE}.openai.azure.com/openai/v1/chat/completions',
  'api-key' = '${AZURE_OPENAI_API_KEY}',
  'model' = 'gpt-4o-mini'
);
SELECT ai_complete('azure', 'In one word: the capital of France?') AS answer;
