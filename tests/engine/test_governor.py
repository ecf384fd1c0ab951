"""How fast a service is asked: against services that are simulated, on a clock that is a number."""

from __future__ import annotations

import asyncio
import heapq
import math
import random
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from typing import Any

import pytest
from length import long

from aisql.engine.governor import Governor, Learned, Pace, Sent
from aisql.errors import AuthenticationError, ConnectError, FunctionError, ProviderError, ProviderTimeout
from aisql.providers.base import Allowance

# ------------------------------------------------------------------ services


class Unlimited:
    """Takes everything."""

    def admits(self, now: float) -> bool:
        return True

    def ended(self) -> None:
        """A request that was admitted is answered."""

    def allowance(self, now: float) -> Allowance | None:
        """The rate headers of an answer, made as the request comes in."""
        return None


class Bucket(Unlimited):
    """Takes `rate` requests a second, and up to `size` at once after it was quiet."""

    def __init__(self, size: float, rate: float = 100.0) -> None:
        self.size, self.rate = size, rate
        self.level, self.at = size, 0.0

    def admits(self, now: float) -> bool:
        self.level = min(self.size, self.level + (now - self.at) * self.rate)
        self.at = now
        if self.level < 1 - 1e-9:
            return False
        self.level -= 1
        return True


class Windows(Unlimited):
    """Takes so many requests in each second, or each time of `length`; it says so if it `tells`."""

    def __init__(self, size: int = 100, length: float = 1.0, *, tells: bool = False) -> None:
        self.size, self.length, self.tells = size, length, tells
        self.window, self.taken = -1, 0

    def admits(self, now: float) -> bool:
        if math.floor(now / self.length) != self.window:
            self.window, self.taken = math.floor(now / self.length), 0
        self.taken += 1
        return self.taken <= self.size

    def allowance(self, now: float) -> Allowance | None:
        left = max(0, self.size - self.taken)
        return Allowance(left, self.length - now % self.length) if self.tells else None


class Sliding(Unlimited):
    """Takes 100 requests in any second; with `counts_all`, those it refuses count too."""

    def __init__(self, *, counts_all: bool = False) -> None:
        self.counts_all = counts_all
        self.taken: deque[float] = deque()

    def admits(self, now: float) -> bool:
        while self.taken and self.taken[0] <= now - 1:
            self.taken.popleft()
        free = len(self.taken) < 100
        if free or self.counts_all:
            self.taken.append(now)
        return free


class Changing(Unlimited):
    """Takes what a bucket of ten takes whose rate changes at certain times."""

    def __init__(self, *rates: tuple[float, float]) -> None:
        self.rates = rates
        self.bucket = Bucket(10)

    def admits(self, now: float) -> bool:
        self.bucket.rate = [rate for start, rate in self.rates if start <= now][-1]
        return self.bucket.admits(now)


class Crowded(Unlimited):
    """Takes so many requests at a time."""

    def __init__(self, size: int) -> None:
        self.size, self.inside = size, 0

    def admits(self, now: float) -> bool:
        if self.inside >= self.size:
            return False
        self.inside += 1
        return True

    def ended(self) -> None:
        self.inside -= 1


# ------------------------------------------------------------------ the simulation


@dataclass
class Run:
    """What became of calls: when the last was answered; when requests went out that were taken, and that were
    refused; the fewest and the most that were under way while there were calls to send."""

    seconds: float = 0.0
    taken: list[float] = field(default_factory=list)
    refused: list[float] = field(default_factory=list)
    fewest: int = 1_000_000
    most: int = 0

    @property
    def wasted(self) -> float:
        """The share of the requests that was refused."""
        return len(self.refused) / (len(self.refused) + len(self.taken))

    def rate(self, start: float, end: float) -> float:
        """Requests a second that were taken between two times."""
        return sum(start <= at < end for at in self.taken) / (end - start)


