"""VECTOR_SEARCH as a table: the rows of another one whose vectors are nearest to a vector (Flink SQL).

SQLite lets a table in FROM depend on the row beside it only where it is a table function. So an aggregate
finds the rows, in a sub-query that sees that row, and a table function of ours lays them out:

    aisql_rows_1((SELECT aisql_nearest(...) FROM (SELECT ... AS vector) LEFT JOIN t)) AS found
"""

from __future__ import annotations

import json
from collections.abc import Mapping

from aisql.engine.database import quoted
from aisql.engine.rewrite import Rewriter
from aisql.engine.row_tables import free_name
from aisql.engine.sql import Sql, listed, sql
from aisql.engine.tables import by_keyword, column_of, configuration, source_of
from aisql.errors import FunctionError, StatementError
from aisql.functions.base import Column
from aisql.functions.search import SEARCHES, Search
from aisql.schema import quote_text
from aisql.syntax.calls import Argument, SearchCall

NEAREST_FUNCTION = "aisql_nearest"
_TABLE, _COLUMN, _QUERY, _COUNT = ("SEARCH_TABLE", "COLUMN_TO_SEARCH", "COLUMN_TO_QUERY", "TOP_K")
_TABLES = "it may read tables, views, and what the WITH at the beginning of the statement defines"
_ASKED, _SEARCHED = "aisql_asked", "aisql_searched"


def search(rewriter: Rewriter, call: SearchCall) -> Sql:
    """The table function that stands for one VECTOR_SEARCH or VECTOR_SEARCH_AGG."""
    function = SEARCHES[call.name]
    arguments = _arguments(function, call)
    source = source_of(rewriter, arguments[_TABLE], function.name)
    columns = rewriter.columns(source, call.call_span)
    if columns is None:
        raise _unknown(function, arguments[_TABLE])
    configuration(rewriter, arguments.get("CONFIG"), function.name)
    column = column_of(arguments[_COLUMN], columns, function.name)
    found = (*columns, free_name("score", columns))
    given = (found if function.is_table else ("search_results",), call.columns)
    shown = "" if function.is_table else json.dumps(found, ensure_ascii=False)
    values = [f"{_ASKED}.vector, {_ASKED}.most, {quote_text(shown)}, {columns.index(column)}"]
    values += [f"{_SEARCHED}.{quoted(each)}" for each in columns]
    table = rewriter.around.rows_table(_untyped(_named(call, *given)))
    head = f"{table}((SELECT {NEAREST_FUNCTION}({', '.join(values)}) FROM "
    asked = listed(
        [
            sql(rewriter.argument(arguments[_QUERY]), " AS vector"),
            sql(rewriter.argument(arguments[_COUNT]), " AS most"),
        ]
    )
    alias = f" AS {call.alias}" if call.alias else ""
    return sql(head, "(SELECT ", asked, f") AS {_ASKED} LEFT JOIN ", source, f" AS {_SEARCHED})){alias}")


def _arguments(function: Search, call: SearchCall) -> Mapping[str, Argument]:
    """The arguments by keyword; the column may stand before the query or behind it."""
    kinds = [argument.kind for argument in call.arguments[1:3]]
    places = (_COLUMN, _QUERY) if kinds[:1] == ["descriptor"] else (_QUERY, _COLUMN)
    keywords = (_TABLE, *places, _COUNT, "CONFIG")
    return by_keyword(call.arguments, keywords, call.call_span, function.name, function.signature)


def _named(call: SearchCall, columns: tuple[str, ...], names: tuple[str, ...]) -> tuple[str, ...]:
    """The columns with the names they are given."""
    if not names:
        return columns
    if len(names) != len(columns) or len({name.lower() for name in names}) < len(names):
        raise StatementError(
            f"{call.alias} needs {len(columns)} different names of columns",
            span=call.span,
            hint=f"its columns are {', '.join(columns)}",
        )
    return names


def _untyped(names: tuple[str, ...]) -> tuple[Column, ...]:
    return tuple((name, "") for name in names)


def _unknown(function: Search, argument: Argument) -> FunctionError:
    if argument.kind == "table":
        name = ".".join(argument.names)
        return FunctionError(f"no such table: {name}", span=argument.span, hint=_TABLES)
    return FunctionError(
        f"{function.name}: the query does not run by itself", span=argument.span, hint=_TABLES
    )
