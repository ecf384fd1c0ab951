"""The calls of one statement as its scans see them: known, under way, or to be asked now."""

from __future__ import annotations

import json
import math
import mmap
from collections import Counter
from collections.abc import Callable
from copy import copy
from time import monotonic
from types import TracebackType

import apsw

from aisql.catalog.answers import Found, Ledger
from aisql.engine.ask import Call, Form, found_in, reply_of
from aisql.engine.dispatch import Dispatcher, land
from aisql.engine.lanes import Job
from aisql.engine.orders import Limits, Order, Price
from aisql.errors import AisqlError, BudgetError, ProviderError
from aisql.providers.base import EMBEDDINGS, Reply
from aisql.providers.registry import embed_tokens_of
from aisql.providers.tokens import estimate
from aisql.result import Value
from aisql.spend import Spend

TYPE_CHECKING = False
if TYPE_CHECKING:
    from aisql.engine.rewrite import Site
    from aisql.functions.base import Ask
    from aisql.spend import Confirm, Watcher

_HANDED_OVER = 64
"""Requests that go to the dispatcher together, unless they come slowly."""
_SLOW = 0.002
"""Seconds after which a request is not kept back for company."""
_QUIET = 0.01
"""Seconds a wait lasts before anybody is told of it."""
_TICK = 0.1
_SHOWN = 0.2
"""Seconds of a wait after which the output has shown all rows there are: a question comes below them."""
_GRACE = 0.3
"""Seconds an interrupted statement waits for answers that are under way: they are paid for."""
_FAILURES = 10_000
"""The most failed calls that are remembered for RETRY FAILED."""


