"""Import, export and results that stay, as processes: what ends half way leaves nothing behind."""

from __future__ import annotations

import signal
import subprocess
from collections.abc import Callable

import pytest
from run_aisql import COMMAND, DEADLINE, Aisql

PIECE = b"".join(b"%d,text %d\n" % (number, number) for number in range(50_000))
COPY = "COPY t FROM 'rows.csv' (HEADER false)"
ENDLESS = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i FROM n) SELECT count(*) FROM n"
EXPORT = "COPY (SELECT * FROM stdin) TO 'out.csv'"


def started(aisql: Aisql, statement: str, is_under_way: Callable[[], bool]) -> subprocess.Popen[bytes]:
    """A process that has read half of what is piped in, and waits for more."""
    process = aisql.start("t.db", "-c", statement, stdin=subprocess.PIPE)
    assert process.stdin is not None
    for _ in range(300):
        if is_under_way():
            return process
        process.stdin.write(PIECE)
        process.stdin.flush()
    process.kill()
    raise AssertionError("the file is not written beside the one that is there")


def partial(aisql: Aisql) -> bool:
    return any(path.stat().st_size > 0 for path in aisql.work.glob(".aisql-partial-*"))


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT])
def test_an_import_that_is_ended_half_way_leaves_the_database_as_it_was(
    aisql: Aisql, how: signal.Signals
) -> None:
    trigger = f"CREATE TRIGGER g AFTER INSERT ON t WHEN new.a < 0 BEGIN {ENDLESS}; END;"
    aisql("t.db", "-c", f"CREATE TABLE t (a INTEGER, b TEXT); INSERT INTO t VALUES (1, 'before'); {trigger}")
    before = (aisql.work / "t.db").stat().st_size
    (aisql.work / "rows.csv").write_bytes(PIECE * 4 + b"-1,where it stays\n")
    process = aisql.start("t.db", "-c", COPY, stdin=subprocess.DEVNULL)
    while (aisql.work / "t.db").stat().st_size == before:
        assert process.poll() is None
    process.send_signal(how)
    assert process.wait(DEADLINE) == (130 if how is signal.SIGINT else -signal.SIGKILL)
    process.communicate()
    assert aisql("t.db", "--csv", "-c", "SELECT * FROM t").text == "a,b\n1,before\n"


def test_an_export_that_is_interrupted_leaves_the_file_as_it_was(aisql: Aisql) -> None:
    aisql.write("out.csv", "before\n")
    process = started(aisql, EXPORT, lambda: partial(aisql))
    process.send_signal(signal.SIGINT)
    assert process.wait(DEADLINE) == 130
    process.communicate()
    assert {path.name: path.read_text() for path in aisql.work.glob("*.csv")} == {"out.csv": "before\n"}
    assert not list(aisql.work.glob(".aisql*"))


def test_what_an_export_that_is_killed_has_written_is_removed_by_the_next_one(aisql: Aisql) -> None:
    process = started(aisql, EXPORT, lambda: partial(aisql))
    assert aisql("--memory", "-o", "a.csv", "-c", "SELECT 1 AS a").status == 0
    assert partial(aisql)
    process.kill()
    process.wait(DEADLINE)
    process.communicate()
    assert aisql("--memory", "-o", "a.csv", "-c", "SELECT 2 AS a").status == 0
    assert [path.name for path in aisql.work.glob("*.csv")] == ["a.csv"]
    assert not list(aisql.work.glob(".aisql*"))


def test_what_is_piped_in_is_imported_and_exported_again(aisql: Aisql) -> None:
    done = aisql(
        "t.db",
        "-c",
        "COPY t FROM STDIN (CREATE)",
        "-c",
        "COPY t TO STDOUT (FORMAT jsonl)",
        stdin="a,b\n1,x\n",
    )
    assert (done.text, done.stderr, done.status) == ('{"a": 1, "b": "x"}\n', "", 0)


def test_bad_rows_are_told_on_stderr(aisql: Aisql) -> None:
    aisql.write("f.csv", "a,b\n1\n2,x\n")
    done = aisql("t.db", "--csv", "-c", "\\import f.csv --skip", "-c", "SELECT * FROM f, f_rejects")
    assert done.text == 'a,b,file,line,reason,text\n2,x,f.csv,2,"1 field, but the header has 2",1\n'
    assert done.stderr == "warning: 1 bad row is left out, and in the table f_rejects\n"
    failed = aisql("t.db", "-c", "SELECT 1; COPY g FROM 'f.csv' (CREATE)")
    assert (failed.status, failed.first) == (1, "<command>:1: error: f.csv:2: 1 field, but the header has 2")


def test_what_reads_the_output_ends_a_copy_to_it(aisql: Aisql) -> None:
    rows = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n"
    command = ("bash", "-c", '"$@" | head -1; exit ${PIPESTATUS[0]}', "bash", *COMMAND)
    for target in ("'/dev/stdout' (FORMAT csv)", "STDOUT"):
        done = aisql("--memory", "-c", f"COPY ({rows}) TO {target}", command=command)
        assert (done.text, done.stderr, done.status) == ("i\n", "", 141)


