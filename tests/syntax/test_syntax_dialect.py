"""Whose statement is it?"""

import pytest

from aisql.syntax.dialect import is_mixed, is_ours

OURS = [
    "SHOW MODELS",
    "show",
    "Show\tmodels",
    "DESC m",
    "DESCRIBE t",
    "desc/* a */t",
    "USE db",
    "USE`db`",
    "SET",
    "SET a = 1",
    "set'a'='b'",
    "RESET",
    "RESET 'a'",
    "PURGE ANSWERS",
    "purge",
    "SHOW USAGE",
    "RETRY FAILED",
    "retry\tfailed",
    "CALL DBMS_AI_SERVICE.DROP_AI_MODEL('m')",
    "call/* it */dbms_ai_service",
    "CREATE MODEL m",
    "create model",
    "CREATE\nMODEL m",
    "CREATE/**/MODEL m",
    "CREATE -- new\nMODEL m",
    "CREATE TEMP MODEL m",
    "CREATE TEMPORARY /* ; */ MODEL m",
    "CREATE OR REPLACE MODEL m",
    "CREATE OR/**/REPLACE TEMPORARY MODEL m",
    "CREATE API CONNECTION c",
    "CREATE VOLUME v",
    "create external /* x */ volume v",
    "ALTER VOLUME v REFRESH",
    "DROP VOLUME v",
    "LIST USER VOLUME",
    "put '/x' TO USER VOLUME",
    "GET VOLUME v FILE 'x' TO '/out'",
    "REMOVE VOLUME v FILE 'x'",
    "COPY INTO t FROM VOLUME v USING CSV",
    "COPY t FROM 'x.csv'",
    "copy(SELECT 1) TO 'x'",
    "CREATE TABLE x AS LAST RESULT",
    'create temp table if not exists d . "a b" as/**/last\tresult',
    "CREATE TABLE[as last result]AS LAST RESULT",
    "CREATE TABLE été AS LAST RESULT -- kept",
    "CREATE CATALOG c",
    "CREATE DATABASE d",
    "ALTER MODEL m",
    "alter\r\nmodel m",
    "DROP MODEL m",
    "DROP TEMP MODEL m",
    "DROP TEMPORARY MODEL IF EXISTS m",
    "DROP CONNECTION c",
    "DROP API CONNECTION c",
    "DROP CATALOG c",
    "DROP DATABASE d",
]

SQLITES = [
    "SELECT 1",
    "select set",
    "SHOWS",
    "settle",
    "descend",
    "used",
    "resets",
    "purged",
    "retrying",
    "PRAGMA user_version",
    "_show",
    "CREATE TABLE model (a)",
    "CREATE TABLE MODEL (a)",
    "CREATE TEMP TABLE model (a)",
    "CREATE MODELS",
    "CREATE OR REPLACE VIEW v",
    "CREATE TRIGGER model",
    "CREATEMODEL m",
    "CREATE API",
    "CREATE CONNECTION c",
    "CREATE TABLE volume (a)",
    "CREATE EXTERNAL TABLE volume (a)",
    "CREATE VOLUMES",
    "DROP TABLE volume",
    "listed",
    "puts",
    "getting",
    "removed",
    "copying",
    "CREATE",
    "CREATE /* MODEL",
    "CREATE --MODEL",
    "ALTER TABLE model RENAME TO x",
    "ALTER",
    "DROP TABLE model",
    "DROP VIEW v",
    "DROP",
    "REPLACE INTO t VALUES (1)",
    "RELEASE s",
    "UPDATE t SET a = 1",
    "ATTACH 'x' AS y",
    "COMMIT",
    "WITH show AS (SELECT 1) SELECT 1",
    "'SHOW'",
    "(SHOW)",
    ".show",
]

