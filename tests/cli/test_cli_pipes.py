"""Broken pipes, closed streams and Ctrl-C: quick, quiet, with the status a shell expects."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from run_aisql import COMMAND, DEADLINE, Aisql
from server import Fault, ModelServer

MANY = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000000) SELECT i FROM n"
ENDLESS = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n"
READY = "SELECT 'ready' AS ready"


@pytest.mark.parametrize("option", ["--table", "--csv", "--jsonl", "--json"])
def test_a_reader_that_has_enough_ends_it_quietly(aisql: Aisql, option: str) -> None:
    process = aisql.start("--memory", option, "-c", MANY)
    assert process.stdout is not None
    assert process.stderr is not None
    with process:
        assert os.read(process.stdout.fileno(), 10)
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait(DEADLINE) == 141


def test_head_gets_its_line(aisql: Aisql) -> None:
    line = subprocess.run(
        [
            "bash",
            "-c",
            '"$@" | head -1; echo "${PIPESTATUS[0]}"',
            "bash",
            *COMMAND,
            "--memory",
            "--csv",
            "-c",
            MANY,
        ],
        capture_output=True,
        env=aisql.environment(),
        cwd=aisql.work,
        timeout=DEADLINE,
        check=False,
    )
    assert (line.stdout, line.stderr) == (b"i\n141\n", b"")


def test_a_pipe_nobody_reads_from_the_start(aisql: Aisql) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    process = aisql.start("--memory", "-c", "SELECT 1", stdout=writer)
    os.close(writer)
    assert process.stderr is not None
    with process:
        assert process.stderr.read() == b""
        assert process.wait(DEADLINE) == 141


@pytest.mark.parametrize(("closing", "status"), [(">&-", 0), ("<&-", 0), ("2>&-", 0)])
def test_a_stream_that_is_closed_at_the_start_is_no_crash(aisql: Aisql, closing: str, status: int) -> None:
    command = f'"$@" {closing}'
    make = "CREATE TABLE t (a); INSERT INTO t VALUES (1)"
    done = aisql("made.db", "-c", make, command=("bash", "-c", command, "bash", *COMMAND))
    assert (done.stderr, done.status) == ("", status)
    assert aisql("--csv", "made.db", "-c", "SELECT * FROM t").stdout == b"a\n1\n"


def test_no_stdin_at_all_is_no_crash(aisql: Aisql) -> None:
    for arguments in ((), ("-f", "-")):
        done = aisql(*arguments, command=("bash", "-c", '"$@" <&-', "bash", *COMMAND))
        assert (done.stdout, done.status in (0, 2)) == (b"", True)


def test_a_result_that_cannot_be_written_is_an_error(aisql: Aisql) -> None:
    if not Path("/dev/full").exists():
        pytest.skip("there is no /dev/full here")
    done = aisql("--memory", "-c", READY, command=("bash", "-c", '"$@" > /dev/full', "bash", *COMMAND))
    assert done.status not in (0, 70)
    assert "No space left" in done.stderr


class Watch:
    """A process that said it is ready; how it ends."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self.process = process
        assert process.stdout is not None
        seen = b""
        while b"ready\nready\n" not in seen:
            assert select.select([process.stdout], [], [], DEADLINE)[0], seen
            more = os.read(process.stdout.fileno(), 4096)
            assert more, seen
            seen += more

    def interrupt(self) -> tuple[int, str]:
        """Presses Ctrl-C. The status, and stderr."""
        self.process.send_signal(signal.SIGINT)
        status = self.process.wait(DEADLINE)
        assert self.process.stderr is not None
        return status, self.process.stderr.read().decode()


@pytest.fixture
def running(aisql: Aisql) -> Iterator[list[subprocess.Popen[bytes]]]:
    """Processes that are killed when a test leaves them behind."""
    processes: list[subprocess.Popen[bytes]] = []
    yield processes
    for process in processes:
        if process.poll() is None:
            process.kill()
        with process:
            pass


def test_ctrl_c_ends_a_slow_query(aisql: Aisql, running: list[subprocess.Popen[bytes]]) -> None:
    # stdin decides nothing here, but the first result has to be out before the signal comes.
    process = aisql.start("--memory", "--csv", "-c", READY, "-c", ENDLESS, "-c", "SELECT 'never'")
    running.append(process)
    status, stderr = Watch(process).interrupt()
    assert status == 130
    assert "Traceback" not in stderr


def test_ctrl_c_ends_calls_that_hang(
    aisql: Aisql, server: ModelServer, running: list[subprocess.Popen[bytes]]
) -> None:
    arrived = threading.Event()

    def hang(body: dict[str, object]) -> Fault:
        arrived.set()
        return Fault(hang=True)

    server.fault_for = hang
    make = (
        "CREATE TEMPORARY MODEL m INPUT (i STRING) OUTPUT (o STRING) WITH ('provider'='openai-compat',"
        f" 'endpoint'='{server.url}/chat/completions', 'model'='gpt-x');"
    )
    rows = "SELECT ai_complete('m', value) FROM json_each('[1, 2, 3, 4]')"
    process = aisql.start("--csv", "-c", f"{make}{READY}; CREATE TABLE t (a); BEGIN; INSERT INTO t {rows}")
    running.append(process)
    watch = Watch(process)
    assert arrived.wait(DEADLINE)
    status, stderr = watch.interrupt()
    assert status == 130
    assert "Traceback" not in stderr
    assert aisql("--csv", "-c", "SELECT count(*) AS n FROM t").stdout == b"n\n0\n"


