"""Refusals told apart: which may pass by themselves, which never will, what the provider says of them.

The body is asked first and the status second: a used-up quota comes as 429, 402 or 400, an image a model
cannot see as 500.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import NamedTuple

from aisql.errors import CONTEXT_TOO_LONG, AuthenticationError, ProviderError
from aisql.providers.base import Allowance, Json
from aisql.secrecy import MASK

_HEARD = 10_000
"""Characters of what a provider says that are looked at for what it teaches."""

LONGEST_WAIT = 3600.0
"""Seconds; who is told to wait longer is better told of the failure."""

# Those from 520 are of gateways that got no sound answer from the service behind them, 529 means overload.
_TRANSIENT = frozenset((408, 409, 425, 429, 500, 502, 503, 504, *range(520, 525), 529))

# What the words of a body mean, whatever the status; matched against its codes, types and message.
_TOO_LONG = re.compile(
    r"""(?ix)
    context_length_exceeded | exceed_context_size | context_?window_?exceeded | maximum\ context\ length
  | (?:prompt|input)\ is\ too\ long
  | exceeds?\ (?:the\ )?(?:maximum\ |available\ )?context\ (?:length|size|window)
  | range\ of\ input\ length | exceeds\ the\ maximum\ number\ of\ tokens\ allowed
    """
)
_NEVER = re.compile(
    r"""(?ix)
    insufficient[_ ]quota | quota[_ ]exhausted | enforced_spend_limit | insufficient[_ ]balance
  | credit\ balance | arrearage | billing[_ ](?:hard|not)
  | \bnot_supported_error\b | input\ is\ not\ supported | invalid_?api_?key | model_?not_?found
    """
)
_TOO_LARGE = 413
"""The status of a body that is larger than the service takes."""
_SOON = re.compile(
    r"(?i)\b(?:overloaded_error|rate_limit_error|rate_limit_exceeded|unavailable_error|throttling|server_busy)"
)
# Of an error in an answer of status 200, where the status does not tell that the service itself has failed.
_BROKEN = re.compile(
    r"(?i)\b(?:server_error|api_error|internal_(?:server_)?error|timeout_error)\b|runner has unexpectedly"
)
_BUSY = re.compile(r"(?i)\boverloaded\b|try again|temporarily|\bat capacity\b")
_HINTS: Mapping[int, str] = {
    402: "the account has no credit left",
    404: "check the endpoint and the name of the model",
    429: "the service limits requests or the account's quota is used up; a lower ai.concurrency may help",
}
_REQUEST_IDS = ("x-request-id", "request-id", "x-dashscope-request-id", "apim-request-id", "x-ds-trace-id")


class Said(NamedTuple):
    """What the body of an error says: its message, and its codes and types as one text."""

    message: str
    codes: str
    request_id: str


def refusal(
    status: int, headers: Mapping[str, str], body: bytes, who: str, secrets: Sequence[str]
) -> ProviderError | None:
    """The error for an answer that is not a success, with what the provider says about it; None for one.

    `who` begins the message; `secrets` are masked where the provider repeats them.
    """
    if 200 <= status < 300:
        return None
    said = told(body)
    message = shortened(hidden(said.message, secrets))
    tail = f": {message}" if message else ""
    kind: type[ProviderError] = ProviderError
    hint = _HINTS.get(status)
    if status in (401, 403):
        kind, hint = AuthenticationError, "check the key of the model"
        text = f"{who}: authentication failed ({status}){tail}"
    elif 300 <= status < 400:
        text = f"{who}: {status_line(status)}: redirects are not followed"
        hint = "set the endpoint to the address the service really has"
    else:
        text = f"{who}: {status_line(status)}{tail}"
    wait = retry_after(headers)
    error = kind(
        text,
        status=status,
        code=CONTEXT_TOO_LONG if status == _TOO_LARGE or _is_too_long(said) else None,
        hint=hint,
        transient=_is_transient(status, headers, said) and (wait or 0) <= LONGEST_WAIT,
        retry_after=wait,
        said=message,
        request_id=hidden(_request_id(headers, said), secrets) or None,
    )
    error.heard = said.message[:_HEARD]
    return error


def reported(body: bytes, who: str, secrets: Sequence[str]) -> ProviderError:
    """The error for an answer that is one under a status of success, also in the middle of a stream."""
    said = told(body)
    message = shortened(hidden(said.message, secrets))
    number = re.search(r"(?<!\d)[45]\d\d(?!\d)", said.codes)
    broken = number is None and _BROKEN.search(f"{said.codes} {said.message}") is not None
    # Who gives no code at all has nothing but words.
    broken = broken or (not said.codes and _BUSY.search(said.message) is not None)
    transient = _is_transient(int(number[0]) if number else 500 if broken else 200, {}, said)
    return ProviderError(
        f"{who}: {message or 'the answer is an error'}",
        code=CONTEXT_TOO_LONG if _is_too_long(said) else None,
        transient=transient,
        said=message,
        request_id=hidden(said.request_id, secrets) or None,
    )


def _is_transient(status: int, headers: Mapping[str, str], said: Said) -> bool:
    words = f"{said.codes} {said.message}"
    is_lasting = _NEVER.search(words) is not None or _is_too_long(said)
    if headers.get("x-should-retry", "").lower() == "false" or is_lasting:
        return False
    if headers.get("x-should-retry", "").lower() == "true":
        return True
    # Not from the message: who says in words that something is busy may mean anything.
    return status in _TRANSIENT or _SOON.search(said.codes) is not None


def _is_too_long(said: Said) -> bool:
    return _TOO_LONG.search(f"{said.codes} {said.message}") is not None


# Who asks for a stream may get even a refusal as one.
_EVENT = re.compile(r"^data:\s*(\{.*\})\s*$", re.MULTILINE)


def told(body: bytes) -> Said:
    """What the body of an error says, in any of the shapes in use; nothing for HTML and for nothing."""
    text = body.decode("utf-8-sig", "replace").strip()
    event = _EVENT.search(text)
    try:
        value = json.loads(event[1] if event else text)
    except (ValueError, RecursionError):
        return Said("" if text.startswith("<") else text, "", "")
    return Said(_message(value), " ".join(_codes(value)), _id_in(value))


def _message(value: Json) -> str:
    """What an error's JSON says: the first text under the names that services use for it."""
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        return "; ".join(filter(None, map(_message, value)))
    if isinstance(value, dict):
        # FastAPI's list of problems has `msg`; a code alone is better than nothing.
        for name in ("error", "message", "detail", "msg", "code", "type"):
            if said := _message(value.get(name)):
                return said
    return ""


