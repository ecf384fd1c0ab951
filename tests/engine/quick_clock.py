"""A clock that stands still until something is to be called later: then it is later at once."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from heapq import heappop, heappush
from itertools import count


class Timer:
    """A call that is still to come."""

    def __init__(self, call_back: Callable[[], None]) -> None:
        self.call_back: Callable[[], None] | None = call_back

    def cancel(self) -> None:
        self.call_back = None


class QuickClock:
    """Jumps to the next moment something is due. `skipped` are the seconds it has jumped in all.

    Between two jumps no time goes by, however slow the machine is.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._due: list[tuple[float, int, Timer]] = []
        self._numbers = count()
        self.skipped = 0.0

    def now(self) -> float:
        return self.skipped

    def later(self, seconds: float, call_back: Callable[[], None]) -> Timer:
        timer = Timer(call_back)
        heappush(self._due, (self.now() + seconds, next(self._numbers), timer))
        self._loop.call_soon(self._jump)
        return timer

    def _jump(self) -> None:
        moment, _, timer = heappop(self._due)
        if timer.call_back is not None:
            self.skipped += max(0.0, moment - self.now())
            timer.call_back()


class Clocks:
    """Makes quick clocks, and knows what they skipped."""

    def __init__(self) -> None:
        self._made: list[QuickClock] = []

    def __call__(self, loop: asyncio.AbstractEventLoop) -> QuickClock:
        self._made.append(QuickClock(loop))
        return self._made[-1]

    @property
    def skipped(self) -> float:
        """Seconds that nobody had to wait for."""
        return sum(clock.skipped for clock in self._made)
