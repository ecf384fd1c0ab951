"""Rows are printed as soon as their answers are there, in their order, and nobody waits for the last one."""

from __future__ import annotations

import os
import select
import subprocess
import threading
from collections.abc import Callable, Iterator

import pytest
from length import long
from run_aisql import DEADLINE, Aisql
from server import Gate, ModelServer, Received

CONCURRENCY = 8
QUERY = "SELECT i, ai_complete('openai:m', s) AS a FROM t"


def table(rows: int) -> str:
    """A table t(i, s) with a text of its own for every row."""
    return (
        f"CREATE TABLE t AS WITH RECURSIVE g(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM g LIMIT {rows}) "
        "SELECT i, 'text ' || i AS s FROM g"
    )


class Turnstile(Gate):
    """A gate at which a test lets out the answers one by one, by the text they are for."""

    def __init__(self, server: ModelServer) -> None:
        super().__init__()
        self._server = server
        self._held: dict[str, Callable[[], None]] = {}
        self.clear()

    def pass_through(self, go_on: Callable[[], None]) -> None:
        """Holds the request that was logged last."""
        text = str(self._server.requests[-1].body["messages"][-1]["content"])
        with self._changed:
            if not self.is_set():
                self._held[text] = go_on
                self._changed.notify_all()
                return
        go_on()

    def set(self) -> None:
        """Lets out all that wait, and all that come."""
        with self._changed:
            for text in list(self._held):
                self._call(self._held.pop(text))
        super().set()

    def let_out(self, row: int) -> None:
        """Has the request for a row answered, as soon as it has come."""
        text = f"text {row}"
        with self._changed:
            assert self._changed.wait_for(lambda: text in self._held, DEADLINE), f"nobody asked for {text}"
            self._call(self._held.pop(text))

    def wait_for(self, count: int, timeout: float = DEADLINE) -> None:
        """Waits until so many requests are held."""
        with self._changed:
            assert self._changed.wait_for(lambda: len(self._held) >= count, timeout), list(self._held)

    def _call(self, go_on: Callable[[], None]) -> None:
        if self._loop is not None:
            self._loop.call_soon_threadsafe(go_on)


class HeldServer(ModelServer):
    """A model server that answers when it is told to."""

    gate: Turnstile

    def __init__(self) -> None:
        super().__init__()
        self.gate = Turnstile(self)
        self._answered = threading.Condition()

    def log_finished(self, request: Received) -> None:
        """Notes that an answer has been sent, and tells who waits for it."""
        with self._answered:
            super().log_finished(request)
            self._answered.notify_all()

    def wait_for_answers(self, count: int) -> None:
        """Waits until so many answers have been sent, all in all."""
        with self._answered:
            assert self._answered.wait_for(lambda: len(self.finished) >= count, DEADLINE)