MIXED = [
    "SELECT ai_complete('m', 'x')",
    "SELECT AI_Complete ('m', 'x')",
    "SELECT ai_complete\n\t('m', 'x')",
    "SELECT ai_complete/* ( */('m', 'x')",
    "SELECT ai_complete -- a\n('m', 'x')",
    "SELECT (ai_x())",
    "SELECT AI.GENERATE('x')",
    "SELECT * FROM ML_PREDICT(TABLE t, MODEL m, DESCRIPTOR(c))",
    "SELECT * FROM vector_search (TABLE t, DESCRIPTOR(c), v, 3)",
    "SELECT * FROM TABLE(VECTOR_SEARCH_AGG(TABLE t, DESCRIPTOR(c), v, 3))",
    "SELECT ARRAY('a')",
    "SELECT array['a']",
    "SELECT ARRAY ['a']",
    "SELECT MAP['a', 'b']",
    "SELECT json '{}'",
    "SELECT JSON'{}'",
    "SELECT DATE '2020-01-02'",
    "SELECT Time \n '10:00'",
    "SELECT timestamp'2020-01-02 10:00'",
    "SELECT TRY_CAST('x' AS INT)",
    "SELECT try_cast ('x' AS INT)",
    "SELECT CAST('x' AS STRING)",
    "SELECT cast (s AS -- text\n date)",
    "SELECT CAST(a AS ARRAY<INT>), CAST(b AS DECIMAL(10, 2) ARRAY)",
    "CREATE TABLE t (s STRING)",
    "CREATE TEMP TABLE t (s string)",
    "create /**/ table t (a INT COMMENT 'x')",
    "CREATE TABLE t (a INT ARRAY)",
    "CREATE TABLE t (a MAP <INT, INT>, b ROW(c INT))",
    "CREATE TABLE t (a INT)WITH ('connector' = 'x')",
    "ALTER TABLE t ADD COLUMN s STRING",
    "CREATE TABLE t (a TIME(0) WITHOUT TIME ZONE)",
    "CREATE TABLE t (a INT) PARTITIONED  BY (a)",
    "SELECT GET_PRESIGNED_URL(USER VOLUME, 'x')",
    "SELECT get_presigned_url /* ( */ (VOLUME v, x)",
    "SELECT * FROM (SHOW USER VOLUME DIRECTORY)",
    "SELECT * FROM (\n  show volume directory v)",
    "SELECT * FROM USER VOLUME USING CSV",
    "SELECT * FROM volume v using\njson",
    "SELECT * FROM TABLE VOLUME `t`USING XML",
    # only a reason to look closer
    "SELECT 'ai_complete()'",
    "SELECT 1 -- array[1]",
]

PLAIN = [
    "",
    "SELECT 1",
    "SELECT ai_complete FROM t",
    "SELECT ai_, array, map, json FROM t",
    "SELECT json('{}')",
    "SELECT json_array('a'), json_extract(a, '$')",
    "SELECT xai_complete('m')",
    "SELECT my_array['a']",
    "SELECT heatmap('a')",
    "SELECT map ('a', 'b')",
    "SELECT ml_predictions(1)",
    "SELECT ml_predict FROM t",
    "SELECT vector_search, vector_searches(1), cosine_similarity(a, b) FROM t",
    "SELECT ai_complete, (1)",
    "SELECT date, time, timestamp 'x', string FROM t",
    "SELECT date 'x', date('2020-01-02')",
    "SELECT CAST(a AS INT), CAST(b AS VARCHAR(3)), CAST(c AS DECIMAL(10, 2))",
    "SELECT a AS date, b AS string, c AS boolean FROM t",
    "SELECT forecast(1)",
    "CREATE TABLE t (a INTEGER PRIMARY KEY, array TEXT, map INT) WITHOUT ROWID",
    "CREATE TABLE t (a VARCHAR(20), d DATE, t TIMESTAMP, n DECIMAL(10, 2) NOT NULL)",
    "CREATE INDEX string ON t (comment)",
    "INSERT INTO t VALUES ('STRING COMMENT')",
    "ALTER TABLE t RENAME TO comments",
    "SELECT * FROM volume",
    "SELECT volume, user volume FROM t",
    "SELECT * FROM user volume JOIN volume USING (id)",
    "SELECT * FROM volume v JOIN t USING/**/(volume)",
    "SELECT show, volume FROM t",
    "SELECT get_presigned_url FROM volume",
]


@pytest.mark.parametrize("text", OURS)
def test_a_statement_that_begins_like_ours_is_ours(text):
    assert is_ours(text)


@pytest.mark.parametrize("text", SQLITES)
def test_everything_else_is_for_sqlite(text):
    assert not is_ours(text)


@pytest.mark.parametrize("text", MIXED)
def test_a_query_with_something_of_ours_is_looked_at(text):
    assert is_mixed(text)


@pytest.mark.parametrize("text", PLAIN)
def test_a_query_without_goes_to_sqlite_unparsed(text):
    assert not is_mixed(text)


@pytest.mark.parametrize("gap", [" ", "\n", " \t", "/**/", "--\n", "/**/ --\n"])
def test_long_gaps_take_no_longer_than_short_ones(gap):
    wide = gap * 10_000
    assert not is_ours(f"CREATE{wide}TABLE t")
    assert not is_ours(f"CREATE OR{wide}REPLACE{wide}TABLE t")
    assert not is_ours(f"DROP{wide}TEMP{wide}TABLE t")
    assert is_ours(f"CREATE{wide}TEMP{wide}MODEL t")
    assert not is_mixed(f"SELECT ai_complete{wide}FROM array{wide}, json{wide}")
    assert not is_mixed(f"SELECT volume{wide}FROM t JOIN u USING{wide}(a), show{wide}")
    assert is_mixed(f"SELECT ai_complete{wide}()")
