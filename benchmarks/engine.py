"""The query engine against its ideal and against bare loops, in one run against the tests' own server.

    python benchmarks/engine.py [NAME ...]

prints a table of ratios and numbers with their bars; NAME picks measures by the beginning of their names.
The whole of it takes some minutes. Server and measured program share the machine's cores.
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import json
import multiprocessing
import resource
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import apsw
import httpx
import httpx_aiohttp

from aisql.session import Session
from aisql.settings import Settings

ROWS = 2_000
LATENCY = 0.1
IN_FLIGHT = 64
SERVER = Path(__file__).parent.parent / "tests" / "server.py"
CALL = "ai_complete('openai:m', "


class Server:
    """The tests' model server in a process of its own."""

    def __init__(self, latency: float, *options: str) -> None:
        command = [sys.executable, str(SERVER), "--latency", str(latency), *options]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        assert self._process.stdout is not None
        self.address = f"http://127.0.0.1:{int(self._process.stdout.readline())}"

    def counts(self) -> dict[str, int]:
        """What came since the last time; counting begins anew."""
        with urllib.request.urlopen(f"{self.address}/reset", data=b"") as answer:
            counts: dict[str, int] = json.load(answer)
        return counts

    def close(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait()


@contextmanager
def serving(latency: float, *options: str) -> Iterator[Server]:
    server = Server(latency, *options)
    try:
        yield server
    finally:
        server.close()


@contextmanager
def opened(address: str, rows: int, folder: str, concurrency: int = IN_FLIGHT) -> Iterator[Session]:
    """A session with a table t(i, s) of so many distinct texts."""
    settings = Settings({"OPENAI_API_KEY": "sk-test", "OPENAI_BASE_URL": f"{address}/v1"})
    session = Session(
        settings,
        catalog_file=f"{folder}/catalog.sqlite",
        directory=folder,
        cache_directory=lambda: f"{folder}/cache",
    )
    try:
        run(session, "CREATE TABLE IF NOT EXISTS t (i INTEGER PRIMARY KEY, s TEXT); DELETE FROM t")
        numbers = f"WITH RECURSIVE g(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM g LIMIT {rows}) "
        run(session, f"{numbers} INSERT INTO t SELECT n, 'text number ' || n FROM g")
        run(session, f"SET ai.concurrency = {concurrency}")
        yield session
    finally:
        session.close()


@contextmanager
def asked(latency: float, rows: int, *options: str) -> Iterator[tuple[Server, Session]]:
    """A server, and a session that asks it."""
    with (
        serving(latency, *options) as server,
        tempfile.TemporaryDirectory() as folder,
        opened(server.address, rows, folder) as session,
    ):
        yield server, session


def run(session: Session, sql: str) -> int:
    """Runs statements and reads their rows; gives how many there were."""
    count = 0
    for outcome in session.run(sql):
        if outcome.error is not None:
            raise outcome.error
        for _row in outcome.result.rows:
            count += 1
    return count


def report(name: str, value: float, bar: str, unit: str = "") -> None:
    print(f"{name:<64} {value:>9.2f}{unit:<3} {bar}", flush=True)


# ---------------------------------------------------------------- pace

LIMIT = 100


def pace() -> None:
    """Wall time and wasted requests at a server that takes 100 requests a second, against its floor."""
    for told in ((), ("--retry-after",)):
        with asked(0.05, ROWS, "--limit", str(LIMIT), *told) as (server, session):
            server.counts()
            start = time.perf_counter()
            run(session, f"SELECT {CALL}s) FROM t")
            seconds = time.perf_counter() - start
            requests = server.counts()["requests"]
        kind = "with Retry-After" if told else "without Retry-After"
        report(f"pace: 100 requests/s, {kind}, wall against the floor", seconds / (ROWS / LIMIT), "<= 1.3")
        report(f"pace: 100 requests/s, {kind}, wasted", 100 * (requests - ROWS) / ROWS, "<= 10", "%")


# ---------------------------------------------------------------- concurrency

SHAPES = {
    "SELECT": (f"SELECT {CALL}s) FROM t", 1),
    "WHERE + SELECT": (f"SELECT i, {CALL}'b ' || s) FROM t WHERE {CALL}s) <> ''", 2),
    "nested": (f"SELECT {CALL}'again ' || {CALL}s)) FROM t", 2),
    "GROUP BY over a sub-query": (f"SELECT a, count(*) FROM (SELECT {CALL}s) AS a FROM t) GROUP BY a", 1),
}


def concurrency() -> None:
    """Wall time against requests x latency / in flight."""
    for name, (sql, calls) in SHAPES.items():
        with asked(LATENCY, ROWS) as (server, session):
            run(session, f"SELECT {CALL}'first')")  # the connection, the parser
            server.counts()
            start = time.perf_counter()
            run(session, sql)
            seconds = time.perf_counter() - start
            requests = server.counts()["requests"]
        assert requests == calls * ROWS, requests
        ratio = seconds / (requests * LATENCY / IN_FLIGHT)
        report(f"concurrency: {name}, wall against requests x latency / 64", ratio, "<= 1.15")


def first_row() -> None:
    """Seconds from the start of a query to its first row."""
    with asked(LATENCY, 10_000) as (_, session):
        run(session, f"SELECT {CALL}'first')")
        start = time.perf_counter()
        outcome = next(session.run(f"SELECT i, {CALL}s) FROM t"))
        next(outcome.result.rows)
        seconds = time.perf_counter() - start
        outcome.result.close()
    report("first row of 10,000 at 100 ms", seconds, "<= 0.4 s", " s")


def limit() -> None:
    """Requests beyond strict evaluation."""
    with asked(0.01, 10_000) as (server, session):
        server.counts()
        run(session, f"SELECT i FROM t WHERE {CALL}s) LIKE '%7%' LIMIT 5")
        time.sleep(0.5)
        beyond = server.counts()["requests"] - 47
    report("limit: 5 of 10,000 rows, requests beyond strict evaluation", beyond, f"<= {5 + 2 * IN_FLIGHT}")


# ---------------------------------------------------------------- requests


def _bodies(count: int) -> list[bytes]:
    system = {"role": "system", "content": "You are a helpful assistant."}
    return [
        json.dumps(
            {"model": "m", "messages": [system, {"role": "user", "content": f"text number {number}"}]}
        ).encode()
        for number in range(count)
    ]


async def _bare(address: str, count: int) -> float:
    """The same posts in a bare loop; gives seconds."""
    limits = httpx.Limits(max_connections=IN_FLIGHT, max_keepalive_connections=IN_FLIGHT)
    headers = {"Authorization": "Bearer sk-test", "Content-Type": "application/json"}
    bodies = iter(_bodies(count))
    async with httpx_aiohttp.HttpxAiohttpClient(limits=limits, timeout=60) as client:
        start = time.perf_counter()

        async def worker() -> None:
            for body in bodies:
                answer = await client.post(f"{address}/v1/chat/completions", content=body, headers=headers)
                answer.json()["choices"][0]["message"]["content"]

        await asyncio.gather(*(worker() for _ in range(IN_FLIGHT)))
        return time.perf_counter() - start


def _cpu() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def requests() -> None:
    """CPU per request, and requests a second without latency, against a bare loop."""
    count = 5_000
    pairs = []
    for _ in range(3):
        with serving(0) as server, tempfile.TemporaryDirectory() as folder:
            cpu = _cpu()
            bare_seconds = asyncio.run(_bare(server.address, count))
            bare_cpu = _cpu() - cpu
            with opened(server.address, count, folder) as session:
                run(session, f"SELECT {CALL}'first')")
                cpu, start = _cpu(), time.perf_counter()
                run(session, f"SELECT {CALL}s) FROM t")
                pairs.append(((_cpu() - cpu) / bare_cpu, bare_seconds / (time.perf_counter() - start)))
    report("requests: CPU of each against a bare loop over httpx", min(p[0] for p in pairs), "<= 1.8")
    report("requests: a second, 0 ms, 64 in flight, against that loop", max(p[1] for p in pairs), ">= 0.6")


def ledger() -> None:
    """CPU of 100,000 rows that are all in the ledger, against a bare function that looks them up."""
    count = 100_000
    with tempfile.TemporaryDirectory() as folder, opened("http://127.0.0.1:1", count, folder) as session:
        sql = "SELECT ai_complete('builtin:demo', s) FROM t"
        run(session, sql)
        ratios = []
        for _ in range(3):
            bare = _bare_lookups(count)
            cpu = _cpu()
            run(session, sql)
            ratios.append((_cpu() - cpu) / bare)
    report("ledger: 100,000 rows from it, CPU against bare look-ups", sorted(ratios)[1], "<= 2.5")


def _bare_lookups(count: int) -> float:
    connection = apsw.Connection(":memory:")
    connection.execute("CREATE TABLE t (i INTEGER PRIMARY KEY, s TEXT)")
    connection.executemany("INSERT INTO t VALUES (?, ?)", ((n, f"text number {n}") for n in range(count)))
    with tempfile.TemporaryDirectory() as folder:
        kept = apsw.Connection(f"{folder}/answers.sqlite")
        kept.execute("PRAGMA journal_mode = WAL").fetchall()
        kept.execute("CREATE TABLE answers (digest BLOB PRIMARY KEY, answer TEXT)")

        def digest(text: str) -> bytes:
            system = {"role": "system", "content": "You are a helpful assistant."}
            body = {"model": "m", "messages": [system, {"role": "user", "content": text}]}
            return hashlib.sha256(json.dumps(body).encode()).digest()

        with kept:
            rows = ((digest(f"text number {n}"), "answer " * 10) for n in range(count))
            kept.executemany("INSERT INTO answers VALUES (?, ?)", rows)

        def answer(text: str) -> str:
            sql = "SELECT answer FROM answers WHERE digest = ?"
            return str(next(kept.execute(sql, (digest(text),)))[0])

        connection.create_scalar_function("answer", answer, 1)
        cpu = _cpu()
        for _row in connection.execute("SELECT answer(s) FROM t"):
            pass
        used = _cpu() - cpu
        kept.close()
    return used


# ---------------------------------------------------------------- memory


def _peak(rows: int, results: multiprocessing.Queue[float]) -> None:
    with tempfile.TemporaryDirectory() as folder, opened("http://127.0.0.1:1", rows, folder) as session:
        run(session, "SELECT ai_complete('builtin:demo', s) FROM t")
    results.put(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)


def memory() -> None:
    """Peak memory of a million distinct rows over that of ten thousand, with the builtin provider."""
    peaks = []
    for rows in (10_000, 1_000_000):
        context = multiprocessing.get_context("spawn")
        results: multiprocessing.Queue[float] = context.Queue()
        process = context.Process(target=_peak, args=(rows, results))
        process.start()
        peaks.append(results.get())
        process.join()
    report("memory: peak at 1,000,000 distinct rows over 10,000", peaks[1] - peaks[0], "<= 150 MB", " MB")


MEASURES: tuple[Callable[[], None], ...] = (concurrency, first_row, limit, requests, ledger, memory, pace)

if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("names", nargs="*", metavar="NAME", help="measures to take (default: all)")
    names = parser.parse_args().names
    for measure in MEASURES:
        if not names or any(measure.__name__.startswith(name) for name in names):
            measure()
