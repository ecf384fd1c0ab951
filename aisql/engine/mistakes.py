"""Errors of SQLite in a statement that was rewritten, put into the words of the text the user wrote."""

from __future__ import annotations

from aisql.engine.call_text import GATHERING
from aisql.engine.rewrite import CALL_FUNCTION
from aisql.engine.row_tables import ROWS_TABLE
from aisql.engine.sql import Sql
from aisql.errors import SqlError
from aisql.functions.registry import CALLED, TABLE_FUNCTIONS
from aisql.syntax.calls import Call, Query


def in_written_text(error: SqlError, sql: Sql, query: Query) -> SqlError:
    """The same error of a query, with its place there."""
    error.message = error.message.replace(f"{CALL_FUNCTION}()", "an AI call")
    if GATHERING not in query.text.lower():  # then it stands for the argument of an AI call
        error.message = error.message.replace(f"{GATHERING}()", f"{_aggregate(query)}()")
    sql.located(error)
    call = next((call for call in query.calls() if error.span and call.span.start == error.span.start), None)
    if call is not None and error.message.startswith(f"no such function: {ROWS_TABLE}_"):
        _tell_of_table(error, call)
    elif call is not None and error.message == f"no such table: {CALL_FUNCTION}":
        _tell_of_value(error, call)
    return error


def _aggregate(query: Query) -> str:
    """The name of the first AI call that is an aggregate."""
    names = (call.name for call in query.calls())
    return next((name for name in names if _gathers(name)), GATHERING)


def _gathers(name: str) -> bool:
    function = CALLED.get(name)
    return function is not None and function.gathers is not None


def _tell_of_table(error: SqlError, call: Call) -> None:
    """SQLite finds no function where a call that gives rows stands in an expression."""
    error.message = f"{call.name} gives rows, and stands in FROM as a table"
    error.span = call.span
    error.hint = f"SELECT ... FROM t, {call.name}(...) AS x"


def _tell_of_value(error: SqlError, call: Call) -> None:
    """It finds no table where a call that gives a value stands in FROM."""
    error.message = f"{call.name} gives one value and no table"
    error.span = call.span
    has_table = call.name in TABLE_FUNCTIONS
    error.hint = f"TABLE({call.name}(...)) is one" if has_table else "call it in the SELECT list"
