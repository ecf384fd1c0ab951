"""A call that takes several requests, the later ones made of the answers to earlier ones."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple, TypeAlias

from aisql.engine.ask import Call, Form
from aisql.engine.calls import Calls
from aisql.engine.rewrite import Site
from aisql.errors import AisqlError, BudgetError, ProviderError
from aisql.functions.base import Ask, Known, Talk
from aisql.providers.base import Reply
from aisql.result import Value


class Asked(NamedTuple):
    """A request as it is made and looked up; with an `error` where it cannot be made."""

    form: Form
    ask: Ask
    digest: bytes
    error: ProviderError | None = None


Prepare: TypeAlias = Callable[[Ask], Asked | Known]
"""Makes a request of what is asked; the value of the whole call where it is not to be made."""


class Chain:
    """One such call of a row, on its way to a value. It goes on as far as the answers that are there allow.

    `missing` are the requests to be made next, until it is `asked`. It is `done` when it has a `value` or,
    as a call with its error, has `failed`. `ahead` is as that of a call. So many `requests`
    it made at first.
    """

    __slots__ = (
        "_arguments",
        "_awaited",
        "_calls",
        "_now",
        "_prepare",
        "_site",
        "_talk",
        "ahead",
        "asked",
        "ended",
        "failed",
        "missing",
        "requests",
        "value",
    )

    def __init__(
        self, site: Site, arguments: tuple[Value, ...], talk: Talk, calls: Calls, prepare: Prepare
    ) -> None:
        self.ahead: object = None
        self.asked = False
        self.ended = False
        self.failed: Call | None = None
        self.missing: tuple[Asked, ...] = ()
        self.requests = 0
        self.value: Value = None
        self._site = site
        self._arguments = arguments
        self._talk = talk
        self._calls = calls
        self._prepare = prepare
        self._now: tuple[Asked, ...] = ()
        self._awaited: list[Call] = []  # the first is the last
        self._begin()

    @property
    def done(self) -> bool:
        """Whether it has come to its end; where answers have arrived meanwhile it goes on first."""
        if self.asked:
            self.go_on()
        return self.ended

    @property
    def is_divided(self) -> bool:
        """Whether what it asks next takes several requests."""
        return len(self._now) > 1

    @property
    def error(self) -> AisqlError | None:
        """Why it has failed."""
        return None if self.failed is None else self.failed.error

    @property
    def waits_for(self) -> Call | None:
        """A request under way that it needs next."""
        while self._awaited and self._awaited[-1].done:
            self._awaited.pop()
        return self._awaited[-1] if self._awaited else None

    def ask(self) -> None:
        """Makes the requests that are missing, and from here on the later ones as soon as it can."""
        self.asked = True
        self.requests = len(self.missing)
        self._ask_missing()

    def go_on(self) -> None:
        """Goes on as far as the answers that are there allow."""
        while not self.ended and self.waits_for is None:
            replies = [self._reply(one) for one in self._now]
            self.missing = tuple(one for one, reply in zip(self._now, replies, strict=True) if reply is None)
            if self.missing and not self.asked:
                return
            if self.missing:
                self._ask_missing()
            elif not self._await():
                self._say([reply for reply in replies if isinstance(reply, Reply | AisqlError)])

    def _ask_missing(self) -> None:
        missing, self.missing = self.missing, ()
        for one in missing:
            if self._reply(one) is None:  # the same may be asked twice
                self._calls.submit(one.form, one.ask, one.digest, self._site, self._arguments, is_part=True)
        self._await()

    def _await(self) -> bool:
        """Whether a request it needs is under way; it is told of the end of each."""
        found = [self._reply(one) for one in self._now]
        self._awaited = [one for one in reversed(found) if isinstance(one, Call)]
        for call in self._awaited:
            call.told += (self._told,)
        return bool(self._awaited)

    def _told(self) -> None:
        """A request it needs is over: it goes on, unless it may not be needed at all."""
        if self.ahead is None or not self._calls.ends_early:
            self.go_on()

    def _begin(self) -> None:
        try:
            asks = next(self._talk)
        except StopIteration as end:
            self._end(end.value)
        except AisqlError as error:  # nothing was asked: the arguments are wrong
            error.span = error.span or self._site.call.span
            raise
        else:
            self._take(asks)
            self.go_on()

    def _take(self, asks: Sequence[Ask]) -> None:
        """Goes on with what is asked next."""
        asked = []
        for ask in asks:
            one = self._prepare(ask)
            if isinstance(one, Known):
                self._end(one.value)
                return
            asked.append(one)
        self._now = tuple(asked)

    def _say(self, replies: Sequence[Reply | AisqlError]) -> None:
        """Goes on with the replies to what was asked."""
        errors = [reply for reply in replies if isinstance(reply, AisqlError)]
        budget = next((error for error in errors if isinstance(error, BudgetError)), None)
        try:
            if budget is not None:
                raise budget
            if errors:
                asks = self._talk.throw(errors[0])
            else:
                asks = self._talk.send(tuple(reply for reply in replies if isinstance(reply, Reply)))
        except StopIteration as end:
            self._end(end.value)
        except AisqlError as error:
            self._fail(error)
        else:
            self._take(asks)

    def _reply(self, one: Asked) -> Reply | Call | AisqlError | None:
        return one.error or self._calls.reply(one.form, one.digest)

    def _end(self, value: Value) -> None:
        self.ended, self.value = True, value
        self._talk.close()

    def _fail(self, error: AisqlError) -> None:
        self.ended = True
        form, ask, digest, _ = self._now[0]
        self.failed = Call(form, ask, digest, self._site, self._arguments)
        self.failed.error = error
        self._calls.lose(self.failed)
