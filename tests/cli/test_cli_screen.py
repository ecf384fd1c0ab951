"""The prompt on a screen: menus, toolbar, keys, windows of all sizes, and what can go wrong around it."""

from __future__ import annotations

import re
import shutil
import sys
from collections.abc import Callable, Iterator

import pytest
from length import long
from run_aisql import COMMAND, Aisql
from screen import DOWN, ENTER, ESCAPE, F2, LEFT, RIGHT, TAB, UP, Window, ctrl, pasted
from server import ModelServer

from aisql.repl.welcome import LINES

Open = Callable[..., Window]
_READY = b"\x1b[?2004h"


@pytest.fixture
def window(aisql: Aisql) -> Iterator[Open]:
    """Opens windows with aisql at its prompt, tables in memory."""
    opened: list[Window] = []

    def start(*arguments: str, mark: str = "aisql>", **options: object) -> Window:
        opened.append(Window(aisql, "--memory", *arguments, **options))  # type: ignore[arg-type]
        opened[-1].shows(mark)
        opened[-1].ready()
        return opened[-1]

    yield start
    for each in opened:
        each.close()


def run(user: Window, text: str, mark: str) -> None:
    """Runs a statement; waits for what it prints and for the next prompt."""
    prompts = user.raw.count(_READY)
    user.type(text + ENTER)
    user.until(lambda: user.raw.count(_READY) > prompts, "the next prompt")
    user.ready()
    user.shows(mark)


def clear(user: Window) -> None:
    """Presses Ctrl-C; waits for the next prompt."""
    prompts = user.raw.count(_READY)
    user.type(ctrl("c"))
    user.until(lambda: user.raw.count(_READY) > prompts, "the next prompt")
    user.ready()


def offers_users(user: Window) -> bool:
    """Whether the menu has the table; in a narrow window the statement that made it begins a line with it."""
    return any(line.split()[:1] == ["users"] and "INTEGER" not in line for line in user.lines)


def with_users(window: Open, **options: object) -> Window:
    user = window(**options)
    run(user, "CREATE TABLE users (id INTEGER, name TEXT);", "OK")
    user.type("FROM use")  # the names are known once the menu has the table
    user.until(lambda: offers_users(user), "the table in the menu")
    clear(user)
    return user


# ---------------------------------------------------------------- completion


@pytest.mark.long
def test_plot_offers_columns_of_the_last_result_and_draws_all_of_it_above_the_prompt(window: Open) -> None:
    user = window(columns=60, lines=24, NO_COLOR="1")
    run(user, "SELECT 1 AS apples, 2 AS pears UNION ALL SELECT 2, 3;", "2 rows in set")
    user.type("\\plot pe")
    user.shows("pears   column of the last result")
    user.type(TAB + " apples")
    user.shows("apples  column of the last result")
    user.type(" ")
    run(user, "", f"2.0{' ' * 23}2.5{' ' * 23}3.0")
    drawing = user.lines[user.lines.index("apples by pears") :]
    assert drawing[1] == f"2.0 ┤{' ' * 50}⢀⡠⠤⠒⠉"
    assert f"    └┬{'─' * 26}┬{'─' * 26}┬" in drawing  # the prompt may stand below it already, or not yet


def test_a_menu_offers_what_fits_and_enter_only_accepts_it(window: Open) -> None:
    user = with_users(window)
    user.type("SELECT * FROM us")
    user.shows("users              table (id, name)")
    user.type(TAB)
    user.shows("aisql> SELECT * FROM users")
    user.type(ENTER)
    user.lacks("table (id, name)")
    user.type(" WHERE na")
    user.shows("users TEXT")
    user.type(DOWN + ENTER + " = 'x';")
    user.shows("aisql> SELECT * FROM users WHERE name = 'x';")
    user.type(ENTER)
    user.shows("Empty set")


@pytest.mark.long
def test_enter_runs_where_a_menu_is_open_and_nothing_is_chosen(window: Open) -> None:
    user = with_users(window)
    user.type("\\")
    user.shows("\\conninfo")
    user.type("?" + ENTER)
    user.shows("SHOW MODELS;")


