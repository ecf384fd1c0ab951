"""Files to tables, and results to files: short forms of COPY."""

from __future__ import annotations

import os
import re

from aisql.commands.base import Command, Shell, done, path_sql, words
from aisql.errors import AisqlError, CatalogError, UsageError
from aisql.schema import quote_name, quote_text

_APPENDS = ("-a", "--append")
_SWITCHES = {"--replace": ("REPLACE", "true"), "--skip": ("ON_ERROR", "skip")}
_SWITCHED = {
    "(ON_ERROR skip)": "--skip",
    "(HEADER false)": "--header false",
    "ENCODING ": "--encoding ",
    "QUOTE ": "--quote ",
    "(CREATE) makes it": "without -a it is made",
}
"""What hints of COPY speak of, in the words of the command."""
_OPTION = re.compile(r"--([A-Za-z_]+)")
_TARGET = re.compile(r"""(?s)(?P<source>.*?)(?P<file>'(?:[^']|'')*'|"(?:[^"]|"")*"|\S+)""")
_NAME = re.compile(r"""[^\s'"().]+(?:\.[^\s'"().]+)?|"(?:[^"]|"")*"|'(?:[^']|'')*'""")


def _import(shell: Shell, arguments: str) -> None:
    names, options, appends = _read(words(arguments))
    if not 1 <= len(names) <= 2 or (appends and "REPLACE" in options):
        hint = "\\import FILE [TABLE] [-a | --replace] [--skip] [--OPTION VALUE ...]"
        raise UsageError("\\import takes a file, and a table or none", hint=hint)
    file = names[0]
    table = path_sql(names[1]) if len(names) > 1 else quote_name(_stem(file))
    if not appends:
        options.setdefault("CREATE", "true")
    written = ", ".join(f"{key} {quote_text(value)}" for key, value in options.items())
    try:
        copy = f"COPY {table} FROM {quote_text(file)}"
        done(shell, f"{copy} ({written})" if written else copy, "imported")
    except AisqlError as error:
        if isinstance(error, CatalogError) and error.code == "exists":
            error.hint = "-a adds to it, --replace puts a new one in its place"
        for option, switch in _SWITCHED.items():
            error.hint = error.hint and error.hint.replace(option, switch)
        raise


def _read(given: list[str]) -> tuple[list[str], dict[str, str], bool]:
    """The names, the options for COPY, and whether rows are added to a table that is there."""
    names: list[str] = []
    options: dict[str, str] = {}
    appends = False
    coming = iter(given)
    for word in coming:
        option = _OPTION.fullmatch(word)
        if word in _APPENDS:
            appends = True
        elif word in _SWITCHES:
            key, options[key] = _SWITCHES[word]
        elif option is not None:
            options[option[1].upper()] = next(coming, "true")
        else:
            names.append(word)
    return names, options, appends


def _stem(file: str) -> str:
    """The name of a file without its folder and endings."""
    from aisql.data.registry import unpacked_name  # the prompt loads every command at its start

    return os.path.splitext(os.path.basename(unpacked_name(file)))[0]  # noqa: PTH119, PTH122 # a text


def _export(shell: Shell, arguments: str) -> None:
    rest = arguments.strip().removesuffix(";").rstrip()
    appends = next((each for each in _APPENDS if rest.startswith(f"{each} ")), "")
    match = _TARGET.fullmatch(rest.removeprefix(appends).lstrip())
    if match is None:
        raise UsageError("the name of a file is missing", hint="\\export [TABLE | QUERY] FILE")
    source = match["source"].strip()
    if not source:
        what = "LAST RESULT"
    elif _NAME.fullmatch(source):
        what = path_sql(words(source)[0])
    else:
        what = f"({source})"
    file = quote_text(words(match["file"])[0])
    done(shell, f"COPY {what} TO {file}{' (APPEND true)' if appends else ''}", "exported")


COMMANDS = (
    Command(
        ("import",),
        "FILE [TABLE] [-a | --replace]",
        "make a table of a file",
        _import,
        "Without a name the table has that of the file. It must not be there yet: -a adds to one that is,\n"
        "--replace puts a new one in its place. --skip leaves bad rows out, into TABLE_rejects. Any option\n"
        "of COPY may follow, --delimiter ';'. Example: \\import reviews.csv",
        completes="file",
        takes_line=True,
    ),
    Command(
        ("export",),
        "[TABLE | QUERY] FILE",
        "write the last result, a table or a query to a file",
        _export,
        "The end of its name tells the format. The file is written whole or not at all; -a in front adds to\n"
        "what is there. Example: \\export reviews reviews.jsonl",
        completes="file",
        takes_line=True,
    ),
)
