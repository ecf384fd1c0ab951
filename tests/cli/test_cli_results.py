"""Results on a real terminal: as wide as it is, as long as it is, and in files and pipes whole."""

from __future__ import annotations

import base64
import sys

import pytest
from run_aisql import Aisql
from test_cli_prompt import _WAITS as WAITS
from test_cli_prompt import Open, Terminal, terminal

__all__ = ["terminal"]  # the fixture

LONG = "a text that is too long for the narrow terminal it is shown on"
NUMBERS = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT {}) SELECT i FROM n;"
PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


@pytest.mark.long
def test_a_row_that_is_too_wide_is_written_vertically(terminal: Open) -> None:
    user = terminal("--memory", size=(50, 40))
    assert user.run(f"SELECT 1 AS a, '{LONG}' AS b;").splitlines() == [
        "**************** 1. row ****************",
        "a: 1",
        "b: a text that is too long for the",
        "   narrow terminal it is shown on",
        "1 row in set",
    ]


def test_long_texts_of_several_rows_are_cut_and_last_shows_them(terminal: Open) -> None:
    user = terminal("--memory", size=(50, 40))
    assert user.run(f"SELECT i, '{LONG}' AS b FROM (SELECT 1 AS i UNION SELECT 22);") == (
        "+----+---------------------------------+\n"
        "| i  | b                               |\n"
        "+----+---------------------------------+\n"
        "|  1 | a text that is too long for th… |\n"
        "| 22 | a text that is too long for th… |\n"
        "+----+---------------------------------+\n"
        "2 rows in set\nlong texts are cut; \\last shows all of it\n"
    ).replace("| i  |", "|  i |")
    assert f"| {LONG} |\n" in user.run("\\last")


@pytest.mark.long
def test_columns_there_is_no_room_for_are_left_out_and_told_of_where_rows_may_not_be_vertical(
    terminal: Open,
) -> None:
    user = terminal("--memory", size=(50, 20))
    user.run("\\x off")
    assert user.run("SELECT 1234567 AS a, 1234567 AS b, 1234567 AS c;") == (
        "+---------+\n|       a |\n+---------+\n| 1234567 |\n+---------+\n"
        "1 row in set\n1 of 3 columns shown; \\last shows all of it\n"
    )


def test_a_result_longer_than_the_screen_goes_through_the_pager(aisql: Aisql, terminal: Open) -> None:
    pager = f"{sys.executable} {aisql.write('pager.py', _PAGER)}"
    user = terminal("--memory", size=(10, 40), PAGER=pager)
    assert user.run(NUMBERS.format(3)).endswith("3 rows in set\n")
    assert user.run(NUMBERS.format(100)) == "105 lines, LESS is -SRXF\n"
    user.run("\\pager off")
    assert user.run(NUMBERS.format(100)).endswith("100 rows in set\n")


def test_an_error_and_a_watch_are_never_paged(aisql: Aisql, terminal: Open) -> None:
    user = terminal("--memory", size=(5, 40), PAGER=f"{sys.executable} {aisql.write('pager.py', _PAGER)}")
    assert "no such column" in user.run("SELECT nosuch\n\n\n\n\n\n\n;")
    assert user.run(f"{NUMBERS.format(10)[:-1]} \\watch 0 c=1").endswith("10 rows in set\n")


@pytest.mark.long
def test_the_settings_of_less_are_left_to_the_user_who_has_some(aisql: Aisql, terminal: Open) -> None:
    pager = f"{sys.executable} {aisql.write('pager.py', _PAGER)}"
    user = terminal("--memory", size=(10, 40), PAGER="false", AISQL_PAGER=pager, LESS="-R")
    assert user.run(NUMBERS.format(100)) == "105 lines, LESS is -R\n"


def test_a_pager_that_is_left_early_ends_the_result_and_not_the_shell(terminal: Open) -> None:
    user = terminal("--memory", size=(10, 40), PAGER="head -1")
    assert user.run(NUMBERS.format(1_000_000)) == "+------+\n"
    assert "| 2 |\n" in user.run("SELECT 2 AS a;")
    assert user.run(NUMBERS.format(20_000)) == "+------+\n"
    assert user.run("\\keep n") == "OK, 20000 rows kept\n"  # those the pager did not show too


@pytest.mark.long
def test_a_pager_that_is_not_there_is_told_of_and_the_result_is_shown(terminal: Open) -> None:
    user = terminal("--memory", size=(10, 80), PAGER="nosuch-pager")
    shown = user.run(NUMBERS.format(20))
    assert "warning: there is no pager nosuch-pager; \\pager names another\n" in shown
    assert shown.endswith("20 rows in set\n")


def test_a_command_at_a_terminal_is_cut_and_never_paged(aisql: Aisql) -> None:
    sql = f"SELECT i, '{LONG}' AS b FROM ({NUMBERS.format(30)[:-1]})"
    user = Terminal(aisql, "--memory", "-c", sql, size=(10, 40), PAGER="false")
    try:
        shown, status = user.end()
    finally:
        user.close()
    assert status == 0
    assert shown.endswith("30 rows in set\nlong texts are cut; a file or a pipe has all of it\n")


