r"""Asking in words: what \ask and \explain send, what they make of the answer, and what they never do."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest
from server import BROKEN, ModelServer

from aisql.functions.prompts import prompt
from aisql.functions.registry import FUNCTIONS

USERS = "CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT)"
REVIEWS = (
    "CREATE TABLE reviews (id INTEGER PRIMARY KEY, user_id INTEGER REFERENCES users,\n"
    "  body TEXT, -- what was written\n"
    "  stars INT)"
)
LOG = "CREATE TABLE log (line TEXT)"
ROWS = "INSERT INTO users VALUES (7, 'ROWMARK'); INSERT INTO reviews VALUES (1, 7, 'ROWMARK', 1);"
FUNCTION_LINES = "\n".join(f"{each.signature}: {each.summary}" for each in FUNCTIONS.values())
BOTH = "reviews and users"
NOTE = f"note: the question, the names of your models and the CREATE statements of {BOTH} go to openai:gpt at"


@pytest.fixture
def asks(open_typed: Callable[..., Any]) -> Any:
    """A shell with tables and a default model, whose user agrees to everything."""
    typed = open_typed(answers=["y"] * 9)
    typed(f"{USERS}; {REVIEWS}; {LOG}; {ROWS} SET ai.default_model = 'openai:gpt';")
    assert typed.told == []
    return typed


def answers(server: ModelServer, *texts: str) -> None:
    """The next answers of the model; the last one again and again."""
    left = list(texts)
    server.answer = lambda _: left.pop(0) if len(left) > 1 else left[0]


def proposed(typed: Any, text: str) -> str:
    """What stands in the next line after a command that writes nothing to the screen."""
    typed.told.clear()
    assert typed(text) == ""
    return typed.shell.take_proposal()


def said(server: ModelServer) -> list[str]:
    """What the user says in each request."""
    return [str(body["messages"][-1]["content"]) for body in server.bodies]


def spent(typed: Any) -> list[tuple[str, ...]]:
    """The calls of the last statement and of the session: all, from the ledger, failed; and the requests."""
    lines = typed("\\cost").splitlines()[3:7]
    return [tuple(cell.strip() for cell in line.split("|")[2:4]) for line in lines]


def about(tables: Iterable[str]) -> str:
    told = "\n".join(f"{each};" for each in tables)
    return f"Tables:\n{told}\n\nModels: openai:gpt\n\nAI functions:\n{FUNCTION_LINES}\n\nText:\n"


# ---------------------------------------------------------------- what is sent


def test_a_question_is_asked_with_the_tables_it_names_and_those_tied_to_them(asks, server):
    answers(server, "SELECT count(*) FROM reviews")
    assert proposed(asks, "\\ask how many reviews are bad;") == "SELECT count(*) FROM reviews;"
    system = prompt("ask.v1", tables="", models="", functions="").system
    question = about([REVIEWS, USERS]) + "how many reviews are bad"
    body: dict[str, Any] = {
        "model": "gpt",
        "messages": [{"role": "system", "content": system}, {"role": "user", "content": question}],
    }
    assert server.bodies == [body]
    assert asks.told == [f"{NOTE} 127.0.0.1:{server.port}; no rows are sent"]


def test_a_question_that_names_no_table_is_asked_with_all_the_likeliest_first(asks, server):
    answers(server, "SELECT 1")
    proposed(asks, "?? whose stars are the most")
    assert said(server) == [about([REVIEWS, USERS, LOG]) + "whose stars are the most"]


def test_a_statement_before_the_question_is_what_the_model_begins_with(asks, server):
    answers(server, "SELECT body FROM reviews WHERE stars < 3")
    assert proposed(asks, "SELECT body FROM reviews \\ask bad ones only") == (
        "SELECT body FROM reviews WHERE stars < 3;"
    )
    (message,) = said(server)
    assert message == about([REVIEWS, USERS]) + (
        "bad ones only\n\nThe user begins with this statement. What is asked is a change of it; "
        "answer with the whole statement:\nSELECT body FROM reviews"
    )
    assert asks.told[0].startswith(
        "note: the question, the statement before it with its literals, the names of your models and"
    )


def test_models_of_the_catalog_are_told_by_their_names(asks, server):
    asks("CREATE MODEL mood INPUT (a STRING) OUTPUT (b STRING) WITH ('provider' = 'builtin');")
    answers(server, "SELECT ai_sentiment(MODEL mood, body) FROM reviews")
    assert proposed(asks, "\\ask moods of reviews") == "SELECT ai_sentiment(MODEL mood, body) FROM reviews;"
    assert "\n\nModels: openai:gpt, mood\n\n" in said(server)[0]


def test_a_view_is_told_with_the_tables_it_reads_and_a_table_of_another_database_with_its_name(asks, server):
    asks("CREATE VIEW worst AS SELECT * FROM log; CREATE DATABASE shop; CREATE TABLE shop.prices (sku);")
    answers(server, "SELECT 1")
    proposed(asks, "\\ask worst prices")
    tables = [
        "CREATE VIEW worst AS SELECT * FROM log",
        '-- written "shop"."prices"\nCREATE TABLE prices (sku)',
        LOG,
    ]
    assert said(server) == [about(tables) + "worst prices"]


def test_tables_there_is_no_room_for_are_named_to_the_user_and_to_the_model(asks, server):
    columns = ", ".join(f"column_{number} TEXT" for number in range(800))
    asks(f"CREATE TABLE wide ({columns}); CREATE TABLE wider ({columns});")
    answers(server, "SELECT 1")
    proposed(asks, "\\ask anything")
    assert asks.told[0] == "note: for lack of room nothing is told of wider"
    assert "\n-- not shown for lack of room: wider\n\nModels: " in said(server)[0]


def test_no_row_and_no_key_is_in_any_request(asks, server):
    asks(
        "CREATE TABLE accounts (id, token TEXT DEFAULT 'PLAINSECRET', "
        "url TEXT DEFAULT ('a' || upper('PLAINSECRET')), "
        'pin DEFAULT "PLAINSECRET", made DEFAULT (datetime()), '
        "api_key TEXT CHECK (api_key <> 'PLAINSECRET1234567890'));"
        "CREATE VIEW open_accounts AS SELECT * FROM accounts WHERE token = 'sk-PLAINSECRET';"
        "INSERT INTO accounts VALUES (1, 'ROWMARK', 'ROWMARK', 2, 3, 'ROWMARK');"
        "CREATE API CONNECTION team TYPE AI_FUNCTION PROVIDER = 'openai' "
        f"BASE_URL = '{server.url}' API_KEY = 'sk-CONNECTIONSECRET';"
        "SELECT * FROM reviews;"
    )
    answers(server, "SELECT nosuch FROM accounts", "SELECT id FROM accounts", "sentences", "SELECT 2 AS a")
    proposed(asks, "\\ask ids of open accounts whose password = 'PLAINSECRET'")
    asks("\\explain SELECT * FROM open_accounts, users, reviews WHERE api_key = 'sk-PLAINSECRET'")
    asks("SET ai.default_model = 'team:gpt';")
    proposed(asks, "SELECT 'sk-PLAINSECRET' AS a \\ask for every review")
    assert len(server.bodies) == 4
    sent = json.dumps(server.bodies)
    assert "open_accounts" in sent
    assert "url TEXT DEFAULT '******', pin DEFAULT '******', made DEFAULT (datetime())" in sent
    for word in ("ROWMARK", "SECRET", "sk-"):
        assert word not in sent


# ---------------------------------------------------------------- whether it is sent


def test_the_first_question_to_a_host_is_told_and_agreed_to(open_typed, server):
    typed = open_typed(answers=["n", "y", "y", "y"])
    typed(f"{USERS}; SET ai.default_model = 'openai:gpt';")
    answers(server, "SELECT 1")
    assert proposed(typed, "\\ask users") == ""
    assert (len(typed.told), server.requests) == (1, [])
    assert proposed(typed, "\\ask users") == "SELECT 1;"
    assert len(typed.told) == 1
    assert proposed(typed, "\\ask users") == "SELECT 1;"
    assert typed.told == []
    typed("SET ai.default_model = 'openai:other';")
    assert proposed(typed, "\\ask users") == "SELECT 1;"
    assert "go to openai:other at" in typed.told[0]
    assert proposed(typed, "SELECT 1 \\ask users") == "SELECT 1;"
    assert "the statement before it" in typed.told[0]


def test_a_script_tells_what_is_sent_and_asks_nobody(open_typed, server):
    typed = open_typed(answers=[])
    typed(f"{USERS}; SET ai.default_model = 'openai:gpt';")
    answers(server, "SELECT 1")
    Path("s.sql").write_text("\\ask users\n\\ask users\n")
    typed("\\i s.sql")
    assert len(typed.told) == 1
    assert typed.told[0].startswith(
        "note: the question, the names of your models and the CREATE statements of users go to openai:gpt"
    )
    assert len(server.requests) == 1


def test_a_user_who_does_not_agree_keeps_the_statement_that_was_typed(open_typed, server):
    typed = open_typed(answers=["n"])
    typed(f"{USERS}; SET ai.default_model = 'openai:gpt';")
    assert proposed(typed, "SELECT name FROM users \\ask sorted") == "SELECT name FROM users"
    assert server.requests == []


def test_without_a_default_model_nothing_is_asked(typed):
    assert typed.error("\\ask how many") == (
        "error: there is no default model to ask\n"
        "hint: SET ai.default_model = 'CONNECTION:MODEL'; 'builtin:demo' works offline"
    )
    assert typed.error("\\ask").startswith("error: the question is missing")
    assert typed.error("\\explain SHOW MODELS").startswith("error: there is no default model to ask")


def test_in_a_dry_run_the_request_is_counted(asks, server):
    asks("SET ai.dry_run = on;")
    counted = asks("\\ask users")
    assert [line.split() for line in counted.splitlines()][3] == ["|", "1", "|", "0", "|", "1", "|"]
    assert server.requests == []


# ---------------------------------------------------------------- the answer


ANSWERS = {
    "SELECT 1": "SELECT 1;",
    "```sql\nSELECT 1;\n```": "SELECT 1;",
    "```sql SELECT 1```": "SELECT 1;",
    "```SELECT 1": "SELECT 1;",
    "SELECT 1 -- one": "SELECT 1 -- one\n;",
    "SELECT 1; -- one": "SELECT 1; -- one",
    "Here:\n\n```\nSELECT\r\n\t1\r\n\r\n\r\nAS a\n```\nOr:\n```sql\nSELECT 2\n```": "SELECT\n    1\nAS a;",
    "Sure, this counts:\nSELECT count(*)\nFROM users;\nIt reads every user.": "SELECT count(*)\nFROM users;",
    "-- in two steps\nCREATE TABLE u (a); INSERT INTO u SELECT id FROM users": (
        "-- in two steps\nCREATE TABLE u (a); INSERT INTO u SELECT id FROM users;"
    ),
}


def test_fences_and_sentences_around_the_sql_are_left_out(asks, server):
    found = {}
    for number, answer in enumerate(ANSWERS):
        answers(server, answer)
        found[answer] = proposed(asks, f"\\ask users {number}")
    assert found == ANSWERS
    assert len(server.requests) == len(ANSWERS)


def test_what_is_proposed_is_not_run(asks, server):
    for number, answer in enumerate(("DELETE FROM users", "DROP TABLE log", "CREATE TABLE new (a)")):
        answers(server, answer)
        assert proposed(asks, f"\\ask change {number}") == f"{answer};"
    assert (
        asks("SELECT (SELECT count(*) FROM users) + (SELECT count(*) FROM log) AS n;").splitlines()[3]
        == "| 1 |"
    )
    assert "new" not in asks("\\dt")


SOUND = (
    "SELECT ai_sentiment('builtin:demo', body) AS mood, count(*) FROM reviews GROUP BY 1",
    "SELECT ai_sentiment('anthropic:a', body) FROM reviews",  # its key is not set
    "SELECT ai_sentiment(body) FROM reviews WHERE body IS NOT NULL ORDER BY id LIMIT 3",
    "INSERT INTO log SELECT ai_complete('builtin:demo', body) FROM reviews",
    "CREATE VIEW v AS SELECT ai_complete('builtin:demo', body) AS a FROM reviews",
    "CREATE TABLE t AS SELECT ai_complete('builtin:demo', body) AS a FROM reviews; SELECT a FROM t",
    "CREATE MODEL m INPUT (a STRING) OUTPUT (b STRING) WITH ('provider' = 'builtin'); "
    "SELECT * FROM ML_PREDICT(TABLE log, MODEL m, DESCRIPTOR(line))",
    "SELECT * FROM asked",
    "EXPLAIN QUERY PLAN SELECT * FROM users",
    "EXPLAIN PROMPT SELECT ai_complete('builtin:demo', body) FROM reviews",
    "SELECT * FROM aisql.answers; SHOW MODELS; SET ai.max_calls = 3",
    "SELECT * FROM USER VOLUME USING csv FILES ('a.csv')",
    "BEGIN; DELETE FROM log WHERE line = :line; COMMIT",
    "PRAGMA user_version = 7; ATTACH 'other.db' AS other; SELECT 1",
    "CREATE TRIGGER t AFTER INSERT ON log BEGIN DELETE FROM users; END",
)
UNSOUND = {
    "SELECT nam FROM users": "no such column: nam",
    "SELECT ai_sentiment('builtin:demo', bod) FROM reviews": "no such column: bod",
    "SELECT ai_sentiment('mood', body) FROM reviews": "CZLH-65000: Invalid model coordinates: 'mood'",
    "SELECT ai_sentiment(MODEL mood, body) FROM reviews": (
        "Model with identifier 'default_catalog.default_database.mood' does not exist."
    ),
    "SELECT ai_sentiment('builtin:demo', 1, 2, 3) FROM reviews": "ai_sentiment takes 2 to 3 arguments, not 4",
    "SELECT ai_nosuch(body) FROM reviews": "no such function: ai_nosuch",
    "SELECT * FROM asked WHERE nosuch = 1": "no such column: nosuch",
    "SELECT 1; SELECT * FROM nowhere": "no such table: nowhere",
    "CREATE TABLE t (a); SELEC a FROM t": 'near "SELEC": no statement begins so',
    "DROP TABLE log; SELECT FROM users": 'near "FROM": syntax error',
    "SHOW MODEL": "unexpected 'MODEL'",
    "SELECT 'a": "a quote or a comment is never closed",
    "UPDATE users SET name = :nosuch": "variable :nosuch is not set",
    "I cannot tell.": 'near "I": no statement begins so',
}


def test_statements_are_looked_at_closely_and_none_of_them_runs(asks, server):
    asks("\\set line a\nCREATE VIEW asked AS SELECT ai_complete('openai:x', body) AS a FROM reviews;")
    found = {}
    for number, statement in enumerate((*SOUND, *UNSOUND)):
        answers(server, statement)
        proposed(asks, f"\\ask users {number}")
        found[statement] = asks.told[-1] if asks.told and "cannot be run" in asks.told[-1] else ""
    assert [statement for statement in SOUND if found[statement]] == []
    for statement, problem in UNSOUND.items():
        assert f"error: what the model wrote, twice, cannot be run: {problem}" in found[statement]
    assert len(server.requests) == len(SOUND) + 2 * len(UNSOUND)
    assert not asks.shell.in_transaction
    assert asks("PRAGMA user_version;").splitlines()[3] == "|            0 |"
    assert "other" not in asks("PRAGMA database_list;")


READS_FILES = (
    "SELECT nosuch FROM 'secret.csv'",
    "SELECT nosuch FROM read_csv('s*.csv', header => true)",
    "SELECT nosuch FROM read_json(['secret.csv', 'nosuch.json'])",
    "SELECT ai_sentiment('builtin:demo', nosuch) FROM 'secret.csv'",
    'INSERT INTO log SELECT nosuch FROM "secret.csv"',
    "SELECT nosuch FROM stored",
    "CREATE TABLE t AS SELECT * FROM 'secret.csv'; SELECT nosuch FROM 'secret.csv'",
    "COPY log FROM 'secret.csv'",
)


def test_no_file_is_read_for_what_a_model_wrote_but_those_that_were_named(asks, server, tmp_path):
    (tmp_path / "secret.csv").write_text("FILEMARK\nFILEMARK\n")
    (tmp_path / "named.csv").write_text("first,second\nROWMARK,2\n")
    asks.session.add_file("named.csv")
    asks("CREATE VIEW stored AS SELECT * FROM 'secret.csv'; SELECT * FROM 'secret.csv'; SELECT * FROM named;")
    opened: list[str] = []
    watched = str(tmp_path / "secret.csv")
    sys.addaudithook(
        lambda event, values: opened.append(watched) if event == "open" and values[0] == watched else None
    )
    for number, statement in enumerate(READS_FILES):
        answers(server, statement)
        assert proposed(asks, f"\\ask log {number}") == f"{statement};"
    assert len(server.requests) == len(READS_FILES)
    assert opened == []
    answers(server, "SELECT third FROM named", "SELECT first FROM named")
    assert proposed(asks, "\\ask named") == "SELECT first FROM named;"
    assert said(server)[-1].startswith(about(['CREATE TABLE "named" ("first" TEXT, "second" INTEGER)']))
    assert "It cannot be run: no such column: third" in said(server)[-1]
    assert not any("MARK" in text for text in said(server))
    asks("SELECT * FROM 'secret.csv';")
    assert opened != []  # the hook sees what is read


# ---------------------------------------------------------------- once more


def test_what_cannot_be_run_goes_back_once_with_the_error(asks, server):
    answers(server, "SELECT nam FROM users", "SELECT name FROM users")
    assert proposed(asks, "\\ask names of users") == "SELECT name FROM users;"
    first, second = said(server)
    assert second == about([USERS, REVIEWS]) + (
        "names of users\n\nThis was answered before:\nSELECT nam FROM users\n\n"
        'It cannot be run: no such column: nam (did you mean "name"?)\nAnswer with the SQL put right.'
    )
    assert first == about([USERS, REVIEWS]) + "names of users"


def test_what_cannot_be_run_twice_is_told_and_can_be_put_right(asks, server):
    answers(server, "SELECT nam FROM users", "SELECT nme FROM users")
    assert proposed(asks, "\\ask names of users") == "SELECT nme FROM users"
    assert asks.told[1:] == [
        'error: what the model wrote, twice, cannot be run: no such column: nme\nhint: did you mean "name"?'
    ]
    assert len(server.requests) == 2


def test_a_model_that_cannot_tell_is_not_asked_again(asks, server):
    answers(server, "-- there is no date\x1b[31m of reviews")
    assert proposed(asks, "\\ask reviews of today") == ""
    assert asks.told[1:] == [
        "error: the model wrote no statement, but -- there is no date\\x1b[31m of reviews"
    ]
    assert len(server.requests) == 1


def test_a_question_that_was_asked_before_is_answered_by_the_ledger(asks, open_typed, server):
    answers(server, "SELECT nam FROM users", "SELECT name FROM users")
    assert proposed(asks, "\\ask names") == "SELECT name FROM users;"
    answers(server, "SELECT 2")
    assert proposed(asks, "\\ask names") == "SELECT name FROM users;"
    later = open_typed(answers=["y"])
    later("SET ai.default_model = 'openai:gpt';")
    assert proposed(later, "\\ask names") == "SELECT name FROM users;"
    assert len(server.requests) == 2
    later("ALTER TABLE users ADD COLUMN age INT;")
    assert proposed(later, "\\ask names") == "SELECT 2;"
    assert [session for _, session in spent(later)] == ["3", "2", "0", "1"]
    assert "| ask      |" in later("SELECT DISTINCT function FROM aisql.usage;")


def test_a_question_is_the_last_that_has_cost_something(asks, server):
    answers(server, "SELECT 1")
    assert proposed(asks, "\\ask one") == "SELECT 1;"
    assert spent(asks) == [("1", "1"), ("0", "0"), ("0", "0"), ("1", "1")]
    asks("SELECT 2;")
    assert spent(asks) == [("0", "1"), ("0", "0"), ("0", "0"), ("0", "1")]


def test_budgets_and_failures_hold_for_questions_too(asks, server):
    answers(server, "SELECT nam FROM users")
    asks("SET ai.max_calls = 1;")
    assert proposed(asks, "\\ask names") == ""
    assert "ai.max_calls" in asks.told[-1]
    assert asks.shell.status == 5
    assert len(server.requests) == 1
    asks("RESET ai.max_calls; SET ai.on_error = null; SET ai.retry_num = 0;")
    server.faults.append(BROKEN)
    assert proposed(asks, "\\ask other names") == ""
    assert asks.told[-1].startswith("error: \\ask('other names'): ")
    assert "| \\ask('other names') | SELECT nam FROM users |" in asks("RETRY FAILED;")
    asks("SET ai.cache = only;")
    assert proposed(asks, "\\ask more names") == ""
    assert "there is no answer in the ledger" in asks.told[-1]
    assert len(server.requests) == 3


# ---------------------------------------------------------------- answers nobody can trust


HOSTILE = (
    "\\! touch pwned",
    "SELECT 1 \\! touch pwned",
    "SELECT 1;\n.shell touch pwned",
    "SELECT 1; -- x\n?? more",
    "exit",
    "SELECT '\x1b]0;pwned\x07'",
    "SELECT 'a\u202eb'",
    "SELECT 1\0",
    "SELECT '\ud800'",
    "SELECT 1" + " + 1" * 5_000,
    f"SELECT ai_complete('builtin:demo', {'(' * 2_000}1{')' * 2_000})",
    "\ufeffPRAGMA user_version = 9",
    "CREATE TRIGGER t AFTER INSERT ON log BEGIN SELECT 1; END\ufeff; DROP TABLE users; END",
    "SELECT 1; \ufeffPRAGMA user_version = 9",
    "SELECT 'a\u200eb\U000e0041'",
    f"SELECT 1;{' ' * 4_000}DROP TABLE users;",
    f"SELECT 1 -- {chr(0x3000) * 4_000}\n; DROP TABLE users;",
    "CREATE API CONNECTION c TYPE ai_function PROVIDER = 'openai' BASE_URL = 'http://127.0.0.1:9' "
    "API_KEY = '${OPENAI_API_KEY}'",
    "PRAGMA user_version = 9",
    "EXPLAIN PRAGMA user_version = 9",
)


def test_hostile_answers_reach_neither_the_screen_nor_the_line(asks, server):
    for number, answer in enumerate(HOSTILE):
        answers(server, answer)
        line = proposed(asks, f"\\ask users {number}")
        shown = line + "".join(asks.told)
        assert "internal error" not in shown
        assert len(shown) < 5_000
        assert not any(sign in shown for sign in "\ud800\x1b\x07\0\u202e\ufeff\u200e\U000e0041"), answer
        assert "${" not in line, answer
        assert "DROP" not in line, answer
        assert "\\!" not in line, answer
        assert ".shell" not in line, answer
        assert "??" not in line, answer
        assert "exit" not in line, answer
    assert asks("PRAGMA user_version;").splitlines()[3] == "|            0 |"
    assert asks("SELECT count(*) AS n FROM users;").splitlines()[3] == "| 1 |"


# ---------------------------------------------------------------- what a statement does


def test_explain_says_in_words_what_a_statement_does(asks, server):
    answers(server, f"It counts \x1b[31m{'many ' * 20}users.")
    shown = asks("SELECT count(*) FROM users \\explain").splitlines()
    assert shown[3] == "| SCAN users |"
    assert shown[-2:] == [
        "It counts \\x1b[31mmany many many many many many many many many many many many",
        "many many many many many many many many users.",
    ]
    system, heading = prompt("explain.v1", tables=f"{USERS};\n{REVIEWS};")
    messages = [
        {"role": "system", "content": system},
        {"role": "user", "content": f"{heading}SELECT count(*) FROM users"},
    ]
    assert server.bodies == [{"model": "gpt", "messages": messages}]
    assert asks.told == [
        "note: the statement with its literals and the CREATE statements of users and reviews go to "
        f"openai:gpt at 127.0.0.1:{server.port}; no rows are sent"
    ]


def test_explain_takes_the_last_statement_and_those_of_ours(asks, server):
    asks("SELECT name FROM users;")
    asks("\\explain")
    asks("\\explain SHOW MODELS;")
    assert [text.rpartition("Text:\n")[2] for text in said(server)] == [
        "SELECT name FROM users",
        "SHOW MODELS",
    ]


def test_a_statement_that_cannot_be_run_is_not_sent_to_be_explained(asks, server):
    assert "no such column: nam" in asks.error("\\explain SELECT nam FROM users")
    assert server.requests == []


def test_offline_nothing_is_sent_and_nobody_is_asked(open_typed):
    typed = open_typed(answers=[])
    typed(f"{USERS}; {REVIEWS}; SET ai.default_model = 'builtin:demo';")
    assert proposed(typed, "\\ask how many bad reviews") == "SELECT count(*)\nFROM reviews\nWHERE stars <= 2;"
    assert typed.told == ["note: builtin:demo works offline, and nothing is sent"]
    assert typed("\\explain SELECT name FROM users").splitlines()[-1] == "It gives name. It reads users."
    assert len(typed.told) == 1
