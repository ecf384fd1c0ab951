"""The options of a call, `json '{...}'` as the last argument (Singdata, AI_COMPLETE)."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NoReturn

from aisql.errors import FunctionError
from aisql.functions.base import CallOptions
from aisql.result import Value

_PARAMETERS = "model.params"


@dataclass(frozen=True, slots=True)
class CallOption:
    """One option: its key, what it must be, in words and as a check, and what it means."""

    key: str
    valid: str
    accepts: Callable[[Any], bool]
    summary: str


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _positive(value: Any) -> bool:
    try:
        return not isinstance(value, bool) and 0 < float(value) < math.inf
    except (OverflowError, TypeError, ValueError):
        return False


def _positive_whole(value: Any) -> bool:
    return _positive(value) and str(value).strip().isdigit()


CALL_OPTIONS: tuple[CallOption, ...] = (
    CallOption(
        "model.params.temperature",
        "a number in [0, 2]",
        lambda value: _is_number(value) and 0 <= value <= 2,
        "randomness of the output; lower is more deterministic",
    ),
    CallOption(
        "model.params.max_tokens",
        "a whole number of 1 or more",
        lambda value: _is_whole(value) and value >= 1,
        "greatest number of output tokens",
    ),
    CallOption(
        "model.params.top_p",
        "a number in (0, 1]",
        lambda value: _is_number(value) and 0 < value <= 1,
        "nucleus sampling probability",
    ),
    CallOption(
        "model.params.enable_thinking",
        "true or false",
        lambda value: isinstance(value, bool),
        "whether the model thinks before it answers; false is cheaper",
    ),
    CallOption("response.timeout", "a number of seconds above 0", _positive, "time one request may take"),
    CallOption(
        "task.concurrency",
        "a whole number of 1 or more",
        _positive_whole,
        "requests of this call under way at the same time",
    ),
)
_BY_KEY = {option.key: option for option in CALL_OPTIONS}


@lru_cache(maxsize=256)
def call_options(value: Value) -> CallOptions:
    """Reads the options argument of a call; NULL is none.

    Keys are the documentation's flat dotted ones; `model.params` may also hold an object. Keys under
    `model.params` that the documentation does not know go to the provider as they are. The same text gives
    the same object.
    Raises FunctionError for anything else unknown, and for a value outside type or range.
    """
    return _read(parse_object(value))


@lru_cache(maxsize=256)
def body_options(value: Value) -> CallOptions:
    """Reads the third argument of a call of an AI model (OceanBase): `{"temperature": 0.2, "max_tokens": 5}`.

    Members go into the body as they are. The keys above mean the same here as elsewhere.
    Raises FunctionError for what is no object, and for a value of these keys outside type or range.
    """
    members = parse_object(value)
    own = {key: member for key, member in members.items() if _is_own(key)}
    body = {key: json.dumps(member) for key, member in members.items() if key not in own}
    options = _read(own)
    return options._replace(parameters=tuple(sorted((body | dict(options.parameters)).items())))


def _is_own(key: str) -> bool:
    return key == _PARAMETERS or key.startswith(f"{_PARAMETERS}.") or key in _BY_KEY


def _read(given: dict[str, Any]) -> CallOptions:
    members = _flat(given)
    parameters = []
    for key, member in members.items():
        option = _BY_KEY.get(key)
        if option is not None and not option.accepts(member):
            raise FunctionError(
                f"option '{key}' must be {option.valid}, got {json.dumps(member)}", code="invalid_option"
            )
        if key.startswith(f"{_PARAMETERS}."):
            parameters.append((key.removeprefix(f"{_PARAMETERS}."), json.dumps(member)))
        elif option is None:
            _unknown(key)
    timeout, concurrency = members.get("response.timeout"), members.get("task.concurrency")
    return CallOptions(
        tuple(sorted(parameters)),
        None if timeout is None else float(timeout),
        None if concurrency is None else int(concurrency),
    )


def parse_object(value: Value) -> dict[str, Any]:
    """The JSON object an argument holds; NULL is an empty one.

    Raises FunctionError when it holds none.
    """
    if value is None:
        return {}
    try:
        members = json.loads(value, parse_constant=_no_number) if isinstance(value, str | bytes) else None
    except (RecursionError, ValueError) as error:
        raise FunctionError(f"the options are not JSON: {error}", code="invalid_option") from None
    if not isinstance(members, dict):
        raise FunctionError("the options must be a JSON object, json '{...}'", code="invalid_option")
    return members


def _no_number(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON number")


def _flat(members: dict[str, Any]) -> dict[str, Any]:
    flat = {key: value for key, value in members.items() if key != _PARAMETERS}
    nested = members.get(_PARAMETERS, {})
    if not isinstance(nested, dict):
        raise FunctionError(f"option '{_PARAMETERS}' must be an object", code="invalid_option")
    return flat | {f"{_PARAMETERS}.{key}": value for key, value in nested.items()}


def _unknown(key: str) -> NoReturn:
    from difflib import get_close_matches  # only a mistake needs it

    if f"{_PARAMETERS}.{key}" in _BY_KEY:
        hint = f'did you mean "{_PARAMETERS}": {{"{key}": ...}}?'
    else:
        near = get_close_matches(key, list(_BY_KEY), 1)
        hint = f"did you mean '{near[0]}'?" if near else f"known are {', '.join(_BY_KEY)}"
    raise FunctionError(f"there is no option '{key}'", code="invalid_option", hint=hint)
