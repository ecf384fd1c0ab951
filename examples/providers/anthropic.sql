-- Anthropic, by its own interface. Run it with a key:   ANTHROPIC_API_KEY=... aisql --memory anthropic.sql
-- An endpoint that ends in /chat/completions speaks that of OpenAI instead, which leaves out much.

SELECT ai_complete('anthropic:claude-haiku-4-5', 'In one word: the capital of France?') AS answer;

CREATE OR REPLACE TEMPORARY MODEL claude INPUT (`prompt` STRING) OUTPUT (`answer` STRING) WITH (
  'provider' = 'anthropic',
  'endpoint' = 'https://api.anthropic.com/v1/messages',
  'api-key' = '${ANTHROPIC_API_KEY}',
  'model' = 'claude-haiku-4-5',
  'max-tokens' = '100'
);
SELECT ai_complete('claude', 'In one word: the capital of Italy?') AS answer;