@pytest.mark.long
def test_an_image_is_a_note_and_is_drawn_where_the_terminal_says_it_can(aisql: Aisql, terminal: Open) -> None:
    address = f"data:image/png;base64,{base64.b64encode(PNG).decode()}"
    statement = f"SELECT '{address}' AS picture;"
    user = terminal("--memory")
    assert f"| [image/png, {len(PNG)} bytes] |\n" in user.run(statement)
    assert b"\x1b_G" not in user.raw
    assert address in user.run("\\last csv")
    kitty = terminal("--memory", KITTY_WINDOW_ID="1")
    kitty.run(statement)
    assert f"\x1b_Gf=100,a=T,m=0;{base64.b64encode(PNG).decode()}\x1b\\".encode() in kitty.raw
    aisql.write("dot.png", PNG + b"in a volume")
    kitty.run("PUT 'dot.png' TO USER VOLUME;")
    shown = kitty.run("SELECT GET_PRESIGNED_URL(USER VOLUME, 'dot.png') AS picture;")
    assert f"| volume:user://~/dot.png [image/png, {len(PNG) + 11} bytes] |\n" in shown
    assert base64.b64encode(PNG + b"in a volume") in kitty.raw
    assert "[image/png" not in kitty.run("SHOW USER VOLUME DIRECTORY;")
    iterm = terminal("--memory", TERM_PROGRAM="iTerm.app")
    iterm.run(statement)
    assert f"\x1b]1337;File=inline=1;size={len(PNG)}:".encode() in iterm.raw


def test_what_only_says_it_is_an_image_reaches_no_terminal(terminal: Open) -> None:
    user = terminal("--memory", KITTY_WINDOW_ID="1")
    content = base64.b64encode(b"\x1b]0;title\x07").decode()
    user.run(f"SELECT 'data:image/png;base64,{content}' AS picture;")
    assert b"\x1b_G" not in user.raw
    assert b"\x1b]0;" not in user.raw


def test_a_command_in_the_middle_of_a_statement_gives_the_statement_back(terminal: Open) -> None:
    user = terminal("--memory")
    user.type("SELECT 1\r")
    user.wait_for(b"   ->")
    user.type("\\echo between\r")
    assert user.printed() == "between\n"
    user.wait_for(b"SELECT")  # coloured, so the rest stands apart
    user.type(" AS a;\r")
    assert "| 1 |\n" in user.printed()


def test_the_status_a_user_leaves_with_is_that_of_the_program(terminal: Open) -> None:
    user = terminal("--memory")
    user.type(".exit 7\r")
    assert user.end()[1] == 7


def test_ctrl_c_ends_a_watch_and_stays(terminal: Open) -> None:
    user = terminal("--memory")
    user.type("SELECT 1 AS a \\watch 60\r")
    user.wait_for(b"1 row in set")
    user.interrupt()
    assert "interrupted\n" in user.wait_for(WAITS)
    assert "| 2 |\n" in user.run("SELECT 2 AS a;")


@pytest.mark.parametrize("way", ["command", "file", "stdin"])
def test_commands_mean_the_same_in_every_way_in(aisql: Aisql, way: str) -> None:
    script = (
        "SELECT 1 AS a;\n\\format jsonl\nSELECT 2 AS a \\g out.csv\nSELECT 3 AS a;\n\\nosuch\nSELECT 4;\n"
    )
    aisql.write("s.sql", script)
    done = {
        "command": lambda: aisql("--memory", "--csv", "-c", script),
        "file": lambda: aisql("--memory", "--csv", "-f", "s.sql"),
        "stdin": lambda: aisql("--memory", "--csv", stdin=script),
    }[way]()
    name = {"command": "<command>", "file": "s.sql", "stdin": "<stdin>"}[way]
    assert done.text == 'a\n1\nOutput format is jsonl.\n{"a": 3}\n'
    assert (done.stderr, done.status) == (
        f"{name}:5: error: there is no command \\nosuch\nhint: \\? lists them\n",
        2,
    )
    assert (aisql.work / "out.csv").read_text() == "a\n2\n"


def test_dots_are_sql_in_a_script(aisql: Aisql) -> None:
    done = aisql("--memory", "-c", ".tables")
    assert (done.status, done.first) == (1, '<command>:1: error: near ".": syntax error')


def test_q_ends_its_script_and_a_status_the_program(aisql: Aisql) -> None:
    first = aisql("--memory", "--csv", "-c", "SELECT 1 AS a; \\q\nSELECT 2 AS a", "-c", "SELECT 3 AS a")
    assert first == (b"a\n1\na\n3\n", "", 0)
    assert aisql("--memory", "--csv", "-c", "\\q 9\nSELECT 2", "-c", "SELECT 3") == (b"", "", 9)


def test_a_failure_in_an_included_script_stops_all_of_them(aisql: Aisql) -> None:
    aisql.write("inner.sql", "SELECT nosuch;\nSELECT 'never';\n")
    done = aisql("--memory", "-c", "\\i inner.sql\nSELECT 'never'")
    assert (done.stdout, done.status) == (b"", 1)
    assert done.first == "inner.sql:1: error: no such column: nosuch"


def test_the_screen_of_a_pipe_is_never_cut(aisql: Aisql) -> None:
    assert f"| {LONG * 20} |\n" in aisql("--memory", "-c", f"SELECT '{LONG * 20}' AS a").text


_PAGER = """\
import os, sys
print(len(sys.stdin.readlines()), "lines, LESS is", os.environ.get("LESS"))
"""
