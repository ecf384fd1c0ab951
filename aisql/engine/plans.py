"""What EXPLAIN AI shows: the calls of a statement as they will be come to, and how its files are read."""

from __future__ import annotations

from aisql.engine.database import Database
from aisql.engine.sql import Sql
from aisql.result import Result, Row, listing
from aisql.syntax.calls import Query

_FOR_ROWS = "for each row that comes to it"
_FOR_LATE = "for the rows that come out"


def plan(query: Query, sql: Sql, database: Database) -> Result:
    """The calls in the order of evaluation, then the files."""
    rows: list[Row] = [
        ("call", query.text[call.span.start : call.span.end], _FOR_LATE if call.late else _FOR_ROWS)
        for call in query.calls()
    ]
    rows += [("file", name, way) for name, way in database.files.ways(str(sql))]
    return listing(("kind", "text", "how"), rows)
