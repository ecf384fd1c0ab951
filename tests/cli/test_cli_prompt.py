"""The prompt, in a real pseudo-terminal."""

from __future__ import annotations

import re
import signal
import stat
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from length import long
from pseudo_terminal import SECONDS, PseudoTerminal
from run_aisql import Aisql

_ESCAPES = re.compile(r"\x1b(?:\[[0-9;?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[()][0-9A-B]|[=>78DEHM])")
# The prompt takes pasted text in brackets while it waits for input, and only then.
_WAITS, _RUNS = b"\x1b[?2004h", b"\x1b[?2004l"


class Terminal(PseudoTerminal):
    """A user at a terminal of so many lines and columns: types, and waits for what appears."""

    def __init__(self, aisql: Aisql, *arguments: str, size: tuple[int, int] = (50, 200), **env: str) -> None:
        aisql.has_been_here()
        # Nobody here answers when the prompt asks where the cursor is.
        env = {"PROMPT_TOOLKIT_NO_CPR": "1", **env}
        super().__init__(aisql, *arguments, lines=size[0], columns=size[1], **env)
        self.results = b""
        self._seen = 0

    def run(self, text: str) -> str:
        """Types a line with Enter; gives what was printed when the prompt is back."""
        self.type(f"{text}\r")
        return self.printed()

    def printed(self) -> str:
        """What was printed between the prompt that was last and the one that is next."""
        self.wait_for(_RUNS)
        start = self._seen
        shown = self.wait_for(_WAITS)
        self.results += self.raw[start : self._seen]
        return shown

    def wait_for(self, mark: bytes) -> str:
        """Waits for the bytes; gives what came before them as a reader sees it."""
        deadline = time.monotonic() + SECONDS
        while mark not in self.raw[self._seen :]:
            self.read(deadline, mark)
        end = self.raw.index(mark, self._seen)
        before = self.raw[self._seen : end]
        self._seen = end + len(mark)
        return _plain(before)

    def end(self) -> tuple[str, int]:
        """Everything that was shown, and the status."""
        status = self.status()
        return _plain(self.raw), status

    def interrupt(self) -> None:
        """What the terminal does for Ctrl-C while a statement runs."""
        self.signal(signal.SIGINT)

    def seen(self) -> str:
        """What has come since the last mark."""
        return repr(self.raw[self._seen :])


def _plain(shown: bytes) -> str:
    return _ESCAPES.sub("", shown.decode("utf-8", "replace")).replace("\r", "")


Open = Callable[..., Terminal]


@pytest.fixture
def terminal(aisql: Aisql) -> Iterator[Open]:
    """Opens terminals with aisql at its prompt."""
    opened: list[Terminal] = []

    def start(*arguments: str, **options: Any) -> Terminal:
        opened.append(Terminal(aisql, *arguments, **options))
        opened[-1].wait_for(_WAITS)
        return opened[-1]

    yield start
    for each in opened:
        each.close()


def test_a_statement_is_answered_and_the_prompt_comes_back(terminal: Open) -> None:
    user = terminal()
    assert user.run("SELECT 1 AS a;") == "+---+\n| a |\n+---+\n| 1 |\n+---+\n1 row in set\n"
    assert user.run("CREATE TABLE t (a);") == "OK\n"
    assert user.run("INSERT INTO t VALUES (1), (2);") == "OK, 2 rows changed\n"
    assert user.run("UPDATE t SET a = 3 WHERE a = 2;") == "OK, 1 row changed\n"
    assert user.run("DELETE FROM t WHERE a = 9;") == "OK, 0 rows changed\n"
    assert user.run("SELECT * FROM t WHERE a = 9;") == "Empty set\n"
    assert user.run("SET ai.concurrency = 4;") == "OK\n"
    user.type("\x04")
    shown, status = user.end()
    assert shown.startswith("aisql>")
    assert status == 0


def test_a_statement_goes_on_until_its_semicolon(terminal: Open) -> None:
    user = terminal("--memory")
    user.type("SELECT ';' AS semicolon,\r")
    user.wait_for(b"   ->")
    user.type(" 2 AS two;\r")
    assert user.printed() == (
        "+-----------+-----+\n| semicolon | two |\n+-----------+-----+\n| ;         |   2 |\n"
        "+-----------+-----+\n1 row in set\n"
    )


@pytest.mark.long
def test_several_statements_on_one_line_are_all_run(terminal: Open) -> None:
    shown = terminal("--memory").run("SELECT 1 AS one; SELECT 2 AS two;")
    assert "| one |\n" in shown
    assert "| two |\n" in shown


def test_an_error_is_shown_and_the_next_statement_is_run(terminal: Open) -> None:
    user = terminal("--memory")
    assert user.run("SELECT nosuch;") == (
        "error: no such column: nosuch\n  1 | SELECT nosuch;\n    |        ^^^^^^\n"
    )
    shown = user.run("SELECT ai_complete('nosuch', 'x'); SELECT 'went on' AS b;")
    assert shown.startswith("error: CZLH-65000: Invalid model coordinates: 'nosuch'\n")
    assert "| went on |\n" in shown


@pytest.mark.long
def test_an_ai_call_is_answered_at_the_prompt(terminal: Open) -> None:
    user = terminal("--memory")
    assert "| positive |\n" in user.run("SELECT ai_complete('builtin:demo', 'Sentiment: good') AS a;")


