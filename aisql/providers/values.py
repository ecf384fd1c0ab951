"""The values of options: whether an option can have them, and what they become in a request."""

from __future__ import annotations

import csv
import json
import math
import re
from collections.abc import Mapping

from aisql.errors import OptionError
from aisql.providers.base import EMBEDDINGS, Json, Task
from aisql.providers.options import Option, find, is_secret
from aisql.secrecy import sounds_secret

_BAILIAN_DIMENSIONS = (1024, 768, 512)

_UNITS: tuple[tuple[float, frozenset[str]], ...] = (
    (86400.0, frozenset({"d", "day", "days"})),
    (3600.0, frozenset({"h", "hour", "hours"})),
    (60.0, frozenset({"m", "min", "minute", "minutes"})),
    (1.0, frozenset({"s", "sec", "secs", "second", "seconds"})),
    # Flink reads a number without a unit as milliseconds.
    (1e-3, frozenset({"", "ms", "milli", "millis", "millisecond", "milliseconds"})),
    (1e-6, frozenset({"us", "µs", "micro", "micros", "microsecond", "microseconds"})),
    (1e-9, frozenset({"ns", "nano", "nanos", "nanosecond", "nanoseconds"})),
)


def problem(key: str, value: str, provider: str, task: str | None) -> str | None:
    """What is wrong with the value of a documented option, None where nothing is.

    A value with `${NAME}` in it is not known until a call is made, and an undocumented option may hold
    anything. The message names the valid values, and never holds a secret.
    """
    option = find(key)
    if option is None or "${" in value:
        return None
    wanted = _unmet(option, value, provider, task)
    if wanted is None:
        return None
    got = "" if option.secret or " key " in wanted else f", got '{_shortened(value)}'"
    return f"Option '{key}' must be {wanted}{got}"


def parameters(options: Mapping[str, str], task: Task) -> tuple[tuple[str, str], ...]:
    """The members of a request body that options stand for: (name, JSON text), sorted by name.

    An option nobody knows is sent under its own name, unless it sounds like a secret. Members of `extra-body`
    win over the others; in `response_format` they are joined. Options of another task are left out.
    Raises OptionError where a value is not one the option can have.
    """
    provider = options.get("provider", "")
    members: dict[str, Json] = {}
    for key, value in options.items():
        option = find(key)
        if option is None and not is_secret(key) and value != "None":
            members[key] = _passed_through(value)
        if option is None or not option.member or (option.tasks and task not in option.tasks):
            continue
        wanted = _unmet(option, value, provider, task)
        if wanted is not None:
            raise OptionError(f"Option '{key}' must be {wanted}, got '{_shortened(value)}'")
        members[option.member] = _body_value(option, value)
    if members.get("stop") == []:
        del members["stop"]
    extra = extra_body(options)
    form, further = members.get("response_format"), extra.get("response_format")
    members.update(extra)
    if isinstance(form, dict) and isinstance(further, dict):
        members["response_format"] = form | further
    _check_form(members.get("response_format"))
    return tuple((name, _json_text(members[name])) for name in sorted(members))


def _passed_through(value: str) -> Json:
    """The value of an option nobody knows: a number, a truth value, an object as such, all else as text.

    Python writes its truth values in its own way; its None stands for no value at all.
    """
    if value in ("True", "False"):
        return value == "True"
    try:
        member: Json = json.loads(value, parse_constant=_finite, parse_float=_finite)
    except (ValueError, RecursionError):
        return value
    return member


def _check_form(form: Json) -> None:
    if isinstance(form, dict) and form.get("type") == "json_schema" and "json_schema" not in form:
        raise OptionError(
            "Option 'response-format' json_schema needs a schema",
            hint="""'extra-body' = '{"response_format": {"json_schema": {"name": ..., "schema": {...}}}}'""",
        )


def extra_body(options: Mapping[str, str]) -> dict[str, Json]:
    """The members that `extra-body` adds to a request body. Raises OptionError where it is no JSON object."""
    text = options.get("extra-body")
    if text is None:
        return {}
    members = _json_object(text)
    if members is None:
        raise OptionError(f"Option 'extra-body' must be a JSON object, got '{_shortened(text)}'")
    return members


