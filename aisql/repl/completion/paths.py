"""The path of a file that is typed: what is there of it, and how names in its folder are written."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import NamedTuple

from aisql.data.registry import BY_ENDING
from aisql.data.registry import format_of as format_read
from aisql.render.escape import UNSAFE
from aisql.render.registry import format_of as format_written
from aisql.repl.completion.place import Place
from aisql.repl.completion.queries import Query
from aisql.repl.completion.snapshot import Snapshot
from aisql.repl.completion.suggestions import MOST, Kind, Suggestion
from aisql.repl.completion.words import tokens_of
from aisql.syntax.dialect import is_ours

BARE = re.compile(r"""[^\s'";][^\s;]*""")
"""A word that a command takes without quotes."""
_HOME = "~"
_READERS = {f"READ_{ending.upper()}": record.name for ending, record in BY_ENDING.items()}

Fitting = Callable[[str], str]
"""What a file is that fits where it is wanted, by its name; '' for one that most likely does not."""


class Entry(NamedTuple):
    """What is in a folder: a name, and whether it is a folder again."""

    name: str
    is_folder: bool


@dataclass(frozen=True, slots=True)
class TypedPath:
    """The part of a path before the cursor, as it is written behind its `quote`; '' is that of a bare word.

    `closing` ends it, and is '' where that is there already. Files that are `fitting` come first.
    """

    text: str
    quote: str
    closing: str
    fitting: Fitting

    @property
    def path(self) -> str:
        """The path that is meant."""
        return self.text if self.quote in {"", "["} else self.text.replace(self.quote * 2, self.quote)

    @property
    def folder(self) -> str:
        """The folder it leads to so far, '' for the working folder."""
        return os.path.split(self.path)[0]

    def suggestions(self, entries: Iterable[Entry], cursor: int) -> list[Suggestion]:
        """The names in the folder that begin as the path ends."""
        before, begin = os.path.split(self.path)
        home = [Entry(_HOME, True)] if self.path == _HOME else []
        found = [entry for entry in (*home, *entries) if _is_meant(entry.name, begin)]
        # A Tab adds what all names have in common, which is what the first and the last one have.
        ends = [min(found), max(found)] if len(found) > MOST else []
        shown = dict.fromkeys([*sorted(found, key=self._rank)[:MOST], *ends])
        return [self._suggestion(os.path.join(before, each.name), each, cursor) for each in shown]  # noqa: PTH118 # a text

    def _rank(self, entry: Entry) -> tuple[bool, str]:
        return not self._detail(entry), entry.name

    def _detail(self, entry: Entry) -> str:
        return "folder" if entry.is_folder else self.fitting(entry.name)

    def _suggestion(self, path: str, entry: Entry, cursor: int) -> Suggestion:
        text, width = self._written(path, entry)
        return Suggestion(text, cursor - width, Kind.VALUE, self._detail(entry))

    def _written(self, path: str, entry: Entry) -> tuple[str, int]:
        """The text for a name, and how many characters before the cursor it replaces."""
        if not self.quote and not BARE.fullmatch(path):
            ending = "/" if entry.is_folder else "'"
            return "'" + _escaped(path, "'") + ending, len(self.text)
        ending = "/" if entry.is_folder else self.closing
        return _escaped(entry.name, self.quote) + ending, len(self.text.rpartition("/")[2])


def _is_meant(name: str, begin: str) -> bool:
    """Whether a name begins so and can be typed; one that is hidden has to be begun."""
    is_shown = name.startswith(begin) and (begin != "" or name[0] != ".")
    return is_shown and (name.isprintable() or ("\n" not in name and UNSAFE.search(name) is None))


def _escaped(name: str, quote: str) -> str:
    return name if quote in {"", "["} else name.replace(quote, quote * 2)


def any_file(_name: str) -> str:
    """Fits whatever it is called."""
    return "file"


def _folder(_name: str) -> str:
    return ""


def _readable(name: str) -> str:
    record = format_read(name)
    return "" if record is None else record.name


def _writable(name: str) -> str:
    return format_written(name, "") or ""


def _read_by(reader: str) -> Fitting:
    return lambda name: reader if _readable(name) == reader else ""


def path_at(place: Place) -> TypedPath | None:
    """The path that is typed at a place of a statement; None where no file of this machine is meant."""
    token = place.current
    if token is None or token.kind not in {"string", "quoted"}:
        return None
    reader = _READERS.get(place.back(2)) if place.back() == "(" else None
    if reader is not None and token.text.startswith("["):
        return _listed(place, _read_by(reader))
    fitting = _wanted(place) if reader is None else _read_by(reader)
    if fitting is None:
        return None
    quote = token.text[0]
    closing = "" if token.is_closed else {"[": "]"}.get(quote, quote)
    return TypedPath(place.word[1:], quote, closing, fitting)


def _listed(place: Place, fitting: Fitting) -> TypedPath | None:
    """The path in a list, `['a.csv', 'b`, which looks like a name in brackets."""
    last = tokens_of(place.word[1:])[-1:]
    if place.current is None or not last or last[0].kind != "string" or last[0].is_closed:
        return None
    is_closed = place.current.text.count("'") % 2 == 0
    return TypedPath(last[0].text[1:], "'", "" if is_closed else "'", fitting)


def _wanted(place: Place) -> Fitting | None:
    """What kind of file a string at this place names, None for no file."""
    first, last, is_string = place.words.upper(0), place.back(), place.quote == ""
    match first:
        case "COPY" if not place.words.around(place.index):
            return {"FROM": _readable, "TO": _writable}.get(last) if is_string else None
        case "PUT":
            return any_file if is_string and place.index == 1 else None
        case "GET":
            return _folder if is_string and last == "TO" else None
        case "CREATE" if last == "LOCATION":
            return _folder if is_string else None
        case "DESC" | "DESCRIBE":
            return _readable if last in {first, "EXTENDED"} and place.index <= 2 else None
    return _readable if _is_read(place) and (first == "COPY" or not is_ours(place.before)) else None


def _is_read(place: Place) -> bool:
    """Whether the name of a table that is read comes next."""
    last = place.back()
    is_source = last in {"JOIN", ",", "("} or (last == "FROM" and place.back(2) != "DELETE")
    return is_source and Query(place, Snapshot()).is_table()
