"""Flink's column types, in the spelling DESCRIBE prints.

The names, synonyms and default lengths are those of Flink SQL: INTEGER is INT, a DECIMAL without digits is
DECIMAL(10, 0), VARCHAR of the greatest length is STRING.
"""

from __future__ import annotations

from collections.abc import Sequence

from aisql.errors import Span, SyntaxProblem
from aisql.suggest import did_you_mean

_GREATEST_LENGTH = 2147483647
_SYNONYMS = {"INTEGER": "INT", "DEC": "DECIMAL", "NUMERIC": "DECIMAL"}
_DEFAULT_SIZE: dict[str, tuple[int, ...]] = {
    "CHAR": (1,),
    "VARCHAR": (1,),
    "BINARY": (1,),
    "VARBINARY": (1,),
    "DECIMAL": (10, 0),
    "TIME": (0,),
    "TIMESTAMP": (6,),
    "TIMESTAMP_LTZ": (6,),
}
_RANGE = {"DECIMAL": (1, 38), "TIME": (0, 9), "TIMESTAMP": (0, 9), "TIMESTAMP_LTZ": (0, 9)}
_WITHOUT_SIZE = frozenset(
    (
        "STRING",
        "BYTES",
        "BOOLEAN",
        "TINYINT",
        "SMALLINT",
        "INT",
        "BIGINT",
        "FLOAT",
        "DOUBLE",
        "DATE",
        "VARIANT",
    )
)
_INTERVAL_FIELDS = frozenset(("YEAR", "MONTH", "DAY", "HOUR", "MINUTE", "SECOND"))
_NESTED = {"ARRAY": 1, "MULTISET": 1, "MAP": 2}
_GREATEST = {"VARCHAR": "STRING", "VARBINARY": "BYTES"}
_STORED_AS = {
    "BYTES": "BLOB",
    "BINARY": "BLOB",
    "VARBINARY": "BLOB",
    "VARIANT": "BLOB",
    "TIME": "TIME",
    "TIMESTAMP": "TIMESTAMP",
    "TIMESTAMP_LTZ": "TIMESTAMP",
}


def simple(word: str, size: tuple[int, ...], span: Span) -> str:
    """The canonical spelling of a type such as `int`, `DECIMAL(10,2)` or `VARCHAR(2147483647)`.

    Raises SyntaxProblem when there is no such type or it takes no such length.
    """
    name = _SYNONYMS.get(word.upper(), word.upper())
    if name in _WITHOUT_SIZE:
        if size:
            raise SyntaxProblem(f"type {name} takes no length", span=span)
        return name
    if name not in _DEFAULT_SIZE:
        raise SyntaxProblem(f"there is no type '{word}'", span=span, hint=_nearest(name))
    if size == (_GREATEST_LENGTH,) and name in _GREATEST:
        return _GREATEST[name]
    default = _DEFAULT_SIZE[name]
    if len(size) > len(default):
        raise SyntaxProblem(f"type {name} takes at most {len(default)} number(s)", span=span)
    whole = size + default[len(size) :]
    least, greatest = _RANGE.get(name, (1, _GREATEST_LENGTH))
    if not least <= whole[0] <= greatest or not all(0 <= scale <= whole[0] for scale in whole[1:]):
        raise SyntaxProblem(
            f"{name}({', '.join(map(str, whole))}) is outside the range of the type", span=span
        )
    return f"{name}({', '.join(map(str, whole))})"


def zoned(word: str, size: tuple[int, ...], zone: str, span: Span) -> str:
    """A TIME or TIMESTAMP with words about the time zone."""
    if word.upper() not in {"TIME", "TIMESTAMP"}:
        raise SyntaxProblem(f"type {word.upper()} has no time zone", span=span)
    if zone == "WITH LOCAL TIME ZONE" and word.upper() == "TIMESTAMP":
        return simple("TIMESTAMP_LTZ", size, span)
    base = simple(word, size, span)
    return base if zone == "WITHOUT TIME ZONE" else f"{base} {zone}"


def nested(word: str, elements: Sequence[tuple[str, bool]], span: Span) -> str:
    """ARRAY, MULTISET or MAP of types; an element is its text and whether it may be NULL."""
    name = word.upper()
    if name not in _NESTED:
        raise SyntaxProblem(f"there is no type '{word}<...>'", span=span, hint=_nearest(name))
    if len(elements) != _NESTED[name]:
        raise SyntaxProblem(f"type {name} takes {_NESTED[name]} type(s), not {len(elements)}", span=span)
    return f"{name}<{', '.join(text if nullable else f'{text} NOT NULL' for text, nullable in elements)}>"


def interval_field(word: str, size: tuple[int, ...], span: Span) -> str:
    """One end of an INTERVAL: `DAY`, `SECOND(3)`."""
    name = word.upper()
    if name not in _INTERVAL_FIELDS:
        raise SyntaxProblem(f"an interval has no field '{word}'", span=span)
    if len(size) > 1:
        raise SyntaxProblem(f"field {name} takes at most 1 number(s)", span=span)
    return f"{name}({size[0]})" if size else name


def row(fields: Sequence[str]) -> str:
    """ROW of fields that are written out already."""
    return f"ROW<{', '.join(fields)}>"


def stored_as(text: str) -> str:
    """The type of SQLite's in which a column keeps values of a type it does not know itself.

    It takes STRING for a number, so that '007' would become 7. Lists, maps and rows are JSON texts.
    """
    return _STORED_AS.get(word_of(text), "TEXT")


def word_of(text: str) -> str:
    """The first word of a type: `ARRAY` of ARRAY<INT>."""
    return text[: next((place for place, sign in enumerate(text) if sign in " (<"), len(text))]


def _nearest(name: str) -> str:
    known = [*_WITHOUT_SIZE, *_DEFAULT_SIZE, *_NESTED, "ROW", "RAW", "INTERVAL"]
    return did_you_mean(name, known) or "types are STRING, BIGINT, DOUBLE, ARRAY<FLOAT>, ..."
