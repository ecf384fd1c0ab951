"""The tables that a question is about, as a model is told of them: CREATE statements, never rows."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from aisql.engine.database import quoted
from aisql.engine.outline import SchemaRow
from aisql.render.masking import mask_secrets
from aisql.secrecy import MASK

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+|[^\W\d_a-zA-Z]+")
_STRING = r"""'(?:[^']|'')*+' | "(?:[^"]|"")*+" """
_INNER = rf"""(?:{_STRING} | [^()'"])*+"""
_DEFAULT = re.compile(
    rf"""(?ix)\bDEFAULT\s*(?: x?(?:{_STRING}) | \((?:{_STRING} | [^()'"] | \({_INNER}\))*+\) )"""
)
_LOOKS_LIKE_KEY = re.compile(r"'(?=[^'\s]*\d)[\w./+=-]{20,}'")
_NONE = "(there are none)"
_NAMES_SHOWN = 100
"""Names of tables there is no room for that are told all the same."""


@dataclass(frozen=True, slots=True)
class ToldTables:
    """What is told of the tables `names`, and those there was no room for."""

    text: str
    names: tuple[str, ...]
    left_out: tuple[str, ...]


def told_tables(rows: Sequence[SchemaRow], spoken: str, most: int) -> ToldTables:
    """The tables and views that a text speaks of, and those tied to them; all of the current database where
    it speaks of none. Those that do not fit into so many characters are left out, the least likely first.
    """
    texts: list[str] = []
    names: list[str] = []
    left_out: list[str] = []
    for row in _in_use(rows, _words(spoken), spoken):
        text = _told(row)
        fits = len(text) <= most
        most -= len(text) if fits else 0
        (names if fits else left_out).append(_name(row))
        texts += [text] if fits else []
    if left_out:
        texts.append(f"-- not shown for lack of room: {', '.join(left_out[:_NAMES_SHOWN])}")
    return ToldTables("\n".join(texts) or _NONE, tuple(names), tuple(left_out))


def without_secrets(create: str) -> str:
    """A CREATE statement without keys, and without texts that are defaults: they may be anything."""
    masked = _DEFAULT.sub(_without_text, mask_secrets(create))
    return _LOOKS_LIKE_KEY.sub(f"'{MASK}'", masked)


def _without_text(default: re.Match[str]) -> str:
    is_text = "'" in default[0] or '"' in default[0]
    return f"DEFAULT '{MASK}'" if is_text else default[0]


def _in_use(rows: Sequence[SchemaRow], spoken: set[str], text: str) -> list[SchemaRow]:
    named = [row for row in rows if _is_named(row[2], spoken, text)]
    if named:
        tied = [row for row in rows if row not in named and any(_are_tied(row, each) for each in named)]
        return named + tied
    here = [row for row in rows if not row[0]]
    return sorted(here, key=lambda row: -len(spoken & _words(row[3])))


def _is_named(name: str, spoken: set[str], text: str) -> bool:
    """Whether all words of a name are spoken; many scripts write no blanks between words."""
    return set() < _words(name) <= spoken or (not name.isascii() and name.lower() in text.lower())


def _are_tied(row: SchemaRow, named: SchemaRow) -> bool:
    """Whether a foreign key joins the two, or the one that is named is a view of the other."""
    reads = named[1] == "view" and _has(named[3], row[2])
    return reads or _refers(row[3], named[2]) or _refers(named[3], row[2])


def _has(create: str, name: str) -> bool:
    return re.search(rf"(?i)(?<![\w$]){re.escape(name)}(?![\w$])", create) is not None


def _refers(create: str, name: str) -> bool:
    return re.search(rf"(?i)\bREFERENCES\s+[\"`\[]?{re.escape(name)}(?![\w$])", create) is not None


def _words(text: str) -> set[str]:
    """The words of a text in small letters, each as if there were one of it."""
    return {_singular(word.lower()) for word in _WORD.findall(text)}


def _singular(word: str) -> str:
    for ending, one in (("ies", "y"), ("sses", "ss"), ("s", "")):
        if word.endswith(ending) and len(word) > len(ending) + 1 and not word.endswith("ss"):
            return word.removesuffix(ending) + one
    return word


def _name(row: SchemaRow) -> str:
    return f"{row[0]}.{row[2]}" if row[0] else row[2]


def _told(row: SchemaRow) -> str:
    before = f"-- written {quoted(row[0])}.{quoted(row[2])}\n" if row[0] else ""
    return f"{before}{without_secrets(row[3])};"
