"""Errors of SQLite in a statement that was rewritten, put into the words of the text the user wrote."""

from __future__ import annotations

from aisql.engine.call_text import GATHERING
from aisql.engine.rewrite import CALL_FUNCTION
from aisql.engine.row_tables import ROWS_TABLE
from aisql.engine.sql import Sql
from aisql.errors import SqlError
from aisql.functions.registry import CALLED
from aisql.syntax.calls import Query


def in_written_text(error: SqlError, sql: Sql, query: Query) -> SqlError:
    """The same error of a query, with its place there."""
    error.message = error.message.replace(f"{CALL_FUNCTION}()", "an AI call")
    if GATHERING not in query.text.lower():  # then it stands for the argument of an AI call
        error.message = error.message.replace(f"{GATHERING}()", f"{_aggregate(query)}()")
    sql.located(error)
    if error.span is not None and error.message.startswith(f"no such function: {ROWS_TABLE}_"):
        _tell_of_table(error, query)
    return error


def _aggregate(query: Query) -> str:
    """The name of the first AI call that is an aggregate."""
    names = (call.name for call in query.calls())
    return next((name for name in names if _gathers(name)), GATHERING)


def _gathers(name: str) -> bool:
    function = CALLED.get(name)
    return function is not None and function.gathers is not None


def _tell_of_table(error: SqlError, query: Query) -> None:
    """SQLite finds no function where a call that gives rows stands in an expression."""
    call = next(call for call in query.calls() if error.span and call.span.start == error.span.start)
    error.message = f"{call.name} gives rows, and stands in FROM as a table"
    error.span = call.span
    error.hint = f"SELECT ... FROM t, {call.name}(...) AS x"
