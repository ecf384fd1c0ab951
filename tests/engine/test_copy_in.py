"""COPY of a file into a table: the columns it fills, what becomes of bad rows, that it is all or nothing."""

from __future__ import annotations

import gzip
import io
import json
import math
import os
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import apsw
import pytest
from engine_shell import Shell

from aisql.data.base import Source
from aisql.data.registry import READABLE
from aisql.engine.copy_files import CopiedFile
from aisql.engine.kept import Keeper
from aisql.engine.new_tables import make
from aisql.result import Row

PEOPLE = 'id,name,price\n1,Anna,1.5\n2,"B, C",2\n3,,\n'
TABLE = "CREATE TABLE t (id INTEGER PRIMARY KEY, price REAL NOT NULL DEFAULT 5, name TEXT)"
ALL = "SELECT * FROM t"


def put(folder: Path, name: str, content: str | bytes) -> None:
    (folder / name).write_bytes(content.encode() if isinstance(content, str) else content)


def kinds(shell: Shell, table: str = "t") -> dict[str, str]:
    return dict(shell(f"SELECT name, type FROM pragma_table_info('{table}')"))  # type: ignore[arg-type]


# ------------------------------------------------------------------ a table that is there


@pytest.mark.parametrize(
    ("content", "copy", "rows"),
    [
        # by name, in any order and case, what is missing gets its default
        ("NAME,Id\nAnna,1\n,2\n", "COPY t FROM 'f.csv'", [(1, 5.0, "Anna"), (2, 5.0, None)]),
        (PEOPLE, "COPY t (name, id) FROM 'f.csv'", [(1, 5.0, "Anna"), (2, 5.0, "B, C"), (3, 5.0, None)]),
        # by place, where no line names the columns or other names are wanted
        ("1;2;x\n2;3;y\n", "COPY t FROM 'f.csv' (HEADER false, DELIMITER ';')",
         [(1, 2.0, "x"), (2, 3.0, "y")]),
        ("a,b\n1,x\n", "COPY t (id, name) FROM 'f.csv'", [(1, 5.0, "x")]),
        # fields are converted as SQLite does it, not by how they look
        ("id,name\n007,007\n8,1e3\n", "COPY t FROM 'f.csv'", [(7, 5.0, "007"), (8, 5.0, "1e3")]),
        ("id,name\n1,NA\n2,\n", "COPY t FROM 'f.csv' (NULL 'NA')", [(1, 5.0, None), (2, 5.0, "")]),
        ("id|name\n1|'a|b'\n", "COPY t FROM 'f.csv' WITH (FORMAT csv, QUOTE '''')", [(1, 5.0, "a|b")]),
        ('{"id": 1, "name": {"a": [1]}}\n{"name": "x"}', "COPY t FROM 'f.csv' (FORMAT json)",
         [(1, 5.0, '{"a": [1]}'), (2, 5.0, "x")]),
        ("id,name\n", "COPY t FROM 'f.csv'", []),
    ],
)  # fmt: skip
def test_rows_go_to_the_columns_that_are_meant(
    shell: Shell, tmp_path: Path, content: str, copy: str, rows: list[Row]
) -> None:
    put(tmp_path, "f.csv", content)
    shell(f"{TABLE}; {copy}")
    assert (shell.changes, shell(ALL)) == (len(rows), rows)


