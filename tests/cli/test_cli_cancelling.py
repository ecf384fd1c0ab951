"""Ctrl-C, in a batch and at the prompt: quick, nothing more is sent, and what was paid for is kept."""

from __future__ import annotations

import json
import os
import select
import signal
from collections.abc import Callable, Iterator

import pytest
from length import long
from run_aisql import DEADLINE, Aisql
from server import ModelServer
from test_cli_prompt import Terminal
from test_cli_streaming import CONCURRENCY, HeldServer, Running, Start, held, start, table

__all__ = ["held", "start"]  # fixtures

QUERY = "SELECT i, ai_complete('openai:m', s) AS a FROM t"
ENDLESS = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 1000000000)"
LONGEST = 9
"""Seconds after which Ctrl-C had no effect: without it, what is under way is waited for 10 seconds."""


def asked(server: ModelServer) -> list[str]:
    """The texts the server was asked for, sorted."""
    return sorted(str(body["messages"][-1]["content"]) for body in server.bodies)


def texts(rows: int) -> list[str]:
    """The texts of the table, sorted."""
    return sorted(f"text {row}" for row in range(1, rows + 1))


class Pressed:
    """What came of a process after Ctrl-C: what was not read yet, stderr, status."""

    def __init__(self, running: Running, times: int = 1) -> None:
        for _ in range(times):
            running.process.send_signal(signal.SIGINT)
        running.process.wait(LONGEST)
        rest, self.stderr, self.status = running.end()
        self.stdout = rest.decode()


# ------------------------------------------------------------------ a batch


@pytest.mark.parametrize(
    ("statement", "shown"),
    [
        (QUERY, ["i,a", *(f"{row},echo: text {row}" for row in range(1, 6))]),
        pytest.param(f"CREATE TABLE u AS {QUERY}", [], marks=pytest.mark.long),
        (f"CREATE TABLE IF NOT EXISTS u (a, b); BEGIN; INSERT INTO u {QUERY}", []),
        pytest.param("UPDATE t SET s = ai_complete('openai:m', s)", [], marks=pytest.mark.long),
        pytest.param("DELETE FROM t WHERE ai_complete('openai:m', s) = 'x'", [], marks=pytest.mark.long),
        pytest.param(
            "SELECT count(*) AS n FROM t WHERE ai_complete('openai:m', s) <> ''", [], marks=pytest.mark.long
        ),
    ],
)
def test_answers_that_had_arrived_are_kept_and_nothing_is_sent_after(
    held: HeldServer, server: ModelServer, start: Start, statement: str, shown: list[str]
) -> None:
    rows, answered = 40, 5
    start(held, "t.db", "-c", table(rows)).end()
    running = start(held, "t.db", "--csv", "-c", statement)
    for row in range(1, answered + 1):
        held.gate.let_out(row)
    assert running.lines(len(shown)) == shown
    held.gate.wait_for(CONCURRENCY)
    pressed = Pressed(running)
    assert (pressed.stdout, pressed.stderr, pressed.status) == ("", "", 130)
    assert len(held.requests) == answered + CONCURRENCY

    held.requests.clear()
    held.gate.set()
    assert start(held, "t.db", "--csv", "-c", statement).end()[1:] == ("", 0)
    assert set(asked(held)) == set(texts(rows)) - {f"text {row}" for row in range(1, answered + 1)}
    assert len(held.requests) == rows - answered


def test_answers_that_arrive_soon_after_are_kept_too(held: HeldServer, start: Start) -> None:
    rows = CONCURRENCY
    running = start(held, "t.db", "--csv", "-c", table(rows), "-c", QUERY)
    held.gate.wait_for(rows)
    # It stands still while Ctrl-C is pressed and the answers arrive: none is too early, and none too late.
    running.process.send_signal(signal.SIGSTOP)
    os.waitpid(running.process.pid, os.WUNTRACED)
    running.process.send_signal(signal.SIGINT)
    held.gate.set()
    held.wait_for_answers(rows)
    running.process.send_signal(signal.SIGCONT)
    assert running.end() == (b"", "", 130)
    held.requests.clear()
    assert start(held, "t.db", "--csv", "-c", QUERY).end()[0].count(b"echo: ") == rows
    assert held.requests == []


def test_ctrl_c_twice_is_immediate(held: HeldServer, start: Start) -> None:
    running = start(held, "--csv", "-c", table(40), "-c", QUERY)
    held.gate.wait_for(CONCURRENCY)
    twice = Pressed(running, times=2)
    assert (twice.stdout, twice.stderr, twice.status) == ("", "", 130)
    assert len(held.requests) == CONCURRENCY


