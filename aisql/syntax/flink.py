"""What Flink SQL writes into a statement of SQLite's: types of columns and of casts, and moments.

A column keeps its Flink type in a comment before the type SQLite knows, `s /* Flink: STRING */ TEXT`: any
program reads the table, and DESCRIBE tells what was written.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import TypeAlias

from lark import Token, Tree

from aisql.errors import Span, SyntaxProblem
from aisql.syntax.blocks import inner, is_call, keywords, name_of, text_of
from aisql.syntax.tokens import Element, span_of, unquote
from aisql.syntax.types import stored_as

TypeAt: TypeAlias = Callable[[Span], str]
"""Gives the type that stands at a place, as DESCRIBE prints it."""

_COLUMN_TYPES = frozenset(("STRING", "BYTES", "BINARY", "VARBINARY", "VARIANT", "TIMESTAMP_LTZ"))
_CAST_TYPES = _COLUMN_TYPES | frozenset(("BOOLEAN", "DATE", "TIME", "TIMESTAMP"))
_AFTER_TYPES = frozenset(
    ("CONSTRAINT", "PRIMARY", "NOT", "NULL", "UNIQUE", "CHECK", "DEFAULT", "COLLATE", "REFERENCES")
) | frozenset(("GENERATED", "AS", "COMMENT", "METADATA"))
_NO_COLUMNS = frozenset(("CONSTRAINT", "PRIMARY", "UNIQUE", "CHECK", "FOREIGN"))
_CONNECTOR_HINT = "tables are kept by SQLite; name a data file when aisql starts to have it as a table"
_FRACTION = re.compile(r"\.\d+")


@dataclass(frozen=True, slots=True)
class Replacement:
    """What SQLite does not know, and `sql`, which stands there for it."""

    span: Span
    sql: str


# ---------------------------------------------------------------- moments


def moment(token: Token) -> Replacement:
    """`DATE '...'`, `TIME '...'` or `TIMESTAMP '...'`: SQLite's functions of time read the text.

    Raises SyntaxProblem where there is no such day or time.
    """
    word, content, _ = token.split("'")
    kind = word.strip().upper()
    text = _FRACTION.sub("", content)
    try:
        datetime.fromisoformat(f"2000-01-01 {text}" if kind == "TIME" else text)
    except ValueError:
        raise SyntaxProblem(f"there is no {kind.lower()} '{content}'", span=span_of(token)) from None
    return Replacement(span_of(token), f"'{content}'")


# ---------------------------------------------------------------- casts


def cast_parts(name: str, element: Element) -> tuple[Sequence[Element], Span] | None:
    """The value and the place of the type of TRY_CAST, or of a CAST that SQLite would read as another type.

    None for anything else.
    """
    if name not in {"cast", "try_cast"}:
        return None
    elements = _inside(element)
    names = keywords(elements)
    if "AS" not in names[1:-1]:
        return None
    place = len(names) - 1 - names[::-1].index("AS")
    value, type_ = elements[:place], elements[place + 1 :]
    if not value or not type_ or (name == "cast" and not _is_flink(type_, _CAST_TYPES)):
        return None
    return value, _span(type_)


def _inside(element: Element) -> Sequence[Element]:
    """The elements in a bracket, without the name before it."""
    return inner(element)[is_call(element) :]


def _is_flink(elements: Sequence[Element], words: frozenset[str]) -> bool:
    """Whether a type is one that SQLite does not know or takes for a number."""
    names = [name_of(element) for element in elements]
    return (
        names[0] in words
        or any(text_of(element) == "<" for element in elements)
        or (names[0] in {"ROW", "RAW"} and is_call(elements[0]))
        or (names[0] == "INTERVAL" and len(names) > 1)
        or "ZONE" in names[1:]
        or names[-1] in {"ARRAY", "MULTISET"} - {names[0]}
    )


# ---------------------------------------------------------------- tables


def definitions(text: str, elements: Sequence[Element], type_at: TypeAt) -> Iterator[Replacement]:
    """What stands for the columns of CREATE TABLE, and for that of ALTER TABLE ADD, where Flink's words do.

    Raises SyntaxProblem for a wrong type, and for what a table of SQLite's cannot have.
    """
    names = keywords(elements)
    if names[:1] == ["CREATE"] and "TABLE" in names[1:3]:
        body = next((place for place, one in enumerate(elements) if _has_bracket(one)), len(elements))
        if body < len(elements) and "AS" not in names[:body]:
            _refuse_clauses(elements[body + 1 :])
            for column in _columns(_inside(elements[body])):
                yield from _column(text, column, type_at)
    elif names[:2] == ["ALTER", "TABLE"] and "ADD" in names:
        first = names.index("ADD") + 1
        yield from _column(text, elements[first + (names[first : first + 1] == ["COLUMN"]) :], type_at)


def _has_bracket(element: Element) -> bool:
    return isinstance(element, Tree) and element.data in {"call", "group"}


def _columns(elements: Sequence[Element]) -> Iterator[Sequence[Element]]:
    """The elements of each column or constraint; a comma inside of `<>` parts none."""
    start = depth = 0
    for place, element in enumerate(elements):
        sign = text_of(element)
        depth += (sign == "<") - (sign == ">")
        if sign == "," and not depth:
            yield elements[start:place]
            start = place + 1
    yield elements[start:]


def _column(text: str, elements: Sequence[Element], type_at: TypeAt) -> Iterator[Replacement]:
    names = keywords(elements)
    if names[:2] == ["WATERMARK", "FOR"]:
        raise SyntaxProblem("a table has no watermark", span=_span(elements), hint=_CONNECTOR_HINT)
    for place, pair in enumerate(pairwise(names)):
        if pair == ("NOT", "ENFORCED"):
            yield Replacement(_span(elements[place : place + 2]), "/* Flink: NOT ENFORCED */")
    if len(elements) < 2 or names[0] in _NO_COLUMNS:
        return
    if "METADATA" in names[1:]:
        raise SyntaxProblem("a table has no metadata", span=_span(elements), hint=_CONNECTOR_HINT)
    type_ = elements[1 : _end_of_type(elements)]
    comment = next(_comments(elements), None)
    if comment is not None and not type_:
        raise SyntaxProblem("a column with a COMMENT needs a type", span=_span(elements))
    if comment is not None:
        yield _without(text, elements, comment)
    if type_ and (comment or _is_flink(type_, _COLUMN_TYPES)):
        yield _column_type(text, type_, comment, type_at)


def _without(text: str, elements: Sequence[Element], comment: Sequence[Element]) -> Replacement:
    """What stands for a COMMENT, and the space before it."""
    before = elements[elements.index(comment[0]) - 1]
    span = Span(span_of(before).end, _span(comment).end)
    return Replacement(span, " " if text[span.end : span.end + 1].isalnum() else "")


def _end_of_type(elements: Sequence[Element]) -> int:
    """The number of elements of a column that are its name and type."""
    depth = 0
    for place, name in enumerate(keywords(elements)):
        sign = text_of(elements[place])
        depth += (sign == "<") - (sign == ">")
        if place and name in _AFTER_TYPES and not depth:
            return place
    return len(elements)


def _comments(elements: Sequence[Element]) -> Iterator[Sequence[Element]]:
    for place, pair in enumerate(pairwise(elements)):
        if place and name_of(pair[0]) == "COMMENT" and text_of(pair[1]).startswith("'"):
            yield pair


def _column_type(
    text: str, type_: Sequence[Element], comment: Sequence[Element] | None, type_at: TypeAt
) -> Replacement:
    span = _span(type_)
    written = stored = text[span.start : span.end]
    if _is_flink(type_, _COLUMN_TYPES):
        written = type_at(span)
        stored = stored_as(written)
    if comment is not None:
        written += f" COMMENT {text_of(comment[1])}"
    if "*/" in written:
        raise SyntaxProblem("the type and COMMENT of a column cannot hold '*/'", span=_span(comment or type_))
    return Replacement(span, f"/* Flink: {written} */ {stored}")


def _refuse_clauses(elements: Sequence[Element]) -> None:
    """Refuses what Flink writes behind the columns."""
    for place, name in enumerate(keywords(elements)):
        if name == "WITH":
            message = "a table has no connector"
        elif name == "COMMENT":
            message = "a table has no COMMENT, its columns have"
        elif name in {"PARTITIONED", "DISTRIBUTED"}:
            message = f"a table is not {name.lower()}"
        else:
            continue
        raise SyntaxProblem(message, span=_span(elements[place:]), hint=_CONNECTOR_HINT)


def _span(elements: Sequence[Element]) -> Span:
    return Span(span_of(elements[0]).start, span_of(elements[-1]).end)


# ---------------------------------------------------------------- what SQLite keeps of it

_NAME = r"\"(?:[^\"]|\"\")*\"|`(?:[^`]|``)*`|\[[^\]]*\]|[\w$]+"
_STRING = r"'(?:[^']|'')*'"
_KEPT = re.compile(
    rf"(?s){_STRING}|(?P<name>{_NAME})(?P<gap>\s*)"
    rf"/\* Flink: (?P<text>(?P<type>(?:(?!\*/).)*?)(?: COMMENT (?P<comment>{_STRING}))?) \*/"
    r" (?:(?P=type)|TEXT|BLOB|TIMESTAMP|TIME)(?![\w$])"
    rf"|/\* Flink: (?P<words>NOT ENFORCED) \*/|{_NAME}|--[^\n]*|/\*.*?\*/"
)


def as_written(definition: str) -> str:
    """The CREATE TABLE that SQLite keeps, with Flink's words in their places again."""

    def restored(match: re.Match[str]) -> str:
        if match["name"] is not None:
            return f"{match['name']}{match['gap']}{match['text']}"
        return match["words"] or match[0]

    return _KEPT.sub(restored, definition)


def kept_types(definition: str) -> Iterator[tuple[str, str, str]]:
    """The columns whose Flink type is kept: name, type and comment, '' for none."""
    for match in _KEPT.finditer(definition):
        if match["name"] is not None:
            yield unquote(match["name"]), match["type"], unquote(match["comment"] or "''")
