"""The only place that waits for a provider: an event loop in a thread of its own.

A call comes from the SQL thread, waits here for its turn, is sent, and goes to the recorder; only when it is
on disk it is done. What fails and may pass by itself rests a while, and stands in line again.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from time import monotonic

from aisql.catalog.answers import Ledger
from aisql.engine.ask import Call
from aisql.engine.governor import Sent
from aisql.engine.lanes import Cancellable, ClockMaker, Job, Lane, Lanes, LoopClock
from aisql.engine.learned import learned_of, remember
from aisql.engine.orders import Order, Reserved
from aisql.engine.record import Recorder, with_way_out
from aisql.errors import AisqlError, BudgetError, OptionError, ProviderError
from aisql.providers.base import Allowance, Provider, Reply, Request
from aisql.providers.registry import adapter

_SPLIT_ON = frozenset((400, 413, 422))
"""Statuses that may speak of one text among many: the others are worth another request."""

_LESSONS = 8
"""How often a service may want to be asked in another form before that counts as a failure."""

_LANDING = 10.0
"""Seconds a session waits at its end for answers that are under way: they are paid for."""


class Dispatcher:
    """Sends requests to providers, over connections that stay open from statement to statement.

    `open_ledger` opens the ledger once more, for a thread of its own. `clock` makes the clock of the loop.
    """

    def __init__(self, open_ledger: Callable[[], Ledger], clock: ClockMaker = LoopClock) -> None:
        self._open_ledger = open_ledger
        self._opened_ledger: Ledger | None = None
        self._recorder = Recorder(open_ledger)
        self._providers: dict[tuple[str, int], Provider] = {}
        self._lanes = Lanes(lambda host: learned_of(self._ledger, host))
        self._running = 0
        self._workers: dict[asyncio.Task[None], Order] = {}
        self._resting: dict[Job, Cancellable] = {}
        self._orders: list[Order] = []
        self._keeps = False
        self._can_keep = False
        self._alarm: tuple[float, Cancellable] | None = None
        self._loop = asyncio.new_event_loop()
        self._clock = clock(self._loop)
        self._thread = threading.Thread(target=self._loop.run_forever, name="aisql-requests", daemon=True)
        self._thread.start()

    # ------------------------------------------------------------ on the SQL thread

    def admit(self, order: Order) -> None:
        """Takes part in what `close` waits for."""
        self._orders = [each for each in self._orders if each.open]
        self._orders.append(order)
        self._keeps |= order.limits.keeps
        order.halted = lambda: self._on_loop(lambda: self._give_up(order))

    def send(self, jobs: Sequence[Job]) -> None:
        """Puts jobs in line."""
        self._loop.call_soon_threadsafe(self._take, jobs)

    def go_on(self) -> None:
        """Has requests go out that were held until the user had answered."""
        self._on_loop(self._fill)

    def cancel(self, order: Order) -> None:
        """Gives up what is under way for a statement."""
        order.stop()
        self._on_loop(lambda: self._cancel(order))

    def _on_loop(self, act: Callable[[], None]) -> None:
        if not self._loop.is_closed():  # the rows of a statement may outlive the session
            self._loop.call_soon_threadsafe(act)

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

    # ------------------------------------------------------------ on the loop: whose turn it is

    def _take(self, jobs: Sequence[Job]) -> None:
        for job in jobs:
            self._lanes.of(job).queue.append(job)
        self._fill()

    def _fill(self) -> None:
        """Begins as many jobs as may be under way."""
        while (lane := self._next()) is not None:
            job = lane.queue.popleft()
            if not job.begun:
                job.begun = True
                job.order.begin()
            try:
                self._begin(job, lane)
            except AisqlError as error:  # the ledger cannot be read, or not be written
                job.order.end(with_way_out(error))
                job.order.lose()

    def _next(self) -> Lane | None:
        """The lane whose next job may go out now; where it is a matter of time, `_fill` is called then."""
        now = self._clock.now()
        soonest = None
        for lane in self._lanes:
            while lane.queue and lane.queue[0].order.stopped:
                self._abandon(lane.queue.popleft())
            wait = lane.wait(now, self._running)
            if wait == 0.0:
                return lane
            if wait is not None and (soonest is None or wait < soonest):
                soonest = wait
        if soonest is not None:
            self._set_alarm(now + soonest, soonest)
        return None

    def _set_alarm(self, moment: float, wait: float) -> None:
        if self._alarm is not None:
            if self._alarm[0] <= moment:
                return
            self._alarm[1].cancel()
        self._alarm = moment, self._clock.later(wait, self._wake)

    def _wake(self) -> None:
        self._alarm = None
        self._fill()

    def _begin(self, job: Job, lane: Lane) -> None:
        """Sends a request, where that is still needed and may be paid for."""
        order = job.order
        self._check_ledger(order)
        self._look_again(job)
        calls = job.missing
        if not calls:
            self._settle(job, job.calls)
            return
        try:
            reserved = order.reserve(calls)
        except BudgetError as error:
            order.spend.retries -= job.is_retry
            order.unaffordable(calls, error)
            self._settle(job, job.calls)
            return
        if reserved is None:
            lane.queue.appendleft(job)
            return
        job.is_retry = False
        job.requests += 1
        job.tries += 1
        order.spend.requests += 1
        order.spend.in_flight += 1
        self._running += 1
        lane.running += 1
        tokens = sum(call.tokens() for call in calls) if job.form.pace.tokens_per_minute else 0
        sent = lane.governor.begin(self._clock.now(), tokens)
        worker = self._loop.create_task(self._work(job, lane, calls, reserved, sent))
        self._workers[worker] = order
        worker.add_done_callback(self._ended)

    def _check_ledger(self, order: Order) -> None:
        """Raises what keeps the ledger from being written: answers that cannot be kept are not paid for."""
        if order.limits.keeps and not self._can_keep:
            self._ledger.check()
            self._can_keep = True

    def _look_again(self, job: Job) -> None:
        """Whether somebody else has paid for the answers while the calls stood in line."""
        if job.order.limits.reads:
            for call in job.calls:
                call.found = self._ledger.find(call.digest) is not None

    @property
    def _ledger(self) -> Ledger:
        if self._opened_ledger is None:
            self._opened_ledger = self._open_ledger()
        return self._opened_ledger

    # ------------------------------------------------------------ on the loop: one request

    async def _work(self, job: Job, lane: Lane, calls: list[Call], reserved: Reserved, sent: Sent) -> None:
        order = job.order
        started = self._loop.time()
        used: int | None = None
        outcome: Allowance | BaseException | None = None
        try:
            reply = await self._provider(job).send(_request(calls))
            used = _used(reply)
            outcome = reply.allowance
            order.answered(calls, replace(reply, attempts=job.tries), self._loop.time() - started)
            self._settle(job, job.calls)
        except OptionError as error:  # of the statement: nothing could be sent
            outcome = error
            order.spend.requests -= 1
            error.span = error.span or calls[0].site.call.span
            order.end(error)
            order.lose()
        except AisqlError as error:
            outcome = error
            order.wasted(calls, error)
            self._failed(job, lane, calls, error)
        except asyncio.CancelledError as cancelled:
            outcome = cancelled
            raise
        finally:
            order.spend.in_flight -= 1
            order.release(reserved)
            self._running -= 1
            lane.running -= 1
            lane.governor.end(self._clock.now(), sent, used, outcome)

    def _ended(self, worker: asyncio.Task[None]) -> None:
        order = self._workers.pop(worker)
        if worker.cancelled():
            order.lose()
        elif (bug := worker.exception()) is not None:
            order.end(bug)
        self._fill()

    def _settle(self, job: Job, done: list[Call]) -> None:
        """The calls have their answers or errors; they are done when that is on disk."""
        if job.order.limits.keeps:
            self._recorder.put(job.order, done, job.requests)
        else:
            job.order.finish(done)

    def _failed(self, job: Job, lane: Lane, calls: list[Call], error: AisqlError) -> None:
        if isinstance(error, ProviderError):
            error.attempts = job.tries
            if error.taught and job.lessons < _LESSONS:
                job.lessons += 1
                job.error = error
                lane.queue.appendleft(job)
                return
            if len(calls) > 1 and error.status in _SPLIT_ON:
                self._split(job, lane, calls, error)
                return
            wait = job.form.retry.wait(error, job.failures)
            if wait is not None and not job.order.stopped:
                job.failures += 1
                job.error, job.is_retry = error, True
                job.order.spend.retries += 1
                job.order.spend.trouble = error.message
                self._resting[job] = self._clock.later(wait, lambda: self._rested(job, lane))
                return
        job.order.refused(calls, error)
        self._settle(job, job.calls)

    def _split(self, job: Job, lane: Lane, calls: list[Call], error: ProviderError) -> None:
        """One text among them may be to blame; the others are not to suffer for it."""
        half = len(calls) // 2
        halves = Job(job.order, calls[half:]), Job(job.order, calls[:half], job.requests)
        for each in halves:
            each.begun, each.error = True, error
            job.order.begin()
        lane.queue.extendleft(halves)
        job.requests = 0
        self._settle(job, [call for call in job.calls if call.found])

    def _rested(self, job: Job, lane: Lane) -> None:
        """Its time to be tried again has come, behind those that were not tried as often."""
        del self._resting[job]
        lane.queue.append(job)
        self._fill()

    def _provider(self, job: Job) -> Provider:
        """The adapter for a job, with so many connections at most; made at first need."""
        key = job.form.target.interface, job.order.limits.concurrency
        if key not in self._providers:
            self._providers[key] = adapter(*key)
        return self._providers[key]

    # ------------------------------------------------------------ on the loop: the end of a statement

    def _give_up(self, order: Order) -> None:
        """Nothing more is sent for a statement, so there is nothing left to wait for."""
        for job in [job for job in self._resting if job.order is order]:
            self._resting.pop(job).cancel()
            self._abandon(job)
        for lane in self._lanes:
            for job in lane.without(order):
                self._abandon(job)

    def _abandon(self, job: Job) -> None:
        """Leaves a job undone. One that was sent before has failed by its last error."""
        if job.error is not None:
            job.order.spend.retries -= job.is_retry
            job.order.refused(job.missing, job.error)
            self._settle(job, job.calls)
        elif job.begun:
            job.order.lose()

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
        if self._keeps:
            remember(self._ledger, self._lanes.found())
        if self._opened_ledger is not None:
            self._opened_ledger.close()


def _request(calls: Sequence[Call]) -> Request:
    """The request for all of the calls together."""
    request = calls[0].form.request(calls[0].text)
    return request if len(calls) == 1 else replace(request, texts=tuple(call.text for call in calls))


def _used(reply: Reply) -> int | None:
    """The tokens a request took, None where the provider does not count them."""
    if reply.input_tokens is None and reply.output_tokens is None:
        return None
    return (reply.input_tokens or 0) + (reply.output_tokens or 0)


def land(orders: Sequence[Order], seconds: float, tick: Callable[[], None] | None = None) -> None:
    """Waits until all that is under way has arrived, but no longer than so many seconds.

    `tick` is called about ten times a second meanwhile.
    """
    deadline = monotonic() + seconds
    for order in orders:
        order.stop()
        order.wanted = None
        while order.open and monotonic() <= deadline:
            order.wake.clear()
            if order.open:
                order.wake.wait(min(0.1, seconds))
            if tick is not None:
                tick()