def test_a_link_that_leads_to_itself_gives_way_to_a_file(aisql: Aisql) -> None:
    link = aisql.work / "a.csv"
    link.symlink_to(link)
    done = aisql("--memory", "-o", "a.csv", "-c", "SELECT 1 AS a")
    assert (done.stderr, done.status, link.read_text()) == ("", 0, "a\n1\n")


def test_a_disk_without_room_takes_the_end_of_what_is_kept(aisql: Aisql) -> None:
    script = (
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 300000) SELECT i FROM n;"
        "CREATE TABLE t AS LAST RESULT; SELECT count(*), max(i) FROM t"
    )
    command = ("bash", "-c", 'ulimit -f 100; "$@" | tail -1', "bash", *COMMAND)
    done = aisql("--memory", "--csv", "-c", script, command=command)
    assert done.text == "10000,10000\n"
    assert "the disk had no room for the last 290,000 rows of the result" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "content", "status"),
    [
        (["-c", "SELECT 1 AS a", "-c", "SELECT 2 AS b"], "a\n1\nb\n2\n", 0),
        (["-c", "SELECT 1 AS a", "-c", "SELECT nosuch"], "before\n", 1),
        (["-c", "SELECT 1 AS a; SELECT json(a) FROM (SELECT 1 AS a UNION ALL SELECT '{')"], "before\n", 1),
        (["--on-error", "continue", "-c", "SELECT 1 AS a; SELECT nosuch; SELECT 2 AS b"], "a\n1\nb\n2\n", 1),
        (["-c", "SELECT 1 AS a", "-c", "\\q 3"], "a\n1\n", 3),
        (["-c", "CREATE TABLE t (a)"], "before\n", 0),
        (["-c", "\\o other.csv", "-c", "SELECT 1 AS a"], "before\n", 0),
    ],
)
def test_a_file_of_results_is_there_when_all_are_whole(
    aisql: Aisql, arguments: list[str], content: str, status: int
) -> None:
    aisql.write("out.csv", "before\n")
    done = aisql("--memory", "-o", "out.csv", *arguments)
    assert ((aisql.work / "out.csv").read_text(), done.status) == (content, status)
    assert not list(aisql.work.glob(".aisql*"))


def test_a_later_result_that_fails_takes_nothing_from_a_file_that_results_are_led_to(aisql: Aisql) -> None:
    aisql.write("out.csv", "before\n")
    fails = "SELECT json(a) AS j FROM (SELECT 1 AS a UNION ALL SELECT '{');"
    done = aisql(
        "--memory", "--on-error", "continue", stdin=f"\\o out.csv\n{fails}\n\\! cat out.csv\nSELECT 5 AS a;"
    )
    assert (done.text, (aisql.work / "out.csv").read_text()) == ("before\n", "a\n5\n")


def test_a_result_is_kept_from_one_script_to_the_next(aisql: Aisql) -> None:
    aisql.write("a.sql", "SELECT 7 AS n;")
    aisql.write("b.sql", "CREATE TABLE k AS LAST RESULT; SELECT n + 1 AS m FROM k;")
    expected = "n\n7\nm\n8\n"
    assert aisql("--memory", "--csv", "a.sql", "b.sql").text == expected
    assert aisql("--memory", "--csv", "-c", "SELECT 7 AS n", "-f", "b.sql").text == expected
    assert (
        aisql(
            "--memory",
            "--csv",
            "-c",
            "SELECT 7 AS n; CREATE TABLE k AS LAST RESULT; SELECT n + 1 AS m FROM k",
        ).text
        == expected
    )
    assert (
        aisql("--memory", "--csv", stdin="SELECT 7 AS n;\n\\keep k\nSELECT n + 1 AS m FROM k;").text
        == expected
    )
    assert (
        aisql("--memory", "--csv", "-c", "SELECT 7 AS n", "-c", "COPY LAST RESULT TO STDOUT").text
        == "n\n7\n" * 2
    )


def test_what_goes_to_a_file_by_the_name_of_stdout_stands_in_its_place(aisql: Aisql) -> None:
    script = ("SELECT 1 AS a", "COPY (SELECT 2 AS b) TO '/dev/stdout' (FORMAT csv)", "SELECT 3 AS c")
    parts = [each for statement in script for each in ("-c", statement)]
    command = ("bash", "-c", '(echo before; "$@"; echo after) > out', "bash", *COMMAND)
    for options in ([], ["-o", "/dev/fd/1"]):
        done = aisql("--memory", "--csv", *options, *parts, command=command)
        assert (done.stderr, done.status) == ("", 0)
        assert (aisql.work / "out").read_text() == "before\na\n1\nb\n2\nc\n3\nafter\n"
