-- Filter, score, rank, join, aggregate, redact and extract by meaning. Run it in the folder above this one:
--
--     aisql --memory examples/semantic.sql
--
-- Every answer comes from 'builtin:demo', which follows plain text rules: no network, no key, no costs.
-- For real answers put a real model in its place, such as 'openai:gpt-4o-mini'.

CREATE TEMPORARY TABLE mails (id INTEGER PRIMARY KEY, body TEXT);
INSERT INTO mails (body) VALUES
  ('The courier lost the parcel, and I want my parcel. I am Ann Lee, mail ann@example.com.'),
  ('I love the new screen, what a great screen it is. I am Bob Ray, 31, and I live in Paris.'),
  ('Your invoice is a joke: I paid $40.50 twice, and no refund. Call Cleo Moss, 28, at +49 30 1234567.'),
  ('The delivery was fast and the courier was friendly. I love it.'),
  (NULL);

-- 1. A condition in plain words. A row without text is NULL, and nobody is asked about it.
SELECT id, ai_filter('builtin:demo', body, 'is about delivery') AS delivery,
       ai_filter('builtin:demo', body, 'complains about delivery') AS complaint
FROM mails;

-- 2. A score for each, and a list in the order of it.
SELECT id, ai_score('builtin:demo', body, 'positive') AS positive FROM mails ORDER BY positive DESC, id;
SELECT value ->> 'index' AS "index", value ->> 'score' AS score, substr(value ->> 'document', 1, 40) AS document
FROM json_each((SELECT ai_rank('builtin:demo', json_group_array(body), 'positive about delivery', 2) FROM mails));

-- 3. A join by meaning: one request for each mail and up to 50 topics.
CREATE TEMPORARY TABLE topics (name TEXT, team TEXT);
INSERT INTO topics VALUES ('delivery', 'Logistics'), ('billing', 'Accounts'), ('display', 'Hardware'), ('food', 'Kitchen');
SELECT mails.id, topics.name, topics.team
FROM mails, json_each(ai_join('builtin:demo', mails.body, (SELECT json_group_array(name) FROM topics), 'is about')) AS j
JOIN topics ON topics.name = j.value
ORDER BY mails.id, topics.name;

-- 4. Aggregates work on all texts of a group, however many there are.
SELECT ai_filter('builtin:demo', body, 'is about delivery') AS delivery,
       count(*) AS mails,
       ai_summarize_agg('builtin:demo', body, 8) AS summary
FROM mails
WHERE body IS NOT NULL
GROUP BY delivery;
SELECT ai_agg('builtin:demo', body, 'What do people write about the courier?')
         FILTER (WHERE body LIKE '%courier%') AS courier
FROM mails;

-- 5. What is private is replaced, all else stays to the letter.
SELECT id, ai_redact('builtin:demo', body) AS redacted FROM mails WHERE id IN (1, 3);

-- 6. Typed values of a text, and a row for each thing it tells of.
SELECT ai_extract('builtin:demo', body, 'name, age int, paid number, refund bool') AS found
FROM mails
WHERE id = 3;
SELECT mails.id, person.*
FROM mails, ai_extract_table('builtin:demo', mails.body, 'name, age int, city') AS person
WHERE person.name IS NOT NULL AND mails.id > 1;

-- 7. A failure that is a value, and the size of a text.
SELECT ai_try_complete('builtin:demo', 'Summarize in 4 words: ' || body) ->> 'value' AS short,
       ai_count_tokens('builtin:demo', body) AS tokens
FROM mails
WHERE id < 3;
