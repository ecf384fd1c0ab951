-- The statements of "AI_COMPLETE" (Singdata Lakehouse), text mode, in the order of the document. Run it with
--
--     aisql --memory examples/singdata_ai_complete.sql
--
-- The document names its models 'endpoint:qwen3-max-preview' and so on. There are no endpoints here yet, so
-- 'builtin:demo' stands in their place: it answers by plain text rules, offline. It says so where a rule
-- does not reach. Image mode is left out, it is not there yet.

DROP CONNECTION IF EXISTS conn_bailian;

DROP TABLE IF EXISTS temp.articles;
CREATE TEMPORARY TABLE articles (content TEXT);
INSERT INTO articles VALUES
  ('Vector databases keep embeddings and find the nearest ones fast. They are used for search and for recommendations. The first ones were libraries, today most databases have an index for vectors.'),
  ('The bakery on the corner opens at six. Its bread is baked in a stone oven, and by nine most of the bread is gone.'),
  (NULL);

DROP TABLE IF EXISTS temp.questions;
CREATE TEMPORARY TABLE questions (id INTEGER, question TEXT);
INSERT INTO questions VALUES (1, 'What is a primary key?'), (2, 'Why is the sky blue?'), (3, ''), (4, NULL);

DROP TABLE IF EXISTS temp.products;
CREATE TEMPORARY TABLE products (product_id INTEGER, product_name TEXT);
INSERT INTO products VALUES (1, 'Aurora Headphones'), (2, 'Basil Kettle'), (3, NULL);

-- Source 2: a connection. It is defined here and not called, for that would need a network and a key.
-- With a key, the reference is: ai_complete('conn_bailian:qwen3.5-plus', '...').
CREATE API CONNECTION conn_bailian
  TYPE ai_function
  PROVIDER = 'bailian'
  BASE_URL = 'https://dashscope.aliyuncs.com/api/v1'
  API_KEY = '${BAILIAN_API_KEY}';

-- Text mode: a string.
SELECT ai_complete('builtin:demo', 'Explain what a vector database is in one sentence') AS result;

-- Dynamic content, with CONCAT or with ||. As in the document a NULL prompt gives NULL; CONCAT itself reads
-- NULL as an empty text, so the last row asks for a summary of nothing, and || gives NULL.
SELECT ai_complete('builtin:demo', CONCAT('Summarize the following text in 20 words: ', content)) AS summary
FROM articles;

SELECT ai_complete('builtin:demo', 'Summarize the following text in 20 words: ' || content) AS summary
FROM articles;

-- Options.
SELECT ai_complete(
  'builtin:demo',
  'What is artificial intelligence? Answer in one sentence',
  json '{"model.params":{"enable_thinking":false}}'
) AS result;

SELECT ai_complete(
  'builtin:demo',
  question,
  json '{"model.params":{"enable_thinking":false},"task.concurrency":"5"}'
) AS answer
FROM questions;

-- Basic text completion.
SELECT ai_complete('builtin:demo', 'What is the capital of China?') AS result;

-- Batch processing of a table. A NULL or empty prompt gives NULL, and no request is made for it.
SELECT id, ai_complete(
  'builtin:demo',
  question,
  json '{"model.params":{"enable_thinking":false},"task.concurrency":"5"}'
) AS answer
FROM questions;

-- Dynamic prompt.
SELECT product_id, ai_complete(
  'builtin:demo',
  CONCAT('Write a selling point description of no more than 30 words for the following product: ', product_name)
) AS selling_point
FROM products
WHERE product_name IS NOT NULL;

-- Together with another function: the answer of one call is the text of the next.
SELECT ai_classify(
  'builtin:demo',
  ai_complete('builtin:demo', 'Write a technology news headline'),
  ARRAY('Technology', 'Sports', 'Finance', 'Entertainment')
) AS category;

DROP CONNECTION conn_bailian;
