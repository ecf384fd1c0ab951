"""From the query a user wrote to the one SQLite runs.

Every AI call becomes a call of one SQL function that knows its place, `aisql_call(17, ...)`; ARRAY, MAP and
json literals become SQLite's JSON functions. The way back is kept: names of columns and places of errors
are those of the text the user wrote.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from aisql.engine.casts import cast
from aisql.engine.last import LAST_COLUMN, LAST_TABLE
from aisql.engine.models import ModelUse
from aisql.engine.sql import Sql, listed, sql
from aisql.engine.surroundings import Surroundings
from aisql.engine.views import definition_before
from aisql.errors import AisqlError, Span, SyntaxProblem
from aisql.functions.base import Function
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
    Survey,
    TableCall,
    Truth,
    walk,
)
from aisql.syntax.flink import Replacement
from aisql.syntax.volume_nodes import VolumeNode

CALL_FUNCTION = "aisql_call"
NOTE_FUNCTION = "aisql_note"
ROW_FUNCTION = "aisql_row"
_NOTHING_DEFINED = frozenset(("WITH", "WITH RECURSIVE"))
_MOST_ARGUMENTS = 100
"""Fewer than any SQLite takes in one call."""
_NUMBER = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?")
_DEEPEST = 4
"""Values of AND and OR inside each other that are written so; the text doubles with each."""


@dataclass(frozen=True, slots=True)
class Site:
    """One place in one statement where a function is called.

    `model` is None where the first argument names it for every row anew; `concurrency` and `timeout` are
    those the place asks for, None where it asks for none. Where it is `pictured` the first two values after
    the model are a prompt and the address of an image.
    """

    function: Function
    call: Call
    model: ModelUse | None = None
    concurrency: int | None = None
    timeout: float | None = None
    pictured: bool = False


@dataclass(slots=True)
class Rewriter:
    """Rewrites one query.

    `identities` gives numbers no other statement of the session uses; `around` knows what the statement finds
    around it; `moment` is the time, in UTC, that it takes for now.
    """

    query: Query
    identities: Iterator[int]
    around: Surroundings
    moment: datetime
    sites: dict[int, Site] = field(default_factory=dict)
    _written: dict[str, str] = field(default_factory=dict)
    _identities_by_place: dict[tuple[int, str], int] = field(default_factory=dict)
    _joins: dict[int, bool] = field(default_factory=dict)
    _on: dict[int, list[Argument]] = field(default_factory=dict)
    _function: str = CALL_FUNCTION
    _depth: int = 0

    def sql(self) -> Sql:
        """The SQL for the whole query."""
        ends = (node for node in walk(self.query.nodes) if isinstance(node, EndOfFrom))
        self._on = {}
        self._joins = {end.block: end.has_outer_join for end in ends if self._is_join(end)}
        return self._rewritten(Span(0, len(self.query.text)), self.query.nodes)

    def survey(self, survey: Survey) -> Sql:
        """The SQL that gives, as a further column, the late calls each row needs.

        SQLite computes a row's columns before it sorts and cuts, and arguments before the call they are for:
        what was noted since the row before belongs to the row.
        """
        self._function = NOTE_FUNCTION
        items = listed([self.argument(item) for item in survey.items])
        self._function = CALL_FUNCTION
        spans = [item.span for item in survey.items]
        others = [
            node
            for node in self.query.nodes
            if not any(span.start <= node.span.start and node.span.end <= span.end for span in spans)
        ]
        parts = sorted([*others, *survey.items], key=lambda part: part.span)
        whole = self._rewritten(Span(0, len(self.query.text)), parts)
        columns, rest = self.query_part(whole, survey).split_at(survey.end)
        return sql(columns, f", {ROW_FUNCTION}({next(iter(self.sites))}, ", items, ")", rest)

    def query_part(self, whole: Sql, survey: Survey) -> Sql:
        """The query in a statement: without INSERT INTO t, with the WITH before it."""
        _, query = whole.split_at(survey.start)
        if survey.start <= self.query.verb_span.start:
            return query
        return sql(whole.split_at(self.query.verb_span.start)[0], query)

    def _rewritten(self, span: Span, nodes: Sequence[Node | Argument]) -> Sql:
        pieces: list[Sql] = []
        position = span.start
        for node in nodes:
            pieces += [self._as_written(Span(position, node.span.start)), self._render(node)]
            position = node.span.end
        return sql(*pieces, self._as_written(Span(position, span.end)))

    def _as_written(self, span: Span) -> Sql:
        return Sql(((self.query.text[span.start : span.end], span.start),))

    def name_of(self, column: str) -> str:
        """The name the column has in the text the user wrote."""
        for fragment, written in reversed(self._written.items()):  # outer calls are rendered after inner ones
            column = column.replace(fragment, written)
        return column

    def _render(self, node: Node | Argument) -> Sql:
        match node:
            case Argument():  # of a survey, where nobody looks at it
                return sql("NULL")
            case JsonLiteral():
                fragment = self._json(node)
            case ListLiteral():
                fragment = self._list(node)
            case Condition():
                fragment = self._condition(node)
            case EndOfFrom():
                return self._end_of_from(node)
            case Truth():
                fragment = self._truth(node)
            case Moment():
                fragment = self._moment(node)
            case Cast():
                # The number, as in a list.
                fragment = cast(node, sql(f"/*{next(self.identities)}*/", self.argument(node.arguments[0])))
            case Replacement():
                fragment = sql(f"{node.sql}/*{next(self.identities)}*/")
            case VolumeNode():
                fragment = sql(self.around.volume_sql(node))
            case Call() | TableCall():
                from aisql.engine.call_text import call_text  # needs this module

                fragment = call_text(self, node)
            case SearchCall():
                from aisql.engine.vector_search import search  # as above

                fragment = search(self, node)
        self._written[str(fragment)] = self.query.text[node.span.start : node.span.end]
        return fragment

    def argument(self, argument: Argument) -> Sql:
        """The SQL for one argument."""
        return self._rewritten(argument.span, argument.nodes)

    def columns(self, source: Sql, place: Span) -> tuple[str, ...] | None:
        """The columns of what stands in a FROM clause at the place, None where nobody can tell."""
        end = self.query.verb_span.start if self.query.text[:4].upper() == "WITH" else 0
        if place.start < end:  # what stands in WITH sees the definitions before it
            end = definition_before(self.query.text, place.start)
        nodes = [node for node in self.query.nodes if node.span.end <= end]
        head = str(self._rewritten(Span(0, end), nodes)).rstrip().removesuffix(",")
        head = "" if head.upper() in _NOTHING_DEFINED else head
        return self.around.columns(f"{head} SELECT * FROM {source} LIMIT 0")

    def model(self, argument: Argument, function: Function) -> ModelUse:
        """The model `MODEL name` names."""
        try:
            return self.around.model(argument.names, function)
        except AisqlError as error:
            error.span = error.span or argument.span
            raise

    def add(self, site: Site) -> int:
        """Gives the site its number."""
        identity = next(self.identities)
        self.sites[identity] = site
        return identity

    def name_for(self, call: Call) -> str:
        """The SQL function that stands for the call in what is rewritten now."""
        return self._function if call.late else CALL_FUNCTION

    def identity_of(self, site: Site) -> int:
        """One number for the same call in one block: SQLite compares GROUP BY and SELECT by their text."""
        place = site.call.level, self.query.text[site.call.span.start : site.call.span.end]
        if place not in self._identities_by_place:
            self._identities_by_place[place] = self.add(site)
        return self._identities_by_place[place]

    def _end_of_from(self, node: EndOfFrom) -> Sql:
        """What comes behind every source, where there may be more than one table."""
        if node.block not in self._joins:
            return sql("")
        if self.query.verb == "UPDATE":  # in its FROM clause SQLite finds no hidden column
            fragment = f" CROSS JOIN (SELECT {LAST_COLUMN} FROM {LAST_TABLE}) AS {LAST_TABLE}"
        else:
            fragment = f" CROSS JOIN {LAST_TABLE}"
        self._written[fragment] = ""
        return sql(fragment)

    def _is_join(self, node: EndOfFrom) -> bool:
        """Whether FROM may be a join: a view or a sub-query that SQLite takes apart is one too."""
        return len(node.sources) > 1 or not node.sources[0] or not self.around.is_table(node.sources[0])

    def _condition(self, node: Condition) -> Sql:
        """The cheap conditions, then the calls one by one, each only where all before it hold.

        CASE is what SQLite's planner does not take apart; but it may put a constant in the place of a column
        there, so behind a join the calls wait for a table that comes last.
        """
        first = [self.argument(each) for each in (*node.plain, *node.cheap)]
        dear, guards = list(node.dear), [sql("(", self.argument(each), ")") for each in node.cheap]
        if self._waits(node):
            guards = [sql(f"{LAST_TABLE}.{LAST_COLUMN}")]
            # Both wait for the same row then, and ON comes before WHERE.
            before = self._on.setdefault(node.block or 0, [])
            dear = [*before, *dear]
            if node.clause == "ON":
                before += node.dear
        # Behind WHEN, unlike behind THEN, SQLite evaluates no more of AND and OR than it must.
        whole = sql("1")
        for each in reversed(dear):
            whole = sql("CASE WHEN (", self.argument(each), ") THEN ", whole, " END")
        if guards:
            whole = sql("CASE WHEN ", listed(guards, " AND "), " THEN ", whole, " END")
        return sql(" ", listed([*first, whole], " AND "), " ")

    def _truth(self, node: Truth) -> Sql:
        """The value of AND and OR, evaluated no further than it must be: behind WHEN."""
        self._depth += 1
        value = self.argument(node.arguments[0])
        self._depth -= 1
        if self._depth >= _DEEPEST:
            return value
        return sql("CASE WHEN (", value, ") THEN 1 WHEN NOT (", value, ") THEN 0 END")

    def _moment(self, node: Moment) -> Sql:
        """The time the statement began, the same in every scan."""
        kinds = {"timestamp": "%Y-%m-%d %H:%M:%S", "date": "%Y-%m-%d", "time": "%H:%M:%S"}
        text = self.moment.strftime(kinds.get(node.kind, "%Y-%m-%d %H:%M:%S.%f"))
        text = text if node.kind in kinds else text[:-3]
        comma = ", " if node.kind == "format" else ""
        return sql(f"{comma}'{text}'/*{next(self.identities)}*/")

    def _waits(self, node: Condition) -> bool:
        """Whether the calls of a condition wait for the end of its FROM clause.

        ON of an outer join is about the rows of that join and cannot.
        """
        if node.block is None or node.block not in self._joins:
            return False
        return node.clause == "WHERE" or not self._joins[node.block]

    def _list(self, node: ListLiteral) -> Sql:
        if node.kind == "map" and len(node.arguments) % 2:
            raise SyntaxProblem("MAP takes keys and values in pairs", span=node.span)
        if len(node.arguments) > _MOST_ARGUMENTS and (numbers := self._numbers(node)) is not None:
            return sql(f"json/*{next(self.identities)}*/('[{', '.join(numbers)}]')")
        function = "json_object" if node.kind == "map" else "json_array"
        arguments = listed(map(self.argument, node.arguments))
        # The number makes the fragment one of its kind, so that it can be found again in a column's name.
        return sql(f"{function}/*{next(self.identities)}*/(", arguments, ")")

    def _numbers(self, node: ListLiteral) -> Sequence[str] | None:
        """The members of an array that has only numbers, such as a vector; None for any other list."""
        spans = [member.span for member in node.arguments]
        members = [self.query.text[span.start : span.end] for span in spans]
        return members if node.kind == "array" and all(map(_NUMBER.fullmatch, members)) else None

    def _json(self, node: JsonLiteral) -> Sql:
        string = self.query.text[node.string.start : node.string.end]
        content = string[1:-1].replace("''", "'")
        if not content.lstrip().startswith(("{", "[")):
            return self._as_written(node.span)  # a column named json and its alias
        try:
            json.loads(content)
        except ValueError as error:
            raise SyntaxProblem(f"the json literal is not JSON: {error}", span=node.string) from None
        return sql(f"json/*{next(self.identities)}*/(", self._as_written(node.string), ")")
