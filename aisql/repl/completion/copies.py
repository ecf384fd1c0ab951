"""The options of COPY as candidates, and what they can be."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from aisql.data.registry import READABLE
from aisql.engine import copies_in, copies_out
from aisql.render.registry import FORMATS
from aisql.repl.completion.place import Place
from aisql.repl.completion.suggestions import Candidate, Kind

_TRUTHS = ("true", "false")
_SWITCHES = frozenset(("CREATE", "REPLACE", "HEADER", "FILENAME", "APPEND"))


def candidates(place: Place) -> Iterator[Candidate]:
    """What may stand in the brackets behind the file of a COPY; nothing elsewhere."""
    words = place.words
    opener = next(iter(words.around(place.index)[-1:]), 0)
    file = opener - 2 if words.upper(opener - 1) == "WITH" else opener - 1
    way = words.upper(file - 1)
    if way not in {"FROM", "TO"} or not _is_file(place, file):
        return
    if place.back() in {"(", ","}:
        present = {words.upper(index) for index in words.row(opener + 1, place.index)}
        for order, name in enumerate(_names(way, words.upper(file))):
            if name not in present:
                yield Candidate(name, Kind.KEYWORD, order=order)
    else:
        yield from _values(way, place.back(2 if place.back() == "=" else 1))


def _is_file(place: Place, index: int) -> bool:
    return place.words.tokens[index].kind == "string" or place.words.upper(index) in {"STDIN", "STDOUT"}


def _names(way: str, file: str) -> Iterable[str]:
    if way == "FROM":
        return copies_in.OPTIONS
    return copies_out.OPTIONS[:1] if file == "STDOUT" else copies_out.OPTIONS


def _values(way: str, name: str) -> Iterator[Candidate]:
    if name == "FORMAT":
        for record in READABLE.values() if way == "FROM" else FORMATS.values():
            yield Candidate(record.name, Kind.VALUE, record.summary)
    else:
        values = _TRUTHS if name in _SWITCHES else copies_in.ON_ERROR if name == "ON_ERROR" else ()
        yield from (Candidate(value, Kind.VALUE) for value in values)