@pytest.mark.long
def test_a_warning_comes_with_its_statement(terminal: Open) -> None:
    shown = terminal("--memory").run("SET 'pipeline.name' = 'x';")
    assert sorted(shown.splitlines()) == [
        "OK",
        "warning: 'pipeline.name' is no setting of aisql and has no effect",
    ]


@pytest.mark.long
def test_ctrl_c_clears_the_line_and_stays(terminal: Open) -> None:
    user = terminal("--memory")
    user.type("SELECT 'half a statement")
    user.wait_for(b"half a statement")
    user.type("\x03")
    assert "Traceback" not in user.printed()
    assert "| 2 |\n" in user.run("SELECT 2 AS a;")


@pytest.mark.long
def test_ctrl_c_ends_a_statement_and_stays(terminal: Open) -> None:
    user = terminal("--memory")
    endless = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n;"
    user.type(f"SELECT 'begun' AS a; {endless}\r")
    user.wait_for(b"1 row in set")
    user.interrupt()
    assert "interrupted\n" in user.wait_for(_WAITS)
    assert "| 2 |\n" in user.run("SELECT 2 AS a;")


def test_ctrl_d_leaves_from_an_empty_line_only(terminal: Open) -> None:
    user = terminal("--memory")
    user.type("SELECT 2\x04")
    user.type(" AS a;\r")
    assert "| 2 |\n" in user.printed()
    user.type("\x04")
    shown, status = user.end()
    assert status == 0
    assert "Traceback" not in shown


@pytest.mark.parametrize("command", ["exit", *long("\\q", ".quit", "quit;")])
def test_the_words_that_leave(terminal: Open, command: str) -> None:
    user = terminal("--memory")
    user.type(f"{command}\r")
    assert user.end()[1] == 0


@pytest.mark.long
def test_meta_commands_help_and_correct(terminal: Open) -> None:
    user = terminal("--memory")
    shown = user.run("\\?")
    for expected in ("\\q", "\\?", "ai_complete", "ai_classify", "ai_embedding", "ML_PREDICT"):
        assert expected.lower() in shown.lower()
    assert user.run(".help") == shown
    assert user.run("\\quti") == "error: there is no command \\quti\nhint: did you mean \\quit?\n"
    assert "| 1 |\n" in user.run("SELECT 1 AS a;")


@pytest.mark.long
def test_a_transaction_is_seen_in_the_prompt(terminal: Open) -> None:
    user = terminal("--memory")
    assert user.run("BEGIN;") == "OK\n"
    user.wait_for(b"aisql*>")
    assert user.run("COMMIT;") == "OK\n"
    user.wait_for(b"aisql>")


def test_control_characters_in_data_are_shown_escaped(terminal: Open) -> None:
    user = terminal("--memory")
    shown = user.run("SELECT char(27) || '[31mred' || char(7, 8, 155) AS a, 'x' || char(0x202e) AS b;")
    assert "| \\x1b[31mred\\x07\\x08\\x9b | x\\u202e |\n" in shown
    in_json = r"""SELECT json_extract('{"a": "\u001b]0;title\u0007"}', '$.a') AS t;"""
    assert "| \\x1b]0;title\\x07 |\n" in user.run(in_json)
    assert "\\x1b[31m" in user.run("SELECT ai_complete('x' || char(27) || '[31m', 'y');")
    for unsafe in (b"\x1b[31m", b"\x1b]0;", b"\x07", b"\x08", "\u202e".encode(), "\x9b".encode()):
        assert unsafe not in user.results


def test_history_is_kept_for_its_owner_without_keys(aisql: Aisql, terminal: Open) -> None:
    user = terminal()
    user.run("SELECT 'remembered' AS a;")
    options = "'provider'='openai', 'model'='x', 'api-key'='kS-0123456789'"
    user.run(f"CREATE TEMPORARY MODEL t INPUT (i STRING) OUTPUT (o STRING) WITH ({options});")
    options = "'provider'='openai', 'model'='x', 'api-key'='kA-9876543210'"
    user.run(f"CREATE MODEL m INPUT (i STRING) OUTPUT (o STRING) WITH ({options});")
    user.type("\x04")
    assert user.end()[1] == 0
    file = aisql.home / "state" / "aisql" / "history"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    kept = file.read_text("utf-8")
    assert "SELECT 'remembered' AS a;" in kept
    assert kept.count("'api-key'='******'") == 2
    with_key = {
        key: [path.name for path in aisql.files() if key in path.read_bytes()]
        for key in (b"kS-0123456789", b"kA-9876543210")
    }
    assert with_key == {b"kS-0123456789": [], b"kA-9876543210": ["default_catalog.sqlite.keys"]}
    again = terminal()
    again.type("\x1b[A\x1b[A\x1b[A\r")  # up, up, up, Enter
    assert "| remembered |\n" in again.printed()


@pytest.mark.long
def test_a_history_that_cannot_be_kept_is_a_warning(aisql: Aisql, terminal: Open) -> None:
    (aisql.home / "state").write_text("")
    user = terminal("--memory")
    assert b"warning: the history cannot be kept in" in user.raw
    assert "| 1 |\n" in user.run("SELECT 1 AS a;")


def test_a_command_at_a_terminal_prints_and_leaves(aisql: Aisql) -> None:
    user = Terminal(aisql, "--memory", "-c", "SELECT char(27) AS a")
    try:
        assert user.end() == ("+------+\n| a    |\n+------+\n| \\x1b |\n+------+\n1 row in set\n", 0)
    finally:
        user.close()
