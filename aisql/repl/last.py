"""The last result, kept up to a limit, so that it can be shown again without being run or paid for again."""

from __future__ import annotations

from collections.abc import Iterator

from aisql.errors import UsageError
from aisql.result import Result

TYPE_CHECKING = False
if TYPE_CHECKING:
    from aisql.result import Column, Row

_MOST_ROWS = 10_000
_MOST_CHARACTERS = 16_000_000


class Last:
    """Rows of the last result; those beyond the limit are only counted (`missing`)."""

    def __init__(self, most_rows: int = _MOST_ROWS, most_characters: int = _MOST_CHARACTERS) -> None:
        self._most = most_rows, most_characters
        self._room = 0
        self._columns: tuple[Column, ...] = ()
        self._is_listing = self._is_sql = False
        self.rows: list[Row] = []
        self.missing = 0

    def keeping(self, result: Result) -> Result:
        """The result, whose rows are kept as they are read. The one that is given ends the statement."""
        self._columns, self._is_listing, self._is_sql = result.columns, result.listing, result.sql
        self.rows, self.missing, self._room = [], 0, self._most[1]
        kept = Result(result.columns, self._kept(result.rows), listing=result.listing, sql=result.sql)
        result.pause = lambda: kept.pause()
        return kept

    def _kept(self, rows: Iterator[Row]) -> Iterator[Row]:
        for row in rows:
            self._room -= sum(len(value) for value in row if isinstance(value, str | bytes))
            if self.missing or len(self.rows) == self._most[0] or self._room < 0:
                self.missing += 1
            else:
                self.rows.append(row)
            yield row

    def result(self) -> Result:
        """The rows that are kept, once more. Raises UsageError where there was no result."""
        if not self._columns:
            raise UsageError("there is no result yet", hint="run a statement first")
        return Result(self._columns, list(self.rows), listing=self._is_listing, sql=self._is_sql)

    @property
    def names(self) -> tuple[str, ...]:
        """The names of its columns, none where there was no result."""
        return tuple(column.name for column in self._columns)

    @property
    def count(self) -> int:
        """How many rows the result had, as far as they were read."""
        return len(self.rows) + self.missing