def test_numbers_of_a_table_are_the_same_when_they_come_back(shell: Shell, tmp_path: Path) -> None:
    numbers = "9e999, -9e999), (0.1, 9223372036854775807), (-1e-300, NULL), (NULL, 1.5"
    for name in ("f.csv", "f.tsv"):
        shell("DROP TABLE IF EXISTS t; DROP TABLE IF EXISTS u")
        shell("CREATE TABLE t (a DOUBLE PRECISION, b NUMERIC(9, 2), c TEXT DEFAULT 'inf', d TIMESTAMP)")
        shell(f"INSERT INTO t (a, b) VALUES ({numbers}); UPDATE t SET d = 'Infinity'")
        shell("CREATE TABLE u (d TIMESTAMP, c TEXT, b INTEGER, a REAL)")
        shell(f"COPY t TO '{name}'; COPY u FROM '{name}'")
        assert shell("SELECT a, b, c, d FROM u") == shell(ALL)
    put(tmp_path, "g.csv", "d,c,b,a\n, inf,INF, -Infinity \n,,infinite,\n")
    shell("DELETE FROM u; COPY u FROM 'g.csv'")
    assert shell("SELECT a, b, c FROM u") == [(-math.inf, math.inf, " inf"), (None, "infinite", None)]


def test_several_files_are_read_by_a_pattern_and_may_be_told_apart(shell: Shell, tmp_path: Path) -> None:
    put(tmp_path, "p1.csv", "id,name\n1,a\n")
    put(tmp_path, "p2.csv", "id,name\n2,b\n3\n")
    shell(
        f"{TABLE}; COPY t FROM 'p*.csv' (ON_ERROR skip); COPY u FROM 'p?.csv' (CREATE, FILENAME, REJECTS r)"
    )
    assert shell(ALL) == [(1, 5.0, "a"), (2, 5.0, "b")]
    assert shell("SELECT * FROM u") == [(1, "a", "p1.csv"), (2, "b", "p2.csv")]
    assert shell("SELECT file, line FROM t_rejects UNION ALL SELECT file, line FROM r") == [("p2.csv", 3)] * 2


def test_texts_of_other_encodings_and_packed_ones_are_read(shell: Shell, tmp_path: Path) -> None:
    put(tmp_path, "a.csv", "id,name\n1,é\n".encode("latin-1"))
    put(tmp_path, "b.tsv.gz", gzip.compress("id\tname\n2\tz\n".encode("utf-16")))
    shell(f"{TABLE}; COPY t FROM 'a.csv' (ENCODING 'latin-1'); COPY t FROM 'b.tsv.gz'")
    assert shell(ALL) == [(1, 5.0, "é"), (2, 5.0, "z")]


