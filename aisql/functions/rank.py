"""ai_rank: documents in the order of how well they meet a criterion."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from functools import partial

from aisql.errors import FunctionError
from aisql.functions.answers import object_in, score_in, unusable
from aisql.functions.base import Ask, CallOptions, Function, Known, Plan, Steps, Talk, first_text, text_of
from aisql.functions.candidates import MOST, Candidates, candidates_of, counted, numbered
from aisql.functions.parts import answered, grouped, halves
from aisql.functions.prompts import Prompt, prompt
from aisql.functions.talks import object_schema, structured
from aisql.providers.base import CHAT, Reply
from aisql.result import Value

_SCORED = {"index": {"type": "integer"}, "score": {"type": "number"}}
_FORM = object_schema({"scores": {"type": "array", "items": json.loads(object_schema(_SCORED))}})


def plan(arguments: Sequence[Value]) -> Plan:
    """NULL and an empty criterion give NULL, no documents an empty array, both without a request."""
    documents, criterion = arguments[0], text_of(arguments[1], "the criterion of ai_rank")
    most = _most(arguments[2] if len(arguments) > 2 else None)
    if documents is None or not criterion:
        return Known(None)
    candidates = candidates_of(documents, "documents of ai_rank")
    if not candidates or most == 0:
        return Known("[]")
    around = prompt("rank.v1", criterion=json.dumps(criterion, ensure_ascii=False))
    return Steps(lambda room: _ranked(candidates, around, most, room), goes_on=False)


def _most(value: Value) -> int | None:
    """Raises FunctionError for what is no whole number of 0 or more; NULL is all of them."""
    if value is not None and (not isinstance(value, int) or value < 0):
        raise FunctionError(f"k of ai_rank must be a whole number of 0 or more, got: {value!r}")
    return value


def _ranked(candidates: Candidates, around: Prompt, most: int | None, room: int) -> Talk:
    batches = grouped(candidates, room, counted, MOST)
    found = yield from answered(batches, partial(_asking, around=around), halves)
    scored = [pair for batch, scores in found for pair in zip(batch, scores, strict=True)]
    scored.sort(key=lambda pair: -pair[1])
    best = [
        {"index": candidate.index, "document": candidate.value, "score": score}
        for candidate, score in scored[:most]
    ]
    return json.dumps(best, ensure_ascii=False).encode("utf-8", "replace").decode()


def _asking(batch: Candidates, around: Prompt) -> tuple[Ask, Callable[[Reply], list[float]]]:
    read = partial(_scores, count=len(batch))
    text = json.dumps(numbered(batch), ensure_ascii=False)
    options = structured(CallOptions(), "rank", _FORM)
    return Ask(text, first_text, around.system, options, around.heading, whole=True), read


def _scores(reply: Reply, count: int) -> list[float]:
    """The scores in the order of the documents. Raises ProviderError where one of them has none or two."""
    members = object_in(reply).get("scores")
    found: dict[int, float] = {}
    for member in members if isinstance(members, list) else ():
        index = member.get("index") if isinstance(member, dict) else None
        if type(index) is not int or index in found:
            break
        found[index] = score_in(member, reply)
    if set(found) != set(range(count)) or len(members or ()) != count:
        raise unusable(str(first_text(reply)), f"which is no score for each of {count} documents")
    return [found[index] for index in range(count)]


AI_RANK = Function(
    name="ai_rank",
    signature="ai_rank(model, documents, criterion [, k])",
    summary="the documents of a JSON array with their scores, the best first, k of them at most",
    task=CHAT,
    least=3,
    most=4,
    plan=plan,
)
