"""Completion of the command line in zsh, by its function `_arguments`."""

from __future__ import annotations

from collections.abc import Sequence

from aisql.manual.arguments import Argument

_SCRIPT = """\
#compdef aisql
# aisql(1) completion for zsh, made by aisql --completions zsh

_arguments -S \\
{arguments}
"""


def script(arguments: Sequence[Argument]) -> str:
    """The script for zsh."""
    lines = [_quoted(spec) for each in arguments for spec in _specifications(each)]
    return _SCRIPT.format(arguments=" \\\n".join(f"  {line}" for line in lines))


def _specifications(argument: Argument) -> list[str]:
    if not argument.names:
        return [f"*{_value(argument)}"]
    without = "*" if argument.repeats else f"({' '.join(sorted({*argument.excludes, *argument.names}))})"
    summary = f"[{_text(argument.summary)}]"
    return [f"{without}{name}{_takes(name, argument)}{summary}{_value(argument)}" for name in argument.names]


def _takes(name: str, argument: Argument) -> str:
    """Whether a value may stand in the same word: behind `=`, or at once behind a single letter."""
    if not argument.value:
        return ""
    return "=" if name.startswith("--") else "+"


def _value(argument: Argument) -> str:
    if not argument.value:
        return ""
    if argument.choices:
        return f":{argument.value}:({' '.join(argument.choices)})"
    if argument.endings is None:
        return f":{argument.value}: "
    if not argument.endings:
        return f":{argument.value}:_files"
    endings = "|".join(ending.removeprefix(".") for ending in argument.endings)
    return f':{argument.value}:_files -g "*.(#i)({endings})(-.)"'


def _text(text: str) -> str:
    return "".join(f"\\{sign}" if sign in "[]:\\" else sign for sign in text)


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "'\\''") + "'"
