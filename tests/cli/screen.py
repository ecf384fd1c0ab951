"""A user at a real pseudo-terminal, and what is on the screen: drawn by pyte, as a terminal would."""

from __future__ import annotations

import re
import select
import signal
import termios
import time
from collections.abc import Callable

import pyte
from pseudo_terminal import SECONDS, PseudoTerminal
from run_aisql import Aisql

_WHERE = b"\x1b[6n"
_UNENDED = re.compile(rb"\x1b(?:\[[0-9;>?]*)?\Z")
"""The beginning of a sequence whose end is read next."""
_WAITS, _RUNS = b"\x1b[?2004h", b"\x1b[?2004l"
UP, DOWN, RIGHT, LEFT, TAB, ENTER, ESCAPE = "\x1b[A", "\x1b[B", "\x1b[C", "\x1b[D", "\t", "\r", "\x1b"
F2, F4 = "\x1bOQ", "\x1bOS"


def ctrl(letter: str) -> str:
    """What a terminal sends for Ctrl and a letter."""
    return chr(ord(letter.upper()) - 64)


def pasted(text: str) -> str:
    """What a terminal sends for a text that is pasted."""
    return f"\x1b[200~{text}\x1b[201~"


class Window(PseudoTerminal):
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
        self._unended = b""
        size = (0, 0) if no_size else (columns, lines)
        super().__init__(aisql, *arguments, columns=size[0], lines=size[1], **env)

    def resize(self, columns: int, lines: int) -> None:
        """Makes the window larger or smaller."""
        self.screen.resize(lines, columns)
        self.set_size(columns, lines)
        self.signal(signal.SIGWINCH)

    def ready(self) -> None:
        """Waits for a prompt behind what is on the screen, and until it takes keys one by one."""
        self.until(lambda: self.raw.rfind(_WAITS) >= self.raw.rfind(_RUNS), "a prompt")
        deadline = time.monotonic() + SECONDS
        while termios.tcgetattr(self.master)[3] & termios.ICANON:
            assert time.monotonic() < deadline, f"no prompt; the screen was\n{self.text}"
            if select.select([self.master], [], [], 0.01)[0]:
                self.read(deadline, "a prompt")

    def leave(self) -> int:
        """Presses Ctrl-D at the next prompt, where keys are taken one by one. The status of the process."""
        self.ready()
        self.type(ctrl("d"))
        return self.status()

    def shows(self, text: str, times: int = 1) -> None:
        """Waits until the text is on the screen so many times."""
        self.until(lambda: self.text.count(text) >= times, text)

    def lacks(self, text: str) -> None:
        """Waits until the text is no longer on the screen."""
        self.until(lambda: text not in self.text, f"no {text}")

    def until(self, is_so: Callable[[], bool], what: str) -> None:
        """Waits until something is so."""
        deadline = time.monotonic() + SECONDS
        while not is_so():
            self.read(deadline, what)

    @property
    def text(self) -> str:
        """The lines of the screen, without the blanks behind them and the empty ones at the end."""
        return "\n".join(line.rstrip() for line in self.screen.display).rstrip("\n")

    @property
    def lines(self) -> list[str]:
        """The lines of the screen that are not empty."""
        return [line for line in self.text.split("\n") if line]

    def seen(self) -> str:
        """The screen, for a reader who waits in vain."""
        return self.text

    def arrived(self, more: bytes) -> None:
        """Draws what has come."""
        more = self._unended + more
        unended = _UNENDED.search(more)
        more, self._unended = more[: unended and unended.start()], unended[0] if unended else b""
        *before, rest = more.split(_WHERE)
        for part in before:
            self._draw(part)
            self.type(f"\x1b[{self.screen.cursor.y + 1};{self.screen.cursor.x + 1}R")
        self._draw(rest)

    def _draw(self, part: bytes) -> None:
        # What pyte does not know: a query of the terminal's kind, and modes that change nothing here.
        self._stream.feed(re.sub(rb"\x1b\[[>?][0-9;]*[mu]", b"", part))
