"""A session as tests use it."""

from __future__ import annotations

import pytest

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
