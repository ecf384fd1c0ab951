"""What is around the program: terminals that can do little, colours, homes, locales, editors, config."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from run_aisql import COMMAND, Aisql
from screen import ENTER, Window, ctrl

Open = Callable[..., Window]
COLOUR = re.compile(rb"\x1b\[(?:[0-9;]*;)?(?:3[0-8]|4[0-8]|9[0-7]|10[0-7])(?:;[0-9;]*)?m")
HOMES = ("XDG_DATA_HOME", "XDG_STATE_HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME")


@pytest.fixture
def window(aisql: Aisql) -> Iterator[Open]:
    """Opens windows with aisql at its prompt."""
    opened: list[Window] = []

    def start(*arguments: str, **options: object) -> Window:
        opened.append(Window(aisql, *arguments, **options))  # type: ignore[arg-type]
        opened[-1].shows("aisql>")
        return opened[-1]

    yield start
    for each in opened:
        each.close()


def says(user: Window, text: str, answer: str) -> None:
    """Types a line; waits for what it brings and for the next prompt."""
    prompts = user.text.count("aisql")
    user.type(text + ENTER)
    user.shows(answer)
    user.until(lambda: user.text.count("aisql") > prompts, "the next prompt")


# ---------------------------------------------------------------- terminals


def test_a_dumb_terminal_gets_lines_and_edits_them_itself(window: Open) -> None:
    user = window("--memory", TERM="dumb")
    says(user, "SELECT 17\x7f8 AS n;", "| 18 |")
    says(user, "SELECT 1,\n'é漢' AS x;", "| 1 | é漢 |")
    says(user, "SELECT nosuch;", "error: no such column: nosuch")
    user.type("SELECT 'given up" + ctrl("c"))
    user.shows("^C\naisql>")
    says(user, "BEGIN;", "OK\naisql*>")
    user.type("CREATE TABLE" + ENTER)
    user.shows("aisql*> CREATE TABLE\n   ->")
    user.type("\\echo between" + ENTER)
    user.shows("between\naisql*> CREATE TABLE\n   ->")
    user.type(ctrl("d"))
    user.shows("aisql*>", 3)
    user.type(ctrl("d"))
    user.shows("a transaction is open: (c)ommit, (r)oll back, or stay?")
    user.type("r" + ENTER)
    assert user.status() == 0
    assert b"\x1b" not in user.raw


def test_what_a_command_proposes_is_run_on_a_dumb_terminal_after_a_question(
    aisql: Aisql, window: Open
) -> None:
    editor = aisql.write("editor", '#!/bin/sh\nprintf "SELECT 6 * 7 AS n;" > "$1"\n')
    editor.chmod(0o755)
    user = window("--memory", TERM="dumb", EDITOR=str(editor))
    user.type("\\e" + ENTER)
    user.shows("SELECT 6 * 7 AS n;\nRun this? [y/N]")
    says(user, "y", "| 42 |")


# ---------------------------------------------------------------- colours


@pytest.mark.parametrize(
    ("environment", "arguments", "coloured"),
    [
        ({}, (), False),
        ({"FORCE_COLOR": "1"}, (), True),
        ({"CLICOLOR_FORCE": "1", "TERM": "dumb"}, (), True),
        ({"FORCE_COLOR": "1", "NO_COLOR": "1"}, (), False),
        ({"NO_COLOR": "1"}, ("--color", "always"), True),
        ({"FORCE_COLOR": "1"}, ("--color", "never"), False),
        ({"FORCE_COLOR": "1"}, ("--color=auto",), True),
    ],
)
def test_the_option_then_the_environment_say_whether_a_pipe_gets_colours(
    aisql: Aisql, environment: dict[str, str], arguments: tuple[str, ...], coloured: bool
) -> None:
    done = aisql("--memory", *arguments, "-c", "SELECT nosuch", env=environment)
    assert done.status == 1
    assert (COLOUR.search(done.stderr.encode()) is not None) is coloured


def test_help_and_results_have_no_colours_even_where_they_are_forced(aisql: Aisql) -> None:
    forced = {"FORCE_COLOR": "1", "CLICOLOR_FORCE": "1"}
    assert b"\x1b" not in aisql("--help", env=forced).stdout
    assert b"\x1b" not in aisql("--memory", "-c", "SELECT 1; SHOW TABLES; \\?", env=forced).stdout


@pytest.mark.parametrize(
    ("environment", "arguments", "coloured"),
    [
        ({"NO_COLOR": "1"}, (), False),
        pytest.param({"NO_COLOR": ""}, (), True, marks=pytest.mark.long),
        pytest.param({}, ("--color=never",), False, marks=pytest.mark.long),
        pytest.param({"NO_COLOR": "1"}, ("--color=always",), True, marks=pytest.mark.long),
    ],
)
def test_the_prompt_has_colours_unless_it_is_told_not_to(
    window: Open, environment: dict[str, str], arguments: tuple[str, ...], coloured: bool
) -> None:
    user = window("--memory", *arguments, **environment)
    user.ready()
    says(user, "SELECT nosuch;", "error: no such column: nosuch")
    user.type("\\?" + ENTER)
    user.shows("any statement, ended by a semicolon")
    assert (COLOUR.search(user.raw) is not None) is coloured


# ---------------------------------------------------------------- homes


def test_a_prompt_without_a_home_keeps_tables_in_memory_and_says_so(aisql: Aisql, window: Open) -> None:
    user = window(HOME="~", columns=150, lines=60, **dict.fromkeys(HOMES))  # not the folder of anybody
    told = user.text.replace("\n", "")
    assert "warning: cannot open /dev/null/.local/share/aisql/" in told
    assert "Not a directory; tables are kept in memory" in told
    assert "warning: the history cannot be kept in /dev/null/.local/state/aisql/history" in told
    user.ready()
    says(user, "CREATE TABLE t AS SELECT 42 AS n; SELECT * FROM t;", "| 42 |")
    says(user, "CREATE MODEL m WITH ('provider' = 'builtin');", "error: cannot make the folder /dev/null/")
    says(user, "SET ai.cache = off; SELECT ai_sentiment('builtin:demo', 'good') AS s;", "| positive |")
    assert list(aisql.work.rglob("*")) == []


def test_a_working_folder_that_is_gone_has_no_files_and_takes_statements(aisql: Aisql) -> None:
    gone = ("sh", "-c", 'mkdir gone && cd gone && rmdir ../gone && exec "$@"', "sh", *COMMAND)
    done = aisql("--memory", "-c", "SELECT 1 AS a; SELECT * FROM 'x.csv'", command=gone)
    table = "+---+\n| a |\n+---+\n| 1 |\n+---+\n1 row in set\n"
    assert (done.text, done.stderr.splitlines()[0], done.status) == (
        table,
        "<command>:1: error: cannot read x.csv: No such file or directory",
        1,
    )


def test_a_file_that_was_named_and_cannot_be_opened_ends_a_prompt_too(aisql: Aisql) -> None:
    user = Window(aisql, "/dev/null/tables.db")
    assert user.status() == 3
    user.close()


# ---------------------------------------------------------------- locales


@pytest.fixture(scope="module")
def latin(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The environment of somebody whose system writes ISO 8859-1."""
    if shutil.which("localedef") is None:
        pytest.skip("there is no localedef to make a locale with")
    folder = tmp_path_factory.mktemp("locales")
    made = ["localedef", "-i", "en_US", "-f", "ISO-8859-1", str(folder / "en_US.ISO-8859-1")]
    if subprocess.run(made, capture_output=True, check=False).returncode != 0:
        pytest.skip("localedef has no sources for ISO 8859-1")
    return {"LOCPATH": str(folder), "LC_ALL": "en_US.ISO-8859-1"}