def test_a_signal_to_end_is_obeyed(aisql: Aisql, running: list[subprocess.Popen[bytes]]) -> None:
    process = aisql.start("--memory", "--csv", "-c", READY, "-c", ENDLESS)
    running.append(process)
    Watch(process)
    process.terminate()
    assert process.wait(DEADLINE) == -signal.SIGTERM


# ------------------------------------------------------------------ what a start costs

FORBIDDEN = {
    "lark": "the parser is for our statements",
    "numpy": "no vectors are compared",
    "httpx": "the client is for model calls",
    "httpx_aiohttp": "the client is for model calls",
    "aiohttp": "the client is for model calls",
    "rich": "progress is drawn with it",
    "plotille": "nothing is drawn",
    "matplotlib": "nothing is drawn",
    "prompt_toolkit": "the prompt",
    "pygments": "the prompt",
    "asyncio": "model calls",
    "concurrent": "model calls",
    "ssl": "model calls",
    "dataclasses": "it builds classes at import time, and imports inspect",
    "inspect": "it comes with dataclasses",
    "typing": "annotations are for the type checker",
    "pathlib": "paths are text until somebody needs more",
    "json": "no format that was asked for needs it",
    "csv": "no format that was asked for needs it",
    "difflib": "only a mistake needs it",
    "tomllib": "no cost is asked for",
    "subprocess": "nothing is started",
    "tempfile": "nothing temporary is made",
    "shutil": "only help needs the width of the terminal",
    "bz2": "it comes with shutil",
    "lzma": "it comes with shutil",
    "importlib.metadata": "the version is a constant",
    "aisql.syntax.parse": "the parser is for our statements",
    "aisql.engine.execute": "the engine of our statements",
    "aisql.providers": "model calls",
    "aisql.functions": "model calls",
    "aisql.commands.base": "there is no command",
    "aisql.repl.pager": "nobody reads at a prompt",
    "aisql.repl.prompt": "the prompt",
    "aisql.repl.targets": "results go to stdout",
}


def imported(aisql: Aisql, *arguments: str) -> set[str]:
    """The modules that aisql loads and Python alone, in this installation, does not."""
    timed = (sys.executable, "-X", "importtime")
    own, alone = aisql(*arguments, command=(*timed, "-m", "aisql")), aisql("-c", "pass", command=timed)
    assert (own.status, alone.status) == (0, 0)
    return _modules(own.stderr) - _modules(alone.stderr)


def _modules(report: str) -> set[str]:
    lines = [line for line in report.splitlines() if line.startswith("import time:")]
    return {line.rpartition("|")[2].strip() for line in lines}


@pytest.mark.parametrize("arguments", [("-c", "select 1"), ("--memory", "--csv", "-c", "SELECT 'ai', 'set'")])
def test_plain_sql_loads_only_what_it_needs(aisql: Aisql, arguments: tuple[str, ...]) -> None:
    modules = imported(aisql, *arguments)
    assert "apsw" in modules
    loaded = {name for name in FORBIDDEN for module in modules if f"{module}.".startswith(f"{name}.")}
    assert loaded == set()


def test_help_and_the_version_load_no_session(aisql: Aisql) -> None:
    unneeded = {"apsw", "aisql.session", "aisql.engine.database", "aisql.repl.shell", "aisql.syntax.split"}
    assert unneeded & imported(aisql, "--version") == set()
    assert unneeded & imported(aisql, "--help") == set()


def test_a_catalog_statement_loads_no_client_and_nothing_that_runs_queries(aisql: Aisql) -> None:
    modules = imported(aisql, "-c", "SHOW MODELS")
    client = ("httpx", "httpx_aiohttp", "aiohttp", "asyncio", "ssl", "prompt_toolkit", "pygments")
    engine = ("greenlet", "numpy", "rich", "aisql.functions", "aisql.engine.queries", "aisql.syntax.calls")
    assert {name for name in (*client, *engine) if name in modules} == set()
    assert "aisql.engine.model_statements" in modules
    others = {name for name in modules if name.startswith("aisql.engine.") and name.endswith("_statements")}
    assert others == {"aisql.engine.model_statements"}


def test_the_offline_model_loads_no_client(aisql: Aisql) -> None:
    modules = imported(aisql, "--csv", "-c", "SELECT ai_complete('builtin:demo', 'hi') AS a")
    assert {
        name for name in ("httpx", "httpx_aiohttp", "aiohttp", "prompt_toolkit") if name in modules
    } == set()


def test_a_call_loads_the_client_without_its_command_line(aisql: Aisql, server: ModelServer) -> None:
    model = (
        "CREATE TEMPORARY MODEL m INPUT (i STRING) OUTPUT (o STRING) WITH ('provider'='openai-compat',"
        f" 'endpoint'='{server.url}/chat/completions', 'model'='gpt-x');"
    )
    modules = imported(aisql, "--csv", "-c", f"{model} SELECT ai_complete('m', 'hi') AS a")
    assert [name for name in ("httpx", "click", "rich", "pygments") if name in modules] == ["httpx"]
    assert len(server.requests) == 1
