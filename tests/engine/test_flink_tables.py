"""Tables with Flink's types: values stay what they are, and the types are told as they were written."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
from engine_shell import Shell
from hypothesis import given, settings
from hypothesis import strategies as st

from aisql.errors import SyntaxProblem
from aisql.schema import quote_name, quote_text

TYPES = [
    ("STRING", "STRING", "TEXT"),
    ("string", "STRING", "TEXT"),
    ("VARCHAR(2147483647) ARRAY", "ARRAY<STRING>", "TEXT"),
    ("ARRAY<FLOAT>", "ARRAY<FLOAT>", "TEXT"),
    ("ARRAY<INT NOT NULL>", "ARRAY<INT NOT NULL>", "TEXT"),
    ("MAP<STRING, INT>", "MAP<STRING, INT>", "TEXT"),
    ("MAP < STRING, ARRAY<ROW<a INT>> >", "MAP<STRING, ARRAY<ROW<`a` INT>>>", "TEXT"),
    ("ROW<a INT, b STRING 'note'>", "ROW<`a` INT, `b` STRING 'note'>", "TEXT"),
    ("ROW(a INT NOT NULL)", "ROW<`a` INT NOT NULL>", "TEXT"),
    ("MULTISET<INT>", "MULTISET<INT>", "TEXT"),
    ("INT MULTISET", "MULTISET<INT>", "TEXT"),
    ("INTERVAL DAY TO SECOND(3)", "INTERVAL DAY TO SECOND(3)", "TEXT"),
    ("BYTES", "BYTES", "BLOB"),
    ("BINARY(3)", "BINARY(3)", "BLOB"),
    ("VARBINARY", "VARBINARY(1)", "BLOB"),
    ("VARIANT", "VARIANT", "BLOB"),
    ("TIMESTAMP(3) WITH LOCAL TIME ZONE", "TIMESTAMP_LTZ(3)", "TIMESTAMP"),
    ("TIMESTAMP_LTZ", "TIMESTAMP_LTZ(6)", "TIMESTAMP"),
    ("TIMESTAMP(3) WITH TIME ZONE", "TIMESTAMP(3) WITH TIME ZONE", "TIMESTAMP"),
    ("TIME(0) WITHOUT TIME ZONE", "TIME(0)", "TIME"),
    # SQLite knows these.
    ("DECIMAL(10,2)", "DECIMAL(10,2)", "DECIMAL(10,2)"),
    ("TIMESTAMP(3)", "TIMESTAMP(3)", "TIMESTAMP(3)"),
    ("BIGINT", "BIGINT", "BIGINT"),
    ("UNSIGNED BIG INT", "UNSIGNED BIG INT", "UNSIGNED BIG INT"),
]


@pytest.mark.parametrize(("written", "described", "stored"), TYPES)
def test_a_type_is_described_as_flink_does_and_stored_as_sqlite_can(
    shell: Shell, tmp_path: Path, written: str, described: str, stored: str
) -> None:
    shell(f"CREATE TABLE t (id INT, c {written} NOT NULL DEFAULT 'x', d INT)")
    assert shell("DESCRIBE t")[1] == ("c", described, "FALSE", "", "", "")
    shell("CREATE TABLE u (id INT)")
    shell(f"ALTER TABLE u ADD COLUMN c {written}")
    assert shell("DESCRIBE u")[1] == ("c", described, "TRUE", "", "", "")
    [file] = tmp_path.glob("*.default_database.sqlite")
    with sqlite3.connect(file) as connection:
        types = "SELECT type FROM pragma_table_info(?) WHERE name = 'c'"
        assert [connection.execute(types, (table,)).fetchone()[0] for table in "tu"] == [stored, stored]


TABLES = [
    "CREATE TABLE t (s STRING)",
    "CREATE TABLE t (s STRING NOT NULL, v ARRAY<FLOAT> COMMENT 'a vector', n VARCHAR(20) COMMENT 'it''s')",
    "CREATE TABLE t (id BIGINT COMMENT 'who', n UNSIGNED BIG INT COMMENT 'x', PRIMARY KEY (id) NOT ENFORCED)",
    'CREATE TABLE `a b` (`STRING` STRING COMMENT \'\', [c d] MAP<STRING, INT>, """" ROW<`x` INT>)',
    "CREATE TABLE t (s STRING DEFAULT '/* Flink: INT */ TEXT', array STRING, map INT, string, row)",
    "CREATE TABLE t (s STRING COMMENT 'COMMENT ''x'' -- y', CHECK (length(s) < 5 AND 5 > length(s)))",
    "CREATE TABLE t (COMMENT STRING COMMENT 'x' NOT NULL, comment2 INT COMMENT 'y')",
    "CREATE TABLE t (id INT PRIMARY KEY NOT ENFORCED, s STRING REFERENCES t (id), watermark STRING) STRICT",
]


