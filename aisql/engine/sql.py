"""SQL text that remembers where it was written."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from aisql.errors import AisqlError, Span

NAME = r"""(?:"(?:[^"]|"")*"|`(?:[^`]|``)*`|\[[^\]]*\]|(?<![\w$])[\w$]++)"""
"""The pattern of a name, quoted or not."""

TABLE_AS = rf"(?:TEMP(?:ORARY)?\s+)?TABLE\s+(?:IF\s+NOT\s+EXISTS\s+)?{NAME}(?:\s*\.\s*{NAME})?\s+AS"
"""The pattern of what follows CREATE where a query does."""


@dataclass(frozen=True, slots=True)
class Sql:
    """A text in parts: what the user wrote, with the offset it was written at, and what was put in (None)."""

    parts: tuple[tuple[str, int | None], ...]

    def __str__(self) -> str:
        return "".join(text for text, _ in self.parts)

    def split_at(self, offset: int) -> tuple[Sql, Sql]:
        """What was written before the offset, and from there on."""
        for index in reversed(range(len(self.parts))):  # what is put in may repeat what stands before it
            text, origin = self.parts[index]
            if origin is not None and origin <= offset <= origin + len(text):
                cut = offset - origin
                head, tail = (text[:cut], origin), (text[cut:], offset)
                return Sql((*self.parts[:index], head)), Sql((tail, *self.parts[index + 1 :]))
        return self, Sql(())

    def origin_of(self, position: int) -> int:
        """The offset at which the user wrote what stands at a position; of a text put in, where it stands."""
        last = 0
        for text, origin in self.parts:
            if origin is not None:
                last = origin + min(position, len(text))
            if position < len(text):
                break
            position -= len(text)
        return last

    def located(self, error: AisqlError) -> AisqlError:
        """The error about this text, with its place where the user wrote it."""
        if error.span is not None:
            start = self.origin_of(error.span.start)
            error.span = Span(start, max(start, self.origin_of(error.span.end)))
        return error


def sql(*pieces: str | Sql) -> Sql:
    """The pieces in a row; a plain string is text put in."""
    parts: list[tuple[str, int | None]] = []
    for piece in pieces:
        parts += piece.parts if isinstance(piece, Sql) else ((piece, None),)
    return Sql(tuple(parts))


def listed(pieces: Iterable[str | Sql], separator: str | Sql = ", ") -> Sql:
    """The pieces with commas, or something else, between them."""
    row: list[str | Sql] = []
    for piece in pieces:
        row += [separator, piece] if row else [piece]
    return sql(*row)
