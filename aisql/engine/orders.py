"""The calls of one statement as the dispatcher sees them: what they may cost, and what became of them."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

from aisql.engine.ask import Call, Form, found_in
from aisql.errors import AisqlError, BudgetError, ProviderError
from aisql.providers.base import EMBEDDINGS, Reply
from aisql.spend import Spend

_HELD = 2_048
"""The most characters of an answer that wait in memory; a longer one is read again from where it is kept."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What one statement may do: the settings as they were when it began.

    Answers go to the ledger when it `keeps` them, and come from it when it `reads`. In a statement that
    `ends_early` a call may be asked that turns out not to be needed. After `confirm_calls` requests the user
    is asked before the next one.
    """

    concurrency: int
    max_calls: int | None = None
    max_tokens: int | None = None
    max_cost: float | None = None
    keeps: bool = True
    reads: bool = True
    null_on_error: bool = False
    ends_early: bool = False
    confirm_calls: int | None = None

    @property
    def stop_at_failure(self) -> bool:
        """Whether nothing more is to be sent once a call has failed."""
        return not self.null_on_error and not self.ends_early


class Reserved(NamedTuple):
    """What a request under way is reckoned at: tokens, and US dollars."""

    tokens: int = 0
    cost: float = 0.0

    def with_(self, other: Reserved) -> Reserved:
        """Both together."""
        return Reserved(self.tokens + other.tokens, self.cost + other.cost)

    def without(self, other: Reserved) -> Reserved:
        """This one less the other."""
        return Reserved(self.tokens - other.tokens, self.cost - other.cost)


_NOTHING = Reserved()

Price: TypeAlias = Callable[[str, str, int | None, int | None, int | None], float | None]
"""What tokens of a provider's model cost today, None where nobody knows: input, output, cached."""