def simulate(
    governor: Governor,
    calls: int,
    service: Unlimited,
    latency: float,
    *,
    refusal: float | None = None,
    retry_after: float | None = None,
    late: Callable[[], float] = lambda: 0.0,
) -> Run:
    """Makes calls as an event loop would, until all are answered.

    An answer takes `latency` seconds; a refusal `refusal`, by default as long, and the call is made again
    after a second or `retry_after`, whichever is longer. The loop wakes so much too `late`.
    """
    run = Run()
    numbers = count()
    events: list[tuple[float, int, str, Any]] = []
    ready, answered, in_flight, now, alarm = calls, 0, 0, 0.0, math.inf

    def at(moment: float, kind: str, what: Any = None) -> None:
        heapq.heappush(events, (moment, next(numbers), kind, what))

    while answered < calls:
        while ready and (wait := governor.wait(now)) is not None:
            if wait > 0:
                if now + wait < alarm:
                    alarm = now + wait
                    at(alarm + late(), "alarm", alarm)
                break
            sent = governor.begin(now, 0)
            ready, in_flight = ready - 1, in_flight + 1
            taken = service.admits(now)
            (run.taken if taken else run.refused).append(now)
            told = service.allowance(now)
            at(now + (latency if taken or refusal is None else refusal), "end", (sent, taken, told))
        if ready:
            run.fewest, run.most = min(run.fewest, in_flight), max(run.most, in_flight)
        now, _, kind, what = heapq.heappop(events)
        if kind == "alarm":
            alarm = math.inf if what == alarm else alarm
        elif kind == "ready":
            ready += 1
        else:
            sent, taken, told = what
            in_flight -= 1
            if taken:
                answered += 1
                service.ended()
                governor.end(now, sent, None, told)
            else:
                governor.end(now, sent, None, too_many(retry_after))
                at(now + max(1.0, retry_after or 0.0), "ready")
    run.seconds = now
    return run


def too_many(retry_after: float | None = None) -> ProviderError:
    """A refusal."""
    return ProviderError("too many requests", status=429, transient=True, retry_after=retry_after)


LATENCIES = [(0.002, 0.002), (0.02, 0.02), (0.2, 0.2), (0.002, 0.0), (0.02, 0.0), (0.2, 0.0)]
"""How long an answer and a refusal take."""


HUNDRED: dict[str, Callable[[], Unlimited]] = {
    "a bucket of 100": lambda: Bucket(100),
    "a bucket of 10": lambda: Bucket(10),
    "a bucket of 1": lambda: Bucket(1),
    "windows": Windows,
    "a sliding window": Sliding,
}
"""Services that take 100 requests a second."""

hundred = pytest.mark.parametrize("service", HUNDRED.values(), ids=HUNDRED)


# ------------------------------------------------------------------ services that refuse


@hundred
@pytest.mark.parametrize("retry_after", [None, 1.0], ids=["silent", "retry-after"])
@pytest.mark.parametrize("concurrency", [32, *long(128)])
def test_a_limit_is_found_and_used_with_few_refusals(
    service: Callable[[], Unlimited], retry_after: float | None, concurrency: int
) -> None:
    missed = []
    for latency, refusal in LATENCIES:
        governor = Governor(concurrency)
        run = simulate(governor, 2_000, service(), latency, refusal=refusal, retry_after=retry_after)
        # The first requests go out before anything can be known.
        waste = 0.05 if concurrency == 32 else 0.1
        if run.seconds > 1.25 * 20 or run.wasted > waste:
            missed.append((latency, refusal, run.seconds, run.wasted))
    assert missed == []


@hundred
@pytest.mark.parametrize("concurrency", [32, *long(128)])
def test_what_was_learned_costs_hardly_a_refusal_next_time(
    service: Callable[[], Unlimited], concurrency: int
) -> None:
    missed = []
    for latency, refusal in LATENCIES:
        first = Governor(concurrency)
        simulate(first, 2_000, service(), latency, refusal=refusal)
        governor = Governor(concurrency, learned=first.learned)
        run = simulate(governor, 2_000, service(), latency, refusal=refusal)
        # What goes out before a refusal arrives is more than a few where that takes a while.
        waste = 0.1 if refusal == 0.2 else 0.02
        if run.seconds > 1.15 * 20 or run.wasted > waste:
            missed.append((latency, refusal, run.seconds, run.wasted))
    assert missed == []


