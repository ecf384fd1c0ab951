"""CAST to a type of Flink's and TRY_CAST, in SQLite's words: views keep them, and any program reads those."""

from __future__ import annotations

from aisql.engine.sql import Sql, listed, sql
from aisql.errors import SyntaxProblem
from aisql.syntax.calls import Cast, walk
from aisql.syntax.types import word_of

_DEEPEST = 4
"""Casts inside each other; the text doubles with most of them."""
_WHOLE = {"TINYINT": 7, "SMALLINT": 15, "INT": 31, "BIGINT": 63}
_CASTS = {
    **dict.fromkeys(("STRING", "CHAR", "VARCHAR"), "CAST({} AS TEXT)"),
    **dict.fromkeys(("BYTES", "BINARY", "VARBINARY"), "CAST({} AS BLOB)"),
    **dict.fromkeys(("ARRAY", "MAP", "MULTISET", "ROW"), "json({})"),
    "VARIANT": "({})",
    "BOOLEAN": "CASE WHEN lower({}) IN ('true', 't', 'yes', 'y', '1') THEN 1 "
    "WHEN lower({}) IN ('false', 'f', 'no', 'n', '0') THEN 0 "
    "WHEN typeof({}) IN ('integer', 'real') THEN ({}) <> 0 END",
    "DATE": "CASE WHEN date({}) = substr({}, 1, 10) THEN date({}) END",
    "TIME": "CASE WHEN ({}) LIKE '%_:__%' THEN time({}) END",
    **dict.fromkeys(
        ("TIMESTAMP", "TIMESTAMP_LTZ"),
        "CASE WHEN date({}) = substr({}, 1, 10) THEN strftime('%Y-%m-%d %H:%M:%f', {}) END",
    ),
}
# A number is what compares equal to itself as one: so SQLite tells '12' from '12 apples'.
_NUMBER = "CASE WHEN ({}) = CAST({} AS NUMERIC) THEN CAST({} AS %s) END"
_TRIES = {
    **dict.fromkeys(("ARRAY", "MAP", "MULTISET", "ROW"), "CASE WHEN json_valid({}) THEN json({}) END"),
    **dict.fromkeys(("FLOAT", "DOUBLE"), _NUMBER % "REAL"),
    "DECIMAL": _NUMBER % "NUMERIC",
    **{
        word: "CASE WHEN ({}) = CAST({} AS NUMERIC) AND CAST({} AS NUMERIC) "
        f"BETWEEN {-(2**bits)} AND {2**bits - 1} THEN CAST(CAST({{}} AS NUMERIC) AS INTEGER) END"
        for word, bits in _WHOLE.items()
    },
}


def cast(node: Cast, value: Sql) -> Sql:
    """What SQLite computes for the cast of a value. Raises SyntaxProblem where it cannot be written."""
    if _depth(node) > _DEEPEST:
        raise SyntaxProblem(
            f"more than {_DEEPEST} casts stand inside each other", span=node.span, hint="use fewer"
        )
    word = word_of(node.type)
    form = _CASTS.get(word) or _TRIES.get(word)
    if node.tries:
        form = _TRIES.get(word) or form
    if form is None:
        raise SyntaxProblem(f"nothing can be cast to {node.type}", span=node.span)
    if node.type.endswith("(0)"):
        form = form.replace("%f", "%S")
    return sql("(", listed(form.split("{}"), value), ")")


def _depth(node: Cast) -> int:
    """How many casts stand inside each other there, this one among them."""
    spans = [one.span for one in walk((node,)) if isinstance(one, Cast)]
    return max(sum(1 for each in spans if each[0] <= one[0] and one[1] <= each[1]) for one in spans)
