"""What a statement, or a whole run, has spent on model calls so far."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Protocol, TypeAlias

    Confirm: TypeAlias = Callable[["Spend"], bool]
    """Asks the user whether a statement that has spent so much goes on, on the thread that waits."""

    class Watcher(Protocol):
        """Is told while the program waits for providers, on the thread that waits."""

        def waiting(self, spend: Spend) -> None:
            """Called about ten times a second during a wait, and once before each."""
            ...

        def resumed(self) -> None:
            """The wait is over: rows may be written next."""
            ...


class Spend:
    """Counts that only grow, but for `in_flight`.

    `known` calls have been found to be needed, each distinct one once; of them `from_ledger` were answered
    without a request, `answered` by a provider, and `failed` had no usable answer. `requests` went out, one
    for many calls where texts are embedded together; `retries` of them because the one before had failed;
    `trouble` says why the last of those did; `in_flight` of all are under way. Tokens are as providers count
    them: `cached_tokens` are a part of the input, `reasoning_tokens` one of the output. `cost` is in US
    dollars, by the price table, and without the `unpriced` answers whose price nobody knows.
    """

    __slots__ = (
        "answered",
        "cached_tokens",
        "cost",
        "failed",
        "from_ledger",
        "in_flight",
        "input_tokens",
        "known",
        "output_tokens",
        "reasoning_tokens",
        "requests",
        "retries",
        "trouble",
        "unpriced",
    )

    def __init__(self) -> None:
        self.known = 0
        self.from_ledger = 0
        self.answered = 0
        self.failed = 0
        self.requests = 0
        self.retries = 0
        self.in_flight = 0
        self.input_tokens = 0
        self.output_tokens = 0
        self.cached_tokens = 0
        self.reasoning_tokens = 0
        self.cost = 0.0
        self.unpriced = 0
        self.trouble = ""

    def add(self, other: Spend) -> None:
        """Adds what another has spent."""
        for name in self.__slots__:
            if name != "trouble":
                setattr(self, name, getattr(self, name) + getattr(other, name))
        self.trouble = other.trouble or self.trouble

    def since(self, before: Spend) -> Spend:
        """What was spent after it was so much."""
        spent = Spend()
        for name in self.__slots__:
            if name != "trouble":
                setattr(spent, name, getattr(self, name) - getattr(before, name))
        return spent
