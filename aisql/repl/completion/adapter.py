"""Completion as prompt_toolkit wants it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from prompt_toolkit.completion import CompleteEvent, Completer, Completion
from prompt_toolkit.document import Document

from aisql.render.escape import visible
from aisql.repl.completion.complete import complete
from aisql.repl.completion.meta import file_before
from aisql.repl.completion.snapshot import Snapshot
from aisql.repl.completion.suggestions import Kind, Suggestion

_LONGEST_DETAIL = 70
_CALM = frozenset((Kind.FUNCTION, Kind.BUILTIN, Kind.KEYWORD))
_CLASSES = {Kind.KEYWORD: "class:word", Kind.BUILTIN: "class:builtin", Kind.FUNCTION: "class:function"}


class SqlCompleter(Completer):
    """Suggests what `complete` finds in the newest snapshot.

    While the user types, words and functions come only once a letter of them is there, and files only at a
    Tab: their folder has to be read.
    """

    def __init__(self, snapshot: Callable[[], Snapshot]) -> None:
        self._snapshot = snapshot
        self._asked: tuple[str, int, Snapshot] | None = None
        self._found: list[Suggestion] = []

    def get_completions(self, document: Document, complete_event: CompleteEvent) -> Iterable[Completion]:
        """The completions at the cursor."""
        text, cursor = document.text, document.cursor_position
        file = file_before(text, cursor)
        if file is not None:
            yield from _files(file) if complete_event.completion_requested else ()
            return
        for each in self._suggestions(text, cursor):
            if complete_event.completion_requested or each.start < cursor or each.kind not in _CALM:
                yield _completion(each, cursor)

    def _suggestions(self, text: str, cursor: int) -> list[Suggestion]:
        """What `complete` finds. Keys that come together ask one by one, all for the text behind the last."""
        asked = (text, cursor, self._snapshot())
        if asked != self._asked:
            self._found = complete(*asked)
            self._asked = asked
        return self._found


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


def _files(typed: str) -> Iterator[Completion]:
    """The files and folders whose names begin so; none where the folder cannot be read."""
    folder, name = os.path.split(typed)
    try:
        entries = sorted(Path(folder or ".").expanduser().iterdir())
    except (OSError, RuntimeError):  # what a home that cannot be found is
        return
    for entry in entries:
        if entry.name.startswith(name) and (name or not entry.name.startswith(".")):
            text = f"{entry.name}/" if entry.is_dir() else entry.name
            yield Completion(text, start_position=-len(name), display=visible(text, newline=False))
