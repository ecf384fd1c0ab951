"""From the query a user wrote to the one SQLite runs.

Every AI call becomes a call of one SQL function that knows its place, `aisql_call(17, ...)`; ARRAY, MAP and
json literals become SQLite's JSON functions. The way back is kept: names of columns and places of errors
are those of the text the user wrote.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from aisql.engine.models import ModelUse
from aisql.errors import FunctionError, Span, SyntaxProblem
from aisql.functions.base import Function
from aisql.functions.registry import FUNCTIONS
from aisql.syntax.calls import Argument, Call, JsonLiteral, ListLiteral, Node, Query, rewrite

CALL_FUNCTION = "aisql_call"


@dataclass(frozen=True, slots=True)
class Site:
    """One place in one statement where a function is called.

    `model` is None where the first argument names it for every row anew; `concurrency` and `timeout` are
    those the place asks for, None where it asks for none.
    """

    function: Function
    call: Call
    model: ModelUse | None = None
    concurrency: int | None = None
    timeout: float | None = None


@dataclass(slots=True)
class Rewriter:
    """Rewrites one query.

    `identities` gives numbers no other statement of the session uses; `find_model` finds a model for
    `MODEL name`; `columns_of` gives the columns of what stands in a FROM clause, as a query.
    """

    query: Query
    identities: Iterator[int]
    find_model: Callable[[tuple[str, ...], Function], ModelUse]
    columns_of: Callable[[str], tuple[str, ...]]
    sites: dict[int, Site] = field(default_factory=dict)
    _written: dict[str, str] = field(default_factory=dict)

    def text(self, span: Span | None = None) -> str:
        """The SQL for the whole query, or for a part of it."""
        whole = span or Span(0, len(self.query.text))
        nodes = tuple(node for node in self.query.nodes if whole.start <= node.span.start < whole.end)
        return rewrite(self.query.text, whole, nodes, self._render)

    def name_of(self, column: str) -> str:
        """The name the column has in the text the user wrote."""
        for fragment, written in reversed(self._written.items()):  # outer calls are rendered after inner ones
            column = column.replace(fragment, written)
        return column

    def place_of(self, offset: int, rewritten: str) -> int:
        """The offset in the user's text of an offset in the rewritten text."""
        position, moved = 0, 0
        for node in self.query.nodes:
            fragment = self._fragment_of(node)
            start = rewritten.find(fragment, position)
            if start < 0 or offset < start:
                break
            if offset < start + len(fragment):
                return int(node.span.start)
            position = start + len(fragment)
            moved = node.span.end - position
        return offset + moved

    def _fragment_of(self, node: Node) -> str:
        written = self.query.text[node.span.start : node.span.end]
        return next((new for new, old in self._written.items() if old == written), written)

    def _render(self, node: Node) -> str:
        match node:
            case JsonLiteral():
                fragment = self._json(node)
            case ListLiteral():
                fragment = self._list(node)
            case Call(name="ml_predict"):
                from aisql.engine.tables import predict  # needs this module

                fragment = predict(self, node)
            case Call():
                fragment = self._call(node)
        self._written[fragment] = self.query.text[node.span.start : node.span.end]
        return fragment

    def argument(self, argument: Argument) -> str:
        """The SQL for one argument."""
        return rewrite(self.query.text, argument.span, argument.nodes, self._render)

    def add(self, site: Site) -> int:
        """Gives the site its number."""
        identity = next(self.identities)
        self.sites[identity] = site
        return identity

    def _call(self, call: Call) -> str:
        function = FUNCTIONS[call.name]
        try:
            function.check_count(len(call.arguments))
        except FunctionError as error:
            error.span = call.span
            raise
        model, arguments = None, call.arguments
        if arguments[0].kind == "model":
            model, arguments = self.find_model(arguments[0].names, function), arguments[1:]
        for argument in arguments:
            if argument.kind != "expression" or argument.keyword is not None:
                raise SyntaxProblem(
                    f"an argument of {call.name} must be an expression",
                    span=argument.span,
                    hint=f"the function is called {function.signature}",
                )
        identity = self.add(Site(function, call, model))
        return f"{CALL_FUNCTION}({', '.join([str(identity), *map(self.argument, arguments)])})"

    def _list(self, node: ListLiteral) -> str:
        if node.kind == "map" and len(node.arguments) % 2:
            raise SyntaxProblem("MAP takes keys and values in pairs", span=node.span)
        function = "json_object" if node.kind == "map" else "json_array"
        arguments = ", ".join(map(self.argument, node.arguments))
        # The number makes the fragment one of its kind, so that it can be found again in a column's name.
        return f"{function}/*{next(self.identities)}*/({arguments})"

    def _json(self, node: JsonLiteral) -> str:
        string = self.query.text[node.string.start : node.string.end]
        content = string[1:-1].replace("''", "'")
        if not content.lstrip().startswith(("{", "[")):
            return self.query.text[node.span.start : node.span.end]  # a column named json and its alias
        try:
            json.loads(content)
        except ValueError as error:
            raise SyntaxProblem(f"the json literal is not JSON: {error}", span=node.string) from None
        return f"json/*{next(self.identities)}*/({string})"


def constant_map(argument: Argument, text: str) -> Mapping[str, str]:
    """The keys and values of a MAP whose members are plain strings.

    Raises SyntaxProblem for anything else.
    """
    node = argument.nodes[0] if len(argument.nodes) == 1 else None
    if not isinstance(node, ListLiteral) or node.kind != "map" or len(node.arguments) % 2:
        raise SyntaxProblem("the configuration is written MAP['key', 'value', ...]", span=argument.span)
    strings = [text[member.span.start : member.span.end] for member in node.arguments]
    if not all(len(string) > 1 and string[0] == string[-1] == "'" for string in strings):
        raise SyntaxProblem("keys and values of the configuration are strings", span=argument.span)
    plain = [string[1:-1].replace("''", "'") for string in strings]
    return dict(zip(plain[::2], plain[1::2], strict=True))
