"""Finds what is ours in the tree of a query."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import chain
from typing import Literal

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
    calls_in,
)
from aisql.syntax.clock import moments
from aisql.syntax.columns import alias_of, parted, selected
from aisql.syntax.conditions import conditions, conjuncts, uses_match
from aisql.syntax.flink import cast_parts, moment
from aisql.syntax.flink_tables import TypeAt, definitions
from aisql.syntax.lateral import SEARCHES, join_before, lateral
from aisql.syntax.order import Turn, turns
from aisql.syntax.sources import FromClause, from_clauses
from aisql.syntax.tokens import Element, span_of, unquote
from aisql.syntax.values import belongs_to_condition, is_expression, is_joined, operand, runs, takes_values
from aisql.syntax.volume_nodes import named_volume, volume_source

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
    cut = (call.span for call in calls_in(nodes) if turn_of[call.span.start].cut)
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
        late = (one for one in arguments if any(call.late for call in calls_in(one.nodes)))
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
                yield from join_before(elements, start)
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
        return (Truth(span, (Argument(span, nodes),)),) if any(calls_in(nodes)) else nodes

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
            asks = any(calls_in(argument.nodes)) or any(identifier(tree) in named for tree in trees(part))
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
            yield from join_before(elements, index)
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
        """Those of `(text AS prompt, url AS image)` (Singdata) in any order; none where a bracket is anything
        else."""
        if not isinstance(element, Tree) or element.data != "group":
            return ()
        row = inner(element)
        commas = [index for index, each in enumerate(row) if text_of(each) == ","]
        bounds = zip([0, *(comma + 1 for comma in commas)], [*commas, len(row)], strict=True)
        parts = [row[start:end] for start, end in bounds]
        if not all(len(part) > 2 and name_of(part[-2]) == "AS" and text_of(part[-1]) for part in parts):
            return ()
        names = [unquote(text_of(part[-1])).upper() for part in parts]
        if sorted(names) not in (["IMAGE", "PROMPT"], ["IMAGE"]):
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
