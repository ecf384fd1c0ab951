"""The program itself: leaving it, what it is connected to, other programs."""

from __future__ import annotations

from aisql.commands.base import Command, Shell, only_word
from aisql.commands.foreground import INTERRUPTED
from aisql.commands.leave import Leave
from aisql.errors import UsageError
from aisql.result import Value, listing


def _leave(_shell: Shell, arguments: str) -> None:
    word = only_word(arguments, "exit status")
    if not word:
        raise Leave
    if not (word.isascii() and word.isdigit() and int(word) < 256):
        raise UsageError(f"{word} is no exit status", hint="a whole number from 0 to 255")
    raise Leave(int(word))


def _connection(shell: Shell, _arguments: str) -> None:
    rows: list[tuple[Value, ...]] = [
        ("catalog", _one(shell, "SHOW CURRENT CATALOG")),
        ("database", _one(shell, "SHOW CURRENT DATABASE")),
        ("tables in", shell.databases.current.path),
        ("default model", shell.settings.default_model or "none"),
        ("transaction", "open" if shell.databases.current.in_transaction else "none"),
        ("read-only", "yes" if shell.databases.readonly else "no"),
        ("safe mode", "yes" if shell.access.is_safe else "no"),
    ]
    shell.show(listing(("connected to", ""), rows))


def _one(shell: Shell, statement: str) -> Value:
    return next(shell.answer(statement).rows)[0]


def _start(shell: Shell, arguments: str) -> None:
    status = shell.start(arguments)
    if status == INTERRUPTED:
        raise KeyboardInterrupt  # a script ends with the program, as it would in sh
    if status:
        shell.warn(f"exit status {status}")


COMMANDS = (
    Command(
        ("q", "quit", "exit"),
        "[STATUS]",
        "leave the prompt, or end the script",
        _leave,
        "In a script that another one includes, only that script ends. With a status the program ends.\n"
        "Example: \\q 3",
    ),
    Command(("conninfo",), "", "what the session is connected to, and what it may do", _connection),
    Command(
        ("!", "system", "shell"),
        "[COMMAND]",
        "run a program; alone, a shell",
        _start,
        "The program has the terminal. Its exit status is told where it is not 0.\nExample: \\! ls -l",
        completes="file",
        takes_line=True,
    ),
)
