"""Where the cursor is: in which statement, behind which words, in the middle of which."""

from __future__ import annotations

from dataclasses import dataclass

from aisql.repl.completion.words import Token, Words, tokens_of
from aisql.syntax.split import split

_GROWING = frozenset(("word", "quoted", "string", "variable", "number"))


@dataclass(frozen=True)
class Place:
    """A cursor in a statement.

    `text` is the statement as far as the cursor, `start` where it begins in what was typed, and `words` are
    all of its tokens but the one being typed, `current`. `index` is how many of them stand before the cursor.
    """

    text: str
    start: int
    words: Words
    index: int
    current: Token | None

    @property
    def word(self) -> str:
        """What is typed of the current token."""
        return self.text[self.current.start :] if self.current is not None else ""

    @property
    def quote(self) -> str:
        """The quote that the name being typed begins with, '' for none."""
        return self.word[:1] if self.word[:1] in {'"', "`", "["} else ""

    @property
    def word_start(self) -> int:
        """Where the current token begins in what was typed."""
        return self.start + (len(self.text) if self.current is None else self.current.start)

    @property
    def before(self) -> str:
        """The statement before the current token."""
        return self.text if self.current is None else self.text[: self.current.start]

    def back(self, count: int = 1) -> str:
        """The word that stands so many places before the cursor, in capitals; '' where there is none."""
        return self.words.upper(self.index - count)

    def token(self, count: int = 1) -> Token | None:
        """The token that stands so many places before the cursor."""
        index = self.index - count
        return self.words.tokens[index] if index >= 0 else None


def place_of(text: str, cursor: int) -> Place | None:
    """The place of a cursor; None inside of a comment."""
    low, high = _statement(text, cursor)
    low = max(low, min(cursor, high - len(text[low:high].lstrip())))
    tokens = tokens_of(text[low:high])
    if any(token.kind == "comment" and _is_inside(token, cursor - low) for token in tokens):
        return None
    tokens = [token for token in tokens if token.kind != "comment"]
    # Statements inside of a trigger have semicolons of their own.
    semicolons = [token.start for token in tokens if token.text == ";"]
    first = max((place + 1 for place in semicolons if place < cursor - low), default=0)
    last = min((place for place in semicolons if place >= cursor - low), default=high - low)
    inside = [token for token in tokens if first <= token.start < last]
    first = min([cursor - low, *(token.start for token in inside)])
    moved = inside
    if first:
        moved = [token._replace(start=token.start - first, end=token.end - first) for token in inside]
    return _place(text[low + first : cursor], low + first, moved)


def _statement(text: str, cursor: int) -> tuple[int, int]:
    """The part of a script that the statement at the cursor is in: only it has to be looked at closely."""
    low = 0
    for piece in split(text):
        end = piece.start + len(piece.text)
        if cursor <= end or not piece.ended:
            return low, end
        low = end + 1
    return low, len(text)


def _place(text: str, start: int, tokens: list[Token]) -> Place:
    cursor = len(text)
    current = next((token for token in tokens if _is_typed(token, cursor)), None)
    words = [token for token in tokens if token is not current]
    index = sum(token.end <= cursor for token in words)
    return Place(text, start, Words(words), index, current)


def _is_inside(comment: Token, cursor: int) -> bool:
    is_open = comment.text.startswith("--") or not comment.text.endswith("*/")
    return comment.start < cursor < comment.end + is_open


def _is_typed(token: Token, cursor: int) -> bool:
    if token.kind not in _GROWING or not token.start < cursor <= token.end:
        return False
    return cursor < token.end or token.kind not in {"string", "quoted"} or not token.is_closed
