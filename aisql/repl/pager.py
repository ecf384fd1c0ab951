"""Results longer than the screen go through a pager.

What is written is held until it is longer than the screen. A result whose rows are waited for is shown as it
comes instead: who waits for a model wants to see what there is.
"""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, TypeAlias

from aisql.render.ability import is_dumb

if TYPE_CHECKING:
    from aisql.render.registry import Stream
    from aisql.repl.clock import Clock

Start: TypeAlias = "Callable[[], subprocess.Popen[str] | None]"

_USUAL = ("less", "more")
_LESS = "-SRXF"
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")
_HELD_BACK = 0.2
"""Seconds after which text that is held is shown when nothing follows."""


class PagerClosed(Exception):
    """The user has left the pager before the end."""


def pager_of(environment: Mapping[str, str], chosen: str | None) -> str:
    """The command of the pager, '' for none: what was chosen, or AISQL_PAGER, or PAGER, or less.

    Less cannot work on a terminal that can draw nothing anew.
    """
    if chosen is not None:
        return chosen
    for name in ("AISQL_PAGER", "PAGER"):
        if name in environment:
            return environment[name].strip()
    if is_dumb(environment):
        return ""
    path = environment.get("PATH")
    return next((name for name in _USUAL if shutil.which(name, path=path)), "")


def start_pager(command: str, environment: Mapping[str, str]) -> subprocess.Popen[str] | None:
    """Starts the pager; None where there is no such program, or it cannot be started."""
    try:
        words = shlex.split(command)
        if not words or shutil.which(words[0], path=environment.get("PATH")) is None:
            return None
        return subprocess.Popen(  # noqa: S603 # the user chose it
            words,
            stdin=subprocess.PIPE,
            encoding="utf-8",
            errors="backslashreplace",
            env={"LESS": _LESS, **environment},
        )
    except (ValueError, OSError):  # a quote is left open; it is a file that is no program
        return None


class Paged:
    """A stream to a screen of so many columns and lines; `start` begins the pager when it is needed.

    `clock` stands still while the pager takes nothing more, for its user is reading.
    """

    def __init__(self, output: Stream, columns: int, lines: int, start: Start, clock: Clock) -> None:
        self._output = output
        self._columns = columns
        self._lines = lines
        self._room = lines - 1  # the prompt takes one
        self._start = start
        self._clock = clock
        self._since = 0.0
        self._held: list[str] | None = []
        self._program: subprocess.Popen[str] | None = None

    def write(self, text: str) -> None:
        """Holds the text, or writes it. Raises PagerClosed."""
        if self._held is None:
            self._pass(text)
            return
        if not self._held:
            self._since = self._clock()
        self._held.append(text)
        plain = _COLOUR.sub("", text)
        self._room -= sum(1 + max(0, len(line) - 1) // self._columns for line in plain.splitlines())
        if self._room < 0:
            self._program = self._start()
            self._release()

    def writelines(self, texts: Iterable[str]) -> None:
        """Writes the texts one by one. Raises PagerClosed."""
        for text in texts:
            self.write(text)

    def flush(self) -> None:
        """Shows what was written, unless it has only just come."""
        if self._held and self._clock() - self._since >= _HELD_BACK:
            self._release()
        if self._held is None:
            self._piped(lambda stream: stream.flush())

    def make_way(self, note: str) -> None:
        """Shows what is held, for the user is asked next; in a pager a note too, until the user has left it.

        What comes after goes to another one. Raises PagerClosed where the user has left it before.
        """
        if self._program is None:
            self._release()
            return
        self._pass(note)
        self._piped(lambda stream: stream.flush())
        self.close()
        self._held, self._room = [], self._lines - 1

    def close(self) -> None:
        """Shows what is held, and waits until the user has left the pager."""
        self._release()
        self._output.flush()
        program, self._program = self._program, None
        if program is not None:
            with self._clock:
                _end(program)

    def _release(self) -> None:
        held, self._held = self._held, None
        self._pass("".join(held or ()))

    def _pass(self, text: str) -> None:
        self._piped(lambda stream: stream.write(text))

    def _piped(self, use: Callable[[Stream], object]) -> None:
        if self._program is None or self._program.stdin is None:
            use(self._output)
            return
        try:
            with self._clock:
                use(self._program.stdin)
        except BrokenPipeError:
            raise PagerClosed from None


def _end(program: subprocess.Popen[str]) -> None:
    try:
        if program.stdin is not None:
            program.stdin.close()
    except BrokenPipeError:
        pass  # it did not want the rest
    while True:
        try:
            program.wait()
            return
        except KeyboardInterrupt:
            continue  # Ctrl-C is for the pager, which has the terminal