@pytest.mark.long
def test_new_tables_are_offered_at_the_next_prompt(window: Open) -> None:
    user = with_users(window)
    run(user, "CREATE TABLE uses (a);", "OK")
    user.type("SELECT * FROM us")
    user.shows("uses")
    clear(user)
    run(user, "DROP TABLE users;", "OK")
    user.type("SELECT * FROM us")
    # The menu of before may be there for a moment.
    user.until(lambda: "table (a)" in user.text and "(id, name)" not in user.text, "the menu of now")


@pytest.mark.long
def test_models_are_offered_inside_of_calls(window: Open) -> None:
    user = window()
    run(
        user, "CREATE TEMPORARY MODEL moody WITH ('provider' = 'builtin', 'task' = 'chat/completions');", "OK"
    )
    user.type("SELECT ai_complete('mo")
    user.shows("temporary model")
    user.type(TAB + ", 'x');")
    user.shows("aisql> SELECT ai_complete('moody', 'x');")


@pytest.mark.long
def test_f2_turns_the_menu_off_and_on(window: Open) -> None:
    user = with_users(window)
    user.type(F2 + "SELECT * FROM us")
    user.shows("FROM us")
    assert "table (id, name)" not in user.text
    user.type(TAB)
    user.shows("table (id, name)")
    user.type(TAB)
    user.shows("aisql> SELECT * FROM users")
    clear(user)
    user.type(F2 + "SELECT * FROM us")
    user.shows("table (id, name)")


def test_files_are_offered_at_a_tab_and_their_columns_while_a_query_is_typed(
    aisql: Aisql, window: Open
) -> None:
    aisql.write("it's people.csv", "name,shoe size\nann,38\n")
    aisql.write("report.sql", "SELECT 1;")
    user = window()
    user.type("SELECT p. FROM 'it")
    user.shows("FROM 'it")
    assert "people" not in user.text
    user.type(TAB)
    user.shows("aisql> SELECT p. FROM 'it''s people.csv'")
    user.type(" p;" + LEFT * len(" FROM 'it''s people.csv' p;"))
    user.type("sh")
    user.shows('"shoe size"  p INTEGER')
    user.type(TAB + ENTER + ctrl("e") + ENTER)
    user.shows("|        38 |")
    user.ready()
    user.type("\\i rep")
    user.shows("aisql> \\i rep")
    user.type(TAB)
    user.shows("\\i report.sql")


# ---------------------------------------------------------------- history and editing


def test_the_history_is_searched_by_any_letters(window: Open) -> None:
    user = with_users(window)
    run(user, "SELECT 'needle' AS a;", "| needle |")
    user.type(ctrl("r"))
    user.shows("history>")
    user.type("crtbl")
    user.until(lambda: sum("CREATE TABLE users" in line for line in user.lines) == 2, "the entry in the menu")
    user.type(ENTER)
    user.until(lambda: user.lines[-2].startswith("aisql> CREATE TABLE users"), "the entry to be typed")
    clear(user)
    user.type("SELECT 1" + ctrl("r") + "zzz" + ESCAPE)
    user.until(lambda: user.lines[-2] == "aisql> SELECT 1", "what was typed before")


@pytest.mark.long
def test_the_rest_of_an_older_line_is_shown_and_taken(window: Open) -> None:
    user = window()
    run(user, "SELECT 'first' AS a;", "| first |")
    user.type("SELECT 'f")
    user.shows("SELECT 'first' AS a;", 2)
    user.type(RIGHT + ENTER)
    user.shows("| first |", 2)


def test_an_editor_changes_the_text(aisql: Aisql, window: Open) -> None:
    editor = aisql.write("e.py", "import sys\nopen(sys.argv[1], 'a').write(' + 1 AS edited;')")
    user = window(EDITOR=f"{sys.executable} {editor}")
    user.type("SELECT 41" + ctrl("x") + ctrl("e"))
    user.shows("aisql> SELECT 41 + 1 AS edited;")
    user.type(ENTER)
    user.shows("|     42 |")


