"""COPY of a table, a query or the last result to a file: the format, and that it is all or nothing."""

from __future__ import annotations

import gzip
import os
import stat
from pathlib import Path

import pytest
from engine_shell import Shell
from server import Fault, ModelServer

from aisql.render.files import Output

TABLE = "CREATE TABLE t (a INTEGER, b TEXT); INSERT INTO t VALUES (1, 'x,y'), (2, NULL), (3, '')"


def files(folder: Path) -> list[str]:
    return sorted(each.name for each in folder.iterdir() if not each.name.startswith("catalog"))


@pytest.mark.parametrize(
    ("copy", "content"),
    [
        ("COPY t TO 'f.csv'", 'a,b\n1,"x,y"\n2,\n3,""\n'),
        ("COPY t (b) TO 'f.csv' (HEADER false, NULL 'none')", '"x,y"\nnone\n""\n'),
        ("COPY t TO 'f.jsonl'", '{"a": 1, "b": "x,y"}\n{"a": 2, "b": null}\n{"a": 3, "b": ""}\n'),
        ("COPY t TO 'f.txt' WITH (FORMAT tsv)", 'a\tb\n1\tx,y\n2\t\n3\t""\n'),
        ("COPY (SELECT a FROM t WHERE b IS NULL) TO 'f.json'", '[{"a": 2}]\n'),
        ("COPY t TO 'f.csv' (DELIMITER ']')", 'a]b\n1]x,y\n2]\n3]""\n'),
        ("COPY t TO 'f.csv' (DELIMITER '\\t')", 'a\tb\n1\tx,y\n2\t\n3\t""\n'),
        ("COPY (\n-- all\nWITH x AS (SELECT 7 AS n) SELECT n FROM x) TO 'f.csv'", "n\n7\n"),
        ("COPY (SELECT a FROM t WHERE 0) TO 'f.csv'", "a\n"),
        ("COPY (SHOW CURRENT DATABASE) TO 'f.csv'", "current database name\ndefault_database\n"),
        ("COPY default_database.t (a) TO 'f.csv'", "a\n1\n2\n3\n"),
        ("COPY aisql.settings (name) TO 'f.csv'", None),
        ("SELECT 5 AS n; COPY LAST RESULT TO 'f.csv'", "n\n5\n"),
    ],
)
def test_rows_are_written_in_the_format_of_the_file(
    shell: Shell, tmp_path: Path, copy: str, content: str | None
) -> None:
    shell(f"{TABLE}; {copy}")
    file = next(tmp_path.glob("f.*"))
    assert file.read_text() == content or (content is None and shell.changes)


def test_the_number_of_rows_is_told(shell: Shell) -> None:
    shell(f"{TABLE}; COPY t TO 'f.csv'")
    assert shell.changes == 3


def test_rows_can_be_appended_and_packed(shell: Shell, tmp_path: Path) -> None:
    shell(f"{TABLE}; COPY (SELECT 1 AS a) TO 'f.csv' (APPEND); COPY (SELECT 2 AS a) TO 'f.csv' (APPEND)")
    assert (tmp_path / "f.csv").read_text() == "a\n1\n2\n"
    (tmp_path / "f.csv").write_text("a\n1")
    shell("COPY (SELECT 2 AS a) TO 'f.csv' (APPEND)")
    assert (tmp_path / "f.csv").read_text() == "a\n1\n2\n"
    shell("COPY (SELECT 1 AS a) TO 'f.csv.gz'; COPY (SELECT 2 AS a) TO 'f.csv.gz' (APPEND true)")
    assert gzip.decompress((tmp_path / "f.csv.gz").read_bytes()) == b"a\n1\n2\n"
    error = shell.error("COPY t TO 'f.json' (APPEND)")
    assert (error.message, error.span) == ("nothing can be appended to json", (20, 26))


def test_stdout_is_a_result_with_a_format(shell: Shell) -> None:
    shell(TABLE)
    results = [
        next(shell.session.run(text)).result
        for text in ("COPY t (a) TO STDOUT", "COPY t TO STDOUT (FORMAT json)")
    ]
    assert [result.format for result in results] == ["csv", "json"]
    assert list(results[0].rows) == [(1,), (2,), (3,)]


