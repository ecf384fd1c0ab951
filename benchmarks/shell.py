"""Start-up and scripts, against their reference in the same minute.

    python benchmarks/shell.py

prints a table of ratios. The bars: `select 1` costs at most 4 times the CPU of `python -c pass`; a script of
100,000 INSERT lines in one transaction takes at most 6 times the time of the sqlite3 shell.
Measure an installed package rather than an editable one: the latter slows down every Python of its
environment, the reference too.
"""

from __future__ import annotations

import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median

ROUNDS = 15
AISQL = [sys.executable, "-c", "from aisql.cli import run; run()"]


def cpu_seconds(command: Sequence[str]) -> float:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, stdout=subprocess.DEVNULL, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def ratio(measured: Callable[[], float], reference: Callable[[], float], rounds: int) -> float:
    """The median of the ratios of pairs, so that a machine that slows down slows both."""
    return median(measured() / reference() for _ in range(rounds))


def start_up() -> float:
    return ratio(
        lambda: cpu_seconds([*AISQL, "--memory", "-c", "select 1"]),
        lambda: cpu_seconds([sys.executable, "-c", "pass"]),
        ROUNDS,
    )


def script() -> float:
    with tempfile.TemporaryDirectory() as folder:
        lines = (f"INSERT INTO t VALUES({i}, 'name {i}', {i}.5, 'some text');\n" for i in range(100_000))
        text = "CREATE TABLE t(a, b, c, d);\nBEGIN;\n" + "".join(lines) + "COMMIT;\n"

        def seconds(command: list[str]) -> float:
            database = Path(folder, "t.db")
            database.unlink(missing_ok=True)
            start = time.perf_counter()
            subprocess.run([*command, str(database)], input=text.encode(), check=True)
            return time.perf_counter() - start

        return ratio(lambda: seconds(AISQL), lambda: seconds(["sqlite3"]), 5)


if __name__ == "__main__":
    print(f"{'measure':<42} {'ratio':>6} {'bar':>4}")
    print(f"{'select 1, CPU against python -c pass':<42} {start_up():>6.2f} {4:>4}")
    print(f"{'100,000 INSERT lines against sqlite3':<42} {script():>6.2f} {6:>4}")
