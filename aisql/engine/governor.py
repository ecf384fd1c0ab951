"""How fast one service may be asked: what the user allows, what it says, and what it is found to take.

Nothing here waits, sends or reads a clock: the caller asks `Governor.wait`, tells what goes out and what came
back, and hands in the time, in seconds of a clock that never goes back.

The bound of the rate: at the first refusal it is what went through in the second before. From then on it
follows a curve (that of TCP CUBIC's window, RFC 9438): up to the rate at which the last refusal came, ever
slower; level for long; and beyond it, at first carefully, then ever faster. Each refusal begins it anew.

    rate                        .'   what was bound too low is left behind within seconds
    peak          ..........''       where most requests go out
             ..''
            '                        a step back: the bucket of the service fills, its window empties
"""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass

from aisql.errors import ConnectError, ProviderError, ProviderTimeout
from aisql.providers.base import Allowance

_CREDIT = 0.01
"""Seconds the caller may be late without loss: the next request then goes out so much earlier."""

_TICK = 1e-5
"""Seconds not worth a wait: less than a timer keeps, more than a clock is rounded by."""

_STEP_BACK = 0.1
"""The share of its peak by which the rate begins below it."""

_PLATEAU = 5.0
"""Seconds until the rate goes beyond its peak. Sooner costs refusals; later, time where more is to be had."""

_GROWTH = 3.0
"""Seconds from there to e times the peak; in half of them it grows by an eighth."""

_STRIDE = 0.1
"""The most seconds that one request moves the rate along its curve: a slow service counts in requests."""

_FIRST_STRIDE = 1.0
"""The same until the first refusal: a low bound remembered from another day may be wrong."""

_LEAST_GUESS = 20.0
"""The least requests a second at the first bound: a burst tells of an allowance for bursts, not of a rate."""

_CUT = 0.85
"""The least share of the rate left by what the last few requests tell: a burst of before may echo in them."""

_DEEPEST_CUT = 0.3
"""The least share of the rate left by what the last second tells: a pause may be in it."""

_SLOWEST = 1 / 60
"""The least requests a second that are believed. A service that means less can say so with `Retry-After`."""

_PATIENCE = 1.5
"""A request passed if it was not refused in so many times the time of the last refusal. To wait for its
success could be to wait a hundred times as long."""

_PATIENT = 5
"""Refusals in a row, each after twice the time, until everybody waits as long as the service asks. Not
sooner: at the end of each window of a second, `Retry-After: 1` would cost the next window."""

_LONGEST_GAP = 10.0
"""Seconds after which a service that refuses everything, and does not say how long, is tried again."""

_BLOCKED = 2.0
"""Seconds of nothing but refusals after which a service is taken to count over that time, not a second."""

_MEMORY = 2_000
"""Requests that are looked back on."""

_LONGEST_SPREAD = 60.0
"""Seconds over which the last requests of an allowance are spread, and for which nobody sends where there is
none left. What begins anew later is a quota."""


@dataclass(frozen=True, slots=True)
class Pace:
    """What the user allows; None: any."""

    requests_per_minute: float | None = None
    tokens_per_minute: float | None = None


@dataclass(frozen=True, slots=True)
class Learned:
    """What a service was found to take: requests a second, and at a time; None where no bound was met."""

    rate: float | None = None
    concurrency: int | None = None


@dataclass(slots=True, eq=False)
class Sent:
    """A request that went out: `begin` gives it, `end` takes it back.

    `number` counts up; `rate` is the bound it went out under; `waited` the seconds since the one before
    where that bound held it back, else 0. `passed` is None while nothing is known.
    """

    number: int
    at: float
    tokens: int
    rate: float
    waited: float
    passed: bool | None = None