@pytest.mark.parametrize(
    ("content", "copy", "message", "hint"),
    [
        (PEOPLE, "COPY t FROM 'g.csv'", "cannot read g.csv: No such file or directory", None),
        (
            PEOPLE,
            "COPY t FROM '.' (FORMAT csv)",
            "cannot read .: it is a folder",
            "'./*.csv' reads the files in it",
        ),
        (PEOPLE, "COPY nosuch FROM 'f.csv'", "Table 'nosuch' does not exist.", "(CREATE) makes it"),
        (
            "id,nane\n1,x\n",
            "COPY t FROM 'f.csv'",
            "t has no column nane",
            "it has id, price, name; (HEADER false) where no line names them",
        ),
        (PEOPLE, "COPY t (id, nane) FROM 'f.csv'", "t has no column nane", "it has id, price, name"),
        (
            "a,b\n1,2\n",
            "COPY t (id) FROM 'f.csv'",
            "the file has 2 columns, but 1 are to be filled",
            None,
        ),
        ("id,name\n9,x\n9,y\n", "COPY t FROM 'f.csv'", "f.csv:3: UNIQUE constraint failed: t.id", "SKIP"),
        ("id,price\n9,\n", "COPY t FROM 'f.csv'", "f.csv:2: NOT NULL constraint failed: t.price", "SKIP"),
        ("id,name\n9,x\nten,y\n", "COPY t FROM 'f.csv'", "f.csv:3: datatype mismatch", "SKIP"),
        ("id,name\n9,x\n10\n", "COPY t FROM 'f.csv'", "f.csv:3: 1 field, but the header has 2", "SKIP"),
        (
            b"id,name\n9,x\n10,\xe9\n",
            "COPY t FROM 'f.csv'",
            "f.csv:3: it is not UTF-8",
            "ENCODING 'latin-1' reads every byte; (ON_ERROR skip) leaves such rows out",
        ),
        (
            'id,name\n9,"x"y\n',
            "COPY t FROM 'f.csv'",
            "f.csv:2: ',' expected after '\"'",
            "QUOTE '' takes quotes for text; (ON_ERROR skip) leaves such rows out",
        ),
        (
            b"id,nam\xe9\n9,x\n",
            "COPY t FROM 'f.csv'",
            "f.csv:1: it is not UTF-8",
            "ENCODING 'latin-1' reads every byte",
        ),
        (
            b"id,nam\xe9\n9,x\n",
            "COPY u FROM 'f.csv' (CREATE, ON_ERROR skip)",
            "f.csv:1: it is not UTF-8",
            "ENCODING 'latin-1' reads every byte",
        ),
        (PEOPLE, "COPY t FROM 'f.csv' (FORMAT xml)", "FORMAT cannot be xml", None),
        (PEOPLE, "COPY t FROM 'f.csv' (NOSUCH 1)", "COPY has no option NOSUCH here", None),
        (PEOPLE, "COPY t FROM 'f.csv' (NULL 'a', NULLSTR 'b')", "NULL is given twice", None),
        (PEOPLE, "COPY t FROM 'f.csv' (HEADER maybe)", "'header' is true or false, not 'maybe'", None),
        (PEOPLE, "COPY t FROM 'f.csv' (ON_ERROR perhaps)", "ON_ERROR cannot be perhaps", None),
        (
            PEOPLE,
            "COPY t FROM 'f.csv' (ON_ERROR fail, REJECTS r)",
            "no row is left out, so REJECTS means nothing",
            None,
        ),
        (PEOPLE, "COPY t FROM 'f.csv' (FORMAT json, DELIMITER ';')", "json has no option 'delimiter'", None),
        (PEOPLE, "COPY t FROM 'c.sqlite.keys'", "c.sqlite.keys is in use for something else", None),
        (PEOPLE, "COPY t FROM STDIN", "nothing is piped in", "a script that reads it comes from -f or -c"),
        (PEOPLE, "COPY t FROM 'http://x/f'", "files are read from this machine, not from the network", None),
        (PEOPLE, "COPY t FROM 'f.csv' (CREATE)", "Table 't' exists already.", None),
        (PEOPLE, "COPY u (id) FROM 'f.csv' (CREATE)", "a new table has the columns of the file", None),
    ],
)
def test_what_goes_wrong_is_told_and_changes_nothing(
    shell: Shell, tmp_path: Path, content: str | bytes, copy: str, message: str, hint: str | None
) -> None:
    put(tmp_path, "f.csv", content)
    shell(f"{TABLE}; INSERT INTO t VALUES (1, 2, 'before')")
    error = shell.error(copy)
    assert (error.message, error.span is not None) == (message, True)
    assert hint is None or error.hint == hint.replace("SKIP", "(ON_ERROR skip) leaves such rows out")
    assert shell(f"{ALL}; SELECT name FROM sqlite_schema") == [("t",)]
    assert shell(ALL) == [(1, 2.0, "before")]


def test_in_a_transaction_only_the_statement_is_undone(shell: Shell, tmp_path: Path) -> None:
    put(tmp_path, "f.csv", "id,name\n9,x\n9,y\n")
    shell(f"{TABLE}; BEGIN; INSERT INTO t VALUES (1, 2, 'before')")
    shell.error("COPY t FROM 'f.csv'")
    shell("COPY t FROM 'f.csv' (ON_ERROR skip)")
    assert shell(f"COMMIT; {ALL}") == [(1, 2.0, "before"), (9, 5.0, "x")]
    assert shell("SELECT file, line, text FROM t_rejects") == [("f.csv", 3, "9,y")]


