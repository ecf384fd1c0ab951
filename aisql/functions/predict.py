"""ML_PREDICT: a model applied to a column of a table (Flink SQL).

This is the part for one row; `engine/tables.py` makes the table of it.
"""

from __future__ import annotations

from collections.abc import Sequence

from aisql.functions.base import Ask, Function, Known, Plan, first_text, text_of
from aisql.functions.embed import vector
from aisql.providers.base import Reply
from aisql.result import Value


def plan(arguments: Sequence[Value]) -> Plan:
    """NULL is skipped as Flink does; an empty text is sent as Flink does."""
    text = text_of(arguments[0], "the input of ML_PREDICT")
    return Known(None) if text is None else Ask(text, _value)


def _value(reply: Reply) -> Value:
    return vector(reply) if reply.vectors else first_text(reply)


ML_PREDICT = Function(
    name="ml_predict",
    signature="ML_PREDICT(TABLE t, MODEL m, DESCRIPTOR(column) [, MAP['key', 'value', ...]])",
    summary="the rows of a table with the model's output beside them",
    task=None,
    least=1,
    most=2,
    plan=plan,
)