def extra_headers(options: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    """The HTTP headers that `extra-header` adds: a list of values gives a header more than once.

    Raises OptionError where it is no JSON object of strings or lists of strings.
    """
    text = options.get("extra-header")
    if text is None:
        return ()
    headers = _headers(text)
    if headers is None:
        raise OptionError(f"Option 'extra-header' must be {_HEADERS_WANTED}")
    return headers


def seconds(text: str) -> float | None:
    """The seconds in a duration such as `1s`, `500 ms` or `2 min`; None where it is not one.

    A number without a unit counts milliseconds, as in Flink.
    """
    match = re.fullmatch(r"([0-9]{1,15}(?:\.[0-9]{1,9})?)\s*([a-zµ]*)", text.strip().lower())
    if match is None:
        return None
    number, unit = float(match[1]), match[2]
    return next((number * factor for factor, names in _UNITS if unit in names), None)


def _unmet(option: Option, value: str, provider: str, task: str | None) -> str | None:
    """What a value must be and is not, None where it is."""
    if option.key == "dimension" and provider.lower() == "bailian":
        allowed = _BAILIAN_DIMENSIONS
        return None if _integer(value) in allowed else f"one of {', '.join(map(str, allowed))}"
    if option.key == "content-type" and task == EMBEDDINGS:
        return None if value.upper() == "TEXT" else "TEXT for the task embeddings"
    match option.type:
        case "int":
            return None if _within(option, _integer(value)) else f"an integer{_range(option)}"
        case "float":
            return None if _within(option, _number(value)) else f"a number{_range(option)}"
        case "enum":
            known = value.lower() in {choice.lower() for choice in option.choices}
            return None if known else f"one of {', '.join(option.choices)}"
        case "duration":
            return None if seconds(value) is not None else "a duration such as 1s, 500 ms or 2 min"
        case "json":
            members = _json_object(value)
            if members is None:
                return "a JSON object"
            secret = _secret_in(members)
            return f"without a key in it ('{secret}'); a key is given on its own" if secret else None
        case "headers":
            return None if _headers(value) is not None else _HEADERS_WANTED
        case "string" | "list":
            return None


def _integer(value: str) -> int | None:
    """A 64 bit integer; Python's own reading would take underscores and other scripts' digits."""
    if re.fullmatch(r"[+-]?[0-9]{1,19}", value.strip()) is None:
        return None
    number = int(value)
    return number if -(2**63) <= number < 2**63 else None


def _number(value: str) -> float | None:
    if re.fullmatch(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?", value.strip()) is None:
        return None
    number = float(value)
    return number if math.isfinite(number) else None


def _within(option: Option, number: float | None) -> bool:
    if number is None or (option.minimum is not None and number < option.minimum):
        return False
    if option.maximum is None:
        return True
    return number <= option.maximum if option.maximum_inclusive else number < option.maximum


def _range(option: Option) -> str:
    if option.minimum is None:
        return ""
    if option.maximum is None:
        return f" >= {option.minimum:g}"
    closing = "]" if option.maximum_inclusive else ")"
    return f" in [{option.minimum:g}, {option.maximum:g}{closing}"


def _finite(number: str) -> float:
    """Python would read NaN, Infinity and 1e999, which are no JSON."""
    value = float(number)
    if not math.isfinite(value):
        raise ValueError(number)
    return value


def _json_object(text: str) -> dict[str, Json] | None:
    try:
        value = json.loads(text, parse_constant=_finite, parse_float=_finite)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def _secret_in(value: Json) -> str | None:
    """The name of a member that holds a key, however deep."""
    inside = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    if isinstance(value, dict):
        for name, member in value.items():
            if sounds_secret(name) and isinstance(member, str):
                return name
    return next(filter(None, map(_secret_in, inside)), None)


_HEADERS_WANTED = "a JSON object whose values are strings or lists of strings"


def _headers(text: str) -> tuple[tuple[str, str], ...] | None:
    members = _json_object(text)
    if members is None:
        return None
    headers: list[tuple[str, str]] = []
    for name, value in members.items():
        for one in value if isinstance(value, list) else [value]:
            if not isinstance(one, str):
                return None
            headers.append((name, one))
    return tuple(headers)


def _body_value(option: Option, value: str) -> Json:
    match option.type:
        case "int":
            return int(value)
        case "float":
            return float(value)
        case "list":
            # A text with a comma in it stands in quotes, as in any CSV.
            texts = next(csv.reader([value])) if '"' in value and "\n" not in value else value.split(",")
            return [text for text in texts if text]
        case _ if option.key == "response-format":
            return {"type": value.lower()}
        case _:
            return value


def _json_text(value: Json) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _shortened(text: str, limit: int = 60) -> str:
    return text if len(text) <= limit else f"{text[:limit]}..."