class Calls:
    """`watcher` is told of waits, and `pause` called, before and during them.

    `confirm` asks the user whether to go on.
    `batch_size` gives the most texts of a form that one request may embed, `price` what tokens cost.
    """

    def __init__(
        self,
        dispatcher: Callable[[], Dispatcher],
        ledger: Ledger,
        limits: Limits,
        text: str,
        batch_size: Callable[[Form], int],
        price: Price,
        *,
        may_ask: bool,
        watcher: Watcher | None,
        confirm: Confirm | None,
    ) -> None:
        self.spend = Spend()
        self.failures: list[Call] = []
        self.nulls = 0  # calls that failed and gave NULL
        self.first_null: AisqlError | None = None  # why the first of them did
        self.pause: Callable[[], None] | None = None
        self._dispatcher = dispatcher
        self._ledger = ledger
        self._limits = limits
        self._batch_size = batch_size
        self._may_ask = may_ask
        self._watcher = watcher
        self._confirm = confirm
        self._order = Order(limits, self.spend, text, price)
        self._admitted: Dispatcher | None = None
        self._seen = Seen()
        self._scratch = Scratch()
        self._under_way: dict[bytes, Call] = {}
        self._fatal: dict[bytes, Call] = {}
        self._seen_lost = Seen()
        self._lost: Call | None = None  # the first chain whose failure is more than a NULL
        self._to_tell: list[Callable[[], None]] = []
        self._chats: list[Job] = []
        self._embeddings: dict[Form, list[Call]] = {}
        self._tokens: Counter[Form] = Counter()  # of the texts of each batch, where they are bounded
        self._handed_over = 0.0
        self._told = False

    @property
    def ends_early(self) -> bool:
        """Whether what is asked ahead of need may not be needed at all."""
        return self._limits.ends_early

    # ------------------------------------------------------------ looking up

    def find(
        self, form: Form, ask: Ask, digest: bytes, site: Site, arguments: tuple[Value, ...]
    ) -> Call | tuple[Value] | None:
        """The value of a call, a call that is under way, or None for one that is to be asked."""
        call = self._under_way.get(digest) or self._fatal.get(digest)
        if call is not None:
            return call
        found = self._kept(digest)
        if found is None:
            return None
        if found.choices:
            return (ask.read(reply_of(form, found)),)
        failed = Call(form, ask, digest, site, arguments)
        failed.error, failed.is_part = _told_again(found)
        failed.done = True
        return failed if failed.is_part else (None,)

    def reply(self, form: Form, digest: bytes) -> Reply | Call | AisqlError | None:
        """What a part of a chain came to: a reply, an error, a call under way, None for one that is to be
        asked."""
        call = self._under_way.get(digest) or self._fatal.get(digest)
        if call is not None and not call.done:
            return call
        if call is not None and (call.error or call.reply) is not None:
            return call.error or call.reply
        found = self._kept(digest)
        if found is None:
            return None
        return reply_of(form, found) if found.choices else _told_again(found)[0]

    def _kept(self, digest: bytes) -> Found | None:
        """The answer that is on disk, None where there is none."""
        found = self._scratch.find(digest)
        if found is None and self._limits.reads:
            found = self._ledger.find(digest)
            if found is not None and self._seen.add(digest):
                self.spend.known += 1
                self.spend.from_ledger += 1
        return found

    def submit(
        self,
        form: Form,
        ask: Ask,
        digest: bytes,
        site: Site,
        arguments: tuple[Value, ...],
        *,
        is_part: bool = False,
    ) -> Call:
        """Asks. The request goes out when its turn comes, in company where texts are embedded."""
        call = Call(form, ask, digest, site, arguments)
        call.is_part = is_part
        is_new = self._seen.add(digest)
        self.spend.known += is_new
        if not self._may_ask and form.host:  # what works offline may be asked
            call.error, call.done = _not_kept(), True
            self.spend.failed += is_new
            self._fail(call)
            return call
        self._under_way[digest] = call
        if form.task == EMBEDDINGS:
            self._embed(call)
            return call
        self._chats.append(Job(self._order, [call]))
        now = monotonic()
        if len(self._chats) >= _HANDED_OVER or now - self._handed_over > _SLOW:
            self._handed_over = now
            self.hand_over()
        return call

    def _embed(self, call: Call) -> None:
        form = call.form
        most = embed_tokens_of(form.target.provider)
        if most is not None:
            self._tokens[form] += estimate(call.text)
            if self._tokens[form] > most and form in self._embeddings:
                self._send([Job(self._order, self._embeddings.pop(form))])
                self._tokens[form] = estimate(call.text)
        group = self._embeddings.setdefault(form, [])
        group.append(call)
        if len(group) >= self._batch_size(form):
            self._send([Job(self._order, self._embeddings.pop(form))])
            self._tokens[form] = 0

    def requests_for(self, form: Form, number: int) -> int:
        """How many requests so many calls take."""
        if not self._may_ask and form.host:
            return 0
        return -(-number // self._batch_size(form)) if form.task == EMBEDDINGS else number

    def _flush(self, wanted: Call) -> None:
        """Hands over what was kept back for company and is wanted now."""
        self.hand_over()
        group = self._embeddings.get(wanted.form)
        if group is not None and wanted in group:
            del self._embeddings[wanted.form]
            self._tokens[wanted.form] = 0
            self._send([Job(self._order, group)])

    def hand_over(self) -> None:
        """Sends what waits for no company."""
        if self._chats:
            chats, self._chats = self._chats, []
            self._send(chats)

    def _send(self, jobs: list[Job]) -> None:
        if self._admitted is None:
            self._admitted = self._dispatcher()
            self._admitted.admit(self._order)
        self._admitted.send(jobs)

    # ------------------------------------------------------------ waiting

    def wait(self, wanted: Call, *, eager: bool) -> None:
        """Waits until the call is done or, when `eager`, any other is.

        Raises what ends the statement: a failure that is to do that, a ledger that cannot be written.
        """
        self._flush(wanted)
        order = self._order
        order.wanted, order.eager = wanted, eager
        began = monotonic()
        while not wanted.done:
            self.settle()
            order.wake.clear()
            if wanted.done or (eager and order.finished):
                break
            if not order.wake.wait(_TICK if self._told else _QUIET):
                self._tick()
                if monotonic() - began >= _SHOWN:
                    self._consult()
            elif eager:
                break
        self.settle()

    def _tick(self) -> None:
        self._told = True
        if self._watcher is not None:
            self._watcher.waiting(self.spend)
        if self.pause is not None:
            self.pause()

    def _consult(self) -> None:
        """Asks the user where that is due. What was sent has arrived by then, so it is known what it cost."""
        if self._order.is_held and not self.spend.in_flight and self._confirm and self._admitted:
            self._order.decide(goes_on=self._confirm(self.spend))
            self._admitted.go_on()

    def resume(self) -> None:
        """Rows come next: whoever was told of a wait hears that it is over."""
        if self._told:
            self._told = False
            if self._watcher is not None:
                self._watcher.resumed()

    def settle(self) -> None:
        """Takes over what is done; chains that wait for it go on. Raises what ends the statement."""
        fatal = self._take_over()
        if fatal is None or self._limits.ends_early:
            to_tell, self._to_tell = self._to_tell, []
            for tell in to_tell:
                tell()
            if to_tell:
                self.hand_over()
        fatal = fatal or self._lost
        if self._order.broken is not None:
            raise self._order.broken
        if fatal is not None and not self._limits.ends_early:
            raise self._told_of(fatal)

    def _take_over(self) -> Call | None:
        """Takes over what is done; gives the first call whose failure is more than a NULL."""
        fatal = None
        while self._order.finished:
            call = self._order.finished.popleft()
            self._under_way.pop(call.digest, None)
            self._to_tell += call.told
            if call.found:
                self.spend.from_ledger += 1
            elif call.error is not None:
                self._fail(call)
                fatal = fatal or self._first_fatal(call)
            elif not self._limits.reads and call.reply is not None:
                self._scratch.keep(call.digest, found_in(call.reply))
        return fatal

    # ------------------------------------------------------------ results

    def value(self, call: Call, ask: Ask, site: Site, arguments: tuple[Value, ...]) -> Value:
        """The value of a call that is done, for a function that asked for it; None for one that failed.

        Raises the error of one whose failure ends the statement.
        """
        if call.error is not None:
            if call.is_part:
                self._fail_too(call, site, arguments)
            return self.failed(call)
        reply = call.reply
        if reply is None:
            found = self._kept(call.digest)
            assert found is not None  # noqa: S101 # it was kept before it was done
            reply = reply_of(call.form, found)
        try:
            return ask.read(reply)
        except AisqlError as error:  # another function could use it, this one cannot
            other = Call(call.form, ask, call.digest, site, arguments)
            other.error = error
            self.spend.failed += 1
            self._remember(other)
            if self.is_fatal(other):
                raise self._told_of(other) from None
            return None

    def _fail_too(self, call: Call, site: Site, arguments: tuple[Value, ...]) -> None:
        """A part of a chain has failed, whatever the chain makes of that, and another function needs it."""
        call.is_part, call.site, call.arguments = False, site, arguments
        if call.digest in self._under_way:
            return  # it is counted when it is taken over
        if not self.is_fatal(call):
            self._count_null(call)
            self._scratch.keep(call.digest, _failed(call))

    def failed(self, call: Call) -> Value:
        """What a call that failed gives: NULL. Raises its error where that ends the statement."""
        if self.is_fatal(call):
            raise self._told_of(call)
        return None

    def is_fatal(self, call: Call) -> bool:
        """Whether the failure of a call that is needed ends the statement."""
        if isinstance(call.error, BudgetError):
            return True
        return not (self._limits.null_on_error or call.form.retry.ignores)

    def lose(self, call: Call) -> None:
        """A chain has failed, as this call tells; it may be followed anew, and fail again."""
        if not self.is_fatal(call):
            if self._seen_lost.add(call.digest):
                self._count_null(call)
            return
        self._lost = self._lost or call
        if self._limits.stop_at_failure:
            self._order.stop()

    def _fail(self, call: Call) -> None:
        self._remember(call)
        if self.is_fatal(call):
            self._fatal[call.digest] = call
        else:
            self._scratch.keep(call.digest, _failed(call))

    def _first_fatal(self, call: Call) -> Call | None:
        """The call where its failure is more than a NULL; a chain tells itself what that of a part means."""
        if call.is_part and not isinstance(call.error, BudgetError):
            return None
        return self._fatal.get(call.digest)

    def _remember(self, call: Call) -> None:
        if not self.is_fatal(call) and not call.is_part:
            self._count_null(call)
        if len(self.failures) < _FAILURES and not isinstance(call.error, BudgetError):
            self.failures.append(call)

    def _count_null(self, call: Call) -> None:
        self.nulls += 1
        self.first_null = self.first_null or self._told_of(call)

    def _told_of(self, call: Call) -> AisqlError:
        """The error of a call, in words that tell which call it is about."""
        assert call.error is not None  # noqa: S101 # it is asked for then
        error = copy(call.error)  # calls that went out together share it
        error.__cause__ = call.error.__cause__
        if not isinstance(error, BudgetError) and error.span is None:
            error.message = f"{call.shown()}: {error.message}"
            if isinstance(error, ProviderError) and error.attempts:
                tries = "1 attempt" if error.attempts == 1 else f"{error.attempts} attempts"
                number = f", request {error.request_id}" if error.request_id else ""
                error.message += f" ({tries}{number})"
        error.span = error.span or call.site.call.span
        return error

    # ------------------------------------------------------------ the end

    def __enter__(self) -> Calls:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Sends nothing more. What is under way is paid for, so it may still arrive.

        After an error it is waited for, so that the next statement finds it; after an interrupt not for long.
        """
        try:
            if isinstance(error, AisqlError) and self._admitted is not None:
                land([self._order], math.inf, self._tick)
        except KeyboardInterrupt:
            self._cancel()
            raise
        finally:
            if isinstance(error, KeyboardInterrupt):
                self._cancel()
            self._order.stop()
            self._take_over()
            self.resume()

    def _cancel(self) -> None:
        """Gives up what does not arrive at once."""
        if self._admitted is not None:
            try:
                land([self._order], _GRACE)
            finally:
                self._admitted.cancel(self._order)


def _failed(call: Call) -> Found:
    """What is kept for a call that failed: no choice, and in the place of an answer why."""
    error = call.error
    assert error is not None  # noqa: S101 # it is asked for then
    attempts = error.attempts if isinstance(error, ProviderError) else 0
    return Found(json.dumps((error.message, error.code, attempts, call.is_part)), 0)


def _told_again(found: Found) -> tuple[ProviderError, bool]:
    """The error, and whether only a chain has met it."""
    message, code, attempts, is_part = json.loads(found.answer)
    return ProviderError(message, code=code, attempts=attempts), is_part


class Scratch:
    """What one statement knows and the ledger does not: failures, and answers that are not kept.

    A private database, which goes to disk where it grows.
    """

    def __init__(self) -> None:
        self._database: apsw.Connection | None = None

    def keep(self, digest: bytes, found: Found) -> None:
        """Remembers an answer."""
        if self._database is None:
            self._database = apsw.Connection("")
            self._database.execute("PRAGMA journal_mode = OFF").fetchall()
            self._database.execute("CREATE TABLE known (digest PRIMARY KEY, answer, choices, attempts)")
        self._database.execute("INSERT OR REPLACE INTO known VALUES (?, ?, ?, ?)", (digest, *found))

    def find(self, digest: bytes) -> Found | None:
        """The answer that was kept, None where there is none."""
        if self._database is None:
            return None
        for answer, choices, attempts in self._database.execute(
            "SELECT answer, choices, attempts FROM known WHERE digest = ?", (digest,)
        ):
            return Found(str(answer), int(choices or 0), int(attempts or 1))
        return None


class Seen:
    """Which digests were met before, for counting only: a bit of a digest stands for all of it.

    There are 2**27 bits, so of 100,000 digests less than one in a thousand is taken for another.
    """

    def __init__(self) -> None:
        self._bits: mmap.mmap | None = None

    def add(self, digest: bytes) -> bool:
        """Remembers a digest; tells whether it is new."""
        if self._bits is None:
            self._bits = mmap.mmap(-1, 1 << 24)  # pages that are not touched cost nothing
        place = int.from_bytes(digest[:4]) & 0x7FFFFFF
        bits = self._bits[place >> 3]
        bit = 1 << (place & 7)
        self._bits[place >> 3] = bits | bit
        return not bits & bit


def _not_kept() -> ProviderError:
    return ProviderError(
        "there is no answer in the ledger, and with ai.cache = only nobody is asked",
        code="not_in_ledger",
        attempts=0,
        hint="SET ai.cache = on asks for what is missing",
    )
