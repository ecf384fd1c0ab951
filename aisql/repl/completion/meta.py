r"""Completion of meta commands, `\name argument`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from aisql.commands.charts import KINDS
from aisql.commands.plot import FILE
from aisql.commands.registry import COMMANDS
from aisql.functions.registry import FUNCTIONS
from aisql.functions.sqlite import SQLITE_FUNCTIONS
from aisql.render.escape import UNSAFE
from aisql.render.registry import FORMATS
from aisql.repl.completion import names, options
from aisql.repl.completion.coordinates import connections
from aisql.repl.completion.paths import BARE, TypedPath, any_file
from aisql.repl.completion.snapshot import Snapshot
from aisql.repl.completion.suggestions import Candidate, Kind, Suggestion, ranked
from aisql.repl.themes import THEMES

_COMMAND = re.compile(r"[\\.](?P<name>\w+)\s+")
_LAST_WORD = re.compile(
    r"""(?xs)
    (?: \s+ | (?: '(?:[^']|'')*' | "(?:[^"]|"")*" | [^\s'"]\S* ) (?=\s) )*
    (?P<word> '(?:[^']|'')* | "(?:[^"]|"")* | [^\s'"]\S* | )
    """
)
"""The words of a command, of which the last one is being typed."""
_FAVOURITE = re.compile(r"(?P<name>\w[\w-]*)\s+(?=[A-Za-z])")


def line_before(text: str, cursor: int) -> str | None:
    """The meta command before the cursor; None where the text is SQL."""
    typed = text[:cursor].lstrip()
    if typed.startswith("??"):
        typed = f"\\ask {typed[2:]}"
    if not typed.startswith(("\\", ".")) or "\n" in typed:
        return None
    return typed


def statement_in(line: str, snapshot: Snapshot) -> int | None:
    """Where the statement begins that a command is given; None for one that is given none."""
    command = _COMMAND.match(line)
    kind = "" if command is None else _completes(command["name"])
    if command is None or kind not in {"statement", "favourite"}:
        return None
    if kind == "statement":
        return command.end()
    favourite = _FAVOURITE.match(line, command.end())
    is_new = favourite is not None and favourite["name"] not in snapshot.favourites
    return favourite.end() if favourite is not None and is_new else None


def complete(line: str, cursor: int, snapshot: Snapshot) -> list[Suggestion]:
    """The names of commands, then what the command takes."""
    name, space, argument = line.partition(" ")
    if not space:
        sign = line[0]
        found = (
            Candidate(f"{sign}{each}", Kind.COMMAND, COMMANDS[each].summary) for each in sorted(COMMANDS)
        )
        return ranked(found, line, cursor - len(line))
    if path_in(line) is not None:
        return []
    *before, word = argument.lstrip().split(" ")
    return ranked(_arguments(name[1:], before, snapshot), word, cursor - len(word))


def path_in(line: str) -> TypedPath | None:
    """The path that ends a command as far as it is typed, None where no file is meant."""
    name, space, argument = line.partition(" ")
    last = _LAST_WORD.fullmatch(argument) if space else None
    if last is None:
        return None
    kind, before = _completes(name[1:]), argument[: last.start("word")].split()
    if kind != "file" and not (kind == "chart" and before[-1:] == [FILE]):
        return None
    quote = last["word"][:1] if last["word"][:1] in {"'", '"'} else ""
    return TypedPath(last["word"].removeprefix(quote), quote, quote, any_file)


def _completes(name: str) -> str:
    command = COMMANDS.get(name)
    return "" if command is None else command.completes


def _arguments(name: str, before: list[str], snapshot: Snapshot) -> Iterable[Candidate]:
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
            return _favourites(before, snapshot)
        case "chart":
            return _of_charts(snapshot)
        case "theme":
            return (Candidate(each.name, Kind.VALUE, each.summary) for each in THEMES.values())
        case "switch":
            return (Candidate(each, Kind.VALUE) for each in ("on", "off"))
        case _:
            return ()


def _of_charts(snapshot: Snapshot) -> Iterator[Candidate]:
    for name in snapshot.drawable:
        if UNSAFE.search(name) or "\n" in name:
            continue  # no command could hold it
        text = name if BARE.fullmatch(name) else '"' + name.replace('"', '""') + '"'
        yield Candidate(text, Kind.COLUMN, "column of the last result", name)
    for kind in KINDS:
        yield Candidate(kind, Kind.VALUE, "kind of drawing", order=1)
    yield Candidate(FILE, Kind.VALUE, "draw to a file, .svg or .png", order=1)


def _favourites(before: list[str], snapshot: Snapshot) -> Iterator[Candidate]:
    """What follows these words of the command: the name of a favourite, or what becomes of it."""
    if before in ([], ["-d"]):
        yield from (Candidate(each, Kind.VALUE, "favourite") for each in snapshot.favourites)
    if not before or (len(before) == 1 and before[0] in snapshot.favourites):
        yield Candidate("-d", Kind.VALUE, "forget it")


def _functions() -> Iterator[Candidate]:
    for function in FUNCTIONS.values():
        yield Candidate(function.name, Kind.FUNCTION, function.summary)
    for each in SQLITE_FUNCTIONS:
        yield Candidate(each.name, Kind.BUILTIN, each.summary)
