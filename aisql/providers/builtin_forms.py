"""The answers of the offline provider where a JSON schema is asked for."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any, Final

from aisql.providers import lexicon
from aisql.providers.base import Json
from aisql.providers.builtin_finding import value_of
from aisql.providers.builtin_judging import choose, degree, holds
from aisql.providers.builtin_questions import Question
from aisql.providers.builtin_writing import SENTENCE_END

_HEADING: Final = re.compile(r"^(?:Condition|Criterion|Kinds): (.+)$", re.MULTILINE)
_CLAIM: Final = re.compile(r"^Statement:\n([^:?]*)[:?]?(.*)", re.MULTILINE | re.DOTALL)
_NUMBER: Final = re.compile(r"-?\d[\d,]*(?:\.\d+)?")
_EMPTY: Final[Mapping[str, Json]] = {"string": "", "integer": 0, "number": 0, "boolean": False, "array": []}
_TYPES: Final[Mapping[str, tuple[type, ...]]] = {
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "array": (list,),
    "object": (dict,),
    "null": (type(None),),
}
_DIGITS_OF_A_SECRET = 8


def form_of(parameters: Mapping[str, str]) -> dict[str, Any] | None:
    """The schema that a request asks for, None where it asks for none."""
    form = json.loads(parameters.get("response_format", "null"))
    asked = form.get("json_schema") if isinstance(form, dict) else None
    schema = asked.get("schema") if isinstance(asked, dict) else None
    return schema if isinstance(schema, dict) and isinstance(schema.get("properties"), dict) else None


def has_form(text: str, schema: Mapping[str, Any]) -> bool:
    """Whether an answer is an object with the members of the schema, each of its type."""
    try:
        found = json.loads(text)
    except ValueError:
        return False
    properties = schema["properties"]
    if not isinstance(found, dict) or found.keys() != properties.keys():
        return False
    return all(_is_of(found[name], each) for name, each in properties.items())


def _is_of(value: Json, schema: Any) -> bool:
    if not isinstance(schema, dict) or (isinstance(schema.get("enum"), list) and value not in schema["enum"]):
        return False
    return any(type(value) in _TYPES.get(kind, ()) for kind in _kinds(schema))


def answer_in_form(asked: Question, schema: Mapping[str, Any]) -> str:
    """An object of the schema: by a rule for what is asked, else filled with what the text tells."""
    found = _judged(asked, next(iter(schema["properties"]), ""))
    return json.dumps(value_for("", schema, asked.text) if found is None else found, ensure_ascii=False)


def _judged(asked: Question, member: str) -> Json:
    """What a rule says; None where there is none, or the request only looks like one of ours."""
    claim = _CLAIM.search(asked.instruction)
    if member == "answer" and claim is not None:
        return {"answer": holds(claim[1], claim[2])}
    rule, heading = _RULES.get(member), _HEADING.search(asked.instruction)
    if rule is None or heading is None:
        return None
    try:
        return rule(heading[1], asked.text)
    except (AttributeError, KeyError, TypeError, ValueError):
        return None


# --- what is judged --------------------------------------------------------------------------------------


def _answer(condition: str, text: str) -> Json:
    return {"answer": holds(json.loads(condition), text)}


def _score(criterion: str, text: str) -> Json:
    return {"score": degree(json.loads(criterion), text)}


def _scores(criterion: str, documents: str) -> Json:
    scores = (degree(json.loads(criterion), document) for document in json.loads(documents).values())
    return {"scores": [{"index": index, "score": score} for index, score in enumerate(scores)]}


def _matches(_condition: str, pair: str) -> Json:
    """The candidates that the text speaks of, whatever the condition is."""
    asked = json.loads(pair)
    return {
        "matches": [
            int(at) for at, candidate in asked["candidates"].items() if holds(candidate, asked["text"])
        ]
    }


def _found(kinds: str, text: str) -> Json:
    return {
        "found": [
            {"kind": kind, "value": value} for kind in json.loads(kinds) for value in _private(kind, text)
        ]
    }


def _private(kind: str, text: str) -> list[str]:
    """What is of a kind; of numbers only those that are long enough to be kept secret."""
    entity = lexicon.entity_kind(kind)
    found = lexicon.entities(entity, text) if entity else []
    is_number = entity == "number"
    return [each for each in found if not is_number or len(re.findall(r"\d", each)) >= _DIGITS_OF_A_SECRET]


_RULES: Final[Mapping[str, Callable[[str, str], Json]]] = {
    "answer": _answer,
    "score": _score,
    "scores": _scores,
    "matches": _matches,
    "found": _found,
}
"""By the first member that is asked for."""


# --- what is extracted -----------------------------------------------------------------------------------


def value_for(name: str, schema: Any, text: str) -> Json:
    """What a text tells for a member of a schema; null, or nothing of its type, where it tells nothing."""
    if not isinstance(schema, dict):  # `true` is a schema too
        return None
    if isinstance(schema.get("enum"), list):
        return _chosen(schema["enum"], text)
    kinds = _kinds(schema)
    found = _told(name, schema, kinds[0], text)
    return found if found is not None or "null" in kinds else _EMPTY.get(kinds[0])


def _kinds(schema: Mapping[str, Any]) -> list[str]:
    told = schema.get("type")
    kinds = [kind for kind in (told if isinstance(told, list) else [told]) if isinstance(kind, str)]
    return kinds or ["object" if "properties" in schema else "string"]


def _told(name: str, schema: Mapping[str, Any], kind: str, text: str) -> Json:
    if kind == "object":
        members = schema.get("properties")
        told = members.items() if isinstance(members, dict) else ()
        return {key: value_for(key, each, text) for key, each in told}
    if kind == "array":
        items = schema.get("items")
        return _list(name, items if isinstance(items, dict) else {}, text)
    if kind == "boolean":
        return set(lexicon.content_stems(name.replace("_", " "))) <= set(lexicon.content_stems(text))
    if kind in ("integer", "number"):
        return _number(value_of(name, text), kind)
    found = value_of(name, text)
    return _date(found) if schema.get("format") == "date" else found or None


def _chosen(values: list[Any], text: str) -> Json:
    labels = [each for each in values if isinstance(each, str)]
    label, confidence = choose(labels, text) if labels else (next(iter(values), None), 0.0)
    return None if None in values and not confidence else label


def _list(name: str, items: Mapping[str, Any], text: str) -> Json:
    """All values of a kind, or an object for each sentence that tells something."""
    kind = _kinds(items)[0]
    if kind == "object":
        parts = re.split(rf"{SENTENCE_END.pattern}|[\n;]", text)
        rows = (value_for(name, items, part) for part in parts)
        return [row for row in rows if isinstance(row, dict) and any(row.values())]
    entity = lexicon.entity_kind(name)
    values = lexicon.entities(entity, text) if entity else []
    numeric = kind in ("integer", "number")
    found: list[Json] = [_number(value, kind) if numeric else value for value in values]
    return found or None


def _number(text: str, kind: str) -> Json:
    found = _NUMBER.search(text)
    if found is None:
        return None
    number = float(found[0].replace(",", ""))
    return int(number) if kind == "integer" else number


def _date(text: str) -> Json:
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        return None