def test_a_caller_that_is_late_by_milliseconds_loses_nothing() -> None:
    chance = random.Random(1)
    governor = Governor(32, learned=Learned(rate=100.0))
    run = simulate(governor, 2_000, Bucket(10), 0.02, late=lambda: chance.uniform(0.0, 0.004))
    assert (run.seconds < 1.06 * 20, run.wasted < 0.02) == (True, True)


def test_a_limit_that_counts_what_it_refuses_does_not_shut_the_door_for_long() -> None:
    run = simulate(Governor(32), 2_000, Sliding(counts_all=True), 0.02)
    assert (run.seconds < 1.1 * 20, run.wasted < 0.05) == (True, True)


def test_what_concurrency_bounds_more_than_the_service_is_never_refused() -> None:
    run = simulate(Governor(8), 2_000, Bucket(10), 0.2)
    assert (round(run.seconds, 6), run.refused, run.fewest, run.most) == (50.0, [], 8, 8)


@pytest.mark.parametrize("concurrency", [1, 32])
def test_a_service_without_a_limit_is_never_slowed(concurrency: int) -> None:
    governor = Governor(concurrency)
    run = simulate(governor, 2_000, Unlimited(), 0.02)
    assert (run.fewest, run.most) == (concurrency, concurrency)
    assert governor.learned == Learned(None, None)


def test_a_limit_that_falls_and_rises_is_followed() -> None:
    run = simulate(Governor(32), 4_000, Changing((0, 100), (10, 20), (25, 100)), 0.02)
    assert run.wasted < 0.03
    assert [run.rate(5, 10) > 85, run.rate(12, 25) > 16, run.rate(40, 45) > 85] == [True, True, True]
    assert sum(10 <= at < 12 for at in run.refused) < 30


@pytest.mark.parametrize("refusal", [0.0, 0.1])
@pytest.mark.parametrize("retry_after", [None, 1.0])
def test_a_service_that_takes_five_at_a_time_gets_hardly_more(
    refusal: float, retry_after: float | None
) -> None:
    governor = Governor(32)
    run = simulate(governor, 300, Crowded(5), 1.0, refusal=refusal, retry_after=retry_after)
    # The first 27 are refused before anything is known: they are 8 %.
    assert (run.wasted < 0.14, 300 / run.seconds > 0.85 * 5) == (True, True)
    governor = Governor(32, learned=governor.learned)
    run = simulate(governor, 300, Crowded(5), 1.0, refusal=refusal, retry_after=retry_after)
    assert (run.wasted < 0.03, 300 / run.seconds > 0.85 * 5) == (True, True)


@pytest.mark.parametrize("size", [1, 3, 180])
def test_a_slow_model_behind_a_low_limit_is_asked_evenly(size: int) -> None:
    """Refusals come at once, answers after five seconds."""
    learned = None
    for waste in (0.1, 0.04):
        governor = Governor(32, learned=learned)
        run = simulate(governor, 600, Bucket(size, rate=3.0), 5.0, refusal=0.1)
        assert (run.seconds < 1.12 * (600 - size) / 3 + 5, run.wasted < waste) == (True, True)
        learned = governor.learned


def test_a_refusal_that_comes_at_once_is_not_waited_for_as_long_as_an_answer() -> None:
    run = simulate(Governor(64), 400, Bucket(1, rate=1.0), 30.0, refusal=0.1)
    assert run.seconds < 1.12 * 399 + 30


@pytest.mark.parametrize("retry_after", [None, 20.0])
def test_a_limit_a_minute_is_found_out(retry_after: float | None) -> None:
    governor = Governor(32)
    run = simulate(governor, 600, Windows(60, 60.0), 1.0, refusal=0.1, retry_after=retry_after)
    assert (run.seconds < 1.15 * 541, run.wasted < 0.14) == (True, True)
    assert governor.learned.rate is not None
    assert 0.5 < governor.learned.rate < 2.0


def test_a_service_that_takes_a_few_an_hour_is_asked_once_a_minute_in_the_end() -> None:
    run = simulate(Governor(4), 40, Windows(3, 3_600.0), 1.0, refusal=0.1)
    assert run.seconds < 13 * 3_600 + 180
    assert sum(12 * 3_600 <= at < 13 * 3_600 for at in run.refused) in range(50, 60)


