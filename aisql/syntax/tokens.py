"""What a token or a tree of the parser says, and where it stands."""

from __future__ import annotations

from typing import TypeAlias

from lark import Token, Tree

from aisql.errors import Span

Element: TypeAlias = Tree[Token] | Token


def unquote(token: str) -> str:
    """The text a quoted name or string stands for; a bare name is itself."""
    match token[0]:
        case "'" | '"' | "`" as quote:
            return token[1:-1].replace(quote * 2, quote)
        case "[":
            return token[1:-1]
    return str(token)


def span_of(element: Element) -> Span:
    """Where the element stands in the statement's text."""
    if isinstance(element, Token):
        return Span(element.start_pos, element.end_pos)
    return Span(element.meta.start_pos, element.meta.end_pos)
