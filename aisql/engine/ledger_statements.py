"""Statements about what was paid for."""

from __future__ import annotations

from collections import Counter
from typing import assert_never

from aisql.catalog.answers import USAGE_COLUMNS
from aisql.engine.ask import Call
from aisql.engine.asking import Asking
from aisql.engine.costs import shown_cost
from aisql.engine.database import SYSTEM_SCHEMA
from aisql.engine.databases import Databases
from aisql.engine.evaluation import counted
from aisql.engine.workspace import Workspace
from aisql.errors import CatalogError
from aisql.functions.base import Ask
from aisql.result import Column, Result, Value
from aisql.syntax import statements as s

_DIMENSIONS = {None: (), "MODEL": ("provider", "model"), "DAY": ("day",), "FUNCTION": ("function",)}
_COUNTS = USAGE_COLUMNS[6:]
_COST = "cost (USD, estimate)"
_RETRIED = (Column("call", "STRING"), Column("answer", "STRING"), Column("error", "STRING"))


def execute(
    workspace: Workspace, databases: Databases, asking: Asking, statement: s.LedgerStatement
) -> Result:
    """Runs a statement about the ledger."""
    match statement:
        case s.PurgeAnswers():
            if workspace.readonly:
                raise CatalogError("answers cannot be deleted: the session is read-only")
            start = None if statement.where_span is None else statement.where_span.start
            return Result(changes=workspace.ledger.purge(statement.where, databases.variables, start))
        case s.RetryFailed():
            return _retry(asking)
        case s.ShowUsage():
            return _show_usage(databases, _DIMENSIONS[statement.by])
        case _:
            assert_never(statement)


def _retry(asking: Asking) -> Result:
    """Makes the calls of the last statement that failed once more, and no others."""
    failed = asking.failures()
    with asking.calls("RETRY FAILED", ends_early=True, null_on_error=True) as calls:
        if asking.is_dry:
            return counted(calls, Counter(call.form for call in failed))
        again = [
            (call, calls.submit(call.form, _ask(call), call.digest, call.site, call.arguments))
            for call in failed
        ]
        rows = []
        for before, call in again:
            while not call.done:
                calls.wait(call, eager=False)
            answer = calls.value(call, _ask(call), call.site, call.arguments)
            rows.append((before.shown(), answer, None if call.error is None else call.error.message))
        calls.settle()
    number = sum(call.error is not None for _, call in again)
    notices = [f"{number} of {len(again)} calls failed again"] if number else []
    return Result(_RETRIED, rows, notices=notices)


def _ask(call: Call) -> Ask:
    return Ask(call.text, call.value_of)


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
