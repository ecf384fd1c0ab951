-- The offline provider: no key, no network, plain text rules.   Run it:   aisql --memory builtin.sql

CREATE OR REPLACE TEMPORARY MODEL mood INPUT (`review` STRING) OUTPUT (`mood` STRING) WITH (
  'provider' = 'builtin',
  'system-prompt' = 'Classify into one of the labels [good, bad].'
);
SELECT ai_complete('mood', 'I love it') AS answer;
