"""What is ours inside a query: AI calls, ARRAY and MAP lists, json literals, and the order of evaluation.

A query stays the text the user wrote; this module only knows the places in it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from lark import Token, Tree

from aisql.errors import Span, SyntaxProblem

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
    block (in GROUP BY and in SELECT, say) is one call, at the first of its places.
    """

    name: str
    arguments: tuple[Argument, ...]
    span: Span
    level: int


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

_VERBS = frozenset(("SELECT", "VALUES", "INSERT", "REPLACE", "UPDATE", "DELETE", "CREATE", "PRAGMA"))
# The order in which logical evaluation comes to the clauses of one query block.
_CLAUSES = {
    "WITH": 0,
    "FROM": 1,
    "JOIN": 1,
    "ON": 1,
    "WHERE": 2,
    "GROUP": 3,
    "HAVING": 4,
    "WINDOW": 4,
    "SELECT": 5,
    "SET": 5,
    "VALUES": 5,
    "ORDER": 6,
    "LIMIT": 7,
    "OFFSET": 7,
    "RETURNING": 8,
}
_CHANGING = frozenset(("RANDOM", "RANDOMBLOB"))
_NEXT_BLOCK = frozenset(("UNION", "INTERSECT", "EXCEPT", "CONFLICT"))
_AFTER_INNER = 1 << 30
_PLACE = 3  # how many numbers of a key tell the place in a block: clause, position, and after what is inside

Element: TypeAlias = Tree[Token] | Token
Key: TypeAlias = tuple[int, ...]


def build_query(text: str, tree: Tree[Token], functions: Collection[str]) -> Query:
    """The query for a tree of the grammar's rule `query`."""
    order: dict[int, Key] = {}
    elements = tree.children
    _order(elements, (), functions, order)
    builder = _Builder(text, functions, _levels(text, elements, order))
    verb = _verb(elements)
    name = verb.upper() if verb is not None else ""
    span = Span(verb.start_pos, verb.end_pos) if verb is not None else Span(0, 0)
    changing = (_span(tree) for tree in _trees(elements) if _call_name(tree) in _CHANGING)
    return Query(text, builder.nodes(elements), name, span, next(changing, None))


def _levels(text: str, elements: Sequence[Element], order: Mapping[int, Key]) -> dict[int, int]:
    """The level of every call, by its start; calls with one text in one query block have one level."""
    ends = {_span(call).start: _span(call).end for call in _trees(elements) if call.data == "call"}
    first: dict[tuple[Key, str], Key] = {}
    for start, key in sorted(order.items(), key=lambda item: item[1]):
        first.setdefault((key[:-_PLACE], text[start : ends[start]]), key)
    levels = {key: level for level, key in enumerate(sorted(first.values()))}
    return {start: levels[first[key[:-_PLACE], text[start : ends[start]]]] for start, key in order.items()}


def _trees(elements: Sequence[Element]) -> Iterator[Tree[Token]]:
    for element in elements:
        if isinstance(element, Tree):
            yield from element.iter_subtrees()


def _word(element: Element) -> Token | None:
    """The word an element begins with: a bare word, or the name of a call (`FROM(...)` reads as one)."""
    if isinstance(element, Tree) and element.data in {"token", "call"}:
        token = element.children[0]
        return token if isinstance(token, Token) and token.type in {"WORD", "CALL_NAME"} else None
    return None


def _verb(elements: Sequence[Element]) -> Token | None:
    words = (_word(element) for element in elements)
    return next((word for word in words if word is not None and word.upper() in _VERBS), None)


def _inner(element: Element) -> Sequence[Element]:
    """The elements directly inside a bracket, arguments and commas laid out flat."""
    if isinstance(element, Token) or element.data == "token":
        return ()
    inner: list[Element] = []
    for child in element.children:
        if isinstance(child, Tree) and child.data == "argument":
            inner += child.children
        elif child is not None:
            inner.append(child)
    return inner


def _order(
    elements: Sequence[Element], prefix: Key, functions: Collection[str], order: dict[int, Key]
) -> None:
    """Gives every AI call below the elements the key of its evaluation, by the offset the call starts at."""
    is_block = _verb(elements) is not None
    block, rank, previous = 0, 1, ""
    for index, element in enumerate(elements):
        word = _word(element)
        name = "" if word is None else word.upper()
        if is_block and name in _NEXT_BLOCK:
            block += 1
        elif is_block and name in _CLAUSES and previous != "DISTINCT":  # IS DISTINCT FROM is no clause
            rank = _CLAUSES[name]
        previous = name
        key = (*prefix, block, rank, index)
        if word is not None and word.type == "CALL_NAME" and word.lower() in functions:
            order[_span(word).start] = (*key, _AFTER_INNER)
        _order(_inner(element), key, functions, order)


