"""The parts of the prompt that need no terminal: toolbar, colours, preferences, history, editor."""

from __future__ import annotations

import re
import stat
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest
from prompt_toolkit.completion import CompleteEvent
from prompt_toolkit.document import Document
from prompt_toolkit.history import InMemoryHistory
from prompt_toolkit.styles import Style

from aisql.access import UNLIMITED
from aisql.commands.editor import edited
from aisql.config import read_config
from aisql.engine.outline import CatalogNames, Column, Named, Table
from aisql.errors import UsageError
from aisql.render.masking import mask_secrets
from aisql.render.prompt_text import ESCAPES, prompt_text
from aisql.repl.completion.adapter import SqlCompleter
from aisql.repl.completion.snapshot import Snapshot
from aisql.repl.history import HistoryCompleter, open_history
from aisql.repl.keys import is_script, wants_more
from aisql.repl.preferences import KEYS, Preferences, read_preferences
from aisql.repl.themes import DARK, LIGHT, THEMES, Theme, has_colour, painter, theme_of
from aisql.repl.toolbar import Status, toolbar, values

FULL = Status("cat", "db", "openai:gpt-4o", "csv", 0.124, 40, 12, 3_412, 0.014)
LINE = "cat.db  openai:gpt-4o  csv  last 0.12 s 40 rows  AI 12 calls 3.4k tok $0.01  vi"


# ---------------------------------------------------------------- the toolbar


def test_the_toolbar_tells_where_the_user_is_and_what_was_spent() -> None:
    assert toolbar(FULL, "vi", 100) == LINE
    assert toolbar(Status("cat", "db"), "emacs", 100) == "cat.db  table"
    one = Status("c", "d", seconds=1.5, rows=1, calls=1, tokens=2_500_000, cost=12)
    assert toolbar(one, "emacs", 100) == "c.d  table  last 1.50 s 1 row  AI 1 call 2.5M tok $12.00"


def test_a_narrow_toolbar_leaves_out_the_catalog_and_then_what_is_worth_least() -> None:
    whole = len(LINE)
    assert [toolbar(FULL, "vi", width) for width in (whole, whole - 1, whole - 5, 68, 64, 45, 30, 2, 1)] == [
        LINE,
        "db  openai:gpt-4o  csv  last 0.12 s 40 rows  AI 12 calls 3.4k tok $0.01  vi",
        "db  openai:gpt-4o  last 0.12 s 40 rows  AI 12 calls 3.4k tok $0.01  vi",
        "db  openai:gpt-4o  last 0.12 s 40 rows  AI 12 calls 3.4k tok $0.01",
        "db  openai:gpt-4o  AI 12 calls 3.4k tok $0.01",
        "db  openai:gpt-4o  AI 12 calls 3.4k tok $0.01",
        "db  AI 12 calls 3.4k tok $0.01",
        "db",
        "",
    ]


def test_the_toolbar_tells_no_cost_that_is_not_known() -> None:
    assert toolbar(Status("c", "d", calls=2, tokens=7, cost=None), "emacs", 100) == (
        "c.d  table  AI 2 calls 7 tok"
    )


def test_the_toolbar_counts_cells_and_lets_nothing_unsafe_through() -> None:
    assert toolbar(Status("猫", "db"), "emacs", 12) == "猫.db  table"
    assert toolbar(Status("猫", "db"), "emacs", 11) == "db  table"
    assert toolbar(Status("db", "猫"), "emacs", 2) == "猫"
    assert toolbar(Status("db", "猫"), "emacs", 1) == ""
    assert toolbar(Status("c", "\x1b[31m\nd"), "emacs", 100) == "c.\\x1b[31m\\nd  table"


def test_the_toolbar_and_the_prompt_tell_of_a_transaction() -> None:
    failed = Status("cat", "d\x1bb", "openai:x", transaction="!")
    assert toolbar(failed, "emacs", 100) == "cat.d\\x1bb  openai:x  table  transaction failed"
    assert toolbar(Status("c", "d", transaction="*"), "emacs", 100) == "c.d  table  transaction"
    assert prompt_text("%/ %~ %m%x 100%%> ", values(failed)) == "d\\x1bb cat.d\\x1bb openai:x! 100%> "
    assert set(values(failed)) == set(ESCAPES)


# ---------------------------------------------------------------- colours


