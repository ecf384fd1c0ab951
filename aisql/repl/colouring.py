"""The colours of what is being typed, made in parts: what a key has not changed is not read again."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import lru_cache

from prompt_toolkit.document import Document
from prompt_toolkit.formatted_text import StyleAndTextTuples
from prompt_toolkit.formatted_text.utils import split_lines
from prompt_toolkit.lexers import Lexer
from prompt_toolkit.styles.pygments import pygments_token_to_classname

from aisql.repl.lexer import AisqlLexer

_REMEMBERED = 4096
# A line ends a part, unless it stands in quotes or a comment, or what a word means may stand in the next one:
# a bracket behind a name makes it a function.
_PART = re.compile(
    r"""(?x)(?:
        (?m:^)[\ \t]*(?:\\\S++ | \.[A-Za-z?]\w*+) | [^\n'"`\[/$-]++ | (?<![\w$:@])\$\{[^}\s]*+\}? | \$
      | '[^']*+' | "[^"]*+" | `[^`]*+` | --[^\n]*+ | /\*(?s:.*?)\*/ | /(?!\*) | -(?!-)
      | (?i:(?<=\bARRAY)(?<![:@$]ARRAY)|(?<=\bMAP)(?<![:@$]MAP))\[ | \[[^\]]*+\]
      | (?<=[\w$'"`\]\s]|[^\x00-\x7f])\n(?=\s*[(\['=])
    )*+ (?: \n | ['"`\[/](?s:.*) | \Z )"""
)


class PartsLexer(Lexer):
    """Colours the dialect."""

    def __init__(self) -> None:
        self._lexer = AisqlLexer(stripnl=False, ensurenl=False)
        self._coloured = lru_cache(_REMEMBERED)(self._lines)

    def lex_document(self, document: Document) -> Callable[[int], StyleAndTextTuples]:
        """The coloured lines of a text."""
        lines = [line for part in parts_of(document.text) for line in self._coloured(part)]
        return lambda number: lines[number] if number < len(lines) else []

    def _lines(self, part: str) -> list[StyleAndTextTuples]:
        """The coloured lines of a part, whose last line ends it."""
        pieces = self._lexer.get_tokens_unprocessed(part.removesuffix("\n"))
        return list(
            split_lines([(f"class:{pygments_token_to_classname(token)}", text) for _, token, text in pieces])
        )


def parts_of(text: str) -> Iterator[str]:
    """The text in parts that have the colours they have in it; all but the last end with a line."""
    start = 0
    while start < len(text):
        end = _PART.match(text, start).end()  # type: ignore[union-attr] # it matches what is left
        yield text[start:end]
        start = end
    if text.endswith("\n"):
        yield ""