@pytest.mark.long
def test_an_editor_that_fails_says_so_and_the_text_stays(window: Open) -> None:
    user = window(VISUAL="false")
    user.type("SELECT 42 AS kept;" + ctrl("x") + ctrl("e"))
    user.shows("error: the editor false failed with status 1")
    user.ready()
    user.type(ENTER)
    user.shows("|   42 |")


def test_ctrl_c_is_for_the_program_that_has_the_terminal(aisql: Aisql, window: Open) -> None:
    editor = aisql.write(
        "e.py",
        "import signal, sys, pathlib\nsignal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])\n"
        "print('begun', flush=True)\nsignal.sigwait([signal.SIGINT])\n"
        "pathlib.Path(sys.argv[1]).write_text('SELECT 42 AS edited;')",
    )
    user = window(EDITOR=f"{sys.executable} {editor}", VISUAL=None)
    user.type("SELECT 41" + ctrl("x") + ctrl("e"))
    user.shows("begun")
    user.type(ctrl("c"))
    user.shows("aisql> SELECT 42 AS edited;")
    run(user, "", "|     42 |")
    user.type("\\! echo be''gun; exec sleep 60" + ENTER)
    user.shows("begun", 2)
    clear(user)
    assert "interrupted" in user.text


@pytest.mark.long
def test_an_editor_that_ctrl_c_ends_leaves_the_text(window: Open) -> None:
    user = window(EDITOR="sh -c 'echo begun; exec sleep 60'", VISUAL=None)
    user.type("SELECT 42 AS kept;" + ctrl("x") + ctrl("e"))
    user.shows("begun")
    user.type(ctrl("c"))
    user.shows("failed with status 130")
    user.ready()
    user.type(ENTER)
    user.shows("|   42 |")


def test_ctrl_z_is_no_part_of_what_is_typed(window: Open) -> None:
    user = window()  # a terminal without a shell around it has nobody who could stop it
    user.type("SELECT 4" + ctrl("z") + "2 AS n;" + ENTER)
    user.shows("| 42 |")


def test_a_pasted_script_runs_statement_by_statement(window: Open) -> None:
    user = window()
    user.type(pasted("SELECT\t1 AS one;\rSELECT nosuch;\rSELECT 3 AS three;\r"))
    user.shows("Run the 3 statements that were pasted? [y/N]")
    user.type("y" + ENTER)
    user.shows("| three |")
    assert "aisql> SELECT  1 AS one;" in user.text
    assert "| one |" in user.text
    assert "error: no such column: nosuch" in user.text


@pytest.mark.long
def test_a_large_paste_arrives_whole(window: Open) -> None:
    user = window()
    user.type(pasted("".join(f"INSERT INTO t VALUES ({number}, 'some text');\n" for number in range(500))))
    user.shows("Run the 500 statements that were pasted? [y/N]")


# ---------------------------------------------------------------- the prompt and the toolbar


def test_the_prompt_tells_the_state_of_the_transaction(window: Open) -> None:
    user = window()
    run(user, "BEGIN;", "aisql*>")
    run(user, "SELECT nosuch;", "aisql!>")
    run(user, "SELECT 1 AS a;", "aisql*>")
    user.type(ctrl("d"))
    user.shows("a transaction is open: (c)ommit, (r)oll back, or stay?")
    run(user, "", "aisql*>")
    run(user, "ROLLBACK;", "OK")
    assert user.leave() == 0


def test_results_go_to_a_file_and_the_prompt_stays_on_the_terminal(aisql: Aisql, window: Open) -> None:
    user = window(command=("sh", "-c", 'exec "$@" > out.txt', "sh", *COMMAND))
    user.type("SELECT 1 AS a;" + ENTER)
    user.until(lambda: "last" in user.lines[-1], "the end of the statement")
    assert user.leave() == 0
    assert "aisql> SELECT 1 AS a;" in user.text
    table = "+---+\n| a |\n+---+\n| 1 |\n+---+\n1 row in set\n"
    assert (aisql.work / "out.txt").read_text() == table


