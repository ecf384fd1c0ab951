"""The options of a model (WITH, SET, connections), one record each: types, ranges, old spellings, secrets."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

from aisql.errors import OptionError
from aisql.providers.base import CHAT, EMBEDDINGS, Json, Task
from aisql.secrecy import sounds_secret

OptionType: TypeAlias = Literal["string", "int", "float", "enum", "duration", "list", "json", "headers"]


@dataclass(frozen=True, slots=True)
class Option:
    """A documented option.

    `default` is what holds when the option is absent, as it would be written. A value lies between
    `minimum` and `maximum`, the bounds included unless said otherwise; `choices` are compared without
    regard to case. `spellings` are older names for the same thing, `tasks` those that make use of it (empty:
    all). `member` is the name in the body of a request, '' for an option that is not sent as it is.
    The value of a `secret` option is never shown.
    """

    key: str
    type: OptionType
    summary: str
    default: str | None = None
    minimum: float | None = None
    maximum: float | None = None
    maximum_inclusive: bool = True
    choices: tuple[str, ...] = ()
    spellings: tuple[str, ...] = ()
    tasks: tuple[Task, ...] = ()
    member: str = ""
    secret: bool = False


_CHAT_ONLY: tuple[Task, ...] = (CHAT,)
_EMBEDDINGS_ONLY: tuple[Task, ...] = (EMBEDDINGS,)

OPTIONS: tuple[Option, ...] = (
    Option("provider", "string", "The service that answers."),
    Option("endpoint", "string", "The full URL of the task at the service."),
    Option(
        "api-key",
        "string",
        "The key of the service; '${NAME}' reads it when a call is made.",
        spellings=("apiKey",),
        secret=True,
    ),
    Option(
        "task", "enum", "What the model does, where the endpoint does not say it.", choices=(CHAT, EMBEDDINGS)
    ),
    Option("model", "string", "The name the service knows the model by."),
    Option("max-context-size", "int", "The most tokens a request may hold.", minimum=1),
    Option(
        "context-overflow-action",
        "enum",
        "What happens to an input that is too long.",
        default="truncated-tail",
        choices=(
            "truncated-tail",
            "truncated-tail-log",
            "truncated-head",
            "truncated-head-log",
            "skipped",
            "skipped-log",
        ),
    ),
    Option(
        "system-prompt",
        "string",
        "The system message of every request; '' sends none.",
        default="You are a helpful assistant.",
        spellings=("systemPrompt",),
        tasks=_CHAT_ONLY,
    ),
    Option("user-prompt", "string", "What the user's message says; '' adds nothing.", tasks=_CHAT_ONLY),
    Option(
        "temperature",
        "float",
        "How varied answers are.",
        minimum=0,
        maximum=2,
        maximum_inclusive=False,
        tasks=_CHAT_ONLY,
        member="temperature",
    ),
    Option(
        "top-p",
        "float",
        "The probability mass that tokens are chosen from.",
        minimum=0,
        maximum=1,
        spellings=("topP",),
        tasks=_CHAT_ONLY,
        member="top_p",
    ),
    Option("stop", "list", "Texts that end an answer, with commas between.", tasks=_CHAT_ONLY, member="stop"),
    Option(
        "max-tokens",
        "int",
        "The most tokens an answer may have.",
        minimum=1,
        spellings=("maxTokens",),
        tasks=_CHAT_ONLY,
        member="max_tokens",
    ),
    Option(
        "presence-penalty",
        "float",
        "Above 0, what was said already becomes less likely.",
        minimum=-2,
        maximum=2,
        tasks=_CHAT_ONLY,
        member="presence_penalty",
    ),
    Option("n", "int", "How many answers to give.", minimum=1, tasks=_CHAT_ONLY, member="n"),
    Option(
        "seed", "int", "Makes answers repeatable as far as the service can.", tasks=_CHAT_ONLY, member="seed"
    ),
    Option(
        "content-type",
        "enum",
        "What the input is.",
        default="TEXT",
        choices=("TEXT", "IMAGE_URL"),
    ),
    Option(
        "response-format",
        "enum",
        "The form of an answer; a schema goes into extra-body.",
        choices=("text", "json_object", "json_schema"),
        tasks=_CHAT_ONLY,
        member="response_format",
    ),
    # No default here: the documented one, 1024, is what Model Studio gives when nothing is asked for, and
    # other services refuse the option for models of one size.
    Option(
        "dimension",
        "int",
        "The length of a vector; bailian knows 1024 (unless said otherwise), 768 and 512.",
        minimum=1,
        tasks=_EMBEDDINGS_ONLY,
        member="dimensions",
    ),
    Option(
        "error-handling-strategy",
        "enum",
        "What happens when a request fails.",
        default="RETRY",
        choices=("RETRY", "FAILOVER", "IGNORE"),
    ),
    Option("retry-num", "int", "How often a request is tried again.", default="100", minimum=0),
    Option(
        "retry-backoff-strategy",
        "enum",
        "How the waits between tries grow.",
        default="FIXED",
        choices=("FIXED", "EXPONENTIAL"),
    ),
    Option("retry-backoff-base-interval", "duration", "The wait before the first retry.", default="1s"),
    Option(
        "retry-fallback-strategy",
        "enum",
        "What happens when all retries have failed.",
        default="FAILOVER",
        choices=("FAILOVER", "IGNORE"),
    ),
    Option("extra-header", "headers", "Further HTTP headers, as a JSON object.", secret=True),
    Option("extra-body", "json", "Further members of the request body, as a JSON object."),
)

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


def canonical(key: str) -> str:
    """The documented name for an older spelling; any other key as it is."""
    return next((option.key for option in OPTIONS if key in option.spellings), key)


def find(key: str) -> Option | None:
    """The record of an option, by its name or an older spelling of it."""
    name = canonical(key)
    return next((option for option in OPTIONS if option.key == name), None)


def nearest(key: str) -> str | None:
    """The option that someone who wrote `key` most likely meant, None where nothing is near."""
    import difflib

    names = {_fold(name): option.key for option in OPTIONS for name in (option.key, *option.spellings)}
    # One letter is as near to any other letter as to `n`.
    near = difflib.get_close_matches(_fold(key), [name for name in names if len(name) > 1], n=1, cutoff=0.7)
    return names[near[0]] if near else None


def is_secret(key: str) -> bool:
    """Whether an option's value must never be shown: a documented secret, or a key that sounds like one."""
    option = find(key)
    return sounds_secret(key) if option is None else option.secret


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
    got = "" if option.secret else f", got '{_shortened(value)}'"
    return f"Option '{key}' must be {wanted}{got}"


