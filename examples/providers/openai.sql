-- OpenAI. Run it with a key:   OPENAI_API_KEY=... aisql --memory openai.sql
-- 'openai:MODEL' is always there; OPENAI_BASE_URL leads it to another address.

SELECT ai_complete('openai:gpt-4o-mini', 'In one word: the capital of France?') AS answer;

-- A model with options, and an answer of a given form.
CREATE OR REPLACE TEMPORARY MODEL mood INPUT (`review` STRING) OUTPUT (`mood` STRING) WITH (
  'provider' = 'openai',
  'endpoint' = 'https://api.openai.com/v1/chat/completions',
  'api-key' = '${OPENAI_API_KEY}',
  'model' = 'gpt-4o-mini',
  'system-prompt' = 'Judge the mood of the review.',
  'response-format' = 'json_schema',
  'extra-body' = '{"response_format": {"json_schema": {"name": "mood", "strict": true, "schema": {"type": "object",
    "properties": {"mood": {"enum": ["good", "bad"]}}, "required": ["mood"], "additionalProperties": false}}}}'
);
SELECT * FROM ML_PREDICT((SELECT 'I love it' AS review), MODEL mood, DESCRIPTOR(review));

SELECT vector_dims(ai_embedding('openai:text-embedding-3-small', 'a soft blanket')) AS numbers;
