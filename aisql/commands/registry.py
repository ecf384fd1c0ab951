"""Every meta command there is, by family. Help, completion, docs and tests read this and keep no list."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from aisql.commands import (
    connect,
    copies,
    favourites,
    files,
    help,  # noqa: A004 # the family is what it is called
    look,
    money,
    objects,
    output,
    plot,
    program,
    refresh,
    statements,
    tutorial,
    variables,
    words,
)
from aisql.commands.base import Command
from aisql.errors import UsageError
from aisql.suggest import did_you_mean

FAMILIES: Mapping[str, tuple[Command, ...]] = MappingProxyType(
    {
        "General": program.COMMANDS + help.COMMANDS + tutorial.COMMANDS,
        "Objects": objects.COMMANDS,
        "How results look": look.COMMANDS,
        "Where results go": output.COMMANDS + plot.COMMANDS,
        "Statements": statements.COMMANDS + words.COMMANDS,
        "Files": files.COMMANDS + copies.COMMANDS,
        "Variables and favourites": variables.COMMANDS + favourites.COMMANDS,
        "Model calls": connect.COMMANDS + refresh.COMMANDS + money.COMMANDS,
    }
)
COMMANDS: Mapping[str, Command] = MappingProxyType(
    {name: command for family in FAMILIES.values() for command in family for name in command.names}
)


def known(name: str) -> Command | None:
    r"""The command of the name, in any case where only one is meant: `\G` is not `\g`."""
    return COMMANDS.get(name) or COMMANDS.get(name.lower())


def find(name: str) -> Command:
    """The command of the name. Raises UsageError with the nearest name for one that is not there."""
    command = known(name)
    if command is None:
        near = did_you_mean(name, COMMANDS)
        hint = near.replace("did you mean ", "did you mean \\") if near else "\\? lists them"
        raise UsageError(f"there is no command \\{name.strip()}", code="not_found", hint=hint)
    return command
