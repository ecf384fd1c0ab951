"""The only place that waits for a provider: an event loop in a thread of its own.

A call comes from the SQL thread, waits here for its turn, is sent, and goes to the recorder; only when it is
on disk it is done.
"""

from __future__ import annotations

import asyncio
import threading
from collections import Counter, deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from time import monotonic

from aisql.catalog.answers import Ledger
from aisql.engine.ask import Call
from aisql.engine.orders import Order
from aisql.engine.record import Recorder
from aisql.errors import AisqlError, BudgetError, ProviderError
from aisql.providers.base import Provider
from aisql.providers.registry import adapter

_SPLIT_ON = frozenset((400, 413, 422))
"""Statuses that may speak of one text among many: the others are worth another request."""

_LANDING = 10.0
"""Seconds a session waits at its end for answers that are under way: they are paid for."""


@dataclass(slots=True)
class Job:
    """The calls of one request: one, or several texts to be embedded together.

    `requests` counts those that were made for it, also those that were divided since.
    """

    order: Order
    calls: list[Call]
    requests: int = 0

    @property
    def limit(self) -> int | None:
        """The `task.concurrency` of the calls."""
        return self.calls[0].form.limit


class Dispatcher:
    """Sends requests to providers, over connections that stay open from statement to statement.

    `open_ledger` opens the ledger once more, for a thread of its own.
    """

    def __init__(self, open_ledger: Callable[[], Ledger]) -> None:
        self._open_ledger = open_ledger
        self._ledger: Ledger | None = None
        self._recorder = Recorder(open_ledger)
        self._providers: dict[tuple[str, int], Provider] = {}
        self._queues: dict[int | None, deque[Job]] = {}
        self._running: Counter[int | None] = Counter()
        self._workers: dict[asyncio.Task[None], Order] = {}
        self._orders: list[Order] = []
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="aisql-requests", daemon=True)
        self._thread.start()

    # ------------------------------------------------------------ on the SQL thread

    def admit(self, order: Order) -> None:
        """Takes part in what `close` waits for."""
        self._orders = [each for each in self._orders if each.open]
        self._orders.append(order)

    def send(self, jobs: Sequence[Job]) -> None:
        """Puts jobs in line."""
        self._loop.call_soon_threadsafe(self._take, jobs)

    def cancel(self, order: Order) -> None:
        """Gives up what is under way for a statement."""
        order.stopped = True
        self._loop.call_soon_threadsafe(self._cancel, order)

    def close(self, tick: Callable[[], None]) -> None:
        """Lets what is under way arrive, for some seconds, then frees everything.

        `tick` is called about ten times a second meanwhile.
        """
        try:
            land(self._orders, _LANDING, tick)
        finally:
            asyncio.run_coroutine_threadsafe(self._end(), self._loop).result()
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join()
            self._loop.close()
            self._recorder.close()

    # ------------------------------------------------------------ on the loop

    def _take(self, jobs: Sequence[Job]) -> None:
        for job in jobs:
            self._queues.setdefault(job.limit, deque()).append(job)
        self._fill()

    def _fill(self) -> None:
        """Begins as many jobs as may be under way."""
        while (job := self._next()) is not None:
            self._running[job.limit] += 1
            job.order.begin()
            worker = self._loop.create_task(self._work(job))
            self._workers[worker] = job.order
            worker.add_done_callback(self._ended)

    def _next(self) -> Job | None:
        """The next job that may go out: `ai.concurrency` bounds all, `task.concurrency` those alike."""
        running = self._running.total()
        for limit, queue in self._queues.items():
            while queue and queue[0].order.stopped:
                queue.popleft()
            if not queue or running >= queue[0].order.limits.concurrency:
                continue
            if limit is None or self._running[limit] < limit:
                return queue.popleft()
        return None

    async def _work(self, job: Job) -> None:
        try:
            done = await self._make(job)
        finally:
            self._running[job.limit] -= 1
        if job.order.limits.keeps:
            self._recorder.put(job.order, done, job.requests)
        else:
            job.order.finish(done)

    def _ended(self, worker: asyncio.Task[None]) -> None:
        order = self._workers.pop(worker)
        if worker.cancelled():
            order.lose()
        elif (bug := worker.exception()) is not None:
            order.end(bug)
        self._fill()

    async def _make(self, job: Job) -> list[Call]:
        """Makes the request; gives the calls that are done, all but those of a batch that is split."""
        order = job.order
        self._look_again(job)
        calls = [call for call in job.calls if not call.found]
        if not calls:
            return job.calls
        request = calls[0].form.request(calls[0].text)
        if len(calls) > 1:
            request = replace(request, texts=tuple(call.text for call in calls))
        try:
            tokens = order.reserve(calls)
        except BudgetError as error:
            order.unaffordable(calls, error)
            return job.calls
        order.spend.requests += 1
        job.requests += 1
        order.spend.in_flight += 1
        started = self._loop.time()
        try:
            provider = self._provider(request.target.provider, order.limits.concurrency)
            reply = await provider.send(request)
        except AisqlError as error:
            return self._failed(job, calls, error)
        finally:
            order.spend.in_flight -= 1
            order.release(tokens)
        order.answered(calls, reply, self._loop.time() - started)
        return job.calls

    def _look_again(self, job: Job) -> None:
        """Whether somebody else has paid for the answers while the calls stood in line."""
        if job.order.limits.reads:
            if self._ledger is None:
                self._ledger = self._open_ledger()
            for call in job.calls:
                call.found = self._ledger.find(call.digest) is not None

    def _failed(self, job: Job, calls: list[Call], error: AisqlError) -> list[Call]:
        if len(calls) > 1 and isinstance(error, ProviderError) and error.status in _SPLIT_ON:
            # One text among them may be to blame; the others are not to suffer for it.
            half = len(calls) // 2
            halves = (Job(job.order, calls[half:]), Job(job.order, calls[:half], job.requests))
            self._queues[job.limit].extendleft(halves)
            job.requests = 0
            return [call for call in job.calls if call.found]
        job.order.refused(calls, error)
        return job.calls

    def _provider(self, name: str, concurrency: int) -> Provider:
        """The adapter of a provider, with so many connections at most; made at first need."""
        key = name, concurrency
        if key not in self._providers:
            self._providers[key] = adapter(name, concurrency)
        return self._providers[key]

    def _cancel(self, order: Order) -> None:
        for worker, owner in list(self._workers.items()):
            if owner is order:
                worker.cancel()

    async def _end(self) -> None:
        workers = list(self._workers)
        for worker in workers:
            worker.cancel()
        await asyncio.gather(*workers, return_exceptions=True)
        for provider in self._providers.values():
            await provider.close()
        if self._ledger is not None:
            self._ledger.close()


def land(orders: Sequence[Order], seconds: float, tick: Callable[[], None] | None = None) -> None:
    """Waits until all that is under way has arrived, but no longer than so many seconds.

    `tick` is called about ten times a second meanwhile.
    """
    deadline = monotonic() + seconds
    for order in orders:
        order.stopped, order.wanted = True, None
        while order.open and monotonic() <= deadline:
            order.wake.clear()
            if order.open:
                order.wake.wait(min(0.1, seconds))
            if tick is not None:
                tick()