@pytest.mark.parametrize("written", TABLES)
def test_show_create_table_gives_back_what_was_written(shell: Shell, written: str) -> None:
    shell(written)
    name = "a b" if "`a b`" in written else "t"
    shown = shell(f"SHOW CREATE TABLE `{name}`")
    assert shown == [(written,)]
    shell(f"DROP TABLE `{name}`")
    shell(str(shown[0][0]))
    assert shell(f"SHOW CREATE TABLE `{name}`") == [(written,)]


def test_comments_of_columns_are_a_column_of_describe(shell: Shell) -> None:
    shell("CREATE TABLE t (s STRING NOT NULL COMMENT 'it''s' DEFAULT 'd', n INT COMMENT 'many', x STRING)")
    assert shell("DESCRIBE t") == [
        ("s", "STRING", "FALSE", "", "", "", "it's"),
        ("n", "INT", "TRUE", "", "", "", "many"),
        ("x", "STRING", "TRUE", "", "", "", ""),
    ]
    assert shell.columns == ["name", "type", "null", "key", "extras", "watermark", "comment"]
    shell("ALTER TABLE t ADD late ARRAY<STRING> COMMENT 'last'; ALTER TABLE t DROP COLUMN n")
    shell('ALTER TABLE t RENAME COLUMN s TO "a b"')
    assert [(row[0], row[1], row[6]) for row in shell("DESCRIBE t")] == [
        ("a b", "STRING", "it's"),
        ("x", "STRING", ""),
        ("late", "ARRAY<STRING>", "last"),
    ]


@settings(max_examples=30)
@given(
    value=st.text(st.characters(codec="utf-8", exclude_characters="\0"))
    | st.from_regex(r"-?0*[0-9]+\.?[0-9]*", fullmatch=True)
)
def test_any_text_in_a_string_column_comes_back_as_it_was(shell: Shell, value: str) -> None:
    text = value.replace("'", "''")
    shell("CREATE TABLE IF NOT EXISTS t (s STRING, a ARRAY<INT>, b BYTES, x VARIANT); DELETE FROM t")
    shell(f"INSERT INTO t VALUES ('{text}', '{text}', '{text}', '{text}')")
    assert shell("SELECT s, a, b, x, typeof(s) FROM t") == [(value, value, value, value, "text")]


words = st.text(st.characters(codec="utf-8", exclude_characters="\0") | st.sampled_from("'`\"[]/* -"))
types = st.recursive(
    st.sampled_from(
        ["STRING", "BYTES", "VARIANT", "ARRAY<INT NOT NULL>", "TIMESTAMP_LTZ(3)", "DECIMAL(10, 2)"]
    ),
    lambda inside: (
        inside.map("ARRAY<{}>".format)
        | st.tuples(inside, inside).map(lambda pair: "MAP<{}, {}>".format(*pair))
        | st.tuples(words, inside, words).map(
            lambda field: f"ROW<{quote_name(field[0])} {field[1]} {quote_text(field[2])}>"
        )
    ),
    max_leaves=3,
)


@settings(max_examples=40)
@given(name=words.filter(lambda name: name not in {"b", "B"}), kind=types, comment=words, default=words)
def test_any_column_is_shown_and_described_as_it_was_written(
    shell: Shell, name: str, kind: str, comment: str, default: str
) -> None:
    written = (
        f"CREATE TABLE t ({quote_name(name)} {kind} COMMENT {quote_text(comment)} "
        f"DEFAULT {quote_text(default)}, b INT)"
    )
    shell("DROP TABLE IF EXISTS t")
    if "*/" in f"{kind} COMMENT {quote_text(comment)}":
        assert "cannot hold '*/'" in shell.error(written).message
        return
    shell(written)
    assert shell("SHOW CREATE TABLE t") == [(written,)]
    assert shell("DESCRIBE t")[0][:2] == (name, kind)
    assert [row[6:] for row in shell("DESCRIBE t")] == ([(comment,), ("",)] if comment else [(), ()])


def test_a_number_in_a_string_column_becomes_text(shell: Shell) -> None:
    shell("CREATE TABLE t (s STRING); INSERT INTO t VALUES (7), (1.5), ('007'), (NULL)")
    assert shell("SELECT s, typeof(s) FROM t") == [
        ("7", "text"),
        ("1.5", "text"),
        ("007", "text"),
        (None, "null"),
    ]


