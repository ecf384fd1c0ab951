"""Names as SQL writes them."""

from __future__ import annotations

import re

from aisql.repl.keywords import RESERVED

_PLAIN = re.compile(r"(?:[^\W\d]|[^\x00-\x7f\s])(?:[\w$]|[^\x00-\x7f\s])*")


def quoted(name: str, quote: str = "") -> str:
    """The name as SQL, in the quotes the user began with where there are some."""
    if quote == "[":
        return f"[{name}]"
    if not quote and _PLAIN.fullmatch(name) and name.upper() not in RESERVED:
        return name
    quote = quote or '"'
    return quote + name.replace(quote, quote * 2) + quote
