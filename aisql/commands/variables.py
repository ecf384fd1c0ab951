"""Session variables, which SQL reads as `:name` and options as `${NAME}`."""

from __future__ import annotations

import re

from aisql.commands.base import Command, Shell, only_word, words
from aisql.engine.variables import Variables
from aisql.errors import UsageError
from aisql.result import listing
from aisql.secrecy import MASK, sounds_secret

_REFERENCE = re.compile(r":(\w+)|\$\{(\w+)\}")


def _set(shell: Shell, arguments: str) -> None:
    variables = shell.settings.variables
    name, *values = words(arguments) or [""]
    if not name:
        rows = [(name, MASK if sounds_secret(name) else text) for name, text in sorted(variables.items())]
        shell.show(listing(("variable", "value"), rows))
        return
    if not name.isidentifier():
        raise UsageError(f"{name} is no name of a variable", hint="\\set NAME VALUE")
    variables[name] = "".join(values)
    shell.databases.variables.update(Variables({name: variables[name]}))


def _unset(shell: Shell, arguments: str) -> None:
    name = only_word(arguments, "variable")
    if shell.settings.variables.pop(name, None) is None:
        raise UsageError(f"variable {name} is not set", code="not_found", hint="\\set lists them")
    del shell.databases.variables[name]


def _echo(shell: Shell, arguments: str) -> None:
    variables = shell.settings.variables

    def value(match: re.Match[str]) -> str:
        return variables.get(match[1] or match[2], match[0])

    shell.say(" ".join(_REFERENCE.sub(value, word) for word in words(arguments)), wraps=False)


COMMANDS = (
    Command(
        ("set",),
        "[NAME [VALUE ...]]",
        "set a variable; alone, list them",
        _set,
        "SQL reads it as :name, options of models as ${NAME}. Values are joined; what looks like a number is "
        "one.\nExample: \\set city 'New York'",
        takes_line=True,
    ),
    Command(("unset",), "NAME", "forget a variable", _unset, "Example: \\unset city"),
    Command(
        ("echo", "print"),
        "TEXT",
        "write a text, with the values of variables in it",
        _echo,
        "Example: \\echo city is :city",
        takes_line=True,
    ),
)
