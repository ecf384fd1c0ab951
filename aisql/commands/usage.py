"""How many arguments a command takes; more of them are a slip, such as a second command in its line."""

from __future__ import annotations

from aisql.commands.base import Command, words
from aisql.errors import UsageError

_NUMBERS = ("no arguments", "one argument", "two arguments")


def check_usage(command: Command, name: str, given: str) -> None:
    """Raises UsageError where a command, called by that name, is given more words than it takes."""
    if command.takes_line or given.startswith("|"):  # what begins so is a program
        return
    most, number = len(command.arguments.split()), len(words(given))
    if number > most:
        usage = f"it is called \\{name} {command.arguments}".rstrip()
        raise UsageError(
            f"\\{name} takes {_NUMBERS[most]}, not {number}",
            hint=f"{usage}; quotes hold words together" if most else f"{usage}, with nothing behind it",
        )