@pytest.mark.parametrize("rate", [1.0, 10.0])
def test_a_low_rate_of_another_day_is_left_behind_within_seconds(rate: float) -> None:
    governor = Governor(32, learned=Learned(rate=rate))
    run = simulate(governor, 2_000, Bucket(10), 0.02)
    assert (run.rate(9, 14) > 90, run.wasted < 0.01) == (True, True)
    governor = Governor(32, learned=Learned(rate=rate))
    run = simulate(governor, 20_000, Unlimited(), 0.02)
    assert (run.rate(12, 14) > 0.95 * 1_600, run.refused) == (True, [])


def test_a_rate_that_grows_is_not_far_exceeded_before_a_late_refusal() -> None:
    run = simulate(Governor(512, learned=Learned(rate=1.0)), 4_000, Bucket(10), 1.0)
    assert (run.seconds < 1.3 * 40, run.wasted < 0.1) == (True, True)


def test_a_bound_does_not_grow_while_it_holds_nobody_back() -> None:
    governor = Governor(1, learned=Learned(rate=50.0))
    run = simulate(governor, 200, Unlimited(), 0.1)
    assert (round(run.seconds, 6), governor.learned) == (20.0, Learned(rate=50.0))


def test_a_refusal_slows_the_others_down_and_does_not_stop_them() -> None:
    governor = Governor(8)
    first, second, third = (governor.begin(0.0, 0) for _ in range(3))
    assert governor.wait(0.0) == 0.0
    governor.end(0.1, second, None, too_many(30.0))
    assert governor.wait(0.1) == 0.0
    governor.begin(0.1, 0)
    assert governor.wait(0.1) == pytest.approx(0.05, abs=0.011)
    governor.end(0.1, third, None, too_many(30.0))  # it was sent before the rate was bounded
    governor.end(0.1, first, None, None)
    assert governor.wait(0.1) == pytest.approx(0.05, abs=0.011)
    assert governor.wait(0.15) == 0.0


def all_refused(governor: Governor, now: float, retry_after: float | None) -> list[float]:
    """Sends requests that are refused after 10 ms each; gives how long after each the next one went out."""
    waits = []
    for _ in range(12):
        sent = governor.begin(now, 0)
        now += 0.01
        governor.end(now, sent, None, too_many(retry_after))
        wait = governor.wait(now)
        assert wait is not None
        now += wait
        waits.append(round(wait + 0.01, 3))
    return waits


def test_while_nothing_gets_through_everybody_waits_twice_as_long_each_time() -> None:
    assert all_refused(Governor(8), 0.0, None) == [
        *(0.05, 0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 6.4),
        *(10.0, 10.0, 10.0, 10.0),
    ]


def test_while_nothing_gets_through_everybody_waits_as_long_as_the_service_asks() -> None:
    assert all_refused(Governor(8), 0.0, 30.0) == [0.05, 0.1, 0.2, 0.4, 0.8, *[30.01] * 7]


def test_everybody_waits_for_the_latest_time_that_was_asked_for() -> None:
    governor = Governor(8)
    first, second = (governor.begin(0.0, 0) for _ in range(2))
    governor.end(0.0, first, None, too_many(30.0))
    governor.end(0.0, second, None, too_many(5.0))
    waits = all_refused(governor, 1.0, 0.001)
    assert (waits[:4], round(1.0 + sum(waits[:5]), 3)) == ([0.09, 0.2, 0.4, 0.8], 30.0)


def test_nobody_waits_longer_than_the_service_asks() -> None:
    assert all_refused(Governor(8), 0.0, 0.29) == [0.05, 0.1, 0.2, *[0.3] * 9]


def test_once_something_gets_through_the_rate_is_as_before() -> None:
    governor = Governor(8)
    all_refused(governor, 0.0, None)
    sent = governor.begin(100.0, 0)
    assert governor.wait(100.0) == pytest.approx(10.0, abs=0.011)
    governor.end(100.0, sent, None, None)
    assert governor.wait(100.0) == pytest.approx(0.05, abs=0.011)