class Governor:
    """Tells when the next request may go out to one service, with one key.

    `concurrency` is the most requests at a time, and may be changed at any time.
    """

    def __init__(self, concurrency: int, pace: Pace = Pace(), learned: Learned | None = None) -> None:
        learned = learned or Learned()
        self.concurrency = concurrency
        self._gap = 60 / pace.requests_per_minute if pace.requests_per_minute else 0.0
        self._tokens = _Bucket(pace.tokens_per_minute / 60) if pace.tokens_per_minute else None
        self._rate = _RateBound(learned.rate)
        self._load = _ConcurrencyBound(learned.concurrency)
        self._headers = _RateHeaders()
        self._in_flight = 0
        self._count = 0
        self._last = -math.inf  # when the last request was due
        self._last_sent = -math.inf
        self._held = False  # whether the bound of the rate holds the next one back

    @property
    def learned(self) -> Learned:
        """What to begin with next time."""
        return Learned(self._rate.learned, self._load.limit)

    def wait(self, now: float) -> float | None:
        """Seconds until the next request may go out: 0.0 for now, None for not before one has ended.

        To be asked again when they are over, and after every `end`.
        """
        self._rate.settle(now)
        if self._in_flight >= self._load.within(self.concurrency):
            return None
        bound = self._rate.due(self._last)
        due = max(bound, self._paced(now), self._headers.nobody_before)
        if self._tokens is not None:
            due = max(due, self._tokens.free_at)
        if due - now < _TICK:
            return 0.0
        self._held = self._held or bound == due
        return due - now

    def _paced(self, now: float) -> float:
        return self._last + max(self._gap, self._headers.gap(now))

    def begin(self, now: float, tokens: int) -> Sent:
        """A request goes out that is reckoned at so many tokens. What this gives is to be handed to `end`."""
        sent = Sent(self._count, now, tokens, self._rate.rate, now - self._last_sent if self._held else 0.0)
        self._rate.begin(sent)
        due = max(self._rate.due(self._last), self._paced(now))
        self._last = now if self._count == 0 else max(due, now - _CREDIT)
        self._last_sent, self._held = now, False
        self._count += 1
        self._in_flight += 1
        if self._tokens is not None:
            self._tokens.take(now, tokens)
        return sent

    def end(
        self, now: float, sent: Sent, used: int | None, outcome: Allowance | BaseException | None
    ) -> None:
        """The request is over. `used` are the tokens the provider counted, None where it does not.

        `outcome` is what went wrong, or the rate headers of a success. An error teaches nothing unless it
        may pass by itself: who is out of money is not too fast.
        """
        if self._tokens is not None and used is not None:
            self._tokens.take(now, used - sent.tokens)
        if not isinstance(outcome, BaseException):
            self._rate.passed(sent)
            self._load.passed(self.concurrency)
            if outcome is not None:
                self._headers.read(now, sent, outcome, self._count, self.concurrency)
        elif isinstance(outcome, ProviderError) and outcome.transient:
            if outcome.status in (429, 529):
                self._rate.refused(now, sent, outcome.retry_after, self._count)
            elif outcome.status == 503 or isinstance(outcome, ProviderTimeout | ConnectError):
                self._load.failed(sent, self._in_flight, self._count)
        self._in_flight -= 1


class _RateBound:
    """Requests a second, as refusals bound them.

    Refusals of requests that were sent before the last one that counted belong to that. What moves the rate
    along its curve are requests that were held back by it and passed: it stands still while nobody sends,
    while something else is slower, and while all are refused.
    """

    def __init__(self, rate: float | None) -> None:
        self._peak = rate
        self._clock = _PLATEAU
        self._met = False  # whether a refusal has come, which is to say: the peak is of today
        self._since = 0  # the number of the first request after the last refusal that counted
        self._misses = 0  # of those, with no success in between
        self._missing_since = 0.0
        self._retry_at = -math.inf
        self._patience = math.inf
        self._span = 1.0  # seconds over which the service seems to count
        self._recent: deque[Sent] = deque(maxlen=_MEMORY)
        self._unsettled: deque[Sent] = deque(maxlen=_MEMORY)

    @property
    def rate(self) -> float:
        if self._peak is None:
            return math.inf
        beyond = self._clock - _PLATEAU
        if beyond < 0:
            return self._peak * (1 - _STEP_BACK * (-beyond / _PLATEAU) ** 3)
        beyond /= _GROWTH
        # At last no faster: what goes out before a refusal arrives is to stay in proportion.
        return self._peak * math.exp(beyond**3 if beyond < 1 else 3 * beyond - 2)

    @property
    def learned(self) -> float | None:
        if self._peak is None:
            return None
        return max(self.rate, self._peak) * (1 - _STEP_BACK / 2) if self._met else self.rate

    def due(self, last: float) -> float:
        """When the next request may follow the last one."""
        if self._peak is None:
            return last
        gap = 1 / self.rate
        if not self._misses:
            return last + gap
        doubled = last + max(gap, min(gap * 2.0**self._misses, _LONGEST_GAP))
        if self._retry_at <= last:
            return doubled
        asked = max(last + gap, self._retry_at)
        return asked if self._misses >= _PATIENT else min(asked, doubled)

    def begin(self, sent: Sent) -> None:
        self._recent.append(sent)
        if self._peak is not None:
            self._unsettled.append(sent)

    def settle(self, now: float) -> None:
        """Requests that would have been refused by now have passed."""
        while self._unsettled and self._unsettled[0].at + self._patience < now:
            self.passed(self._unsettled.popleft())

    def passed(self, sent: Sent) -> None:
        if sent.passed is not None:
            return
        sent.passed = True
        if sent.number < self._since:
            return
        if self._misses:
            blocked = sent.at - self._missing_since
            self._span = blocked if blocked > _BLOCKED else 1.0
            self._misses = 0
        self._clock += min(sent.waited, _STRIDE if self._met else _FIRST_STRIDE)

    def refused(self, now: float, sent: Sent, retry_after: float | None, count: int) -> None:
        """`count` is the number of the request that goes out next."""
        sent.passed = False
        self._patience = _PATIENCE * (now - sent.at)
        if retry_after:
            self._retry_at = max(self._retry_at, now + retry_after)
        if sent.number < self._since:
            return
        if self._peak is None:
            self._peak = max(self._look_back(sent)[0], _LEAST_GUESS)
        elif sent.number > self._since:
            self._peak, self._clock = self._lowered(sent), 0.0
        else:
            # Nothing passed in between, which says nothing of a rate: it may be high, and used up for now.
            self._missing_since = self._missing_since if self._misses else sent.at
            self._misses = min(self._misses + 1, 30)
        self._met = True
        self._since = count

    def _lowered(self, sent: Sent) -> float:
        """The rate that the service seems to take, after it refused this one."""
        row = sent.number - self._since  # how many passed since
        passed, slots = self._look_back(sent)
        share = min(passed / slots if slots > passed else 1.0, max(_CUT, row / (row + 1)))
        # A bound far above what really went out has not been put to the test.
        tested = max(2 * passed / self._span, _LEAST_GUESS)
        return max(min(sent.rate * max(share, _DEEPEST_CUT), tested), _SLOWEST)

    def _look_back(self, sent: Sent) -> tuple[int, float]:
        """How many passed in the time before this one, and how many could have at its rate.

        The latter counts the time during which requests were held back, at the rate of then if it was lower.
        """
        start = sent.at - self._span
        passed, slots = 0, -1.0  # without this one itself
        for each in reversed(self._recent):
            if each.at < start:
                break
            if each.number <= sent.number:
                passed += each.passed is not False
                waited = min(each.waited, each.at - start)
                slots += min(each.rate, sent.rate) * waited if each.waited else 1.0
        return passed, slots


