"""The Lark parser: loaded from its cache, asked for statements and queries, its errors put into words."""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Callable, Collection, Iterator
from functools import cached_property, lru_cache
from importlib import resources
from io import BytesIO
from pathlib import Path as FilePath
from typing import TYPE_CHECKING, Any, NoReturn, TypeAlias

import lark
from lark import Lark, Token, Tree
from lark.exceptions import UnexpectedCharacters, UnexpectedInput, UnexpectedToken, VisitError
from lark.grammar import Rule
from lark.parsers.lalr_interactive_parser import InteractiveParser

from aisql import __version__
from aisql.errors import AisqlError, Span, SyntaxProblem
from aisql.syntax.build import StatementBuilder
from aisql.syntax.hints import MISTAKES, NAMES_TOO, expected, words_of
from aisql.syntax.statements import Statement
from aisql.syntax.tokens import span_of, unquote

if TYPE_CHECKING:
    from aisql.syntax.calls import Query

_NAMES = frozenset(("path", "path_in_string", "name"))
"""The rules of names."""
_TYPES_HINT = "types are STRING, BIGINT, ARRAY<FLOAT>, MAP<STRING, INT>, ROW<a INT, b STRING>, ..."


class Parser:
    """Parses statements of ours, and the parts of ours inside SQLite's.

    `cache_directory` is where the built parser is kept between runs; None builds it in each program anew.
    """

    def __init__(self, cache_directory: str | None = None) -> None:
        self._cache_directory = cache_directory

    @cached_property
    def _lark(self) -> Lark:
        grammar = (resources.files("aisql.grammar") / "aisql.lark").read_text(encoding="utf-8")
        return _cached(grammar, self._cache_directory)

    def statement(self, text: str) -> Statement:
        """The statement the text holds.

        Raises SyntaxProblem with the place and what was expected there.
        """
        try:
            tree = self._lark.parse(text, start="statement")
        except UnexpectedInput as error:
            self._explain(text, error)
        statement: Statement = self._built(text, tree)
        return statement

    def _built(self, text: str, tree: Tree[Token]) -> Any:
        try:
            return StatementBuilder(text).transform(tree)
        except VisitError as error:
            if isinstance(error.orig_exc, AisqlError):
                raise error.orig_exc from None
            raise

    def place(self, text: str, speaks_of: Callable[[str], bool] | None) -> Span | None:
        """Where a statement that parses has the string an error `speaks_of`; for None, its first name."""
        tree: Tree[Token] = self._lark.parse(text, start="statement")
        if speaks_of is None:
            metas = [found.meta for found in tree.iter_subtrees() if found.data in _NAMES]
            places = [Span(meta.start_pos, meta.end_pos) for meta in metas]
            return min(places, key=lambda place: (place.start, -place.end), default=None)
        strings = tree.scan_values(lambda value: isinstance(value, Token) and value.type == "STRING")
        return next((span_of(token) for token in strings if speaks_of(unquote(token))), None)

    def following(self, text: str) -> tuple[str, ...]:
        """The words that may follow a text with which a statement of ours begins; none behind a mistake."""
        parser = self._lark.parse_interactive(text, start="statement")
        try:
            parser.exhaust_lexer()
        except UnexpectedInput:
            return ()
        accepted: set[str] = parser.accepts()
        if "NAME" in accepted:
            accepted -= {name for name in NAMES_TOO & accepted if _is_only_name(parser, name)}
        return words_of(accepted, {each.name: str(each.pattern.value) for each in self._lark.terminals})

    def query(self, text: str, functions: Collection[str]) -> Query:
        """The query with its AI calls; `functions` are the lower-case names that are ours.

        Raises SyntaxProblem when the brackets do not match, or a call of ours is malformed.
        """
        try:
            tree: Tree[Token] = self._lark.parse(text, start="query")
        except UnexpectedInput as error:
            raise SyntaxProblem(_unexpected(error), span=_place(text, error)) from None
        from aisql.syntax.build_query import build_query  # a statement of ours needs nothing of it

        return build_query(text, tree, functions, lambda span: self._type(text, span))

    def _type(self, text: str, span: Span) -> str:
        """The type that stands at a place, as DESCRIBE prints it."""
        written = text[span.start : span.end]
        try:
            name, _ = self._built(written, self._lark.parse(written, start="type"))
        except UnexpectedInput as error:
            message = f"{_unexpected(error)}: {expected(_accepted(error), _names(self._lark))}"
            problem = SyntaxProblem(message, span=_place(written, error), hint=_TYPES_HINT)
        except SyntaxProblem as error:
            problem = error
        else:
            return str(name)
        place = problem.span or Span(0, len(written))
        problem.span = Span(span.start + place.start, span.start + place.end)
        raise problem

    def _explain(self, text: str, error: UnexpectedInput) -> NoReturn:
        exact, close = _signature(error)
        message = self._mistakes.get(exact) or self._mistakes.get(close)
        if message is None:
            message = expected(_accepted(error), _names(self._lark))
        raise SyntaxProblem(f"{_unexpected(error)}: {message}", span=_place(text, error)) from None

    @cached_property
    def _mistakes(self) -> dict[Signature, str]:
        """Where the known mistakes fail, and what to say about them."""
        mistakes: dict[Signature, str] = {}
        for message, examples in MISTAKES:
            for example in examples:
                try:
                    self._lark.parse(example, start="statement")
                except UnexpectedInput as error:
                    for signature in _signature(error):
                        mistakes.setdefault(signature, message)
        return mistakes


