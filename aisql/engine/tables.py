"""ML_PREDICT as a table: the rows of its input with the model's output beside them (Flink SQL)."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from aisql.engine.arguments import constant_map
from aisql.engine.database import quoted
from aisql.engine.rewrite import CALL_FUNCTION, Rewriter, Site
from aisql.engine.row_tables import free_name
from aisql.engine.sql import Sql, sql
from aisql.errors import FunctionError, OptionError, Span
from aisql.functions.base import Ask, Plan
from aisql.functions.embed import vector
from aisql.functions.predict import ML_PREDICT
from aisql.providers.base import EMBEDDINGS, Reply
from aisql.providers.values import seconds
from aisql.result import Value
from aisql.syntax.calls import Argument, Call
from aisql.vectors import as_json

_KEYWORDS = ("INPUT", "MODEL", "ARGS", "CONFIG")
_INPUT = "aisql_input"
_TITLE = "ML_PREDICT"


def _is_positive(value: str) -> bool:
    return value.isascii() and value.isdigit() and int(value) > 0


_BOUNDS = ("max-concurrent-operations", "capacity")  # the second is another name of the first
_CONFIGURATION: Mapping[str, Callable[[str], bool]] = {
    "async": lambda value: value.lower() in {"true", "false"},
    "output-mode": lambda value: value.upper() in {"ORDERED", "ALLOW_UNORDERED"},
    **dict.fromkeys(_BOUNDS, _is_positive),
    "timeout": lambda value: seconds(value) is not None,
}
"""The keys of the fourth argument, each with what its values have to be."""


@dataclass(frozen=True, slots=True)
class Configuration:
    """The fourth argument: what of it changes how calls are made."""

    concurrency: int | None = None
    timeout: float | None = None


def predict(rewriter: Rewriter, call: Call) -> Sql:
    """The sub-query that stands for one ML_PREDICT.

    As in Flink, rows whose input is NULL are left out, and an output column whose name the input has
    already gets a number at its end.
    """
    arguments = by_keyword(call.arguments, _KEYWORDS, call.span, _TITLE, ML_PREDICT.signature)
    source = source_of(rewriter, arguments["INPUT"], _TITLE)
    if arguments["MODEL"].kind != "model":
        reason = "the second argument is MODEL and the name of a model"
        raise _wrong(reason, call.span, _TITLE, ML_PREDICT.signature)
    model = rewriter.model(arguments["MODEL"], ML_PREDICT)
    columns = rewriter.columns(source, call.span)
    column = quoted(_input_column(arguments["ARGS"], columns))
    limits = configuration(rewriter, arguments.get("CONFIG"), _TITLE)
    output = quoted(free_name(model.output, columns or ()))
    # As in Flink an input that is skipped gives no row, a failure one with NULL, and each choice one.
    skips = model.context is not None and model.context.action.startswith("skipped")
    has_rows = skips or model.choices > 1
    function = replace(ML_PREDICT, plan=_plan_of_rows, skipped="[]") if has_rows else ML_PREDICT
    site = Site(function, call, model, limits.concurrency, limits.timeout)
    value = f"{CALL_FUNCTION}({rewriter.add(site)}, {_INPUT}.{column})"
    rows = sql(source, f" AS {_INPUT}")
    if has_rows:
        rows = sql(rows, f", json_each(coalesce({value}, '[null]')) AS aisql_choice")
        value = "vector(aisql_choice.value)" if model.task == EMBEDDINGS else "aisql_choice.value"
    head = f"(SELECT {_INPUT}.*, {value} AS {output} FROM "
    return sql(head, rows, f" WHERE {_INPUT}.{column} IS NOT NULL)")


def _plan_of_rows(arguments: Sequence[Value]) -> Plan:
    """The values of several rows in a JSON array, a vector as JSON too."""
    plan = ML_PREDICT.plan(arguments)
    return plan._replace(read=_rows) if isinstance(plan, Ask) else plan


def _rows(reply: Reply) -> Value:
    values = (as_json(vector(reply)),) if reply.vectors else reply.texts
    return json.dumps(values, ensure_ascii=False)


def by_keyword(
    given: Sequence[Argument], keywords: Sequence[str], span: Span, title: str, signature: str
) -> Mapping[str, Argument]:
    """The arguments of a table function by their keyword; the last one may be left out.

    `keywords` are those of arguments without one, in their order; `title` and `signature` tell whose they
    are. Raises FunctionError.
    """
    least, most = len(keywords) - 1, len(keywords)
    if not least <= len(given) <= most:
        raise _wrong(f"it takes {least} or {most} arguments, not {len(given)}", span, title, signature)
    found: dict[str, Argument] = {}
    for place, argument in zip(keywords, given, strict=False):
        keyword = argument.keyword or place
        if keyword not in keywords or keyword in found:
            raise _wrong(f"'{keyword} =>' is not expected here", span, title, signature)
        found[keyword] = argument
    for keyword in keywords[:least]:
        if keyword not in found:
            raise _wrong(f"the argument {keyword} is missing", span, title, signature)
    return found


def _wrong(reason: str, span: Span, title: str, signature: str) -> FunctionError:
    return FunctionError(f"{title}: {reason}", span=span, hint=f"it is called {signature}")


def source_of(rewriter: Rewriter, argument: Argument, title: str) -> Sql:
    """What stands in a FROM clause for `TABLE name` or a query in brackets. Raises FunctionError."""
    if argument.kind == "table":
        return sql(".".join(map(quoted, argument.names)))
    text = rewriter.argument(argument)
    if not str(text).startswith("("):
        raise FunctionError(
            f"{title}: the first argument is TABLE and a name, or a query in brackets", span=argument.span
        )
    return text


def _input_column(argument: Argument, columns: tuple[str, ...] | None) -> str:
    if argument.kind != "descriptor":
        raise FunctionError("ML_PREDICT: the third argument is DESCRIPTOR(column)", span=argument.span)
    if len(argument.names) != 1:
        raise FunctionError(
            f"Number of descriptor columns ({len(argument.names)}) does not match model input size (1).",
            span=argument.span,
        )
    return argument.names[0] if columns is None else column_of(argument, columns, _TITLE)


def column_of(argument: Argument, columns: tuple[str, ...], title: str) -> str:
    """The column of a table that DESCRIPTOR names. Raises FunctionError."""
    if argument.kind != "descriptor" or len(argument.names) != 1:
        raise FunctionError(f"{title}: DESCRIPTOR names one column", span=argument.span)
    wanted = argument.names[0]
    for column in columns:
        if column.lower() == wanted.lower():
            return column
    raise FunctionError(
        f"{title}: the input has no column '{wanted}'",
        span=argument.span,
        hint=f"it has {', '.join(columns)}",
    )


def configuration(rewriter: Rewriter, argument: Argument | None, title: str) -> Configuration:
    """What MAP[...] says, checked as Flink does. Raises OptionError, SyntaxProblem."""
    if argument is None:
        return Configuration()
    members = constant_map(argument, rewriter.query.text)
    for key, value in members.items():
        if key not in _CONFIGURATION:
            raise OptionError(
                f"{title} has no configuration '{key}'",
                span=argument.span,
                hint=f"known are {', '.join(_CONFIGURATION)}",
            )
        if not _CONFIGURATION[key](value):
            raise OptionError(f"{title}: '{value}' is no value for '{key}'", span=argument.span)
    bounds = [int(members[key]) for key in _BOUNDS if key in members]
    return Configuration(
        min(bounds, default=None),
        seconds(members["timeout"]) if "timeout" in members else None,
    )