def test_arguments_files_and_results_are_utf_8_in_a_locale_that_is_not(
    aisql: Aisql, latin: dict[str, str]
) -> None:
    aisql.write("ü.csv", "ä\n漢\n")
    statement = "SELECT 'é' || ä AS x, length(:v) AS n FROM \"ü\" \\g ö.csv"
    done = aisql("--memory", "ü.csv", "-v", "v=é漢", "-c", statement, env=latin)
    assert (done.stderr, done.status) == ("", 0)
    assert (aisql.work / "ö.csv").read_text("utf-8") == "x,n\né漢,2\n"
    piped = aisql("--memory", "--csv", stdin="SELECT 'é漢' AS x; SELECT nöch", env=latin)
    assert (piped.text, piped.first) == ("x\né漢\n", "<stdin>:1: error: no such column: nöch")


# ---------------------------------------------------------------- editors


def test_an_editor_that_fails_leaves_the_text_and_says_so(window: Open) -> None:
    user = window("--memory", EDITOR="/nosuch/editor")
    user.ready()
    user.type("SELECT 6 * 7 AS n")
    user.type(ctrl("x") + ctrl("e"))
    user.shows("error: the editor /nosuch/editor cannot be started: No such file or directory")
    user.shows("hint: VISUAL or EDITOR names the program")
    user.ready()
    user.type(";" + ENTER)
    user.shows("| 42 |")


# ---------------------------------------------------------------- the config file


@pytest.mark.long
def test_a_broken_config_file_is_one_line_and_the_prompt_is_as_usual(aisql: Aisql, window: Open) -> None:
    file = aisql.work / "own.toml"
    file.write_text('[prompt]\nkeys = "vi"\ntheme = light\n')
    user = window("--memory", "--config", "own.toml")
    assert user.lines[0] == "aisql: warning: own.toml:3: Invalid value (nothing in the file counts)"
    assert user.lines[1].startswith("aisql>")
    user.ready()
    says(user, "SELECT 7 AS seven;", "|     7 |")
    assert Path(aisql.home / "state" / "aisql" / "history").exists()
