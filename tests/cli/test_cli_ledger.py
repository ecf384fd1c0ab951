"""What was paid for outlives the process: killed, run twice at once, kept within what it may spend."""

from __future__ import annotations

import json
import random
import subprocess
import threading
from collections import Counter
from datetime import datetime

import apsw
import pytest
from run_aisql import DEADLINE, Aisql
from server import Fault, ModelServer, Received

from aisql.catalog.answers import Ledger

CONCURRENCY = 8
QUERY = "SELECT i, ai_complete('openai:m', s) AS a FROM t ORDER BY i"


class WatchedServer(ModelServer):
    """Lets a test wait for requests. The one that makes `most` closes the gate."""

    def __init__(self) -> None:
        super().__init__()
        self.most: int | None = None
        self._came = threading.Condition()

    def log(self, request: Received, content: bytes) -> None:
        """Notes the request, and tells who waits for it."""
        with self._came:
            super().log(request, content)
            if len(self.requests) == self.most:
                self.gate.clear()
            self._came.notify_all()

    def wait_for(self, count: int) -> None:
        """Waits until so many requests have come, all in all."""
        with self._came:
            assert self._came.wait_for(lambda: len(self.requests) >= count, DEADLINE)


def said(body: dict[str, object]) -> str:
    """The text a request is about."""
    messages = body["messages"]
    assert isinstance(messages, list)
    return str(messages[-1]["content"])


def connections(server: ModelServer) -> dict[str, str | None]:
    """The environment in which openai is the test's server."""
    return {"OPENAI_BASE_URL": server.url, "OPENAI_API_KEY": "sk-test"}


def make_table(aisql: Aisql, rows: int) -> None:
    """A table t(i, s) in t.db, with a text of its own for every row."""
    database = apsw.Connection(str(aisql.work / "t.db"))
    database.execute(
        f"CREATE TABLE t AS WITH RECURSIVE g(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM g LIMIT {rows}) "
        "SELECT i, 'text ' || i AS s FROM g"
    )
    database.close()


def expected(rows: int) -> bytes:
    """What the query prints as CSV."""
    return "".join(["i,a\n", *(f"{i},echo: text {i}\n" for i in range(1, rows + 1))]).encode()


def kept(aisql: Aisql) -> dict[str, str]:
    """The answers on disk, by their texts."""
    ledger = Ledger(aisql.home / "data" / "aisql" / "default_catalog.sqlite", datetime.now)
    try:
        return {said(json.loads(str(row[4]))): str(row[5]) for row in ledger.answers()}
    finally:
        ledger.close()


