-- options: --memory --on-error continue
-- status: 2
-- In a script the SQL goes to stdout and is not run, so that one can be piped into another.

CREATE TABLE reviews (id INTEGER PRIMARY KEY, stars INT, body TEXT);

\ask how many reviews
\explain SELECT count(*) FROM reviews

SET ai.default_model = 'builtin:demo';
\ask how many bad reviews
SELECT body FROM reviews \ask only good ones
\explain SELECT stars, count(*) FROM reviews GROUP BY stars
?? how many
