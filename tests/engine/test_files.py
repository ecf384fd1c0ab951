"""Files of data in FROM, and those that the command line has named."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pyarrow
import pyarrow.parquet
import pytest
from engine_shell import Shell
from server import ModelServer

from aisql.engine.outline import schema_rows, tables_of
from aisql.errors import (
    FileError,
    OpenError,
    OptionError,
    Span,
    SqlError,
    StatementError,
    SyntaxProblem,
    UsageError,
)

Put = Callable[[str, str], Path]


@pytest.fixture
def put(tmp_path: Path) -> Put:
    """Writes a file into the working folder of the session."""

    def write(name: str, content: str) -> Path:
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(content)
        return path

    return write


def ways(shell: Shell, sql: str) -> list[tuple[str, str]]:
    """How a statement that has run reads its files."""
    return shell.session.databases.current.files.ways(sql)


def test_a_path_stands_wherever_a_table_may(shell: Shell, put: Put) -> None:
    put("t.csv", "id,name\n1,one\n2,two\n")
    put("d/more.jsonl", '{"id": 2, "tags": ["x"]}\n')
    assert shell("SELECT * FROM 't.csv'") == [(1, "one"), (2, "two")]
    assert shell.columns == ["id", "name"]
    assert shell('SELECT t.name FROM "t.csv" t WHERE id = 2') == [("two",)]
    joined = "SELECT name, tags FROM 't.csv' JOIN 'd/more.jsonl' USING (id)"
    assert shell(joined) == [("two", '["x"]')]
    assert shell(
        "WITH w AS (SELECT * FROM `t.csv`) SELECT (SELECT max(id) FROM [t.csv]), count(*) FROM w"
    ) == [(2, 2)]
    shell("CREATE TABLE t AS SELECT * FROM 't.csv'; INSERT INTO t SELECT id + 2, name FROM 't.csv'")
    shell("DELETE FROM t WHERE id IN (SELECT id FROM 't.csv')")
    assert shell("SELECT * FROM t") == [(3, "one"), (4, "two")]
    assert shell("SELECT name FROM sqlite_schema UNION ALL SELECT name FROM sqlite_temp_schema") == [("t",)]


def test_a_reader_takes_options_lists_patterns_and_variables(shell: Shell, put: Put) -> None:
    for name in ("p1.txt", "p2.txt"):
        put(name, f"k;v\n{name[1]};x\n")
    shell.session.databases.variables["which"] = "p2.txt"
    assert shell("SELECT * FROM read_csv('p*.txt', filename => true)") == [
        (1, "x", "p1.txt"),
        (2, "x", "p2.txt"),
    ]
    assert shell("SELECT k FROM read_csv(['p2.txt', 'p1.txt'], delim = ';') AS p") == [(2,), (1,)]
    assert shell("SELECT * FROM read_csv(:which, header => false)") == [("k", "v"), ("2", "x")]
    assert shell("SELECT count(*) FROM read_csv('p1.txt', types => '{\"k\": \"TEXT\"}') WHERE k = '1'") == [
        (1,)
    ]
    assert shell("SELECT (SELECT max(k) FROM read_csv('p1.txt'))") == [(1,)]
    assert shell.columns == ["(SELECT max(k) FROM read_csv('p1.txt'))"]


def test_every_format_is_read_by_its_own_reader(shell: Shell, put: Put, tmp_path: Path) -> None:
    put("a.tsv", "a\tb\n1\t2\n")
    put("a.json", '[{"a": 1, "b": 2}]')
    pyarrow.parquet.write_table(pyarrow.table({"a": [1], "b": [2]}), tmp_path / "a.parquet")
    for kind in ("tsv", "json", "parquet"):
        assert shell(f"SELECT a, b FROM 'a.{kind}'") == [(1, 2)]
        assert shell(f"SELECT a, b FROM read_{kind}('a.{kind}')") == [(1, 2)]


def test_a_file_is_found_anew_by_each_statement_and_a_table_comes_first(shell: Shell, put: Put) -> None:
    put("t.csv", "a\n1\n")
    read = "SELECT * FROM 't.csv'"
    assert shell(read) == [(1,)]
    put("t.csv", "b,c\n2,x\n")
    assert (shell(read), shell.columns) == ([(2, "x")], ["b", "c"])
    shell("CREATE TABLE \"t.csv\" (z); INSERT INTO 't.csv' VALUES (9)")
    assert (shell(read), shell.columns) == ([(9,)], ["z"])
    shell("DROP TABLE 't.csv'")
    (put("t.csv", "")).unlink()
    assert shell.error(read).message == "cannot read t.csv: No such file or directory"


def test_a_view_reads_the_file_as_it_is(shell: Shell, put: Put) -> None:
    put("t.csv", "a\n1\n")
    shell("CREATE VIEW v AS SELECT * FROM read_csv('t.csv', header => true)")
    assert shell("SELECT a FROM v") == [(1,)]
    put("t.csv", "a\n2\n")
    assert shell("SELECT a FROM v") == [(2,)]


REPEATED = [
    ("SELECT count(*) FROM 'a.csv' x JOIN t ON t.k = x.k", "scanned", 3),
    ("SELECT count(*) FROM t LEFT JOIN 'a.csv' x ON t.k = x.k", "imported once", 4),
    ("SELECT count(*) FROM 'a.csv' x JOIN 'a.csv' y ON x.k = y.k", "imported once", 3),
    ("SELECT count((SELECT v FROM 'a.csv' x WHERE x.k = t.k)) FROM t", "imported once", 3),
    ("SELECT count(*) FROM t WHERE k IN (SELECT k FROM 'a.csv')", "scanned", 3),
    ("SELECT count(*) FROM t WHERE k > (SELECT min(k) FROM 'a.csv')", "scanned", 3),
    ("SELECT count(*) FROM (SELECT DISTINCT k FROM 'a.csv')", "scanned", 3),
    ("SELECT sum(n) FROM (SELECT k, (SELECT count(*) FROM 'a.csv' x WHERE x.k = t.k) n FROM t GROUP BY k)",
     "imported once", 3),
]  # fmt: skip


def test_what_is_needed_once_is_scanned_and_what_is_needed_more_is_imported(shell: Shell, put: Put) -> None:
    put("a.csv", "k,v\n1,x\n2,y\n3,z\n")
    shell("CREATE TABLE t (k); INSERT INTO t VALUES (1), (2), (3), (4)")
    for sql, way, number in REPEATED:
        assert (shell(sql), ways(shell, sql)) == ([(number,)], [("a.csv", way)]), sql
    shell("SELECT 1")
    assert shell("SELECT name FROM sqlite_temp_schema") == []


def test_a_limit_reads_no_further(shell: Shell, put: Put) -> None:
    put("long.csv", "a\n" + "1\n" * 100_000 + "1,2\n")
    assert shell("SELECT * FROM 'long.csv' LIMIT 1") == [(1,)]
    assert (
        shell.error("SELECT * FROM 'long.csv'").message == "long.csv:100002: 2 fields, but the header has 1"
    )


def test_values_that_do_not_fit_their_column_stay_as_they_are(shell: Shell, put: Put) -> None:
    put("a.csv", "n\n" + "1\n" * 30_000 + "007\nx\n")
    assert shell("SELECT n, typeof(n) FROM 'a.csv' WHERE rowid > 29999") == [
        (1, "integer"),
        ("007", "text"),
        ("x", "text"),
    ]


def test_columns_are_values_wherever_they_are_used(shell: Shell, put: Put) -> None:
    names, fields = ",".join(f"c{at}" for at in range(70)), ",".join(f"{at}.5" for at in range(70))
    put("a.csv", f"{names}\n{fields}\n")
    cases = [
        ("SELECT sum(c2) FROM 'a.csv' WHERE c3 > 3", [(2.5,)]),
        ("SELECT c69 + c0 FROM 'a.csv'", [(70.0,)]),
        (
            "SELECT typeof(x.c1), typeof(y.c2) FROM 'a.csv' x, 'a.csv' y WHERE x.c63 = y.c63",
            [("real", "real")],
        ),
        ("SELECT count(*), (SELECT c5 FROM 'a.csv') FROM 'a.csv' WHERE rowid = 1 ORDER BY c4", [(1, 5.5)]),
        ("SELECT typeof(c6) FROM (SELECT * FROM 'a.csv') UNION SELECT typeof(c7) FROM 'a.csv'", [("real",)]),
        ("SELECT 1 FROM 'a.csv' WHERE c8 = 8.5 OR c9 = 0 GROUP BY c10 HAVING max(c11) < 12", [(1,)]),
    ]
    for sql, rows in cases:
        assert shell(sql) == rows, sql


def test_names_that_come_late_are_told_of(shell: Shell, put: Put) -> None:
    put("a.jsonl", '{"a": 1}\n' * 30_000 + '{"a": 2, "b": 3}\n')
    assert shell("SELECT count(*) FROM 'a.jsonl'") == [(30_001,)]
    assert shell.notices == ["a.jsonl: left out is what the first rows do not have: b"]
    assert shell("SELECT b FROM read_json('a.jsonl', sample => -1) WHERE b") == [(3,)]
    assert shell.notices == []


def test_a_file_that_changes_while_it_is_read_ends_the_statement(shell: Shell, put: Put) -> None:
    path = put("a.csv", "a\n" + "1\n" * 100_000)
    rows = next(iter(shell.session.run("SELECT * FROM 'a.csv'"))).result.rows
    assert next(rows) == (1,)
    path.write_text("a\n2\n")
    with pytest.raises(FileError, match=r"a\.csv changed while it was read"):
        list(rows)


WRONG = [
    ("SELECT * FROM 'nosuch.csv'", FileError, "cannot read nosuch.csv: No such file or directory",
     "nosuch.csv"),
    ("SELECT * FROM read_csv('no*.csv')", FileError, "there is no file no*.csv", "read_csv('no*.csv')"),
    ("SELECT * FROM 'd.csv'", FileError, "cannot read d.csv: it is a folder", "d.csv"),
    ("SELECT * FROM 'catalog.sqlite.keys.csv'", FileError, "cannot read", "catalog.sqlite.keys.csv"),
    ("SELECT * FROM read_csv('x.keys')", FileError, "x.keys is in use for something else",
     "read_csv('x.keys')"),
    ("SELECT * FROM read_csv('catalog.sqlite')", FileError, "catalog.sqlite is in use for something else",
     "read_csv('catalog.sqlite')"),
    ("SELECT * FROM 'https://host/a.csv'", StatementError,
     "files are read from this machine, not from the network", "https://host/a.csv"),
    ("SELECT * FROM read_csv('HTTP://host/a?b=*')", StatementError,
     "files are read from this machine, not from the network", "read_csv('HTTP://host/a?b=*')"),
    ("SELECT * FROM read_csv('t.csv', foo => 1)", OptionError, "csv has no option 'foo'",
     "read_csv('t.csv', foo => 1)"),
    ("SELECT * FROM read_csv(t)", SyntaxProblem, "'t' is no constant", "read_csv(t)"),
    ("SELECT * FROM read_csv('')", FileError, "the name of a file is missing", "read_csv('')"),
    ("SELECT * FROM read_csv()", SyntaxProblem, "read_csv needs the path of a file", "read_csv()"),
    ("SELECT * FROM read_csv('a', 'b')", SyntaxProblem,
     "a file is read with its path first, and options by their names", "read_csv('a', 'b')"),
    ("SELECT * FROM read_csv('a'", SyntaxProblem, "a file is read with constants", "read_csv('a'"),
    ("SELECT * FROM read_csv(:nosuch)", SqlError, "variable :nosuch is not set", "read_csv(:nosuch)"),
    ("SELECT t.csv FROM t.csv", SqlError, "no such table: t.csv", "t.csv"),
    ("SELECT * FROM 't.txt'", SqlError, "no such table: t.txt", "t.txt"),
    ("SELECT * FROM stdin", SqlError, "no such table: stdin", "stdin"),
    ("SELECT nosuch FROM 't.csv'", SqlError, "no such column: nosuch", "nosuch"),
    ("SELECT * FROM 't.csv' JOIN 'T.csv'", StatementError, "SQLite takes T.csv for t.csv", "T.csv"),
    ("DELETE FROM 't.csv'", SqlError, "table t.csv may not be modified", None),
]  # fmt: skip


def test_a_mistake_has_its_kind_and_its_place(shell: Shell, put: Put, tmp_path: Path) -> None:
    put("t.csv", "a\n1\n")
    put("x.keys", "secret\n")
    (tmp_path / "d.csv").mkdir()
    shell("SHOW MODELS")
    for sql, kind, message, place in WRONG:
        error = shell.error(sql)
        assert type(error) is kind, sql
        assert error.message.startswith(message), sql
        assert place is None or (error.span is not None and sql[slice(*error.span)] == place), sql
    assert shell.error("SELECT * FROM stdin").hint == (
        "it is what is piped in: cat FILE | aisql -c 'SELECT * FROM stdin'"
    )
    assert shell.error("SELECT t.csv FROM t.csv").hint == "a file stands in quotes: FROM 't.csv'"
    assert shell.error("SELECT * FROM 't.txt'").hint == (
        "read_csv('t.txt') and read_json('t.txt') read a file of any name"
    )


def test_names_of_columns_can_be_anything(shell: Shell, put: Put) -> None:
    put("odd.csv", '"a""b",c\0d,select,\n1,2,3,4\n')
    assert shell('SELECT *, "a""b" FROM \'odd.csv\'') == [(1, 2, 3, 4, 1)]
    assert shell.columns == ['a"b', "c\ufffdd", "select", "column4", 'a"b']
    put("wide.csv", ",".join(f"c{each}" for each in range(2_001)) + "\n")
    assert shell.error("SELECT * FROM 'wide.csv'").message == (
        "wide.csv has 2,001 columns, and a table has 2,000 at the most"
    )


def test_a_table_whose_name_begins_like_a_reader_is_left_alone(shell: Shell) -> None:
    shell("CREATE TABLE read_log (a, b); INSERT INTO read_log (a, b) VALUES ('read_csv(', 2)")
    assert shell("SELECT a AS \"read_csv('x')\" FROM read_log -- read_csv(") == [("read_csv(",)]


def test_a_failing_import_leaves_the_database_as_it_was(shell: Shell, put: Put) -> None:
    put("bad.csv", "a,b\n1,2\n3\n")
    shell("CREATE TABLE t (a, b); BEGIN; INSERT INTO t VALUES (0, 0)")
    assert shell.error("INSERT INTO t SELECT * FROM 'bad.csv'").message == (
        "bad.csv:3: 1 field, but the header has 2"
    )
    assert shell.error("CREATE TABLE u AS SELECT * FROM 'bad.csv'").message.startswith("bad.csv:3:")
    assert shell("COMMIT; SELECT * FROM t; SHOW TABLES") == [("t",)]
    assert shell("SELECT * FROM t") == [(0, 0)]
    shell.error("INSERT INTO t SELECT * FROM 'bad.csv'")
    assert shell("SELECT * FROM t") == [(0, 0)]


# ---------------------------------------------------------------- calls


def test_each_text_of_a_file_is_asked_once(shell: Shell, put: Put, server: ModelServer) -> None:
    put("a.csv", "i,s\n" + "".join(f"{each},t{each % 3}\n" for each in range(30)))
    ask = "ai_complete('openai:m', s)"
    assert shell(f"SELECT i, {ask} FROM 'a.csv' WHERE i < 2") == [(0, "echo: t0"), (1, "echo: t1")]
    assert len(server.requests) == 2
    assert shell(f"SELECT count(*) FROM read_csv('a.csv', header => true) WHERE {ask} = 'echo: t2'") == [
        (10,)
    ]
    assert len(server.requests) == 3
    joined = f"SELECT max({ask}) FROM 'a.csv' x JOIN 'a.csv' y USING (i, s) WHERE {ask} <> ''"
    assert shell(joined) == [("echo: t2",)]
    shell(f"CREATE TABLE t AS SELECT i, {ask} AS o FROM 'a.csv'; INSERT INTO t SELECT i, {ask} FROM 'a.csv'")
    assert shell("SELECT count(*), count(DISTINCT o) FROM t") == [(60, 3)]
    assert len(server.requests) == 3


def test_a_limit_asks_no_more_than_it_may(shell: Shell, put: Put, server: ModelServer) -> None:
    put("a.csv", "s\n" + "".join(f"t{each}\n" for each in range(5_000)))
    shell("SET ai.concurrency = 2")
    assert shell("SELECT s FROM 'a.csv' WHERE ai_complete('openai:m', s) <> '' LIMIT 3") == [
        ("t0",),
        ("t1",),
        ("t2",),
    ]
    assert len(server.requests) <= 3 + 4


def test_rows_before_a_bad_one_come_out_and_theirs_are_all_the_calls(
    shell: Shell, put: Put, server: ModelServer
) -> None:
    put("a.csv", "i,s\n1,x\n2,y\n3,x\n4\n5,z\n")
    rows = next(iter(shell.session.run("SELECT i, ai_complete('openai:m', s) FROM 'a.csv'"))).result.rows
    assert [next(rows) for _ in range(3)] == [(1, "echo: x"), (2, "echo: y"), (3, "echo: x")]
    with pytest.raises(FileError, match=r"a\.csv:5: 1 field, but the header has 2"):
        next(rows)
    assert len(server.requests) == 2


def test_a_file_whose_name_is_no_text_is_read_and_told(shell: Shell, put: Put, tmp_path: Path) -> None:
    try:
        (tmp_path / os.fsdecode(b"n\xff.csv")).write_text("a\n1\n2,3\n")
    except OSError:
        pytest.skip("names of files are text here")
    shell("COPY t FROM 'n*.csv' (CREATE, FILENAME, ON_ERROR skip)")
    assert shell("SELECT t.*, file FROM t, t_rejects") == [(1, "n\ufffd.csv", "n\ufffd.csv")]


# ---------------------------------------------------------------- named files


def test_a_named_file_is_a_table_that_is_read_when_it_is_asked(shell: Shell, put: Put) -> None:
    put("t.csv", "id,name\n1,one\n")
    path = put("bad.json", "not read")
    shell.session.add_file("t.csv")
    shell.session.add_file(str(path))
    assert shell("SHOW TABLES") == [("bad",), ("t",)]
    assert [row[:2] for row in shell("DESCRIBE t")] == [("id", "INTEGER"), ("name", "TEXT")]
    assert shell("DESCRIBE `t.csv`") == shell("DESCRIBE t")
    assert shell("DESCRIBE t.csv") == shell("DESCRIBE t")
    assert shell("SHOW CREATE TABLE t") == [('CREATE TABLE "t" ("id" INTEGER, "name" TEXT)',)]
    assert shell("SELECT * FROM T") == [(1, "one")]
    put("t.csv", "id,name\n2,two\n")
    assert shell("SELECT * FROM t") == [(2, "two")]
    assert shell.error("SELECT * FROM bad").message.endswith("bad.json:1: not JSON: Expecting value")


def test_describe_takes_a_file_in_the_quotes_that_from_takes(shell: Shell, put: Put) -> None:
    put("it's.csv", "id,name\n1,one\n")
    put("d/more.jsonl", '{"a": 1}')
    columns = [("id", "INTEGER", "TRUE", "", "", ""), ("name", "TEXT", "TRUE", "", "", "")]
    for written in ("'it''s.csv'", '"it\'s.csv"', "`it's.csv`", "read_csv('it''s.csv')", "'./it''s.csv'"):
        assert shell(f"DESCRIBE {written}") == columns
        assert shell(f"desc EXTENDED {written}") == columns
    assert shell("DESC 'd/more.jsonl'") == [("a", "", "TRUE", "", "", "")]
    shell("CREATE TABLE t (b)")
    assert shell("DESCRIBE 't'") == [("b", "", "TRUE", "", "", "")]
    for name in ("nosuch.csv", "http://x/y.csv"):
        refused, told = shell.error(f"DESCRIBE '{name}'"), shell.error(f"SELECT * FROM '{name}'")
        assert (refused.message, refused.hint) == (told.message, told.hint)
        assert refused.span == Span(9, 11 + len(name))
    assert shell.error("DESCRIBE 'nosuch'").code == "not_found"
    assert shell.error("SHOW CREATE TABLE 'it''s.csv'").message == "unexpected string: expected a name"


def test_a_name_that_is_taken_or_no_file_is_refused(shell: Shell, put: Put, tmp_path: Path) -> None:
    put("t.csv", "a\n1\n")
    for name in ("json_each", "pragma_index_list", "pragma_other", "v"):
        put(f"{name}.csv", "a\n1\n")
    shell("CREATE TABLE T (a)")
    cases: list[tuple[str, type[Exception], str]] = [
        ("t.csv", OpenError, "t.csv: table 't' already exists"),
        ("json_each.csv", OpenError, "json_each.csv: table 'json_each' already exists"),
        (
            "pragma_index_list.csv",
            OpenError,
            "pragma_index_list.csv: table 'pragma_index_list' already exists",
        ),
        ("nosuch.csv", OpenError, "cannot read nosuch.csv: No such file or directory"),
        ("https://h/a.csv", OpenError, "files are read from this machine, not from the network"),
        ("-:foo", UsageError, "-:foo: there is no format 'foo'"),
    ]
    for argument, kind, message in cases:
        with pytest.raises(kind, match=f"^{message}$"):
            shell.session.add_file(argument)
    shell("CREATE VIEW v AS SELECT ai_sentiment('builtin:demo', 'x')")
    with pytest.raises(OpenError, match=r"^v.csv: table 'v' already exists$"):
        shell.session.add_file("v.csv")
    shell.session.add_file("pragma_other.csv")
    assert shell("SELECT a FROM pragma_other, json_each('[2]') WHERE a < value") == [(1,)]


@pytest.fixture
def piped(open_shell: Callable[..., Shell]) -> Iterator[tuple[Shell, int]]:
    """A session with something piped in, and where it comes from."""
    reading, writing = os.pipe()
    shell = open_shell(stdin=reading)
    yield shell, writing
    os.close(reading)


def test_what_is_piped_in_can_be_read_again_and_again(piped: tuple[Shell, int]) -> None:
    shell, writing = piped
    os.write(writing, b'{"a": 1}\n{"a": 2}\n')
    os.close(writing)
    assert shell("SELECT x.a, y.a FROM stdin x JOIN stdin y ON x.a = y.a") == [(1, 1), (2, 2)]
    assert shell("SELECT count(*) FROM '-'; SELECT sum(a) FROM stdin") == [(3,)]
    assert shell("SHOW TABLES") == []


def test_a_row_comes_out_before_the_next_one_is_there(piped: tuple[Shell, int]) -> None:
    shell, writing = piped
    os.write(writing, b"a,b\n1,x\n")
    rows = next(iter(shell.session.run("SELECT * FROM stdin"))).result.rows
    assert next(rows) == (1, "x")
    os.write(writing, b"2,y\n")
    assert next(rows) == (2, "y")
    os.close(writing)
    assert list(rows) == []


def test_an_answer_comes_out_before_the_next_row_is_there(
    piped: tuple[Shell, int], server: ModelServer
) -> None:
    shell, writing = piped
    os.write(writing, b'{"s": "a"}\n')
    rows = next(iter(shell.session.run("SELECT ai_complete('openai:m', s) FROM stdin"))).result.rows
    assert next(rows) == ("echo: a",)
    assert len(server.requests) == 1
    os.write(writing, b'{"s": "b"}\n{"s": "a"}\n')
    os.close(writing)
    assert list(rows) == [("echo: b",), ("echo: a",)]
    assert len(server.requests) == 2


def test_named_files_are_known_to_completion(shell: Shell, put: Put) -> None:
    put("t.csv", "id,name\n1,one\n")
    put("bad.json", "x")
    for name in ("t.csv", "bad.json"):
        shell.session.add_file(name)
    rows = schema_rows(shell.session.databases.current)
    assert [(table.name, [column.name for column in table.columns]) for table in tables_of(rows)[:1]] == [
        ("t", ["id", "name"])
    ]


def test_explain_ai_tells_calls_and_files(shell: Shell, put: Put, server: ModelServer) -> None:
    put("t.csv", "id,name\n1,one\n")
    sql = (
        "SELECT ai_complete('openai:m', x.name) FROM read_csv('t.csv') x LEFT JOIN 't.csv' y USING (id) "
        "WHERE ai_complete('openai:m', x.id) <> '' ORDER BY id LIMIT 1"
    )
    assert shell(f"EXPLAIN AI {sql}") == [
        ("call", "ai_complete('openai:m', x.id)", "for each row that comes to it"),
        ("call", "ai_complete('openai:m', x.name)", "for the rows that come out"),
        ("file", "read_csv('t.csv')", "scanned"),
        ("file", "t.csv", "imported once"),
    ]
    assert shell("EXPLAIN AI SELECT 1") == []
    error = shell.error("EXPLAIN AI SELECT nosuch FROM 't.csv'")
    assert (error.message, error.span) == ("no such column: nosuch", Span(18, 24))
    assert server.requests == []
