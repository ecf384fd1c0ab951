"""The meta commands, one record each."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from types import MappingProxyType

from aisql.errors import UsageError
from aisql.functions.plain import PLAIN_FUNCTIONS
from aisql.functions.registry import FUNCTIONS
from aisql.functions.search import SEARCHES
from aisql.result import Result, listing


class Leave(Exception):
    """The user wants to leave the prompt."""


@dataclass(frozen=True, slots=True)
class Command:
    """A meta command: its names without the backslash, what it does, in words and as a function.

    `completes` is the kind of word its arguments are: a table, a file, ...; '' for any.
    """

    names: tuple[str, ...]
    summary: str
    run: Callable[[], Result]
    completes: str = ""


def _leave() -> Result:
    raise Leave


def _help() -> Result:
    commands = [(", ".join(f"\\{name}" for name in command.names), command.summary) for command in _ALL]
    functions = [(each.name, each.summary) for each in FUNCTIONS.values()]
    functions += [(each.name, each.summary) for each in PLAIN_FUNCTIONS.values()]
    functions += [(each.name, each.summary) for each in SEARCHES.values()]
    statements = [("SHOW MODELS;", "any statement, ended by a semicolon")]
    return listing(("type", "what it does"), [*commands, *functions, *statements])


_ALL = (
    Command(("q", "quit", "exit"), "leave the prompt", _leave),
    Command(("?", "h", "help"), "show this table", _help),
)
COMMANDS: Mapping[str, Command] = MappingProxyType(
    {name: command for command in _ALL for name in command.names}
)


def find(line: str) -> Command | None:
    r"""The command a line of input is: `\q`, `.quit`, or the bare words `quit`, `exit` and `help`.

    None when the line is SQL. Raises UsageError for a backslash or dot with an unknown word.
    """
    word = line.strip().rstrip(";").strip()
    if word.lower() in {"quit", "exit", "help"}:
        return COMMANDS[word.lower()]
    if not word.startswith(("\\", ".")):
        return None
    command = COMMANDS.get(word[1:].lower())
    if command is None:
        near = get_close_matches(word[1:].lower(), list(COMMANDS), 1)
        raise UsageError(
            f"there is no command {word}", hint=f"did you mean \\{near[0]}?" if near else "\\? lists them"
        )
    return command
