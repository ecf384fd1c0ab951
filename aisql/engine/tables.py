"""ML_PREDICT as a table: the rows of its input with the model's output beside them (Flink SQL)."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from aisql.engine.database import quoted
from aisql.engine.rewrite import CALL_FUNCTION, Rewriter, Site, constant_map
from aisql.engine.sql import Sql, sql
from aisql.errors import FunctionError, OptionError
from aisql.functions.base import Ask, Plan
from aisql.functions.embed import vector_text
from aisql.functions.predict import ML_PREDICT
from aisql.providers.base import Reply
from aisql.providers.values import seconds
from aisql.result import Value
from aisql.syntax.calls import Argument, Call

_KEYWORDS = ("INPUT", "MODEL", "ARGS", "CONFIG")
_INPUT = "aisql_input"


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
    arguments = _by_keyword(call)
    source = _source(rewriter, arguments["INPUT"])
    if arguments["MODEL"].kind != "model":
        raise _wrong(call, "the second argument is MODEL and the name of a model")
    model = rewriter.model(arguments["MODEL"], ML_PREDICT)
    columns = rewriter.columns_of(str(source))
    column = quoted(_input_column(arguments["ARGS"], columns))
    configuration = _configuration(rewriter, arguments.get("CONFIG"))
    output = quoted(_free_name(model.output, columns or ()))
    # As in Flink an input that is skipped gives no row, a failure one with NULL, and each choice one.
    skips = model.context is not None and model.context.action.startswith("skipped")
    has_rows = skips or model.choices > 1
    function = replace(ML_PREDICT, plan=_plan_of_rows, skipped="[]") if has_rows else ML_PREDICT
    site = Site(function, call, model, configuration.concurrency, configuration.timeout)
    value = f"{CALL_FUNCTION}({rewriter.add(site)}, {_INPUT}.{column})"
    rows = sql(source, f" AS {_INPUT}")
    if has_rows:
        rows = sql(rows, f", json_each(coalesce({value}, '[null]')) AS aisql_choice")
        value = "aisql_choice.value"
    head = f"(SELECT {_INPUT}.*, {value} AS {output} FROM "
    return sql(head, rows, f" WHERE {_INPUT}.{column} IS NOT NULL)")


def _plan_of_rows(arguments: Sequence[Value]) -> Plan:
    """The values of several rows in a JSON array."""
    plan = ML_PREDICT.plan(arguments)
    return plan._replace(read=_rows) if isinstance(plan, Ask) else plan


def _rows(reply: Reply) -> Value:
    values = (vector_text(reply),) if reply.vectors else reply.texts
    return json.dumps(values, ensure_ascii=False)


def _by_keyword(call: Call) -> Mapping[str, Argument]:
    if not 3 <= len(call.arguments) <= 4:
        raise _wrong(call, f"it takes 3 or 4 arguments, not {len(call.arguments)}")
    found: dict[str, Argument] = {}
    for place, argument in zip(_KEYWORDS, call.arguments, strict=False):
        keyword = argument.keyword or place
        if keyword not in _KEYWORDS or keyword in found:
            raise _wrong(call, f"'{keyword} =>' is not expected here")
        found[keyword] = argument
    for keyword in _KEYWORDS[:3]:
        if keyword not in found:
            raise _wrong(call, f"the argument {keyword} is missing")
    return found


def _wrong(call: Call, reason: str) -> FunctionError:
    return FunctionError(f"ML_PREDICT: {reason}", span=call.span, hint=f"it is called {ML_PREDICT.signature}")


def _source(rewriter: Rewriter, argument: Argument) -> Sql:
    if argument.kind == "table":
        return sql(".".join(map(quoted, argument.names)))
    text = rewriter.argument(argument)
    if not str(text).startswith("("):
        raise FunctionError(
            "ML_PREDICT: the first argument is TABLE and a name, or a query in brackets", span=argument.span
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
    wanted = argument.names[0]
    if columns is None:
        return wanted
    for column in columns:
        if column.lower() == wanted.lower():
            return column
    raise FunctionError(
        f"ML_PREDICT: the input has no column '{wanted}'",
        span=argument.span,
        hint=f"it has {', '.join(columns)}",
    )


def _free_name(name: str, columns: tuple[str, ...]) -> str:
    taken = {column.lower() for column in columns}
    if name.lower() not in taken:
        return name
    return next(
        f"{name}{index}" for index in range(len(columns) + 1) if f"{name}{index}".lower() not in taken
    )


def _configuration(rewriter: Rewriter, argument: Argument | None) -> Configuration:
    if argument is None:
        return Configuration()
    members = dict(constant_map(argument, rewriter.query.text))
    for key, value in members.items():
        if key not in _CONFIGURATION:
            raise OptionError(
                f"ML_PREDICT has no configuration '{key}'",
                span=argument.span,
                hint=f"known are {', '.join(_CONFIGURATION)}",
            )
        if not _CONFIGURATION[key](value):
            raise OptionError(f"ML_PREDICT: '{value}' is no value for '{key}'", span=argument.span)
    bounds = [int(members[key]) for key in _BOUNDS if key in members]
    return Configuration(
        min(bounds, default=None),
        seconds(members["timeout"]) if "timeout" in members else None,
    )
