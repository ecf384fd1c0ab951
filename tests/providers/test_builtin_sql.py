"""The SQL of the offline stand-in, and its sentences about SQL: a few everyday words, always the same."""

from __future__ import annotations

import apsw
import pytest

from aisql.functions.base import Ask
from aisql.functions.words import asked, asked_again, explained
from aisql.providers.base import Message
from aisql.providers.builtin_answers import answer

REVIEWS = (
    "CREATE TABLE reviews (id INTEGER PRIMARY KEY, user_id INTEGER REFERENCES users (id), -- who\n"
    "  stars INT NOT NULL CHECK (stars IN (1, 2, 3)), price DECIMAL(10, 2), body TEXT,\n"
    '  "day" DATE, FOREIGN KEY (user_id) REFERENCES users (id));'
)
TICKETS = "CREATE TABLE IF NOT EXISTS support_tickets (id INTEGER, message TEXT, opened_at TEXT);"
VIEW = "CREATE VIEW worst AS SELECT * FROM reviews;"


def said(ask: Ask) -> str:
    assert ask.system is not None
    return answer((Message("system", ask.system), Message("user", f"{ask.heading}{ask.text}")))


def written(question: str, statement: str = "") -> str:
    tables = f"{REVIEWS}\n{TICKETS}\n{VIEW}"
    return " ".join(said(asked(question, statement, tables, "builtin:demo")).split())


LAST_MONTH = (
    "\"day\" >= date('now', 'start of month', '-1 month') AND \"day\" < date('now', 'start of month')"
)
WRITTEN = {
    "how many bad reviews last month": f"SELECT count(*) FROM reviews WHERE {LAST_MONTH} AND stars <= 2;",
    "good reviews with stars over 2": "SELECT * FROM reviews WHERE stars > 2 AND stars >= 4;",
    "average stars per month": (
        "SELECT strftime('%Y-%m', \"day\") AS month, avg(stars) FROM reviews GROUP BY 1 ORDER BY 1;"
    ),
    "the highest price of reviews": "SELECT max(price) FROM reviews;",
    "number of reviews by stars": "SELECT stars, count(*) FROM reviews GROUP BY 1 ORDER BY 1;",
    "first 3 worst": "SELECT * FROM worst LIMIT 3;",
    "angry support tickets of today": (
        "SELECT * FROM support_tickets WHERE opened_at >= date('now') AND opened_at < date('now', '+1 day') "
        "AND ai_sentiment('builtin:demo', message) = 'negative';"
    ),
    "whatever": "SELECT * FROM reviews;",
}


@pytest.mark.parametrize("question", WRITTEN)
def test_a_question_becomes_a_query_that_runs(question: str) -> None:
    assert written(question) == WRITTEN[question]
    connection = apsw.Connection(":memory:")
    connection.create_scalar_function("ai_sentiment", lambda *_: None)
    connection.execute(f"{REVIEWS} {TICKETS} {VIEW} {WRITTEN[question]}")


def test_a_statement_is_changed_where_there_is_one() -> None:
    assert (
        written("only bad ones", "SELECT body FROM reviews") == "SELECT body FROM reviews WHERE stars <= 2;"
    )
    assert written("only bad ones", "SELECT * FROM reviews LIMIT 9") == (
        "SELECT * FROM (SELECT * FROM reviews LIMIT 9) WHERE stars <= 2;"
    )
    assert written("nicer", "SELECT 1") == "SELECT 1;"


def test_the_answer_stays_when_it_is_asked_for_once_more() -> None:
    ask = asked("how many reviews", "", REVIEWS, "builtin:demo")
    assert said(asked_again(ask, "SELECT x", "no such column: x")) == said(ask)


def test_without_tables_there_is_nothing_to_ask_about() -> None:
    assert said(asked("how many", "", "(there are none)", "m")) == "-- there is no table to ask about"


EXPLAINED = {
    "SELECT * FROM t WHERE a > (SELECT 1 FROM u) GROUP BY b ORDER BY c LIMIT 3;": (
        "It gives all columns. It reads t. Of its rows those count where a > (SELECT 1 FROM u). "
        "There is one row for each b. Rows are sorted by c. At most 3 rows come out."
    ),
    "SELECT 'from x' AS a, ai_sentiment('m', b) FROM t": (
        "It gives 'from x' AS a, ai_sentiment('m', b). It reads t. It asks a model for ai_sentiment."
    ),
    "UPDATE t SET a = 1 WHERE b": "It changes rows of t. It sets a = 1. Of its rows those count where b.",
    "DELETE FROM t": "It deletes rows of t.",
    "INSERT INTO t VALUES (1)": "It adds rows to t. The values are (1).",
    "CREATE TABLE IF NOT EXISTS t (a)": "It makes t (a).",
    "SHOW MODELS": "It runs SHOW MODELS.",
}


def test_a_statement_becomes_a_sentence_for_each_clause() -> None:
    assert {each: said(explained(each, REVIEWS)) for each in EXPLAINED} == EXPLAINED
