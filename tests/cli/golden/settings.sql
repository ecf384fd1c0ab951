-- options: --on-error continue
-- status: 1
-- SET and RESET.
SET;
SET ai.concurrency = 5;
SET 'ai.timeout' = '2 min';
SET 'ai.on_error' = 'null';
SET ai.max_calls = 10;
SET;
SET ai.concurrency = 0;
SET ai.concurency = 5;
SET 'ai.timeout' = 'soon';
SET 'ai.on_error' = 'ignore';
SET 'pipeline.name' = 'x';
RESET ai.concurrency;
RESET ai.nosuch;
SET;
RESET;
SET;
