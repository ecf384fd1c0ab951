"""Rows that a model fills in: what the functions that stand in FROM have in common (Flink SQL)."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, NamedTuple, TypeAlias

from aisql.errors import ProviderError
from aisql.functions.answers import object_in, unusable
from aisql.functions.base import Ask, CallOptions, Column, first_text
from aisql.functions.prompts import Prompt
from aisql.functions.talks import structured
from aisql.providers.base import Reply
from aisql.result import Value

_NO_OPTIONS = CallOptions()


class Filled(NamedTuple):
    """The members of the JSON object a model answered, and the answer itself."""

    members: dict[str, Any]
    answer: str

    def text(self, name: str) -> str:
        """The text of a member. Raises ProviderError where it has none."""
        value = self.members.get(name)
        if not isinstance(value, str):
            raise self.without(name, "text")
        return value

    def number(self, name: str, least: float, most: float) -> float:
        """The number of a member, which may be written as a text.

        Raises ProviderError where it has none, or one that is out of range.
        """
        number = as_number(self.members.get(name))
        if number is None or not least <= number <= most:
            raise self.without(name, f"number from {least:g} to {most:g}")
        return float(number)

    def without(self, name: str, what: str) -> ProviderError:
        """The error of an answer whose member is not what it has to be."""
        return unusable(self.answer, f"whose '{name}' is no {what}")


def as_number(value: Any) -> float | None:
    """The number a value is, or says; None for any other, and for what JSON has no number for."""
    if isinstance(value, str):
        try:
            value = float(value)
        except ValueError:
            return None
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return value if isinstance(value, int) and not isinstance(value, bool) else None


Read: TypeAlias = Callable[[Filled], Sequence[Value]]
"""Makes the values of a row of what was answered."""


def row_asked(text: str, around: Prompt, form: str, read: Read) -> Ask:
    """Asks for an object of the form, a JSON schema, and makes one row of it."""
    options = structured(_NO_OPTIONS, "row", form)
    return Ask(text, partial(_row, read=read), around.system, options, around.heading, checked=True)


def _row(reply: Reply, read: Read) -> Value:
    filled = Filled(object_in(reply), str(first_text(reply)).strip())
    return json_text([[*read(filled)]])


def json_text(value: Any) -> str:
    """The JSON of a value that came from a model."""
    written = json.dumps(value, ensure_ascii=False)
    # Half of a surrogate pair may be written in JSON, and no text of SQLite holds it.
    return written.encode("utf-8", "replace").decode()


def always(*columns: Column) -> Callable[[Sequence[str | None]], tuple[Column, ...]]:
    """The columns of a table that has the same ones for all arguments."""
    return lambda _arguments: columns
