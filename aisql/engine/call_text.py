"""The SQL that stands for one call: in an expression, over a group, or in FROM."""

from __future__ import annotations

from dataclasses import dataclass

from aisql.engine.arguments import arranged, check_constants, constants, leaves_model_out, no_expression
from aisql.engine.database import quoted
from aisql.engine.models import ModelUse
from aisql.engine.rewrite import Rewriter, Site
from aisql.engine.sql import Sql, listed, sql
from aisql.engine.tables import predict
from aisql.errors import FunctionError, StatementError
from aisql.functions.base import Column, Function
from aisql.functions.registry import CALLED, TABLE_FUNCTIONS
from aisql.syntax.calls import Argument, Call, TableCall

GATHERING = "json_group_array"
"""The aggregate of SQLite that stands in the arguments of one of ours."""
_NAMED = "aisql_named"


def call_text(rewriter: Rewriter, node: Call | TableCall) -> Sql:
    """The SQL for a call as it stands in a query, or in FROM as a table.

    Raises FunctionError and SyntaxProblem for a call that is wrong, and what `Rewriter.model` does.
    """
    call = node if isinstance(node, Call) else node.call
    if call.name == "ml_predict":
        table = predict(rewriter, call)
        return _renamed(table, node) if isinstance(node, TableCall) and node.columns else table
    if isinstance(node, Call):
        return _call(rewriter, call, CALLED[call.name])
    function = TABLE_FUNCTIONS.get(call.name) or CALLED[call.name]
    if function.columns is None:
        raise FunctionError(
            f"{call.name} gives one value and no table", span=call.span, hint="call it in the SELECT list"
        )
    return _call(rewriter, call, function, node)


def _renamed(query: Sql, table: TableCall) -> Sql:
    """A query in brackets whose columns have the new names."""
    names = ", ".join(map(quoted, table.columns))
    return sql(f"(WITH {_NAMED}({names}) AS ", query, f" SELECT * FROM {_NAMED}) AS {table.alias}")


@dataclass(frozen=True, slots=True)
class _Given:
    """The arguments of a call: its model, where that is known before any row is, or the argument `naming`
    it; and the `values` behind it."""

    model: ModelUse | None
    naming: Argument | None
    values: tuple[Argument, ...]


def _call(rewriter: Rewriter, call: Call, function: Function, table: TableCall | None = None) -> Sql:
    given = _given(rewriter, call, function)
    texts: list[str | Sql] = [] if given.naming is None else [rewriter.argument(given.naming)]
    pictured = function.plan_image is not None and bool(given.values) and given.values[0].kind == "image"
    for place, argument in enumerate(given.values, int(function.has_model)):
        if pictured and argument.kind == "image":
            texts += _pictured(rewriter, argument, function)
        elif argument.kind != "expression":
            raise no_expression(call, argument, function)
        else:
            text = rewriter.argument(argument)
            texts.append(_gathered(rewriter, call, text) if place == function.gathers else text)
    number = rewriter.identity_of(Site(function, call, given.model, pictured=pictured))
    value = sql(f"{rewriter.name_for(call)}(", listed([str(number), *texts]), ")")
    if function.columns is None:
        return value
    check_constants(given.values, function, rewriter.query.text)
    return _table(rewriter, value, _columns(rewriter, call, function, given.values), function, table)


def _pictured(rewriter: Rewriter, argument: Argument, function: Function) -> list[str | Sql]:
    """The prompt and the address of `(text AS prompt, url AS image)`."""
    parts = {part.keyword: rewriter.argument(part) for part in argument.parts}
    if function.needs_prompt and "PROMPT" not in parts:
        raise FunctionError(
            f"{function.name} needs a prompt beside the image",
            span=argument.span,
            hint=f"the function is called {function.signature}",
        )
    return [parts.get("PROMPT", "NULL"), parts["IMAGE"]]


def _given(rewriter: Rewriter, call: Call, function: Function) -> _Given:
    """The arguments, told apart. Where there is a default model it may be left out, if nothing else is."""
    arguments = arranged(call, function)
    is_left_out = leaves_model_out(call, function, len(arguments))
    use = rewriter.around.default_model(function) if is_left_out else None
    # Where there is no default model either, the first argument is one, and another is missing.
    is_short = is_left_out and use is None and function.has_model and not function.named_only
    _check_count(call, function, len(arguments) + (is_left_out and function.has_model and not is_short))
    if use is not None:
        return _Given(use, None, arguments)
    if is_left_out:
        raise StatementError(
            f"{call.name} goes to the default model, and there is none",
            span=call.span,
            hint="SET ai.default_model = 'CONNECTION:MODEL'",
        )
    if arguments[0].kind == "model":
        return _Given(rewriter.model(arguments[0], function), None, arguments[1:])
    if arguments[0].kind != "expression":
        raise no_expression(call, arguments[0], function)
    return _Given(None, arguments[0], arguments[1:])


def _check_count(call: Call, function: Function, count: int) -> None:
    try:
        function.check_count(count)
    except FunctionError as error:
        error.span = call.span
        raise


def _gathered(rewriter: Rewriter, call: Call, argument: Sql) -> Sql:
    """The values of an argument in a whole group, as SQLite gathers them."""
    kept = sql(" ", rewriter.argument(call.filter)) if call.filter is not None else sql("")
    return sql(f"{GATHERING}(", argument, ")", kept)


def _columns(
    rewriter: Rewriter, call: Call, function: Function, values: tuple[Argument, ...]
) -> tuple[Column, ...]:
    assert function.columns is not None  # noqa: S101 # it is asked for then
    try:
        return function.columns(constants(values, rewriter.query.text))
    except FunctionError as error:
        error.span = error.span or call.span
        raise


def _table(
    rewriter: Rewriter, value: Sql, columns: tuple[Column, ...], function: Function, table: TableCall | None
) -> Sql:
    """The table with the rows of a call; its columns may have new names."""
    if not function.one_value:  # a call without a value loses no row: the columns are NULL
        value = sql("coalesce(", value, f", '[[{', '.join(['null'] * len(columns))}]]')")
    if table is None or not table.columns:
        return sql(f"{rewriter.around.rows_table(columns, one_value=function.one_value)}(", value, ")")
    if len(table.columns) != len(columns):
        raise FunctionError(
            f"{table.call.name} gives {len(columns)} columns, and {len(table.columns)} names follow",
            span=table.span,
            hint=f"its columns are {', '.join(quoted(name) for name, _ in columns)}",
        )
    renamed = tuple((new, kind) for new, (_, kind) in zip(table.columns, columns, strict=True))
    rows = rewriter.around.rows_table(renamed, one_value=function.one_value)
    return sql(f"{rows}(", value, f") AS {table.alias}")
