"""A minimal prompt: history, several lines until the statement is complete, Ctrl-C and Ctrl-D as usual."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from prompt_toolkit import PromptSession
from prompt_toolkit.application import get_app
from prompt_toolkit.filters import Condition
from prompt_toolkit.history import FileHistory, History, InMemoryHistory
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent

from aisql.commands.leave import Leave
from aisql.commands.script import is_complete
from aisql.repl.shell import Shell


class MaskedHistory(FileHistory):
    """History in a file only its owner can read, without the keys that were typed."""

    def __init__(self, filename: str, mask: Callable[[str], str]) -> None:
        self._mask = mask
        super().__init__(filename)

    def store_string(self, string: str) -> None:
        """Writes one entry."""
        # What was pasted need not be Unicode; the file has to be.
        super().store_string(self._mask(string.encode("utf-8", "backslashreplace").decode()))


def open_history(directory: str, mask: Callable[[str], str]) -> tuple[History, str | None]:
    """The history in the state directory; in memory, with a warning, where it cannot be written."""
    file = Path(directory) / "history"
    try:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.close(os.open(file, os.O_CREAT | os.O_APPEND | os.O_WRONLY, 0o600))
        file.chmod(0o600)
    except OSError as error:
        return InMemoryHistory(), f"the history cannot be kept in {file}: {error.strerror}"
    return MaskedHistory(str(file), mask), None


def wants_more(text: str) -> bool:
    """Whether Enter should begin a new line: a statement has begun and is not ended."""
    return not is_complete(text)


def loop(history: History, shell: Shell) -> int:
    """Reads and runs until the user leaves; gives the exit status."""
    session: PromptSession[str] = PromptSession(
        history=history,
        multiline=True,
        key_bindings=_bindings(),
        prompt_continuation="   -> ",
        enable_open_in_editor=False,
    )
    while True:
        try:
            prompt = "aisql*> " if shell.in_transaction else "aisql> "
            text = session.prompt(prompt, default=shell.take_proposal())
        except KeyboardInterrupt:
            continue
        except EOFError:
            return 0
        try:
            shell.submit(text)
        except Leave as leave:
            return leave.status or 0


def _bindings() -> KeyBindings:
    bindings = KeyBindings()

    @Condition
    def is_done() -> bool:

        return not wants_more(get_app().current_buffer.text)

    @bindings.add("enter", filter=is_done)
    def _(event: KeyPressEvent) -> None:
        event.current_buffer.validate_and_handle()

    return bindings
