"""Completion as a table of cases: a text with the cursor at |, and what is suggested first."""

from __future__ import annotations

import time
from functools import lru_cache

import apsw
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aisql.engine.outline import CatalogNames, Column, Named, tables_of
from aisql.repl.completion.complete import complete
from aisql.repl.completion.snapshot import Snapshot
from aisql.repl.completion.suggestions import Kind, Suggestion
from aisql.repl.keywords import OURS, RESERVED, WORDS
from aisql.syntax.parse import Parser

SCHEMA = (
    ("", "table", "users", "CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT, email TEXT)"),
    (
        "",
        "table",
        "orders",
        "CREATE TABLE orders (id INTEGER, user_id INTEGER REFERENCES users, total REAL, note TEXT)",
    ),
    ("", "table", "line items", 'CREATE TABLE "line items" (order_id REFERENCES orders (id), "unit price")'),
    ("", "view", "answers", "CREATE VIEW answers AS SELECT id, ai_complete('m', note) AS answer FROM orders"),
    ("shop", "table", "prices", "CREATE TABLE prices (sku, price)"),
)
CATALOG = CatalogNames(
    models=(Named("mood", "openai gpt-4o"), Named("other.tone")),
    connections=(Named("team", "openai"),),
    volumes=(Named("calls", "external volume"),),
    endpoints=(Named("ob_complete", "openai, m"),),
    databases=(Named("default_database", "database"), Named("other", "database")),
    catalogs=(Named("default_catalog", "catalog"),),
    served=("team:gpt-4o", "openai:gpt-4o", "openai:it's"),
)
FILES = {
    "people.csv": (Column("name", "TEXT"), Column("born at", "INTEGER")),
    "it's.jsonl": (Column("tag"),),
    "read_csv(['p*.csv', 'q.csv'], header  => true)": (Column("size"),),
    "notes.txt": (Column("never"),),
}


