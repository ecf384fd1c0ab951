"""How far the model calls of a statement are, told on stderr while the program waits for them.

On a terminal it is one line, drawn anew a few times a second and gone before anything else is written; a
wait nobody would notice draws nothing. Elsewhere it is plain lines, one a second and one at the end.
"""

from __future__ import annotations

from time import monotonic

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import TextIO, TypeAlias

    from aisql.render.registry import Stream
    from aisql.spend import Spend

    Part: TypeAlias = tuple[int, str]
    """A part of the line, and what it is worth where there is no room for all."""

_FIRST_DRAWN = 0.5
"""Seconds after the first wait of a statement."""
_DRAWN_EVERY = 0.1
_TOLD_EVERY = 1.0
_KEYS = 4
"""Cells behind the line for what a terminal shows of Ctrl-C, pressed twice."""
_WIDE = 20
_LONG = 120
"""So many seconds or minutes are told in the next bigger unit."""


class Progress:
    """Watches the calls of one statement after the other (a `Watcher`).

    `plain` tells to write lines to the stream, which need not be a terminal then. `clock` gives seconds.
    """

    def __init__(self, stream: TextIO, *, plain: bool, clock: Callable[[], float] = monotonic) -> None:
        self._stream = stream
        self._plain = plain
        self._clock = clock
        self._spend: Spend | None = None
        self._began = self._next = 0.0
        self._line: _Line | None = None
        self._is_drawn = self._is_blocked = False

    def waiting(self, spend: Spend) -> None:
        """Shows the counts when it is time; another object than before is another statement."""
        now = self._clock()
        if spend is not self._spend:
            self.ended()
            self._spend, self._began = spend, now
            self._next = now + (_TOLD_EVERY if self._plain else _FIRST_DRAWN)
        if now < self._next or self._is_blocked:
            return
        self._next = now + (_TOLD_EVERY if self._plain else _DRAWN_EVERY)
        self._show(parts(spend, now - self._began))

    def resumed(self) -> None:
        """Takes the line away."""
        if self._is_drawn and self._line is not None:
            self._is_drawn = False
            self._line.erase()

    def stood(self, seconds: float) -> None:
        """The statement stood still for so long, while the user was asked."""
        self._began += seconds

    def ended(self) -> None:
        """The statement is over: leaves the terminal as it was, or writes the last plain line."""
        self.resumed()
        spend, self._spend = self._spend, None
        if self._plain and spend is not None:
            self._show(parts(spend, self._clock() - self._began))

    def beside(self, stream: Stream) -> Stream:
        """The stream, which leads to the same terminal: before anything is written to it the line is gone."""
        return _Beside(stream, self)

    def make_way(self, *, in_line: bool) -> None:
        """Something else is written to the terminal, and goes on in its line when `in_line`."""
        self.resumed()
        self._is_blocked = in_line

    def _show(self, counts: list[Part]) -> None:
        if self._plain:
            self._stream.write(f"progress: {_joined(counts)}\n")
            self._stream.flush()
            return
        if self._line is None:
            self._line = _Line(self._stream)
        self._is_drawn = True
        self._line.draw(counts)


class _Line:
    """The line of the terminal the cursor is in, drawn by rich."""

    def __init__(self, stream: TextIO) -> None:
        from rich.console import Console  # only who waits pays for it
        from rich.control import Control
        from rich.segment import ControlType
        from rich.text import Text

        # It asks the terminal for its width every time, and the environment for nothing.
        self._console = Console(
            file=stream,
            force_terminal=True,
            color_system=None,
            force_jupyter=False,
            legacy_windows=False,
            _environ={},
        )
        self._text = Text
        self._start = Control(ControlType.CARRIAGE_RETURN)
        self._clear_rest = Control((ControlType.ERASE_IN_LINE, 0))

    def draw(self, counts: list[Part]) -> None:
        """Draws the counts over what is there, in one piece."""
        width = self._console.width - 1  # a full line would make some terminals begin another one
        if width >= _WIDE:
            width -= _KEYS
        with self._console:
            self._console.control(self._start)
            self._console.print(self._text(fitting(counts, width)), end="", no_wrap=True, crop=False)
            self._console.control(self._clear_rest)

    def erase(self) -> None:
        """Empties the line."""
        with self._console:
            self._console.control(self._start, self._clear_rest)


class _Beside:
    """A stream to the terminal the progress is drawn on."""

    def __init__(self, stream: Stream, progress: Progress) -> None:
        self._stream = stream
        self._progress = progress

    def write(self, text: str) -> None:
        self._progress.make_way(in_line=not text.endswith("\n"))
        self._stream.write(text)

    def writelines(self, texts: Iterable[str]) -> None:
        for text in texts:
            self.write(text)

    def flush(self) -> None:
        self._stream.flush()


def parts(spend: Spend, seconds: float) -> list[Part]:
    """What there is to tell, so many seconds after the first wait, in the order it is told."""
    done = min(spend.answered + spend.from_ledger + spend.failed, spend.known)
    told = [
        (8, f"{done}/{spend.known} calls"),
        (5, f"{spend.in_flight} in flight"),
        (1, f"{spend.from_ledger} from the ledger"),
        (2, f"{spend.input_tokens + spend.output_tokens} tokens"),
    ]
    if spend.retries:
        told.append((4, f"{spend.retries} {'try' if spend.retries == 1 else 'tries'} again"))
        told.append((0, f"the last because of {spend.trouble}"))
    if spend.failed:
        told.append((6, f"{spend.failed} failed"))
    rate = (spend.answered + spend.failed) / seconds if seconds > 0 else 0.0
    if rate > 0:
        told.append((3, f"{rate:.1f} calls/s"))
        if done < spend.known:
            told.append((7, f"ETA {_duration((spend.known - done) / rate)}"))
    return told


def _duration(seconds: float) -> str:
    if seconds < _LONG:
        return f"{seconds:.0f} s"
    minutes = seconds / 60
    return f"{minutes:.0f} min" if minutes < _LONG else f"{minutes / 60:.0f} h"


def _joined(counts: Iterable[Part]) -> str:
    return ", ".join(text for _, text in counts)


def fitting(counts: list[Part], width: int) -> str:
    """As much of the line as there is room for: what is worth least is left out first."""
    counts = list(counts)
    while len(counts) > 1 and len(_joined(counts)) > width:
        counts.remove(min(counts))
    return _joined(counts)[:width]
