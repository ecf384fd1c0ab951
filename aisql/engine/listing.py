"""What the small statements share: LIKE patterns and tables of text."""

from __future__ import annotations

import re
from collections.abc import Iterable

from aisql.result import Result, listing
from aisql.syntax.pieces import Like


def matching(names: Iterable[str], like: Like | None) -> list[str]:
    r"""The names that match, sorted: `%` is any run, `_` one character, `\%` and `\_` are themselves."""
    if like is None:
        return sorted(names)
    pattern = re.compile(_regular(like.pattern), re.DOTALL | (re.IGNORECASE if like.ignore_case else 0))
    return sorted(name for name in names if (pattern.fullmatch(name) is None) == like.negated)


def _regular(pattern: str) -> str:
    parts = re.split(r"(\\.|%|_)", pattern)
    meaning = {"%": ".*", "_": "."}
    return "".join(
        meaning.get(part) or re.escape(part[1:] if part in {r"\%", r"\_"} else part) for part in parts
    )


def one_column(title: str, values: Iterable[str]) -> Result:
    """A listing with one column."""
    return listing((title,), [(value,) for value in values])


def definition(statement: str) -> Result:
    """What SHOW CREATE gives."""
    return listing(("result",), [(statement,)], sql=True)
