-- options: --on-error continue
-- status: 1
-- Tables and views: SQLite's statements, Flink's SHOW and DESCRIBE.
SHOW TABLES;
CREATE TABLE reviews (
  id INTEGER PRIMARY KEY,
  body TEXT NOT NULL,
  stars REAL, -- one to five
  doubled REAL AS (stars * 2)
);
CREATE TABLE "odd name" (a INTEGER NOT NULL, b TEXT NOT NULL, PRIMARY KEY (b, a));
CREATE VIEW good AS SELECT id, body FROM reviews WHERE stars >= 4;
INSERT INTO reviews (id, body, stars) VALUES (1, 'Great', 5), (2, 'Bad', 1.5), (3, '很好', NULL);
SHOW TABLES;
SHOW TABLES LIKE 'r%';
SHOW TABLES NOT LIKE 'r%';
SHOW VIEWS;
DESCRIBE reviews;
DESC good;
DESCRIBE `odd name`;
SHOW CREATE TABLE reviews;
SHOW CREATE VIEW good;
SHOW CREATE TABLE good;
SHOW CREATE VIEW reviews;
SHOW CREATE TABLE nosuch;
DESCRIBE review;
SELECT id, body, stars FROM reviews;
SELECT * FROM good;
SELECT * FROM reviews WHERE id > 3;
SELECT 1 AS one, 'x' AS text, NULL AS no_text, X'00FF' AS bytes, 2.50 AS number;
SELECT body || '!' FROM reviews WHERE id = 1;
UPDATE reviews SET stars = 4 WHERE id = 3;
DELETE FROM reviews WHERE id = 2;
SELECT count(*) FROM good;
DROP VIEW good;
SHOW VIEWS;