@pytest.mark.parametrize(
    ("environment", "on_terminal", "in_pipe"),
    [
        ({}, True, False),
        ({"NO_COLOR": "1"}, False, False),
        ({"NO_COLOR": ""}, True, False),
        ({"CLICOLOR_FORCE": "1"}, True, True),
        ({"CLICOLOR_FORCE": "0"}, True, False),
        ({"FORCE_COLOR": "1"}, True, True),
        ({"NO_COLOR": "1", "CLICOLOR_FORCE": "1"}, False, False),
        ({"TERM": "dumb"}, False, False),
        ({"TERM": "dumb", "CLICOLOR_FORCE": "1"}, True, True),
    ],
)
def test_when_there_are_colours(environment: Mapping[str, str], on_terminal: bool, in_pipe: bool) -> None:
    assert has_colour(environment, is_terminal=True) is on_terminal
    assert has_colour(environment, is_terminal=False) is in_pipe


def test_paint_changes_nothing_but_the_colour() -> None:
    text = "SELECT ai_complete('m', '漢')\n  FROM t /* a\nb */ -- c"
    assert painter(DARK)("SELECT 1") == "\x1b[94mSELECT\x1b[0m \x1b[95m1\x1b[0m"
    for theme in THEMES.values():
        painted = painter(theme)(text)
        assert re.sub(r"\x1b\[[0-9;]*m", "", painted) == text
        for line in painted.split("\n"):
            assert line.count("\x1b[0m") * 2 == line.count("\x1b[")


@pytest.mark.parametrize("name", THEMES)
def test_a_theme_can_be_drawn_by_prompt_toolkit(name: str) -> None:
    theme = THEMES[name]
    Style.from_dict(
        {**{f"pygments.{key.lower()}": value for key, value in theme.tokens.items()}, **theme.screen}
    )
    assert {key for other in THEMES.values() for key in other.tokens} == set(theme.tokens)


XTERM = {
    "ansiblack": 0x000000,
    "ansired": 0xCD0000,
    "ansigreen": 0x00CD00,
    "ansiblue": 0x0000EE,
    "ansimagenta": 0xCD00CD,
    "ansicyan": 0x00CDCD,
    "ansigray": 0xE5E5E5,
    "ansibrightblack": 0x7F7F7F,
    "ansibrightgreen": 0x00FF00,
    "ansibrightyellow": 0xFFFF00,
    "ansibrightblue": 0x5C5CFF,
    "ansibrightmagenta": 0xFF00FF,
    "ansibrightcyan": 0x00FFFF,
    "ansiwhite": 0xFFFFFF,
}
"""The colours of xterm, which are not friendly to light backgrounds."""


