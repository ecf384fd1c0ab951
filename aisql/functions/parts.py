"""What is too long for one request, made into parts that fit; nothing is ever left out."""

from __future__ import annotations

import json
import re
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TypeAlias, TypeVar

from aisql.errors import CONTEXT_TOO_LONG, ProviderError
from aisql.functions.base import Ask
from aisql.functions.talks import Part, all_usable
from aisql.providers.base import Reply
from aisql.providers.tokens import estimate

_T = TypeVar("_T")
_P = TypeVar("_P")

Texts: TypeAlias = tuple[str, ...]

_LETTERS_PER_TOKEN = 4
# Where a text is divided: behind a paragraph, else a sentence, else a word.
_ENDS = tuple(re.compile(pattern) for pattern in (r"\n\s*\n", r"[.!?][\"')\]]*\s+|[。！？]|\n", r"\s+"))


def written(texts: Sequence[str]) -> str:
    """Texts as a request holds them: in a JSON array none can pass for two."""
    return json.dumps([*texts], ensure_ascii=False)


def size(text: str) -> int:
    """About how many tokens a text is in such an array, with what stands between it and the next one."""
    return estimate(json.dumps(text, ensure_ascii=False)) + 1


def divided(text: str, room: int) -> Iterator[str]:
    """The text in pieces of at most so many tokens each; together they are the text again.

    A piece has one character at least, however little room there is.
    """
    longest = _LETTERS_PER_TOKEN * max(room, 1)
    start = 0
    while start < len(text):
        window = text[start : start + longest]
        if start + len(window) == len(text) and size(window) <= room:  # as most are, from the beginning
            yield window
            return
        fitting = max(bisect_right(range(1, len(window) + 1), room, key=lambda end: size(window[:end])), 1)
        end = _end(window, fitting)
        yield window[:end]
        start += end


def _end(window: str, most: int) -> int:
    """The best place to divide at, in the second half of what fits."""
    for ending in _ENDS:
        ends = [match.end() for match in ending.finditer(window, most // 2, most)]
        if ends:
            return ends[-1]
    return most


def grouped(
    items: Iterable[_T], room: int, text_of: Callable[[_T], str], most: int | None = None
) -> list[tuple[_T, ...]]:
    """The items in their order, as many together as fit, but no more than `most`.

    One that does not fit at all is alone.
    """
    groups: list[list[_T]] = []
    taken = 0
    for item in items:
        tokens = size(text_of(item))
        if not groups or taken + tokens > room or len(groups[-1]) == most:
            groups.append([])
            taken = 0
        groups[-1].append(item)
        taken += tokens
    return [tuple(group) for group in groups]


def packed(texts: Iterable[str], room: int) -> list[Texts]:
    """All texts in parts that fit; one that is longer than a part is divided."""
    return grouped((piece for text in texts for piece in divided(text, room)), room, str)


def halves(part: tuple[_T, ...]) -> list[tuple[_T, ...]]:
    """Two parts of one; one alone cannot be divided."""
    middle = len(part) // 2
    return [part[:middle], part[middle:]] if middle else [part]


def halves_of_texts(part: Texts) -> list[Texts]:
    """The same where one alone can be."""
    return halves(part) if len(part) > 1 else [(piece,) for piece in divided(part[0], size(part[0]) // 2)]


def answered(
    parts: Sequence[_P],
    asking: Callable[[_P], tuple[Ask, Callable[[Reply], _T]]],
    halved: Callable[[_P], Sequence[_P]],
) -> Part[list[tuple[_P, _T]]]:
    """The parts, which are asked about together, each with what is made of its answer.

    One that the model finds too long is asked about in halves. Raises ProviderError where a part fails.
    """
    while True:
        found = yield from all_usable([asking(part) for part in parts])
        results: list[tuple[_P, _T]] = []
        smaller: list[_P] = []
        for part, value in zip(parts, found, strict=True):
            if isinstance(value, ProviderError):
                smaller += smaller_parts(part, value, halved)
            else:
                results.append((part, value))
                smaller.append(part)
        if len(results) == len(parts):
            return results
        parts = smaller


def smaller_parts(part: _P, error: ProviderError, halved: Callable[[_P], Sequence[_P]]) -> Sequence[_P]:
    """A part divided where it is too long. Raises its error where it is not, or cannot be divided."""
    found = halved(part) if error.code == CONTEXT_TOO_LONG else ()
    if len(found) < 2:
        raise error
    return found
