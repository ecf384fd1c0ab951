"""Options of a session's manners: what is told of statements, what may be changed, and `--info`."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from run_aisql import Aisql
from screen import ENTER, Window

from aisql.repl.welcome import LINES

Open = Callable[..., Window]
BUILTIN = "INPUT (a STRING) OUTPUT (b STRING) WITH ('provider' = 'builtin')"


@pytest.fixture
def window(aisql: Aisql) -> Iterator[Open]:
    opened: list[Window] = []

    def start(*arguments: str, **options: object) -> Window:
        opened.append(Window(aisql, "--memory", *arguments, **options))  # type: ignore[arg-type]
        opened[-1].shows("aisql>")
        opened[-1].ready()
        return opened[-1]

    yield start
    for each in opened:
        each.close()


# ------------------------------------------------------------------ what is told


def test_echo_tells_statements_and_commands_on_stderr_without_keys(aisql: Aisql) -> None:
    script = "SELECT 1 AS a;\n\\echo \x1b[31m\nSELECT 2 AS b, 'api-key'='sk-1234567890'; SELECT nosuch"
    done = aisql("--memory", "--csv", "--echo", stdin=script)
    assert done.text.startswith("a\n1\n")
    assert done.stderr.split("\n")[:6] == [
        "SELECT 1 AS a;",
        "\\echo \\x1b[31m",
        "SELECT 2 AS b, 'api-key'='******';",
        "SELECT nosuch;",
        "<stdin>:3: error: no such column: nosuch",
        "  3 | SELECT 2 AS b, 'api-key'='******'; SELECT nosuch",
    ]
    assert done.status == 1


def test_a_statement_is_told_before_it_runs(aisql: Aisql) -> None:
    done = aisql("--memory", "--echo", "-c", "SELECT abs(-9223372036854775808)", "-c", "SELECT 2")
    assert done.stderr.split("\n")[:2] == [
        "SELECT abs(-9223372036854775808);",
        "<command>:1: error: integer overflow",
    ]


def test_timing_is_told_from_the_first_statement_on(aisql: Aisql) -> None:
    timed = aisql("--memory", "--timing", "-c", "SELECT 1").text
    assert re.search(r"^1 row in set \(\d+\.\d\d sec\)\n\Z", timed, re.MULTILINE)
    assert aisql("--memory", "-c", "SELECT 1").text.endswith("1 row in set\n")


def test_a_quiet_prompt_without_pager_and_history_says_and_keeps_little(
    window: Open, aisql: Aisql, tmp_path: Path
) -> None:
    pager = f"tee {tmp_path / 'paged'}"
    user = window("-q", "--no-pager", "--no-history", is_first=True, AISQL_PAGER=pager)
    assert not any(line in user.text for line in LINES)
    user.type("CREATE TABLE t (a);" + ENTER)
    user.type("SELECT value FROM json_each('[" + "1," * 50 + "2]');" + ENTER)
    user.shows("51 rows in set")
    assert "OK" not in user.text
    assert user.leave() == 0
    assert not (tmp_path / "paged").exists()
    assert not (aisql.home / "state").exists()


# ------------------------------------------------------------------ what may be changed


def snapshot(aisql: Aisql) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in aisql.files()}


CHANGES = (
    "INSERT INTO t VALUES (2)",
    "CREATE TABLE u (a)",
    "PRAGMA user_version = 3",
    "ATTACH 'other.db' AS other",
    "CREATE MODEL n " + BUILTIN,
    "DROP MODEL m",
    "CREATE API CONNECTION c TYPE ai_function PROVIDER = 'openai' API_KEY = 'sk-1234567890'",
    "CREATE DATABASE d",
    "CREATE CATALOG c WITH ('type' = 'sqlite', 'path' = 'c.sqlite')",
    "CREATE VOLUME v",
    "PUT 'here.db' TO USER VOLUME",
    "REMOVE USER VOLUME FILE 'a.csv'",
    "COPY INTO USER VOLUME FROM TABLE t FILE_FORMAT = (TYPE = CSV)",
    "PURGE ANSWERS",
    "\\open other.db",
)


def test_a_session_that_only_reads_changes_no_table_and_nothing_in_the_catalog(aisql: Aisql) -> None:
    made = aisql("here.db", "-c", f"CREATE TABLE t (a); INSERT INTO t VALUES (1); CREATE MODEL m {BUILTIN}")
    assert (made.stderr, made.status) == ("", 0)
    before = snapshot(aisql)
    script = ";\n".join(CHANGES[:-1]) + f";\n{CHANGES[-1]}\nSELECT count(*) AS n FROM t;"
    done = aisql("here.db", "--readonly", "--on-error", "continue", "--csv", stdin=script)
    assert done.text == "n\n1\n"
    refused = [line for line in done.stderr.split("\n") if "error: " in line]
    assert len(refused) == len(CHANGES)
    assert [line for line in refused if "read" not in line and "cannot open other.db: " not in line] == []
    assert {path for path in snapshot(aisql) if path.suffix not in {".sqlite-shm", ".sqlite-wal"}} == {
        path for path in before if path.suffix not in {".sqlite-shm", ".sqlite-wal"}
    }
    assert snapshot(aisql)[aisql.work / "here.db"] == before[aisql.work / "here.db"]
    models = aisql("here.db", "--csv", "-c", "SHOW MODELS").text
    assert models == "model name\nm\n"


def test_a_session_that_only_reads_has_temporary_tables_and_models_and_keeps_answers(aisql: Aisql) -> None:
    aisql.write("a.csv", "x\n1\n")
    script = (
        "CREATE TEMPORARY TABLE z AS SELECT x + 1 AS y FROM a; SELECT y FROM z; "
        f"CREATE TEMPORARY MODEL m {BUILTIN}; SELECT ai_complete('m', 'a') IS NOT NULL AS answered;"
    )
    done = aisql("--readonly", "--csv", "a.csv", "-c", script)
    assert (done.text, done.stderr, done.status) == ("y\n2\nanswered\n1\n", "", 0)
    assert aisql("--csv", "-c", "SELECT count(*) AS n FROM aisql.answers").text == "n\n1\n"


def test_a_file_that_is_not_there_cannot_be_read(aisql: Aisql) -> None:
    done = aisql("--readonly", "nosuch.db", "-c", "SELECT 1")
    assert done == (
        b"",
        "aisql: error: cannot open nosuch.db: there is no such file\nhint: without --readonly it is made\n",
        3,
    )
    assert aisql("--readonly", "--csv", "-c", "SELECT 1 AS a") == (b"a\n1\n", "", 0)
    assert aisql.files() == []


# ------------------------------------------------------------------ --safe


def test_a_safe_session_refuses_alike_in_a_pipe_a_script_and_a_one_liner(aisql: Aisql) -> None:
    script = "SELECT 1 AS a;\n\\! touch made\nSELECT 2 AS b;\n"
    aisql.write("s.sql", script)
    ways = {"<stdin>": (), "s.sql": ("s.sql",), "<command>": ("-c", script)}
    for name, arguments in ways.items():
        done = aisql("--safe", "--csv", *arguments, stdin="" if arguments else script)
        assert done == (
            b"a\n1\n",
            f"{name}:2: error: 'touch made' is not started in safe mode\nhint: without --safe it is\n",
            1,
        )
    assert not (aisql.work / "made").exists()


def test_what_the_command_line_names_is_opened_in_a_safe_session(aisql: Aisql) -> None:
    aisql.write("a.csv", "x\n1\n")
    aisql.write("s.sql", "SELECT x FROM a; SELECT x + 1 AS y FROM './a.csv'; COPY t FROM 'a.csv';")
    made = "CREATE TABLE t (x); COPY t FROM STDIN; SELECT sum(x) AS z FROM t;"
    arguments = ("--safe", "--csv", "here.db", "a.csv", "-c", made, "-f", "s.sql", "-o", "out.csv")
    assert aisql(*arguments, stdin="x\n5\n") == (b"", "", 0)
    assert (aisql.work / "out.csv").read_text() == "z\n5\nx\n1\ny\n2\n"
    assert aisql("--safe", "setup").stderr == (
        "aisql: error: a new connection is refused in safe mode\n"
        "hint: models, connections and endpoints that are there can be used\n"
    )


# ------------------------------------------------------------------ --info


def test_info_tells_where_things_are_and_no_key(aisql: Aisql) -> None:
    config = aisql.home / "config" / "aisql" / "config.toml"
    config.parent.mkdir(parents=True)
    config.write_text('[ai]\ndefault_model = "openai:sk-1234567890"\n', "utf-8")
    variables = {"OPENAI_API_KEY": "sk-secret-secret", "DASHSCOPE_API_KEY": ""}
    done = aisql("--info", "x.db", "--concurrency", "7", env=variables)
    told = json.loads(done.text)
    assert (done.stderr, done.status, "secret" in done.text) == ("", 0, False)
    assert told["files"]["config"] == {"path": str(config), "exists": True}
    assert told["files"]["database"] == {"path": "x.db", "exists": False}
    assert told["keys"] == ["OPENAI_API_KEY"]
    assert told["settings"]["ai.concurrency"] == "7"
    assert (told["readonly"], told["safe"]) == (False, False)
    told = json.loads(aisql("--info", "--safe", "--readonly").text)
    assert (told["readonly"], told["safe"]) == (True, True)
    shown = aisql("--readonly", "--memory", "-c", "\\conninfo").text.splitlines()
    assert [line.split() for line in shown[8:10]] == [
        ["|", "read-only", "|", "yes", "|"],
        ["|", "safe", "mode", "|", "no", "|"],
    ]
    assert told["settings"]["ai.default_model"] == "openai:******"
    assert aisql.files() == [config]
