"""What was typed before: kept in a file without keys, and searched."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable

from prompt_toolkit.application import get_app_or_none, run_in_terminal
from prompt_toolkit.completion import CompleteEvent, Completer, Completion
from prompt_toolkit.document import Document
from prompt_toolkit.history import FileHistory, History, InMemoryHistory

from aisql.render.escape import visible
from aisql.repl.completion.matching import matcher
from aisql.repl.emoji import apart

HISTORY = "history"
"""The name of its file in the state directory."""

_FOUND = 50
_LONGEST = 100


class MaskedHistory(FileHistory):
    """History in a file only its owner can read, without the keys that were typed.

    A file that can no longer be written is told once to `warn`, and what is typed is kept in memory.
    """

    def __init__(self, filename: str, mask: Callable[[str], str], warn: Callable[[str], None]) -> None:
        self._mask = mask
        self._warn = warn
        self._is_lost = False
        super().__init__(filename)

    def store_string(self, string: str) -> None:
        """Writes one entry."""
        if self._is_lost:
            return
        try:
            # What was pasted need not be Unicode; the file has to be.
            super().store_string(self._mask(string.encode("utf-8", "backslashreplace").decode()))
        except OSError as error:
            self._is_lost = True
            self._tell(_lost(self.filename, error))

    def _tell(self, text: str) -> None:
        if get_app_or_none() is None:
            self._warn(text)
        else:  # the line that is kept still stands on the screen
            run_in_terminal(lambda: self._warn(text))


def open_history(
    directory: str, mask: Callable[[str], str], warn: Callable[[str], None], *, keeps: bool = True
) -> History:
    """The history in the state directory; in memory, with a warning, where it cannot be written.

    Where nothing is to be kept it begins empty.
    """
    if not keeps:
        return InMemoryHistory()
    file = f"{directory}/{HISTORY}"
    try:
        os.makedirs(directory, mode=0o700, exist_ok=True)  # noqa: PTH103 # pathlib would cost its import
        os.close(os.open(file, os.O_CREAT | os.O_APPEND | os.O_RDWR, 0o600))
        os.chmod(file, 0o600)  # noqa: PTH101 # as above
    except OSError as error:
        warn(_lost(file, error))
        return InMemoryHistory()
    return MaskedHistory(file, mask, warn)


def _lost(file: object, error: OSError) -> str:
    return f"the history cannot be kept in {file}: {error.strerror}"


class HistoryCompleter(Completer):
    """Finds entries of the history by any of their letters, the newest of those that fit best first."""

    def __init__(self, entries: Callable[[], Iterable[str]]) -> None:
        self._entries = entries

    def get_completions(self, document: Document, _event: CompleteEvent) -> Iterable[Completion]:
        """The entries that hold what is typed."""
        match = matcher(document.text)
        fits = {entry: fit for entry in self._entries() if (fit := match(entry)) is not None}
        best = sorted(fits, key=lambda entry: fits[entry][0] > 0)
        for entry in best[:_FOUND]:
            line = apart(visible(entry, newline=False))
            shown = line if len(line) <= _LONGEST else f"{line[: _LONGEST - 3]}..."
            yield Completion(entry, start_position=-document.cursor_position, display=shown)