@pytest.fixture(scope="module")
def snapshot(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    """A shop with users, orders and a model."""
    parser = Parser(str(tmp_path_factory.mktemp("cache")))
    following = lru_cache(parser.following)
    return Snapshot(
        tables_of(SCHEMA),
        CATALOG,
        variables=("city",),
        favourites=("top",),
        following=following,
        file=lambda name: FILES.get(name, ()),
    )


def suggested(text: str, snapshot: Snapshot) -> list[str]:
    cursor = text.index("|")
    return [each.text for each in complete(text[:cursor] + text[cursor + 1 :], cursor, snapshot)]


COLUMNS = {
    "SELECT | FROM users": ["id", "name", "email", "users"],
    "SELECT na| FROM users": ["name"],
    "SELECT eml| FROM users": ["email"],
    "SELECT u.| FROM users u": ["id", "name", "email"],
    "SELECT u.na| FROM users AS u": ["name"],
    "SELECT | FROM users u JOIN orders o": ["u.id", "name", "email", "o.id", "user_id", "total", "note"],
    "SELECT id| FROM users u, orders o": ["u.id", "o.id"],
    "SELECT users.| FROM users": ["id", "name", "email"],
    "SELECT users.|": ["id", "name", "email"],
    "SELECT ema|": ["email"],
    "SELECT * FROM orders WHERE |": ["id", "user_id", "total", "note"],
    "SELECT * FROM orders WHERE total > 1 AND n|": ["note"],
    "SELECT count(| FROM orders": ["id", "user_id", "total", "note"],
    "SELECT sum(total), | FROM orders": ["id", "user_id", "total", "note"],
    "SELECT * FROM orders ORDER BY t|": ["total"],
    "SELECT name AS who FROM users ORDER BY |": ["who", "id", "name", "email"],
    "WITH x AS (SELECT id, name AS who FROM users) SELECT | FROM x": ["id", "who"],
    "WITH x (a, b) AS (SELECT 1, 2), y AS (SELECT * FROM x) SELECT y.| FROM y": ["a", "b"],
    "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT n.| FROM n) SELECT 1": ["i"],
    "SELECT q.| FROM (SELECT total * 2 AS twice, o.* FROM orders o) q": [
        *("twice", "id", "user_id", "total", "note"),
    ],
    "SELECT * FROM users u WHERE EXISTS (SELECT 1 FROM orders o WHERE o.user_id = u.|)": [
        *("id", "name", "email"),
    ],
    "SELECT 1 FROM users UNION ALL SELECT | FROM orders": ["id", "user_id", "total", "note"],
    "SELECT * FROM users JOIN orders USING (|": ["id"],
    "INSERT INTO orders (|": ["id", "user_id", "total", "note"],
    "INSERT INTO orders (id, note, |": ["user_id", "total"],
    "UPDATE orders SET |": ["id", "user_id", "total", "note"],
    "UPDATE OR IGNORE orders SET to|": ["total"],
    "DELETE FROM orders WHERE no|": ["note"],
    "CREATE INDEX i ON orders (|": ["id", "user_id", "total", "note"],
    "SELECT ans| FROM answers": ["answer", "answers"],
    'SELECT uni| FROM "line items"': ['"unit price"'],
    'SELECT * FROM "line items" WHERE "un|': ['"unit price"'],
    "SELECT price| FROM shop.prices": ["price", "prices"],
    "SELECT * FROM aisql.settings WHERE de|": ['"default"'],
    "SELECT * FROM ML_PREDICT(TABLE orders, MODEL mood, DESCRIPTOR(|": ["id", "user_id", "total", "note"],
    "SELECT no| FROM ML_PREDICT(TABLE orders, MODEL mood, DESCRIPTOR(note))": ["note"],
    "PURGE ANSWERS WHERE ho|": ["host"],
    "SELECT na| FROM 'people.csv'": ["name"],
    "SELECT | FROM 'people.csv'": ["name", '"born at"', '"people.csv"', "ai_complete("],
    "SELECT | FROM `people.csv` p": ["name", '"born at"', "p"],
    "SELECT * FROM 'people.csv' p WHERE p.|": ["name", '"born at"'],
    'SELECT "people.csv".| FROM "people.csv"': ["name", '"born at"'],
    "SELECT | FROM 'people.csv', users": ['"people.csv".name', '"born at"', "id", "users.name", "email"],
    "SELECT ta| FROM users JOIN 'it''s.jsonl' ON 1": ["tag"],
    "SELECT | FROM read_csv(['p*.csv', 'q.csv'], header  => true)": ["size", "ai_complete("],
    "SELECT r.| FROM read_csv(['p*.csv', 'q.csv'], header  => true) AS r": ["size"],
    "WITH w AS (SELECT * FROM 'people.csv') SELECT bo| FROM w": ['"born at"'],
    "COPY (SELECT na| FROM 'people.csv') TO 'x.csv'": ["name"],
}
NAMES = {
    "SELECT * FROM |": ["users", "orders", '"line items"', "answers", "aisql.", "oceanbase.", "shop."],
    "SELECT * FROM us|": ["users"],
    "SELECT * FROM rdrs|": ["orders"],
    "SELECT * FROM o|": ["orders", "oceanbase.", "other."],
    'SELECT * FROM "li|': ['"line items"'],
    "SELECT * FROM [li|": ["[line items]"],
    "SELECT * FROM users JOIN |": ["orders"],
    "SELECT * FROM orders JOIN |": ["users", '"line items"'],
    "SELECT * FROM users, o|": ["orders"],
    "WITH recent AS (SELECT 1) SELECT * FROM re|": ["recent"],
    "SELECT * FROM shop.|": ["prices"],
    "SELECT * FROM aisql.us|": ["usage"],
    "SELECT 1; SELECT * FROM us|; SELECT 2": ["users"],
    "CREATE TRIGGER t AFTER INSERT ON users BEGIN DELETE FROM or|": ["orders"],
    "SELECT ';' /* ; */ FROM us|": ["users"],
    "INSERT INTO or|": ["orders"],
    "DROP TABLE us|": ["users"],
    "DROP TABLE IF EXISTS us|": ["users"],
    "DESCRIBE us|": ["users"],
    "COPY us|": ["users"],
    "COPY users |": ["TO", "FROM"],
    "COPY users F|": ["FROM"],
    "COPY users FROM 'a.csv' (on|": ["on_error"],
    "COPY users FROM 'a.csv' WITH (FORMAT p|": ["parquet"],
    "COPY users FROM STDIN (FORMAT csv, ON_ERROR |": ["fail", "skip"],
    "COPY users (id) TO 'a.txt' (FORMAT markdown, |": ["HEADER", "NULL", "DELIMITER", "APPEND"],
    "COPY (SELECT id FROM users) TO 'a.csv' (HEADER = |": ["true", "false"],
    "COPY (SELECT id FROM us|": ["users"],
    "COPY (SELECT | FROM users": ["id", "name", "email"],
    "COPY LAST RESULT TO STDOUT (|": ["FORMAT"],
    "COPY LAST RESULT TO STDOUT (format verti|": ["vertical"],
    "SHOW CREATE TABLE or|": ["orders"],
    "SHOW CREATE VIEW |": ["answers"],
    "SELECT * FROM users u JOIN orders o ON |": ["o.user_id = u.id"],
    'SELECT * FROM orders JOIN "line items" l ON |': ["l.order_id = orders.id"],
    "SELECT ai_complete(MODEL |": ["mood", "other.tone"],
    "DROP MODEL |": ["mood", "other.tone", "IF"],
    "DROP MODEL IF EXISTS |": ["mood", "other.tone"],
    "DESCRIBE MODEL |": ["mood", "other.tone", "EXTENDED"],
    "DESC MODEL EXTENDED |": ["mood", "other.tone"],
    "ALTER MODEL mo|": ["mood"],
    "SHOW CREATE MODEL |": ["mood", "other.tone"],
    "DROP CONNECTION te|": ["team"],
    "DESC CONNECTION te|": ["team"],
    "LIST VOLUME |": ["calls"],
    "REMOVE VOLUME ca|": ["calls"],
    "LIST TABLE VOLUME or|": ["orders"],
    "COPY INTO or|": ["orders"],
    "USE |": ["default_database", "other", "CATALOG"],
    "USE CATALOG |": ["default_catalog"],
    "SHOW MODELS FROM o|": ["other"],
    "SHOW DATABASES FROM |": ["default_catalog"],
    "DROP DATABASE o|": ["other"],
    "SELECT id FROM users WHERE name = :|": [":city"],
}
CALLS = {
    "SELECT ai_complete('|": [
        *("mood'", "other.tone'", "endpoint:ob_complete'", "team:", "builtin:demo'", "openai:", "dashscope:"),
    ],
    "SELECT ai_complete('bu|": ["builtin:demo'"],
    "SELECT ai_complete('bu|', name) FROM users": ["builtin:demo"],
    "SELECT ai_complete('endpoint:|": ["endpoint:ob_complete'"],
    "SELECT ai_complete('team:|": ["team:", "team:gpt-4o'"],
    "SELECT ai_complete('openai:i|": ["openai:it''s'"],
    "SET ai.default_model = 'openai:g|": ["openai:gpt-4o'"],
    "SELECT ai_complete(|": ["'mood'", "'other.tone'", "'endpoint:ob_complete'", "'team:", "'builtin:demo'"],
    "SELECT aicomp|": ["ai_complete("],
    "SELECT ai_embed|": ["ai_embedding(", "ai_embed("],
    "SELECT upp|": ["upper("],
    "SELECT ai_complete('m', 'x', json '{\"|": [
        *('"model.params.temperature": ', '"model.params.max_tokens": ', '"model.params.top_p": '),
    ],
    "SELECT ai_complete('m', 'x', json '{\"model.params\": {\"te|": ['"temperature": '],
    "SELECT ai_complete('m', 'x', json '{\"model.params\": {\"temperature\": 1, \"|": ['"max_tokens": '],
    "SELECT ai_complete('m', 'x', json '{\"model.params.enable_thinking\": |": ["true", "false"],
    "SELECT * FROM ml|": ["ml_predict("],
    "SELECT * FROM users JOIN read|": ["read_csv(", "read_tsv(", "read_json(", "read_parquet("],
    "SELECT * FROM ML_PREDICT(TABLE or|": ["orders"],
    "SELECT * FROM orders, LAT|": ["LATERAL TABLE("],
    "SELECT * FROM orders, LATERAL TABLE(ai_s|": ["AI_SENTIMENT(", "AI_SUMMARIZE("],
    "SELECT * FROM orders, LATERAL TABLE(AI_SENTIMENT(MODEL |": ["mood", "other.tone"],
}
OPTIONS = {
    "CREATE MODEL m WITH ('|": ["provider'", "endpoint'", "api-key'", "task'", "model'"],
    "CREATE MODEL m WITH ('provider' = 'openai', '|": ["endpoint'", "api-key'", "task'"],
    "CREATE MODEL m WITH ('provider' = 'open|": ["openai'", "openai-compat'"],
    "CREATE MODEL m WITH ('provider' = 'openai', 'endpoint' = '|": [
        *("https://api.openai.com/v1/chat/completions'", "https://api.openai.com/v1/embeddings'"),
    ],
    "CREATE MODEL m WITH ('provider' = 'deepseek', 'api-key' = '|": ["${DEEPSEEK_API_KEY}'", "${city}'"],
    "CREATE MODEL m WITH ('context-overflow-action' = 'sk|": ["skipped'", "skipped-log'"],
    "CREATE MODEL m WITH ('retry-backoff-strategy' = '|": ["FIXED'", "EXPONENTIAL'"],
    "ALTER MODEL mood SET ('temp|": ["temperature'"],
    "ALTER MODEL mood RESET ('temp|": ["temperature'"],
    "CREATE CATALOG c WITH ('|": ["type'", "path'"],
    "CREATE CATALOG c WITH ('type' = '|": ["sqlite'"],
    "CREATE MODEL m INPUT (a |": ["STRING", "VARIANT", "ARRAY<FLOAT>"],
    "CREATE API CONNECTION c TYPE |": ["ai_function"],
    "CREATE API CONNECTION c TYPE ai_function |": ["PROVIDER = '", "BASE_URL = '", "API_KEY = '"],
    "CREATE API CONNECTION c TYPE ai_function PROVIDER = 'ol|": ["ollama'"],
    "CREATE API CONNECTION c TYPE ai_function PROVIDER = 'ollama' BASE_URL = '|": ["http://localhost:11434'"],
    "CALL |": ["DBMS_AI_SERVICE."],
    "CALL DBMS_AI_SERVICE.DROP|": ["DROP_AI_MODEL(", "DROP_AI_MODEL_ENDPOINT("],
    "CALL DBMS_AI_SERVICE.DROP_AI_MODEL('|": ["ob_complete'"],
    "CALL DBMS_AI_SERVICE.CREATE_AI_MODEL('x', '{\"|": ['"type": ', '"model_name": '],
    "CALL DBMS_AI_SERVICE.CREATE_AI_MODEL('x', '{\"type\": \"re|": ['"rerank"'],
    "SET |": ["ai.cache", "ai.concurrency", "ai.confirm_calls"],
    "SET ai.conc|": ["ai.concurrency"],
    "SET 'ai.conc|": ["ai.concurrency'"],
    "RESET ai.conc|": ["ai.concurrency"],
    "SET ai.cache = |": ["on", "off", "refresh", "only"],
    "SET 'ai.cache' = 'o|": ["on'", "off'", "only'"],
    "SET ai.default_model = |": ["'mood'", "'other.tone'"],
    "PRAGMA foreign_keys|": ["foreign_keys"],
}
FOLLOWING = {
    "|": ["DESCRIBE", "DESC", "CREATE"],
    "SEL|": ["SELECT"],
    "sel|": ["select"],
    "SHO|": ["SHOW"],
    "SHOW C|": ["CREATE", "CATALOGS", "CURRENT", "CONNECTIONS"],
    "SHOW USAGE BY |": ["MODEL", "DAY", "FUNCTION"],
    "show m|": ["models"],
    "CREATE MODEL m |": ["INPUT", "OUTPUT", "COMMENT", "WITH"],
    "CREATE MODEL m INPUT (a STRING) |": ["OUTPUT", "COMMENT", "WITH"],
    "ALTER MODEL mood |": ["RENAME", "SET", "RESET"],
    "CREATE M|": ["MODEL"],
    "CREATE T|": ["TABLE", "TEMPORARY", "TEMP"],
    "SELECT * FROM users wh|": ["where"],
    "SELECT * FROM 'people.csv' wh|": ["where"],
    "SELECT * FROM users ORD|": ["ORDER BY"],
    "SELECT * FROM users LEFT |": ["JOIN", "OUTER JOIN"],
    "SELECT * FROM users WHERE id = 1 O|": ["OR", "ORDER BY"],
    "SELECT * FROM users WHERE id IS |": ["NULL", "NOT NULL"],
    "SELECT * FROM users ORDER BY id |": ["ASC", "DESC", "NULLS FIRST"],
    "SELECT id F|": ["FROM", "FILTER ("],
    "INSERT |": ["INTO", "OR REPLACE INTO"],
    "INSERT INTO orders (id) V|": ["VALUES"],
    "UPDATE orders |": ["SET", "AS"],
    "CREATE TABLE t (a INTEGER P|": ["PRIMARY KEY"],
    "EXPLAIN |": ["QUERY PLAN", "PROMPT", "SELECT"],
    "BEGIN I|": ["IMMEDIATE"],
    "SELECT CASE WHEN id > 1 TH| FROM users": ["THEN"],
    "SELECT CAST(id AS |": ["INTEGER", "TEXT"],
    "SELECT name COLLATE |": ["NOCASE", "BINARY", "RTRIM"],
}
NOTHING = (
    "SELECT ai_extract('m', 'x', json '{\"|",
    "SELECT 'us| FROM users",
    "SELECT 1 -- us|",
    "SELECT 1; -- us|",
    "SELECT /* us| */ 1",
    "SELECT 12|",
    "SELECT * FROM users|",
    "SELECT id AS x|",
    "CREATE MODEL x|",
    "SHOW MODELS LIKE |'x'",
    "SELECT 'x'; SELECT 'y|",
    "SELECT * FROM 'peo|",
    "SELECT nev| FROM 'notes.txt'",
    "\\nosuch |",
    "\\ask how many us|",
    "??us|",
    "?? how many us|",
)


@pytest.mark.parametrize("text", COLUMNS)
def test_columns_in_scope_come_first(text: str, snapshot: Snapshot) -> None:
    assert suggested(text, snapshot)[: len(COLUMNS[text])] == COLUMNS[text]


@pytest.mark.parametrize("text", NAMES)
def test_names_are_those_of_what_the_words_before_speak_of(text: str, snapshot: Snapshot) -> None:
    assert suggested(text, snapshot)[: len(NAMES[text])] == NAMES[text]


@pytest.mark.parametrize("text", CALLS)
def test_calls_know_models_and_options(text: str, snapshot: Snapshot) -> None:
    assert suggested(text, snapshot)[: len(CALLS[text])] == CALLS[text]


@pytest.mark.parametrize("text", OPTIONS)
def test_options_have_keys_and_values(text: str, snapshot: Snapshot) -> None:
    assert suggested(text, snapshot)[: len(OPTIONS[text])] == OPTIONS[text]


@pytest.mark.parametrize("text", FOLLOWING)
def test_words_are_those_that_may_follow(text: str, snapshot: Snapshot) -> None:
    assert suggested(text, snapshot)[: len(FOLLOWING[text])] == FOLLOWING[text]


@pytest.mark.parametrize("text", NOTHING)
def test_nothing_is_suggested_where_nothing_fits(text: str, snapshot: Snapshot) -> None:
    assert suggested(text, snapshot) == []


def test_a_suggestion_says_what_it_is(snapshot: Snapshot) -> None:
    def first(text: str) -> Suggestion:
        return complete(text, len(text), snapshot)[0]

    assert first("SELECT * FROM us") == Suggestion("users", 14, Kind.TABLE, "table (id, name, email)")
    assert first("UPDATE users SET na") == Suggestion("name", 17, Kind.COLUMN, "users TEXT")
    assert first("DROP MODEL mo") == Suggestion("mood", 11, Kind.MODEL, "openai gpt-4o")
    assert first("SELECT ai_sent") == Suggestion(
        "ai_sentiment(",
        7,
        Kind.FUNCTION,
        "ai_sentiment(model, text [, json '{...}'])  whether a text is positive, negative, neutral or mixed",
    )
    assert first("SELECT nullif") == Suggestion(
        "nullif(", 7, Kind.BUILTIN, "nullif(x, y)  x, or NULL where they are the same"
    )
    assert first("SET ai.conc") == Suggestion(
        "ai.concurrency", 4, Kind.SETTING, "requests under way at the same time"
    )


def test_names_of_the_user_come_before_functions_and_words(snapshot: Snapshot) -> None:
    found = complete("SELECT c FROM (SELECT 1 AS caught) AS q", 8, snapshot)
    kinds = [each.kind for each in found if each.text.lower().startswith("c")]
    assert list(dict.fromkeys(kinds)) == [Kind.COLUMN, Kind.BUILTIN, Kind.KEYWORD]


def test_what_begins_so_comes_before_what_only_has_the_letters() -> None:
    rows = [
        ("", "table", name, f"CREATE TABLE {name} (a)") for name in ("my_log", "catalog", "lying_dog", "log")
    ]
    found = complete("SELECT * FROM log", 17, Snapshot(tables_of(rows)))
    assert [each.text for each in found] == ["log", "my_log", "catalog", "lying_dog"]


def test_no_more_are_given_than_anybody_reads() -> None:
    rows = tuple(("", "table", f"t{number}", f"CREATE TABLE t{number} (a)") for number in range(300))
    assert len(complete("SELECT * FROM ", 14, Snapshot(tables_of(rows)))) == 100


def test_a_name_is_quoted_where_sqlite_would_not_take_it() -> None:
    def is_refused(statement: str) -> bool:
        try:
            apsw.Connection(":memory:").execute(statement)
        except apsw.SQLError:
            return True
        return False

    refused = {
        word
        for word in WORDS | OURS
        if is_refused(f"CREATE TABLE t (a, {word} TEXT)")
        or is_refused(f'SELECT {word} FROM (SELECT 1 AS "{word}")')
    }
    assert refused - RESERVED == set()
    assert len(refused) > 50


def test_what_the_schema_cannot_make_anew_has_no_columns() -> None:
    rows = (
        ("", "table", "odd", "CREATE VIRTUAL TABLE odd USING nosuch(a)"),
        ("", "table", "sound", "CREATE TABLE sound (a)"),
    )
    found = {table.name: (table.kind, table.columns) for table in tables_of(rows) if not table.database}
    assert found == {"odd": ("virtual table", ()), "sound": ("table", (Column("a"),))}


def test_a_long_script_before_the_cursor_costs_little(snapshot: Snapshot) -> None:
    script = "INSERT INTO users VALUES (1, 'some text', 'more of it');\n" * 20_000
    text = f"{script}SELECT * FROM us"
    began = time.process_time()
    assert complete(text, len(text), snapshot)[0].text == "users"
    assert time.process_time() - began < 1


def test_plot_completes_columns_of_the_last_result_kinds_and_files() -> None:
    snapshot = Snapshot(drawable=("mood", "Two Words", 'a "b"', "count(*)", "two\nlines", "\x1b"))
    columns = ["mood", '"Two Words"', '"a ""b"""', "count(*)"]
    kinds = ["bar", "line", "histogram", "scatter"]
    assert suggested("\\plot |", snapshot) == [*columns, *kinds, "-o"]
    assert suggested("\\plot line m|", snapshot)[0] == "mood"
    assert suggested("\\plot h|", snapshot)[0] == "histogram"
    assert suggested("\\plot mood -o |", snapshot) == []
    assert suggested("\\plot -o a.svg t|", snapshot)[0] == '"Two Words"'


def test_meta_commands_complete_their_names(snapshot: Snapshot) -> None:
    assert "\\quit" in suggested("\\q|", snapshot)
    assert ".quit" in suggested(".qu|", snapshot)
    assert suggested("\\refresh |", snapshot)[:2] == ["team", "openai"]


ARGUMENTS = {
    "\\theme |": ["dark", "light"],
    "\\timing |": ["on", "off"],
    "\\d us|": ["users"],
    "\\fav |": ["top", "-d"],
    "\\fav t|": ["top"],
    ".fav -d |": ["top"],
    "\\fav top |": ["-d"],
    "\\fav top SELECT * FROM us|": [],
    "\\fav new SELECT * FROM us|": ["users"],
    "\\fav new SELECT na| FROM users": ["name"],
    "\\explain SELECT * FROM us|": ["users"],
    ".explain SELECT ai_complete('mo|": ["mood'"],
}


@pytest.mark.parametrize("text", ARGUMENTS)
def test_meta_commands_complete_what_they_take(text: str, snapshot: Snapshot) -> None:
    assert suggested(text, snapshot)[: max(1, len(ARGUMENTS[text]))] == ARGUMENTS[text]


PIECES = [
    "SELECT ",
    "FROM ",
    "users ",
    "(",
    ")",
    ",",
    ".",
    "'",
    '"',
    "WITH x AS ",
    "JOIN ",
    "ON ",
    "json '{\"",
]
PIECES += [
    "CREATE MODEL ",
    "SET ",
    "ai_complete(",
    "DESCRIPTOR(",
    "/*",
    "--",
    "\n",
    ";",
    "[",
    "${",
    ":",
    "é ",
    "CASE ",
]


@given(st.lists(st.sampled_from(PIECES), max_size=12), st.integers(0, 60))
@settings(max_examples=120)
def test_any_text_is_completed_without_an_error(snapshot: Snapshot, pieces: list[str], cursor: int) -> None:
    text = "".join(pieces)
    place = min(cursor, len(text))
    for each in complete(text, place, snapshot):
        assert 0 <= each.start <= place
