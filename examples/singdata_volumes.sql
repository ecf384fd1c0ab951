-- Files in volumes, as Singdata Lakehouse has them, and what AI functions say about their rows. Run it with
--
--     aisql --memory examples/singdata_volumes.sql
--
-- A volume is a folder here, so nothing is uploaded.

PUT 'examples/reviews.csv' TO USER VOLUME SUBDIRECTORY 'shop/';

SELECT relative_path, url, size FROM (SHOW USER VOLUME DIRECTORY SUBDIRECTORY 'shop');

-- The rows of a file, judged by a model.
SELECT id, product, ai_sentiment('builtin:demo', review) AS sentiment
FROM USER VOLUME USING CSV OPTIONS('header' = 'true') FILES('shop/reviews.csv')
LIMIT 3;

-- The same rows as a table, and the answers as a file of a volume of their own.
CREATE TABLE reviews (id INTEGER, product TEXT, stars INTEGER, review TEXT, created TEXT);
COPY OVERWRITE INTO reviews FROM USER VOLUME USING CSV OPTIONS('header' = 'true') FILES('shop/reviews.csv');
CREATE TABLE judged AS
  SELECT id, ai_sentiment('builtin:demo', review) AS sentiment FROM reviews WHERE product = 'Kite Phone';
CREATE VOLUME IF NOT EXISTS answers COMMENT = 'what models said';
COPY INTO VOLUME answers SUBDIRECTORY 'today/' FROM TABLE judged FILE_FORMAT = (TYPE = JSON);

SELECT sentiment, count(*) AS reviews FROM VOLUME answers USING JSON SUBDIRECTORY 'today' GROUP BY sentiment;

SELECT GET_PRESIGNED_URL(VOLUME answers, 'today/judged.json', 3600) AS url;
