"""The calls of one statement as the dispatcher sees them: what they may cost, and what became of them."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

from aisql.engine.ask import Call, answer_text
from aisql.errors import AisqlError, BudgetError
from aisql.providers.base import EMBEDDINGS, Reply
from aisql.spend import Spend

_HELD = 2_048
"""The most characters of an answer that wait in memory; a longer one is read again from where it is kept."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What one statement may do: the settings as they were when it began.

    Answers go to the ledger when it `keeps` them, and come from it when it `reads`. In a statement that
    `ends_early` a call may be asked that turns out not to be needed.
    """

    concurrency: int
    max_calls: int | None = None
    max_tokens: int | None = None
    keeps: bool = True
    reads: bool = True
    null_on_error: bool = False
    ends_early: bool = False

    @property
    def stop_at_failure(self) -> bool:
        """Whether nothing more is to be sent once a call has failed."""
        return not self.null_on_error and not self.ends_early


class Order:
    """`text` is the beginning of the statement, for the table of errors.

    `stopped` is set to send nothing more. `open` counts the requests under way and not settled. `finished`
    holds the calls that are done, for the SQL thread to take; it sets `wanted` to be woken for that call,
    and `eager` to be woken for any. What is `broken` is no failure of a call, and ends the statement.
    """

    def __init__(self, limits: Limits, spend: Spend, text: str) -> None:
        self.limits = limits
        self.spend = spend
        self.text = text
        self.stopped = False
        self.failed = False
        self.open = 0
        self.finished: deque[Call] = deque()
        self.wanted: Call | None = None
        self.eager = False
        self.broken: BaseException | None = None
        self.wake = threading.Event()
        self._lock = threading.Lock()
        self._expected = 0

    # ------------------------------------------------------------ on the loop

    def begin(self) -> None:
        """A request is about to go out."""
        with self._lock:
            self.open += 1

    def reserve(self, calls: Sequence[Call]) -> int:
        """Takes the tokens of a request from the budget; gives how many those may be.

        Raises BudgetError when the statement would spend more than it may.
        """
        limits, spend = self.limits, self.spend
        if limits.max_calls is not None and spend.requests >= limits.max_calls:
            raise BudgetError(
                f"the statement needs more calls than ai.max_calls = {limits.max_calls} allows",
                hint="SET ai.max_calls to a higher number, or RESET ai.max_calls",
            )
        if limits.max_tokens is None:
            return 0
        tokens = sum(call.tokens() for call in calls)
        if spend.input_tokens + spend.output_tokens + self._expected + tokens > limits.max_tokens:
            raise BudgetError(
                f"the statement needs more tokens than ai.max_tokens = {limits.max_tokens} allows",
                hint="SET ai.max_tokens to a higher number, or RESET ai.max_tokens",
            )
        self._expected += tokens
        return tokens

    def release(self, tokens: int) -> None:
        """The request is over; what it really used is counted now."""
        self._expected -= tokens

    def answered(self, calls: Sequence[Call], reply: Reply, seconds: float) -> None:
        """Gives every call its part of the reply.

        An answer its function cannot use is a failure: it is not to be kept, for the next one may be better.
        """
        spend = self.spend
        spend.input_tokens += reply.input_tokens or 0
        spend.output_tokens += reply.output_tokens or 0
        for call, part in zip(calls, _parts(calls, reply), strict=True):
            call.seconds = seconds
            try:
                call.value_of(part)
            except AisqlError as error:
                call.error = error
                self._fail()
            else:
                call.reply = part
                spend.answered += 1

    def refused(self, calls: Sequence[Call], error: AisqlError) -> None:
        """The calls have no answer, for this reason."""
        for call in calls:
            call.error = error
            self._fail()

    def unaffordable(self, calls: Sequence[Call], error: BudgetError) -> None:
        """The calls are not made: that is no failure of theirs."""
        for call in calls:
            call.error = error
        self.failed = True
        self.stopped = not self.limits.ends_early

    def _fail(self) -> None:
        self.spend.failed += 1
        self.failed = True
        if self.limits.stop_at_failure:
            self.stopped = True

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
        self.stopped = True
        self.wake.set()


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
    return len(answer_text(reply)[0]) if reply.texts else 20 * len(reply.vectors[0])