ENDLESS = (
    "SELECT 'begun' AS a; WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i FROM n) SELECT max(i) FROM n;"
)


def test_ctrl_c_at_every_place_stays(window: Open, server: ModelServer) -> None:
    server.gate.clear()
    user = with_users(window, OPENAI_BASE_URL=server.url, OPENAI_API_KEY="k")
    run(user, "INSERT INTO users VALUES (1, 'Ann');", "1 row changed")
    for typed, seen in (
        (
            "SELECT 1 AS one \\watch 60" + ENTER,
            "(every 60 s)\n+-----+\n| one |\n+-----+\n|   1 |\n+-----+\n1 row",
        ),
        (ENDLESS + ENTER, "| begun |"),
        ("DELETE FROM users;" + ENTER, "This deletes every row of users. Run it? [y/N]"),
        ("SELECT ai_complete('openai:gpt-4o', name) FROM users;" + ENTER, "0/1 calls"),
        ("SELECT 'half", "'half"),
        ("SELECT 1," + ENTER, "   ->"),
        ("SELECT * FROM us" + TAB, "table (id, name)"),
        (ctrl("r") + "cre", "history>"),
        (pasted("SELECT 1; SELECT 2;"), "[y/N]"),
        ("BEGIN;" + ENTER, "aisql*>"),
        (ctrl("d"), "or stay?"),
    ):
        user.type(typed)
        user.shows(seen)
        clear(user)
    user.until(lambda: user.lines[-2].startswith("aisql*>"), "the prompt")
    run(user, "SELECT 'still' AS here;", "| still |")


def test_the_toolbar_follows_the_session(window: Open) -> None:
    user = window()
    user.until(lambda: user.lines[-1] == "default_catalog.default_database  table", "the toolbar")
    run(user, "SET ai.default_model = 'builtin:demo';", "OK")
    user.until(
        lambda: user.lines[-1].startswith("default_catalog.default_database  builtin:demo  table  last "),
        "the model in the toolbar",
    )
    run(user, "SELECT ai_complete('builtin:demo', 'x') AS a;", "1 row in set")
    user.until(lambda: "  AI 1 call " in user.lines[-1], "the call in the toolbar")


def test_sql_that_was_asked_for_in_words_stands_in_the_line(window: Open, server: ModelServer) -> None:
    user = window(OPENAI_BASE_URL=server.url, OPENAI_API_KEY="sk-test")
    run(user, "CREATE TABLE users (id INTEGER, name TEXT); SET ai.default_model = 'openai:m';", "OK")
    server.answer = lambda _: "SELECT count(*) AS users\nFROM users"
    user.type("?? how many users" + ENTER)
    user.shows("[y/N]")
    assert "the CREATE statements of users go to openai:m at 127.0.0.1" in user.text.replace("\n ", "")
    user.type("y" + ENTER)
    user.shows("aisql> SELECT count(*) AS users\n   -> FROM users;")
    user.ready()
    user.type(ENTER)
    user.shows("1 row in set")
    user.ready()
    server.gate.clear()
    user.type("\\ask how many names" + ENTER)
    server.gate.wait_for(1)
    prompts = user.raw.count(_READY)
    user.type(ctrl("c"))
    user.shows("interrupted")
    user.until(lambda: user.raw.count(_READY) > prompts, "the next prompt")
    user.ready()
    server.gate.set()
    run(user, "SELECT 'still' AS here;", "| still |")
    assert len(server.requests) == 2


# ---------------------------------------------------------------- windows


@pytest.mark.long
def test_a_window_of_20_columns_is_wide_enough(window: Open) -> None:
    user = with_users(window, columns=20, lines=20)
    user.type("SELECT name FROM us")
    user.until(lambda: offers_users(user), "the table in the menu")
    user.type(TAB + ";" + ENTER)
    user.shows("Empty set")
    assert all(len(line) <= 20 for line in user.lines)


