"""What keys do, with prompt_toolkit's own input in the place of a terminal."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Event

import pytest
from prompt_toolkit.completion import CompleteEvent
from prompt_toolkit.data_structures import Size
from prompt_toolkit.document import Document
from prompt_toolkit.history import InMemoryHistory
from prompt_toolkit.input import PipeInput, create_pipe_input
from prompt_toolkit.output import DummyOutput, Output
from prompt_toolkit.output.vt100 import Vt100_Output

from aisql.access import UNLIMITED, Access
from aisql.commands.leave import Leave
from aisql.errors import AisqlError
from aisql.render.registry import FORMATS
from aisql.render.view import View
from aisql.repl.completion.refresh import Names
from aisql.repl.keys import Mode
from aisql.repl.lazy import LazyCompleter, Loading
from aisql.repl.plain import PlainLine
from aisql.repl.preferences import Preferences
from aisql.repl.prompt import Prompt, Screen
from aisql.repl.toolbar import Status
from aisql.session import Session
from aisql.settings import Settings

ENTER, ALT_ENTER, CTRL_C, CTRL_D, ESCAPE = "\r", "\x1b\r", "\x03", "\x04", "\x1b"
F2, F3, F4, CTRL_R, BACKSPACE = "\x1bOQ", "\x1bOR", "\x1bOS", "\x12", "\x7f"
CTRL_X, CTRL_E = "\x18", "\x05"


def pasted(text: str) -> str:
    return f"\x1b[200~{text}\x1b[201~"


class Recorder:
    """A shell that runs nothing: it notes what is submitted, and follows BEGIN and COMMIT."""

    def __init__(self) -> None:
        self.submitted: list[str] = []
        self.proposal = ""
        self.in_transaction = False
        self.view = View("table")

    def submit(self, text: str) -> None:
        self.submitted.append(text)
        if text == "\\q":
            raise Leave
        if text == "BEGIN;":
            self.in_transaction = True
        if text == "COMMIT;":
            self.in_transaction = False

    def report(self, error: AisqlError) -> None:
        raise error

    def state(self) -> Status:
        return Status("catalog", "database")

    def take_proposal(self) -> str:
        text, self.proposal = self.proposal, ""
        return text


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    opened = Session(
        Settings({}),
        catalog_file=str(tmp_path / "catalog.sqlite"),
        directory=str(tmp_path),
        database_file=":memory:",
    )
    yield opened
    opened.close()


@pytest.fixture
def keys() -> Iterator[PipeInput]:
    with create_pipe_input() as source:
        yield source


class User:
    """Types keys at a prompt and leaves; `preferences` are those of the prompt."""

    def __init__(self, keys: PipeInput, session: Session) -> None:
        self.shell = Recorder()
        self.history = InMemoryHistory()
        self.preferences = Preferences()
        self.access = UNLIMITED
        self.output: Output = DummyOutput()
        self._keys = keys
        self._session = session

    def types(self, *keys: str) -> list[str]:
        """What is submitted after these keys; Ctrl-D at an empty line ends them."""
        self._keys.send_text("".join(keys))
        screen = Screen(
            self.history,
            {"EDITOR": "touch"},
            self.preferences,
            input=self._keys,
            output=self.output,
            access=self.access,
        )
        Prompt(self.shell, screen, self._names).run()
        return self.shell.submitted

    def _names(self, arrived: Callable[[], None]) -> Names:
        return Names(self._session.observer(), self._session.parser, tuple, arrived)


@pytest.fixture
def user(keys: PipeInput, session: Session) -> User:
    return User(keys, session)


def test_enter_runs_a_statement_that_is_ended(user: User) -> None:
    assert user.types("SELECT 1;", ENTER, CTRL_D) == ["SELECT 1;"]


def test_enter_begins_a_line_in_one_that_is_not(user: User) -> None:
    assert user.types("SELECT ';',", ENTER, "  2", ENTER, ";", ENTER, CTRL_D) == ["SELECT ';',\n  2\n;"]


def test_alt_enter_runs_it_anyway(user: User) -> None:
    assert user.types("SELECT 1", ALT_ENTER, CTRL_D) == ["SELECT 1"]


def test_a_meta_command_is_one_line(user: User) -> None:
    assert user.types("\\d users", ENTER, CTRL_D) == ["\\d users"]


def test_an_empty_line_runs_nothing(user: User) -> None:
    assert user.types(ENTER, "   ", ENTER, CTRL_D) == []


def test_ctrl_c_clears_what_is_typed_and_never_leaves(user: User) -> None:
    typed = ("SELECT 'half", CTRL_C, CTRL_C, "SELECT 1,", ENTER, "2", CTRL_C, "SELECT 3;", ENTER, CTRL_D)
    assert user.types(*typed) == ["SELECT 3;"]


def test_ctrl_d_deletes_where_there_is_text(user: User) -> None:
    assert user.types("SELECT 1;", CTRL_D, ENTER, CTRL_D) == ["SELECT 1;"]


def test_a_pasted_statement_waits_for_enter(user: User) -> None:
    assert user.types(pasted("SELECT 1;"), " -- more", ENTER, CTRL_D) == ["SELECT 1; -- more"]


def test_a_pasted_line_break_runs_nothing(user: User) -> None:
    assert user.types(pasted("SELECT 1;\r\n"), CTRL_C, CTRL_D) == []


def test_a_pasted_script_runs_after_one_question(user: User) -> None:
    script = "SELECT 1;\r\nSELECT 2;\r\n"
    assert user.types(pasted(script), "y", ENTER, CTRL_D) == ["SELECT 1;\nSELECT 2;\n"]
    assert user.history.get_strings() == ["SELECT 1;\nSELECT 2;\n"]


@pytest.mark.parametrize("answer", ["n\r", "\r", CTRL_C, CTRL_D, "what\r"])
def test_a_pasted_script_that_is_not_to_run_can_be_edited(user: User, answer: str) -> None:
    typed = (pasted("SELECT 1; SELECT 2;"), answer, BACKSPACE, ", 3;", ENTER, CTRL_D)
    assert user.types(*typed) == ["SELECT 1; SELECT 2, 3;"]


def test_a_script_is_pasted_behind_what_is_typed(user: User) -> None:
    assert user.types("SELECT 0", pasted("; SELECT 2;"), "yes\r", CTRL_D) == ["SELECT 0; SELECT 2;"]


@pytest.mark.parametrize(
    ("answer", "run"), [(" YES ", "SELECT 1;"), ("no", ""), (EOFError, ""), (KeyboardInterrupt, "")]
)
def test_a_plain_line_runs_what_is_proposed_for_y_alone(answer: str | type[BaseException], run: str) -> None:
    asked: list[str] = []

    def ask(question: str) -> str:
        asked.append(question)
        if isinstance(answer, str):
            return answer
        raise answer

    assert PlainLine(ask, InMemoryHistory()).read("aisql> ", "   -> ", "SELECT 1;") == run
    assert asked == ["SELECT 1;\nRun this? [y/N] "]


def test_leaving_a_transaction_asks(user: User) -> None:
    assert user.types("BEGIN;", ENTER, CTRL_D, "c", ENTER) == ["BEGIN;", "COMMIT;"]


def test_leaving_a_transaction_can_be_thought_better_of(user: User) -> None:
    stays = [CTRL_D + answer for answer in ("\r", "x\r", CTRL_C)]
    assert user.types("BEGIN;", ENTER, *stays, "SELECT 1;", ENTER, CTRL_D, "r\r") == ["BEGIN;", "SELECT 1;"]


def test_a_terminal_that_is_gone_is_not_asked_again(user: User) -> None:
    assert user.types("BEGIN;", ENTER, CTRL_D, CTRL_D) == ["BEGIN;"]


def test_a_command_that_leaves_asks_too(user: User) -> None:
    with pytest.raises(Leave):
        user.types("BEGIN;", ENTER, "\\q", ENTER, "\r", "\\q", ENTER, "r\r")
    assert user.shell.submitted == ["BEGIN;", "\\q", "\\q"]


def test_f3_changes_the_format_and_comes_round(user: User) -> None:
    formats = [record.name for record in FORMATS.values() if not record.binary]
    first, second, *_ = formats
    assert user.types(F3, CTRL_D) == []
    assert user.shell.view.format == second
    user.types(*[F3] * (len(formats) - 1), CTRL_D)
    assert user.shell.view.format == first


def test_vi_keys_are_there_with_f4(user: User) -> None:
    # In emacs x is a letter; in vi, behind Escape, it deletes one.
    typed = ("SELECT 12;", F4, ESCAPE + "h", "x", "i7", ENTER, F4, "x", CTRL_C, CTRL_D)
    assert user.types(*typed) == ["SELECT 17;"]


def test_vi_keys_can_be_the_usual_ones(user: User) -> None:
    user.preferences = Preferences("vi")
    assert user.types("SELECT 12;", ESCAPE + "h", "x", "i7", ENTER, CTRL_D) == ["SELECT 17;"]


@pytest.mark.parametrize(
    ("typed", "run"),
    [
        ("VACU\t;", "VACUUM;"),
        ("SELECT json_va\t;", "SELECT json_valid(;"),
        ("SELECT 1 AS zzqq\t;", "SELECT 1 AS zzqq;"),
        ("VACU" + F2 + ";", "VACU;"),
    ],
)
def test_a_tab_is_for_what_was_typed_before_it_however_fast(user: User, typed: str, run: str) -> None:
    assert user.types(typed, ALT_ENTER, CTRL_D) == [run]


def test_a_search_takes_what_fits_best(user: User) -> None:
    for entry in ("SELECT 1 AS needle;", "SELECT 2;"):
        user.history.append_string(entry)
    assert user.types("typed", CTRL_C, CTRL_R, "slndl", ENTER, ENTER, CTRL_D) == ["SELECT 1 AS needle;"]


def test_a_search_can_be_given_up(user: User) -> None:
    assert user.types("SELECT 1;", CTRL_R, "xyz", "\x07", ENTER, CTRL_D) == ["SELECT 1;"]


@pytest.mark.parametrize("lines", [2, 3, 6, 7])
def test_a_low_window_shows_what_is_typed(user: User, lines: int) -> None:
    drawn = io.StringIO()
    user.output = Vt100_Output(drawn, lambda: Size(rows=lines, columns=80), term="xterm", enable_cpr=False)
    assert user.types("SELECT 'typed';", ENTER, CTRL_D) == ["SELECT 'typed';"]
    assert ("too small" in drawn.getvalue(), "typed" in drawn.getvalue()) == (False, True)


def test_what_a_command_proposes_stands_in_the_next_line_once(user: User) -> None:
    user.shell.proposal = "SELECT 1"
    assert user.types(" + 1;", ENTER, "SELECT 2;", ENTER, CTRL_D) == ["SELECT 1 + 1;", "SELECT 2;"]


def test_up_brings_back_what_was_run(user: User) -> None:
    user.history.append_string("SELECT 1;")
    assert user.types("\x1b[A", ENTER, CTRL_D) == ["SELECT 1;"]


def test_no_key_of_a_safe_session_opens_an_editor(user: User) -> None:
    reported: list[str] = []

    class Reading(Recorder):
        def report(self, error: AisqlError) -> None:
            reported.append(error.message)

    user.shell, user.access = Reading(), Access(is_safe=True)
    assert user.types("SELECT 1;", CTRL_X, CTRL_E, ENTER, CTRL_D) == ["SELECT 1;"]
    assert reported == ["'touch' is not started in safe mode"]


def test_a_key_waits_for_nothing_that_is_loaded_and_tab_does(session: Session) -> None:
    may_end, told = Event(), list[str]()

    def load() -> None:
        may_end.wait()

    loading = Loading(load, lambda: told.append("loaded"))
    names = Names(session.observer(), session.parser, tuple, lambda: None)
    completer = LazyCompleter(
        Mode(), InMemoryHistory(), lambda _arrived: names, lambda: None, loading, UNLIMITED
    )

    def offered(event: CompleteEvent) -> list[str]:
        return [each.text for each in completer.get_completions(Document("VACU"), event)]

    typed, asked = CompleteEvent(text_inserted=True), CompleteEvent(completion_requested=True)
    loading.begin()
    loading.begin()
    assert (offered(typed), told) == ([], [])
    may_end.set()
    assert (offered(asked), told) == (["VACUUM"], ["loaded"])
    assert offered(typed) == ["VACUUM"]
