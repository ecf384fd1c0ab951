-- 240 product reviews, sorted, judged and searched. Run it in the folder above this one:
--
--     aisql --memory examples/reviews.csv examples/reviews.sql
--
-- The file reviews.csv becomes the table `reviews` (id, product, stars, review, created).
-- Every answer comes from 'builtin:demo', which follows plain text rules: no network, no key, no costs.
-- For real answers put a real model in its place, such as 'openai:gpt-4o-mini'.

-- 1. What are the reviews about? Each distinct text is asked about once; a review without text is NULL.
SELECT ai_classify('builtin:demo', review, ARRAY['quality', 'price', 'delivery', 'support', 'other']) AS topic,
       count(*) AS reviews,
       round(avg(stars), 1) AS stars
FROM reviews
GROUP BY topic
ORDER BY reviews DESC;

-- 2. A model of our own: an instruction under a name.
CREATE OR REPLACE TEMPORARY MODEL sentiment
INPUT (`input` STRING)
OUTPUT (`label` STRING)
WITH (
  'provider' = 'builtin',
  'system-prompt' = 'Classify the text below into one of the following labels: [positive, negative, neutral, mixed]. Output only the label.'
);

-- ML_PREDICT gives the rows of a table with the output of the model beside them.
SELECT label, count(*) AS reviews, round(avg(stars), 1) AS stars
FROM ML_PREDICT(TABLE reviews, MODEL sentiment, DESCRIPTOR(review))
GROUP BY label
ORDER BY stars;

-- 3. Bad reviews whose words are not all bad.
SELECT id, stars, label, substr(review, 1, 70) AS review
FROM ML_PREDICT(TABLE reviews, MODEL sentiment, DESCRIPTOR(review))
WHERE stars <= 2 AND label <> 'negative'
ORDER BY id;

-- 4. Answers that are needed again go into a table; from here on it is SQL as ever.
DROP TABLE IF EXISTS temp.judged;
CREATE TEMPORARY TABLE judged AS
SELECT id, product, stars, review,
       ai_classify('builtin:demo', review, ARRAY['quality', 'price', 'delivery', 'support', 'other']) AS topic,
       ai_complete('sentiment', review) AS label
FROM reviews
WHERE review IS NOT NULL;

SELECT topic,
       sum(label = 'positive') AS positive,
       sum(label = 'mixed') AS mixed,
       sum(label = 'neutral') AS neutral,
       sum(label = 'negative') AS negative
FROM judged
GROUP BY topic
ORDER BY negative DESC;

-- 5. What people complain about, one sentence for each topic.
SELECT topic,
       count(*) AS complaints,
       ai_complete('builtin:demo', 'Summarize in at most 12 words: ' || group_concat(review, ' ')) AS summary
FROM judged
WHERE stars <= 2
GROUP BY topic
ORDER BY complaints DESC, topic;

-- 6. The reviews that are nearest to a question.
DROP TABLE IF EXISTS temp.vectors;
CREATE TEMPORARY TABLE vectors AS
SELECT id, review, ai_embedding('builtin:demo', review, json '{"dimensions":"256"}') AS vector
FROM judged;

SELECT round(score, 2) AS nearness, id, substr(review, 1, 60) AS review
FROM VECTOR_SEARCH(TABLE vectors, DESCRIPTOR(vector),
  ai_embedding('builtin:demo', 'How long does the battery last?', json '{"dimensions":"256"}'), 3);