def _is_only_name(parser: InteractiveParser, keyword: str) -> bool:
    """Whether a keyword that may stand here can be nothing but a name."""
    after = parser.copy()
    after.feed_token(Token(keyword, "x"))
    state = after.parser_state
    actions = state.parse_conf.parse_table.states[state.position].values()
    rules = {rule.origin.name if isinstance(rule, Rule) else "" for _, rule in actions}
    return rules == {"keyword_as_name"}


Signature: TypeAlias = tuple[object, ...]


def _names(parser: Lark) -> Iterator[str]:
    return (terminal.name for terminal in parser.terminals)


def _signature(error: UnexpectedInput) -> tuple[Signature, Signature]:
    """The place in the grammar where a statement fails: with the kind of the token met there, and without."""
    state = error.state.position if isinstance(error, UnexpectedToken) else None
    kind = error.token.type if isinstance(error, UnexpectedToken) else ""
    place = (state, frozenset(_accepted(error)))
    return (*place, kind), place


def _accepted(error: UnexpectedInput) -> set[str]:
    if isinstance(error, UnexpectedToken):
        return set(error.accepts or error.expected)
    return set(error.allowed or ()) if isinstance(error, UnexpectedCharacters) else set()


def _unexpected(error: UnexpectedInput) -> str:
    if isinstance(error, UnexpectedToken) and error.token.type != "$END":
        last = error.token_history[-1] if error.token_history else None
        if last is not None and last.type == "EQUAL" and (error.token[0].isalnum() or error.token[0] == "_"):
            return "unexpected word"  # a value without its quotes may be a key
        return f"unexpected {_shortened(str(error.token))}"
    if isinstance(error, UnexpectedCharacters):
        return f"unexpected {_shortened(error.char)}"
    return "the statement ends too early"


def _shortened(text: str) -> str:
    # What is quoted may be a key, in the wrong quotes too: it is named, not shown.
    if text[0] in "'\"":
        return "string"
    if text[0] == "`" or (text[0] == "[" and len(text) > 1):
        return "quoted name"
    return f"'{text if len(text) <= 40 else text[:37] + '...'}'"


def _place(text: str, error: UnexpectedInput) -> Span:
    if isinstance(error, UnexpectedToken) and error.token.type == "$END":
        return Span(len(text), len(text))
    start = error.pos_in_stream or 0
    length = len(error.token) if isinstance(error, UnexpectedToken) else 1
    return Span(start, start + length)


def _cached(grammar: str, directory: str | None) -> Lark:
    """The parser from the cache where that is possible, else built and put there where that is possible.

    The cache is a pickle, so its name holds everything that makes it invalid, and its first line the digest
    of the rest: a file cut short is never unpickled.
    """
    digest = hashlib.sha256(f"{lark.__version__} {sys.version} {grammar}".encode()).hexdigest()
    file = None if directory is None else FilePath(directory) / f"grammar-{__version__}-{digest[:16]}.cache"
    if file is not None and (parser := _load(file)) is not None:
        return parser
    parser = _built(grammar)
    if file is not None:
        _store(parser, file)
    return parser


@lru_cache(maxsize=2)
def _built(grammar: str) -> Lark:
    """The parser of a grammar; sessions of one program share it, for it keeps nothing of what it parses."""
    return Lark(
        grammar,
        parser="lalr",
        start=["statement", "query", "type"],
        maybe_placeholders=True,
        propagate_positions=True,
    )


def _load(file: FilePath) -> Lark | None:
    try:
        checksum, _, content = file.read_bytes().partition(b"\n")
    except OSError:
        return None
    if hashlib.sha256(content).hexdigest().encode() != checksum:
        return None
    return _unpickled(content)


@lru_cache(maxsize=2)
def _unpickled(content: bytes) -> Lark:
    """The parser of a file; shared as one that was built is."""
    return Lark.load(BytesIO(content))


def _store(parser: Lark, file: FilePath) -> None:
    buffer = BytesIO()
    parser.save(buffer)
    content = buffer.getvalue()
    partial = file.with_suffix(f".{hashlib.sha256(content).hexdigest()[:8]}.partial")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        partial.write_bytes(hashlib.sha256(content).hexdigest().encode() + b"\n" + content)
        partial.replace(file)
    except OSError:
        return  # the cache only saves time; a home that cannot be written is no reason to fail
