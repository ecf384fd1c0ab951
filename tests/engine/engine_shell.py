"""A session as tests use it."""

from __future__ import annotations

import pytest
from server import ModelServer

from aisql.errors import AisqlError
from aisql.result import Row
from aisql.session import Session


class Shell:
    """Runs SQL and gives the rows of the last statement; the first error is raised."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.columns: list[str] = []
        self.notices: list[str] = []
        self.changes: int | None = None

    def __call__(self, sql: str) -> list[Row]:
        rows: list[Row] = []
        for outcome in self.session.run(sql):
            if outcome.error is not None:
                raise outcome.error
            self.columns = [column.name for column in outcome.result.columns]
            rows = list(outcome.result.rows)
            self.notices, self.changes = outcome.result.notices, outcome.result.changes
        return rows

    def error(self, sql: str) -> AisqlError:
        """The error the text ends with."""
        with pytest.raises(AisqlError) as caught:
            self(sql)
        return caught.value


def drain(shell: Shell, server: ModelServer, concurrency: int) -> None:
    """Returns when all that was under way has come to the server; asks as many times as `concurrency` says.

    No more than that many requests are under way, so once they stand before a closed gate, nothing else is on
    its way.
    """
    server.gate.gather(concurrency)
    values = ", ".join(f"('drain {number}')" for number in range(concurrency))
    shell(f"WITH d(s) AS (VALUES {values}) SELECT ai_complete('openai:m', s) FROM d")
