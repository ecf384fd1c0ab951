"""What may be typed next: a text and a cursor in, suggestions out. No disk, no network, no terminal."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from aisql.repl.completion import meta, options, ours, queries
from aisql.repl.completion.paths import TypedPath, path_at
from aisql.repl.completion.place import Place, place_of
from aisql.repl.completion.snapshot import Snapshot
from aisql.repl.completion.strings import content_of
from aisql.repl.completion.suggestions import Candidate, Kind, Suggestion, ranked
from aisql.repl.keywords import OURS, WORDS
from aisql.syntax.dialect import is_ours

# Words that begin statements of ours, and may begin SQLite's.
_SHARED = frozenset(("CREATE", "ALTER", "DROP"))
_KEYWORDS = WORDS | OURS
_SETTING = re.compile(r"(?i)(?:SET|RESET)\s+([\w.]*)")


def complete(text: str, cursor: int, snapshot: Snapshot) -> list[Suggestion]:
    """The suggestions for the word that ends at the cursor, the best first. Files are none of them."""
    line, text = _parted(text, cursor, snapshot)
    if line is not None:
        return meta.complete(line, cursor, snapshot)
    place = place_of(text, cursor)
    if place is None or (place.current is not None and place.current.kind == "number"):
        return []
    if place.current is not None and place.current.kind == "string":
        return _in_string(place, cursor, snapshot)
    setting = _SETTING.fullmatch(place.text)
    if setting is not None:
        return ranked(options.setting_names(), setting[1], cursor - len(setting[1]))
    start = place.word_start
    word = place.word.lstrip('"`[')
    return _cased(ranked(_candidates(place, snapshot), word, start), place)


def path_before(text: str, cursor: int, snapshot: Snapshot) -> TypedPath | None:
    """The path of a file that ends at the cursor, None where no file is meant."""
    line, text = _parted(text, cursor, snapshot)
    if line is not None:
        return meta.path_in(line)
    place = place_of(text, cursor)
    return None if place is None else path_at(place)


def _parted(text: str, cursor: int, snapshot: Snapshot) -> tuple[str | None, str]:
    """The meta command the cursor is in, None where it is in a statement; and the text, with blanks in the
    place of a command that the statement is given to."""
    line = meta.line_before(text, cursor)
    start = 0 if line is None else meta.statement_in(line, snapshot)
    if line is None or start is None:
        return line, text
    start += cursor - len(line)
    return None, " " * start + text[start:]


def _in_string(place: Place, cursor: int, snapshot: Snapshot) -> list[Suggestion]:
    content = content_of(place, snapshot)
    if content is None:
        return []
    return ranked(content.candidates, content.word.lstrip('"'), cursor - len(content.word))


def _candidates(place: Place, snapshot: Snapshot) -> Iterator[Candidate]:
    if place.index == 0:
        yield from (Candidate(word, Kind.KEYWORD) for word in snapshot.following(""))
    first = place.words.upper(0)
    if place.index and is_ours(place.before):
        yield from ours.candidates(place, snapshot)
        return
    if place.index and first in _SHARED:
        yield from (Candidate(word, Kind.KEYWORD) for word in snapshot.following(place.before))
    yield from queries.candidates(place, snapshot)


def _cased(suggestions: list[Suggestion], place: Place) -> list[Suggestion]:
    """Words of SQL in the case of the user: that of what is typed of the word, else of the one before."""
    before = reversed(place.words.tokens[: place.index])
    letters = place.word or next((token.text for token in before if token.upper in _KEYWORDS), "")
    if not letters.islower():
        return suggestions
    return [
        replace(each, text=each.text.lower()) if each.kind == Kind.KEYWORD else each for each in suggestions
    ]