def test_a_trigger_that_ends_the_transaction_is_no_bad_row(shell: Shell, tmp_path: Path) -> None:
    put(tmp_path, "f.csv", "id,name\n9,x\n")
    end = "CREATE TRIGGER g BEFORE INSERT ON t BEGIN SELECT RAISE(ROLLBACK, 'no more'); END"
    shell(f"{TABLE}; {end}")
    assert shell.error("COPY t FROM 'f.csv' (ON_ERROR skip)").message == "no more"
    assert shell("SELECT name FROM sqlite_schema WHERE type = 'table'") == [("t",)]


def test_bad_rows_that_are_left_out_are_told_and_kept_aside(shell: Shell, tmp_path: Path) -> None:
    bad = 'id,price,name\n1,1,a\n1,1,"b ""c"""\nx,1,d\n2,,e\n3,1\n4,1,f,g\n5,1,\xe9\n6,1,"h" i\n7,1,j\n'
    put(tmp_path, "f.csv", bad.encode("latin-1"))
    shell(f"{TABLE}; COPY t FROM 'f.csv' (ON_ERROR skip, REJECTS 'bad rows')")
    assert shell.notices == ["7 bad rows are left out, and in the table bad rows"]
    assert shell.changes == 2
    assert shell(ALL) == [(1, 1.0, "a"), (7, 1.0, "j")]
    assert shell("SELECT DISTINCT file FROM [bad rows]") == [("f.csv",)]
    put(tmp_path, "g.json", '[{"id": 11},\n{"id": x},\n{"id": 12,\n{"id": 13}]')
    shell("COPY t FROM 'g.json' (ON_ERROR skip, REJECTS r)")
    assert (shell.changes, shell("SELECT id FROM t WHERE id > 10")) == (2, [(11,), (13,)])
    assert shell("SELECT line, text FROM r") == [(2, '{"id": x}'), (3, '{"id": 12,')]
    assert sorted(shell("SELECT line, reason, text FROM [bad rows]")) == [
        (3, "UNIQUE constraint failed: t.id", '1,1,"b ""c"""'),
        (4, "datatype mismatch", "x,1,d"),
        (5, "NOT NULL constraint failed: t.price", "2,,e"),
        (6, "2 fields, but the header has 3", "3,1"),
        (7, "4 fields, but the header has 3", "4,1,f,g"),
        (8, "it is not UTF-8", "5,1,\ufffd"),
        (9, "',' expected after '\"'", '6,1,"h" i'),
    ]
    shell("COPY t FROM 'f.csv' (IGNORE_ERRORS, REJECTS_TABLE [bad rows])")
    assert shell("SELECT count(*) FROM [bad rows]") == [(16,)]
    assert shell.error("COPY t FROM 'f.csv' (REJECTS t)").message == "t is a table, but none for bad rows"
    assert shell("SELECT count(*) FROM [bad rows]") == [(16,)]


@pytest.mark.parametrize(
    ("before", "statement"),
    [
        ("CREATE TABLE t (a, b)", "COPY t FROM STDIN"),
        ("", "COPY t FROM STDIN (CREATE)"),
        ("CREATE TABLE t (a, b)", "INSERT INTO t SELECT * FROM stdin ORDER BY a LIMIT 9"),
        ("", "CREATE TABLE t AS SELECT x.* FROM stdin x JOIN stdin y USING (a)"),
        ("CREATE TABLE t AS VALUES (1, 'x'), (2, 'y'), (3, 'z')",
         "DELETE FROM t WHERE column1 NOT IN (SELECT a FROM stdin)"),
    ],
)  # fmt: skip
def test_others_can_write_while_a_statement_waits_for_what_is_piped_in(
    open_shell: Callable[..., Shell], before: str, statement: str
) -> None:
    reading, writing = os.pipe()
    shell = open_shell(stdin=reading)
    shell(f"CREATE DATABASE d; USE d; CREATE TABLE others (a); {before}")
    os.write(writing, b"a,b\n1,x\n2,")

    def write(_is_over: Callable[[], bool]) -> None:
        with closing(apsw.Connection(shell.session.databases.current.path)) as other:
            other.execute("INSERT INTO others VALUES (1)")
        os.write(writing, b"y\n")
        os.close(writing)

    shell.session.databases.inputs.meanwhile = write
    shell(statement)
    os.close(reading)
    assert shell("SELECT * FROM t, others") == [(1, "x", 1), (2, "y", 1)]