class Running:
    """A process under way, whose lines are read as they come."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self.process = process
        self._read = b""

    def line(self) -> str:
        """The next line of stdout, without its end."""
        assert self.process.stdout is not None
        while b"\n" not in self._read:
            assert select.select([self.process.stdout], [], [], DEADLINE)[0], self._read
            more = os.read(self.process.stdout.fileno(), 65536)
            assert more, (self._read, self.process.stderr and self.process.stderr.read())
            self._read += more
        line, _, self._read = self._read.partition(b"\n")
        return line.decode()

    def lines(self, number: int) -> list[str]:
        """The next lines."""
        return [self.line() for _ in range(number)]

    def has_more(self) -> bool:
        """Whether there is anything to be read now."""
        return bool(self._read) or bool(select.select([self.process.stdout], [], [], 0)[0])

    def end(self) -> tuple[bytes, str, int]:
        """What was not read yet, stderr, and the status."""
        rest, stderr = self.process.communicate(timeout=DEADLINE)
        return self._read + rest, stderr.decode(), self.process.returncode

    def kill(self) -> None:
        """Ends it, where it has not ended."""
        if self.process.poll() is None:
            self.process.kill()
        with self.process:
            pass


Start = Callable[..., Running]


@pytest.fixture
def held() -> Iterator[HeldServer]:
    """A model server whose answers are let out one by one."""
    with HeldServer() as running:
        yield running


@pytest.fixture
def start(aisql: Aisql) -> Iterator[Start]:
    """Starts aisql with `openai` at a server, in memory unless a file is named."""
    started: list[Running] = []

    def start_one(server: ModelServer, *arguments: str, **options: object) -> Running:
        where = () if arguments[0].endswith(".db") else ("--memory",)
        environment = aisql.environment(OPENAI_BASE_URL=server.url, OPENAI_API_KEY="sk-test")
        options = {"env": environment, **options}
        concurrency = ("--concurrency", str(CONCURRENCY))
        started.append(Running(aisql.start(*where, *concurrency, *arguments, **options)))
        return started[-1]

    yield start_one
    for each in started:
        each.kill()


# ------------------------------------------------------------------ row by row


@pytest.mark.parametrize(
    ("option", "head", "row"),
    [
        ("--csv", ["i,a"], "{0},echo: text {0}"),
        pytest.param("--jsonl", [], '{{"i": {0}, "a": "echo: text {0}"}}', marks=pytest.mark.long),
    ],
)
def test_a_row_is_printed_before_the_next_answer_is_given(
    held: HeldServer, start: Start, option: str, head: list[str], row: str
) -> None:
    running = start(held, option, "-c", table(20), "-c", QUERY)
    held.gate.let_out(1)
    assert running.lines(len(head) + 1) == [*head, row.format(1)]
    for number in range(2, 21):
        assert not running.has_more()
        held.gate.let_out(number)
        assert running.line() == row.format(number)
    assert running.end() == (b"", "", 0)


@pytest.mark.long
def test_a_table_begins_when_the_next_row_lets_itself_be_waited_for(held: HeldServer, start: Start) -> None:
    running = start(held, "--table", "-c", table(20), "-c", QUERY)
    held.gate.let_out(1)
    border = "+---+--------------+"
    assert running.lines(4) == [border, "| i | a            |", border, "| 1 | echo: text 1 |"]
    for number in range(2, 10):
        assert not running.has_more()
        held.gate.let_out(number)
        assert running.line() == f"| {number} | echo: text {number} |"
    held.gate.set()
    rest, stderr, status = running.end()
    assert (rest.decode().splitlines()[-2:], stderr, status) == ([border, "20 rows in set"], "", 0)


@pytest.mark.parametrize("option", ["--table", *long("--csv", "--jsonl", "--json")])
def test_answers_that_come_in_reverse_change_nothing(
    held: HeldServer, server: ModelServer, start: Start, aisql: Aisql, option: str
) -> None:
    rows = CONCURRENCY
    running = start(held, option, "-c", table(rows), "-c", QUERY)
    held.gate.wait_for(rows)
    for number in range(rows, 1, -1):
        assert not running.has_more()
        held.gate.let_out(number)
    held.gate.let_out(1)
    in_order = start(server, option, "--refresh", "-c", table(rows), "-c", QUERY).end()
    assert running.end() == in_order
    assert in_order[1:] == ("", 0)
    assert in_order[0].count(b"echo: text ") == rows


@pytest.mark.long
def test_the_first_of_many_rows_is_there_long_before_the_last_request(held: HeldServer, start: Start) -> None:
    running = start(held, "--csv", "-c", table(10_000), "-c", QUERY)
    held.gate.let_out(1)
    assert running.lines(2) == ["i,a", "1,echo: text 1"]
    assert len(held.requests) <= 1 + CONCURRENCY


@pytest.mark.parametrize(
    "query",
    [
        "SELECT i, 'x' AS a FROM t WHERE ai_complete('openai:m', s) <> ''",
        *long(
            "SELECT i, ai_complete('openai:m', s) AS a FROM (SELECT DISTINCT i, s FROM t) WHERE i > 0",
            "WITH c AS (SELECT i, s FROM t) SELECT i, ai_complete('openai:m', s) AS a FROM c LIMIT 9000",
        ),
    ],
)
def test_rows_stream_in_other_shapes_too(held: HeldServer, start: Start, query: str) -> None:
    held.answer = lambda body: "x"
    running = start(held, "--csv", "-c", table(10_000), "-c", query)
    held.gate.let_out(1)
    assert running.lines(2) == ["i,a", "1,x"]
    assert len(held.requests) <= 1 + CONCURRENCY


def test_calls_inside_calls_stream_too(held: HeldServer, start: Start) -> None:
    held.answer = lambda body: "x" if "text 0" in str(body["messages"]) else "text 0"
    query = "SELECT i, ai_complete('openai:m', ai_complete('openai:m', s)) AS a FROM t"
    running = start(held, "--csv", "-c", table(10_000), "-c", query)
    before = 8 * CONCURRENCY  # more than are in line when the answer comes that the outer call is made of
    for row in range(1, before + 1):
        held.gate.let_out(row)
    held.gate.let_out(0)
    assert running.lines(2) == ["i,a", "1,x"]
    assert len(held.requests) <= before + 1 + CONCURRENCY


# ------------------------------------------------------------------ a reader that has enough


@pytest.mark.parametrize("option", ["--csv", *long("--jsonl", "--table")])
def test_head_ends_it_and_few_requests_were_made(server: ModelServer, start: Start, option: str) -> None:
    answer, total = "x" * 1_000, 5_000
    server.answer = lambda body: answer
    running = start(server, option, "-c", table(total), "-c", QUERY)
    stdout = running.process.stdout
    assert stdout is not None
    head = subprocess.run(["head", "-3"], stdin=stdout, capture_output=True, timeout=DEADLINE, check=True)
    stdout.close()
    assert running.process.stderr is not None
    assert running.process.stderr.read() == b""
    assert running.process.wait(DEADLINE) == 141
    assert len(head.stdout.splitlines()) == 3
    # A statement looks 1,024 calls ahead; a table holds the first 1,000 rows back to measure them; the pipe
    # and the buffers of both sides take some 100 rows of this size.
    held_back = 1_000 if option == "--table" else 0
    assert len(server.requests) < 1_024 + held_back + 200


# ------------------------------------------------------------------ memory


def peak(aisql: Aisql, rows: int) -> int:
    """The most memory that a query of so many distinct calls takes, in KiB."""
    query = "SELECT i, ai_complete('builtin:demo', s) AS a FROM t"
    process = aisql.start("--memory", "--csv", "-c", table(rows), "-c", query, stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    with process:
        pass
    assert process.returncode == 0
    return used.ru_maxrss


@pytest.mark.long
def test_memory_does_not_grow_with_the_number_of_calls(aisql: Aisql) -> None:
    few, many = 5_000, 35_000
    # A call takes more than 1 KiB. SQLite keeps 16 MiB of the ledger, and some of the table.
    assert peak(aisql, many) - peak(aisql, few) < 24 * 1024
