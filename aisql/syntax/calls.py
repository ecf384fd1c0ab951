"""What is ours inside a query: AI calls, ARRAY and MAP lists, json literals, and the order of evaluation.

A query stays the text the user wrote; this module only knows the places in it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from lark import Token, Tree

from aisql.errors import Span, SyntaxProblem
from aisql.syntax.order import Turn, inner, is_function, text_of, trees, turns, verb_of
from aisql.syntax.tokens import Element, span_of, unquote

Kind = Literal["expression", "model", "table", "descriptor"]


@dataclass(frozen=True, slots=True)
class Argument:
    """One argument of a call of ours.

    `nodes` are the parts of ours inside it. `keyword` is the name before `=>`, upper-case. `names` are, for
    MODEL and TABLE, the parts of the name that follows, and for DESCRIPTOR the columns.
    """

    span: Span
    nodes: tuple[Node, ...] = ()
    keyword: str | None = None
    kind: Kind = "expression"
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Call:
    """A call of an AI function.

    `level` is its place in the order of evaluation, counted from 0. The same call written twice in one query
    block (in GROUP BY and in SELECT, say) is one call, at the first of its places. One that `repeats` stands
    in the part of a recursive query that is run again on its own rows.
    """

    name: str
    arguments: tuple[Argument, ...]
    span: Span
    level: int
    repeats: bool = False


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


Node: TypeAlias = Call | ListLiteral | JsonLiteral


@dataclass(frozen=True, slots=True)
class Query:
    """A statement of SQLite's with what is ours in it, in the order of the text.

    `verb` is what the statement does, upper-case: SELECT, INSERT, CREATE, ...; `verb_span` its place.
    `changing` is the place of a function whose value is never the same twice, such as `random()`.
    """

    text: str
    nodes: tuple[Node, ...]
    verb: str
    verb_span: Span
    changing: Span | None = None

    def calls(self) -> Iterator[Call]:
        """Every AI call, in the order of evaluation."""
        return iter(sorted(_calls(self.nodes), key=lambda call: call.level))


def _calls(nodes: Sequence[Node]) -> Iterator[Call]:
    for node in nodes:
        if isinstance(node, Call):
            yield node
        if not isinstance(node, JsonLiteral):
            for argument in node.arguments:
                yield from _calls(argument.nodes)


# ---------------------------------------------------------------- building

_CHANGING = frozenset(("RANDOM", "RANDOMBLOB"))


def build_query(text: str, tree: Tree[Token], functions: Collection[str]) -> Query:
    """The query for a tree of the grammar's rule `query`."""
    elements = tree.children
    builder = _Builder(text, functions, turns(text, elements, functions))
    verb = verb_of(elements)
    name = verb.upper() if verb is not None else ""
    span = Span(verb.start_pos, verb.end_pos) if verb is not None else Span(0, 0)
    changing = (span_of(tree) for tree in trees(elements) if _call_name(tree) in _CHANGING)
    return Query(text, builder.nodes(elements), name, span, next(changing, None))


class _Builder:
    def __init__(self, text: str, functions: Collection[str], turn_of: Mapping[int, Turn]) -> None:
        self._text = text
        self._functions = functions
        self._turns = turn_of

    def nodes(self, elements: Sequence[Element]) -> tuple[Node, ...]:
        return tuple(node for index in range(len(elements)) for node in self._of(elements, index))

    def _of(self, elements: Sequence[Element], index: int) -> Iterator[Node]:
        element = elements[index]
        if isinstance(element, Token):
            if element.type == "JSON_LITERAL":
                yield self._json(element)
            return
        name = str(element.children[0]).lower() if is_function(elements, index) else ""
        if element.data == "list" or name == "array":
            yield self._list(element)
        elif name in self._functions:
            yield self._call(element, name)
        else:
            yield from self.nodes(inner(element))

    def _json(self, token: Token) -> JsonLiteral:
        start, end = token.start_pos or 0, token.end_pos or 0
        return JsonLiteral(Span(start, end), Span(start + token.index("'"), end))

    def _list(self, tree: Tree[Token]) -> ListLiteral:
        kind: Literal["array", "map"] = "map" if str(tree.children[0]).lower().startswith("map") else "array"
        return ListLiteral(kind, self._arguments(tree), span_of(tree))

    def _call(self, tree: Tree[Token], name: str) -> Call:
        turn = self._turns[tree.meta.start_pos]
        return Call(name, self._arguments(tree), span_of(tree), turn.level, turn.repeats)

    def _arguments(self, tree: Tree[Token]) -> tuple[Argument, ...]:
        arguments = (child for child in tree.children if isinstance(child, Tree) and child.data == "argument")
        return tuple(self._argument(argument) for argument in arguments)

    def _argument(self, tree: Tree[Token]) -> Argument:
        elements, keyword = tree.children, None
        if len(elements) > 1 and text_of(elements[1]) == "=>":
            keyword, elements = text_of(elements[0]).upper(), elements[2:]
            if not elements:
                raise SyntaxProblem(f"nothing follows '{keyword} =>'", span=span_of(tree))
        span = Span(span_of(elements[0]).start, span_of(elements[-1]).end)
        word = text_of(elements[0]).upper()
        if word in {"MODEL", "TABLE"} and len(elements) > 1 and (names := _names(elements[1:])) is not None:
            return Argument(span, (), keyword, "model" if word == "MODEL" else "table", names)
        if len(elements) == 1 and isinstance(elements[0], Tree) and _call_name(elements[0]) == "DESCRIPTOR":
            return Argument(span, (), keyword, "descriptor", _columns(elements[0]))
        return Argument(span, self.nodes(elements), keyword)


def _call_name(tree: Tree[Token]) -> str:
    return str(tree.children[0]).upper() if tree.data == "call" else ""


def _names(elements: Sequence[Element]) -> tuple[str, ...] | None:
    """The parts of `a.b.c`, or None when the elements are no name."""
    texts = [text_of(element) for element in elements]
    dots, names = texts[1::2], texts[::2]
    is_name = len(texts) % 2 == 1 and all(dot == "." for dot in dots)
    return tuple(map(unquote, names)) if is_name and all(map(_is_name, names)) else None


def _is_name(text: str) -> bool:
    first = text[:1]
    return first in {"`", '"', "[", "_"} or first.isalpha() or not first.isascii()


def _columns(call: Tree[Token]) -> tuple[str, ...]:
    columns = []
    for child in call.children:
        if isinstance(child, Tree) and child.data == "argument":
            names = _names(child.children)
            if names is None or len(names) != 1:
                raise SyntaxProblem("DESCRIPTOR takes the names of columns", span=span_of(child))
            columns.append(names[0])
    return tuple(columns)
