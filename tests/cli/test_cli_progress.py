"""How far a statement is while it waits: drawn on a terminal, told in lines elsewhere; rows in between."""

from __future__ import annotations

import os
import re
import select
import subprocess
from collections.abc import Iterator
from typing import Any

import pytest
from length import long
from run_aisql import COMMAND, DEADLINE, Aisql
from server import ModelServer
from test_cli_prompt import Terminal

TABLE = "+---------+\n| a       |\n+---------+\n| echo: 1 |\n| echo: 2 |\n+---------+\n2 rows in set\n"


def script(server: ModelServer, rows: int) -> str:
    """A statement that asks the server once for each of its rows."""
    numbers = ", ".join(map(str, range(1, rows + 1)))
    return (
        "CREATE TEMPORARY MODEL m INPUT (i STRING) OUTPUT (o STRING) WITH ('provider'='openai-compat',"
        f" 'endpoint'='{server.url}/chat/completions', 'model'='gpt-x');"
        f" SELECT ai_complete('m', value) AS a FROM json_each('[{numbers}]');"
    )


def screen(raw: bytes) -> str:
    """What stands on a wide terminal after these bytes of a batch, the blanks at ends of lines left out."""
    lines, column = [""], 0
    for sign in re.findall(r"\x1b\[\d*[A-Za-z]|[^\x1b]", raw.decode()):
        if sign == "\n":
            lines.append("")
        elif sign == "\r":
            column = 0
        elif sign == "\x1b[0K":
            lines[-1] = lines[-1][:column]
        else:
            assert len(sign) == 1, sign
            lines[-1] = lines[-1][:column] + sign + lines[-1][column + 1 :]
            column += 1
    return "\n".join(map(str.rstrip, lines))


class Dumb(Aisql):
    """A user whose terminal cannot go back in a line."""

    def environment(self, **changes: str | None) -> dict[str, str]:
        return {**Aisql.environment(self, **changes), "TERM": "dumb"}


@pytest.fixture
def terminals() -> Iterator[list[Terminal]]:
    """Terminals that are closed when a test is over."""
    opened: list[Terminal] = []
    yield opened
    for each in opened:
        each.close()


# ------------------------------------------------------------------ on a terminal


def test_a_wait_is_drawn_in_one_line_that_is_gone_at_the_end(
    aisql: Aisql, server: ModelServer, terminals: list[Terminal]
) -> None:
    server.gate.clear()
    terminals.append(Terminal(aisql, "-c", script(server, 2)))
    terminals[0].wait_for(b"\r0/2 calls, 2 in flight, 0 from the ledger, 0 tokens\x1b[0K")
    server.gate.set()
    _, status = terminals[0].end()
    assert (screen(terminals[0].raw), status) == (TABLE, 0)


class Narrow(Terminal):
    """A terminal whose window is made narrow while the program runs."""

    def resize(self, columns: int) -> None:
        self.set_size(columns, 50)


@pytest.mark.long
def test_a_line_fits_the_window_as_it_is_now(
    aisql: Aisql, server: ModelServer, terminals: list[Terminal]
) -> None:
    server.gate.clear()
    user = Narrow(aisql, "-c", script(server, 2))
    terminals.append(user)
    user.wait_for(b"0 tokens\x1b[0K")
    user.resize(30)
    user.wait_for(b"\r0/2 calls, 2 in flight\x1b[0K")
    user.resize(10)
    user.wait_for(b"\r0/2 calls\x1b[0K")


@pytest.mark.parametrize("option", ["--table", *long("--json", "--csv", "--jsonl")])
def test_rows_that_come_between_waits_are_not_drawn_over(
    aisql: Aisql, server: ModelServer, terminals: list[Terminal], option: str
) -> None:
    alone = aisql("--memory", option, "-c", script(server, 4)).text
    server.requests.clear()
    hold_after(server, 2)
    server.gate.clear()
    columns = ("--refresh", "--concurrency", "1")
    terminals.append(Terminal(aisql, "--memory", option, *columns, "-c", script(server, 4)))
    terminals[0].wait_for(b"in flight")
    server.gate.set()
    terminals[0].wait_for(b"echo: 2")
    if option != "--json":  # its line goes on
        terminals[0].wait_for(b"\r2/4 calls")
    server.gate.set()
    _, status = terminals[0].end()
    assert (screen(terminals[0].raw), status) == (alone, 0)


@pytest.mark.long
def test_an_error_is_told_in_a_line_of_its_own(
    aisql: Aisql, server: ModelServer, terminals: list[Terminal]
) -> None:
    server.gate.clear()
    server.key = "another"
    terminals.append(Terminal(aisql, "-c", script(server, 2), NO_COLOR="1"))
    terminals[0].wait_for(b"in flight")
    server.gate.set()
    _, status = terminals[0].end()
    shown = screen(terminals[0].raw)
    assert (shown.startswith("<command>:1: error: ai_complete('m', "), "calls" in shown, status) == (
        True,
        False,
        3,
    )


def test_ctrl_c_leaves_nothing_of_it(aisql: Aisql, server: ModelServer, terminals: list[Terminal]) -> None:
    server.gate.clear()
    terminals.append(Terminal(aisql, "-c", script(server, 2)))
    terminals[0].wait_for(b"in flight")
    terminals[0].interrupt()
    _, status = terminals[0].end()
    assert (screen(terminals[0].raw), status) == ("", 130)


