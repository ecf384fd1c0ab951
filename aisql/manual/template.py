"""A config file with all that can be chosen. Every choice in it is a comment: the usual holds."""

from __future__ import annotations

from collections.abc import Iterator
from textwrap import wrap

from aisql.repl.preferences import PREFERENCES, shown
from aisql.settings import SETTINGS

_WIDTH = 100
_HEAD = """\
# The config file of aisql, {file}, or the one that --config names.
# A line with # before a name is what holds without it: take the # away and change it.
"""
_PRICE = """\
# A price of your own, in US dollars for a million tokens; there may be several. A model that ends in * is
# the beginning of a name; a price without a day holds always.
#[[price]]
#provider = "openai-compat"
#model = "llama-3.3-*"
#since = 2026-01-01
#input = 0.20
#output = 0.60
#cached = 0.05
"""


def template(file: str) -> str:
    """The text for a config file whose usual place is that one."""
    return "\n".join([_HEAD.format(file=file), *_settings(), *_preferences(), _PRICE])


def _settings() -> Iterator[str]:
    yield "# Settings as SET knows them, where a session begins. Options of the command line win.\n[ai]"
    for setting in SETTINGS:
        yield _entry(setting.name.removeprefix("ai."), setting.default, setting.summary, setting.choices)


def _preferences() -> Iterator[str]:
    yield "# How the prompt is.\n[prompt]"
    for each in PREFERENCES:
        yield _entry(each.name, shown(each.usual), each.summary, tuple(map(shown, each.choices)))


def _entry(name: str, default: str, summary: str, choices: tuple[str, ...]) -> str:
    told = f"{summary} ({', '.join(choices)})" if choices else summary
    value = default if default.isdigit() or default in {"true", "false"} else f'"{default}"'
    return "".join(f"# {line}\n" for line in wrap(told, _WIDTH)) + f"#{name} = {value}\n"
