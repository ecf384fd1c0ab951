"""How a statement is evaluated: SQLite comes to one call at a time, and those after it are found ahead of it.

The statement runs once, as SQLite would run it with a plain function; where it comes to a call that nobody
has asked yet, collectors run ahead of it. A collector is the same SQL text in a statement of its own on the
same connection, inside a greenlet, so it can stop in the middle of a row and go on later. It knows one level
of evaluation: calls below it give their answers, its own are asked and give NULL, and those above it, which
depend on what it asks, are left alone. So requests go out as fast as they may, nested ones too, the rows come
out in their order as soon as they can, and nothing but a window is held in memory.

Whatever a collector does, only the statement itself decides what is an answer and what comes out. A collector
that has lost its way, because an answer ends a sub-query early, begins again, with the answers known by then.
"""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic
from typing import NamedTuple, Protocol, TypeAlias

from greenlet import GreenletExit, getcurrent, greenlet

from aisql.engine.ask import Call, Form
from aisql.engine.calls import Calls
from aisql.engine.chain import Asked, Chain
from aisql.engine.rewrite import Site
from aisql.errors import FileError, FunctionError, ProviderError, Span, SqlError
from aisql.functions.base import Ask, Known, Plan, Steps
from aisql.result import Value

TOP_LEVEL = 1 << 30

# The types belong to it: to Python 1 and 1.0 are the same, to a model they are two texts.
Key: TypeAlias = tuple[int, tuple[Value, ...], tuple[type, ...]]
Entry: TypeAlias = tuple[Value] | Call | Chain


class Missing(NamedTuple):
    """What nobody has asked yet: requests, and the chain they are the next of, which may go on with more."""

    asked: tuple[Asked, ...]
    chain: Chain | None = None
    goes_on: bool = False


_PATIENCE = 2.0
"""Seconds a collector may take from one call to the next, at the least."""
_FRUITLESS = 3
"""Collectors of one level that found nothing before no further one is tried."""
_LONGEST = 4_096
"""Characters from which on a value is not held in memory but read again."""


def key_of(identity: int, arguments: tuple[Value, ...]) -> Key:
    """What a call is known by in all scans of its statement."""
    return identity, arguments, tuple(map(type, arguments))


def changing(span: Span, hint: str | None = None) -> FunctionError:
    """The refusal of a call whose arguments are not the same in every evaluation."""
    return FunctionError(
        "what an AI call is made for must be the same in every evaluation of the statement",
        code="not_deterministic",
        span=span,
        hint=hint
        or "put the changing values into a table first: CREATE TABLE ... AS SELECT ... random() ...",
    )


def changed(span: Span) -> FunctionError:
    """The same, where nothing in the statement tells why."""
    return changing(
        span, "where another program has written to the tables meanwhile, run it again: the answers are kept"
    )


