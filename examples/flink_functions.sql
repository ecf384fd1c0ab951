-- The AI functions of Realtime Compute for Apache Flink, which stand in FROM: each puts columns beside a row.
-- Run it with
--
--     aisql --memory examples/flink_functions.sql
--
-- All of it is answered by the offline provider: no network, no key. Its answers come from plain text rules.

-- Such functions take a model with the output VARIANT; a STRING will do here.
CREATE TEMPORARY MODEL reader INPUT (content STRING) OUTPUT (content VARIANT) WITH ('provider' = 'builtin');

CREATE TEMPORARY TABLE messages (id INTEGER PRIMARY KEY, body TEXT);
INSERT INTO messages VALUES
  (1, 'The courier lost my parcel. Terrible service!'),
  (2, 'I am Jane Miller, 34, mail jane@example.com, and I love the soft blanket.'),
  (3, NULL);

SELECT id, category, confidence
FROM messages, LATERAL TABLE(AI_CLASSIFY(MODEL reader, body, ARRAY['delivery', 'price', 'quality']));

-- Arguments may have names, and columns new ones. A row without a text stays, with NULLs beside it.
SELECT id, feeling, score
FROM messages LEFT JOIN LATERAL TABLE(AI_SENTIMENT(MODEL => MODEL reader, INPUT => body)) AS s(score, feeling, sure) ON TRUE;

SELECT id, extracted_json ->> 'name' AS name, extracted_json ->> 'age' AS age
FROM messages, LATERAL TABLE(AI_EXTRACT(MODEL reader, body, '{"name": "string", "age": "int"}'))
WHERE id = 2;

SELECT masked_text
FROM messages, LATERAL TABLE(AI_MASK(MODEL reader, body, ARRAY['name', 'email'])) WHERE id = 2;

SELECT id, summary
FROM messages, LATERAL TABLE(AI_SUMMARIZE(MODEL reader, body, 30)) WHERE body IS NOT NULL;

-- ML_PREDICT may stand there too.
SELECT id, answer FROM TABLE(ML_PREDICT(TABLE messages, MODEL reader, DESCRIPTOR(body))) AS p(id, body, answer);
