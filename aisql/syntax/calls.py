"""What is ours inside a query: AI calls and the conditions they stand in, lists, and json literals.

A query stays the text the user wrote; this module only knows the places in it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from typing import Literal, TypeAlias

from lark import Token, Tree

from aisql.errors import Span, SyntaxProblem
from aisql.syntax.arguments import columns_in, names_in, texts_in_brackets
from aisql.syntax.blocks import (
    arguments_of,
    clauses_of,
    identifier,
    inner,
    is_call,
    is_function,
    name_of,
    text_of,
    trees,
    verb_of,
)
from aisql.syntax.clock import MomentKind, moments
from aisql.syntax.columns import alias_of, parted, selected
from aisql.syntax.conditions import conditions, conjuncts, uses_match
from aisql.syntax.flink import Replacement, cast_parts, moment
from aisql.syntax.flink_tables import TypeAt, definitions
from aisql.syntax.lateral import SEARCHES, lateral
from aisql.syntax.order import Turn, turns
from aisql.syntax.sources import FromClause, from_clauses
from aisql.syntax.tokens import Element, span_of
from aisql.syntax.values import belongs_to_condition, is_expression, is_joined, operand, runs, takes_values
from aisql.syntax.volume_nodes import VolumeNode, named_volume, volume_source

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
        return iter(sorted(_calls(self.nodes), key=lambda call: call.level))


def walk(nodes: Sequence[Node]) -> Iterator[Node]:
    """The nodes and all inside them, in the order of the text."""
    for node in nodes:
        yield node
        if not isinstance(node, JsonLiteral | EndOfFrom | Moment | VolumeNode | Replacement):
            for argument in node.arguments:
                yield from walk(argument.nodes)
        if isinstance(node, Call) and node.filter is not None:
            yield from walk(node.filter.nodes)


def _calls(nodes: Sequence[Node]) -> Iterator[Call]:
    return (node for node in walk(nodes) if isinstance(node, Call))


# ---------------------------------------------------------------- building

_CHANGING = frozenset(("RANDOM", "RANDOMBLOB"))


def build_query(text: str, tree: Tree[Token], functions: Collection[str], type_at: TypeAt) -> Query:
    """The query for a tree of the grammar's rule `query`."""
    elements = tree.children
    turn_of = turns(text, elements, functions)
    verb = verb_of(elements)
    builder = _Builder(
        text, functions, turn_of, type_at, reads_clock=bool(turn_of) and not _is_kept(elements)
    )
    written = definitions(text, elements, type_at)
    nodes = tuple(sorted((*builder.nodes(elements), *written), key=lambda node: node.span))
    name = verb.upper() if verb is not None else ""
    span = Span(verb.start_pos, verb.end_pos) if verb is not None else Span(0, 0)
    changing = (span_of(tree) for tree in trees(elements) if _call_name(tree) in _CHANGING)
    survey = builder.survey(elements) if any(turn.late for turn in turn_of.values()) else None
    cut = (call.span for call in _calls(nodes) if turn_of[call.span.start].cut)
    return Query(text, nodes, name, span, next(changing, None), survey, tuple(sorted(cut)))


