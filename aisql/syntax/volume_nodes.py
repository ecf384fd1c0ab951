"""Volumes inside a query (Singdata): as an argument, as a list of files in FROM, and as the rows of files."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from lark import Token, Tree

from aisql.errors import Span, SyntaxProblem
from aisql.syntax.blocks import arguments_of, is_call, name_of, text_of
from aisql.syntax.tokens import Element, span_of, unquote
from aisql.syntax.volumes import PRESIGNED_URL, ListVolume, Selection, VolumeData, VolumeName, file_format

_BEFORE_SOURCES = frozenset(("FROM", "JOIN"))


@dataclass(frozen=True, slots=True)
class VolumeNode:
    """A place that names a volume.

    `value` is a VolumeName as the first argument of GET_PRESIGNED_URL; a ListVolume, which stands for a query
    of its rows; VolumeData, which stands for a table.
    """

    span: Span
    value: VolumeName | ListVolume | VolumeData


Source: TypeAlias = tuple[VolumeNode, int]
"""What is ours, and how many elements it takes."""


def volume_source(elements: Sequence[Element], start: int) -> Source | None:
    """What stands at a place in a row of elements where it is a source of FROM that reads a volume."""
    before = elements[start - 1] if start else None
    verb = name_of(elements[start])
    if verb in {"SHOW", "LIST"} and (before is None or _is_name_of_call(before)):
        return _listing(elements, start, verb)
    if start > 1 and name_of(elements[start - 2]) == "DELETE":
        return None
    if before is None or not (name_of(before) in _BEFORE_SOURCES or text_of(before) == ","):
        return None
    words = _Words(elements, start)
    volume = words.volume(words.path)
    if volume is None or not words.takes("USING"):
        return None
    place, word = words.place(), words.word()
    if not word:
        return None
    data = VolumeData(volume, file_format(word, place), words.options(), words.selection())
    return VolumeNode(words.span(start), data), words.at - start


def named_volume(call: Tree[Token]) -> Iterator[VolumeNode]:
    """The volume that the first argument of GET_PRESIGNED_URL names; none where it is a URI, as in views.

    Raises SyntaxProblem for anything else.
    """
    first = next(arguments_of(call), None)
    if first is not None and text_of(first.children[0])[:1] == "'":
        return
    words = _Words(first.children if first is not None else (), 0)
    volume = words.volume(words.path)
    if first is None or volume is None or words.is_left():
        raise SyntaxProblem(
            "GET_PRESIGNED_URL: the first argument is a volume",
            span=span_of(call if first is None else first),
            hint=f"it is called {PRESIGNED_URL}",
        )
    yield VolumeNode(span_of(first), volume)


def _is_name_of_call(element: Element) -> bool:
    """Whether an element is the word before a bracket, laid out flat with what is inside."""
    return isinstance(element, Token) and element.type == "CALL_NAME"


def _listing(elements: Sequence[Element], start: int, verb: str) -> Source | None:
    words = _Words(elements, start + 1)
    volume = words.volume(words.path) if verb == "LIST" else _of_directory(words)
    if volume is None or (verb == "LIST" and not words.ends_name()):
        return None
    listing = ListVolume(volume, words.string("SUBDIRECTORY"), words.string("REGEXP"))
    words.refuse_more()
    return VolumeNode(words.span(start), listing), words.at - start


def _of_directory(words: _Words) -> VolumeName | None:
    volume = words.volume(lambda: words.path() if words.takes("DIRECTORY") else None)
    if volume is None or (volume.kind == "user" and not words.takes("DIRECTORY")):
        return None
    return volume


class _Words:
    """Reads a row of elements from `at`."""

    def __init__(self, elements: Sequence[Element], at: int) -> None:
        self._elements = elements
        self.at = at

    def is_left(self) -> bool:
        """Whether anything follows."""
        return self.at < len(self._elements)

    def word(self) -> str:
        """The next element as it is written, '' where it is none of one word; it is passed."""
        text = text_of(self._elements[self.at]) if self.is_left() else ""
        self.at += bool(text)
        return text

    def takes(self, word: str) -> bool:
        """Passes a word where it is the next."""
        is_next = self.is_left() and text_of(self._elements[self.at]).upper() == word
        self.at += is_next
        return is_next

    def ends_name(self) -> bool:
        """Whether what was passed can be the whole name of a volume to list, and not a table called LIST."""
        return not self.is_left() or name_of(self._elements[self.at]) in {"SUBDIRECTORY", "REGEXP"}

    def place(self) -> Span:
        """Where the next element stands; behind the last where there is none."""
        if self.is_left():
            return span_of(self._elements[self.at])
        end = span_of(self._elements[-1]).end
        return Span(end, end)

    def span(self, start: int) -> Span:
        """What was passed since an element."""
        return Span(span_of(self._elements[start]).start, span_of(self._elements[self.at - 1]).end)

    def path(self) -> tuple[str, ...] | None:
        """The parts of the name that comes next; None where there is none."""
        names = []
        while (name := self.word())[:1] not in {"", "'"}:
            names.append(unquote(name))
            if not self.takes("."):
                return tuple(names)
        return None

    def volume(self, path: Callable[[], tuple[str, ...] | None]) -> VolumeName | None:
        """The volume named next, whose own name `path` reads; None where there is none."""
        if self.takes("USER"):
            return VolumeName("user") if self.takes("VOLUME") else None
        is_table = self.takes("TABLE")
        names = path() if self.takes("VOLUME") else None
        if names is None:
            return None
        return VolumeName("table" if is_table else "named", names)

    def string(self, word: str) -> str | None:
        """The string behind a word, and behind an equals sign where there is one; None without the word."""
        if not self.takes(word):
            return None
        self.takes("=")
        place = self.place()
        text = self.word()
        if not text.startswith("'"):
            raise SyntaxProblem(f"a string in single quotes follows {word}", span=place)
        return unquote(text)

    def options(self) -> tuple[tuple[str, str], ...]:
        """OPTIONS('key' = 'value', ...)."""
        pairs = []
        for argument in self._arguments("OPTIONS"):
            texts = [text_of(each) for each in argument.children]
            if len(texts) != 3 or texts[1] != "=" or not texts[0].startswith("'") or texts[2][:1] != "'":
                raise SyntaxProblem(
                    "an option is written 'key' = 'value', both in single quotes", span=span_of(argument)
                )
            pairs.append((unquote(texts[0]), unquote(texts[2])))
        return tuple(pairs)

    def selection(self) -> Selection:
        """FILES('a', ...), or SUBDIRECTORY and REGEXP."""
        files, place, before = [], self.place(), self.at
        for argument in self._arguments("FILES"):
            texts = [text_of(each) for each in argument.children]
            if len(texts) != 1 or not texts[0].startswith("'"):
                raise SyntaxProblem("FILES takes strings in single quotes", span=span_of(argument))
            files.append(unquote(texts[0]))
        if self.at > before and not files:
            raise SyntaxProblem("FILES takes strings in single quotes", span=place)
        return Selection(tuple(files), self.string("SUBDIRECTORY"), self.string("REGEXP"))

    def _arguments(self, name: str) -> Sequence[Tree[Token]]:
        element = self._elements[self.at] if self.is_left() else None
        if element is None or not is_call(element) or name_of(element) != name:
            return ()
        self.at += 1
        return tuple(arguments_of(element))

    def refuse_more(self) -> None:
        """Raises SyntaxProblem where anything follows."""
        if self.is_left():
            raise SyntaxProblem("expected SUBDIRECTORY, REGEXP or ')'", span=self.place())
