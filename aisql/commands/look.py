"""How results look."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from aisql.commands.base import Command, Shell, chosen, only_word, switched, words
from aisql.errors import UsageError
from aisql.render.prompt_text import ESCAPES, PROMPT, check
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
        command = None if is_on else ""
    else:
        command = word
    if command != "":
        shell.access.program(command or "a pager")
    shell.view.pager = command
    shell.say("Pager is off." if shell.view.pager == "" else f"Pager is {shell.view.pager or 'on'}.")


def _theme(shell: Shell, arguments: str) -> None:
    word, colours = only_word(arguments, "theme"), shell.colours
    if not word:
        rows = [(name, use, _state(name == colours.current)) for name, use in colours.themes.items()]
        shell.show(listing(("theme", "colours", "in use"), rows))
        return
    colours.choose(chosen(word, colours.themes))
    file = shell.settings.config.name or str(Path(shell.config_directory, "config.toml"))
    shell.say(f'Theme is {colours.current}. To keep it: theme = "{colours.current}" below [prompt] in {file}')


def _width(shell: Shell, arguments: str) -> None:
    shell.view.width = _number(arguments, "width")
    shell.say(f"Width is {shell.view.width or 'that of the terminal'}.")


def _rows(shell: Shell, arguments: str) -> None:
    shell.view.rows = _number(arguments, "number of rows")
    shell.say(f"Rows shown are {shell.view.rows or 'all'}.")


def _number(arguments: str, what: str) -> int:
    """The number that is given, 0 for none. Raises UsageError."""
    word = only_word(arguments, what)
    if word and not (word.isascii() and word.isdigit() and len(word) < 10):
        raise UsageError(f"{word} is no {what}", hint="a whole number; 0 for no limit")
    return int(word or 0)


def _prompt(shell: Shell, arguments: str) -> None:
    found = words(arguments)
    if len(found) > 1:
        raise UsageError("the prompt is one text", hint="write it in quotes")
    text = found[0] if found else PROMPT
    check(text)
    shell.view.prompt = text if text.endswith(" ") else f"{text} "
    shell.say(f'Prompt is "{shell.view.prompt}".')


def _state(is_on: bool) -> str:
    return "on" if is_on else "off"


_BY_NAME: dict[str, Callable[[Shell, str], None]] = {
    "expanded": _expanded,
    "format": _format,
    "header": _header,
    "maxrows": _rows,
    "null": _null,
    "pager": _pager,
    "prompt": _prompt,
    "timing": _timing,
    "width": _width,
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
        ("maxrows", view.rows),
        ("null", "" if view.null is None else view.null),
        ("pager", "off" if view.pager == "" else view.pager or "on"),
        ("prompt", view.prompt),
        ("timing", _state(view.timing)),
        ("width", view.width),
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
        "Example: \\header off",
        completes="switch",
    ),
    Command(
        ("timing", "timer"),
        "[on|off]",
        "whether it is shown how long a statement took",
        _timing,
        "Example: \\timing on",
        completes="switch",
    ),
    Command(
        ("pager",),
        "[on|off|COMMAND]",
        "how results longer than the screen are shown",
        _pager,
        "on is the program that AISQL_PAGER or PAGER names, or less. Example: \\pager less -S",
        completes="switch",
        takes_line=True,
    ),
    Command(
        ("theme",),
        "[NAME]",
        "the colours of the prompt, for this session; alone, list them",
        _theme,
        "The config file keeps one for later sessions. Example: \\theme light",
        completes="theme",
    ),
    Command(
        ("width",),
        "[COLUMNS]",
        "how wide a result may be on a terminal",
        _width,
        "Alone, as wide as the terminal. Example: \\width 60",
    ),
    Command(
        ("maxrows",),
        "[ROWS]",
        "how many rows of a result a terminal shows",
        _rows,
        "Alone, all of them. The others are made and paid for all the same, and \\last shows them.\n"
        "Example: \\maxrows 40",
    ),
    Command(
        ("prompt",),
        "[TEXT]",
        "the text before what is typed",
        _prompt,
        "".join(f"%{sign} is {meaning}\n" for sign, meaning in ESCAPES.items())
        + "Alone, the command brings back the usual one. Example: \\prompt '%/%x> '",
    ),
    Command(
        ("pset", "show"),
        "[NAME [VALUE]]",
        "how results are shown, all of it or one thing",
        _set,
        f"NAME is one of {', '.join(_BY_NAME)}. Example: \\pset null '-'",
        takes_line=True,
    ),
)
