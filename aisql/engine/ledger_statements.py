"""Statements about what was paid for."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, assert_never

from aisql.catalog.answers import USAGE_COLUMNS
from aisql.engine.costs import shown_cost
from aisql.engine.database import SYSTEM_SCHEMA
from aisql.engine.databases import Databases
from aisql.engine.workspace import Workspace
from aisql.errors import CatalogError
from aisql.result import Column, Result, Value
from aisql.syntax import statements as s

if TYPE_CHECKING:
    from aisql.engine.queries import Queries

_DIMENSIONS = {None: (), "MODEL": ("provider", "model"), "DAY": ("day",), "FUNCTION": ("function",)}
_COUNTS = USAGE_COLUMNS[6:]
_COST = "cost (USD, estimate)"


def execute(
    workspace: Workspace, databases: Databases, queries: Callable[[], Queries], statement: s.LedgerStatement
) -> Result:
    """Runs a statement about the ledger."""
    match statement:
        case s.PurgeAnswers():
            if workspace.readonly:
                raise CatalogError("answers cannot be deleted: the session is read-only")
            start = None if statement.where_span is None else statement.where_span.start
            return Result(changes=workspace.ledger.purge(statement.where, databases.variables, start))
        case s.RetryFailed():
            return queries().retry_failed()
        case s.ShowUsage():
            return _show_usage(databases, _DIMENSIONS[statement.by])
        case _:
            assert_never(statement)


def _show_usage(databases: Databases, dimensions: tuple[str, ...]) -> Result:
    """Sums of `aisql.usage`; nothing where nothing was used."""
    sums = [f"sum({count})" for count in _COUNTS]
    sums.append("CASE WHEN count(cost) = count(*) THEN sum(cost) END")
    sql = f"SELECT {', '.join((*dimensions, *sums))} FROM {SYSTEM_SCHEMA}.usage"
    if dimensions:
        sql += f" GROUP BY {', '.join(dimensions)} ORDER BY {', '.join(dimensions)}"
    else:
        sql += " HAVING count(*) > 0"
    rows = [(*row, _shown(cost)) for *row, cost in databases.current.run(sql).rows]
    columns = [Column(name, "STRING") for name in dimensions]
    columns += [Column(name, "INTEGER") for name in _COUNTS]
    return Result((*columns, Column(_COST, "REAL")), rows, listing=True)


def _shown(cost: Value) -> Value:
    return shown_cost(cost) if isinstance(cost, float) else "unknown"