def test_a_statement_that_has_enough_before_the_end_waits_for_no_more(
    open_shell: Callable[..., Shell],
) -> None:
    reading, writing = os.pipe()
    shell = open_shell(stdin=reading)
    shell("CREATE TABLE u (a)")
    os.write(writing, b"a\n1\n2\n")
    shell("CREATE TABLE t AS SELECT * FROM stdin LIMIT 2")
    shell("INSERT INTO u SELECT 1 WHERE EXISTS (SELECT * FROM stdin)")
    os.close(writing)
    os.close(reading)
    assert shell("SELECT count(*) FROM t UNION ALL SELECT a FROM u") == [(2,), (1,)]


# ------------------------------------------------------------------ a new table


def test_a_new_table_has_the_columns_and_types_of_the_file(shell: Shell, tmp_path: Path) -> None:
    put(tmp_path, "f.csv", "id,ID,,price,code,none\n1,2,x,1.5,007,\n2,3,,2,8,\n")
    shell("COPY t FROM 'f.csv' (CREATE)")
    assert kinds(shell) == {
        "id": "INTEGER", "ID_2": "INTEGER", "column3": "TEXT", "price": "REAL", "code": "TEXT", "none": "TEXT"
    }  # fmt: skip
    assert shell(ALL) == [(1, 2, "x", 1.5, "007", None), (2, 3, None, 2.0, "8", None)]
    shell("COPY t FROM 'f.csv'; COPY t FROM 'f.csv' (REPLACE)")
    assert shell("SELECT count(*) FROM t") == [(2,)]


@pytest.mark.parametrize(
    ("late", "kind", "value"),
    [
        ("7", "INTEGER", 7),
        ("007", "TEXT", "007"),
        ("2.5", "REAL", 2.5),
        pytest.param("x", "TEXT", "x", marks=pytest.mark.long),
        pytest.param("", "INTEGER", None, marks=pytest.mark.long),
        ("9223372036854775808", "TEXT", "9223372036854775808"),
        pytest.param("NA", "INTEGER", None, marks=pytest.mark.long),
    ],
)
def test_no_value_that_comes_late_is_changed_by_the_type_of_its_column(
    shell: Shell, tmp_path: Path, late: str, kind: str, value: Any
) -> None:
    numbers = "".join(f"{number},x\n" for number in range(30_000))
    put(tmp_path, "f.csv", f"n,s\n{numbers}{late},y\n")
    shell("COPY t FROM 'f.csv' (CREATE)")
    assert kinds(shell) == {"n": kind, "s": "TEXT"}
    assert shell("SELECT n FROM t WHERE s = 'y'") == [(value,)]
    assert shell("SELECT count(*), sum(n) FROM t WHERE s = 'x'") == [(30_000, sum(range(30_000)))]


def test_json_gives_a_column_to_every_name_and_a_type_that_changes_no_value(
    shell: Shell, tmp_path: Path
) -> None:
    rows = [{"a": 1, "b": 1, "c": "x", "d": 1}] * 25_000
    late = {"a": 2, "b": 2.5, "c": "007", "d": "007", "e": True}
    put(tmp_path, "f.jsonl", "".join(f"{json.dumps(row)}\n" for row in [*rows, late]))
    shell("COPY t FROM 'f.jsonl' (CREATE)")
    assert kinds(shell) == {"a": "INTEGER", "b": "REAL", "c": "TEXT", "d": "", "e": ""}
    assert shell("SELECT * FROM t WHERE a = 2") == [(2, 2.5, "007", "007", 1)]
    assert shell("SELECT DISTINCT a, b, typeof(b), c, d, e FROM t WHERE a = 1") == [
        (1, 1.0, "real", "x", 1, None)
    ]


