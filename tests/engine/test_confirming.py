"""A statement that has sent ai.confirm_calls requests goes on when the user agrees, and ends otherwise."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from engine_shell import Shell
from server import Fault, ModelServer

from aisql.errors import BudgetError
from aisql.result import Row
from aisql.spend import Spend

ROWS = 20
FAULT = Fault(400, {"error": {"message": "no"}})
COMPLETE = "ai_complete('openai:m', s)"
MESSAGE = "the statement needs more calls than ai.confirm_calls = {}, and was not to go on"


class User:
    """Answers as `agrees` says; `asked` has the counts of server and statement at each question."""

    def __init__(self, server: ModelServer) -> None:
        self.agrees = True
        self.asked: list[tuple[int, int, int]] = []
        self._server = server

    def __call__(self, spend: Spend) -> bool:
        self.asked.append((len(self._server.requests), spend.requests, spend.in_flight))
        return self.agrees

    def questions(self) -> list[tuple[int, int, int]]:
        """What was asked since the last time."""
        asked, self.asked = self.asked, []
        return asked


@pytest.fixture
def shell(open_quick: Callable[..., Shell]) -> Shell:
    """A session in which nothing is tried again unless a test says so, and then without a wait."""
    return open_quick({"ai.retry_num": "0"})


@pytest.fixture
def user(shell: Shell, server: ModelServer) -> User:
    """Sits before the shell, with a table t(i, s) of 20 texts and the setting at 7."""
    user = User(server)
    shell.session.confirm = user
    shell(
        "CREATE TABLE t (i INTEGER PRIMARY KEY, s TEXT);"
        f"WITH RECURSIVE g(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM g LIMIT {ROWS}) "
        "INSERT INTO t SELECT n, 'text ' || n FROM g; SET ai.confirm_calls = 7"
    )
    return user


STATEMENTS = (
    f"SELECT count(*) FROM t WHERE {COMPLETE} LIKE 'echo%'",
    f"SELECT {COMPLETE} FROM t ORDER BY i DESC LIMIT 15",
    f"UPDATE t SET s = s WHERE {COMPLETE} IS NOT NULL",
    "SELECT ai_agg('openai:m', s, 'join') FROM t GROUP BY i",
    "SELECT ai_complete('openai:m', ai_complete('openai:n', s)) FROM t WHERE i < 9",
    "SELECT ai_embedding('openai:e', s) FROM t",
)


def test_whoever_agrees_is_asked_once_and_gets_what_a_statement_without_a_question_gives(
    user: User, shell: Shell, server: ModelServer
) -> None:
    shell("SET ai.cache = off; SET ai.embed_batch = 1")
    for statement in STATEMENTS:
        shell("SET ai.confirm_calls = ''")
        server.requests.clear()
        rows, changes, needed = shell(statement), shell.changes, len(server.requests)
        shell("SET ai.confirm_calls = 7")
        assert (user.questions(), needed > 7) == ([], True), statement
        server.requests.clear()
        assert (shell(statement), shell.changes) == (rows, changes), statement
        assert (user.questions(), len(server.requests)) == ([(7, 7, 0)], needed), statement


def test_whoever_does_not_has_paid_for_what_was_sent_and_no_more(
    user: User, shell: Shell, server: ModelServer
) -> None:
    shell("SET ai.embed_batch = 1")
    user.agrees = False
    for statement in STATEMENTS:
        error = shell.error(f"PURGE ANSWERS; {statement}")
        assert (error.code, error.exit_status, error.message) == ("budget_reached", 5, MESSAGE.format(7))
        assert error.hint == "answer y, or SET ai.confirm_calls to a higher number; '' never asks"
        assert (user.questions(), len(server.requests)) == ([(7, 7, 0)], 7), statement
        assert shell("SELECT count(*) FROM aisql.answers") == [(7,)], statement
        server.requests.clear()
    error = shell.error(f"SET ai.on_error = null; {STATEMENTS[0]}; {STATEMENTS[0]}")
    assert (error.message, len(server.requests)) == (MESSAGE.format(7), 7)


def test_rows_come_out_up_to_the_question(user: User, shell: Shell) -> None:
    user.agrees = False
    rows: list[Row] = []
    outcome = next(shell.session.run(f"SELECT i, {COMPLETE} FROM t"))
    with pytest.raises(BudgetError):
        rows.extend(outcome.result.rows)
    assert rows == [(row, f"echo: text {row}") for row in range(1, 8)]


@pytest.mark.parametrize(
    ("settings", "asked"),
    [
        ("SET ai.confirm_calls = 20", []),
        ("SET ai.confirm_calls = 19", [(19, 19, 0)]),
        ("SET ai.confirm_calls = ''", []),
        ("SET ai.confirm_calls = 0", [(0, 0, 0)]),
        ("SET ai.dry_run = on", []),
    ],
)
def test_the_setting_says_how_many_are_sent_without_a_question(
    user: User, shell: Shell, server: ModelServer, settings: str, asked: list[tuple[int, int, int]]
) -> None:
    shell(f"{settings}; SELECT {COMPLETE} FROM t")
    assert (user.questions(), len(server.requests)) == (asked, 0 if "dry" in settings else ROWS)


def test_nobody_is_asked_before_what_works_offline(user: User, shell: Shell) -> None:
    shell("SET ai.confirm_calls = 0; SELECT ai_complete('builtin:demo', s) FROM t")
    assert user.questions() == []


def test_only_what_is_not_in_the_ledger_counts(user: User, shell: Shell, server: ModelServer) -> None:
    shell(f"SELECT {COMPLETE} FROM t WHERE i <= 7; SELECT {COMPLETE} FROM t WHERE i <= 14")
    assert (user.questions(), len(server.requests)) == ([], 14)
    shell(f"SELECT {COMPLETE} FROM t WHERE i <= 20; SELECT {COMPLETE} FROM t")
    assert (user.questions(), len(server.requests)) == ([], 20)


def test_nobody_is_asked_for_what_another_budget_forbids(
    user: User, shell: Shell, server: ModelServer
) -> None:
    error = shell.error(f"SET ai.max_calls = 7; SELECT {COMPLETE} FROM t")
    assert error.message == "the statement needs more calls than ai.max_calls = 7 allows"
    assert (user.questions(), len(server.requests)) == ([], 7)
    error = shell.error(f"SET ai.max_calls = 9; SELECT {COMPLETE} FROM t WHERE i > 7")
    assert error.message == "the statement needs more calls than ai.max_calls = 9 allows"
    assert (user.questions(), len(server.requests)) == ([(14, 7, 0)], 16)


def test_further_tries_are_requests_too(user: User, shell: Shell, server: ModelServer) -> None:
    user.agrees = False
    server.fault_for = lambda _: Fault(503, {"error": {"message": "later"}})
    error = shell.error("SET ai.retry_num = 20; SELECT ai_complete('openai:m', 'x')")
    assert (error.code, len(server.requests), user.questions()) == ("budget_reached", 7, [(7, 7, 0)])


def test_calls_that_are_made_again_are_asked_about_too(user: User, shell: Shell, server: ModelServer) -> None:
    server.fault_for = lambda _: FAULT
    shell(f"SET ai.on_error = null; SET ai.confirm_calls = ''; SELECT {COMPLETE} FROM t")
    server.fault_for = lambda _: None
    server.requests.clear()
    user.agrees = False
    error = shell.error("SET ai.confirm_calls = 7; RETRY FAILED")
    assert (error.message, len(server.requests)) == (MESSAGE.format(7), 7)
    assert user.questions() == [(7, 7, 0)]
    assert shell("SELECT count(*) FROM aisql.answers") == [(7,)]


def test_a_result_that_needs_no_more_ends_without_a_question(
    user: User, shell: Shell, server: ModelServer
) -> None:
    assert shell(f"SELECT {COMPLETE} FROM t LIMIT 3") == [(f"echo: text {row}",) for row in (1, 2, 3)]
    assert user.questions() == []
    assert len(server.requests) <= 7


def test_where_nobody_can_be_asked_there_is_no_such_limit(
    open_shell: Callable[..., Shell], server: ModelServer
) -> None:
    shell = open_shell()
    numbers = "WITH RECURSIVE g(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM g LIMIT 5) "
    shell(f"SET ai.confirm_calls = 2; {numbers} SELECT ai_complete('openai:m', 'x' || n) FROM g")
    assert len(server.requests) == 5