@pytest.mark.parametrize(
    "statement",
    [
        f"{ENDLESS} SELECT count(*) FROM n",
        f"CREATE TABLE u (a); BEGIN; INSERT INTO u {ENDLESS} SELECT i FROM n",
        *long(
            f"{ENDLESS} SELECT max(ai_complete('builtin:demo', 'x' || (i < 2))) FROM n",
            f"CREATE TABLE u AS {ENDLESS} SELECT i FROM n",
            f"CREATE TABLE u (a); BEGIN; INSERT INTO u {ENDLESS} SELECT count(*) FROM n",
        ),
    ],
)
def test_pure_sql_is_ended(start: Start, server: ModelServer, statement: str) -> None:
    running = start(server, "--csv", "-c", "SELECT 1 AS one", "-c", statement)
    assert running.lines(2) == ["one", "1"]
    pressed = Pressed(running)
    assert (pressed.stdout, pressed.stderr, pressed.status) == ("", "", 130)


@pytest.mark.long
def test_stats_are_told_all_the_same(held: HeldServer, start: Start) -> None:
    running = start(held, "--csv", "--stats", "-c", table(40), "-c", QUERY)
    held.gate.let_out(1)
    held.gate.let_out(2)
    assert running.lines(3) == ["i,a", "1,echo: text 1", "2,echo: text 2"]
    held.gate.wait_for(CONCURRENCY)
    pressed = Pressed(running)
    (line,) = pressed.stderr.splitlines()
    stats = json.loads(line)
    assert stats.pop("seconds") > 0
    assert stats.pop("calls") >= 2 + CONCURRENCY  # those too that were in line
    assert stats == {
        "from_ledger": 0,
        "answered": 2,
        "failed": 0,
        "requests": 2 + CONCURRENCY,
        "retries": 0,
        "input_tokens": 4,
        "output_tokens": 6,
        "cached_tokens": 0,
        "reasoning_tokens": 0,
        "cost": 0.0,
        "unpriced": 2,
        "status": 130,
    }
    assert pressed.status == 130


def test_ctrl_c_while_nobody_reads_the_rows(held: HeldServer, start: Start) -> None:
    pipe = 1 << 20  # more than any pipe takes
    held.answer = lambda body: "x" * pipe
    running = start(held, "--csv", "-c", table(40), "-c", QUERY)
    held.gate.let_out(1)
    held.gate.wait_for(CONCURRENCY)
    assert running.process.stdout is not None
    assert select.select([running.process.stdout], [], [], DEADLINE)[0]  # it writes, and comes to no end
    running.process.send_signal(signal.SIGINT)
    assert running.process.wait(LONGEST) == 130


@pytest.mark.parametrize(
    "statement",
    [
        QUERY,
        *long(
            f"WITH c AS (SELECT * FROM t) {QUERY.replace('FROM t', 'FROM c')} ORDER BY -i LIMIT 10",
            f"WITH c AS (SELECT * FROM t) {QUERY.replace('FROM t', 'FROM c')}",
            f"CREATE TABLE u AS WITH c AS (SELECT * FROM t) {QUERY.replace('FROM t', 'FROM c')}",
        ),
    ],
)
def test_a_query_in_a_transaction_is_ended_too(held: HeldServer, start: Start, statement: str) -> None:
    running = start(held, "--csv", "-c", table(40), "-c", f"BEGIN; {statement}")
    held.gate.wait_for(CONCURRENCY)
    pressed = Pressed(running)
    assert (pressed.stdout, pressed.stderr, pressed.status) == ("", "", 130)


# ------------------------------------------------------------------ the prompt

WAITS = b"\x1b[?2004h"
"""What the prompt writes when it waits for a statement."""
Open = Callable[..., Terminal]


@pytest.fixture
def prompt(aisql: Aisql, held: HeldServer) -> Iterator[Open]:
    """Opens a terminal with t.db, with a table of so many texts, and a model `m` at the server."""
    opened: list[Terminal] = []

    def open_one(rows: int) -> Terminal:
        done = aisql("t.db", "-c", f"{table(rows)}; CREATE TABLE kept (a)")
        assert done.status == 0, done.stderr
        user = Terminal(aisql, "t.db", "--concurrency", str(CONCURRENCY))
        opened.append(user)
        user.wait_for(WAITS)
        user.run(
            "CREATE TEMPORARY MODEL m INPUT (i STRING) OUTPUT (o STRING) WITH ('provider'='openai-compat',"
            f" 'endpoint'='{held.url}/chat/completions', 'model'='gpt-x');"
        )
        return user

    yield open_one
    for each in opened:
        each.close()


def interrupted(user: Terminal) -> str:
    """Presses Ctrl-C; gives what was printed when the prompt is back."""
    user.interrupt()
    return user.wait_for(WAITS)


