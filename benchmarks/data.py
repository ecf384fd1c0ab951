"""Data in and out, against the libraries of others in the same minute.

    python benchmarks/data.py [csv] [jsonl] [table] [import] [insert] [memory]

prints a table of ratios, of all measures or of those that are named. The bars: 100,000 rows of 4 columns cost
at most 1.3 times the CPU as CSV that `csv.writer` does, fed by a cursor of apsw, and as JSON Lines that
`json.dumps` does; as a table at most 0.25 times what sqlite-utils takes. A CSV file of 1,000,000 rows of 8
columns becomes a table for at most 3 times what `.import` of the program sqlite3 takes, and at most 0.2 times
what `sqlite-utils insert` takes. These are there for the benchmark only, `pip install sqlite-utils` and
`apt-get install sqlite3`; their rows are left out where they are missing. A CSV file of 2 GB that is
written as CSV takes at most 40 MB more memory than one of 20 MB; it lies in the temporary folder and
takes minutes.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from importlib.util import find_spec
from pathlib import Path
from shutil import which
from statistics import median

import apsw

ROUNDS = 7
FEW = 3
"""Rounds of what takes many seconds."""
IMPORTED = 1_000_000
MEGABYTE = 1_000_000
SHORT, LONG = 20, 2_000
"""Megabytes of files whose reading is to take the same memory."""
CITIES = ("Berlin", "Paris", "Roma")
QUERY = "SELECT * FROM t"
AISQL = [sys.executable, "-c", "from aisql.cli import run; run()"]
CSV_WRITER = f"""
import csv, sys, apsw
csv.writer(sys.stdout, lineterminator="\\n").writerows(apsw.Connection(sys.argv[1]).execute("{QUERY}"))
"""
JSON_DUMPS = f"""
import json, sys, apsw
cursor = apsw.Connection(sys.argv[1]).execute("{QUERY}")
names = [name for name, _ in cursor.get_description()]
for row in cursor:
    sys.stdout.write(json.dumps(dict(zip(names, row)), ensure_ascii=False) + "\\n")
"""


def cpu_seconds(command: Sequence[str]) -> float:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    with tempfile.TemporaryFile() as output:
        subprocess.run(command, stdout=output, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def ratio(measured: Sequence[str], reference: Sequence[str], rounds: int = ROUNDS) -> float:
    """The median of the ratios of pairs, so that a machine that slows down slows both."""
    return median(cpu_seconds(measured) / cpu_seconds(reference) for _ in range(rounds))


def rows(database: str) -> None:
    """Makes the table that is written: numbers, short texts, texts with something to quote, some NULLs."""
    apsw.Connection(database).execute(
        "CREATE TABLE t AS WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 100000) "
        "SELECT i AS id, 'name ' || i AS name, i * 1.5 AS score, iif(i % 10, 'a text, quoted', NULL) AS note "
        "FROM n"
    ).close()


def csv(database: str) -> tuple[str, float, float]:
    reference = [sys.executable, "-c", CSV_WRITER, database]
    return (
        "100,000 rows as CSV against csv.writer",
        ratio([*AISQL, database, "--csv", "-c", QUERY], reference),
        1.3,
    )


def jsonl(database: str) -> tuple[str, float, float]:
    reference = [sys.executable, "-c", JSON_DUMPS, database]
    return (
        "as JSON Lines against json.dumps",
        ratio([*AISQL, database, "--jsonl", "-c", QUERY], reference),
        1.3,
    )


def table(database: str) -> tuple[str, float, float] | None:
    if find_spec("sqlite_utils") is None:
        return None
    reference = [sys.executable, "-m", "sqlite_utils", "query", database, QUERY, "--table"]
    return "as a table against sqlite-utils", ratio([*AISQL, database, "-c", QUERY], reference), 0.25


def large_file(database: str) -> str:
    """A file beside the database: numbers, codes that are none, dates, texts with something to quote."""
    file = Path(database).with_name("large.csv")
    if not file.exists():
        with file.open("w", encoding="utf-8") as lines:
            lines.write("id,name,city,amount,note,stars,day,code\n")
            for i in range(IMPORTED):
                city, note = CITIES[i % 3], f'"a note, number {i}"' if i % 2 else f"note {i}"
                amount, day = f"{i % 9973}.{i % 100:02}", f"2026-01-{i % 28 + 1:02}"
                lines.write(f"{i},name {i % 977},{city},{amount},{note},{i % 5},{day},{i:07}\n")
    return str(file)


def importing(database: str) -> tuple[str, float, float] | None:
    if which("sqlite3") is None:
        return None
    file, ours, theirs = large_file(database), f"{database}.ours.db", f"{database}.theirs.db"
    measured = [*AISQL, ours, "-c", f"COPY t FROM '{file}' (REPLACE)"]
    reference = ["sqlite3", theirs, "DROP TABLE IF EXISTS t", ".mode csv", f".import {file} t"]
    return "1,000,000 rows in, against sqlite3", ratio(measured, reference, FEW), 3.0


def inserting(database: str) -> tuple[str, float, float] | None:
    if find_spec("sqlite_utils") is None:
        return None
    file, ours, theirs = large_file(database), f"{database}.ours.db", f"{database}.theirs.db"
    measured = [*AISQL, ours, "-c", f"COPY t FROM '{file}' (REPLACE)"]
    reference = [sys.executable, "-m", "sqlite_utils", "insert", theirs, "u", file, "--csv", "--truncate"]
    return "the same against sqlite-utils", ratio(measured, reference, 1), 0.2


def file_of(database: str, megabytes: int) -> Path:
    """A file beside the database that is so long: the same lines again and again."""
    block = "".join(f"{i},name {i % 977},{i % 9973}.{i % 100:02},a text of a row\n" for i in range(20_000))
    file = Path(database).with_name("x.csv")
    with file.open("w", encoding="utf-8") as lines:
        lines.write("id,name,amount,note\n")
        for _ in range(megabytes * MEGABYTE // len(block)):
            lines.write(block)
    return file


def peak(database: str, megabytes: int) -> float:
    """The most memory that writing a file of such a length as CSV takes, in MB."""
    file = file_of(database, megabytes)
    command = [*AISQL, "--memory", "-c", f"SELECT * FROM '{file}'", "--csv"]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    file.unlink()
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command)
    kilobytes = used.ru_maxrss // 1024 if sys.platform == "darwin" else used.ru_maxrss
    return kilobytes * 1024 / MEGABYTE


def memory(database: str) -> tuple[str, float, float]:
    return "2 GB as CSV against 20 MB, MB of memory", peak(database, LONG) - peak(database, SHORT), 40


MEASURES: dict[str, Callable[[str], tuple[str, float, float] | None]] = {
    "csv": csv,
    "jsonl": jsonl,
    "table": table,
    "import": importing,
    "insert": inserting,
    "memory": memory,
}


def measures(names: Sequence[str]) -> Iterator[tuple[str, float, float]]:
    with tempfile.TemporaryDirectory() as folder:
        database = str(Path(folder, "t.db"))
        rows(database)
        for name in names or MEASURES:
            measured = MEASURES[name](database)
            if measured is not None:
                yield measured


if __name__ == "__main__":
    print(f"{'measure':<42} {'ratio':>6} {'bar':>5}")
    for label, value, bar in measures(sys.argv[1:]):
        print(f"{label:<42} {value:>6.2f} {bar:>5}")