class _Builder:
    def __init__(
        self,
        text: str,
        functions: Collection[str],
        turn_of: Mapping[int, Turn],
        type_at: TypeAt,
        *,
        reads_clock: bool,
    ) -> None:
        self._text = text
        self._functions = functions
        self._turns = turn_of
        self._type_at = type_at
        self._reads_clock = reads_clock

    def nodes(self, elements: Sequence[Element], *, holds: bool = False) -> tuple[Node, ...]:
        """What is ours in a row of elements; it `holds` where the row is a condition."""
        places = list(conditions(elements))
        ends = [(one, _end_of_from(one, elements)) for one in (from_clauses(elements) if places else ())]
        found: list[Node] = []
        position = 0
        for start, end in places:
            around = (number.block for one, number in ends if one.start < start <= one.block_end)
            clause = name_of(elements[start - 1])
            found += self._between(elements, position, start, holds=holds)
            block = None if clause == "HAVING" else next(around, None)
            found += self._condition(elements[start:end], clause, block, self._named(elements))
            position = end
        found += self._between(elements, position, len(elements), holds=holds)
        used = {node.block for node in found if isinstance(node, Condition)}
        found += (end_of_from for _, end_of_from in ends if end_of_from.block in used)
        return tuple(sorted(found, key=lambda node: node.span))

    def survey(self, elements: Sequence[Element]) -> Survey:
        """That of a query which can be surveyed and has late calls."""
        items = selected(elements, clauses_of(elements))[0]
        heads = (element for element in elements if name_of(element) in {"WITH", "SELECT"})
        verb = verb_of(elements)
        behind = 0 if verb is None or verb.upper() == "SELECT" else verb.end_pos or 0
        start = next(place for head in heads if (place := span_of(head).start) >= behind)
        columns = (elements[first : first + parted(elements[first:end])[0]] for first, end in items)
        arguments = (Argument(_span(column), self._value(column)) for column in columns)
        late = (one for one in arguments if any(call.late for call in _calls(one.nodes)))
        return Survey(start, span_of(elements[items[-1][1] - 1]).end, tuple(late))

    def _between(self, elements: Sequence[Element], start: int, end: int, *, holds: bool) -> Iterator[Node]:
        is_block, run_at = verb_of(elements) is not None, runs(elements)
        while start < end:
            run = run_at.get(start)
            if run is not None and run.rest <= end:
                part = elements[run.start : run.end]
                yield from self.nodes(part, holds=True) if run.holds else self._value(part)
                start = run.rest
            elif (table := self._table(elements, start)) is not None:
                yield table[0]
                start = table[1]
            elif (call := self._gathering(elements, start)) is not None:
                yield call
                start += 2
            elif (source := volume_source(elements, start)) is not None:
                node, length = source
                yield node
                start += length
            else:
                yield from self._of(elements, start, is_block=is_block, holds=holds)
                start += 1

    def _table(self, elements: Sequence[Element], index: int) -> tuple[TableCall | SearchCall, int] | None:
        """The table that a call is at this place, and the place after it."""
        found = lateral(elements, index)
        if found is None:
            return None
        span = _span(elements[index : found.end])
        name = str(found.call.children[0]).lower()
        if name in SEARCHES:
            arguments, place = self._arguments(found.call), span_of(found.call)
            return SearchCall(name, arguments, span, place, found.alias, found.columns), found.end
        if name not in self._functions:
            return None
        call = self._call(found.call, name)
        return TableCall(span, (Argument(call.span, (call,)),), found.alias, found.columns), found.end

    def _gathering(self, elements: Sequence[Element], index: int) -> Call | None:
        """The call of an aggregate at this place that has a FILTER behind it."""
        element, name = elements[index], name_of(elements[index]).lower()
        following = elements[index + 1] if index + 1 < len(elements) else None
        if following is None or name_of(following) != "FILTER" or not is_call(following):
            return None
        if name not in self._functions or not isinstance(element, Tree) or not is_function(elements, index):
            return None
        call, span = self._call(element, name), span_of(following)
        kept = Argument(span, self.nodes(inner(following)))
        return replace(call, span=Span(call.span.start, span.end), filter=kept)

    def _value(self, elements: Sequence[Element]) -> tuple[Node, ...]:
        """What is ours in an expression whose value is wanted."""
        if not is_joined(elements):
            return self.nodes(elements)
        nodes, span = self.nodes(elements, holds=True), _span(elements)
        return (Truth(span, (Argument(span, nodes),)),) if any(_calls(nodes)) else nodes

    def _operand(self, elements: Sequence[Element]) -> tuple[Node, ...]:
        """What is ours in an argument."""
        end = operand(elements)
        return (*self._value(elements[:end]), *self.nodes(elements[end:]))

    def _named(self, elements: Sequence[Element]) -> frozenset[str]:
        """The names of columns of SELECT that hold an AI call: in a condition they stand for it."""
        items = chain.from_iterable(selected(elements, clauses_of(elements)).values())
        columns = [elements[start:end] for start, end in items]
        calling = [column for column in columns if any(self._is_call(tree) for tree in trees(column))]
        return frozenset(name for column in calling if (name := alias_of(column)) is not None)

    def _is_call(self, tree: Tree[Token]) -> bool:
        return tree.data == "call" and str(tree.children[0]).lower() in self._functions

    def _condition(
        self, elements: Sequence[Element], clause: str, block: int | None, named: frozenset[str]
    ) -> tuple[Node, ...]:
        cheap: list[Argument] = []
        dear: list[Argument] = []
        plain: list[Argument] = []
        parts = conjuncts(elements)
        if not all(parts):  # AND with nothing beside it: SQLite tells what is wrong
            return self.nodes(elements)
        for part in parts:
            argument = Argument(_span(part), self.nodes(part, holds=True))
            asks = any(_calls(argument.nodes)) or any(identifier(tree) in named for tree in trees(part))
            kind = plain if uses_match(part) else dear if asks else cheap
            kind.append(argument)
        condition = Condition(tuple(cheap), tuple(dear), _span(elements), clause, tuple(plain), block)
        if dear and (len(parts) > 1 or block is not None):
            return (condition,)
        return tuple(node for argument in condition.arguments for node in argument.nodes)

    def _of(self, elements: Sequence[Element], index: int, *, is_block: bool, holds: bool) -> Iterator[Node]:
        element = elements[index]
        if isinstance(element, Token):
            if element.type == "JSON_LITERAL":
                yield self._json(element)
            elif element.type == "TIME_LITERAL":
                yield moment(element)
            return
        name = str(element.children[0]).lower() if is_function(elements, index) else ""
        if element.data == "list" or name == "array":
            yield self._list(element)
        elif name in self._functions and span_of(element).start in self._turns:
            yield self._call(element, name)
        elif (parts := cast_parts(name, element)) is not None:
            yield self._cast(element, name, *parts)
        else:
            if name == "get_presigned_url":
                yield from named_volume(element)
            if self._reads_clock:
                yield from (Moment(span, kind) for span, kind in moments(elements, index))
            inside = inner(element)
            if name and takes_values(element, inside):
                for argument in arguments_of(element):
                    part = argument.children
                    yield from self._operand(part) if is_joined(part) else self.nodes(part)
            elif element.data != "group" or is_block:
                yield from self.nodes(inside)
            elif holds and belongs_to_condition(elements, index):
                yield from self.nodes(inside, holds=True)
            elif is_joined(inside) and is_expression(inside):
                yield from self._value(inside)
            else:
                yield from self.nodes(inside)

    def _json(self, token: Token) -> JsonLiteral:
        start, end = token.start_pos or 0, token.end_pos or 0
        return JsonLiteral(Span(start, end), Span(start + token.index("'"), end))

    def _list(self, tree: Tree[Token]) -> ListLiteral:
        kind: Literal["array", "map"] = "map" if str(tree.children[0]).lower().startswith("map") else "array"
        return ListLiteral(kind, self._arguments(tree), span_of(tree))

    def _call(self, tree: Tree[Token], name: str) -> Call:
        turn = self._turns[tree.meta.start_pos]
        return Call(name, self._arguments(tree), span_of(tree), turn.level, turn.repeats, turn.late)

    def _cast(self, tree: Tree[Token], name: str, value: Sequence[Element], type_: Span) -> Cast:
        argument = Argument(_span(value), self._value(value))
        return Cast(span_of(tree), (argument,), self._type_at(type_), name == "try_cast")

    def _arguments(self, tree: Tree[Token]) -> tuple[Argument, ...]:
        return tuple(self._argument(argument) for argument in arguments_of(tree))

    def _argument(self, tree: Tree[Token]) -> Argument:
        elements, keyword = tree.children, None
        if len(elements) > 1 and text_of(elements[1]) == "=>":
            keyword, elements = text_of(elements[0]).upper(), elements[2:]
            if not elements:
                raise SyntaxProblem(f"nothing follows '{keyword} =>'", span=span_of(tree))
        span = _span(elements)
        word = text_of(elements[0]).upper()
        if word in {"MODEL", "TABLE"} and len(elements) > 1 and (names := names_in(elements[1:])) is not None:
            return Argument(span, (), keyword, "model" if word == "MODEL" else "table", names)
        if len(elements) == 1 and isinstance(elements[0], Tree) and _call_name(elements[0]) == "DESCRIPTOR":
            return Argument(span, (), keyword, "descriptor", columns_in(elements[0]))
        if len(elements) == 1 and (parts := self._parts_of_image(elements[0])):
            nodes = tuple(node for part in parts for node in part.nodes)
            return Argument(span, nodes, keyword, "image", parts=parts)
        if strings := texts_in_brackets(elements):
            return Argument(span, (ListLiteral("array", tuple(map(Argument, strings)), span),), keyword)
        return Argument(span, self._operand(elements) if keyword is None else self.nodes(elements), keyword)

    def _parts_of_image(self, element: Element) -> tuple[Argument, ...]:
        """Those of `(text AS prompt, url AS image)` (Singdata); none where a bracket is anything else."""
        if not isinstance(element, Tree) or element.data != "group":
            return ()
        row = inner(element)
        commas = [index for index, each in enumerate(row) if text_of(each) == ","]
        bounds = zip([0, *(comma + 1 for comma in commas)], [*commas, len(row)], strict=True)
        parts = [row[start:end] for start, end in bounds]
        if not all(len(part) > 2 and name_of(part[-2]) == "AS" for part in parts):
            return ()
        names = [text_of(part[-1]).upper() for part in parts]
        if names not in (["PROMPT", "IMAGE"], ["IMAGE"]):
            return ()
        named = zip(names, (part[:-2] for part in parts), strict=True)
        return tuple(Argument(_span(part), self._operand(part), name) for name, part in named)


def _is_kept(elements: Sequence[Element]) -> bool:
    """Whether SQLite keeps the statement's text, to run it later: CREATE VIEW and CREATE TRIGGER."""
    names = [name_of(element) for element in elements[:5]]
    return "CREATE" in names and not {"VIEW", "TRIGGER"}.isdisjoint(names[: names.index("CREATE") + 3])


def _end_of_from(clause: FromClause, elements: Sequence[Element]) -> EndOfFrom:
    # No two clauses end at one offset, so it is the number; the same one whichever part of a query is read.
    offset = span_of(elements[clause.end - 1]).end
    return EndOfFrom(Span(offset, offset), offset, clause.sources, clause.has_outer_join)


def _span(elements: Sequence[Element]) -> Span:
    return Span(span_of(elements[0]).start, span_of(elements[-1]).end)


def _call_name(tree: Tree[Token]) -> str:
    return str(tree.children[0]).upper() if tree.data == "call" else ""
