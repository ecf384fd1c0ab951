"""What was paid for, as tables of the schema `aisql`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

import pytest
from engine_shell import Shell

from aisql.catalog.answers import Answer, Failure, Ledger
from aisql.engine.workspace import Workspace
from aisql.schema import quote_name

SENDER = ("openai", "api.openai.com", "gpt-4o", "chat/completions", "ai_complete")
NOON = "2025-05-11 09:36:51.548"


def answer(number: int) -> Answer:
    texts = f'{{"n":{number}}}', f"answer {number}"
    return Answer(number.to_bytes(32), *SENDER[:4], *texts, 1, 10, 2, 0.25, SENDER[4], 8, 1)


def failure(message: str) -> Failure:
    function = ("SELECT ai_complete('m', s)", "ai_complete")
    return Failure(*function, *SENDER[:3], "('m', 'x')", 429, 5, "code", message, SENDER[3], "req-1")


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    """Another program's ledger, on the catalog of the shell."""
    opened = Ledger(tmp_path / "catalog.sqlite", lambda: datetime(2025, 5, 11, 9, 36, 51, 548_000))
    yield opened
    opened.close()


def test_the_answers_are_a_table(shell: Shell, ledger: Ledger) -> None:
    ledger.keep([answer(1), answer(171)], [])
    assert shell("SELECT * FROM aisql.answers") == [
        (*SENDER[:4], '{"n":1}', "answer 1", 1, 10, 2, 8, 1, 0.25, 1, NOON, "00" * 31 + "01"),
        (*SENDER[:4], '{"n":171}', "answer 171", 1, 10, 2, 8, 1, 0.25, 1, NOON, "00" * 31 + "ab"),
    ]
    assert " ".join(shell.columns) == (
        "provider host model task request answer choices input_tokens output_tokens cached_tokens "
        "reasoning_tokens seconds attempts created_at digest"
    )


def test_usage_is_a_table(shell: Shell, ledger: Ledger) -> None:
    ledger.keep([answer(1)], [failure("no")], {SENDER: 6})
    cost = (2 * 2.5 + 8 * 1.25 + 2 * 10) / 1_000_000
    assert shell("SELECT * FROM aisql.usage") == [("2025-05-11", *SENDER, 6, 1, 1, 10, 2, 8, 1, cost)]
    assert " ".join(shell.columns) == (
        "day provider host model task function requests answers failures input_tokens output_tokens "
        "cached_tokens reasoning_tokens cost"
    )


def test_the_newest_failures_come_first(shell: Shell, ledger: Ledger) -> None:
    ledger.keep([], [failure("first"), failure("second")])
    common = (NOON, "SELECT ai_complete('m', s)", "ai_complete", *SENDER[:3], "('m', 'x')", 429, 5)
    assert shell("SELECT * FROM aisql.errors") == [
        (*common, "code", "req-1", "second"),
        (*common, "code", "req-1", "first"),
    ]
    assert " ".join(shell.columns) == (
        "created_at statement function provider host model arguments status attempts code request_id message"
    )


def test_looking_makes_no_catalog(shell: Shell, tmp_path: Path) -> None:
    for table in ("answers", "usage", "errors"):
        assert shell(f"SELECT * FROM aisql.{quote_name(table)}") == []
    assert not (tmp_path / "catalog.sqlite").exists()


def test_nobody_writes_the_tables(shell: Shell, ledger: Ledger) -> None:
    ledger.keep([answer(1)], [])
    assert shell.error("DELETE FROM aisql.answers").code == "sql_error"
    assert shell("SELECT count(*) FROM aisql.answers") == [(1,)]


def test_rows_come_while_another_program_writes_and_purges(shell: Shell, ledger: Ledger) -> None:
    ledger.keep([answer(number) for number in range(1_000)], [])
    (outcome,) = shell.session.run("SELECT answer FROM aisql.answers")
    first = next(outcome.result.rows)
    ledger.keep([answer(1_000)], [])
    assert ledger.purge("answer <> 'answer 7'", {}) == 1_000
    rows = [first, *outcome.result.rows]
    assert rows == [(f"answer {number}",) for number in range(1_000)]
    assert shell("SELECT answer FROM aisql.answers") == [("answer 7",)]


def test_a_statement_that_ends_early_lets_go_of_the_answers(shell: Shell, ledger: Ledger) -> None:
    ledger.keep([answer(number) for number in range(100)], [])
    assert shell("SELECT answer FROM aisql.answers LIMIT 1") == [("answer 0",)]
    assert ledger.store.rows("PRAGMA wal_checkpoint(TRUNCATE)") == [(0, 0, 0)]


def test_a_table_can_be_joined_with_itself(shell: Shell, ledger: Ledger) -> None:
    ledger.keep([answer(number) for number in range(20)], [])
    pairs = "SELECT count(*) FROM aisql.answers a JOIN aisql.answers b USING (digest)"
    assert shell(f"{pairs} JOIN aisql.usage u ON u.model = a.model") == [(20,)]


def test_what_a_session_purges_is_gone_for_the_next(
    open_shell: Callable[..., Shell], ledger: Ledger, tmp_path: Path
) -> None:
    ledger.keep([answer(1), answer(2)], [])
    workspace = Workspace("catalog.sqlite", str(tmp_path))
    reading = workspace.ledger.answers()
    next(reading)
    assert workspace.ledger.purge("answer = 'answer 1'", {}) == 1
    assert len(list(reading)) == 1
    workspace.close()
    assert open_shell()("SELECT answer FROM aisql.answers") == [("answer 2",)]


def test_every_thread_can_open_the_ledger_of_a_workspace(tmp_path: Path) -> None:
    workspace = Workspace("catalog.sqlite", str(tmp_path))
    theirs = workspace.open_ledger()
    theirs.keep([answer(1)], [])
    theirs.close()
    assert workspace.ledger.find(answer(1).digest) == ("answer 1", 1)
    workspace.close()
