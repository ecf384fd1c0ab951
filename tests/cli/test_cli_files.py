"""Files of data on the command line, in FROM, and through a pipe."""

from __future__ import annotations

import gzip
import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import suppress

import pytest
from run_aisql import DEADLINE, Aisql, Completed

CSV = "id,name\n1,one\n2,two\n"
JSONL = '{"id": 1, "body": "Great!"}\n{"id": 2, "body": "Awful."}\n'


def test_what_is_piped_in_is_a_table(aisql: Aisql) -> None:
    query = "SELECT id, ai_sentiment('builtin:demo', body) AS mood FROM stdin"
    done = aisql("-c", query, "--jsonl", stdin=JSONL)
    assert (done.text, done.stderr) == (
        '{"id": 1, "mood": "positive"}\n{"id": 2, "mood": "negative"}\n',
        "",
    )
    packed = gzip.compress(CSV.encode())
    assert (
        aisql("-", "--csv", "-c", "SELECT name FROM stdin WHERE id = 2", stdin=packed).text == "name\ntwo\n"
    )
    forced = aisql("-:csv", "--csv", "-c", "SELECT * FROM stdin", stdin='{"a"\n1\n')
    assert forced.text == '"{""a"""\n1\n'
    script = "SELECT count(*) AS n FROM 'stdin.csv';"
    aisql.write("stdin.csv", CSV)
    assert aisql("--csv", stdin=script).text == "n\n2\n"
    with (aisql.work / "stdin.csv").open("rb") as file:  # not a pipe
        process = aisql.start("--csv", "-c", "SELECT sum(x.id) AS n FROM stdin x JOIN stdin", stdin=file)
    assert process.communicate(timeout=DEADLINE) == (b"n\n6\n", b"")


def test_files_on_the_command_line_are_tables(aisql: Aisql) -> None:
    aisql.write("a.csv", CSV)
    aisql.write("b.jsonl.gz", gzip.compress(JSONL.encode()))
    aisql.write("bad.json", "never read")
    join = "SELECT name, body FROM a JOIN b USING (id) WHERE id = 2"
    assert aisql("a.csv", "b.jsonl.gz", "bad.json", "--csv", "-c", join).text == "name,body\ntwo,Awful.\n"
    tables = aisql("a.csv", "bad.json", "--csv", "-c", r"\dt")
    assert tables.text == "table name\na\nbad\n"


REFUSED: list[tuple[tuple[str, ...], int, str]] = [
    (("nosuch.csv", "-c", "SELECT 1"), 3, "aisql: error: cannot read nosuch.csv: No such file or directory"),
    (("a.csv", "A.csv", "-c", "SELECT 1"), 3, "aisql: error: A.csv: table 'A' already exists"),
    (("d.csv", "-c", "SELECT 1"), 3, "aisql: error: cannot read d.csv: it is a folder"),
    (("a.txt", "-c", "SELECT 1"), 2, "aisql: error: a.txt: what kind of file this is cannot be told"),
    (("-:foo", "-c", "SELECT 1"), 2, "aisql: error: -:foo: there is no format 'foo'"),
    (("-",), 2, "aisql: error: - is data, and nothing says what to run"),
    (("-", "-f", "-"), 2, "aisql: error: - is data, and nothing says what to run"),
    (
        ("odd.csv", "-c", "SELECT * FROM odd"),
        1,
        "<command>:1: error: odd.csv:3: 1 field, but the header has 2",
    ),
    (("-c", "SELECT * FROM 'empty.csv'"), 1, "<command>:1: error: empty.csv: the file is empty"),
    (("-f", "-"), 1, "<stdin>:1: error: no such table: stdin"),
]


def test_what_cannot_be_read_ends_it_with_a_status(aisql: Aisql) -> None:
    for name, content in (("a.csv", CSV), ("A.csv", CSV), ("odd.csv", "a,b\n1,2\n3\n"), ("empty.csv", "")):
        aisql.write(name, content)
    (aisql.work / "d.csv").mkdir()
    found: list[tuple[tuple[str, ...], int, str]] = []
    for arguments, _, _ in REFUSED:
        done: Completed = aisql("--csv", *arguments, stdin="SELECT * FROM stdin")
        found.append((arguments, done.status, done.first))
    assert found == REFUSED


@pytest.fixture
def piping(aisql: Aisql) -> Iterator[subprocess.Popen[bytes]]:
    """A process that copies what is piped in, with an answer for each row."""
    query = "SELECT id, ai_sentiment('builtin:demo', body) AS mood FROM stdin"
    process = aisql.start("--memory", "--csv", "-c", query, stdin=subprocess.PIPE)
    yield process
    process.kill()
    with process:
        pass


def test_rows_come_out_while_the_input_goes_on(piping: subprocess.Popen[bytes]) -> None:
    assert piping.stdin is not None
    assert piping.stdout is not None
    piping.stdin.write(b'{"id": 1, "body": "Great!"}\n')
    piping.stdin.flush()
    assert [piping.stdout.readline(), piping.stdout.readline()] == [b"id,mood\n", b"1,positive\n"]
    piping.stdin.write(b'{"id": 2, "body": "Awful."}\n')
    piping.stdin.flush()
    assert piping.stdout.readline() == b"2,negative\n"
    piping.send_signal(signal.SIGINT)  # while it waits for more
    assert piping.wait(DEADLINE) == 130


def test_an_endless_input_ends_with_the_limit(aisql: Aisql) -> None:
    query = "SELECT * FROM stdin LIMIT 2"
    process = aisql.start("--memory", "--csv", "-c", query, stdin=subprocess.PIPE)
    with process:
        assert process.stdin is not None
        assert process.stdout is not None
        with suppress(BrokenPipeError), process.stdin:
            while True:
                process.stdin.write(b"a;b\n" * 10_000)
        assert (process.stdout.read(), process.wait(DEADLINE)) == (b"a,b\na,b\na,b\n", 0)


def peak(aisql: Aisql, query: str, rows: int) -> int:
    """The most memory that a query takes while so many rows are piped in, in KiB."""
    process = aisql.start("--memory", "-c", query, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL)
    assert process.stdin is not None
    process.stdin.write(b"id,text\n")
    for first in range(0, rows, 1_000):
        process.stdin.write(
            b"".join(b"%d,some text of a row\n" % each for each in range(first, first + 1_000))
        )
    process.stdin.close()
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    with process:
        pass
    assert process.returncode == 0
    return used.ru_maxrss


def test_memory_does_not_grow_with_the_input(aisql: Aisql) -> None:
    query = "SELECT count(*), max(text) FROM stdin"
    assert peak(aisql, query, 400_000) - peak(aisql, query, 20_000) < 3 * 1024
