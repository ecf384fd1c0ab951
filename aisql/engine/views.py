"""Views with AI calls in them: SQLite keeps them, and a query that reads one gets its text in its place.

The text SQLite keeps is one it can read: literals of ours are written as its own functions, and a model by
its name as a string. A query that names such a view is run as if it began with `WITH view AS (...)`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from aisql.engine.casts import cast
from aisql.engine.database import quoted
from aisql.engine.sql import NAME, TABLE_AS, Sql, listed, sql
from aisql.engine.volume_tables import volume_text
from aisql.errors import AisqlError, FunctionError, Span, StatementError
from aisql.functions.registry import CALLED
from aisql.result import Row
from aisql.schema import quote_text
from aisql.syntax.calls import (
    Argument,
    Call,
    Cast,
    Condition,
    EndOfFrom,
    JsonLiteral,
    ListLiteral,
    Moment,
    Node,
    Query,
    SearchCall,
    TableCall,
    Truth,
)
from aisql.syntax.dialect import may_ask
from aisql.syntax.flink import Replacement
from aisql.syntax.tokens import unquote
from aisql.syntax.volume_nodes import VolumeNode

if TYPE_CHECKING:
    from aisql.engine.database import Database

_VIEW = re.compile(
    rf"(?is)\s*(?:CREATE)?\s+(?:TEMP(?:ORARY)?\s+)?VIEW\s+(?:IF\s+NOT\s+EXISTS\s+)?{NAME}(?:\s*\.\s*{NAME})?"
    r"\s*(?P<columns>\([^)]*\))?\s*AS\b"
)
_KEPT = re.compile(rf"(?is)(?:ALTER|CREATE)\b(?!\s+{TABLE_AS}\b)")
_BEFORE_QUERY = re.compile(rf"(?is)(?:EXPLAIN\s+(?:QUERY\s+PLAN\s+)?)?(?:CREATE\s+{TABLE_AS}\s+)?")
_DEFINES = re.compile(r"(?i)(?:CREATE\s+(?:TEMP(?:ORARY)?\s+)?(?:VIEW|TRIGGER)|ALTER|DROP|PRAGMA)\b")
_TARGET = re.compile(
    r"(?is)\b(?:(?:INSERT|REPLACE)(?:\s+OR\s+\w+)?\s+INTO|UPDATE(?:\s+OR\s+\w+)?|DELETE\s+FROM)\s+"
    rf"(?:{NAME}\s*\.\s*)?({NAME})"
)
_WITH = re.compile(r"(?i)WITH\s+(?:RECURSIVE\s+)?")
_COMMON_TABLE = re.compile(rf"(?is)({NAME})\s*(?:\([^()]*\)\s*)?AS\s+(?:(?:NOT\s+)?MATERIALIZED\s*)?\(")


def creates_view(query: Query) -> bool:
    """Whether the statement is CREATE VIEW."""
    return query.verb == "CREATE" and _VIEW.match(query.text, query.verb_span.end) is not None


def is_kept(query: Query) -> bool:
    """Whether SQLite keeps the text of the statement: it makes or alters a view, a table, a trigger."""
    return _KEPT.match(query.text) is not None


def plain(query: Query) -> Sql:
    """A statement as SQLite can keep it. Raises FunctionError for what it cannot."""
    return _plain(query.text, Span(0, len(query.text)), query.nodes)


def _plain(text: str, span: Span, nodes: Sequence[Node]) -> Sql:
    pieces, position = [], span.start
    for node in nodes:
        pieces += [_as_written(text, Span(position, node.span.start)), _plain_node(text, node)]
        position = node.span.end
    return sql(*pieces, _as_written(text, Span(position, span.end)))


def _as_written(text: str, span: Span) -> Sql:
    return Sql(((text[span.start : span.end], span.start),))


def _plain_node(text: str, node: Node) -> Sql:
    match node:
        case JsonLiteral():
            return sql("json(", _as_written(text, node.string), ")")
        case ListLiteral():
            members = listed([_plain_argument(text, each) for each in node.arguments])
            return sql("json_object(" if node.kind == "map" else "json_array(", members, ")")
        case Condition():
            parts = sorted((*node.plain, *node.cheap, *node.dear), key=lambda part: part.span.start)
            inside = [inner for part in parts for inner in part.nodes]
            return _plain(text, node.span, inside)
        case EndOfFrom():
            return sql("")
        case Truth():
            return _plain_argument(text, node.arguments[0])
        case Moment():
            return _as_written(text, node.span)
        case Cast():
            return cast(node, _plain_argument(text, node.arguments[0]))
        case Replacement():
            return sql(node.sql)
        case TableCall():
            raise _not_in_view(node.call)
        case VolumeNode():
            return sql(volume_text(node))
        case SearchCall():
            raise FunctionError(
                f"{node.name.upper()} cannot stand in a view",
                span=node.call_span,
                hint="a view may compare vectors: ORDER BY cosine_similarity(a, b)",
            )
        case Call():
            return _plain_call(text, node)


def _plain_call(text: str, call: Call) -> Sql:
    function = CALLED[call.name]
    is_named = any(argument.keyword or argument.kind == "image" for argument in call.arguments)
    if call.name == "ml_predict" or "." in call.name or is_named or function.columns is not None:
        raise _not_in_view(call)
    try:
        function.check_count(len(call.arguments))
    except FunctionError as error:
        error.span = call.span
        raise
    arguments = listed([_plain_argument(text, each) for each in call.arguments])
    kept = sql() if call.filter is None else sql(" ", _plain_argument(text, call.filter))
    return sql(f"{call.name}(", arguments, ")", kept)


def _not_in_view(call: Call) -> FunctionError:
    return FunctionError(
        f"{call.name} cannot stand in a view in this form",
        span=call.span,
        hint="use a function that stands in an expression, such as ai_complete(model, text)",
    )


def _plain_argument(text: str, argument: Argument) -> Sql:
    if argument.kind == "model":
        return sql(quote_text(".".join(argument.names)))
    return _plain(text, argument.span, argument.nodes)


# ---------------------------------------------------------------- reading


@dataclass(frozen=True, slots=True)
class Expansion:
    """The text of a query with the views it reads put in: `length` characters `at` an offset."""

    text: str
    at: int
    length: int

    def restored(self, error: AisqlError) -> AisqlError:
        """The error with its place in the text the user wrote; none where it speaks of a view."""
        if error.span is not None and error.span.end > self.at:
            start, end = error.span.start - self.length, error.span.end - self.length
            error.span = Span(start, end) if start >= self.at else None
        return error

    def restoring(self, rows: Iterator[Row]) -> Iterator[Row]:
        """The rows, whose errors are to have their places in the text the user wrote."""
        try:
            yield from rows
        except AisqlError as error:
            raise self.restored(error) from error.__cause__


def expanded(database: Database, text: str) -> Expansion | None:
    """The query with every view it reads that has AI calls; None where it reads none.

    Raises StatementError where the query gives another meaning to a table that a view reads.
    """
    if _DEFINES.match(text):
        return None  # SQLite looks at what it reads only when that is used
    views = {name.lower(): sql for name, sql in database.views()}
    calling = {name for name, sql in views.items() if may_ask(sql, sql.lower())}
    if not calling:
        return None
    # Views that read such a view count too.
    while more := {name for name in views.keys() - calling if _names(views[name], calling)}:
        calling |= more
    needed: list[str] = []
    _add_needed(text, views, calling, needed)
    if (target := _TARGET.search(text)) is not None and unquote(target[1]).lower() in needed:
        raise StatementError(
            f"{target[1]} is a view with AI calls and cannot be written",
            span=Span(*target.span(1)),
            hint="write to the table it reads",
        )
    start = match.end() if (match := _BEFORE_QUERY.match(text)) else 0
    own = common_tables(text)
    needed = [name for name in needed if name not in own]
    if not needed:
        return None
    for name in needed:
        _check_names(name, _names(views[name], own))
    # As many characters as before, so that places stay what they are.
    schema = re.compile(rf"(?i)\b(?:main|temp)\s*\.\s*(?=(?:{'|'.join(map(re.escape, needed))})\b)")
    text = schema.sub(lambda match: " " * len(match[0]), text)
    tables = ", ".join(_common_table(name, views[name]) for name in needed)
    if (match := _WITH.match(text, start)) is not None:
        start, put_in = match.end(), f"{tables}, "
    else:
        put_in = f"WITH {tables} "
    return Expansion(f"{text[:start]}{put_in}{text[start:]}", start, len(put_in))


def _add_needed(text: str, views: dict[str, str], calling: set[str], needed: list[str]) -> None:
    """Adds the views a text names, those they read first."""
    for name in sorted(_names(text, calling)):
        if name not in needed:
            _add_needed(_query_of(views[name]), views, calling - {name}, needed)
            needed.append(name)


def _names(text: str, names: set[str]) -> set[str]:
    return {name for name in names if re.search(rf"(?i)(?<![\w$]){re.escape(name)}(?![\w$])", text)}


def common_tables(text: str) -> set[str]:
    """The names that WITH may give to queries in the text, in lower case."""
    if "with" not in text.lower():
        return set()
    return {unquote(match[1]).lower() for match in _COMMON_TABLE.finditer(text)}


def definition_before(text: str, place: int) -> int:
    """Where in a WITH the last definition begins that does so before a place; 0 where none does."""
    begins = (match.start() for match in _COMMON_TABLE.finditer(text, 0, place))
    return max(begins, default=0)


def _check_names(view: str, captured: set[str]) -> None:
    for name in captured:
        raise StatementError(
            f"the query calls something {name}, and view {view} reads a table of that name",
            hint=f"give {name} another name in WITH",
        )


def _query_of(sql: str) -> str:
    match = _VIEW.match(f" {sql}")
    return sql if match is None else sql[match.end() - 1 :]


def _common_table(name: str, sql: str) -> str:
    match = _VIEW.match(f" {sql}")
    columns = (match["columns"] or "") if match is not None else ""
    return f"{quoted(name)}{columns} AS ({_query_of(sql)}\n)"