@pytest.mark.parametrize("kills", [3, pytest.param(20, marks=pytest.mark.long)])
def test_kills_lose_no_answer_that_was_written(aisql: Aisql, kills: int) -> None:
    rows = 200
    moments = random.Random(20)
    make_table(aisql, rows)
    with WatchedServer() as server:
        server.latency = 0.02
        environment = aisql.environment(**connections(server))
        arguments = ("t.db", "--csv", "--concurrency", CONCURRENCY, "-c", QUERY)
        never_again: dict[str, int] = {}  # how often a text had been asked when its answer was found on disk
        for _ in range(kills):
            server.gate.set()
            server.most = len(server.requests) + moments.randint(1, 16)  # so that it never comes to its end
            process = aisql.start(
                *map(str, arguments),
                env=environment,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
            server.wait_for(server.most)
            with pytest.raises(subprocess.TimeoutExpired):
                process.wait(moments.uniform(0.0, 0.02))
            process.kill()
            process.wait(DEADLINE)
            asked = Counter(map(said, server.bodies))
            on_disk = kept(aisql)
            assert on_disk == {text: f"echo: {text}" for text in on_disk}
            assert set(never_again) <= set(on_disk)
            answered = {said(request.body) for request in server.finished}
            # Under way, or arrived and about to be written.
            assert len(answered - set(on_disk)) <= 2 * CONCURRENCY
            for text in on_disk:
                assert never_again.setdefault(text, asked[text]) == asked[text]
        server.most = None
        server.gate.set()
        done = aisql(*map(str, arguments), env=connections(server))
        assert (done.stdout, done.stderr, done.status) == (expected(rows), "", 0)
        asked = Counter(map(said, server.bodies))
        assert {text: asked[text] for text in never_again} == never_again
        # What is under way at a kill may be asked again, and what is about to be written.
        assert rows <= asked.total() <= rows + 2 * kills * CONCURRENCY
        again = aisql(*map(str, arguments), env=connections(server))
        assert (again.stdout, again.status) == (expected(rows), 0)
        assert len(server.requests) == asked.total()


def test_two_processes_at_once_share_a_catalog(aisql: Aisql, server: ModelServer) -> None:
    rows = 100
    make_table(aisql, rows)
    server.latency = 0.005
    server.gate.clear()
    environment = aisql.environment(**connections(server))
    processes = [
        aisql.start("t.db", "--csv", "--concurrency", str(CONCURRENCY), "-c", QUERY, env=environment)
        for _ in range(2)
    ]
    server.gate.wait_for(2 * CONCURRENCY)
    server.gate.set()
    for process in processes:
        stdout, stderr = process.communicate(timeout=DEADLINE)
        assert (stdout, stderr, process.returncode) == (expected(rows), b"", 0)
    assert rows < len(server.requests) <= 2 * rows
    assert kept(aisql) == {f"text {i}": f"echo: text {i}" for i in range(1, rows + 1)}


def test_two_processes_that_write_at_once_do_not_lock_each_other(aisql: Aisql, server: ModelServer) -> None:
    processes = [
        aisql.start(
            "--memory",
            "--csv",
            "-c",
            "CREATE TABLE t AS WITH RECURSIVE g(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM g LIMIT 200) "
            f"SELECT i, 'process {number} text ' || i AS s FROM g; SELECT count(a) AS n FROM ({QUERY})",
            env=aisql.environment(**connections(server)),
        )
        for number in range(2)
    ]
    for process in processes:
        stdout, stderr = process.communicate(timeout=DEADLINE)
        assert (stdout, stderr, process.returncode) == (b"n\n200\n", b"", 0)
    assert (len(server.requests), len(kept(aisql))) == (400, 400)


def test_what_was_asked_ahead_is_kept_at_the_end(aisql: Aisql, server: ModelServer) -> None:
    make_table(aisql, 100)
    server.latency = 0.03
    query = "SELECT i FROM t WHERE ai_complete('openai:m', s) LIKE 'echo%' LIMIT 3"
    done = aisql("t.db", "--csv", "--concurrency", "8", "-c", query, env=connections(server))
    assert (done.text, done.stderr, done.status) == ("i\n1\n2\n3\n", "", 0)
    assert 3 <= len(server.requests) <= 3 + 2 * 8
    assert set(kept(aisql)) == set(map(said, server.bodies))


# ------------------------------------------------------------------ options


def test_a_second_process_asks_for_nothing(aisql: Aisql, server: ModelServer) -> None:
    make_table(aisql, 20)
    for _ in range(2):
        done = aisql("t.db", "--csv", "-c", QUERY, env=connections(server))
        assert (done.stdout, done.stderr, done.status) == (expected(20), "", 0)
        assert len(server.requests) == 20


def test_max_calls_sends_so_many_and_ends_with_5(aisql: Aisql, server: ModelServer) -> None:
    make_table(aisql, 20)
    done = aisql("t.db", "--csv", "--max-calls", "7", "-c", QUERY, env=connections(server))
    assert (done.first, done.status) == (
        "<command>:1: error: the statement needs more calls than ai.max_calls = 7 allows",
        5,
    )
    assert len(server.requests) == 7
    done = aisql("t.db", "--csv", "--max-calls", "13", "-c", QUERY, env=connections(server))
    assert (done.stdout, done.stderr, done.status) == (expected(20), "", 0)
    assert len(server.requests) == 20


@pytest.mark.long
def test_a_dry_run_counts_and_sends_nothing(aisql: Aisql, server: ModelServer) -> None:
    make_table(aisql, 20)
    aisql("t.db", "-c", "SELECT ai_complete('openai:m', 'text 3')", env=connections(server))
    done = aisql("t.db", "--csv", "--dry-run", "-c", QUERY, env=connections(server))
    assert (done.text, done.stderr, done.status) == ("calls,from_ledger,requests\n20,1,19\n", "", 0)
    assert len(server.requests) == 1


@pytest.mark.long
def test_offline_answers_what_is_known_and_names_what_is_not(aisql: Aisql, server: ModelServer) -> None:
    make_table(aisql, 3)
    aisql("t.db", "-c", f"{QUERY} LIMIT 2", env=connections(server))
    done = aisql("t.db", "--csv", "--offline", "-c", f"{QUERY} LIMIT 2", env=connections(server))
    assert (done.stdout, done.stderr, done.status) == (expected(2), "", 0)
    done = aisql("t.db", "--csv", "--offline", "-c", QUERY, env=connections(server))
    assert done.status == 1
    assert done.first.startswith("<command>:1: error: ai_complete('openai:m', 'text 3'): there is no answer")
    assert len(server.requests) == 2


@pytest.mark.long
def test_refresh_asks_anew_and_replaces(aisql: Aisql, server: ModelServer) -> None:
    make_table(aisql, 3)
    aisql("t.db", "-c", QUERY, env=connections(server))
    server.answer = lambda body: f"new: {said(body)}"
    new = b"i,a\n1,new: text 1\n2,new: text 2\n3,new: text 3\n"
    done = aisql("t.db", "--csv", "--refresh", "-c", QUERY, env=connections(server))
    assert (done.stdout, done.stderr, done.status) == (new, "", 0)
    done = aisql("t.db", "--csv", "-c", QUERY, env=connections(server))
    assert (done.stdout, done.stderr, done.status) == (new, "", 0)
    assert len(server.requests) == 6


@pytest.mark.long
def test_stats_tell_what_the_calls_came_to(aisql: Aisql, server: ModelServer) -> None:
    make_table(aisql, 5)
    aisql("t.db", "-c", "SELECT ai_complete('openai:m', 'text 1')", env=connections(server))
    server.fault_for = lambda body: Fault(400, "no") if said(body) == "text 5" else None
    query = f"SET ai.on_error = null; {QUERY}"
    done = aisql("t.db", "--csv", "--stats", "-c", query, env=connections(server))
    assert done.status == 0
    warning, line = done.stderr.splitlines()
    assert warning.startswith("<command>:1: warning: 1 call failed and gave NULL; the first: ")
    stats = json.loads(line)
    assert stats.pop("seconds") > 0
    assert stats == {
        "calls": 5,
        "from_ledger": 1,
        "answered": 3,
        "failed": 1,
        "requests": 4,
        "retries": 0,
        "input_tokens": 6,
        "output_tokens": 9,
        "cached_tokens": 0,
        "reasoning_tokens": 0,
        "cost": 0.0,
        "unpriced": 3,
        "status": 0,
    }