# ------------------------------------------------------------------ services under load


def timeout() -> ProviderTimeout:
    return ProviderTimeout("no answer", transient=True)


@pytest.mark.parametrize(
    "error",
    [
        timeout(),
        ProviderError("overloaded", status=503, transient=True),
        ConnectError("it closed the connection", transient=True),
    ],
    ids=lambda error: type(error).__name__,
)
def test_a_service_under_load_gets_half_as_many_at_a_time(error: ProviderError) -> None:
    governor = Governor(10)
    sent = fill(governor, 0.0)
    for each in sent:
        governor.end(1.0, each, None, error)
    assert governor.learned == Learned(None, 5)
    sent = fill(governor, 1.0)
    assert len(sent) == 5
    governor.end(2.0, sent[0], None, error)
    assert (governor.wait(2.0), governor.learned) == (None, Learned(None, 2))
    for each in sent[1:]:
        governor.end(2.0, each, None, error)
    for _ in range(3):
        for each in fill(governor, 3.0):
            governor.end(3.0, each, None, error)
        assert governor.learned == Learned(None, 1)


def fill(governor: Governor, now: float) -> list[Sent]:
    """Begins as many requests as may go out now."""
    sent = []
    while governor.wait(now) == 0.0:
        sent.append(governor.begin(now, 0))
    return sent


def test_one_more_goes_out_after_each_round_of_successes() -> None:
    governor = Governor(6, learned=Learned(concurrency=2))
    under_way = []
    for second in range(6):
        sent = fill(governor, float(second))
        under_way.append((len(sent), governor.learned.concurrency))
        for each in sent:
            governor.end(second + 0.5, each, None, None)
    assert under_way == [(2, 2), (3, 3), (4, 4), (5, 5), (6, None), (6, None)]


def test_the_concurrency_may_change_at_any_time() -> None:
    governor = Governor(2)
    sent = fill(governor, 0.0)
    governor.concurrency = 4
    sent += fill(governor, 0.0)
    assert len(sent) == 4
    governor.concurrency = 1
    for each in sent:
        assert governor.wait(0.0) is None
        governor.end(0.0, each, None, None)
    assert len(fill(governor, 0.0)) == 1


@pytest.mark.parametrize(
    "outcome",
    [
        ProviderError("broken", status=500, transient=True),
        ProviderError("broken", status=502, transient=True),
        ProviderError("too late", status=504, transient=True),
        ProviderError("refused", status=400),
        ProviderError("you have no money", status=429),
        AuthenticationError("who are you", status=401),
        ConnectError("no such host"),
        FunctionError("of our own"),
        asyncio.CancelledError(),
    ],
    ids=str,
)
def test_what_speaks_neither_of_rates_nor_of_load_teaches_nothing(outcome: BaseException) -> None:
    governor = Governor(4)
    for each in fill(governor, 0.0):
        governor.end(0.1, each, None, outcome)
    assert (len(fill(governor, 0.1)), governor.learned) == (4, Learned(None, None))


# ------------------------------------------------------------------ the service's own words


def heard(allowance: Allowance, *, concurrency: int = 10, later: int = 0) -> float | None:
    """How long the next request waits after one that brought these headers, with `later` ones under way."""
    governor = Governor(concurrency)
    first, *_ = (governor.begin(0.0, 0) for _ in range(1 + later))
    governor.end(0.0, first, None, allowance)
    return governor.wait(0.0)


def test_nobody_sends_while_nothing_is_left() -> None:
    assert heard(Allowance(requests=0, requests_reset=7.5)) == 7.5
    assert heard(Allowance(tokens=0, tokens_reset=7.5)) == 7.5
    assert heard(Allowance(0, 7.5, 0, 20.0)) == 20.0


def test_the_last_requests_are_spread_over_the_time_they_are_for() -> None:
    assert heard(Allowance(requests=5, requests_reset=2.0)) == 0.4
    assert heard(Allowance(requests=5, requests_reset=2.0), later=4) == 2.0
    assert heard(Allowance(requests=5, requests_reset=2.0), later=5) == 2.0