def parameters(options: Mapping[str, str], task: Task) -> tuple[tuple[str, str], ...]:
    """The members of a request body that options stand for: (name, JSON text), sorted by name.

    Those of `extra-body` win over the others. Options of another task are left out.
    Raises OptionError where a value is not one the option can have.
    """
    provider = options.get("provider", "")
    members: dict[str, Json] = {}
    for key, value in options.items():
        option = find(key)
        if option is None or not option.member or (option.tasks and task not in option.tasks):
            continue
        wanted = _unmet(option, value, provider, task)
        if wanted is not None:
            raise OptionError(f"Option '{key}' must be {wanted}, got '{_shortened(value)}'")
        members[option.member] = _body_value(option, value)
    if members.get("stop") == []:
        del members["stop"]
    members.update(extra_body(options))
    return tuple((name, _json_text(members[name])) for name in sorted(members))


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
            return None if _json_object(value) is not None else "a JSON object"
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
            return [text for text in value.split(",") if text]
        case _ if option.key == "response-format":
            return {"type": value.lower()}
        case _:
            return value


def _json_text(value: Json) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _fold(key: str) -> str:
    return re.sub(r"[^a-z0-9]", "", key.lower())


def _shortened(text: str, limit: int = 60) -> str:
    return text if len(text) <= limit else f"{text[:limit]}..."