def _codes(value: Json) -> list[str]:
    """The codes and types in an error's JSON: words in some services, numbers in others."""
    if isinstance(value, list):
        return [code for each in value for code in _codes(each)]
    if not isinstance(value, dict):
        return []
    found = [
        str(value[name])
        for name in ("code", "type", "error_code", "status")
        if isinstance(value.get(name), str | int) and not isinstance(value[name], bool)
    ]
    for name in ("error", "details", "detail", "innererror"):
        found += _codes(value.get(name))
    return found


def _id_in(value: Json) -> str:
    for holder in (value, value.get("error") if isinstance(value, dict) else None):
        if isinstance(holder, dict):
            for name in ("request_id", "requestId"):
                found = holder.get(name)
                if isinstance(found, str) and found:
                    return shortened(found, 100)
    return ""


def _request_id(headers: Mapping[str, str], said: Said) -> str:
    named = next((headers[name] for name in _REQUEST_IDS if headers.get(name)), None)
    return shortened(named, 100) if named else said.request_id


# --- how long to wait ------------------------------------------------------------------------------------

_DURATION = re.compile(
    r"(?:(\d+(?:\.\d+)?)h)?(?:(\d+(?:\.\d+)?)m(?!s))?(?:(\d+(?:\.\d+)?)s)?(?:(\d+(?:\.\d+)?)ms)?"
)