class Recent:
    """What the last so many calls came to, by their keys; older ones are forgotten."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._young: dict[Key, Entry] = {}
        self._old: dict[Key, Entry] = {}

    def get(self, key: Key) -> Entry | None:
        """The value, in a tuple, or the call under way."""
        entry = self._young.get(key)
        if entry is None and (entry := self._old.get(key)) is not None:
            self.put(key, entry)
        return entry

    def put(self, key: Key, entry: Entry) -> None:
        """Remembers what a call came to."""
        if len(self._young) >= self._size:
            self._old, self._young = self._young, {}
        self._young[key] = entry


class Scan(Protocol):
    """One evaluation of the statement, which tells what each call gives in it.

    Calls above its `level` give NULL. It `surveys` when late calls are found by their rows.
    """

    level: int
    surveys: bool

    def answer(self, key: Key, site: Site, entry: Entry | Missing) -> Value:
        """The value of a call; for `Missing` nobody has asked yet."""
        ...


class Lookup:
    """Finds what a call came to. `scan` is the evaluation that runs now."""

    scan: Scan

    def __init__(
        self,
        plan: Callable[[Site, tuple[Value, ...]], Plan],
        form_of: Callable[[Key, Site, Ask], Form],
        step: Callable[[Key, Site, Ask], Ask | Known],
        room: Callable[[Key, Site], int],
        calls: Calls,
        size: int,
    ) -> None:
        self.calls = calls
        self.recent = Recent(size)
        self._plan = plan
        self._form_of = form_of
        self._step = step
        self._room = room

    def find(self, key: Key, site: Site) -> Entry | Missing:
        """The value in a tuple, a call under way, or what to ask."""
        entry = self.recent.get(key)
        if entry is not None:
            return entry
        planned = self._plan(site, key[1])
        if isinstance(planned, Known):
            return self._remembered(key, (planned.value,))
        if isinstance(planned, Steps):
            return self._linked(key, site, planned)
        form = self._form_of(key, site, planned)
        digest = form.digest(planned.text)
        entry = self.calls.find(form, planned, digest, site, key[1])
        if entry is None:
            return Missing((Asked(form, planned, digest),))
        return self._remembered(key, entry)

    def _linked(self, key: Key, site: Site, steps: Steps) -> Entry | Missing:
        def prepare(ask: Ask) -> Asked | Known:
            try:
                fitted = self._step(key, site, ask)
            except ProviderError as error:
                form = self._form_of(key, site, ask)
                return Asked(form, ask, form.digest(ask.text), error)
            if isinstance(fitted, Known):
                return fitted
            form = self._form_of(key, site, fitted)
            return Asked(form, fitted, form.digest(fitted.text))

        chain = Chain(site, key[1], steps.talk(self._room(key, site)), self.calls, prepare)
        if chain.missing:
            return Missing(chain.missing, chain, steps.goes_on and chain.is_divided)
        chain.asked = True
        is_known = chain.ended and chain.failed is None
        return self._remembered(key, (chain.value,) if is_known else chain)

    def _remembered(self, key: Key, entry: Entry) -> Entry:
        if not isinstance(entry, tuple) or _is_short(entry[0]):
            self.recent.put(key, entry)
        return entry

    def ask(self, key: Key, site: Site, missing: Missing) -> Call | Chain:
        """Asks for what is missing."""
        call: Call | Chain
        if missing.chain is not None:
            call = missing.chain
            call.ask()
        else:
            form, ask, digest, _ = missing.asked[0]
            call = self.calls.submit(form, ask, digest, site, key[1])
        self.recent.put(key, call)
        return call

    def wait(self, call: Call | Chain, *, eager: bool) -> None:
        """Waits until the call, or the part of a chain that it needs next, is done; when `eager`, any."""
        wanted = call if isinstance(call, Call) else call.waits_for
        if wanted is not None:
            self.calls.wait(wanted, eager=eager)

    def is_fatal(self, call: Call | Chain) -> bool:
        """Whether a call that is done has failed, and that ends the statement."""
        failed = call if isinstance(call, Call) else call.failed
        return failed is not None and failed.error is not None and self.calls.is_fatal(failed)

    def value(self, key: Key, site: Site, call: Call | Chain) -> Value:
        """The value of a call that is done. Raises its error where that ends the statement."""
        if isinstance(call, Chain):
            return call.value if call.failed is None else self.calls.failed(call.failed)
        planned = self._plan(site, key[1])  # another function may have asked the same
        assert not isinstance(planned, Steps)  # noqa: S101 # those have a chain
        return planned.value if isinstance(planned, Known) else self.calls.value(call, planned, site, key[1])

    def taken(self, key: Key, site: Site, call: Call | Chain) -> Value:
        """The same for the statement itself, which remembers the value in the place of the call."""
        value = self.value(key, site, call)
        if _is_short(value):
            self.recent.put(key, (value,))
        return value


def _is_short(value: Value) -> bool:
    return not isinstance(value, str) or len(value) < _LONGEST


class Arrival(NamedTuple):
    """What is piped in and has not come yet."""

    is_there: Callable[[], bool]

    @property
    def done(self) -> bool:
        """Whether it has come."""
        return self.is_there()


class Lost(Exception):
    """Ends a collector where it cannot go on."""


class Collector:
    """Runs ahead at one level, in a greenlet of its own.

    `ahead` counts the requests of calls it has asked that the statement has not come to, `come` all it came
    to at its level. `waiting` is what it waits for. `sites` are the identities of those it asked at.
    """

    surveys = False

    def __init__(self, level: int, lookup: Lookup, run: Callable[[], None], full: Callable[[], bool]) -> None:
        self.level = level
        self.ahead = 0
        self.come = 0
        self.waiting: Call | Chain | Arrival | None = None
        self.sites: set[int] = set()
        self._lookup = lookup
        self._full = full
        self._run = run
        self._begun = self._busy_since = monotonic()
        self._statement = getcurrent()
        self._greenlet = greenlet(self._collect)

    def _collect(self) -> None:
        try:
            self._run()
        except (Lost, SqlError, FileError):
            # An error may come of the NULLs, or of a row the statement has not come to. It will tell.
            self.waiting = None

    @property
    def ended(self) -> bool:
        """Whether it has come to the end, or to where it cannot go on."""
        return bool(self._greenlet.dead)

    @property
    def can_go_on(self) -> bool:
        """Whether it waits for nothing."""
        return not self.ended and (self.waiting is None or self.waiting.done)

    def go_on(self) -> None:
        """Runs until it has run far enough, waits, or ends."""
        before, self._lookup.scan = self._lookup.scan, self
        self._busy_since = monotonic()
        try:
            self._greenlet.switch()
        finally:
            self._lookup.scan = before

    def is_lost_in_thought(self, began: float) -> bool:
        """Whether it has come to no call for long, measured by how long the statement took to its first.

        On a NULL in the place of an answer a recursion may never end.
        """
        return monotonic() - self._busy_since > max(_PATIENCE, 2 * (self._begun - began))

    def close(self) -> None:
        """Ends it where it is."""
        if not self._greenlet.dead:
            self._greenlet.throw(GreenletExit)

    def wait_for_input(self, is_there: Callable[[], bool]) -> None:
        """Lets the statement go on while there is nothing to read."""
        while not is_there():
            self.waiting = Arrival(is_there)
            self._statement.switch()
        self.waiting = None
        self._busy_since = monotonic()

    def answer(self, key: Key, site: Site, entry: Entry | Missing) -> Value:
        """See Scan."""
        self._busy_since = monotonic()
        if site.call.level < self.level:
            return self._wait_for(key, site, entry)
        self.come += 1
        if not isinstance(entry, tuple):
            value = self._lookup.value(key, site, entry) if entry.done and entry.error is None else None
        elif not isinstance(entry, Missing):
            value = entry[0]
        else:
            if site.call.repeats:
                raise Lost  # its next arguments depend on this very answer
            call = self._lookup.ask(key, site, entry)
            call.ahead = self
            self.ahead += call.requests if isinstance(call, Chain) else 1
            self.sites.add(key[0])
            value = None
        if self._full():
            self._statement.switch()
        return value

    def _wait_for(self, key: Key, site: Site, entry: Entry | Missing) -> Value:
        if isinstance(entry, tuple):
            if not isinstance(entry, Missing):
                return entry[0]
            entry = self._lookup.ask(key, site, entry)
        while not entry.done:
            self.waiting = entry
            self._statement.switch()
        self.waiting = None
        if self._lookup.is_fatal(entry):
            raise Lost  # the statement may not need it after all
        return self._lookup.value(key, site, entry)


class Reading:
    """The statement itself, as it gives rows, with collectors ahead of it.

    `collect` runs the scan of a collector. `levels` are those worth one. A collector may be `first` calls
    ahead, and more the longer the statement goes on, but never more than `window`; in a statement that may
    `end_early` all of them together are no more than `first` ahead.
    """

    level = TOP_LEVEL
    surveys = False

    def __init__(
        self,
        lookup: Lookup,
        levels: list[int],
        collect: Callable[[], None],
        first: int,
        window: int,
        *,
        ends_early: bool,
    ) -> None:
        self._lookup = lookup
        self._levels = levels
        self._collect = collect
        self._window = window
        self._allowance = dict.fromkeys(levels, first)
        self._most = first
        self._ends_early = ends_early
        self._collectors: dict[int, Collector] = {}
        self._fruitless = dict.fromkeys(levels, 0)
        self._come = dict.fromkeys(levels, 0)
        self._wanted: Call | Chain | None = None

    def answer(self, key: Key, site: Site, entry: Entry | Missing) -> Value:
        """See Scan."""
        level = site.call.level
        if level in self._come:
            self._come[level] += 1
        if isinstance(entry, tuple):
            if not isinstance(entry, Missing):
                return entry[0]
            entry = self._look_ahead(key, site, entry)
            if isinstance(entry, tuple):
                return entry[0]
        self._take(entry)
        if not entry.done:
            self._wait(entry)
        return self._lookup.taken(key, site, entry)

    # ------------------------------------------------------------ running ahead

    def _look_ahead(self, key: Key, site: Site, missing: Missing) -> Entry:
        """Has the call asked, and with it those the statement comes to after it."""
        level = site.call.level
        collector = self._collectors.get(level)
        is_fresh = collector is None
        while level in self._levels and self._fruitless[level] < _FRUITLESS and not site.call.repeats:
            if collector is None:
                collector = self._begin(level)
            if (entry := self._reached(collector, key)) is not None:
                return entry
            if is_fresh:
                self._fruitless[level] += 1
                if key[0] in collector.sites:
                    raise changed(site.call.span)
                break
            self._close(collector)
            collector, is_fresh = None, True
        return self._lookup.ask(key, site, missing)

    def _reached(self, collector: Collector, key: Key) -> Entry | None:
        """Runs a collector until it comes to this call; None where it does not within what it may."""
        self._wanted = None
        while not collector.ended and self._has_room(collector):
            if collector.waiting is not None and not collector.waiting.done:
                if isinstance(collector.waiting, Arrival):
                    return None
                self._lookup.wait(collector.waiting, eager=False)
            collector.go_on()
            if (entry := self._lookup.recent.get(key)) is not None:
                return entry
        return None

    def _begin(self, level: int) -> Collector:
        collector: Collector = Collector(
            level, self._lookup, self._collect, lambda: self._is_far_enough(collector)
        )
        self._collectors[level] = collector
        return collector

    def _has_room(self, collector: Collector) -> bool:
        if self._ends_early:
            return sum(each.ahead for each in self._collectors.values()) < self._most
        return collector.ahead < self._allowance[collector.level]

    def _is_far_enough(self, collector: Collector) -> bool:
        """Whether a collector should let the statement go on."""
        if self._wanted is not None and self._wanted.done:
            return True
        # What it only comes to is looked up twice, so that is bounded too.
        far = collector.come - self._come[collector.level] > 16 * self._window
        return far or not self._has_room(collector)

    def _run_ahead(self) -> None:
        """Lets the collectors run as far as they may."""
        for level in self._levels:
            collector = self._collectors.get(level)
            if collector is None:
                if self._fruitless[level]:
                    continue
                collector = self._begin(level)
            if not self._ends_early and collector.ahead * 2 <= self._allowance[level]:
                self._allowance[level] = min(2 * self._allowance[level], self._window)
            while collector.can_go_on and not self._is_far_enough(collector):
                collector.go_on()

    def _take(self, call: Call | Chain) -> None:
        """The statement has come to the call."""
        collector = call.ahead
        if isinstance(collector, Collector):
            call.ahead = None
            collector.ahead -= call.requests if isinstance(call, Chain) else 1
            low = collector.ahead * 2 <= self._allowance[collector.level]
            if low and call.done and collector is self._collectors.get(collector.level):
                self._wanted = None
                self._run_ahead()
                self._lookup.calls.hand_over()

    # ------------------------------------------------------------ waiting

    def _wait(self, call: Call | Chain) -> None:
        while not call.done:
            self._wanted = call
            self._run_ahead()
            waits = any(each.waiting is not None for each in self._collectors.values())
            self._lookup.wait(call, eager=waits)
        self._lookup.calls.resume()

    def _close(self, collector: Collector) -> None:
        del self._collectors[collector.level]
        collector.close()

    def close(self) -> None:
        """Ends the collectors."""
        for collector in list(self._collectors.values()):
            self._close(collector)
