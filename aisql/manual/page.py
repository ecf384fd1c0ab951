"""The page for man, in roff, made from the registries."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby

from aisql import __version__
from aisql.commands.registry import FAMILIES
from aisql.manual.arguments import Argument, arguments
from aisql.manual.facts import EXIT_STATUSES, FOLDERS, VARIABLES
from aisql.providers.registry import SERVICES
from aisql.repl.preferences import PREFERENCES, shown
from aisql.settings import SETTINGS

_EXAMPLES = (
    ("A prompt; tables, models and answers are kept.", "aisql"),
    ("A statement over a file, as JSON.", "aisql reviews.csv --json -c 'SELECT * FROM reviews LIMIT 3'"),
    (
        "A model call, first counted, then made.",
        "aisql --dry-run reviews.sql\naisql reviews.sql",
    ),
)
_SIGNS = {"\\": "\\e", "-": "\\-", "'": "\\(aq", "`": "\\(ga", "^": "\\(ha", "~": "\\(ti", '"': "\\(dq"}


def manual_page(parser: ArgumentParser, endings: Mapping[str, tuple[str, ...]]) -> str:
    """The text of the page; `parser` and `endings` are as for `arguments`."""
    known = arguments(parser, endings)
    parts = [
        f'.TH AISQL 1 "" "aisql {__version__}" "User Commands"',
        ".nh",
        *_section("NAME", [f"aisql \\- {_plain(_first_small(parser.description or ''))}"]),
        *_section("SYNOPSIS", [".B aisql", "[\\fIOPTION\\fR ...] [\\fIFILE\\fR ...]"]),
        *_section("DESCRIPTION", _description(parser)),
        *_section("OPTIONS", _options(known)),
        *_section("META COMMANDS", _commands()),
        *_section("SETTINGS", _settings()),
        *_section("CONFIG FILE", _preferences()),
        *_section("ENVIRONMENT", _variables()),
        *_section("FILES", (_tagged(_bold(folder), f"{holds} ({name})") for folder, name, holds in FOLDERS)),
        *_section("EXIT STATUS", (_tagged(_bold(str(status)), text) for status, text in EXIT_STATUSES)),
        *_section("EXAMPLES", (f".PP\n{_plain(text)}\n{_shown(command)}" for text, command in _EXAMPLES)),
        *_section("SEE ALSO", [".BR sqlite3 (1)"]),
    ]
    return "\n".join(parts) + "\n"


def _section(title: str, lines: Iterable[str]) -> Iterator[str]:
    yield f".SH {title}"
    yield from lines


def _description(parser: ArgumentParser) -> list[str]:
    told = (parser.epilog or "").partition("\n\n")[0]
    return [
        _plain(
            "A statement that is SQLite's goes to SQLite. Statements about models, and calls of AI functions "
            "in any query, are aisql's own. Without -c, -f and a script there is a prompt on a terminal; "
            "elsewhere the standard input is the script."
        ),
        ".PP",
        _plain(" ".join(told.split())),
    ]


def _options(known: Iterable[Argument]) -> Iterator[str]:
    for group, options in groupby(known, key=lambda argument: argument.group):
        named = [each for each in options if each.names]
        if named and group != "options":
            yield f".SS {_plain(group)}"
        for each in named:
            value = f" {_italic(each.value)}" if each.value else ""
            yield _tagged(", ".join(f"{_bold(name)}{value}" for name in each.names), each.summary)


def _commands() -> Iterator[str]:
    yield _plain("At the prompt, in scripts and behind -c. \\help NAME tells more of each.")
    for family, commands in FAMILIES.items():
        yield f".SS {_plain(family)}"
        for each in commands:
            names = ", ".join(_bold(f"\\{name}") for name in each.names)
            yield _tagged(f"{names} {_plain(each.arguments)}".rstrip(), each.summary)


def _settings() -> Iterator[str]:
    yield _plain(
        "SET changes them, RESET goes back; the table [ai] of the config file has them from the start."
    )
    for each in SETTINGS:
        choices = f"; {', '.join(each.choices)}" if each.choices else ""
        default = f" (usually {each.default or chr(39) * 2}{choices})"
        yield _tagged(_bold(each.name), each.summary + default)


def _preferences() -> Iterator[str]:
    yield _plain(
        "config.toml, or the file of --config, is TOML: settings in [ai], prices of your own as [[price]], "
        "and in [prompt] what is below. aisql --config-template prints one with everything in it."
    )
    for each in PREFERENCES:
        choices = f" ({', '.join(map(shown, each.choices))})" if each.choices else ""
        yield _tagged(_bold(each.name), each.summary + choices)


def _variables() -> Iterator[str]:
    for names, summary in VARIABLES:
        yield _tagged(_bold(names), summary)
    for each in SERVICES:
        if each.built_in_connection and each.key_variable:
            yield _tagged(_bold(each.key_variable), f"the key of {each.name}:MODEL")
        if each.built_in_connection and each.base_url_variable:
            yield _tagged(_bold(each.base_url_variable), f"another address for {each.name}:MODEL")


def _tagged(tag: str, text: str) -> str:
    return f".TP\n{tag}\n{_plain(text)}"


def _shown(command: str) -> str:
    return f".RS\n.nf\n{_plain(command)}\n.fi\n.RE"


def _bold(text: str) -> str:
    return f"\\fB{_plain(text)}\\fR"


def _italic(text: str) -> str:
    return f"\\fI{_plain(text)}\\fR"


def _plain(text: str) -> str:
    """The text as roff shows it: no sign means anything, and none becomes another one."""
    signs = (_SIGNS.get(sign, sign if sign.isascii() else f"\\[u{ord(sign):04X}]") for sign in text)
    return "\n".join(f"\\&{line}" if line.startswith(".") else line for line in "".join(signs).split("\n"))


def _first_small(text: str) -> str:
    return text[:1].lower() + text[1:].rstrip(".")
