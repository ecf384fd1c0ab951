"""Statements in colours: in the look of any result, in errors and commands, on terminals alone."""

from __future__ import annotations

import io
import re
from collections.abc import Mapping
from pathlib import Path

import pytest

from aisql.config import Config
from aisql.repl.colours import Colours, painted
from aisql.repl.shell import Shell
from aisql.repl.terminal import Terminal
from aisql.repl.themes import DARK, LIGHT, painter
from aisql.session import Session
from aisql.settings import Settings

paint = painter(DARK)
COLOUR = re.compile(r"\x1b\[[0-9;]*m")
TABLE = "CREATE TABLE t (a TEXT DEFAULT '漢\n| x |', b INTEGER /* \x1b[2J */)"


def screen_of(text: str, folder: Path, environment: Mapping[str, str], *, is_terminal: bool) -> str:
    """What a text brings to the output of a shell."""
    session = Session(
        Settings(environment),
        catalog_file=str(folder / "catalog.sqlite"),
        directory=str(folder),
        database_file=":memory:",
    )
    output = io.StringIO()
    terminal = Terminal(
        output=output,
        say=output.write,
        size=(lambda: (80, 24)) if is_terminal else None,
        ask=None,
        progress=None,
        say_width=(lambda: 80) if is_terminal else None,
        clock=lambda: 0.0,
        sleep=lambda _: None,
        moment=str,
    )
    shell = Shell(
        session, terminal, "table", is_interactive=False, stop=True, keeps=True, config_directory=str(folder)
    )
    assert shell.batch(iter([("a.sql", text)])) == 0, output.getvalue()
    session.close()
    return output.getvalue()


def test_the_lines_of_a_statement_are_coloured_where_they_were_drawn() -> None:
    drawn = "| result   |\n| SELECT 1 |\n| FROM     |\n| cut of…  |\n| t        |\n1 row\n"
    assert painted(drawn, ["SELECT 1\nFROM\ncut off\nt"], paint) == (
        "| result   |\n| \x1b[94mSELECT\x1b[0m \x1b[95m1\x1b[0m |\n| \x1b[94mFROM\x1b[0m     |\n"
        "| cut of…  |\n| t        |\n1 row\n"
    )


SHOWN = (
    f"{TABLE};\nSHOW CREATE TABLE t;\n\\schema\n\\dump\n\\last vertical\n\\format csv\nSHOW CREATE TABLE t;"
)


@pytest.mark.parametrize(
    ("environment", "is_terminal", "has_colour"),
    [
        ({}, True, True),
        ({"NO_COLOR": "1"}, True, False),
        ({"TERM": "dumb"}, True, False),
        ({}, False, False),
        ({"FORCE_COLOR": "1"}, False, False),
    ],
)
def test_statements_have_colours_on_a_terminal_alone(
    tmp_path: Path, environment: Mapping[str, str], is_terminal: bool, has_colour: bool
) -> None:
    shown = screen_of(SHOWN, tmp_path, environment, is_terminal=is_terminal)
    assert shown.count("\x1b[94mCREATE\x1b[0m \x1b[94mTABLE\x1b[0m t") == (5 if has_colour else 0)
    plain = screen_of(SHOWN, tmp_path, {"NO_COLOR": "1"}, is_terminal=is_terminal)
    assert COLOUR.sub("", shown) == plain
    assert ("\x1b[2J" in shown) is not is_terminal


def test_the_theme_of_the_config_file_colours_what_has_colours() -> None:
    config = Config("config.toml", "", {"prompt": {"theme": "light"}})
    colours = Colours(Settings({}, config=config))
    assert colours.painter(is_terminal=False) is None
    light = colours.painter(is_terminal=True)
    assert light is not None
    assert light("SELECT") == painter(LIGHT)("SELECT") != painter(DARK)("SELECT")
