"""Keeps what completion knows up to date, while the user goes on typing."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import lru_cache
from threading import Lock, Thread
from typing import TYPE_CHECKING

from aisql.engine.outline import Observer, Outline
from aisql.errors import AisqlError
from aisql.repl.completion.lookups import Lookups
from aisql.repl.completion.snapshot import Snapshot

if TYPE_CHECKING:
    from aisql.syntax.parse import Parser

_REMEMBERED = 64


class Names:
    """The newest snapshot. It is made on a thread of its own; until then the one before holds.

    `parser` makes the parser of our statements, which is loaded on that thread too. `variables` gives the
    names of session variables, `favourites` those of kept statements, `drawable` those of the columns of the
    last result. `arrived` is called, on any thread, when there is something new.
    """

    def __init__(
        self,
        observer: Observer,
        parser: Callable[[], Parser],
        variables: Callable[[], Iterable[str]],
        arrived: Callable[[], None],
        favourites: Callable[[], Iterable[str]] = tuple,
        drawable: Callable[[], tuple[str, ...]] = tuple,
    ) -> None:
        self._files = Lookups(observer.columns_of_file, arrived)
        self.snapshot = Snapshot(file=self._files.columns)
        self._observer = observer
        self._parser = parser
        self._variables = variables
        self._favourites = favourites
        self._arrived = arrived
        self._own: tuple[tuple[str, ...], tuple[str, ...]] = (), ()
        self._drawable = drawable
        self._following: Callable[[str], tuple[str, ...]] | None = None
        self._begun = 0
        self._publishing = Lock()
        self._worker: Thread | None = None

    def refresh(self) -> None:
        """Begins a new snapshot where something has changed. Called on the thread of the session."""
        drawable = self._drawable()
        with self._publishing:
            if drawable != self.snapshot.drawable:
                self.snapshot = replace(self.snapshot, drawable=drawable)
        try:
            find = self._observer.changed()
        except AisqlError:
            find = None  # the statement that needs the database tells
        before, self._own = self._own, (tuple(self._variables()), tuple(self._favourites()))
        if find is not None:
            self._begun += 1
            self._worker = Thread(target=self._make, args=(self._begun, find), name="aisql-names")
            self._worker.start()
        elif self._own != before:
            self._publish(self._begun, self.snapshot)

    @property
    def newest(self) -> tuple[object, object]:
        """What suggestions are made of now. Where one of these is another object there is something new."""
        return self.snapshot, self._files.known

    def wait(self) -> None:
        """Waits for the snapshot that is being made, and for files that are looked into."""
        if self._worker is not None:
            self._worker.join()
        self._files.wait()

    def _make(self, number: int, find: Callable[[], Outline]) -> None:
        try:
            outline = find()
        except AisqlError:
            return  # the statement that needs it tells; what was known is still offered
        known = Snapshot(outline.tables, outline.catalog, file=self._files.columns)
        if self._following is None:
            self._publish(number, known)  # building the parser may take longer than the user does
            self._following = lru_cache(_REMEMBERED)(self._parser().following)
            self._following("")  # which builds it; a key would wait for it
        self._publish(number, replace(known, following=self._following))

    def _publish(self, number: int, snapshot: Snapshot) -> None:
        variables, favourites = self._own
        with self._publishing:
            snapshot = replace(
                snapshot, variables=variables, favourites=favourites, drawable=self.snapshot.drawable
            )
            # A newer one may have been quicker; and a menu that is open is left alone where nothing is new.
            is_new = number == self._begun and snapshot != self.snapshot
            if is_new:
                self.snapshot = snapshot
        if is_new:
            self._arrived()
