"""What is ours inside a query: AI calls and the conditions they stand in, lists, and json literals.

A query stays the text the user wrote; these values only know the places in it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from aisql.errors import Span
from aisql.syntax.clock import MomentKind
from aisql.syntax.flink import Replacement
from aisql.syntax.volume_nodes import VolumeNode

Kind = Literal["expression", "model", "table", "descriptor", "image"]


@dataclass(frozen=True, slots=True)
class Argument:
    """One argument of a call of ours.

    `nodes` are the parts of ours inside it. `keyword` is the name before `=>`, upper-case. `names` are, for
    MODEL and TABLE, the parts of the name that follows, and for DESCRIPTOR the columns. `parts` are those of
    `(text AS prompt, url AS image)`, each with its name as keyword.
    """

    span: Span
    nodes: tuple[Node, ...] = ()
    keyword: str | None = None
    kind: Kind = "expression"
    names: tuple[str, ...] = ()
    parts: tuple[Argument, ...] = ()


@dataclass(frozen=True, slots=True)
class Call:
    """A call of an AI function.

    `level` is its place in the order of evaluation, counted from 0. The same call written twice in one query
    block (in GROUP BY and in SELECT, say) is one call, at the first of its places. One that `repeats` stands
    in the part of a recursive query that is run again on its own rows. One that is `late` stands in the
    SELECT list of a query that sorts and cuts its rows: it is needed only for the rows that are left.
    `filter` is the FILTER (WHERE ...) behind it, for which there is no keyword.
    """

    name: str
    arguments: tuple[Argument, ...]
    span: Span
    level: int
    repeats: bool = False
    late: bool = False
    filter: Argument | None = None


@dataclass(frozen=True, slots=True)
class TableCall:
    """A call that stands in FROM as a table, with the words around it: `LATERAL TABLE(...) AS t(a, b)`.

    `columns` are its new names for the columns, and `alias` its own, as it is written; both are empty where
    SQLite reads the alias. `arguments` is one: the call.
    """

    span: Span
    arguments: tuple[Argument, ...]
    alias: str = ""
    columns: tuple[str, ...] = ()

    @property
    def call(self) -> Call:
        """The call itself."""
        call = self.arguments[0].nodes[0]
        assert isinstance(call, Call)  # noqa: S101 # nothing else is put there
        return call


@dataclass(frozen=True, slots=True)
class SearchCall:
    """A call in FROM that asks no model: VECTOR_SEARCH.

    `span` holds the words around it too; `alias` and `columns` are as those of a TableCall.
    """

    name: str
    arguments: tuple[Argument, ...]
    span: Span
    call_span: Span
    alias: str = ""
    columns: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ListLiteral:
    """`ARRAY(...)`, `ARRAY[...]` or `MAP[...]`."""

    kind: Literal["array", "map"]
    arguments: tuple[Argument, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class JsonLiteral:
    """`json '{...}'`; `string` is the place of the SQL string after the word."""

    span: Span
    string: Span


@dataclass(frozen=True, slots=True)
class Condition:
    """The condition of a WHERE, ON or HAVING with an AI call in it.

    Of a chain of AND `cheap` are the parts without an AI call, `dear` those with one, both in the order of
    the text. `plain` are those that use MATCH, with or without a call, which SQLite takes only as they stand
    in the chain. Any other condition is one dear part. What stands before and behind the condition may
    follow without a space: `WHERE(a)AND(b)ORDER BY`.

    `clause` is the word before it, upper-case. `block` is the number of the FROM clause whose rows it is
    about, as its EndOfFrom has it. It is None where there is none: in HAVING and FILTER, where nothing is
    joined, and in the brackets of `FROM (a JOIN b ON ...)`. Such a condition is told only where it is a
    chain of two parts or more.
    """

    cheap: tuple[Argument, ...]
    dear: tuple[Argument, ...]
    span: Span
    clause: str
    plain: tuple[Argument, ...] = ()
    block: int | None = None

    @property
    def arguments(self) -> tuple[Argument, ...]:
        """All parts in the order of the text."""
        return tuple(sorted((*self.cheap, *self.dear, *self.plain), key=lambda part: part.span))


@dataclass(frozen=True, slots=True)
class EndOfFrom:
    """The end of the FROM clause of a block whose conditions hold AI calls.

    SQLite evaluates a condition in the loop of the last table it names: before the joins that come later in
    FROM. What names a source put in here waits for them all.

    `span` is empty, just behind the last element of the clause. `block` is the number that each Condition
    about its rows repeats. `sources` are all it reads, and before them the table UPDATE changes: the last
    part of the name of a table, view or common table expression, without its quotes and in the letters of
    the text; '' for anything else, such as a sub-query, joins in brackets or a table function.
    `has_outer_join` tells whether one of its joins is LEFT, RIGHT or FULL.
    """

    span: Span
    block: int
    sources: tuple[str, ...]
    has_outer_join: bool


@dataclass(frozen=True, slots=True)
class Truth:
    """An expression of AND and OR with an AI call in it whose value is wanted: SQLite evaluates all of it.

    `arguments` is one: the expression, with the nodes inside it.
    """

    span: Span
    arguments: tuple[Argument, ...]


@dataclass(frozen=True, slots=True)
class Moment:
    """A place where SQLite would read the clock, in a statement with an AI call; not in a view or trigger.

    `kind` tells what stands there: the string 'now' as the time of a function of time; nothing between the
    brackets of one, "empty", or behind the format of strftime, "format"; CURRENT_TIMESTAMP, CURRENT_DATE or
    CURRENT_TIME.
    """

    span: Span
    kind: MomentKind


@dataclass(frozen=True, slots=True)
class Cast:
    """`TRY_CAST(value AS type)`, which gives NULL where it cannot, or a CAST to a type SQLite does not know.

    `arguments` is one, the value; `type` is as DESCRIBE prints it.
    """

    span: Span
    arguments: tuple[Argument, ...]
    type: str
    tries: bool


Node: TypeAlias = (
    Call
    | TableCall
    | SearchCall
    | ListLiteral
    | JsonLiteral
    | Condition
    | EndOfFrom
    | Truth
    | Moment
    | VolumeNode
    | Cast
    | Replacement
)


@dataclass(frozen=True, slots=True)
class Survey:
    """Where a query that sorts and cuts its rows can be asked which calls its surviving rows need.

    `start` is the offset of the query: its SELECT, or the WITH before it, behind INSERT INTO t (a) or CREATE
    TABLE t AS; a WITH before INSERT belongs to it too. `end` is the offset just behind the last column of its
    SELECT. `items` are the columns that hold late calls, without the names they are given.
    """

    start: int
    end: int
    items: tuple[Argument, ...]


@dataclass(frozen=True, slots=True)
class Query:
    """A statement of SQLite's with what is ours in it, in the order of the text.

    `verb` is what the statement does, upper-case: SELECT, INSERT, CREATE, ...; `verb_span` its place.
    `changing` is the place of a function whose value is never the same twice, such as `random()`. There is a
    `survey` where a call is late. `cut` are the places of calls that are computed for rows which may be cut
    and that are not late: they stand in a sub-query, say.
    """

    text: str
    nodes: tuple[Node, ...]
    verb: str
    verb_span: Span
    changing: Span | None = None
    survey: Survey | None = None
    cut: tuple[Span, ...] = ()

    def calls(self) -> Iterator[Call]:
        """Every AI call, in the order of evaluation."""
        return iter(sorted(calls_in(self.nodes), key=lambda call: call.level))


def walk(nodes: Sequence[Node]) -> Iterator[Node]:
    """The nodes and all inside them, in the order of the text."""
    for node in nodes:
        yield node
        if not isinstance(node, JsonLiteral | EndOfFrom | Moment | VolumeNode | Replacement):
            for argument in node.arguments:
                yield from walk(argument.nodes)
        if isinstance(node, Call) and node.filter is not None:
            yield from walk(node.filter.nodes)


def calls_in(nodes: Sequence[Node]) -> Iterator[Call]:
    """The AI calls among the nodes and inside them, in the order of the text."""
    return (node for node in walk(nodes) if isinstance(node, Call))
