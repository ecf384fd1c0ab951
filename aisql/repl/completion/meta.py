r"""Completion of meta commands, `\name argument`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from aisql.commands.registry import COMMANDS
from aisql.functions.registry import FUNCTIONS
from aisql.functions.sqlite import SQLITE_FUNCTIONS
from aisql.render.registry import FORMATS
from aisql.repl.completion import names, options
from aisql.repl.completion.coordinates import connections
from aisql.repl.completion.snapshot import Snapshot
from aisql.repl.completion.suggestions import Candidate, Kind, Suggestion, ranked


def line_before(text: str, cursor: int) -> str | None:
    """The meta command before the cursor; None where the text is SQL."""
    typed = text[:cursor].lstrip()
    if not typed.startswith(("\\", ".")) or "\n" in typed:
        return None
    return typed


def complete(line: str, cursor: int, snapshot: Snapshot) -> list[Suggestion]:
    """The names of commands, then what the command takes."""
    name, space, argument = line.partition(" ")
    if not space:
        sign = line[0]
        found = (
            Candidate(f"{sign}{each}", Kind.COMMAND, COMMANDS[each].summary) for each in sorted(COMMANDS)
        )
        return ranked(found, line, cursor - len(line))
    word = argument.split(" ")[-1]
    return ranked(_arguments(name[1:], snapshot), word, cursor - len(word))


def file_before(text: str, cursor: int) -> str | None:
    """What is typed of the name of a file, None where no file is meant."""
    line = line_before(text, cursor) or ""
    name, space, argument = line.partition(" ")
    return argument.lstrip() if space and _completes(name[1:]) == "file" else None


def _completes(name: str) -> str:
    command = COMMANDS.get(name)
    return "" if command is None else command.completes


def _arguments(name: str, snapshot: Snapshot) -> Iterable[Candidate]:
    match _completes(name):
        case "table":
            return names.tables(snapshot)
        case "model":
            return names.named(snapshot.catalog.models, Kind.MODEL, "model")
        case "connection":
            return connections(snapshot)
        case "setting":
            return options.setting_names()
        case "format":
            return (Candidate(each.name, Kind.VALUE, each.summary) for each in FORMATS.values())
        case "function":
            return _functions()
        case "favourite":
            return (Candidate(each, Kind.VALUE, "favourite") for each in snapshot.favourites)
        case "switch":
            return (Candidate(each, Kind.VALUE) for each in ("on", "off"))
        case _:
            return ()


def _functions() -> Iterator[Candidate]:
    for function in FUNCTIONS.values():
        yield Candidate(function.name, Kind.FUNCTION, function.summary)
    for each in SQLITE_FUNCTIONS:
        yield Candidate(each.name, Kind.BUILTIN, each.summary)
