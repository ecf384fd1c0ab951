"""How many arguments a command takes; more of them are a slip, such as a second command in its line."""

from __future__ import annotations

from aisql.commands.base import Command, words
from aisql.errors import UsageError

_PROGRAM = "TARGET"
"""What may be a program, which takes the rest of the line."""


def check_usage(command: Command, name: str, given: str) -> None:
    """Raises UsageError where a command, called by that name, is given more words than it takes."""
    if command.takes_line or (_PROGRAM in command.arguments and given.startswith("|")):
        return
    most, number = len(command.arguments.split()), len(words(given))
    if number > most:
        takes = "1 argument" if most == 1 else f"{most or 'no'} arguments"
        usage = f"it is called \\{name} {command.arguments}".rstrip()
        hint = f"{usage}; quotes hold words together" if most else f"{usage}, with nothing behind it"
        raise UsageError(f"\\{name} takes {takes}, not {number}", hint=hint)