def open_transaction(user: Terminal) -> None:
    """Begins a transaction with one row in it."""
    assert user.run("BEGIN;") == "OK\n"
    assert user.run("INSERT INTO kept VALUES ('before');") == "OK, 1 row changed\n"


def is_intact(user: Terminal) -> bool:
    """Whether the transaction is open, and holds its row."""
    user.wait_for(b"aisql*>")
    return "| before |\n" in user.run("SELECT a FROM kept;")


@pytest.mark.parametrize(
    ("statement", "done"),
    [
        ("UPDATE t SET s = ai_complete('m', s);", "OK, 20 rows changed\n"),
        pytest.param(
            "SELECT count(*) AS n FROM t WHERE ai_complete('m', s) <> '';",
            "1 row in set\n",
            marks=pytest.mark.long,
        ),
        pytest.param(
            "INSERT INTO kept SELECT ai_complete('m', s) FROM t;",
            "OK, 20 rows changed\n",
            marks=pytest.mark.long,
        ),
        pytest.param(
            "CREATE TABLE u AS SELECT ai_complete('m', s) AS a FROM t;", "OK\n", marks=pytest.mark.long
        ),
    ],
)
def test_ctrl_c_during_calls_leaves_the_transaction_as_it_was(
    prompt: Open, held: HeldServer, aisql: Aisql, statement: str, done: str
) -> None:
    rows, answered = 20, 5
    user = prompt(rows)
    open_transaction(user)
    user.type(f"{statement}\r")
    for row in range(1, answered + 1):
        held.gate.let_out(row)
    held.gate.wait_for(CONCURRENCY)
    assert "interrupted\n" in interrupted(user)
    assert is_intact(user)
    assert len(held.requests) == answered + CONCURRENCY
    state = "SELECT (SELECT count(*) FROM kept) AS k, (SELECT count(*) FROM t WHERE s LIKE 'echo%') AS e;"
    assert "| 1 | 0 |\n" in user.run(state)

    held.requests.clear()
    held.gate.set()
    assert done in user.run(statement)
    assert set(asked(held)) == set(texts(rows)) - {f"text {row}" for row in range(1, answered + 1)}
    assert len(held.requests) == rows - answered
    assert user.run("COMMIT;") == "OK\n"
    user.wait_for(b"aisql>")
    assert aisql("t.db", "--csv", "-c", "SELECT a FROM kept LIMIT 1").text == "a\nbefore\n"


def test_rows_that_were_shown_stay_and_the_prompt_goes_on(prompt: Open, held: HeldServer) -> None:
    user = prompt(20)
    user.type("SELECT i, ai_complete('m', s) AS a FROM t;\r")
    held.gate.let_out(1)
    user.wait_for(b"| 1 | echo: text 1 |")
    held.gate.let_out(2)
    user.wait_for(b"| 2 | echo: text 2 |")
    assert "interrupted\n" in interrupted(user)
    user.wait_for(b"aisql>")
    assert user.run("\\keep early") == (
        "warning: the result was left early: these are its first 2 rows\nOK, 2 rows kept\n"
    )
    held.gate.set()
    assert "20 rows in set\n" in user.run("SELECT i, ai_complete('m', s) AS a FROM t;")


@pytest.mark.parametrize(
    "statement",
    [
        f"INSERT INTO kept {ENDLESS} SELECT i FROM n;",
        *long(
            f"{ENDLESS} SELECT count(*) FROM n;",
            f"{ENDLESS} INSERT INTO kept SELECT i FROM n;",
            f"CREATE TABLE u AS {ENDLESS} SELECT i FROM n;",
            f"CREATE TEMP TABLE u AS {ENDLESS} SELECT i FROM n;",
            f"SELECT (SELECT count(*) FROM ({ENDLESS} SELECT i FROM n)) AS a;",
        ),
    ],
)
def test_ctrl_c_during_sql_leaves_the_transaction_as_it_was(prompt: Open, statement: str) -> None:
    user = prompt(20)
    open_transaction(user)
    user.type(f"SELECT 'begun' AS a; {statement}\r")
    user.wait_for(b"1 row in set")
    assert interrupted(user).endswith("interrupted\n")
    assert is_intact(user)
    assert "| 1 |\n" in user.run("SELECT count(*) AS n FROM kept;")
    assert user.run("COMMIT;") == "OK\n"
    user.wait_for(b"aisql>")


def test_ctrl_c_while_rows_stream_in_ends_them(prompt: Open) -> None:
    user = prompt(20)
    open_transaction(user)
    user.type(f"{ENDLESS} SELECT i AS number FROM n;\r")
    user.wait_for(b"| number |")
    user.interrupt()
    assert user.wait_for(WAITS).endswith("interrupted\n")
    assert is_intact(user)
