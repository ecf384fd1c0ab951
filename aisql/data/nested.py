"""Values inside of values, as JSON."""

from __future__ import annotations

import json
from collections.abc import Callable
from math import isnan

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def as_json(value: Any, default: Callable[[Any], object] | None = None) -> str:
    """A list or an object as JSON; `default` makes something of what JSON has no form for.

    JSON has no infinity: it is `1e999`, which readers take for it. Not-a-number is null.
    """
    try:
        return json.dumps(value, ensure_ascii=False, allow_nan=False, default=default)
    except ValueError:
        return _with_infinity(value, default)


def _with_infinity(value: Any, default: Callable[[Any], object] | None) -> str:
    if isinstance(value, dict):
        members = [f"{as_json(key)}: {_with_infinity(each, default)}" for key, each in value.items()]
        return f"{{{', '.join(members)}}}"
    if isinstance(value, list | tuple):
        return f"[{', '.join([_with_infinity(each, default) for each in value])}]"
    try:
        return json.dumps(value, ensure_ascii=False, allow_nan=False, default=default)
    except ValueError:
        return "null" if isnan(value) else "1e999" if value > 0 else "-1e999"
