"""Where requests stand in line: a lane for those that may be under way together, a governor for each
connection."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Protocol, TypeAlias

from aisql.engine.ask import Call, Form
from aisql.engine.governor import Governor, Learned, Pace
from aisql.engine.orders import Order
from aisql.errors import ProviderError

Connection: TypeAlias = tuple[str, str | None, Pace]
"""What shares a governor: a host, a key, and how fast the user lets it be asked."""


class Clock(Protocol):
    """Tells the time in seconds, and calls back later on the loop."""

    def now(self) -> float:
        """The time, from some moment on."""
        ...

    def later(self, seconds: float, call_back: Callable[[], None]) -> Cancellable:
        """Calls back after so many seconds."""
        ...


class Cancellable(Protocol):
    """A call that is still to come."""

    def cancel(self) -> None:
        """Takes it back."""
        ...


class LoopClock:
    """The clock of an event loop."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop

    def now(self) -> float:
        """See Clock."""
        return self._loop.time()

    def later(self, seconds: float, call_back: Callable[[], None]) -> asyncio.TimerHandle:
        """See Clock."""
        return self._loop.call_later(seconds, call_back)


ClockMaker: TypeAlias = Callable[[asyncio.AbstractEventLoop], Clock]
"""Makes the clock of a loop."""


@dataclass(slots=True, eq=False)
class Job:
    """The calls of one request: one, or several texts to be embedded together.

    `requests` counts those that were made for it and not yet for usage, also those that were divided since;
    `tries` those for just these calls. Of the tries so many were `failures`, the last of them `error`, and
    from so many came `lessons` in how to ask. It has `begun` once it has stood in line; what goes out next
    `is_retry` where it failed before.
    """

    order: Order
    calls: list[Call]
    requests: int = 0
    tries: int = 0
    failures: int = 0
    lessons: int = 0
    error: ProviderError | None = None
    begun: bool = False
    is_retry: bool = False

    @property
    def form(self) -> Form:
        """The form of its requests."""
        return self.calls[0].form

    @property
    def missing(self) -> list[Call]:
        """Its calls that nobody else has paid for meanwhile."""
        return [call for call in self.calls if not call.found]


@dataclass(slots=True, eq=False)
class Lane:
    """Jobs of one connection with one `task.concurrency`, which is the `limit`; `running` are under way."""

    governor: Governor
    limit: int | None
    queue: deque[Job] = field(default_factory=deque)
    running: int = 0

    def wait(self, now: float, running: int) -> float | None:
        """The seconds until its next job may go out, 0.0 for now; None when that is not a matter of time.

        So many requests are `running` in all lanes: `ai.concurrency` bounds them all.
        """
        if not self.queue or self.queue[0].order.is_held:
            return None
        if self.limit is not None and self.running >= self.limit:
            return None
        concurrency = self.queue[0].order.limits.concurrency
        if running >= concurrency:
            return None
        self.governor.concurrency = concurrency
        return self.governor.wait(now)

    def without(self, order: Order) -> list[Job]:
        """Takes the jobs of a statement out of the line."""
        mine = [job for job in self.queue if job.order is order]
        if mine:
            self.queue = deque(job for job in self.queue if job.order is not order)
        return mine


class Lanes:
    """All lanes of a session. `learned` gives what is known of a host from the last time."""

    def __init__(self, learned: Callable[[str], Learned | None]) -> None:
        self._learned = learned
        self._governors: dict[Connection, Governor] = {}
        self._lanes: dict[tuple[Connection, int | None], Lane] = {}

    def __iter__(self) -> Iterator[Lane]:
        return iter(self._lanes.values())

    def of(self, job: Job) -> Lane:
        """The lane of a job, made at first need."""
        form = job.form
        connection = form.host, form.target.key, form.pace
        lane = self._lanes.get((connection, form.limit))
        if lane is None:
            if connection not in self._governors:
                concurrency = job.order.limits.concurrency
                self._governors[connection] = Governor(concurrency, form.pace, self._learned(form.host))
            lane = self._lanes[connection, form.limit] = Lane(self._governors[connection], form.limit)
        return lane

    def found(self) -> dict[str, Learned]:
        """What was found out about each host."""
        return {host: governor.learned for (host, _, _), governor in self._governors.items() if host}
