"""What is suggested: candidates, and how they are put in order."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum
from typing import NamedTuple

from aisql.repl.completion.matching import LETTERS, Match, matcher

MOST = 100
"""The most suggestions; nobody reads more, and each costs time to draw."""


class Kind(IntEnum):
    """What a suggestion is; what is first is shown first. Those before FUNCTION are the user's own."""

    JOIN = 0
    COLUMN = 1
    SOURCE = 2
    TABLE = 3
    MODEL = 4
    OPTION = 5
    VALUE = 6
    SETTING = 7
    COMMAND = 8
    DATABASE = 9
    FUNCTION = 10
    BUILTIN = 11
    KEYWORD = 12


class Candidate(NamedTuple):
    """What may stand at a place: the text to put there, what the user types to mean it, what to say of it.

    `name` is '' where that is the text. Among equals one with a smaller `order` comes first.
    """

    text: str
    kind: Kind
    detail: str = ""
    name: str = ""
    order: int = 0


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A text to put in the place of what stands from `start` to the cursor, with a word about it."""

    text: str
    start: int
    kind: Kind
    detail: str = ""


def ranked(candidates: Iterable[Candidate], word: str, start: int) -> list[Suggestion]:
    """The candidates that fit what is typed, those that begin so first; nothing where it is typed already."""
    match = matcher(word)
    found: list[tuple[tuple[int, ...], Candidate]] = []
    begun: dict[tuple[int, int], int] = {}
    for candidate in candidates:
        text, kind, _, name, order = candidate
        fit = match(name or text)
        if fit is None or not _is_near(kind, fit, word, name or text):
            continue
        if fit[0] == 0:
            # Of a thousand equals those behind the first hundred are not shown, and so not sorted either.
            count = begun[kind, order] = begun.get((kind, order), 0) + 1
            if count > MOST:
                continue
        distance = fit[1] if fit[0] else 0
        found.append(((fit[0] > 0, kind, fit[0], distance, order, len(found)), candidate))
    found.sort()
    shown: dict[str, Candidate] = {}
    for _, candidate in found:
        shown.setdefault(candidate.text, candidate)
    if list(shown) == [word]:
        return []
    return [Suggestion(each.text, start, each.kind, each.detail) for each in shown.values()][:MOST]


def _is_near(kind: Kind, fit: Match, word: str, name: str) -> bool:
    """Whether it is no accident that the letters of the word are in the name."""
    if fit[0] == 0 or kind < Kind.FUNCTION:
        return True
    return kind == Kind.FUNCTION and (fit[0] < LETTERS or name[0].lower() == word[0].lower())