def retry_after(headers: Mapping[str, str]) -> float | None:
    """The seconds after which a provider wants to be asked again; None where it does not say.

    `retry-after-ms` in milliseconds, else `retry-after` in seconds or as a date.
    """
    milliseconds = _number(headers.get("retry-after-ms", ""))
    if milliseconds is not None:
        return milliseconds / 1000
    return _until(headers.get("retry-after", ""), headers)


def allowance(headers: Mapping[str, str]) -> Allowance | None:
    """What the rate headers of an answer say; None where there are none.

    A limit of 0 or less means that the service does not count (Azure).
    """
    found = []
    for what in ("requests", "tokens"):
        limit, left, reset = (_rate_header(headers, part, what) for part in ("limit", "remaining", "reset"))
        known = _number(left) if _number(limit) != 0 and not limit.startswith("-") else None
        found += [None if known is None else int(known), None if known is None else _until(reset, headers)]
    if found == [None] * 4:
        return None
    requests, requests_reset, tokens, tokens_reset = found
    return Allowance(
        None if requests is None else int(requests),
        requests_reset,
        None if tokens is None else int(tokens),
        tokens_reset,
    )


def _rate_header(headers: Mapping[str, str], part: str, what: str) -> str:
    openai, anthropic = f"x-ratelimit-{part}-{what}", f"anthropic-ratelimit-{what}-{part}"
    return headers.get(openai, headers.get(anthropic, "")).strip()


def _until(text: str, headers: Mapping[str, str]) -> float | None:
    """The seconds in a number, a duration as Go writes it (`6m0s`), or until a date."""
    text = text.strip()
    number = _number(text)
    if number is not None and number < _EPOCH:
        return number
    match = _DURATION.fullmatch(text)
    if text and match is not None:
        parts = (float(part or 0) for part in match.groups())
        return sum(part * unit for part, unit in zip(parts, (3600, 60, 1, 0.001), strict=True))
    moment = _moment(text)
    if moment is None:
        return None
    # By the server's own clock where it tells the time: ours may be off.
    now = _moment(headers.get("date", "")) or datetime.now(UTC)
    return max(0.0, (moment - now).total_seconds())


_EPOCH = 1e9
"""A number from here on counts seconds since 1970, as some gateways write a moment."""
_END_OF_TIME = 2e11
"""A little before the last moment that a date can be."""


def _moment(text: str) -> datetime | None:
    number = _number(text)
    if number is not None:
        # In milliseconds from where seconds would be no year that anybody means.
        seconds = number / 1000 if number >= _EPOCH * 1000 else number
        return datetime.fromtimestamp(min(seconds, _END_OF_TIME), UTC)
    try:
        moment = datetime.fromisoformat(text) if text[:4].isdigit() else parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError):
        return None
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)


def _number(text: str) -> float | None:
    return float(text) if re.fullmatch(r"\d{1,40}(?:\.\d{1,20})?", text.strip()) else None


# --- texts of others -------------------------------------------------------------------------------------


_SHORTEST_KEY = 4


def hidden(text: str, secrets: Iterable[str]) -> str:
    """The text with every secret in it masked."""
    # What is shorter is a word of any sentence, and no key.
    for secret in sorted((each for each in secrets if len(each) >= _SHORTEST_KEY), key=len, reverse=True):
        text = text.replace(secret, MASK)
    return text


def shortened(text: str, limit: int = 300) -> str:
    """The text on one line, without control characters, at most `limit` characters of it."""
    line = " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())
    return line if len(line) <= limit else f"{line[:limit]}..."


def status_line(status: int) -> str:
    """A status in words."""
    try:
        return f"HTTP {status} {HTTPStatus(status).phrase}"
    except ValueError:
        return f"HTTP {status}"