def luminance(colour: int) -> float:
    """How light a colour is, as WCAG 2 defines it."""
    parts = [(colour >> shift & 255) / 255 for shift in (16, 8, 0)]
    linear = [part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(style: str, background: int) -> float:
    """The contrast of a style, which may have a background of its own."""
    words = style.split()
    behind = next((XTERM[word[3:]] for word in words if word.startswith("bg:")), background)
    ink = next((XTERM[word] for word in words if word in XTERM), None)
    if ink is None:
        return 21.0
    dark, light = sorted((luminance(ink), luminance(behind)))
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize(("theme", "background"), [(DARK, 0x000000), (LIGHT, 0xFFFFFF)])
def test_every_colour_of_a_theme_can_be_read_on_its_background(theme: Theme, background: int) -> None:
    styles = {**theme.tokens, **theme.screen}
    assert {name: style for name, style in styles.items() if contrast(style, background) < 3} == {}


@pytest.mark.parametrize(
    ("name", "environment", "theme"),
    [
        ("auto", {}, DARK),
        ("auto", {"COLORFGBG": "0;15"}, LIGHT),
        ("auto", {"COLORFGBG": "0;default;7"}, LIGHT),
        ("auto", {"COLORFGBG": "15;0"}, DARK),
        ("dark", {"COLORFGBG": "0;15"}, DARK),
        ("light", {}, LIGHT),
    ],
)
def test_the_theme_is_chosen_or_fits_the_background(
    name: str, environment: Mapping[str, str], theme: Theme
) -> None:
    assert theme_of(name, environment) is theme


# ---------------------------------------------------------------- preferences


def preferences(tmp_path: Path, text: str) -> tuple[Preferences, list[str]]:
    file, warnings = tmp_path / "config.toml", []
    file.write_text(text)
    found = read_preferences(read_config(str(file), warnings.append), warnings.append)
    return found, [warning.removeprefix(f"{file}:") for warning in warnings]


def test_keys_and_theme_are_chosen_in_the_config_file(tmp_path: Path) -> None:
    assert preferences(tmp_path, '[prompt]\nkeys = "vi"\ntheme = "light"') == (Preferences("vi", "light"), [])
    assert preferences(tmp_path, "") == (Preferences("emacs", "auto", "aisql%x> "), [])
    assert preferences(tmp_path, "[prompt]\ntext = '%/%x> '") == (Preferences(text="%/%x> "), [])
    assert preferences(tmp_path, "[prompt]\nguard = false") == (Preferences(guard=False), [])


def test_what_is_wrong_in_the_config_file_is_told_and_the_usual_is_taken(tmp_path: Path) -> None:
    usual = Preferences("emacs", "auto")
    assert preferences(tmp_path, '[prompt]\nkeys = "nano"\ntheme = 3') == (
        usual,
        ["2: prompt.keys must be emacs or vi", "3: prompt.theme must be auto, dark or light"],
    )
    assert preferences(tmp_path, "[prompt]\ncolor = 1") == (
        usual,
        ["2: prompt.color means nothing; there are keys, theme, text, guard"],
    )
    assert preferences(tmp_path, "prompt = 1") == (usual, ["1: 'prompt' must be a table, [prompt]"])
    assert preferences(tmp_path, "[prompt]\ntext = 1") == (usual, ["2: prompt.text must be a text"])
    assert preferences(tmp_path, "[prompt]\nguard = 1") == (usual, ["2: prompt.guard must be true or false"])
    assert preferences(tmp_path, "[prompt]\ntext = '%/%n> '") == (
        usual,
        ["2: prompt.text is no prompt: %n means nothing in a prompt"],
    )
    assert preferences(tmp_path, "[prompt") == (
        usual,
        ["1: Expected ']' at the end of a table declaration (nothing in the file counts)"],
    )


# ---------------------------------------------------------------- history


def test_the_history_is_for_its_owner_and_has_no_keys(tmp_path: Path) -> None:
    warnings: list[str] = []
    history = open_history(str(tmp_path / "state"), mask_secrets, warnings.append)
    history.append_string("CREATE MODEL m WITH ('api-key' = 'kS-123')")
    history.append_string("SELECT '\udc80'")
    file = tmp_path / "state" / "history"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [line for line in file.read_text("utf-8").splitlines() if line.startswith("+")] == [
        "+CREATE MODEL m WITH ('api-key' = '******')",
        "+SELECT '\\udc80'",
    ]
    assert warnings == []


def test_a_history_that_cannot_be_kept_is_in_memory(tmp_path: Path) -> None:
    warnings: list[str] = []
    (tmp_path / "state").write_text("")
    history = open_history(str(tmp_path / "state"), mask_secrets, warnings.append)
    history.append_string("SELECT 1")
    assert history.get_strings() == ["SELECT 1"]
    assert warnings == [f"the history cannot be kept in {tmp_path / 'state' / 'history'}: File exists"]


def test_a_history_that_is_lost_later_is_told_once(tmp_path: Path) -> None:
    warnings: list[str] = []
    history = open_history(str(tmp_path / "state"), mask_secrets, warnings.append)
    (tmp_path / "state" / "history").unlink()
    (tmp_path / "state").rmdir()
    for number in range(3):
        history.append_string(f"SELECT {number}")
    assert history.get_strings() == ["SELECT 0", "SELECT 1", "SELECT 2"]
    assert len(warnings) == 1


def test_the_history_is_searched_by_any_letters_the_newest_first() -> None:
    history = InMemoryHistory()
    completer = HistoryCompleter(lambda: reversed(history.get_strings()))
    for entry in ("SELECT a FROM users;", "DROP TABLE t;", "SELECT b\nFROM users;", "x" * 300):
        history.append_string(entry)

    def found(typed: str) -> list[tuple[str, str]]:
        document = Document(typed, len(typed))
        return [
            (each.text, each.display_text) for each in completer.get_completions(document, CompleteEvent())
        ]

    assert found("selusers") == [
        ("SELECT b\nFROM users;", "SELECT b\\nFROM users;"),
        ("SELECT a FROM users;", "SELECT a FROM users;"),
    ]
    assert found("drop")[0][0] == "DROP TABLE t;"
    assert found("xx") == [("x" * 300, "x" * 97 + "...")]
    assert found("nosuch") == []


# ---------------------------------------------------------------- the editor


def script(tmp_path: Path, text: str) -> str:
    file = tmp_path / "an editor.py"
    file.write_text(text)
    return f"{sys.executable} '{file}'"


def test_the_editor_of_the_user_changes_the_text(tmp_path: Path) -> None:
    editor = script(
        tmp_path,
        "import pathlib, sys\nfile = pathlib.Path(sys.argv[1])\nassert file.suffix == '.sql'\n"
        "file.write_text(file.read_text('utf-8') + ' -- 漢\\n', 'utf-8')",
    )
    assert edited("SELECT 1;", {"EDITOR": editor}, UNLIMITED) == "SELECT 1; -- 漢"
    assert edited("SELECT 1;", {"VISUAL": editor, "EDITOR": "nosuch"}, UNLIMITED) == "SELECT 1; -- 漢"


@pytest.mark.parametrize(
    ("editor", "message"),
    [
        ("/nosuch/editor", "the editor /nosuch/editor cannot be started: No such file or directory"),
        ("'unclosed", "the editor 'unclosed cannot be started: No closing quotation"),
        ("false", "the editor false failed with status 1"),
    ],
)
def test_an_editor_that_fails_says_so(editor: str, message: str) -> None:
    with pytest.raises(UsageError) as caught:
        edited("SELECT 1;", {"EDITOR": editor}, UNLIMITED)
    assert caught.value.message == message
    assert caught.value.hint == "VISUAL or EDITOR names the program"


# ---------------------------------------------------------------- what Enter means


@pytest.mark.parametrize(
    ("text", "more"),
    [
        ("", False),
        ("  ", False),
        ("SELECT 1", True),
        ("SELECT 1;", False),
        ("SELECT ';", True),
        ("SELECT 1; -- done", False),
        ("SELECT 1; SELECT", True),
        ("\\d users", False),
        (".tables", False),
        ("quit", False),
        ("CREATE TRIGGER t AFTER INSERT ON a BEGIN SELECT 1;", True),
    ],
)
def test_a_line_goes_on_until_its_statement_is_ended(text: str, more: bool) -> None:
    assert wants_more(text) is more


def test_a_script_is_several_statements_that_are_all_ended() -> None:
    assert is_script("SELECT 1; SELECT 2;")
    assert is_script("SELECT 1;\n-- between\nSELECT 2;\n")
    assert not is_script("SELECT 1;")
    assert not is_script("SELECT 1; SELECT 2")
    assert not is_script("SELECT ';';")


# ---------------------------------------------------------------- completion for prompt_toolkit


def offered(text: str, snapshot: Snapshot, *, at_tab: bool) -> list[tuple[str, int, str]]:
    event = CompleteEvent(completion_requested=at_tab, text_inserted=not at_tab)
    found = SqlCompleter(lambda: snapshot).get_completions(Document(text, len(text)), event)
    return [(each.text, each.start_position, each.display_meta_text) for each in found]


def test_words_and_functions_wait_for_a_letter_or_a_tab() -> None:
    snapshot = Snapshot((Table("t"),))
    assert offered("SELECT * FROM ", snapshot, at_tab=False)[0] == ("t", 0, "table")
    assert offered("SELECT * FROM t ", snapshot, at_tab=False) == []
    assert offered("SELECT * FROM t ", snapshot, at_tab=True)[0] == ("JOIN", 0, "")
    assert offered("SELECT * FROM t wh", snapshot, at_tab=False) == [("where", -2, "")]


def test_keys_that_come_together_are_completed_once() -> None:
    asked: list[str] = []

    def following(text: str) -> tuple[str, ...]:
        asked.append(text)
        return ("SELECT",)

    snapshot = Snapshot(following=following)
    completer = SqlCompleter(lambda: snapshot)
    event = CompleteEvent(text_inserted=True)
    for text in ("sel", "sel", "sele"):
        assert [each.text for each in completer.get_completions(Document(text), event)] == ["select"]
    assert asked == ["", ""]


def test_columns_that_a_file_turns_out_to_have_are_offered_for_the_same_text() -> None:
    known: dict[str, tuple[Column, ...]] = {}
    snapshot = Snapshot(file=lambda name: known.get(name, ()))
    completer = SqlCompleter(lambda: snapshot, files=lambda: tuple(known))
    line, typed = Document("SELECT * FROM 'a.csv' WHERE no"), CompleteEvent(text_inserted=True)
    assert [each.text for each in completer.get_completions(line, typed)] == ["not"]
    known["a.csv"] = (Column("note"),)
    assert [each.text for each in completer.get_completions(line, typed)] == ["note", "not"]


def test_what_others_have_named_cannot_reach_the_terminal() -> None:
    snapshot = Snapshot((), CatalogNames(models=(Named("a\x1b[31m", "b\x07\n" + "c" * 99),)))
    found, *_ = SqlCompleter(lambda: snapshot).get_completions(
        Document("SELECT ai_complete('a"), CompleteEvent(text_inserted=True)
    )
    assert found.display_text == "a\\x1b[31m'"
    assert found.display_meta_text == ("b\\x07\\n" + "c" * 99)[:67] + "..."


# ---------------------------------------------------------------- the page about it


def test_the_page_names_every_theme_and_every_kind_of_keys() -> None:
    page = (Path(__file__).parents[2] / "docs" / "prompt.md").read_text("utf-8")
    for name in (*THEMES, *KEYS.choices):
        assert f'"{name}"' in page
