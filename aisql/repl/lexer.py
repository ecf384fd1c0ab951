"""The dialect for Pygments: SQLite's SQL, our statements and calls, meta commands.

Pygments finds it by the entry point of this package, so other tools can colour the dialect as well.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from pygments.lexer import RegexLexer, bygroups, default, include, using, words
from pygments.token import (
    Comment,
    Keyword,
    Name,
    Number,
    Operator,
    Punctuation,
    String,
    Text,
    Whitespace,
)

from aisql.functions.registry import CALLED
from aisql.functions.sqlite import SQLITE_FUNCTIONS
from aisql.providers.options import OPTIONS
from aisql.repl.keywords import OURS, TYPES, WORDS
from aisql.settings import SETTINGS

_NAME = r"(?:[^\W\d]|[^\x00-\x7f\s])(?:[\w$]|[^\x00-\x7f\s])*"
_CALL = r"(?=\s*\()"


def _keys() -> Iterable[str]:
    """What stands before `=` in the options of a statement."""
    for option in OPTIONS:
        yield from (option.key, *option.spellings)
    yield from (setting.name for setting in SETTINGS)
    yield from ("type", "path")


def _functions() -> tuple[str, ...]:
    return (*CALLED, "ai_prompt", "vector_search", "vector_search_agg")


class AisqlLexer(RegexLexer):
    """Tokens of the dialect; joined they are the text, whatever the text is."""

    name = "aisql"
    aliases = ("aisql",)
    filenames = ("*.aisql",)
    mimetypes = ("text/x-aisql",)
    url = ""
    flags = re.IGNORECASE
    tokens = {  # noqa: RUF012 # as Pygments wants it
        "root": [
            (r"(?m)^[ \t]*(?:\\\S+|\.[a-z?]\w*|\?\?)", Keyword.Pseudo),
            (r"[^\S\n]*\n|[^\S\n]+", Whitespace),
            (r"--[^\n]*", Comment.Single),
            (r"/\*(?s:.*?)(?:\*/|\Z)", Comment.Multiline),
            (
                r"(json)(\s*)('(?:[^']|'')*(?:'|\Z))",
                bygroups(Keyword.Type, Whitespace, using(lambda **given: JsonLexer(**given))),
            ),
            (words(tuple(_keys()), prefix="'", suffix=r"'(?=\s*=)"), Name.Attribute),
            (words(tuple(each.name for each in SETTINGS), suffix=r"\b"), Name.Attribute),
            (r"'", String.Single, "string"),
            (r'"(?:[^"]|"")*(?:"|\Z)', Name),
            (r"`(?:[^`]|``)*(?:`|\Z)", Name),
            (r"(array|map)(\s*)(\[)", bygroups(Keyword.Type, Whitespace, Punctuation)),
            (r"\[[^\]]*(?:\]|\Z)", Name),
            (r"\$\{[^}\s]*\}?", Name.Variable),
            (r"[:@$][\w$]+|\?\d*", Name.Variable),
            (words(_functions(), prefix=r"\b", suffix=r"\b" + _CALL), Name.Function.Magic),
            (
                words(tuple(each.name for each in SQLITE_FUNCTIONS), prefix=r"\b", suffix=r"\b" + _CALL),
                Name.Function,
            ),
            (r"x'[0-9a-f]*'", Number.Hex),
            (words(tuple(WORDS | OURS), prefix=r"\b", suffix=r"\b(?!\$)"), Keyword),
            (words(TYPES, prefix=r"\b", suffix=r"\b(?!\$)"), Keyword.Type),
            (r"0x[0-9a-f]+\b", Number.Hex),
            (r"\d+\.\d*(?:e[+-]?\d+)?|\.\d+(?:e[+-]?\d+)?|\d+e[+-]?\d+", Number.Float),
            (r"\d+", Number.Integer),
            (_NAME, Name),
            (r"=>|\|\||->>?|<<|>>|[<>!=]=|<>|[-+*/%<>=&|~]", Operator),
            (r"[()\[\],;.{}]", Punctuation),
            (r"(?s:.)", Text),
        ],
        "string": [
            (r"''", String.Escape),
            include("reference"),
            (r"'", String.Single, "#pop"),
            (r"[^'$]+|\$", String.Single),
            default("#pop"),
        ],
        "reference": [(r"\$\{[^}'\s]*\}", String.Interpol)],
    }


class JsonLexer(RegexLexer):
    """A JSON text in the quotes of a string."""

    name = "aisql-json"
    url = ""
    tokens = {  # noqa: RUF012 # as above
        "root": [
            (r"''", String.Escape),
            (r'"(?:[^"\\\']|\\.)*"(?=\s*:)', Name.Attribute),
            (r'"', String.Double, "text"),
            (r"\b(?:true|false|null)\b", Keyword.Constant),
            (r"-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?", Number),
            (r"\s+", Whitespace),
            (r"[{}\[\]:,]", Punctuation),
            (r"(?s:.)", String.Single),
        ],
        "text": [
            (r'"', String.Double, "#pop"),
            (r"\$\{[^}'\s]*\}", String.Interpol),
            (r"\\.|''", String.Escape),
            (r'[^"\\\'$]+', String.Double),
            (r"(?s:.)", String.Double),
        ],
    }
