"""Flink's types of columns, in CREATE TABLE and ALTER TABLE.

A column keeps its Flink type in a comment before the type SQLite knows, `s /* Flink: STRING */ TEXT`: any
program reads the table, and DESCRIBE tells what was written.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from typing import TypeAlias

from lark import Tree

from aisql.errors import Span, SyntaxProblem
from aisql.syntax.blocks import keywords, name_of, text_of
from aisql.syntax.flink import COLUMN_TYPES, Replacement, inside, is_flink, span_from
from aisql.syntax.tokens import Element, span_of, unquote
from aisql.syntax.types import stored_as

TypeAt: TypeAlias = Callable[[Span], str]
"""Gives the type that stands at a place, as DESCRIBE prints it."""

_CONSTRAINTS = frozenset(("CONSTRAINT", "PRIMARY", "UNIQUE", "CHECK"))
_AFTER_TYPES = _CONSTRAINTS | frozenset(
    ("NOT", "NULL", "DEFAULT", "COLLATE", "REFERENCES", "GENERATED", "AS", "COMMENT", "METADATA")
)
_CONNECTOR_HINT = "tables are kept by SQLite; name a data file when aisql starts to have it as a table"


def definitions(text: str, elements: Sequence[Element], type_at: TypeAt) -> Iterator[Replacement]:
    """What stands for the columns of CREATE TABLE, and for that of ALTER TABLE ADD, where Flink's words do.

    Raises SyntaxProblem for a wrong type, and for what a table of SQLite's cannot have.
    """
    names = keywords(elements)
    if names[:1] == ["CREATE"] and "TABLE" in names[1:3]:
        body = next((place for place, one in enumerate(elements) if _has_bracket(one)), len(elements))
        if body < len(elements) and "AS" not in names[:body]:
            _refuse_clauses(elements[body + 1 :])
            for column in _columns(inside(elements[body])):
                yield from _column(text, column, type_at)
    elif names[:2] == ["ALTER", "TABLE"] and "ADD" in names[3:]:
        first = names.index("ADD", 3) + 1
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
        raise SyntaxProblem("a table has no watermark", span=span_from(elements), hint=_CONNECTOR_HINT)
    for place, pair in enumerate(pairwise(names)):
        if pair == ("NOT", "ENFORCED"):
            yield Replacement(span_from(elements[place : place + 2]), "/* Flink: NOT ENFORCED */")
    if len(elements) < 2 or names[0] in _CONSTRAINTS | {"FOREIGN"}:
        return
    end = _end_of_type(elements)
    if end > 1 and names[end : end + 1] == ["METADATA"]:
        raise SyntaxProblem("a table has no metadata", span=span_from(elements), hint=_CONNECTOR_HINT)
    type_ = elements[1:end]
    place = next(_comments(elements), len(elements))
    comment = elements[place : place + 2]
    if comment and not type_:
        raise SyntaxProblem("a column with a COMMENT needs a type", span=span_from(elements))
    if comment:
        yield _without(text, elements[place - 1], comment)
    if type_ and (comment or is_flink(type_, COLUMN_TYPES)):
        yield _column_type(text, type_, comment, type_at)


def _without(text: str, before: Element, comment: Sequence[Element]) -> Replacement:
    """What stands for a COMMENT, and the space before it."""
    span = Span(span_of(before).end, span_from(comment).end)
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


def _comments(elements: Sequence[Element]) -> Iterator[int]:
    """The places of COMMENT 'text' in a column."""
    for place, pair in enumerate(pairwise(elements)):
        if place and name_of(pair[0]) == "COMMENT" and text_of(pair[1]).startswith("'"):
            yield place


def _column_type(
    text: str, type_: Sequence[Element], comment: Sequence[Element], type_at: TypeAt
) -> Replacement:
    span = span_from(type_)
    written = stored = text[span.start : span.end]
    if is_flink(type_, COLUMN_TYPES):
        written = type_at(span)
        stored = stored_as(written)
    if comment:
        written += f" COMMENT {text_of(comment[1])}"
    if "*/" in written:
        raise SyntaxProblem(
            "the type and COMMENT of a column cannot hold '*/'", span=span_from(comment or type_)
        )
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
        raise SyntaxProblem(message, span=span_from(elements[place:]), hint=_CONNECTOR_HINT)


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
