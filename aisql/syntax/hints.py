"""What to say about a statement that begins like ours and goes wrong.

`MISTAKES` is the table of known mistakes: a message, and statements that must give it. The parser compares
the place where a statement failed with the places where these fail; the tests run every one of them.
What the table does not know is answered from the grammar: "expected INPUT, OUTPUT, COMMENT or WITH".
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

MISTAKES: tuple[tuple[str, tuple[str, ...]], ...] = (
    (
        "an option is written 'key' = 'value', both in single quotes",
        (
            "CREATE MODEL m WITH (provider = 'openai')",
            "CREATE MODEL m WITH ('provider' = openai)",
            "CREATE MODEL m WITH ('temperature' = 0.5)",
            "CREATE MODEL m WITH ('provider' 'openai')",
            "CREATE MODEL m WITH ('provider')",
            "CREATE MODEL m WITH ('provider' = )",
            "CREATE MODEL m WITH (\"provider\" = 'openai')",
            "ALTER MODEL m SET (temperature = '0.5')",
            "ALTER MODEL m SET ('temperature' = 0.5)",
            "ALTER MODEL m SET ('temperature' '0.5')",
        ),
    ),
    (
        "options are written in brackets, ('key' = 'value', ...)",
        (
            "CREATE MODEL m WITH 'provider' = 'openai'",
            "CREATE MODEL m WITH provider",
            "CREATE MODEL m WITH",
            "CREATE CATALOG c WITH 'type' = 'sqlite'",
            "ALTER MODEL m SET 'a' = 'b'",
            "ALTER MODEL m SET temperature = 0.5",
            "ALTER MODEL m SET",
        ),
    ),
    (
        "options are separated by commas, and a bracket closes them",
        (
            "CREATE MODEL m WITH ('a' = 'b' 'c' = 'd')",
            "CREATE MODEL m WITH ('a' = 'b'",
            "ALTER MODEL m SET ('a' = 'b' 'c' = 'd')",
            "ALTER MODEL m SET ('a' = 'b'",
        ),
    ),
    (
        "an option follows every comma",
        ("CREATE MODEL m WITH ('a' = 'b', )", "ALTER MODEL m SET ('a' = 'b', )"),
    ),
    (
        "RESET takes the keys in brackets, RESET ('key', ...)",
        (
            "ALTER MODEL m RESET 'a'",
            "ALTER MODEL m RESET temperature",
            "ALTER MODEL m RESET",
            "ALTER MODEL m RESET (temperature)",
        ),
    ),
    (
        "a column needs a type, such as STRING",
        (
            "CREATE MODEL m INPUT (content)",
            "CREATE MODEL m INPUT (content, other)",
            "CREATE MODEL m INPUT (content STRING) OUTPUT (label)",
            "CREATE MODEL m INPUT (content",
        ),
    ),
    (
        "columns are written in brackets, (name TYPE, ...)",
        (
            "CREATE MODEL m INPUT content STRING",
            "CREATE MODEL m INPUT",
            "CREATE MODEL m INPUT (content STRING) OUTPUT label STRING",
        ),
    ),
    (
        "a column goes on with NOT NULL or COMMENT; a comma or a closing bracket ends it",
        (
            "CREATE MODEL m INPUT (content STRING other STRING)",
            "CREATE MODEL m INPUT (content STRING",
            "CREATE MODEL m INPUT (content STRING DEFAULT 'x')",
            "CREATE MODEL m INPUT (content STRING 'comment')",
        ),
    ),
    (
        "a comment is a string in single quotes",
        (
            "CREATE MODEL m INPUT (content STRING COMMENT text)",
            "CREATE MODEL m INPUT (content STRING COMMENT)",
            "CREATE MODEL m INPUT (content STRING) OUTPUT (label STRING) COMMENT text",
            "CREATE MODEL m COMMENT",
        ),
    ),
    (
        "expected INPUT, OUTPUT, COMMENT or WITH",
        (
            "CREATE MODEL m USING openai",
            "CREATE MODEL m (content STRING)",
            "CREATE MODEL m AS x",
            "CREATE TEMPORARY MODEL IF NOT EXISTS m FROM x",
        ),
    ),
    (
        "expected OUTPUT, COMMENT or WITH",
        (
            "CREATE MODEL m INPUT (content STRING) INPUT (x STRING)",
            "CREATE MODEL m INPUT (content STRING) RETURNS (label STRING)",
        ),
    ),
    (
        "expected COMMENT or WITH",
        (
            "CREATE MODEL m INPUT (a STRING) OUTPUT (b STRING) USING x",
            "CREATE MODEL m INPUT (a STRING) OUTPUT (b STRING) INPUT (c STRING)",
        ),
    ),
    (
        "the model needs a name",
        (
            "CREATE MODEL",
            "CREATE MODEL 'm'",
            "DROP MODEL",
            "ALTER MODEL",
            "DESCRIBE MODEL 'm'",
            "SHOW CREATE MODEL",
            "SHOW CREATE MODEL 'm'",
        ),
    ),
    (
        "a name follows EXISTS",
        (
            "CREATE MODEL IF NOT EXISTS",
            "DROP MODEL IF EXISTS",
            "ALTER MODEL IF EXISTS",
            "DROP CONNECTION IF EXISTS",
        ),
    ),
    ("expected NOT EXISTS after IF", ("CREATE MODEL IF m", "CREATE MODEL IF EXISTS m")),
    ("expected EXISTS after IF NOT", ("CREATE MODEL IF NOT m",)),
    ("expected EXISTS after IF", ("DROP MODEL IF m", "ALTER MODEL IF NOT EXISTS m SET ('a' = 'b')")),
    (
        "expected RENAME TO, SET or RESET",
        ("ALTER MODEL m", "ALTER MODEL m ADD x", "ALTER MODEL m DROP x", "ALTER MODEL IF EXISTS m TO x"),
    ),
    (
        "expected TO and the new name",
        ("ALTER MODEL m RENAME x", "ALTER MODEL m RENAME", "ALTER MODEL m RENAME TO"),
    ),
    (
        "a pattern is a string in single quotes",
        (
            "SHOW MODELS LIKE m",
            "SHOW MODELS NOT LIKE",
            "SHOW CATALOGS ILIKE c",
            "SHOW TABLES LIKE",
            "SHOW DATABASES LIKE d",
        ),
    ),
    ("expected LIKE or ILIKE after NOT", ("SHOW MODELS NOT 'm'", "SHOW TABLES NOT IN x")),
    (
        "expected FROM, IN, LIKE or ILIKE",
        ("SHOW MODELS m", "SHOW TABLES t", "SHOW DATABASES 'x'", "SHOW VIEWS WHERE x"),
    ),
    ("expected CATALOG or DATABASE", ("SHOW CURRENT", "SHOW CURRENT MODEL")),
    ("expected MODEL, TABLE or VIEW", ("SHOW CREATE", "SHOW CREATE INDEX i", "SHOW CREATE CONNECTION c")),
    (
        "expected a list to show: MODELS, CONNECTIONS, VOLUMES, CATALOGS, DATABASES, TABLES, VIEWS, USAGE, "
        "CURRENT CATALOG, CURRENT DATABASE or CREATE",
        ("SHOW", "SHOW MODEL m", "SHOW COLUMNS FROM t", "SHOW ALL"),
    ),
    (
        "a connection needs TYPE ai_function, then PROVIDER, BASE_URL and API_KEY",
        (
            "CREATE API CONNECTION c",
            "CREATE API CONNECTION c PROVIDER = 'openai'",
            "CREATE API CONNECTION c TYPE",
            "CREATE API CONNECTION c TYPE ai_function",
            "CREATE API CONNECTION IF NOT EXISTS c WITH ('a' = 'b')",
        ),
    ),
    (
        "a property is written KEY = 'value'",
        (
            "CREATE API CONNECTION c TYPE ai_function PROVIDER 'openai'",
            "CREATE API CONNECTION c TYPE ai_function PROVIDER = openai",
            "CREATE API CONNECTION c TYPE ai_function PROVIDER",
            "CREATE API CONNECTION c TYPE ai_function PROVIDER =",
        ),
    ),
    (
        "the connection needs a name",
        ("CREATE API CONNECTION", "DROP CONNECTION", "DESC CONNECTION 'c'"),
    ),
    (
        "a procedure is called CALL DBMS_AI_SERVICE.NAME('name', '{...}')",
        (
            "CALL",
            "CALL 'm'",
            "CALL create_ai_model",
            "CALL create_ai_model('m')",
            "CALL dbms_ai_service.",
            "CALL dbms_ai_service.'m'",
            "CALL dbms_ai_service.drop_ai_model",
            "CALL dbms_ai_service.drop_ai_model 'm'",
        ),
    ),
    (
        "the arguments of a procedure are strings in single quotes, separated by commas, in brackets",
        (
            "CALL dbms_ai_service.drop_ai_model(m)",
            'CALL dbms_ai_service.drop_ai_model("m")',
            "CALL dbms_ai_service.drop_ai_model(NULL)",
            "CALL dbms_ai_service.drop_ai_model('m'",
            "CALL dbms_ai_service.drop_ai_model('m' 'n')",
            "CALL dbms_ai_service.create_ai_model('m', )",
            "CALL dbms_ai_service.create_ai_model('m', {})",
        ),
    ),
    (
        "the volume needs a name",
        ("CREATE VOLUME", "CREATE EXTERNAL VOLUME 'v'", "DROP VOLUME 'v'", "DESC VOLUME 'v'", "ALTER VOLUME"),
    ),
    (
        "a folder is given as LOCATION '/folder' or LOCATION 'file:///folder'",
        (
            "CREATE EXTERNAL VOLUME v LOCATION",
            "CREATE VOLUME v LOCATION data",
            'CREATE VOLUME v LOCATION "/d"',
        ),
    ),
    (
        "expected LOCATION, DIRECTORY, RECURSIVE or COMMENT",
        ("CREATE VOLUME v USING CONNECTION c", "CREATE VOLUME v WITH ('a' = 'b')", "CREATE VOLUME v '/data'"),
    ),
    ("expected REFRESH", ("ALTER VOLUME v", "ALTER VOLUME v SET ('a' = 'b')", "ALTER VOLUME v RENAME TO w")),
    (
        "a volume is USER VOLUME, VOLUME name or TABLE VOLUME name",
        (
            "LIST",
            "LIST v",
            "GET",
            "GET 'x' TO '/out'",
            "REMOVE FILE 'x'",
            "PUT '/x' TO",
            "PUT '/x' TO v",
            "COPY INTO t FROM",
            "COPY INTO t FROM v USING CSV",
        ),
    ),
    (
        "PUT takes the path of files in single quotes, then TO and a volume",
        ("PUT", "PUT /tmp/x TO USER VOLUME", "PUT USER VOLUME FILE 'x'"),
    ),
    ("expected TO and a volume", ("PUT '/x'", "PUT '/x' INTO USER VOLUME", "PUT '/x' USER VOLUME")),
    (
        "FILE 'path' or SUBDIRECTORY 'path' follows the volume",
        ("GET USER VOLUME", "GET USER VOLUME 'x' TO '/out'", "REMOVE USER VOLUME", "REMOVE USER VOLUME x"),
    ),
    (
        "a path is a string in single quotes",
        (
            "GET USER VOLUME FILE x TO '/out'",
            "REMOVE USER VOLUME SUBDIRECTORY d",
            "LIST USER VOLUME SUBDIRECTORY d",
            "PUT '/x' TO USER VOLUME FILE x",
        ),
    ),
    (
        "expected TO and a folder in single quotes",
        ("GET USER VOLUME FILE 'x'", "GET USER VOLUME FILE 'x' TO out"),
    ),
    (
        "expected USING CSV, USING JSON or USING PARQUET",
        ("COPY INTO t FROM USER VOLUME", "COPY INTO t FROM USER VOLUME FILES('a')"),
    ),
    (
        "expected OPTIONS(...), FILES(...), SUBDIRECTORY '...', REGEXP '...' or the end of the statement",
        (
            "COPY INTO t FROM USER VOLUME USING CSV 'a'",
            "COPY INTO t FROM USER VOLUME USING CSV header = true",
        ),
    ),
    (
        "a table is written with FILE_FORMAT = (TYPE = CSV), JSON or PARQUET",
        (
            "COPY INTO USER VOLUME FROM TABLE t",
            "COPY INTO USER VOLUME FROM TABLE t USING CSV",
            "COPY INTO USER VOLUME FROM TABLE t FILE_FORMAT = CSV",
            "COPY INTO USER VOLUME FROM TABLE t FILE_FORMAT = (CSV)",
        ),
    ),
    (
        "expected FROM TABLE and a name",
        ("COPY INTO USER VOLUME FROM t", "COPY INTO USER VOLUME SUBDIRECTORY 'd' FROM t"),
    ),
    (
        "COPY takes a table, a query in brackets, LAST RESULT, or INTO",
        ("COPY", "COPY 't' FROM 'x.csv'"),
    ),
    (
        "expected FROM or TO and a file in single quotes",
        ("COPY t", "COPY t 'x.csv'", "COPY t (a) 'x.csv'", "COPY SELECT a TO 'x.csv'", "COPY t INTO 'x.csv'"),
    ),
    ("expected TO and a file in single quotes", ("COPY (SELECT 1)", "COPY (SELECT 1) FROM 'x.csv'")),
    ("a file is a string in single quotes, or STDIN", ("COPY t FROM", "COPY t FROM x", 'COPY t FROM "x"')),
    (
        "a file is a string in single quotes, or STDOUT",
        ("COPY t TO", "COPY t TO x", "COPY (SELECT 1) TO", 'COPY (SELECT 1) TO "x"'),
    ),
    (
        "options are written in brackets, (FORMAT csv, HEADER true, ...)",
        (
            "COPY t FROM 'x' CSV",
            "COPY t FROM 'x' FORMAT csv",
            "COPY t TO 'x' WITH CSV",
            "COPY t TO 'x' WITH",
            "COPY t TO STDOUT HEADER",
            "COPY (SELECT 1) TO 'x' CSV",
        ),
    ),
    (
        "an option is its name and its value, FORMAT csv or DELIMITER ';'",
        ("COPY t FROM 'x' ()", "COPY t FROM 'x' ('FORMAT' csv)", "COPY t TO 'x' (FORMAT csv, )"),
    ),
    (
        "options are separated by commas, and a bracket closes them",
        ("COPY t FROM 'x' (FORMAT csv HEADER)", "COPY t FROM 'x' (FORMAT csv", "COPY t FROM 'x' (HEADER"),
    ),
    ("expected LAST RESULT", ("CREATE TABLE t AS", "CREATE TABLE t AS RESULT", "CREATE TABLE t AS LAST")),
    ("the catalog needs a name", ("CREATE CATALOG", "DROP CATALOG", "CREATE CATALOG 'c'", "USE CATALOG 'c'")),
    (
        "the database needs a name",
        ("CREATE DATABASE", "DROP DATABASE", "CREATE DATABASE 'd'", "USE", "USE 'd'"),
    ),
    ("expected COMMENT or WITH", ("CREATE CATALOG c USING x", "CREATE DATABASE d USING x")),
    (
        "a setting is written SET key = value",
        (
            "SET ai.concurrency",
            "SET 'ai.concurrency'",
            "SET ai.concurrency 32",
            "SET ai.concurrency =",
            "SET = 3",
        ),
    ),
    ("expected ANSWERS, PURGE ANSWERS [WHERE condition]", ("PURGE", "PURGE ANSWER", "PURGE WHERE a = 1")),
    (
        "expected WHERE and a condition, or the end of the statement",
        ("PURGE ANSWERS a = 1", "PURGE ANSWERS FROM t", "PURGE ANSWERS 'm'", "PURGE ANSWERS LIKE 'm'"),
    ),
    ("a condition follows WHERE", ("PURGE ANSWERS WHERE", "PURGE ANSWERS WHERE )")),
    (
        "the condition is one expression, and its brackets match",
        (
            "PURGE ANSWERS WHERE a)",
            "PURGE ANSWERS WHERE a, b",
            "PURGE ANSWERS WHERE (a",
            "PURGE ANSWERS WHERE f(a",
            "PURGE ANSWERS WHERE (a]",
        ),
    ),
    ("expected FAILED, RETRY FAILED", ("RETRY", "RETRY FAILURES", "RETRY WHERE a = 1")),
    (
        "expected BY MODEL, BY DAY or BY FUNCTION, or the end of the statement",
        ("SHOW USAGE MODEL", "SHOW USAGE OF m", "SHOW USAGE 'm'"),
    ),
    (
        "expected MODEL, DAY or FUNCTION",
        ("SHOW USAGE BY", "SHOW USAGE BY host", "SHOW USAGE BY 'm'", "SHOW USAGE BY TASK"),
    ),
    ("expected the end of the statement", ("RETRY FAILED WHERE a = 1", "RETRY FAILED CALLS")),
)

# Words the grammar knows under another name than the one a user types.
_SPELLED = {
    "NAME": "a name",
    "QUOTED_NAME": "",
    "STRING": "a string in single quotes",
    "SETTING": "a value",
    "JSON_LITERAL": "",
    "TIME_LITERAL": "",
    "INTEGER": "a number",
    "USAGE_BY": "MODEL, DAY or FUNCTION",
    "LPAR": "'('",
    "RPAR": "')'",
    "LESSTHAN": "'<'",
    "MORETHAN": "'>'",
    "EQUAL": "'='",
    "COMMA": "','",
    "DOT": "",
    "$END": "the end of the statement",
    "__IF": "",
}

_CHOICES = {"USAGE_BY": ("MODEL", "DAY", "FUNCTION"), "_DESCRIBE": ("DESCRIBE", "DESC")}

NAMES_TOO = frozenset(
    ("_IF", "_EXTENDED", "_MODEL", "_CONNECTION", "_CATALOG", "_TYPE", "_USER", "_VOLUME", "_LAST")
)
"""Keywords that are also names, and so stand wherever a name does."""


def expected(terminals: Iterable[str], order: Iterable[str]) -> str:
    """Names what could have stood at a place: `expected INPUT, OUTPUT, COMMENT or WITH`.

    `terminals` are the grammar's names of what the parser accepts there, `order` all of them in the order
    of the grammar.
    """
    accepted = set(terminals)
    if "OPERATOR" in accepted:
        return "expected an expression"
    if "NAME" in accepted:
        accepted -= NAMES_TOO
    words = [word for name in order if name in accepted and (word := _SPELLED.get(name, name.lstrip("_")))]
    return f"expected {_joined(words or [_SPELLED['$END']])}"


def words_of(terminals: Iterable[str], patterns: Mapping[str, str]) -> tuple[str, ...]:
    """The words among the terminals, without names, strings and signs: `INPUT`, `OUTPUT`, `COMMENT`, `WITH`.

    `patterns` are what every terminal of the grammar looks like, in its order.
    """
    accepted = set(terminals)
    words: list[str] = []
    for name, pattern in patterns.items():
        if name in accepted:
            words += _CHOICES.get(name, (pattern,) if pattern.isalpha() else ())
    return tuple(words)


def _joined(words: list[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} or {words[-1]}"