class _ConcurrencyBound:
    """Requests at a time, as failures of a service under load bound them: half as many once for all that were
    sent before the last one that counted, one more for each round of successes."""

    def __init__(self, limit: int | None) -> None:
        self.limit = limit
        self._since = 0
        self._successes = 0

    def within(self, concurrency: int) -> int:
        return concurrency if self.limit is None else min(self.limit, concurrency)

    def failed(self, sent: Sent, in_flight: int, count: int) -> None:
        if sent.number >= self._since:
            self.limit = max(1, in_flight // 2)
            self._since, self._successes = count, 0

    def passed(self, concurrency: int) -> None:
        if self.limit is None:
            return
        self._successes += 1
        if self._successes >= self.limit:
            self.limit, self._successes = self.limit + 1, 0
        if self.limit >= concurrency:
            self.limit = None


class _Bucket:
    """Tokens: so many flow in a second, of which a second's worth is kept. Who takes more leaves a debt."""

    def __init__(self, rate: float) -> None:
        self._rate = rate
        self._level = rate
        self._at = -math.inf

    @property
    def free_at(self) -> float:
        """When the bucket is, or was, empty and no longer in debt."""
        return self._at - self._level / self._rate

    def take(self, now: float, tokens: int) -> None:
        self._level = min(self._rate, self._level + (now - self._at) * self._rate) - tokens
        self._at = now


class _RateHeaders:
    """What a service says in its rate headers, where little is left: else they may count anything."""

    def __init__(self) -> None:
        self.nobody_before = -math.inf
        self._number = -1  # of the youngest request it came with
        self._gap = 0.0
        self._gap_until = -math.inf

    def gap(self, now: float) -> float:
        """Seconds from one request to the next."""
        return self._gap if now < self._gap_until else 0.0

    def read(self, now: float, sent: Sent, allowance: Allowance, count: int, concurrency: int) -> None:
        """`count` is the number of the request that goes out next."""
        if sent.number < self._number:
            return
        self._number, self._gap, self.nobody_before = sent.number, 0.0, -math.inf
        # What begins anew later is looked at again by a request then: a refusal tells the user too.
        if allowance.tokens == 0 and allowance.tokens_reset is not None:
            self.nobody_before = now + min(allowance.tokens_reset, _LONGEST_SPREAD)
        left, reset = allowance.requests, allowance.requests_reset
        if left is None or reset is None:
            return
        if left == 0:
            self.nobody_before = max(self.nobody_before, now + min(reset, _LONGEST_SPREAD))
        elif left < concurrency and reset <= _LONGEST_SPREAD:
            left -= count - 1 - sent.number  # those that were sent since are not in its count
            self._gap, self._gap_until = reset / max(1, left), now + reset
