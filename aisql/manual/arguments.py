"""The arguments of the command line, read from its parser: completions and the man page keep no list."""

from __future__ import annotations

from argparse import SUPPRESS, Action, ArgumentParser
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

_FILE = "FILE"


@dataclass(frozen=True, slots=True)
class Argument:
    """An option, or the files behind the options, which have no `names`.

    `value` is what its value is called, '' where it takes none; `choices` are all values of one that has few.
    `endings` are those of the files it takes, () where any file will do, None where it takes no files. One
    that `repeats` may be given again; it cannot stand beside the options that it `excludes`.
    """

    names: tuple[str, ...]
    value: str
    summary: str
    group: str
    choices: tuple[str, ...] = ()
    endings: tuple[str, ...] | None = None
    repeats: bool = False
    excludes: tuple[str, ...] = ()


def arguments(parser: ArgumentParser, endings: Mapping[str, tuple[str, ...]]) -> tuple[Argument, ...]:
    """The arguments of a parser; `endings` are how files end, by an option's first name or a place's."""
    # argparse has no public way to what was added.
    return tuple(
        _argument(parser, action, group.title or "", endings)
        for group in parser._action_groups
        for action in group._group_actions
        if action.help != SUPPRESS
    )


def _argument(
    parser: ArgumentParser, action: Action, group: str, endings: Mapping[str, tuple[str, ...]]
) -> Argument:
    choices = tuple(map(str, action.choices or ()))
    value = "" if action.nargs == 0 else str(action.metavar or "|".join(choices) or action.dest.upper())
    name = action.option_strings[0] if action.option_strings else action.dest
    return Argument(
        names=tuple(action.option_strings),
        value=value,
        summary=action.help or "",
        group=group,
        choices=choices,
        endings=endings.get(name, ()) if value == _FILE else None,
        repeats=isinstance(action.default, list) or action.nargs == "*" or action.dest == "scripts",
        excludes=tuple(_others(parser, action)),
    )


def _others(parser: ArgumentParser, action: Action) -> Iterator[str]:
    for group in parser._mutually_exclusive_groups:
        if action in group._group_actions:
            for other in group._group_actions:
                if other is not action:
                    yield from other.option_strings