@pytest.mark.parametrize(
    ("copy", "message", "hint"),
    [
        ("COPY t TO 'f.zip'", "which format 'f.zip' has cannot be told", None),
        ("COPY t TO 'no/f.csv'", "cannot write 'no/f.csv': No such file or directory", None),
        ("COPY t TO '.' (FORMAT csv)", "cannot write '.': Is a directory", None),
        ("COPY t TO 'catalog.sqlite' (FORMAT csv)", "catalog.sqlite is in use for something else", None),
        ("COPY t TO 'x/../catalog.default_database.sqlite' (FORMAT csv)",
         "x/../catalog.default_database.sqlite is in use for something else", None),
        ("COPY t TO 'c.sqlite.keys' (FORMAT csv)", "c.sqlite.keys is in use for something else", None),
        ("COPY nosuch TO 'f.csv'", "no such table: nosuch", None),
        ("COPY t (nosuch) TO 'f.csv'", "no such column: nosuch", None),
        ("COPY (SELECT nosuch FROM t) TO 'f.csv'", "no such column: nosuch", None),
        ("COPY (SELECT iif(a < 3, a, json('{')) FROM t) TO 'f.csv'", "malformed JSON", None),
        ("COPY (DELETE FROM t) TO 'f.csv'", "what stands in the brackets is no query", None),
        ("COPY (WITH x AS (SELECT 1) DELETE FROM t) TO 'f.csv'", "what stands in the brackets is no query",
         None),
        ("COPY t TO STDOUT (APPEND)", "APPEND has no meaning for STDOUT", None),
        ("COPY LAST RESULT TO 'f.csv'", "there is no last result", None),
        ("COPY t TO 'f.json' (DELIMITER ';')", "json has no DELIMITER", None),
        ("COPY t TO 'f.csv' (DELIMITER '::')", "DELIMITER is one character, not '::'", r"a tab is '\t'"),
        ("COPY t TO 'f.csv' (QUOTE '!')", "COPY has no option QUOTE here",
         "it has FORMAT, HEADER, NULL, DELIMITER, APPEND"),
    ],
)  # fmt: skip
def test_what_goes_wrong_is_told_and_changes_nothing(
    shell: Shell, tmp_path: Path, copy: str, message: str, hint: str | None
) -> None:
    shell(TABLE)
    (tmp_path / "f.csv").write_text("before")
    error = shell.error(copy)
    assert (error.message, error.hint if hint else None) == (message, hint)
    assert (files(tmp_path), (tmp_path / "f.csv").read_text()) == (["f.csv"], "before")
    assert shell("SELECT count(*) FROM t") == [(3,)]


def test_a_mistake_in_the_query_is_shown_where_it_stands(shell: Shell) -> None:
    text = "COPY (SELECT a, nosuch FROM (SELECT 1 AS a)) TO 'f.csv'"
    error = shell.error(text)
    assert error.span is not None
    assert text[slice(*error.span)] == "nosuch"


def test_answers_of_models_are_written_and_asked_for_once(
    texts: Shell, server: ModelServer, tmp_path: Path
) -> None:
    query = "SELECT i, ai_complete('openai:m', s) AS a FROM t WHERE i <= 100"
    texts(f"COPY ({query}) TO 'f.csv'")
    assert (tmp_path / "f.csv").read_text() == "i,a\n" + "".join(f"{i},{i % 50}\n" for i in range(1, 101))
    assert (texts.changes, len(server.requests)) == (100, 50)


def test_a_call_that_fails_leaves_the_file_and_what_was_answered_is_kept(
    texts: Shell, server: ModelServer, tmp_path: Path
) -> None:
    (tmp_path / "f.csv").write_text("before")
    refused = Fault(400, {"error": {"message": "the text is not allowed"}})
    server.fault_for = lambda body: refused if body["messages"][-1]["content"] == "text 7" else None
    query = "SELECT ai_complete('openai:m', s) AS a FROM t WHERE i < 10"
    assert "the text is not allowed" in texts.error(f"COPY ({query}) TO 'f.csv'").message
    assert ((tmp_path / "f.csv").read_text(), files(tmp_path)) == ("before", ["f.csv"])
    asked = len(server.requests)
    texts(f"{query} AND i <> 7")
    assert len(server.requests) == asked


# ------------------------------------------------------------------ the file


def test_a_file_is_replaced_when_it_is_whole_and_keeps_its_mode_and_links(tmp_path: Path) -> None:
    file, link = tmp_path / "f", tmp_path / "link"
    file.write_text("before")
    file.chmod(0o640)
    link.symlink_to(file)
    output = Output(str(link))
    output.stream.write("after")
    output.stream.flush()
    assert file.read_text() == "before"
    output.show()
    assert file.read_text() == "after"
    output.stream.write("wards")
    output.keep()
    assert (file.read_text(), stat.S_IMODE(file.stat().st_mode), link.is_symlink()) == (
        "afterwards",
        0o640,
        True,
    )
    assert files(tmp_path) == ["f", "link"]


def test_a_file_that_is_discarded_was_never_there(tmp_path: Path) -> None:
    output = Output(str(tmp_path / "f"))
    output.stream.write("half")
    output.discard()
    assert files(tmp_path) == []


def test_what_a_killed_program_has_left_is_removed_and_nothing_else(tmp_path: Path) -> None:
    (tmp_path / ".aisql-partial-0123456789ab").write_text("left")
    others = [".aisql-partial-0123456789ac", ".aisql-partial-mine", "a.aisql-partial-0123456789ab"]
    (tmp_path / others[0]).symlink_to(tmp_path / others[1])
    (tmp_path / others[1]).write_text("")
    (tmp_path / others[2]).write_text("")
    first = Output(str(tmp_path / "f"))
    first.stream.write("first")
    with Output(str(tmp_path / "g")) as second:
        second.stream.write("second")
    first.keep()
    assert files(tmp_path) == sorted([*others, "f", "g"])
    assert [(tmp_path / name).read_text() for name in "fg"] == ["first", "second"]


def test_a_pipe_is_written_straight(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    with Output(str(pipe)) as output:
        output.stream.write("a")
        output.stream.flush()
        assert os.read(reader, 10) == b"a"
    os.close(reader)
    assert files(tmp_path) == ["pipe"]
