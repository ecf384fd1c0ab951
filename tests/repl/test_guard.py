"""Which statements are told to be for good: a question that is asked for nothing is a nuisance."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from aisql.repl.guard import loss
from aisql.result import Result
from aisql.session import Session
from aisql.settings import Settings

MODEL = "INPUT (a STRING) OUTPUT (b STRING) WITH ('provider' = 'builtin', 'task' = 'chat/completions')"
MADE = f"""CREATE TABLE t (a, b); INSERT INTO t VALUES (1, 2); CREATE TABLE empty (a);
CREATE TABLE "odd; name" AS SELECT 1 AS a; CREATE TEMP TABLE passing AS SELECT 1 AS a;
CREATE VIEW v AS SELECT ai_complete('builtin:demo', a) AS a FROM t;
CREATE MODEL m {MODEL}; CREATE TEMPORARY MODEL tm {MODEL}; CREATE DATABASE d; CREATE VOLUME vol;
CREATE API CONNECTION c TYPE ai_function PROVIDER = 'openai';
SELECT ai_complete('builtin:demo', 'x')"""

LOSSES = {
    "DELETE FROM t": "deletes every row of t",
    "/* all */ delete from main.t -- WHERE a = 1\n": "deletes every row of main.t",
    "DELETE FROM t RETURNING (SELECT a FROM t WHERE a = 1)": "deletes every row of t",
    'DELETE FROM "odd; name"': 'deletes every row of "odd; name"',
    "WITH x AS (SELECT 1 WHERE 1) DELETE FROM t": "deletes every row of t",
    "UPDATE t SET a = 1": "changes every row of t",
    "UPDATE OR IGNORE T SET a = (SELECT 1 WHERE 1), b = 'WHERE'": "changes every row of T",
    "UPDATE t SET a = x.a FROM (SELECT 1 AS a WHERE 1) AS x": "changes every row of t",
    "DROP TABLE t": "drops the table t, which has rows",
    "DROP TABLE IF EXISTS t": "drops the table t, which has rows",
    "ALTER TABLE t DROP COLUMN b": "drops a column of t, which has rows",
    "ALTER TABLE t DROP b": "drops a column of t, which has rows",
    "DROP MODEL m": "drops the model m",
    "DROP MODEL IF EXISTS default_database.`m`": "drops the model default_database.`m`",
    "DROP CONNECTION c": "drops the connection c",
    "DROP API CONNECTION IF EXISTS c": "drops the connection c",
    "DROP VOLUME vol": "drops the volume vol",
    "DROP DATABASE d CASCADE": "drops the database d",
    "PURGE ANSWERS": "forgets every answer that was paid for",
    "CALL DBMS_AI_SERVICE.DROP_AI_MODEL('x')": "drops an AI model",
}
NO_LOSSES = (
    "DELETE FROM t WHERE a = 1",
    "WITH x AS (SELECT 1) DELETE FROM t WHERE a IN (SELECT * FROM x)",
    "UPDATE t SET a = 1 WHERE b",
    "DELETE FROM empty",
    "DROP TABLE empty",
    "DELETE FROM passing",
    "DROP TABLE passing",
    "DROP TABLE temp.passing",
    "DELETE FROM nosuch",
    "DROP TABLE IF EXISTS nosuch",
    "DROP VIEW v",
    "DELETE FROM v",
    "ALTER TABLE t ADD COLUMN c",
    "ALTER TABLE t RENAME TO u",
    "ALTER MODEL m RESET ('task')",
    "EXPLAIN DELETE FROM t",
    "EXPLAIN QUERY PLAN UPDATE t SET a = 1",
    "INSERT INTO t VALUES (1, 2) ON CONFLICT DO UPDATE SET a = 1",
    "REPLACE INTO t VALUES (1, 2)",
    "CREATE TRIGGER r AFTER INSERT ON t BEGIN DELETE FROM t; END",
    "SELECT 'DELETE FROM t'",
    "WITH x AS (SELECT 1) SELECT * FROM x",
    "DROP TEMPORARY MODEL tm",
    "DROP MODEL IF EXISTS nosuch",
    "DROP DATABASE d",
    "DROP DATABASE IF EXISTS nosuch CASCADE",
    "DROP CONNECTION nosuch",
    "PURGE ANSWERS WHERE model = 'x'",
    "DELETE",
    "DELETE FROM",
    "UPDATE OR",
    "DROP",
    "DROP TABLE",
    "DROP TABLE IF EXISTS",
    "DROP MODEL",
    "ALTER TABLE",
    "WITH",
    "DELETE FROM (",
)


class User:
    """A session that is asked about its tables."""

    def __init__(self, session: Session) -> None:
        self.session = session

    def answer(self, statement: str) -> Result:
        outcome = next(self.session.run(statement))
        if outcome.error is not None:
            raise outcome.error
        return outcome.result

    def lost(self, statement: str) -> str:
        return loss(statement, self.answer, in_transaction=self.session.databases.current.in_transaction)


@pytest.fixture(scope="module")
def user(tmp_path_factory: pytest.TempPathFactory) -> Iterator[User]:
    folder = tmp_path_factory.mktemp("guard")
    session = Session(
        Settings({}),
        catalog_file=str(folder / "catalog.sqlite"),
        directory=str(folder),
        cache_directory=lambda: str(folder),
    )
    for outcome in session.run(MADE):
        assert outcome.error is None, outcome.error
        list(outcome.result.rows)
    yield User(session)
    session.close()


@pytest.mark.parametrize("statement", LOSSES)
def test_what_cannot_be_undone_is_told(user: User, statement: str) -> None:
    assert user.lost(statement) == LOSSES[statement]


@pytest.mark.parametrize("statement", NO_LOSSES)
def test_what_loses_nothing_is_not(user: User, statement: str) -> None:
    assert user.lost(statement) == ""


def test_in_a_transaction_rows_can_come_back_and_models_cannot(user: User) -> None:
    user.answer("BEGIN").close()
    told = {statement for statement in LOSSES if user.lost(statement)}
    user.answer("ROLLBACK").close()
    kinds = ("DROP MODEL", "DROP CONN", "DROP API", "DROP VOL", "DROP DATA", "PURGE", "CALL")
    assert told == {statement for statement in LOSSES if statement.startswith(kinds)}
