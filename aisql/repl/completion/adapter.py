"""Completion as prompt_toolkit wants it."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Iterable

from prompt_toolkit.completion import CompleteEvent, Completer, Completion
from prompt_toolkit.document import Document

from aisql.access import UNLIMITED, Access
from aisql.render.escape import visible
from aisql.repl.completion.complete import complete, path_before
from aisql.repl.completion.folders import files
from aisql.repl.completion.snapshot import Snapshot
from aisql.repl.completion.suggestions import Kind, Suggestion

_LONGEST_DETAIL = 70
_CALM = frozenset((Kind.FUNCTION, Kind.BUILTIN, Kind.KEYWORD))
_CLASSES = {Kind.KEYWORD: "class:word", Kind.BUILTIN: "class:builtin", Kind.FUNCTION: "class:function"}


class SqlCompleter(Completer):
    """Suggests what `complete` finds in the newest snapshot.

    While the user types, words and functions come only once a letter of them is there, and files only at a
    Tab: their folder has to be read. None come where `access` lets none be opened. `files` gives what is
    known of the columns of files: another object when that is something else.
    """

    def __init__(
        self,
        snapshot: Callable[[], Snapshot],
        access: Access = UNLIMITED,
        files: Callable[[], object] = tuple,
    ) -> None:
        self._snapshot = snapshot
        self._access = access
        self._files = files
        self._asked: tuple[str, int, Snapshot, object] | None = None
        self._found: list[Suggestion] = []

    def get_completions(self, document: Document, complete_event: CompleteEvent) -> Iterable[Completion]:
        """The completions at the cursor that are known at once."""
        text, cursor = document.text, document.cursor_position
        for each in self._suggestions(text, cursor):
            if complete_event.completion_requested or each.start < cursor or each.kind not in _CALM:
                yield _completion(each, cursor)

    def _suggestions(self, text: str, cursor: int) -> list[Suggestion]:
        """What `complete` finds. Keys that come together ask one by one, all for the text behind the last."""
        asked = (text, cursor, self._snapshot(), self._files())
        if asked != self._asked:
            self._found = complete(text, cursor, asked[2])
            self._asked = asked
        return self._found

    async def get_completions_async(
        self, document: Document, complete_event: CompleteEvent
    ) -> AsyncGenerator[Completion, None]:
        """The same, and the names of files."""
        for each in self.get_completions(document, complete_event):
            yield each
        if complete_event.completion_requested and not self._access.is_safe:
            text, cursor = document.text, document.cursor_position
            path = path_before(text, cursor, self._snapshot())
            for file in [] if path is None else await files(path, cursor):
                yield _completion(file, cursor)


def _completion(suggestion: Suggestion, cursor: int) -> Completion:
    shown = visible(suggestion.text, newline=False)
    detail = visible(suggestion.detail, newline=False)
    if len(detail) > _LONGEST_DETAIL:
        detail = f"{detail[: _LONGEST_DETAIL - 3]}..."
    return Completion(
        suggestion.text,
        start_position=suggestion.start - cursor,
        display=shown,
        display_meta=detail,
        style=_CLASSES.get(suggestion.kind, ""),
    )