@pytest.mark.parametrize(
    "allowance",
    [
        Allowance(requests=10, requests_reset=2.0),
        Allowance(requests=9_000, requests_reset=86_400.0),
        Allowance(requests=9, requests_reset=86_400.0),
        Allowance(requests=0),
        Allowance(requests_reset=60.0),
        Allowance(tokens=1, tokens_reset=60.0),
    ],
    ids=str,
)
def test_words_that_bound_nothing_slow_nothing(allowance: Allowance) -> None:
    assert heard(allowance) == 0.0


def test_the_word_of_the_youngest_request_holds_until_its_time_is_over() -> None:
    governor = Governor(10)
    first, second, third = (governor.begin(0.0, 0) for _ in range(3))
    governor.end(1.0, second, None, Allowance(requests=0, requests_reset=5.0))
    governor.end(2.0, first, None, Allowance(requests=50, requests_reset=5.0))
    assert [governor.wait(now) for now in (2.0, 5.5, 6.0)] == [4.0, 0.5, 0.0]
    governor.end(3.0, third, None, Allowance(requests=100, requests_reset=60.0))
    assert governor.wait(3.0) == 0.0


@pytest.mark.parametrize("latency", [0.002, 0.02, 0.2])
def test_a_service_that_tells_what_is_left_is_not_made_to_refuse(latency: float) -> None:
    governor = Governor(32)
    run = simulate(governor, 2_000, Windows(tells=True), latency)
    assert (run.seconds < 1.2 * 20, run.wasted < 0.02) == (True, True)


# ------------------------------------------------------------------ what the user allows


def starts(governor: Governor, requests: int, tokens: int = 0, used: int | None = None) -> list[float]:
    """When requests go out that end at once."""
    now, times = 0.0, []
    for _ in range(requests):
        wait = governor.wait(now)
        assert wait is not None
        now += wait
        times.append(round(now, 6))
        governor.end(now, governor.begin(now, tokens), used, None)
    return times


def test_requests_a_minute_go_out_evenly_the_first_at_once() -> None:
    assert starts(Governor(32, Pace(requests_per_minute=120)), 5) == [0.0, 0.5, 1.0, 1.5, 2.0]


def test_who_was_quiet_has_saved_no_requests_up() -> None:
    governor = Governor(32, Pace(requests_per_minute=120))
    governor.begin(0.0, 0)
    governor.begin(60.0, 0)
    assert governor.wait(60.0) == pytest.approx(0.5, abs=0.011)


def test_tokens_a_minute_are_a_bucket_of_a_second() -> None:
    assert starts(Governor(32, Pace(tokens_per_minute=6_000)), 6, 50) == [0.0, 0.0, 0.0, 0.5, 1.0, 1.5]


def test_a_request_larger_than_the_bucket_leaves_a_debt() -> None:
    assert starts(Governor(32, Pace(tokens_per_minute=6_000)), 3, 500) == [0.0, 4.0, 9.0]


def test_what_was_really_used_counts() -> None:
    pace = Pace(tokens_per_minute=6_000)
    assert starts(Governor(32, pace), 3, 500, used=100) == [0.0, 0.0, 1.0]
    assert starts(Governor(32, pace), 3, 10, used=200) == [0.0, 1.0, 3.0]


def test_both_paces_hold() -> None:
    pace = Pace(requests_per_minute=600, tokens_per_minute=6_000)
    assert starts(Governor(32, pace), 5, 40) == [0.0, 0.1, 0.2, 0.3, 0.6]


def test_a_pace_of_the_user_is_not_a_bound_that_was_met() -> None:
    governor = Governor(4, Pace(requests_per_minute=60), Learned(rate=50.0))
    run = simulate(governor, 20, Unlimited(), 0.1)
    assert (round(run.seconds, 1), governor.learned) == (19.1, Learned(rate=50.0))


@pytest.mark.parametrize("word", [Allowance(0, 36_000.0), Allowance(tokens=0, tokens_reset=36_000.0)])
def test_nobody_waits_for_hours_because_of_a_header(word):
    governor = Governor(4)
    governor.end(0.1, governor.begin(0.0, 0), None, word)
    assert governor.wait(0.1) == 60.0
