"""Scans that are over before the statement begins: of one that writes, and of rows that are sorted and cut.

A statement that writes is run and undone, for the calls it comes to; they are asked and waited for while
nothing is locked, and it is run again until it comes to no unknown one. Then it runs for good, and waits for
nothing.
"""

from __future__ import annotations

import marshal
from collections import Counter

from aisql.engine.ask import Call, Form
from aisql.engine.chain import Chain
from aisql.engine.rewrite import Site
from aisql.engine.scans import TOP_LEVEL, Entry, Key, Lookup, Missing, Scan, changed
from aisql.result import Value

_LONGEST = 16
"""How many windows the longest round of a statement that writes is long."""


class Enough(Exception):
    """Ends a round that has come to as many unknown calls as may go out before the next one."""


class Round:
    """One run of a statement for the unknown calls in it.

    Calls are asked at the lowest level of evaluation that has an unknown one, for what lies above depends on
    answers that are not there yet. `most` is the most of them; in a statement that may `end_early` nothing
    is asked for later rows while it is open what the earlier ones need. `last` are those of the round before.
    """

    level = TOP_LEVEL
    surveys = False

    def __init__(self, lookup: Lookup, most: int, last: dict[Key, Call | Chain], *, ends_early: bool) -> None:
        self.asked: dict[Key, Call | Chain] = {}
        self.has_met_last = not last
        self._lookup = lookup
        self._most = most
        self._last = last
        self._ends_early = ends_early
        self._lowest = TOP_LEVEL

    @property
    def has_asked(self) -> bool:
        """Whether it came to an unknown call."""
        return bool(self.asked)

    def answer(self, key: Key, site: Site, entry: Entry | Missing) -> Value:
        """See Scan."""
        if isinstance(entry, tuple) and not isinstance(entry, Missing):
            self.has_met_last = self.has_met_last or key in self._last
            return entry[0]
        if not isinstance(entry, tuple) and entry.done:
            self.has_met_last = True
            return self._lookup.value(key, site, entry)
        level = site.call.level
        if site.call.repeats and self.asked:
            raise Enough  # a recursion on rows with a NULL may never end
        if level > self._lowest:
            return None
        if self._ends_early and self.asked and level < self._lowest:
            raise Enough  # what is asked comes of earlier rows, which may be all it takes
        self._lowest = level
        if key not in self.asked:
            self.asked[key] = self._lookup.ask(key, site, entry) if isinstance(entry, tuple) else entry
        if site.call.repeats or len(self.asked) >= self._most:
            raise Enough
        return None


def next_most(most: int | None, window: int) -> int:
    """How many calls the next round may come to: rounds are few, and what they hold in memory is bounded."""
    return window if most is None else min(2 * most, _LONGEST * window)


class Settled:
    """The last run of a statement that writes: every answer is there."""

    level = TOP_LEVEL
    surveys = False

    def __init__(self, lookup: Lookup) -> None:
        self._lookup = lookup

    def answer(self, key: Key, site: Site, entry: Entry | Missing) -> Value:
        """See Scan."""
        if not isinstance(entry, tuple) and entry.done:
            return self._lookup.value(key, site, entry)
        if not isinstance(entry, tuple) or isinstance(entry, Missing):
            raise changed(site.call.span)
        return entry[0]


class Count:
    """A run that asks for nothing and counts what would be asked, each distinct call once.

    Those above the `lowest` level with a missing answer depend on it, and may be more. So may be a call that
    takes several requests: it `goes_on` after those that are counted.
    """

    level = TOP_LEVEL
    surveys = False

    def __init__(self) -> None:
        self.missing: dict[bytes, Form] = {}
        self.lowest = TOP_LEVEL
        self.goes_on = False

    @property
    def has_asked(self) -> bool:
        """Whether it came to an unknown call."""
        return bool(self.missing)

    def by_form(self) -> Counter[Form]:
        """The calls that are missing, counted by what one request can hold."""
        return Counter(self.missing.values())

    def answer(self, key: Key, site: Site, entry: Entry | Missing) -> Value:  # noqa: ARG002 # see Scan
        """See Scan."""
        if not isinstance(entry, Missing):
            return entry[0] if isinstance(entry, tuple) else None
        if site.call.level <= self.lowest:
            self.lowest = site.call.level
            self.missing |= {one.digest: one.form for one in entry.asked}
            self.goes_on = self.goes_on or entry.goes_on
        return None


class Survey:
    """A run in which late calls are noted with their row, and only the rows that come out are asked for.

    `scan` has the answers at lower levels. `level` is that of the late calls it looks for.
    """

    surveys = True

    def __init__(self, scan: Scan, level: int) -> None:
        self.level = level
        self._scan = scan
        self._noted: list[tuple[int, tuple[Value, ...]]] = []

    def answer(self, key: Key, site: Site, entry: Entry | Missing) -> Value:
        """See Scan."""
        return self._scan.answer(key, site, entry)

    def note(self, identity: int, arguments: tuple[Value, ...]) -> None:
        """The row that SQLite computes now needs this call."""
        self._noted.append((identity, arguments))

    def end_row(self) -> bytes:
        """What the row needs, as a value that goes with it."""
        row = marshal.dumps(self._noted)
        self._noted.clear()
        return row


def noted(value: Value) -> list[tuple[int, tuple[Value, ...]]]:
    """The calls a row needs."""
    assert isinstance(value, bytes)  # noqa: S101 # it comes from `Survey.end_row`
    calls: list[tuple[int, tuple[Value, ...]]] = marshal.loads(value)  # noqa: S302 # made in this process
    return calls