@pytest.mark.long
def test_a_prompt_shows_it_too(aisql: Aisql, server: ModelServer, terminals: list[Terminal]) -> None:
    server.gate.clear()
    terminals.append(Terminal(aisql))
    user = terminals[0]
    user.wait_for(b"\x1b[?2004h")
    user.type(f"{script(server, 2)}\r")
    user.wait_for(b"\r0/2 calls, 2 in flight")
    user.interrupt()
    assert user.wait_for(b"\x1b[?2004h").endswith("interrupted\n")
    server.gate.set()
    assert TABLE in user.run("SELECT ai_complete('m', value) AS a FROM json_each('[1, 2]');")


@pytest.mark.long
def test_a_terminal_that_cannot_go_back_shows_none(
    aisql: Aisql, server: ModelServer, terminals: list[Terminal]
) -> None:
    server.latency = 0.75
    terminals.append(Terminal(Dumb(aisql.home, aisql.work, aisql.cache), "-c", script(server, 2)))
    _, status = terminals[0].end()
    assert (terminals[0].raw.decode(), status) == (TABLE.replace("\n", "\r\n"), 0)


# ------------------------------------------------------------------ elsewhere


def test_without_a_terminal_there_is_none(aisql: Aisql, server: ModelServer) -> None:
    server.latency = 0.75
    assert aisql("-c", script(server, 2)) == (TABLE.encode(), "", 0)


def test_lines_are_told_where_they_are_asked_for(aisql: Aisql, server: ModelServer) -> None:
    server.gate.clear()
    with aisql.start("--progress", "-c", script(server, 2)) as process:
        assert process.stderr is not None
        while b"2 in flight" not in (told := process.stderr.readline()):
            assert told
        server.gate.set()
        output, rest = process.communicate(timeout=DEADLINE)
    assert told == b"progress: 0/2 calls, 2 in flight, 0 from the ledger, 0 tokens\n"
    assert re.fullmatch(
        r"progress: 2/2 calls, 0 in flight, 0 from the ledger, \d+ tokens, \d\.\d calls/s\n",
        rest.decode().splitlines(keepends=True)[-1],
    )
    assert output.decode() == TABLE


def test_what_needs_no_wait_is_not_told(aisql: Aisql) -> None:
    assert aisql("--progress", "--csv", "-c", "SELECT 1 AS a") == (b"a\n1\n", "", 0)


# ------------------------------------------------------------------ rows that come slowly


def hold_after(server: ModelServer, count: int) -> None:
    """Lets so many requests be answered, and the others wait at the gate."""

    def answer(body: dict[str, Any]) -> str:
        if len(server.requests) == count:
            server.gate.clear()
        return f"echo: {body['messages'][-1]['content']}"

    server.answer = answer


def read_until(process: subprocess.Popen[bytes], mark: bytes) -> bytes:
    """What the process writes to stdout, until the mark has come."""
    assert process.stdout is not None
    seen = b""
    while mark not in seen:
        assert select.select([process.stdout], [], [], DEADLINE)[0], seen
        more = os.read(process.stdout.fileno(), 65536)
        assert more, seen
        seen += more
    return seen


@pytest.mark.parametrize("option", ["--table", *long("--csv", "--json", "--jsonl")])
def test_a_row_is_seen_while_the_next_one_is_waited_for(
    aisql: Aisql, server: ModelServer, option: str
) -> None:
    hold_after(server, 2)
    with aisql.start(option, "--concurrency", "1", "-c", script(server, 3)) as process:
        seen = read_until(process, b"echo: 2")
        assert (server.gate.is_set(), b"echo: 1" in seen) == (False, True)
        server.gate.set()
        output, errors = process.communicate(timeout=DEADLINE)
    assert (errors, process.returncode) == (b"", 0)
    assert (seen + output).decode() == aisql(option, "-c", script(server, 3)).text


@pytest.mark.parametrize("option", ["--csv", *long("--table", "--json", "--jsonl")])
def test_nothing_more_is_asked_when_the_reader_is_gone(
    aisql: Aisql, server: ModelServer, option: str
) -> None:
    hold_after(server, 1)
    server.latency = 0.05  # whoever does not notice at once asks some more
    process = aisql.start(option, "--concurrency", "1", "-c", script(server, 500))
    with process:
        read_until(process, b"echo: 1")
        assert process.stdout is not None
        process.stdout.close()
        server.gate.set()
        assert process.stderr is not None
        assert (process.stderr.read(), process.wait(DEADLINE)) == (b"", 141)
    assert len(server.requests) < 100


@pytest.mark.long
def test_head_ends_it_quietly_and_early(aisql: Aisql, server: ModelServer) -> None:
    server.latency = 0.05
    arguments = (*COMMAND, "--csv", "--concurrency", "2", "-c", script(server, 500))
    line = subprocess.run(
        ["bash", "-c", '"$@" | head -3; echo "${PIPESTATUS[0]}"', "bash", *arguments],
        capture_output=True,
        env=aisql.environment(),
        cwd=aisql.work,
        timeout=DEADLINE,
        check=False,
    )
    assert (line.stdout, line.stderr) == (b"a\necho: 1\necho: 2\n141\n", b"")
    assert len(server.requests) < 100
