"""What the answer of a model says, which nobody can trust to be what was asked for."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from aisql.errors import ProviderError
from aisql.functions.base import first_text
from aisql.providers.base import Reply

_SHOWN = 60
_FENCE = "```"
_FENCED = re.compile(r"```[\w+-]*[ \t]*\n(.*)```", re.DOTALL)
_QUOTES = {'"': '"', "'": "'", "`": "`", "“": "”", "„": "“", "‘": "’", "«": "»", "「": "」", "『": "』"}
_NEIGHBOUR = "a-z0-9_"  # many scripts write no spaces between words, so ASCII letters only


def unusable(answer: str, why: str) -> ProviderError:
    """The error of an answer the function cannot use; `why` goes on after the answer, which is cut."""
    shown = answer if len(answer) <= _SHOWN else f"{answer[: _SHOWN - 3]}..."
    return ProviderError(f"the model answered {shown!r}, {why}", code="unusable_answer")


def plain_text(reply: Reply, text: str) -> str:
    """The answer without white space, code fence or quotes around it, unless the text itself has them.

    Raises ProviderError for an answer that is empty then.
    """
    answer = str(first_text(reply)).strip()
    begin = text.lstrip()[:1]
    if begin != "`" and (fenced := _FENCED.fullmatch(answer)) and _FENCE not in fenced[1]:
        answer = fenced[1].strip()
    closing = _QUOTES.get(answer[:1])
    if begin not in _QUOTES and closing is not None and len(answer) > 1 and answer.endswith(closing):
        inside = answer[1:-1]
        if closing not in inside and answer[0] not in inside:
            answer = inside.strip()
    if not answer:
        raise unusable(answer, "which is nothing")
    return answer


def label_of(reply: Reply, labels: tuple[str, ...], what: str) -> str:
    """The label the answer names; models like to add quotes, a full stop or a word before it.

    Raises ProviderError when it names none or several; `what` tells what the labels are.
    """
    return label_in(str(first_text(reply)), labels, what)


def label_in(answer: str, labels: tuple[str, ...], what: str) -> str:
    """The same for what the model said."""
    answer = answer.strip()
    if answer in labels:
        return answer
    plain = answer.strip(" \t\r\n\"'`*.").casefold()
    for label in labels:
        if plain == label.strip().casefold():
            return label
    named = [label for label in labels if _names(answer.casefold(), label.strip().casefold())]
    if len(named) == 1:
        return named[0]
    raise unusable(answer, f"which is none of {what}")


def _names(answer: str, label: str) -> bool:
    """Whether the answer holds the label as words of its own: "unknown" does not name the label "no"."""
    return re.search(rf"(?<![{_NEIGHBOUR}]){re.escape(label)}(?![{_NEIGHBOUR}])", answer) is not None


def object_in(reply: Reply) -> dict[str, Any]:
    """The JSON object in the answer, whatever stands around it.

    Raises ProviderError when there is none, or one with a number that JSON does not have.
    """
    answer = str(first_text(reply)).strip()
    try:
        found: dict[str, Any] = json.loads(_object_part(answer))
        json.dumps(found, allow_nan=False)
    except (RecursionError, ValueError):
        raise unusable(answer, "which is no JSON object") from None
    return found


def score_in(members: Mapping[str, Any], reply: Reply) -> float:
    """The member `score`. Raises ProviderError where it is no number from 0 to 1."""
    score = members.get("score")
    if isinstance(score, bool) or not isinstance(score, int | float) or not 0 <= score <= 1:
        raise unusable(str(first_text(reply)), "which is no score from 0 to 1")
    return float(score)


def _object_part(answer: str) -> str:
    return answer[answer.find("{") : answer.rfind("}") + 1]


def members_of(reply: Reply) -> dict[str, str]:
    """The members of the JSON object in the answer, whatever stands around it, each value as a text.

    null is '', a number stands as it is written, a list or an object as its JSON.
    Raises ProviderError when there is no object.
    """
    answer = str(first_text(reply)).strip()
    written = _object_part(answer)
    try:
        members = json.loads(written)
        as_written = json.loads(written, parse_int=str, parse_float=str, parse_constant=str)
    except (RecursionError, ValueError):
        raise unusable(answer, "which is no JSON object") from None
    return {
        key: _as_text(value if isinstance(value, list | dict) else as_written[key])
        for key, value in members.items()
    }


def _as_text(value: Any) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