def test_a_table_of_another_program_stays_as_it_is(shell: Shell, tmp_path: Path) -> None:
    shell("CREATE TABLE old (id INT)")
    [file] = tmp_path.glob("*.default_database.sqlite")
    with sqlite3.connect(file) as connection:
        connection.execute("CREATE TABLE made (s STRING, array INT, a /* Flink */ INT, map)")
    connection.close()
    assert [row[:2] for row in shell("DESCRIBE made")] == [
        ("s", "STRING"),
        ("array", "INT"),
        ("a", "INT"),
        ("map", ""),
    ]
    assert shell("SHOW CREATE TABLE made") == [
        ("CREATE TABLE made (s STRING, array INT, a /* Flink */ INT, map)",)
    ]
    assert shell("INSERT INTO made (array, map) VALUES (1, 2); SELECT array, map FROM made") == [(1, 2)]


def test_temporary_tables_and_tables_of_other_databases_have_flinks_types(shell: Shell) -> None:
    shell("CREATE DATABASE d; CREATE TABLE d.t (s STRING); INSERT INTO d.t VALUES ('007')")
    shell(
        "CREATE TEMPORARY TABLE IF NOT EXISTS u (s STRING, v ARRAY<INT>); INSERT INTO u VALUES ('08', '[]')"
    )
    assert shell("SELECT t.s, u.s FROM d.t, u") == [("007", "08")]
    assert [row[1] for row in shell("DESCRIBE d.t") + shell("DESCRIBE u")] == [
        "STRING",
        "STRING",
        "ARRAY<INT>",
    ]


HINT = "tables are kept by SQLite; name a data file when aisql starts to have it as a table"
REFUSED = [
    (
        "(s STRING) WITH ('connector' = 'kafka')",
        "a table has no connector",
        "WITH ('connector' = 'kafka')",
        HINT,
    ),
    (
        "(id INT) WITH ('connector' = 'kafka')",
        "a table has no connector",
        "WITH ('connector' = 'kafka')",
        HINT,
    ),
    ("(a INT, WATERMARK FOR a AS a)", "a table has no watermark", "WATERMARK FOR a AS a", HINT),
    ("(a INT METADATA FROM 'x')", "a table has no metadata", "a INT METADATA FROM 'x'", HINT),
    ("(a STRING) COMMENT 'x'", "a table has no COMMENT, its columns have", "COMMENT 'x'", HINT),
    ("(a INT) PARTITIONED BY (a)", "a table is not partitioned", "PARTITIONED BY (a)", HINT),
    ("(a ARRAY<STRNG>)", "there is no type 'STRNG'", "STRNG", "did you mean STRING?"),
    ("(a STRING(5))", "type STRING takes no length", "STRING", None),
    ("(a MAP<INT>)", "type MAP takes 2 type(s), not 1", "MAP", None),
    ("(a COMMENT 'x')", "a column with a COMMENT needs a type", "a COMMENT 'x'", None),
    (
        "(a INT COMMENT 'x */ y')",
        "the type and COMMENT of a column cannot hold '*/'",
        "COMMENT 'x */ y'",
        None,
    ),
    ("(a ROW<`*/` INT>)", "the type and COMMENT of a column cannot hold '*/'", "ROW<`*/` INT>", None),
]


@pytest.mark.parametrize(("body", "message", "place", "hint"), REFUSED)
def test_what_a_table_cannot_have_is_refused_where_it_stands(
    shell: Shell, body: str, message: str, place: str, hint: str | None
) -> None:
    text = f"CREATE TABLE t {body}"
    error = shell.error(text)
    assert isinstance(error, SyntaxProblem)
    assert error.span is not None
    assert (error.message, text[slice(*error.span)], error.hint) == (message, place, hint)
    assert shell("SHOW TABLES") == []


def test_an_open_bracket_of_a_type_is_an_error(shell: Shell) -> None:
    error = shell.error("CREATE TABLE t (a ARRAY<INT, b STRING)")
    assert error.message.startswith("unexpected 'STRING': expected ")
    assert error.hint == "types are STRING, BIGINT, ARRAY<FLOAT>, MAP<STRING, INT>, ROW<a INT, b STRING>, ..."


def test_an_error_of_sqlite_stands_where_the_user_wrote_it(shell: Shell) -> None:
    text = "CREATE TABLE t (s STRING COMMENT 'x', v ARRAY<FLOAT>, CHECK (nosuch(s)))"
    error = shell.error(text)
    assert error.message == "no such function: nosuch"
    text = "ALTER TABLE missing ADD COLUMN s STRING"
    error = shell.error(text)
    assert error.message == "no such table: missing"


def test_a_key_in_a_refused_clause_is_not_in_the_message(shell: Shell) -> None:
    error = shell.error("CREATE TABLE t (s STRING) WITH ('connector' = 'jdbc', 'password' = 'secret-word')")
    assert "secret-word" not in str(error)
