"""The words and brackets of a statement that may be broken off anywhere."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

# A quote that is never closed reaches to the end of the text.
_TOKEN = re.compile(
    r"""(?xs)
    (?P<comment> --[^\n]* | /\*.*?(?:\*/|\Z) )
  | (?P<string> '(?:[^']|'')*(?:'|\Z) )
  | (?P<bracket> (?i:(?<=\bARRAY)|(?<=\bMAP))\[ | [()\]] )
  | (?P<quoted> "(?:[^"]|"")*(?:"|\Z) | `(?:[^`]|``)*(?:`|\Z) | \[[^\]]*(?:\]|\Z) )
  | (?P<variable> \$\{[^}\s]*\}? | [:@$][\w$]+ | [:@?] )
  | (?P<word> (?:[^\W\d]|[^\x00-\x7f\s])(?:[\w$]|[^\x00-\x7f\s])* )
  | (?P<number> \d[\w.]* )
  | (?P<sign> => | \|\| | [<>!=]= | <> | \S )
    """
)
_QUERIES = frozenset(("SELECT", "WITH", "VALUES"))
_CUTS = frozenset(("FROM", "WHERE", "GROUP", "HAVING", "ORDER", "LIMIT", "UNION", "EXCEPT", "INTERSECT"))


class Token(NamedTuple):
    """A word, a quoted name, a string, ...: its kind, text and place; `upper` is the text of a word."""

    kind: str
    text: str
    start: int
    end: int
    upper: str

    @property
    def name(self) -> str:
        """The name a word, a quoted name or a string stands for."""
        if self.kind not in {"quoted", "string"}:
            return self.text
        quote = {"[": "]"}.get(self.text[0], self.text[0])
        content = self.text[1:-1] if self.is_closed else self.text[1:]
        return content.replace(quote * 2, quote)

    @property
    def is_closed(self) -> bool:
        """Whether a string or a quoted name has its second quote."""
        quote = {"[": "]"}.get(self.text[0], self.text[0])
        return (
            len(self.text) > 1
            and self.text.endswith(quote)
            and (self.text.count(quote) % 2 == 0 or quote == "]")
        )


def tokens_of(text: str) -> list[Token]:
    """The tokens of a text, without blanks."""
    found = []
    for match in _TOKEN.finditer(text):
        kind = match.lastgroup or ""
        word = match[0]
        found.append(Token(kind, word, match.start(), match.end(), word.upper() if kind == "word" else word))
    return found


@dataclass(frozen=True)
class Words:
    """Tokens without comments, and how their brackets enclose each other.

    A bracket that is never closed ends before the next clause, for it is most likely being typed:
    `SELECT count( FROM t`. One that holds a query ends with the text.
    """

    tokens: Sequence[Token]

    @cached_property
    def ends(self) -> dict[int, int]:
        """For every opening bracket the place of what ends it."""
        ends: dict[int, int] = {}
        opened: list[int] = []
        for index, token in enumerate(self.tokens):
            if token.kind == "bracket" and token.text in "([":
                opened.append(index)
            elif token.kind == "bracket" and opened:
                ends[opened.pop()] = index
        for index in opened:
            ends[index] = self._cut(index, ends)
        return ends

    def _cut(self, opener: int, ends: dict[int, int]) -> int:
        index = opener + 1
        if self.upper(index) in _QUERIES:
            return len(self.tokens)
        while index < len(self.tokens) and self.upper(index) not in _CUTS:
            index = ends.get(index, index) + 1
        return min(index, len(self.tokens))

    def upper(self, index: int) -> str:
        """The word at a place in capitals, '' where there is none."""
        return self.tokens[index].upper if 0 <= index < len(self.tokens) else ""

    def text(self, low: int, high: int) -> str:
        """The text of the tokens from low to high, with blanks for what stands between them."""
        ends = [self.tokens[low].start, *(token.end for token in self.tokens[low:high])]
        pairs = zip(self.tokens[low:high], ends, strict=False)
        return "".join(token.text.rjust(token.end - end) for token, end in pairs)

    def row(self, low: int, high: int) -> Iterator[int]:
        """The places from low to high without what stands in brackets there."""
        index = low
        while index < high:
            yield index
            end = self.ends.get(index)
            index = index + 1 if end is None else end + self._is_closing(end)

    def _is_closing(self, index: int) -> bool:
        return self.upper(index) in {")", "]"}

    def around(self, place: int) -> list[int]:
        """The opening brackets that enclose a place between tokens, from the outermost to the innermost."""
        return sorted(opener for opener, end in self.ends.items() if opener < place <= end)

    def argument(self, opener: int, place: int) -> int:
        """The number of the argument of a bracket that a place is in, from 0."""
        return sum(self.tokens[index].text == "," for index in self.row(opener + 1, place))
