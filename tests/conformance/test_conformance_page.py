"""docs/conformance.md says what happens: every sample in its tables is run and compared with its row."""

from __future__ import annotations

import inspect
import json
import re
from pathlib import Path
from typing import NamedTuple

import pytest
from engine_shell import Shell
from server import ModelServer

import aisql
from aisql.engine.system import OCEANBASE_VIEWS
from aisql.errors import AisqlError
from aisql.providers import OpenAICompatProvider

PAGE = (Path(__file__).parents[2] / "docs" / "conformance.md").read_text("utf-8")
SERVER = "http://localhost:8000/v1"
VERDICTS = {"works", "differs", "refused"}


class Row(NamedTuple):
    """A row of a table; `kind` and `text` are what its note begins with: gives `1`."""

    subject: str
    verdict: str
    sample: str
    note: str

    @property
    def outcome(self) -> tuple[str, str]:
        match = re.match(r"(gives|sends|warns|error) `(.*?)`(?!`)", self.note)
        return (match[1], match[2]) if match is not None else ("", "")


class Happened(NamedTuple):
    """What became of a sample."""

    value: object = None
    warnings: str = ""
    error: str = ""


def rows_of(chapter: str) -> list[Row]:
    text = re.split(r"^## ", PAGE, flags=re.MULTILINE)
    [found] = [each for each in text if each.startswith(chapter)]
    lines = [line for line in found.splitlines() if line.startswith("| ") and not line.startswith("| doc")]
    rows = [Row(*(cell.strip() for cell in line.strip("|").split(" | "))) for line in lines]
    return [row._replace(sample=row.sample.strip("`")) for row in rows]


FLINK, SINGDATA, PYFLINK, OCEANBASE = map(rows_of, ("Flink SQL", "Singdata", "PyFlink", "OceanBase"))
SQL = [*FLINK, *SINGDATA, *OCEANBASE]


def check(row: Row, happened: Happened, server: ModelServer) -> None:
    """Compares what the row says with what happened."""
    kind, text = row.outcome
    assert row.verdict in VERDICTS
    assert row.verdict != "refused" or kind == "error"
    assert row.verdict == "works" or row.note.removeprefix(f"{kind} `{text}`") not in {"", " "}
    if kind == "error":
        assert text in happened.error
        return
    assert happened.error == ""
    if kind == "warns":
        assert text in happened.warnings
    elif row.verdict == "works":
        assert happened.warnings == ""
    if kind == "gives":
        assert ("NULL" if happened.value is None else str(happened.value)) == text.replace(SERVER, server.url)
    if kind == "sends":
        assert text in json.dumps(server.bodies[-1])


@pytest.mark.parametrize("row", SQL, ids=lambda row: row.subject)
def test_a_row_of_sql_says_what_happens(shell: Shell, server: ModelServer, row: Row) -> None:
    [setup] = re.findall(r"^```sql\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)
    shell(setup.replace(SERVER, server.url))
    happened = Happened()
    for outcome in shell.session.run(row.sample.replace(SERVER, server.url)):
        if outcome.error is not None:
            happened = Happened(error=outcome.error.message)
            break
        try:
            first = next(outcome.result.rows, (None,))[0]
            list(outcome.result.rows)
        except AisqlError as error:
            happened = Happened(error=error.message)
            break
        happened = Happened(first, "\n".join(outcome.result.notices))
    check(row, happened, server)


@pytest.mark.parametrize("row", PYFLINK, ids=lambda row: row.subject)
def test_a_row_of_parameters_says_what_happens(
    connection: aisql.Connection, server: ModelServer, row: Row
) -> None:
    given = eval(f"dict({row.sample.replace(SERVER, server.url)})")  # of our own page
    given = {"endpoint": f"{server.url}/chat/completions", "api_key": "k", "model": "m"} | given
    check(row, predicted(connection, given), server)


def predicted(connection: aisql.Connection, given: dict[str, object]) -> Happened:
    query = "SELECT * FROM ML_PREDICT((SELECT 'hi' AS t), MODEL p, DESCRIPTOR(t))"
    try:
        connection.create_model("p", OpenAICompatProvider(**given))  # type: ignore[arg-type]
        result = connection.execute(query)
        [(_, value), *_] = result.rows
    except (AisqlError, ValueError) as error:
        return Happened(error=str(error))
    return Happened(value, "\n".join(result.notices))


def named(rows: list[Row]) -> set[str]:
    return set(re.findall(r"`(\w+)`", " ".join(row.subject for row in rows)))


def test_every_parameter_and_every_column_has_a_row() -> None:
    assert set(inspect.signature(OpenAICompatProvider).parameters) - named(PYFLINK) == set()
    columns = {column for column, _ in OCEANBASE_VIEWS["CDB_OB_AI_MODEL_ENDPOINTS"][0]}
    assert columns - named(OCEANBASE) == set()


def test_what_is_told_of_a_row_is_told_once() -> None:
    for rows in (FLINK, SINGDATA, PYFLINK, OCEANBASE):
        subjects = [row.subject for row in rows]
        assert [subject for subject in subjects if subjects.count(subject) > 1] == []