def test_wide_characters_keep_the_cursor_where_it_is(window: Open) -> None:
    user = window()
    user.type("SELECT '漢字 é 😀' AS a;")
    user.shows("'漢字 é 😀' AS a;")
    place = len("aisql> SELECT ' é ' AS a;") + 6
    user.until(lambda: user.screen.cursor.x == place, "the cursor behind the text")
    user.type(ENTER)
    user.shows("| 漢字 é 😀 |")


@pytest.mark.long
def test_emoji_of_several_characters_keep_the_cursor_where_it_is(window: Open) -> None:
    user = window()
    family, hand, heart, flag = "👨\u200d👩", "👍\U0001f3fd", "❤\ufe0f", "\U0001f1e9\U0001f1ea"
    user.type(f"SELECT length('{family} {hand} {heart} {flag}') AS n, 10 AS a;")
    shown = "aisql> SELECT length('👨👩 👍 ❤ \uff24\uff25') AS n, "
    user.shows(f"{shown}10 AS a;")
    user.type(LEFT * len("10 AS a;"))
    wide = 5
    user.until(lambda: user.screen.cursor.x == len(shown) + wide, "the cursor before 10")
    user.type("3" + ENTER)
    user.shows("| 12 | 310 |")


@pytest.mark.long
def test_a_window_that_changes_its_size_is_drawn_anew(window: Open) -> None:
    user = with_users(window)
    user.type("SELECT name, id, name, id, name FROM us")
    user.shows("table (id, name)")
    user.resize(40, 12)
    user.until(lambda: user.lines[-1].startswith("default_catalog.default_database"), "the toolbar")
    user.type("ers;" + ENTER)
    user.shows("Empty set")
    user.resize(120, 30)
    run(user, "SELECT 7 AS seven;", "|     7 |")


def test_a_table_stays_on_the_screen_when_the_window_changes_its_size(window: Open) -> None:
    user = window(columns=60, lines=20)
    run(user, "SELECT 'some text' AS one, 'another text' AS two;", "1 row in set")
    table = [line for line in user.lines if line[0] in "+|"]
    assert len(table) == 5
    user.type("SELECT 'half")
    user.shows("aisql> SELECT 'half")
    for columns, lines, typed in ((40, 20, "a"), (90, 30, "aa")):
        user.resize(columns, lines)
        user.type("a")
        user.until(lambda: user.lines[-2] == f"aisql> SELECT 'half{typed}", "the line")  # noqa: B023 # at once
        user.until(lambda: "default_database" in user.lines[-1], "the toolbar")
        assert [line for line in user.lines if line[0] in "+|"] == table
    user.type("';" + ENTER)
    user.shows("| halfaa ")


def test_ctrl_c_in_the_pager_leaves_it_to_the_pager(window: Open) -> None:
    user = window(columns=60, lines=12, PAGER="less")
    user.type(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 300000) SELECT i FROM n;"
    )
    user.type(ENTER)
    user.shows("|    7 |")
    user.until(lambda: user.lines[-1] == ":", "the line of less")
    before = len(user.raw)
    user.type(ctrl("c"))
    user.until(lambda: len(user.raw) > before, "the line of less anew")
    user.type("20g20g")  # the first key after it may go to less's own end of the wait
    user.shows("|   25 |")
    user.type("q")
    user.shows("aisql>")
    user.ready()
    run(user, "SELECT 'still' AS here;", "| still |")


@pytest.mark.long
def test_a_terminal_without_a_size_is_taken_for_a_usual_one(window: Open) -> None:
    user = window(no_size=True)
    run(user, "SELECT 7 AS seven;", "|     7 |")


def colours(raw: bytes) -> set[bytes]:
    codes = {part for code in re.findall(rb"\x1b\[([0-9;]*)m", raw) for part in code.split(b";")}
    return {code for code in codes if len(code) > 1}


