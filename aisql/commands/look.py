"""How results look."""

from __future__ import annotations

from collections.abc import Callable

from aisql.commands.base import Command, Shell, chosen, only_word, switched, words
from aisql.errors import UsageError
from aisql.render.registry import FORMATS, format_named
from aisql.result import Value, listing

_EXPANDED = ("on", "off", "auto")


def _expanded(shell: Shell, arguments: str) -> None:
    word = only_word(arguments, "state")
    other = "off" if shell.view.expanded == "on" else "on"
    shell.view.expanded = chosen(word, _EXPANDED) if word else other
    shell.say(f"Expanded display is {shell.view.expanded}.")


def _format(shell: Shell, arguments: str) -> None:
    name, table, *rest = [*words(arguments), "", ""]
    is_for_table = name != "" and format_named(name) == "insert"
    if any(rest) or (table and not is_for_table):
        raise UsageError("there is one format", hint="\\format insert TABLE names a table too")
    if name:
        shell.view.format = format_named(name)
    if is_for_table:
        shell.view.table = table
    shell.say(f"Output format is {shell.view.format}.")


def _null(shell: Shell, arguments: str) -> None:
    found = words(arguments)
    if len(found) > 1:
        raise UsageError("NULL is shown as one text", hint="write it in quotes")
    shell.view.null = found[0] if found else None
    shell.say(f'Null display is "{"NULL" if shell.view.null is None else shell.view.null}".')


def _header(shell: Shell, arguments: str) -> None:
    shell.view.header = switched(arguments, shell.view.header)
    shell.say(f"Header is {_state(shell.view.header)}.")


def _timing(shell: Shell, arguments: str) -> None:
    shell.view.timing = switched(arguments, shell.view.timing)
    shell.say(f"Timing is {_state(shell.view.timing)}.")


def _pager(shell: Shell, arguments: str) -> None:
    word = arguments.removesuffix(";").strip()
    if word in {"on", "off", ""}:
        is_on = word == "on" if word else shell.view.pager == ""
        shell.view.pager = None if is_on else ""
    else:
        shell.view.pager = word
    shell.say("Pager is off." if shell.view.pager == "" else f"Pager is {shell.view.pager or 'on'}.")


def _state(is_on: bool) -> str:
    return "on" if is_on else "off"


_BY_NAME: dict[str, Callable[[Shell, str], None]] = {
    "expanded": _expanded,
    "format": _format,
    "header": _header,
    "null": _null,
    "pager": _pager,
    "timing": _timing,
}


def _set(shell: Shell, arguments: str) -> None:
    name, value, *_ = [*arguments.split(None, 1), "", ""]
    if name:
        _BY_NAME[chosen(name, _BY_NAME)](shell, value)
        return
    view = shell.view
    rows: list[tuple[Value, ...]] = [
        ("expanded", view.expanded),
        ("format", view.format),
        ("header", _state(view.header)),
        ("null", "" if view.null is None else view.null),
        ("pager", "off" if view.pager == "" else view.pager or "on"),
        ("timing", _state(view.timing)),
    ]
    shell.show(listing(("name", "value"), rows))


COMMANDS = (
    Command(
        ("x", "expanded"),
        "[on|off|auto]",
        "a line for each value: always, never, or where rows are too wide",
        _expanded,
        "Only for the formats table and box. auto is what holds at first; alone, the command switches\n"
        "between on and off. Example: \\x on",
        completes="switch",
    ),
    Command(
        ("format", "mode"),
        "[FORMAT [TABLE]]",
        "the format of results",
        _format,
        f"One of {', '.join(FORMATS)}, or what psql, sqlite3 and DuckDB call them. TABLE is for insert.\n"
        "Example: \\format csv",
        completes="format",
    ),
    Command(("null", "nullvalue"), "[TEXT]", "what is shown for NULL", _null, "Example: \\null '-'"),
    Command(
        ("header", "headers"),
        "[on|off]",
        "whether the names of columns are shown",
        _header,
        completes="switch",
    ),
    Command(
        ("timing", "timer"),
        "[on|off]",
        "whether it is shown how long a statement took",
        _timing,
        completes="switch",
    ),
    Command(
        ("pager",),
        "[on|off|COMMAND]",
        "how results longer than the screen are shown",
        _pager,
        "on is the program that AISQL_PAGER or PAGER names, or less. Example: \\pager less -S",
        completes="switch",
    ),
    Command(
        ("pset", "show"),
        "[NAME [VALUE]]",
        "how results are shown, all of it or one thing",
        _set,
        f"NAME is one of {', '.join(_BY_NAME)}. Example: \\pset null '-'",
    ),
)