class _Builder:
    def __init__(self, text: str, functions: Collection[str], levels: dict[int, int]) -> None:
        self._text = text
        self._functions = functions
        self._levels = levels

    def nodes(self, elements: Sequence[Element]) -> tuple[Node, ...]:
        return tuple(node for element in elements for node in self._of(element))

    def _of(self, element: Element) -> Iterator[Node]:
        if isinstance(element, Token):
            if element.type == "JSON_LITERAL":
                yield self._json(element)
            return
        name = str(element.children[0]).lower() if element.data == "call" else ""
        if element.data == "list" or name in {"array", "map"}:
            yield self._list(element)
        elif name in self._functions:
            yield self._call(element, name)
        else:
            yield from self.nodes(_inner(element))

    def _json(self, token: Token) -> JsonLiteral:
        start, end = token.start_pos or 0, token.end_pos or 0
        return JsonLiteral(Span(start, end), Span(start + token.index("'"), end))

    def _list(self, tree: Tree[Token]) -> ListLiteral:
        kind: Literal["array", "map"] = "map" if str(tree.children[0]).lower().startswith("map") else "array"
        return ListLiteral(kind, self._arguments(tree), _span(tree))

    def _call(self, tree: Tree[Token], name: str) -> Call:
        return Call(name, self._arguments(tree), _span(tree), self._levels[tree.meta.start_pos])

    def _arguments(self, tree: Tree[Token]) -> tuple[Argument, ...]:
        arguments = (child for child in tree.children if isinstance(child, Tree) and child.data == "argument")
        return tuple(self._argument(argument) for argument in arguments)

    def _argument(self, tree: Tree[Token]) -> Argument:
        elements, keyword = tree.children, None
        if len(elements) > 1 and _text(elements[1]) == "=>":
            keyword, elements = _text(elements[0]).upper(), elements[2:]
            if not elements:
                raise SyntaxProblem(f"nothing follows '{keyword} =>'", span=_span(tree))
        span = Span(_span(elements[0]).start, _span(elements[-1]).end)
        word = _text(elements[0]).upper()
        if word in {"MODEL", "TABLE"} and len(elements) > 1 and (names := _names(elements[1:])) is not None:
            return Argument(span, (), keyword, "model" if word == "MODEL" else "table", names)
        if len(elements) == 1 and isinstance(elements[0], Tree) and _call_name(elements[0]) == "DESCRIPTOR":
            return Argument(span, (), keyword, "descriptor", _columns(elements[0]))
        return Argument(span, self.nodes(elements), keyword)


def _span(element: Element) -> Span:
    if isinstance(element, Token):
        return Span(element.start_pos, element.end_pos)
    return Span(element.meta.start_pos, element.meta.end_pos)


def _call_name(tree: Tree[Token]) -> str:
    return str(tree.children[0]).upper() if tree.data == "call" else ""


def _text(element: Element) -> str:
    if isinstance(element, Tree) and element.data == "token":
        return str(element.children[0])
    return str(element) if isinstance(element, Token) else ""


def _unquoted(text: str) -> str:
    if text[:1] in {"`", '"'}:
        return text[1:-1].replace(text[0] * 2, text[0])
    return text[1:-1] if text.startswith("[") else text


def _names(elements: Sequence[Element]) -> tuple[str, ...] | None:
    """The parts of `a.b.c`, or None when the elements are no name."""
    texts = [_text(element) for element in elements]
    dots, names = texts[1::2], texts[::2]
    is_name = len(texts) % 2 == 1 and all(dot == "." for dot in dots)
    return tuple(map(_unquoted, names)) if is_name and all(map(_is_name, names)) else None


def _is_name(text: str) -> bool:
    first = text[:1]
    return first in {"`", '"', "[", "_"} or first.isalpha() or not first.isascii()


def _columns(call: Tree[Token]) -> tuple[str, ...]:
    columns = []
    for child in call.children:
        if isinstance(child, Tree) and child.data == "argument":
            names = _names(child.children)
            if names is None or len(names) != 1:
                raise SyntaxProblem("DESCRIPTOR takes the names of columns", span=_span(child))
            columns.append(names[0])
    return tuple(columns)