def test_no_color_takes_the_colours_and_leaves_the_rest(window: Open) -> None:
    user = with_users(window, NO_COLOR="1")
    user.type("SELECT * FROM us")
    user.shows("table (id, name)")
    user.type(TAB)
    user.shows("aisql> SELECT * FROM users")
    user.type(ENTER + " WHERE nosuch;" + ENTER)
    user.shows("error: no such column: nosuch")
    assert colours(user.raw) == set()


@pytest.mark.long
def test_colours_are_those_of_the_theme(aisql: Aisql, window: Open) -> None:
    user = window()
    user.type("SELECT")
    user.until(lambda: b"94" in colours(user.raw), "a word in bright blue")
    folder = aisql.home / "config" / "aisql"
    folder.mkdir(parents=True)
    (folder / "config.toml").write_text('[prompt]\ntheme = "light"\n')
    light = window()
    light.type("SELECT")
    light.until(lambda: b"34" in colours(light.raw), "a word in blue")
    clear(light)
    run(light, "\\theme dark", "Theme is dark. To keep it:")
    light.type("SELECT")
    light.until(lambda: b"94" in colours(light.raw), "a word in bright blue at once")


@pytest.mark.long
def test_an_error_is_in_colour_and_reads_the_same(window: Open) -> None:
    user = window()
    run(user, "SELECT nosuch;", "  1 | SELECT nosuch;")
    assert b"\x1b[1;31merror:\x1b[0m no such column: nosuch" in user.raw
    assert b"\x1b[94mSELECT\x1b[0m nosuch;" in user.raw


# ---------------------------------------------------------------- what can go wrong


def test_the_config_file_chooses_vi(aisql: Aisql, window: Open) -> None:
    folder = aisql.home / "config" / "aisql"
    folder.mkdir(parents=True)
    (folder / "config.toml").write_text('[prompt]\nkeys = "vi"\n')
    user = window()
    user.until(lambda: user.lines[-1].endswith("  vi"), "vi in the toolbar")
    user.type("SELECT 12;" + ESCAPE)
    user.type("hxi7" + ENTER)
    user.shows("| 17 |")


@pytest.mark.long
def test_a_config_file_that_is_wrong_is_a_warning(aisql: Aisql, window: Open) -> None:
    folder = aisql.home / "config" / "aisql"
    folder.mkdir(parents=True)
    (folder / "config.toml").write_text('[prompt]\nkeys = "nano"\n')
    user = window()
    assert "config.toml:2:prompt.keysmustbeemacsorvi" in "".join(user.text.split())
    run(user, "SELECT 7 AS seven;", "|     7 |")


@pytest.mark.long
def test_there_need_be_no_home(window: Open) -> None:
    changes = dict.fromkeys(("XDG_DATA_HOME", "XDG_STATE_HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME"))
    user = window(HOME="/dev/null/home", **changes)
    assert LINES[0] in user.text
    assert "warning: the history cannot be kept in /dev/null/home/.local/state/aisql/history" in user.text
    run(user, "SELECT 7 AS seven;", "|     7 |")
    user.type(UP + ENTER)
    user.shows("|     7 |", 2)


@pytest.mark.long
def test_a_history_that_is_lost_is_told_below_the_line(aisql: Aisql, window: Open) -> None:
    user = window()
    folder = aisql.home / "state" / "aisql"
    shutil.rmtree(folder)
    run(user, "SELECT 7 AS seven;", "|     7 |")
    user.until(lambda: "aisql> SELECT 7 AS seven;" in user.lines, "the line")
    place = user.lines.index("aisql> SELECT 7 AS seven;")
    assert user.lines[place + 1].startswith("warning: the history cannot be kept in")
    run(user, "SELECT 8 AS eight;", "|     8 |")
    assert user.text.count("warning:") == 1


@pytest.mark.parametrize("locale", ["C", *long("POSIX", "de_DE.ISO-8859-1", "nosuch")])
def test_text_is_utf_8_whatever_the_locale(window: Open, locale: str) -> None:
    user = window(LANG=locale, LC_ALL=locale, PYTHONUTF8="0", PYTHONCOERCECLOCALE="0")
    user.type("SELECT 'é' AS a;" + ENTER)
    user.shows("| é |")
