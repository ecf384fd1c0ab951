"""What a prompt costs: until it takes keys, while it stands there, and until a key shows its menu.

    python benchmarks/prompt.py

prints a table. The bars: the prompt takes keys after at most 9 times the time of `python -c pass`, and has
drawn the first one after 10; while nobody types it uses no CPU, and at most 60 MB; 95 % of the keys have
their menu within 20 ms, on a machine that does nothing else. On one that does the CPU time tells more.
The ratios are those of an editable package, whose environment makes every Python slower, the reference too.
Of an installed one, where `pass` costs a third, they are more than twice as high, 16, and a prompt_toolkit
without anything of ours takes 12. Where PYTHONDONTWRITEBYTECODE is set every start may compile all of aisql.
"""

from __future__ import annotations

import os
import pty
import select
import sqlite3
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from pathlib import Path
from statistics import median, quantiles

ROUNDS = 15
IDLE = 5.0
QUIET = 0.1
READY = b"\x1b[?2004h"
AISQL = [sys.executable, "-c", "from aisql.cli import run; run()"]
TYPED = (
    "SELECT column_1, column_2 FROM table_17 WHERE column_3 > 100 AND column_4 LIKE 'a%' ORDER BY column_5",
    "SELECT a.column_1, b.column_2 FROM table_8 a LEFT JOIN table_7 b ON a.column_1 = b.column_3",
    "SELECT ai_complete('builtin:demo', column_5) AS answer FROM table_999",
)


class Terminal:
    """aisql in a pseudo-terminal, with a home of its own."""

    def __init__(self, home: Path, database: str = "--memory") -> None:
        environment = {
            **os.environ,
            "TERM": "xterm-256color",
            "HOME": str(home),
            "PROMPT_TOOLKIT_NO_CPR": "1",
        }
        environment = {name: value for name, value in environment.items() if not name.startswith("XDG_")}
        self.master, slave = pty.openpty()
        self.process = subprocess.Popen(
            [*AISQL, database],
            env=environment,
            stdin=slave,
            stdout=slave,
            stderr=slave,
            start_new_session=True,
        )
        os.close(slave)
        self.seen = b""

    def wait_for(self, mark: bytes) -> None:
        while mark not in self.seen:
            self.seen += os.read(self.master, 65536)

    def last_output(self) -> float:
        """When the last of what is written now has come: nothing more does for a while."""
        last = time.perf_counter()
        while select.select([self.master], [], [], QUIET)[0]:
            os.read(self.master, 65536)
            last = time.perf_counter()
        return last

    def close(self) -> None:
        os.write(self.master, b"\x04")
        while True:
            try:
                os.read(self.master, 65536)
            except OSError:
                break
        self.process.wait()
        os.close(self.master)

    def cpu(self) -> float:
        """Seconds of CPU time so far, to the nanosecond: that of the clock ticks is too coarse for a key."""
        threads = Path(f"/proc/{self.process.pid}/task").iterdir()
        return sum(int((each / "schedstat").read_text().split()[0]) for each in threads) / 1e9

    def megabytes(self) -> float:
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(status.partition("VmRSS:")[2].split()[0]) / 1024


def seconds_to_prompt(home: Path) -> tuple[float, float]:
    """Until keys are taken, and until one that is pressed then is drawn."""
    start = time.perf_counter()
    terminal = Terminal(home)
    terminal.wait_for(READY)
    taken = time.perf_counter() - start
    terminal.seen = b""
    os.write(terminal.master, b"Q")
    terminal.wait_for(b"Q")
    drawn = time.perf_counter() - start
    os.write(terminal.master, b"\x7f")
    terminal.close()
    return taken, drawn


def seconds_of_pass() -> float:
    start = time.perf_counter()
    subprocess.run([sys.executable, "-c", "pass"], check=True)
    return time.perf_counter() - start


def keypresses(home: Path) -> list[tuple[float, float]]:
    """Milliseconds from a key until all there is to draw has come, its menu too, and those of CPU time."""
    database = home / "many.db"
    with closing(sqlite3.connect(database)) as connection:
        for number in range(1_000):
            columns = ", ".join(f"column_{place} TEXT" for place in range(20))
            connection.execute(f"CREATE TABLE table_{number} ({columns})")
    terminal = Terminal(home, str(database))
    terminal.wait_for(READY)
    time.sleep(5)  # until the names are known
    times = []
    for text in TYPED:
        for key in text:
            start, cpu = time.perf_counter(), terminal.cpu()
            os.write(terminal.master, key.encode())
            taken = terminal.last_output() - start
            times.append((taken * 1000, (terminal.cpu() - cpu) * 1000))
        os.write(terminal.master, b"\x03")
        terminal.last_output()
    terminal.close()
    return times


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        seconds_to_prompt(home)  # builds the grammar
        pairs = [(seconds_to_prompt(home), seconds_of_pass()) for _ in range(ROUNDS)]
        taken, drawn = (median(seconds[key] / alone for seconds, alone in pairs) for key in (0, 1))
        terminal = Terminal(home)
        terminal.wait_for(READY)
        time.sleep(3)
        before = terminal.cpu()
        time.sleep(IDLE)
        idle, megabytes = terminal.cpu() - before, terminal.megabytes()
        terminal.close()
        marks, busy = (quantiles(each, n=20) for each in zip(*keypresses(home), strict=True))
    print(f"{'measure':<42} {'value':>7} {'bar':>5}")
    print(f"{'prompt, times python -c pass':<42} {taken:>7.2f} {9:>5}")
    print(f"{'its first key drawn, times python -c pass':<42} {drawn:>7.2f} {10:>5}")
    print(f"{f'CPU seconds of {IDLE:g} s without a key':<42} {idle:>7.2f} {0:>5}")
    print(f"{'megabytes of a prompt nobody has used':<42} {megabytes:>7.1f} {60:>5}")
    print(f"{'ms from a key to its menu, half of them':<42} {marks[9]:>7.1f}")
    print(f"{'ms from a key to its menu, 95 % of them':<42} {marks[18]:>7.1f} {20:>5}")
    print(f"{'ms of CPU time for a key, half of them':<42} {busy[9]:>7.1f}")
    print(f"{'ms of CPU time for a key, 95 % of them':<42} {busy[18]:>7.1f} {20:>5}")


if __name__ == "__main__":
    main()
