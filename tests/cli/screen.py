"""A user at a real pseudo-terminal, and what is on the screen: drawn by pyte, as a terminal would."""

from __future__ import annotations

import fcntl
import os
import re
import select
import signal
import struct
import subprocess
import termios
import time
from collections.abc import Callable

import pyte
from run_aisql import COMMAND, Aisql

_SECONDS = 15
_WHERE = b"\x1b[6n"
UP, DOWN, RIGHT, TAB, ENTER, ESCAPE = "\x1b[A", "\x1b[B", "\x1b[C", "\t", "\r", "\x1b"
F2, F4 = "\x1bOQ", "\x1bOS"


def ctrl(letter: str) -> str:
    """What a terminal sends for Ctrl and a letter."""
    return chr(ord(letter.upper()) - 64)


def pasted(text: str) -> str:
    """What a terminal sends for a text that is pasted."""
    return f"\x1b[200~{text}\x1b[201~"


class Window:
    """A window of some size with aisql in it. It answers where the cursor is, as terminals do."""

    def __init__(
        self,
        aisql: Aisql,
        *arguments: str,
        columns: int = 100,
        lines: int = 30,
        no_size: bool = False,
        is_first: bool = False,
        **env: str | None,
    ) -> None:
        if not is_first:
            aisql.has_been_here()
        self.screen = pyte.Screen(columns, lines)
        self._stream = pyte.ByteStream(self.screen)
        self._master, slave = os.openpty()
        self._size(0 if no_size else columns, 0 if no_size else lines)
        self.process = subprocess.Popen(
            [*COMMAND, *arguments],
            env=aisql.environment(**{"TERM": "xterm-256color", **env}),
            cwd=aisql.work,
            stdin=slave,
            stdout=slave,
            stderr=slave,
            start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
        )
        os.close(slave)
        self.raw = b""

    def _size(self, columns: int, lines: int) -> None:
        fcntl.ioctl(self._master, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))

    def resize(self, columns: int, lines: int) -> None:
        """Makes the window larger or smaller."""
        self.screen.resize(lines, columns)
        self._size(columns, lines)
        os.killpg(self.process.pid, signal.SIGWINCH)

    def type(self, text: str) -> None:
        """Sends keys; Enter is a carriage return."""
        os.write(self._master, text.encode())

    def ready(self) -> None:
        """Waits until keys are no longer taken by the line, but one by one."""
        deadline = time.monotonic() + _SECONDS
        while termios.tcgetattr(self._master)[3] & termios.ICANON:
            assert time.monotonic() < deadline, f"no prompt; the screen was\n{self.text}"
            if select.select([self._master], [], [], 0.01)[0]:
                self._read(deadline, "a prompt")

    def shows(self, text: str, times: int = 1) -> None:
        """Waits until the text is on the screen so many times."""
        self.until(lambda: self.text.count(text) >= times, text)

    def lacks(self, text: str) -> None:
        """Waits until the text is no longer on the screen."""
        self.until(lambda: text not in self.text, f"no {text}")

    def until(self, is_so: Callable[[], bool], what: str) -> None:
        """Waits until something is so."""
        deadline = time.monotonic() + _SECONDS
        while not is_so():
            self._read(deadline, what)

    @property
    def text(self) -> str:
        """The lines of the screen, without the blanks behind them and the empty ones at the end."""
        return "\n".join(line.rstrip() for line in self.screen.display).rstrip("\n")

    @property
    def lines(self) -> list[str]:
        """The lines of the screen that are not empty."""
        return [line for line in self.text.split("\n") if line]

    def status(self) -> int:
        """The status of the process, which has to end."""
        deadline = time.monotonic() + _SECONDS
        try:
            while True:
                self._read(deadline, "the end")
        except (OSError, EOFError):  # Linux calls it an I/O error that nobody has the terminal open
            return self.process.wait(_SECONDS)

    def close(self) -> None:
        """Ends the process if it is still there."""
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait(_SECONDS)
        os.close(self._master)

    def _read(self, deadline: float, what: str) -> None:
        ready, _, _ = select.select([self._master], [], [], max(0, deadline - time.monotonic()))
        assert ready, f"waited in vain for {what!r}; the screen was\n{self.text}"
        more = os.read(self._master, 65536)
        if not more:
            raise EOFError
        self.raw += more
        # What pyte does not know: a query of the terminal's kind, and modes that change nothing here.
        self._stream.feed(re.sub(rb"\x1b\[[>?][0-9;]*[mu]", b"", more))
        for _ in range(more.count(_WHERE)):
            self.type(f"\x1b[{self.screen.cursor.y + 1};{self.screen.cursor.x + 1}R")
