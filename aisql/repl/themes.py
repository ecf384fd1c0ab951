"""Colours: which there are, and when there are any."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from aisql.render.ability import is_dumb

_CODES = MappingProxyType(
    {
        "bold": "1",
        "ansired": "31",
        "ansigreen": "32",
        "ansiyellow": "33",
        "ansiblue": "34",
        "ansimagenta": "35",
        "ansicyan": "36",
        "ansigray": "37",
        "ansibrightblack": "90",
        "ansibrightred": "91",
        "ansibrightgreen": "92",
        "ansibrightyellow": "93",
        "ansibrightblue": "94",
        "ansibrightmagenta": "95",
        "ansibrightcyan": "96",
    }
)


@dataclass(frozen=True, slots=True)
class Theme:
    """A set of colours, those a terminal has itself.

    `tokens` are the styles of the lexer's tokens, by their names in Pygments; `screen` those of the menu and
    the toolbar, by the names they have in prompt_toolkit.
    """

    name: str
    summary: str
    tokens: Mapping[str, str]
    screen: Mapping[str, str]


_SCREEN = {
    "prompt": "bold",
    "prompt.failed": "ansired bold",
    "bottom-toolbar": "noreverse nobold",
    "completion-menu": "noreverse",
    "completion-menu.meta.completion": "noreverse",
    "completion-menu.completion.current": "reverse",
    "completion-menu.meta.completion.current": "reverse",
}

DARK = Theme(
    "dark",
    "for a dark background",
    MappingProxyType(
        {
            "Comment": "ansibrightblack",
            "Keyword": "ansibrightblue",
            "Keyword.Type": "ansibrightcyan",
            "Keyword.Pseudo": "ansibrightmagenta",
            "Keyword.Constant": "ansibrightmagenta",
            "Name.Attribute": "ansibrightcyan",
            "Name.Function": "ansicyan",
            "Name.Function.Magic": "ansibrightyellow bold",
            "Name.Variable": "ansibrightmagenta",
            "Literal.Number": "ansibrightmagenta",
            "Literal.String": "ansibrightgreen",
            "Literal.String.Interpol": "ansibrightmagenta",
            "Literal.String.Escape": "ansigreen",
        }
    ),
    MappingProxyType(
        _SCREEN
        | {
            "bottom-toolbar": "noreverse ansibrightblack",
            "auto-suggestion": "ansibrightblack",
            "completion-menu": "noreverse bg:ansibrightblack ansiwhite",
            "completion-menu.meta.completion": "noreverse bg:ansibrightblack ansigray",
        }
    ),
)
LIGHT = Theme(
    "light",
    "for a light background",
    MappingProxyType(
        {
            "Comment": "ansibrightblack",
            "Keyword": "ansiblue bold",
            "Keyword.Type": "ansiblue",
            "Keyword.Pseudo": "ansimagenta",
            "Keyword.Constant": "ansimagenta",
            "Name.Attribute": "ansiblue",
            "Name.Function": "ansiblue",
            "Name.Function.Magic": "ansimagenta bold",
            "Name.Variable": "ansimagenta",
            "Literal.Number": "ansimagenta",
            "Literal.String": "ansired",
            "Literal.String.Interpol": "ansimagenta",
            "Literal.String.Escape": "ansired bold",
        }
    ),
    MappingProxyType(
        _SCREEN
        | {
            "bottom-toolbar": "noreverse ansibrightblack",
            "auto-suggestion": "ansibrightblack",
            "completion-menu": "noreverse bg:ansigray ansiblack",
            "completion-menu.meta.completion": "noreverse bg:ansigray ansibrightblack",
        }
    ),
)
THEMES: Mapping[str, Theme] = MappingProxyType({theme.name: theme for theme in (DARK, LIGHT)})

AUTO = "auto"
"""What stands for the theme that fits the background, as far as the terminal tells."""
_LIGHT_BACKGROUNDS = ("7", "15")


def theme_of(name: str, environment: Mapping[str, str]) -> Theme:
    """The theme of the name. COLORFGBG, which some terminals set, ends in the number of the background."""
    if name != AUTO:
        return THEMES[name]
    background = environment.get("COLORFGBG", "").rpartition(";")[2]
    return LIGHT if background in _LIGHT_BACKGROUNDS else DARK


def has_colour(environment: Mapping[str, str], *, is_terminal: bool) -> bool:
    """Whether a stream gets colours.

    NO_COLOR takes them away, CLICOLOR_FORCE and FORCE_COLOR give them where it is no terminal too, and a
    terminal that is `dumb` has none. An empty variable says nothing. What --color says is in the environment.
    """
    if environment.get("NO_COLOR"):
        return False
    if environment.get("FORCE_COLOR", "0") not in {"", "0"}:
        return True
    if environment.get("CLICOLOR_FORCE", "0") not in {"", "0"}:
        return True
    return is_terminal and not is_dumb(environment)


def painter(theme: Theme) -> Callable[[str], str]:
    """What colours a piece of SQL for a terminal; without the colours it is the same text."""
    from aisql.repl.lexer import AisqlLexer

    lexer = AisqlLexer(stripnl=False, ensurenl=False)

    def paint(text: str) -> str:
        pieces = lexer.get_tokens_unprocessed(text)
        return "".join(_painted(piece, style_of(theme, str(token))) for _, token, piece in pieces)

    return paint


def style_of(theme: Theme, token: str) -> str:
    """The style of a token, by its name in Pygments with `Token.` before it; '' for none."""
    name = token.removeprefix("Token.")
    while name and name not in theme.tokens:
        name = name.rpartition(".")[0]
    return theme.tokens.get(name, "")


def _painted(text: str, style: str) -> str:
    codes = ";".join(_CODES[word] for word in style.split())
    if not codes:
        return text
    # A colour that went over the end of a line would colour what stands in the margin of the next.
    return re.sub(r"[^\n]+", lambda line: f"\x1b[{codes}m{line[0]}\x1b[0m", text)
