"""Files of volumes as rows, and rows as files: in FROM, and by COPY INTO."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path

import pyarrow
import pyarrow.parquet
import pytest
from engine_shell import Shell
from server import ModelServer

from aisql.errors import OptionError, SqlError, StatementError, SyntaxProblem, VolumeError

Put = Callable[[str, str | bytes], None]


@pytest.fixture
def put(tmp_path: Path) -> Put:
    """Writes a file into the user volume."""

    def write(name: str, content: str | bytes) -> None:
        path = tmp_path / "catalog.sqlite.volumes" / "user" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)

    return write


def content(tmp_path: Path, name: str) -> str:
    """What is in a file of the user volume."""
    return (tmp_path / "catalog.sqlite.volumes" / "user" / name).read_text()


def parquet(table: pyarrow.Table) -> bytes:
    """A Parquet file."""
    stream = pyarrow.BufferOutputStream()
    pyarrow.parquet.write_table(table, stream)
    return stream.getvalue().to_pybytes()


# ---------------------------------------------------------------- FROM


def test_columns_of_csv_have_no_names_unless_the_header_gives_them(shell: Shell, put: Put) -> None:
    put("a.csv", "id,name\n1,one\n")
    assert shell("SELECT * FROM USER VOLUME USING CSV") == [("id", "name"), ("1", "one")]
    assert shell.columns == ["f0", "f1"]
    assert shell("SELECT * FROM USER VOLUME USING CSV OPTIONS('HEADER' = 'True')") == [(1, "one")]
    assert shell.columns == ["id", "name"]


def test_csv_has_a_separator(shell: Shell, put: Put) -> None:
    put("a.csv", 'a;b\n"1;2";\n')
    assert shell("SELECT * FROM USER VOLUME USING CSV OPTIONS('header'='true', 'sep'=';')") == [("1;2", None)]
    put("a.csv", "1\t2\n")
    assert shell("SELECT * FROM USER VOLUME USING CSV OPTIONS('sep'='\\t')") == [(1, 2)]
    assert shell("SELECT * FROM USER VOLUME USING CSV OPTIONS('sep'='\t')") == [(1, 2)]


def test_files_are_named_or_looked_for(shell: Shell, put: Put) -> None:
    for name in ("a.csv", "d/b.csv", "d/e/c.csv", "d/c.txt"):
        put(name, f"{name}\n")
    read = "SELECT f0 FROM USER VOLUME USING CSV"
    assert shell(read) == [("a.csv",), ("d/b.csv",), ("d/c.txt",), ("d/e/c.csv",)]
    assert shell(f"{read} FILES('d/b.csv', 'a.csv')") == [("d/b.csv",), ("a.csv",)]
    assert shell(f"{read} SUBDIRECTORY 'd/e'") == [("d/e/c.csv",)]
    assert shell(f"{read} REGEXP '.*c\\.(csv|txt)'") == [("d/c.txt",), ("d/e/c.csv",)]
    assert shell(f"{read} SUBDIRECTORY 'd' REGEXP = '.*/b.*'") == [("d/b.csv",)]


def test_volumes_of_every_kind_are_read_with_aliases_joins_and_conditions(
    shell: Shell, put: Put, tmp_path: Path
) -> None:
    (tmp_path / "one.csv").write_text("1,one\n2,two\n")
    shell(
        "CREATE TABLE t (id, volume); INSERT INTO t VALUES (1, 'x'), (2, 'y'); CREATE VOLUME v;"
        "PUT 'one.csv' TO VOLUME v; PUT 'one.csv' TO TABLE VOLUME t"
    )
    put("ids.csv", "f0\n2\n")
    assert shell(
        "SELECT a.f1, t.volume, b.f0 FROM VOLUME v USING CSV FILES('one.csv') AS a\n"
        "JOIN TABLE VOLUME t USING CSV b USING (f0)\n"
        "JOIN t ON t.id = a.f0, USER VOLUME USING CSV OPTIONS ('header' = 'true') c\n"
        "WHERE c.f0 = t.id"
    ) == [("two", "y", 2)]


def test_a_volume_is_read_anywhere_in_a_statement(shell: Shell, put: Put) -> None:
    put("a.csv", "1\n2\n")
    csv = "USER VOLUME USING CSV"
    assert shell(f"WITH w AS (SELECT f0 FROM {csv}) SELECT (SELECT max(f0) FROM {csv}), count(*) FROM w") == [
        (2, 2)
    ]
    shell(f"CREATE TABLE t AS SELECT f0 AS a FROM {csv}; INSERT INTO t SELECT f0 + 2 FROM {csv}")
    shell(f"DELETE FROM t WHERE a IN (SELECT f0 FROM {csv}); UPDATE t SET a = f0 FROM {csv} WHERE a = f0 + 2")
    assert shell("SELECT a FROM t") == [(1,), (2,)]
    assert shell(f"SELECT f0 FROM {csv} UNION SELECT 3 ORDER BY 1") == [(1,), (2,), (3,)]


def test_no_table_is_left_behind(shell: Shell, put: Put) -> None:
    put("a.csv", "1\n2\n")
    shell("SELECT * FROM USER VOLUME USING CSV")
    shell.error("SELECT * FROM USER VOLUME USING CSV JOIN USER VOLUME USING CSV FILES('nosuch')")
    shell.error("SELECT nosuch FROM USER VOLUME USING CSV")
    shell("BEGIN; SELECT * FROM USER VOLUME USING CSV; ROLLBACK; SELECT * FROM USER VOLUME USING CSV")
    first = next(iter(shell.session.run("SELECT * FROM USER VOLUME USING CSV")))
    first.result.close()
    shell("SELECT json '[]'")
    assert shell("SELECT name FROM temp.sqlite_schema") == []


def test_rows_of_a_file_are_those_it_had_when_the_statement_began(shell: Shell, put: Put) -> None:
    put("a.csv", "1\n2\n3\n")
    outcome = next(iter(shell.session.run("SELECT * FROM USER VOLUME USING CSV")))
    assert next(outcome.result.rows) == (1,)
    put("a.csv", "9\n")
    assert list(outcome.result.rows) == [(2,), (3,)]


def test_calls_are_made_for_the_rows_of_files(shell: Shell, put: Put, server: ModelServer) -> None:
    put("a.csv", "i,s\n1,a\n2,b\n3,a\n")
    shell(
        "CREATE MODEL m INPUT (s STRING) OUTPUT (o STRING) WITH ('provider' = 'openai', 'model' = 'gpt', "
        f"'endpoint' = '{server.url}/chat/completions', 'api-key' = 'k', 'task' = 'chat/completions')"
    )
    source = "USER VOLUME USING CSV OPTIONS('header' = 'true')"
    assert shell(
        f"SELECT i, ai_complete('m', s) FROM {source} u WHERE ai_complete('m', s) <> 'x' ORDER BY i"
    ) == [
        (1, "echo: a"),
        (2, "echo: b"),
        (3, "echo: a"),
    ]
    assert shell(f"SELECT i, o FROM ML_PREDICT((SELECT * FROM {source}), MODEL m, DESCRIPTOR(s))") == [
        (1, "echo: a"),
        (2, "echo: b"),
        (3, "echo: a"),
    ]
    assert len(server.requests) == 2


def test_a_list_of_files_is_a_query(shell: Shell, put: Put) -> None:
    for name in ("images/products/a.png", "images/products/b.png", "images/c.png"):
        put(name, name)
    assert shell(
        "SELECT relative_path, size FROM (SHOW USER VOLUME DIRECTORY SUBDIRECTORY 'images/products') LIMIT 10"
    ) == [("images/products/a.png", 21), ("images/products/b.png", 21)]
    shell("CREATE VOLUME v; CREATE TABLE t (a)")
    assert shell(
        "SELECT count(*) FROM (SHOW USER VOLUME DIRECTORY REGEXP = '.*/[ac].png') a\n"
        "LEFT JOIN (show volume directory v) b ON a.size = b.size, t, (SHOW TABLE VOLUME DIRECTORY t) c"
    ) == [(0,)]
    assert shell("WITH f AS (SHOW USER VOLUME DIRECTORY REGEXP '.*c.png') SELECT url FROM f") == [
        ("volume:user://~/images/c.png",)
    ]
    assert shell(
        "SELECT a.relative_path FROM (LIST USER VOLUME SUBDIRECTORY 'images' REGEXP '.*c.png') a "
        "LEFT JOIN (list volume v) ON true LEFT JOIN (LIST TABLE VOLUME t) ON true"
    ) == [("images/c.png",)]


PLAIN = [
    "SELECT volume FROM volume",
    "SELECT user, volume FROM volume volume",
    "SELECT v.volume FROM volume v JOIN volume USING (volume)",
    "SELECT show FROM (SELECT user AS show FROM volume)",
    "SELECT volume.volume FROM (list volume JOIN volume AS other USING (volume))",
    "SELECT volume.volume FROM (list volume, volume AS other)",
    "SELECT (volume), 'SELECT * FROM USER VOLUME USING CSV' FROM volume -- get_presigned_url(",
]


@pytest.mark.parametrize("sql", PLAIN)
def test_tables_and_columns_can_be_named_like_words_of_volumes(shell: Shell, sql: str) -> None:
    shell("CREATE TABLE volume (volume, user); INSERT INTO volume VALUES (7, 7)")
    shell("CREATE TABLE list AS SELECT volume, user FROM volume")
    assert shell(sql)[0][0] == 7


def test_words_of_volumes_do_not_need_the_parser(shell: Shell) -> None:
    before = set(sys.modules)
    shell("CREATE TABLE volume (volume, user); SELECT volume FROM volume JOIN volume v USING (volume)")
    assert {name for name in set(sys.modules) - before if name.startswith("lark")} == set()


READ = "SELECT * FROM USER VOLUME USING CSV"
OPTION = "an option is written 'key' = 'value', both in single quotes"
FIRST = "GET_PRESIGNED_URL: the first argument is a volume"
MISTAKES = [
    ("SELECT * FROM USER VOLUME USING ORC", "files of the format ORC cannot be read or written", "ORC"),
    ("SELECT * FROM USER VOLUME USING BSON", "files of the format BSON cannot be read or written", "BSON"),
    (
        f"{READ} OPTIONS(header = 'true')",
        OPTION,
        "header = 'true'",
    ),
    (
        f"{READ} OPTIONS('header' = true)",
        OPTION,
        "'header' = true",
    ),
    (f"{READ} FILES(a)", "FILES takes strings in single quotes", "a"),
    (f"{READ} FILES()", "FILES takes strings in single quotes", "FILES()"),
    (
        f"{READ} SUBDIRECTORY d",
        "a string in single quotes follows SUBDIRECTORY",
        "d",
    ),
    ("SELECT * FROM (SHOW USER VOLUME DIRECTORY REGEXP)", "a string in single quotes follows REGEXP", ""),
    ("SELECT * FROM (SHOW USER VOLUME DIRECTORY LIMIT 1)", "expected SUBDIRECTORY, REGEXP or ')'", "LIMIT"),
    ("SELECT GET_PRESIGNED_URL(volume, 'x')", FIRST, "volume"),
    (
        "SELECT GET_PRESIGNED_URL(USER VOLUME v, 'x')",
        FIRST,
        "USER VOLUME v",
    ),
    (
        "SELECT volume, GET_PRESIGNED_URL()",
        FIRST,
        "GET_PRESIGNED_URL()",
    ),
]


@pytest.mark.parametrize(("sql", "message", "place"), MISTAKES, ids=[sql for sql, _, _ in MISTAKES])
def test_a_mistake_in_a_query_has_its_place(shell: Shell, sql: str, message: str, place: str) -> None:
    error = shell.error(sql)
    assert (type(error), error.message) == (SyntaxProblem, message)
    assert error.span is not None
    assert sql[slice(*error.span)] == place


WRONG = [
    ("CSV OPTIONS('quote'='x')", OptionError, "CSV has no option 'quote'"),
    ("JSON OPTIONS('header'='true')", OptionError, "JSON has no option 'header'"),
    ("CSV OPTIONS('header'='yes')", OptionError, "'header' is 'true' or 'false', not 'yes'"),
    ("CSV OPTIONS('sep'='ab')", OptionError, "'sep' is one character"),
    ("CSV OPTIONS('sep'='\"')", OptionError, "'sep' is one character"),
    ("CSV OPTIONS('sep'='')", OptionError, "'sep' is one character"),
    ("CSV FILES('nosuch.csv')", VolumeError, "there is no file 'nosuch.csv'"),
    ("CSV FILES('d')", VolumeError, "'d' is not a file"),
    ("CSV SUBDIRECTORY 'none'", VolumeError, "there is no such file in volume:user://~/"),
    (
        "CSV FILES('d/a.csv') SUBDIRECTORY 'd'",
        OptionError,
        "FILES names the files; SUBDIRECTORY and REGEXP cannot stand beside it",
    ),
    ("CSV FILES('ragged.csv')", VolumeError, "ragged.csv:2: 3 fields, but the first line has 2"),
    (
        "CSV OPTIONS('header'='true') FILES('ragged.csv')",
        VolumeError,
        "ragged.csv:2: 3 fields, but the header has 2",
    ),
    (
        "CSV OPTIONS('header'='true') FILES('d/a.csv', 'ragged.csv')",
        VolumeError,
        "ragged.csv: its columns are others than those of d/a.csv",
    ),
    ("CSV FILES('d/a.csv', 'ragged.csv')", VolumeError, "ragged.csv:1: 2 fields, but the first line has 1"),
    ("CSV FILES('quote.csv')", VolumeError, "quote.csv:1: a quote is never closed"),
    ("CSV FILES('latin.csv')", VolumeError, "latin.csv:1: it is not UTF-8"),
    ("CSV FILES('empty.csv')", VolumeError, "empty.csv: the file is empty"),
    ("JSON FILES('latin.csv')", VolumeError, "latin.csv:1: it is not UTF-8"),
    ("JSON FILES('empty.csv')", VolumeError, "empty.csv: there is no object in it"),
    ("JSON FILES('bad.json')", VolumeError, "bad.json:2: not JSON: Expecting ':' delimiter"),
    ("JSON FILES('nan.json')", VolumeError, "nan.json:1: not JSON: NaN is no number"),
    ("JSON FILES('half.json')", VolumeError, "half.json:1: half a character cannot be kept"),
    ("JSON FILES('deep.json')", VolumeError, "deep.json:1: nested too deeply"),
    ("JSON FILES('list.json')", VolumeError, 'list.json:2: a row is an object, as in {"name": 1}'),
    (
        "PARQUET FILES('bad.json')",
        VolumeError,
        "cannot read bad.json: it is not a Parquet file, or damaged",
    ),
]


@pytest.fixture
def bad(shell: Shell, put: Put) -> Shell:
    """A session with files that cannot be read, and a table t with one row."""
    put("d/a.csv", "x\n")
    put("ragged.csv", "a,b\n1,2,3\n")
    put("quote.csv", '"a\n')
    put("latin.csv", b"caf\xe9\n")
    put("empty.csv", "")
    put("bad.json", '{"a": 1}\n{"a" 2}\n')
    put("nan.json", '{"a": NaN}')
    put("half.json", '{"a": "\\ud800"}')
    put("deep.json", "[" * 100_000)
    put("list.json", '{"a": 1}\n[1]')
    shell("CREATE TABLE t (x TEXT); INSERT INTO t VALUES ('kept')")
    return shell


@pytest.mark.parametrize(("source", "kind", "message"), WRONG, ids=[source for source, _, _ in WRONG])
def test_a_file_that_cannot_be_read_is_told_and_nothing_is_loaded(
    bad: Shell, source: str, kind: type, message: str
) -> None:
    sql = f"SELECT * FROM USER VOLUME USING {source}"
    error = bad.error(sql)
    assert type(error) is kind
    assert error.message.startswith(message)
    assert error.span is not None
    assert sql[slice(*error.span)] == f"USER VOLUME USING {source}"
    copied = bad.error(f"COPY OVERWRITE INTO t FROM USER VOLUME USING {source}")
    # A table with other columns is told of before the first row is read.
    assert copied.message in (error.message, "the files have 2 columns, but t has 1", "t has no column a")
    assert bad("SELECT * FROM t") == [("kept",)]


@pytest.mark.parametrize(
    "sql",
    [
        "CREATE VIEW w AS SELECT * FROM USER VOLUME USING CSV",
        "CREATE TEMP VIEW w AS SELECT * FROM (SHOW USER VOLUME DIRECTORY)",
        "CREATE TRIGGER w AFTER INSERT ON t BEGIN INSERT INTO t SELECT * FROM USER VOLUME USING CSV; END",
    ],
)
def test_files_cannot_be_read_in_a_view_or_a_trigger(bad: Shell, sql: str) -> None:
    error = bad.error(sql)
    assert (type(error), error.message) == (
        StatementError,
        "the files of a volume cannot be read in a view or a trigger",
    )


@pytest.mark.parametrize("source", ["USER VOLUME USING", "USER VOLUME USING (a)", "VOLUME USING CSV"])
def test_what_only_begins_like_a_source_is_for_sqlite(bad: Shell, source: str) -> None:
    assert type(bad.error(f"SELECT ARRAY[1] FROM {source}")) is SqlError


def test_rows_of_files_cannot_be_deleted(bad: Shell) -> None:
    assert bad.error("DELETE FROM USER VOLUME USING CSV").message == 'near "VOLUME": syntax error'


# ---------------------------------------------------------------- JSON and PARQUET


def test_json_is_objects_in_lines_in_arrays_or_one_after_the_other(shell: Shell, put: Put) -> None:
    put("a.json", '\ufeff[{"a": 1, "b": "x"},\n {"b": null, "c": [1, {"d": "é"}]}]\n')
    put("b.json", '{"a": 2.5, "A": true}\n\n{\n  "c": false, "a": 12345678901234567890}{"a": "y"}')
    assert shell("SELECT * FROM USER VOLUME USING JSON") == [
        (1, "x", None, None),
        (None, None, '[1, {"d": "é"}]', None),
        (2.5, None, None, 1),
        ("12345678901234567890", None, 0, None),
        ("y", None, None, None),
    ]
    assert shell.columns == ["a", "b", "c", "A_2"]


def test_a_moment_that_no_clock_of_python_knows_is_told(shell: Shell, put: Put) -> None:
    put("a.parquet", parquet(pyarrow.table({"d": pyarrow.array([2**30], pyarrow.date32())})))
    error = shell.error("SELECT * FROM USER VOLUME USING PARQUET")
    assert type(error) is VolumeError
    assert error.message.startswith("cannot read a.parquet: ")


def test_values_of_parquet_are_those_of_sqlite(shell: Shell, put: Put) -> None:
    table = pyarrow.table(
        {
            "i": pyarrow.array([1, None], pyarrow.int32()),
            "u": pyarrow.array([2**63, 7], pyarrow.uint64()),
            "f": [1.5, None],
            "s": ["x", None],
            "b": [True, False],
            "y": [b"\x00\xff", None],
            "d": [date(2024, 5, 28), None],
            "m": pyarrow.array([datetime(2024, 5, 28, 23, 4, 54), None], pyarrow.timestamp("ns")),
            "h": [time(1, 2, 3), None],
            "n": [Decimal("1.25"), None],
            "l": [[1, 2], None],
            "o": [{"d": date(2024, 5, 28)}, None],
        }
    )
    put("a.parquet", parquet(table))
    assert shell("SELECT * FROM USER VOLUME USING PARQUET") == [
        (
            *(1, "9223372036854775808", 1.5, "x", 1, b"\x00\xff", "2024-05-28", "2024-05-28 23:04:54"),
            *("01:02:03", 1.25, "[1, 2]", '{"d": "2024-05-28"}'),
        ),
        (None, 7, None, None, 0, None, None, None, None, None, None, None),
    ]
    assert shell.columns == list("iufsbydmhnlo")


def test_parquet_files_must_have_the_same_columns(shell: Shell, put: Put) -> None:
    put("a.parquet", parquet(pyarrow.table({"a": [1]})))
    put("b.parquet", parquet(pyarrow.table({"b": [1]})))
    error = shell.error("SELECT * FROM USER VOLUME USING PARQUET")
    assert error.message == "b.parquet: its columns are others than those of a.parquet"
    put("b.parquet", parquet(pyarrow.table({})))
    error = shell.error("SELECT * FROM USER VOLUME USING PARQUET FILES('b.parquet')")
    assert error.message == "b.parquet: there is no column in it"


# ---------------------------------------------------------------- COPY INTO a table


def test_columns_go_by_their_names_where_files_have_them(shell: Shell, put: Put) -> None:
    put("a.csv", "NAME,id\none,1\n")
    put("a.json", '{"name": "two"}')
    put("b.csv", "3,three\n")
    shell("CREATE TABLE t (id INTEGER DEFAULT 7, name TEXT)")
    shell("COPY INTO t FROM USER VOLUME USING CSV OPTIONS('header'='true') FILES('a.csv')")
    assert shell.changes == 1
    shell("COPY INTO t FROM USER VOLUME USING JSON FILES('a.json')")
    shell("COPY INTO T FROM USER VOLUME USING CSV FILES('b.csv')")
    assert shell("SELECT * FROM t") == [(1, "one"), (7, "two"), (3, "three")]


def test_overwriting_empties_the_table_first(shell: Shell, put: Put) -> None:
    put("a.csv", "1\n2\n")
    shell("CREATE TABLE t (a INTEGER UNIQUE); INSERT INTO t VALUES (1)")
    assert shell.error("COPY INTO t FROM USER VOLUME USING CSV").message == "UNIQUE constraint failed: t.a"
    assert shell("SELECT * FROM t") == [(1,)]
    shell("COPY OVERWRITE INTO t FROM USER VOLUME USING CSV")
    assert (shell.changes, shell("SELECT * FROM t")) == (2, [(1,), (2,)])


def test_a_field_becomes_what_its_column_makes_of_it(shell: Shell, put: Put) -> None:
    put("a.csv", "1.50,1.50,1.50,007\n,,,\n")
    shell("CREATE TABLE t (a TEXT, b REAL, c, d INTEGER)")
    shell("COPY INTO t FROM USER VOLUME USING CSV")
    assert shell("SELECT * FROM t") == [("1.50", 1.5, 1.5, 7), (None, None, None, None)]


@pytest.mark.parametrize(
    ("statement", "kind", "message"),
    [
        ("COPY INTO t FROM USER VOLUME USING CSV", StatementError, "the files have 2 columns, but t has 1"),
        (
            "COPY INTO t FROM USER VOLUME USING CSV OPTIONS('header'='true')",
            StatementError,
            "t has no column b",
        ),
        ("COPY OVERWRITE INTO n FROM USER VOLUME USING CSV", SqlError, "NOT NULL constraint failed: n.b"),
        ("COPY INTO w FROM USER VOLUME USING CSV", SqlError, "cannot modify w because it is a view"),
    ],
)
def test_files_with_other_columns_are_not_loaded(
    shell: Shell, put: Put, statement: str, kind: type, message: str
) -> None:
    put("a.csv", "a,b\n1,\n")
    shell(
        "CREATE TABLE t (a); CREATE TABLE n (a, b NOT NULL); INSERT INTO n VALUES (0, 0);"
        "CREATE VIEW w AS SELECT 1 AS a, 2 AS b"
    )
    error = shell.error(statement)
    assert (type(error), error.message) == (kind, message)
    assert shell("SELECT (SELECT count(*) FROM t), (SELECT count(*) FROM n)") == [(0, 1)]


def test_copying_is_part_of_an_open_transaction(shell: Shell, put: Put) -> None:
    put("a.csv", "1\n")
    shell("CREATE TABLE t (a); BEGIN; COPY INTO t FROM USER VOLUME USING CSV; ROLLBACK")
    assert shell("SELECT * FROM t") == []


def test_a_table_that_is_missing_is_not_made(shell: Shell, put: Put) -> None:
    put("a.csv", "1\n")
    shell("CREATE TABLE rows (a)")
    error = shell.error("COPY INTO row FROM USER VOLUME USING CSV")
    assert (error.message, error.hint) == ("Table 'row' does not exist.", 'did you mean "rows"?')


def test_a_table_of_another_database_is_reached(shell: Shell, put: Put) -> None:
    put("a.csv", "1\n")
    shell("CREATE DATABASE d; USE d; CREATE TABLE t (a); USE default_database")
    shell("COPY INTO d.t FROM USER VOLUME USING CSV")
    shell("COPY INTO USER VOLUME FROM TABLE d.t FILE_FORMAT = (TYPE = JSON)")
    assert shell("SELECT a FROM USER VOLUME USING JSON FILES('t.json')") == [(1,)]


# ---------------------------------------------------------------- COPY INTO a volume


def test_a_table_is_written_as_csv_json_and_parquet(shell: Shell, tmp_path: Path) -> None:
    shell("CREATE TABLE t (i INTEGER, s TEXT); INSERT INTO t VALUES (1, 'a \"b\", c\nd'), (2, NULL)")
    for kind in ("CSV", "JSON", "PARQUET"):
        shell(f"COPY INTO USER VOLUME SUBDIRECTORY 'out/' FROM TABLE T FILE_FORMAT = (TYPE = {kind})")
        assert shell.changes == 2
        assert shell(f"SELECT * FROM USER VOLUME USING {kind} FILES('out/t.{kind.lower()}')") == [
            (1, 'a "b", c\nd'),
            (2, None),
        ]
    assert content(tmp_path, "out/t.csv") == '1,"a ""b"", c\nd"\n2,\n'
    assert [json.loads(line) for line in content(tmp_path, "out/t.json").splitlines()] == [
        {"i": 1, "s": 'a "b", c\nd'},
        {"i": 2, "s": None},
    ]


def test_a_column_of_parquet_has_values_of_one_type(shell: Shell) -> None:
    copy = "COPY INTO USER VOLUME FROM TABLE {} FILE_FORMAT = (TYPE = PARQUET)"
    shell("CREATE TABLE t (a); INSERT INTO t VALUES (1), ('x')")
    error = shell.error(copy.format("t"))
    assert (type(error), error.message) == (
        StatementError,
        "column a has values of several types, which Parquet cannot hold",
    )
    shell("CREATE TABLE u (a, b, c); INSERT INTO u VALUES (1, x'00', NULL), (1.5, NULL, NULL)")
    shell(copy.format("u"))
    assert shell("SELECT * FROM USER VOLUME USING PARQUET") == [(1.0, b"\0", None), (1.5, None, None)]


@pytest.mark.parametrize("kind", ["CSV", "JSON"])
def test_a_blob_is_no_text(shell: Shell, kind: str) -> None:
    shell("CREATE TABLE t (a); INSERT INTO t VALUES (x'00')")
    error = shell.error(f"COPY INTO USER VOLUME FROM TABLE t FILE_FORMAT = (TYPE = {kind})")
    assert (type(error), error.message) == (StatementError, f"{kind} cannot hold a BLOB")
    assert shell("LIST USER VOLUME") == []


def test_a_view_with_ai_calls_is_not_written(shell: Shell, server: ModelServer) -> None:
    shell("CREATE TABLE t (a); CREATE VIEW w AS SELECT ai_complete('openai:m', a) AS b FROM t")
    error = shell.error("COPY INTO USER VOLUME FROM TABLE w FILE_FORMAT = (TYPE = CSV)")
    assert error.hint == "CREATE TABLE ... AS SELECT keeps the answers of a view with AI calls"
    assert shell("LIST USER VOLUME") == []
    assert server.requests == []


@pytest.mark.parametrize("kind", ["ORC", "BSON"])
def test_other_formats_are_refused_with_those_that_are_known(shell: Shell, kind: str) -> None:
    for statement in (
        f"COPY INTO t FROM USER VOLUME USING {kind}",
        f"COPY INTO USER VOLUME FROM TABLE t FILE_FORMAT = (TYPE = {kind})",
    ):
        error = shell.error(statement)
        assert (type(error), error.message, error.hint) == (
            SyntaxProblem,
            f"files of the format {kind} cannot be read or written",
            "known are CSV, JSON, PARQUET",
        )
        assert error.span is not None
        assert statement[slice(*error.span)] == kind