class Order:
    """`text` is the beginning of the statement, for the table of errors, and `price` knows what tokens cost.

    `stopped` is true when nothing more is to be sent; `halted` is called then, once it is set. The order
    `is_held` while nothing is to be sent before the user was asked. `open` counts the requests under way and
    not settled. `finished` holds the calls that are done, for the SQL thread to take; it sets `wanted` to be
    woken for that call, and `eager` to be woken for any. What is `broken` is no failure of a call, and ends
    the statement.
    """

    def __init__(self, limits: Limits, spend: Spend, text: str, price: Price) -> None:
        self.limits = limits
        self.spend = spend
        self.text = text
        self.stopped = False
        self.halted: Callable[[], None] = _nothing
        self.is_held = False
        self.failed = False
        self.open = 0
        self.finished: deque[Call] = deque()
        self.wanted: Call | None = None
        self.eager = False
        self.broken: BaseException | None = None
        self.wake = threading.Event()
        self._lock = threading.Lock()
        self._price = price
        self._expected = _NOTHING
        self._goes_on: bool | None = None  # what the user has answered

    def stop(self) -> None:
        """Sends nothing more; what waits for another try gives up. In any thread."""
        if not self.stopped:
            self.stopped = True
            self.halted()

    def decide(self, *, goes_on: bool) -> None:
        """The user has answered: requests go on, or the next one is one too many."""
        self._goes_on = goes_on
        self.is_held = False

    # ------------------------------------------------------------ on the loop

    def begin(self) -> None:
        """A request is about to go out."""
        with self._lock:
            self.open += 1

    def reserve(self, calls: Sequence[Call]) -> Reserved | None:
        """Takes what a request may use from the budget; None where the user is to be asked before.

        Raises BudgetError when the statement would spend more than it may, or nobody knows what it spends.
        """
        reserved = self._affordable(calls)
        confirm = self.limits.confirm_calls if calls[0].form.host else None  # what works offline is free
        if confirm is not None and self.spend.requests >= confirm and not self._goes_on:
            if self._goes_on is not None:
                raise _declined(confirm)
            self.is_held = True
            return None
        self._expected = self._expected.with_(reserved)
        return reserved

    def _affordable(self, calls: Sequence[Call]) -> Reserved:
        limits, spend = self.limits, self.spend
        if limits.max_calls is not None and spend.requests >= limits.max_calls:
            raise _beyond("calls", "ai.max_calls", limits.max_calls)
        if limits.max_tokens is None and limits.max_cost is None:
            return _NOTHING
        tokens = sum(call.tokens() for call in calls)
        used = spend.input_tokens + spend.output_tokens + self._expected.tokens
        if limits.max_tokens is not None and used + tokens > limits.max_tokens:
            raise _beyond("tokens", "ai.max_tokens", limits.max_tokens)
        cost = 0.0 if limits.max_cost is None else self._dearest(calls[0].form, tokens, limits.max_cost)
        return Reserved(tokens, cost)

    def _dearest(self, form: Form, tokens: int, most: float) -> float:
        """What a request may cost, as far as that is known beforehand, where that may still be spent."""
        cost = self._cost_of(form, tokens, form.most_output, None)
        if cost is None:
            who = f"{form.target.provider} {form.target.model}"
            raise BudgetError(
                f"nobody knows what {who} costs, and ai.max_cost = {most:g}",
                hint="give its price in the config file, or RESET ai.max_cost",
            )
        if self.spend.cost + self._expected.cost + cost > most:
            raise _beyond("money", "ai.max_cost", most)
        return cost

    def release(self, reserved: Reserved) -> None:
        """The request is over; what it really used is counted now."""
        self._expected = self._expected.without(reserved)

    def _count(self, form: Form, reply: Reply, calls: int) -> None:
        spend = self.spend
        spend.input_tokens += reply.input_tokens or 0
        spend.output_tokens += reply.output_tokens or 0
        spend.cached_tokens += reply.cached_tokens or 0
        spend.reasoning_tokens += reply.reasoning_tokens or 0
        cost = self._cost_of(form, reply.input_tokens, reply.output_tokens, reply.cached_tokens)
        if cost is None:
            spend.unpriced += calls
        else:
            spend.cost += cost

    def _cost_of(
        self, form: Form, input_tokens: int | None, output_tokens: int | None, cached_tokens: int | None
    ) -> float | None:
        if not form.host:
            return 0.0  # what works offline costs nothing, and no table has to be read for that
        if form.task == EMBEDDINGS:
            output_tokens = 0
        return self._price(
            form.target.provider, form.target.model, input_tokens, output_tokens, cached_tokens
        )

    def answered(self, calls: Sequence[Call], reply: Reply, seconds: float) -> None:
        """Gives every call its part of the reply.

        An answer its function cannot use is a failure: it is not to be kept, for the next one may be better.
        """
        spend = self.spend
        self._count(calls[0].form, reply, len(calls))
        for call, part in zip(calls, _parts(calls, reply), strict=True):
            call.seconds = seconds
            try:
                call.value_of(part)
            except AisqlError as error:
                call.error, call.unused = error, part
                self._fail(call)
            else:
                call.reply = part
                spend.answered += 1

    def wasted(self, calls: Sequence[Call], error: AisqlError) -> None:
        """Counts an answer that was paid for and cannot be used."""
        if isinstance(error, ProviderError) and error.tokens is not None:
            reply = Reply((), (), *error.tokens)
            self._count(calls[0].form, reply, len(calls))
            calls[0].unused = reply

    def refused(self, calls: Sequence[Call], error: AisqlError) -> None:
        """The calls have no answer, for this reason."""
        for call in calls:
            call.error = error
            self._fail(call)

    def unaffordable(self, calls: Sequence[Call], error: BudgetError) -> None:
        """The calls are not made: that is no failure of theirs."""
        for call in calls:
            call.error = error
        self.failed = True
        if not self.limits.ends_early:
            self.stop()

    def _fail(self, call: Call) -> None:
        self.spend.failed += 1
        self.failed = True
        if self.limits.stop_at_failure and not call.form.retry.ignores and not call.is_part:
            self.stop()

    def lose(self) -> None:
        """A request was given up, or its answer could not be kept."""
        with self._lock:
            self.open -= 1
        self.wake.set()

    # ------------------------------------------------------------ on the loop, or in the recorder's thread

    def finish(self, calls: Sequence[Call]) -> None:
        """The calls of one request are done."""
        for call in calls:
            call.done = True
            if self.limits.reads and call.reply is not None and _length(call.reply) > _HELD:
                call.reply = None
        self.finished.extend(calls)
        with self._lock:
            self.open -= 1
        if self.eager or self.failed or self.open == 0 or self.wanted is None or self.wanted.done:
            self.wake.set()

    def end(self, error: BaseException) -> None:
        """Nothing can go on."""
        self.broken = self.broken or error
        self.stop()
        self.wake.set()


def _beyond(what: str, setting: str, most: float) -> BudgetError:
    shown = f"{most:g}" if isinstance(most, float) else most
    return BudgetError(
        f"the statement needs more {what} than {setting} = {shown} allows",
        hint=f"SET {setting} to a higher number, or RESET {setting}",
    )


def _declined(most: int) -> BudgetError:
    return BudgetError(
        f"the statement needs more calls than ai.confirm_calls = {most}, and was not to go on",
        hint="answer y, or SET ai.confirm_calls to a higher number; '' never asks",
    )


def _nothing() -> None:
    """What there is to do about a statement that has sent nothing."""


def _parts(calls: Sequence[Call], reply: Reply) -> list[Reply]:
    """A reply for each call. Tokens come as one number, which is shared out by the length of the texts."""
    if len(calls) == 1 or calls[0].form.task != EMBEDDINGS:
        return [reply]
    whole = sum(len(call.text) for call in calls)
    parts, given, seen = [], 0, 0
    for call, vector in zip(calls, reply.vectors, strict=True):
        seen += len(call.text)
        upto = None if reply.input_tokens is None else reply.input_tokens * seen // whole
        parts.append(Reply(vectors=(vector,), input_tokens=None if upto is None else upto - given))
        given = upto or 0
    return parts


def _length(reply: Reply) -> int:
    return 20 * len(reply.vectors[0]) if reply.vectors else len(found_in(reply).answer)
