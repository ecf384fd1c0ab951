-- options: --on-error continue
-- status: 1
-- What the documents say about calls that cannot be made, and the statements around them going on.
CREATE TABLE t (id INTEGER, body TEXT);
INSERT INTO t VALUES (1, 'text');
SELECT ai_complete('endpoint:qwen3-max-preview', 'What is the capital of China?') AS result;
SELECT ai_complete('qwen3-max-preview', 'What is the capital of China?') AS result;
SELECT ai_complete('nosuch:model', 'x');
SELECT ai_complete('', 'x');
SELECT ai_complete(NULL, 'x');
SELECT ai_complete('builtin:demo', NULL) AS no_text, ai_complete('builtin:demo', '') AS empty;
SELECT ai_complete('builtin:demo');
SELECT ai_complete('builtin:demo', 'x', json '{"model.params":{"temperature":3}}');
SELECT ai_complete('builtin:demo', 'x', json '{"task.concurency":"5"}');
SELECT ai_complete('builtin:demo', 'x', json '{"task.concurrency":');
SELECT ai_classify('builtin:demo', 'x', ARRAY());
SELECT ai_compleet('builtin:demo', 'x');
SELECT ai_complete('builtin:demo', bodi) FROM t;
SELECT id, ai_complete('builtin:demo', random()) FROM t;
CREATE MODEL m INPUT (i STRING) OUTPUT (o STRING) WITH ('provider'='builtin', 'model'='demo', 'temperature'='9');
CREATE MODEL m INPUT (i STRING) OUTPUT (o STRING) WITH ('provider'='bailian', 'model'='x', 'endpoint'='https://example.com/v1/embeddings', 'api-key'='${KEY}', 'dimension'='100');
CREATE MODEL m INPUT (i STRING) OUTPUT (o STRING) WITH ('provider'='builtin', 'temprature'='1');
CREATE MODEL m INPUT (i STRING OUTPUT (o STRING) WITH ('provider'='builtin');
CREATE MODLE m INPUT (i STRING) OUTPUT (o STRING) WITH ('provider'='builtin');
SELECT 'still here';
