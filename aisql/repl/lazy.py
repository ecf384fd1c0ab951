"""Completion and suggestions, and how what keys need is loaded once the prompt stands there."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Iterable
from contextlib import aclosing
from operator import is_not
from threading import Thread
from typing import TYPE_CHECKING

from prompt_toolkit.auto_suggest import AutoSuggest, AutoSuggestFromHistory, Suggestion
from prompt_toolkit.buffer import Buffer
from prompt_toolkit.completion import CompleteEvent, Completer, Completion, DummyCompleter
from prompt_toolkit.document import Document
from prompt_toolkit.history import History

from aisql.repl.history import HistoryCompleter
from aisql.repl.keys import Mode

if TYPE_CHECKING:
    from typing import TypeAlias

    from aisql.access import Access
    from aisql.repl.completion.refresh import Names

    MakeNames: TypeAlias = Callable[[Callable[[], None]], Names]
    """Makes the names; is given what they call when there are new ones."""


class Loading:
    """What keys need and an empty line does not, loaded on a thread of its own: no key waits for it.

    `load` is called on that thread, and `loaded` when it is done.
    """

    def __init__(self, load: Callable[[], None], loaded: Callable[[], None]) -> None:
        self._load = load
        self._loaded = loaded
        self._worker: Thread | None = None
        self.is_done = False

    def begin(self) -> None:
        """Begins, the first time it is called."""
        if self._worker is None:
            self._worker = Thread(target=self._run, name="aisql-loading")
            self._worker.start()

    def wait(self) -> None:
        """Waits until all is there, where it has begun."""
        if self._worker is not None:
            self._worker.join()

    def _run(self) -> None:
        self._load()
        self.is_done = True
        self._loaded()


class LazyCompleter(Completer):
    """Completion of SQL and, while the user searches, of the history.

    `arrived` is called on another thread when there is more to offer than before; `access` tells whether
    files are looked for. Until all of `loading` is there nothing is offered but to who asks for it with a
    Tab, and waits.
    """

    def __init__(
        self,
        mode: Mode,
        history: History,
        names: MakeNames,
        arrived: Callable[[], None],
        loading: Loading,
        access: Access,
    ) -> None:
        self._mode = mode
        self._loading = loading
        self._access = access
        self._history = HistoryCompleter(lambda: dict.fromkeys(reversed(history.get_strings())))
        self._make = names
        self._arrived = arrived
        self._names: Names | None = None
        self._sql: Completer | None = None
        self._is_fresh = False
        self._used: tuple[object, object] = None, None
        self._asked = "", CompleteEvent()

    @property
    def is_stale(self) -> bool:
        """Whether what was offered last was made of older names."""
        return self._names is not None and any(map(is_not, self._used, self._names.newest))

    def again(self, text: str) -> CompleteEvent:
        """How to ask anew for the menu of a text: at a Tab where it was a Tab that asked for it."""
        before, event = self._asked
        is_tab = event.completion_requested and text == before
        return CompleteEvent(text_inserted=not is_tab, completion_requested=is_tab)

    def refresh(self) -> None:
        """Looks for new names, once after every statement."""
        if not self._is_fresh:
            self._is_fresh = True
            self._known().refresh()

    def forget(self) -> None:
        """Says that a statement may have made new names."""
        self._is_fresh = False

    def _known(self) -> Names:
        if self._names is None:
            self._names = self._make(self._arrived)
        return self._names

    def get_completions(self, document: Document, complete_event: CompleteEvent) -> Iterable[Completion]:
        """The completions at the cursor."""
        return self._now(document, complete_event).get_completions(document, complete_event)

    async def get_completions_async(
        self, document: Document, complete_event: CompleteEvent
    ) -> AsyncGenerator[Completion, None]:
        """The same, and those that have to be waited for.

        None where more was typed while a Tab waited: the library comes again by itself then, and would add to
        what nobody has asked it to complete.
        """
        before, event = self._asked
        if complete_event is event and event.completion_requested and document.text != before:
            return
        found = self._now(document, complete_event).get_completions_async(document, complete_event)
        async with aclosing(found):
            async for each in found:
                yield each

    def _now(self, document: Document, complete_event: CompleteEvent) -> Completer:
        self._asked = document.text, complete_event
        if self._mode.is_searching:
            return self._history
        if complete_event.completion_requested:
            self._loading.wait()
        if not self._loading.is_done:
            return DummyCompleter()
        self._mode.has_menu_due = False
        names = self._known()
        if self._sql is None:
            from aisql.repl.completion.adapter import SqlCompleter

            self._sql = SqlCompleter(lambda: names.snapshot, self._access, lambda: names.newest[1])
        self._used = names.newest
        return self._sql


class Suggester(AutoSuggest):
    """The end of an entry of the history that begins as what is typed does, in grey."""

    def __init__(self, mode: Mode) -> None:
        self._mode = mode
        self._history = AutoSuggestFromHistory()

    def get_suggestion(self, buffer: Buffer, document: Document) -> Suggestion | None:
        """What the right arrow would add; nothing while the user searches."""
        return None if self._mode.is_searching else self._history.get_suggestion(buffer, document)
