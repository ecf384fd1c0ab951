"""Session variables as SQLite binds them."""

from __future__ import annotations

import re
from collections.abc import Mapping

from aisql.errors import SqlError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from aisql.result import Value

_NUMBER = re.compile(r"-?(?:0|[1-9]\d{0,17})|-?(?:0|[1-9]\d*)\.\d+(?:[eE][-+]?\d+)?")


class Variables(dict[str, "Value"]):
    """Variables by their names: what looks like a number is one."""

    def __init__(self, texts: Mapping[str, str]) -> None:
        super().__init__({name: _bound(text) for name, text in texts.items()})

    def __missing__(self, name: str) -> Value:
        raise SqlError(
            f"variable :{name} is not set", code="variable_not_set", hint=f"start with -v {name}=VALUE"
        )


def _bound(text: str) -> Value:
    if not _NUMBER.fullmatch(text):
        return text
    return float(text) if "." in text else int(text)