def test_a_new_table_grows_by_names_that_come_late_while_the_file_is_read_once(
    shell: Shell, tmp_path: Path
) -> None:
    put(tmp_path, "f.jsonl", '{"a": 1}\n' * 1_000 + '{"b": 2, "filename": "x"}\n{"b": 3, "c": [4]}\n')
    shell("COPY t FROM 'f.jsonl' (CREATE, SAMPLE 1, FILENAME)")
    assert (shell.changes, list(kinds(shell))) == (1_002, ["a", "filename", "b", "filename_2", "c"])
    assert shell("SELECT * FROM t WHERE b") == [
        (None, "f.jsonl", 2, "x", None), (None, "f.jsonl", 3, None, "[4]")
    ]  # fmt: skip
    read = Counter[str]()
    content = (tmp_path / "f.jsonl").read_bytes()

    def opened() -> io.BytesIO:
        read["f"] += 1
        return io.BytesIO(content)

    file = CopiedFile([Source("f", opened)], READABLE["json"], {"sample": 1})  # type: ignore[arg-type]
    assert make(shell.session.databases.current, "u", file, None, replaces=False) == (1_002, 0)
    assert read["f"] == 4  # for its columns, their types, its end, and once for its rows


def test_names_that_come_late_go_to_the_columns_of_a_table_that_is_there(
    shell: Shell, tmp_path: Path
) -> None:
    put(tmp_path, "f.jsonl", '{"id": 1}\n{"id": 2, "name": "x"}\n')
    shell(f"{TABLE}; COPY t FROM 'f.jsonl' (SAMPLE 1)")
    assert shell(ALL) == [(1, 5.0, None), (2, 5.0, "x")]
    long = "x" * 9_000_000  # all that is looked at first
    put(tmp_path, "f.jsonl", f'{{"id": 3, "name": "{long}"}}\n{{"id": 4, "price": 6}}\n')
    shell("DELETE FROM t; ALTER TABLE t RENAME price TO cost; ALTER TABLE t ADD price; COPY t FROM 'f.jsonl'")
    assert shell("SELECT id, price, length(name) FROM t") == [(3, None, len(long)), (4, 6, None)]
    put(tmp_path, "f.jsonl", '{"id": 5}\n{"id": 6, "b": "x"}\n')
    assert shell.error("COPY t FROM 'f.jsonl' (SAMPLE 1)").message == "t has no column b"


def test_types_that_are_given_are_the_types(shell: Shell, tmp_path: Path) -> None:
    put(tmp_path, "f.csv", "a,b\n1,2\n")
    shell("""COPY t FROM 'f.csv' (CREATE, TYPES '{"a": "TEXT", "b": "REAL"}')""")
    assert (kinds(shell), shell(ALL)) == ({"a": "TEXT", "b": "REAL"}, [("1", 2.0)])


def test_a_replacing_load_that_fails_leaves_the_table(shell: Shell, tmp_path: Path) -> None:
    put(tmp_path, "f.csv", "a,b\n1,2\n3\n")
    shell("CREATE TABLE t (x); INSERT INTO t VALUES (1)")
    assert shell.error("COPY t FROM 'f.csv' (REPLACE)").message == "f.csv:3: 1 field, but the header has 2"
    assert shell(ALL) == [(1,)]


def test_a_copy_is_no_result_to_keep(shell: Shell, tmp_path: Path) -> None:
    put(tmp_path, "f.csv", PEOPLE)
    keeper: Keeper = shell.session.keep()
    shell("COPY t FROM 'f.csv' (CREATE)")
    assert keeper.last is None
