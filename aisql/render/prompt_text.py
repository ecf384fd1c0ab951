"""The text before what is typed at a prompt: `%` and a sign stand for what holds at the moment."""

from __future__ import annotations

import re
from types import MappingProxyType

from aisql.errors import UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

PROMPT = "aisql%x> "
ESCAPES = MappingProxyType(
    {
        "/": "the database",
        "~": "the catalog and the database",
        "m": "the default model",
        "x": "* in a transaction, ! where a statement in it failed",
        "%": "a percent sign",
    }
)
"""What each sign behind a `%` stands for."""
_ESCAPE = re.compile(r"%(.?)", re.DOTALL)


def check(text: str) -> None:
    """Raises UsageError for a `%` with a sign that means nothing, and for more than a line."""
    wrong = [sign for sign in _ESCAPE.findall(text) if sign not in ESCAPES]
    if wrong:
        known = ", ".join(f"%{sign}" for sign in ESCAPES)
        raise UsageError(f"%{wrong[0]} means nothing in a prompt", hint=f"there are {known}")
    if not text.isprintable():
        raise UsageError("a prompt is one line of letters and signs")


def prompt_text(text: str, values: Mapping[str, str]) -> str:
    """The text, which was checked, with the values of its signs."""
    return _ESCAPE.sub(lambda match: values[match[1]], text)
