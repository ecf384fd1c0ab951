-- PAI-EAS: the service's own address with /v1/chat/completions behind it, over https; the key is its token.
-- Run it:   EAS_TOKEN=... aisql --memory -v SERVICE=https://YOUR-SERVICE.pai-eas.aliyuncs.com/api/predict/NAME pai_eas.sql
-- Older services want the bare token:   'extra-header' = '{"Authorization": "${EAS_TOKEN}"}'

CREATE OR REPLACE TEMPORARY MODEL pai INPUT (`input` STRING) OUTPUT (`content` STRING) WITH (
  'provider' = 'bailian',
  'endpoint' = '${SERVICE}/v1/chat/completions',
  'api-key' = '${EAS_TOKEN}',
  'model' = 'qwen3-235b-a22b'
);
SELECT ai_complete('pai', 'In one word: the capital of France?') AS answer;
