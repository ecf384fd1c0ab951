"""The AI functions that stand in FROM as tables (Realtime Compute for Apache Flink).

`FROM t, LATERAL TABLE(AI_X(MODEL m, t.text, ...))` puts their columns beside the row. What a model says of
itself (`system-prompt`) is not used, a NULL input gives one row of NULLs, and an input that is skipped none.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, Final

from aisql.errors import FunctionError
from aisql.functions.answers import label_in
from aisql.functions.base import Function, Known, Plan, text_of
from aisql.functions.embed import AI_EMBED
from aisql.functions.labels import labels_of
from aisql.functions.prompts import prompt
from aisql.functions.rows import Filled, always, json_text, row_asked
from aisql.functions.talks import object_schema
from aisql.functions.translate import language_of
from aisql.functions.typed import typed, types_of
from aisql.providers.base import CHAT
from aisql.result import Value

_TEXT = {"type": "string"}
_NUMBER = {"type": "number"}
_NO_ROW = "[]"


def _classify(arguments: Sequence[Value]) -> Plan:
    text = text_of(arguments[0], "the input of AI_CLASSIFY")
    labels = labels_of(arguments[1], "AI_CLASSIFY")
    if text is None:
        return Known(None)
    around = prompt("classify_row.v1", labels=json.dumps(labels, ensure_ascii=False))
    form = object_schema({"category": {**_TEXT, "enum": list(labels)}, "confidence": _NUMBER})
    return row_asked(text, around, form, partial(_category, labels=labels))


def _category(filled: Filled, labels: tuple[str, ...]) -> Sequence[Value]:
    category = label_in(filled.text("category"), labels, "the labels")
    return category, filled.number("confidence", 0, 1)


CLASSIFY: Final = Function(
    name="ai_classify",
    signature="AI_CLASSIFY(MODEL m, input, ARRAY['label', ...])",
    summary="the label a text belongs to, and how sure the model is",
    task=CHAT,
    least=3,
    most=3,
    plan=_classify,
    skipped=_NO_ROW,
    parameters=("MODEL", "INPUT", "LABELS"),
    columns=always(("category", "TEXT"), ("confidence", "DOUBLE")),
    constants=(2,),
)


_FEELINGS: Final = ("positive", "negative", "neutral")


def _sentiment(arguments: Sequence[Value]) -> Plan:
    text = text_of(arguments[0], "the input of AI_SENTIMENT")
    if text is None:
        return Known(None)
    label = {**_TEXT, "enum": list(_FEELINGS)}
    form = object_schema({"score": _NUMBER, "label": label, "confidence": _NUMBER})
    return row_asked(text, prompt("sentiment_row.v1"), form, _feeling)


def _feeling(filled: Filled) -> Sequence[Value]:
    label = label_in(filled.text("label"), _FEELINGS, ", ".join(_FEELINGS))
    return filled.number("score", -1, 1), label, filled.number("confidence", 0, 1)


SENTIMENT: Final = Function(
    name="ai_sentiment",
    signature="AI_SENTIMENT(MODEL m, input)",
    summary="how good a text feels from -1 to 1, in a word, and how sure the model is",
    task=CHAT,
    least=2,
    most=2,
    plan=_sentiment,
    skipped=_NO_ROW,
    parameters=("MODEL", "INPUT"),
    columns=always(("score", "DOUBLE"), ("label", "TEXT"), ("confidence", "DOUBLE")),
)


def _extract(arguments: Sequence[Value]) -> Plan:
    text = text_of(arguments[0], "the input of AI_EXTRACT")
    types = types_of(arguments[1])
    if text is None:
        return Known(None)
    around = prompt("extract_row.v1", types=json.dumps(dict(types), ensure_ascii=False))
    form = object_schema({key: {"type": [type_, "null"]} for key, type_ in types.items()})
    return row_asked(text, around, form, partial(_extracted, types=types))


def _extracted(filled: Filled, types: Mapping[str, str]) -> Sequence[Value]:
    return (json_text({key: typed(filled, key, type_) for key, type_ in types.items()}),)


EXTRACT: Final = Function(
    name="ai_extract",
    signature="""AI_EXTRACT(MODEL m, input, '{"key": "type", ...}')""",
    summary="what a text tells about each key, a JSON object with values of these types",
    task=CHAT,
    least=3,
    most=3,
    plan=_extract,
    skipped=_NO_ROW,
    parameters=("MODEL", "INPUT", "EXTRACT_SCHEMA"),
    columns=always(("extracted_json", "TEXT")),
    constants=(2,),
)


def _translate(arguments: Sequence[Value]) -> Plan:
    text = text_of(arguments[0], "the input of AI_TRANSLATE")
    source = arguments[1]
    is_told = not isinstance(source, str) or source.strip().lower() != "auto"
    origin = f" from {language_of(source)}" if is_told else ""
    language = language_of(arguments[2])
    if text is None:
        return Known(None)
    around = prompt("translate_row.v1", origin=origin, language=language)
    form = object_schema({"translated_text": _TEXT, "detected_language": _TEXT})
    return row_asked(text, around, form, _translated)


def _translated(filled: Filled) -> Sequence[Value]:
    return filled.text("translated_text"), filled.text("detected_language")


TRANSLATE: Final = Function(
    name="ai_translate",
    signature="AI_TRANSLATE(MODEL m, input, 'auto' | source_lang, target_lang)",
    summary="a text in another language, and the language it was in",
    task=CHAT,
    least=4,
    most=4,
    plan=_translate,
    skipped=_NO_ROW,
    parameters=("MODEL", "INPUT", "SOURCE_LANG", "TARGET_LANG"),
    columns=always(("translated_text", "TEXT"), ("detected_language", "TEXT")),
)


def _summarize(arguments: Sequence[Value]) -> Plan:
    text, length = text_of(arguments[0], "the input of AI_SUMMARIZE"), arguments[1]
    if not isinstance(length, int) or length < 1:
        raise FunctionError(f"AI_SUMMARIZE: MAX_LENGTH must be a whole number above 0, got: {_shown(length)}")
    if text is None:
        return Known(None)
    around = prompt("summarize_row.v1", max_length=str(length))
    return row_asked(text, around, object_schema({"summary": _TEXT}), _summary)


def _shown(value: Value) -> str:
    return "NULL" if value is None else repr(value)


def _summary(filled: Filled) -> Sequence[Value]:
    return (filled.text("summary"),)


SUMMARIZE: Final = Function(
    name="ai_summarize",
    signature="AI_SUMMARIZE(MODEL m, input, max_length)",
    summary="a summary of a text in at most so many characters",
    task=CHAT,
    least=3,
    most=3,
    plan=_summarize,
    skipped=_NO_ROW,
    parameters=("MODEL", "INPUT", "MAX_LENGTH"),
    columns=always(("summary", "TEXT")),
    constants=(2,),
)


_ENTITY = json.loads(object_schema({"entity": _TEXT, "type": _TEXT}))


def _mask(arguments: Sequence[Value]) -> Plan:
    text = text_of(arguments[0], "the input of AI_MASK")
    labels = labels_of(arguments[1], "AI_MASK")
    if text is None:
        return Known(None)
    around = prompt("mask_row.v1", labels=json.dumps(labels, ensure_ascii=False))
    entities = {"type": "array", "items": _ENTITY}
    form = object_schema({"masked_text": _TEXT, "detected_entities": entities})
    return row_asked(text, around, form, _masked)


def _masked(filled: Filled) -> Sequence[Value]:
    found = filled.members.get("detected_entities")
    if not isinstance(found, list) or not all(map(_is_entity, found)):
        raise filled.without("detected_entities", "list of entities")
    entities = [json_text({"entity": each["entity"], "type": each["type"]}) for each in found]
    return filled.text("masked_text"), json_text(entities)


def _is_entity(found: Any) -> bool:
    return isinstance(found, dict) and all(isinstance(found.get(name), str) for name in ("entity", "type"))


MASK: Final = Function(
    name="ai_mask",
    signature="AI_MASK(MODEL m, input, ARRAY['label', ...])",
    summary="a text with placeholders for what the labels name, and what that was",
    task=CHAT,
    least=3,
    most=3,
    plan=_mask,
    skipped=_NO_ROW,
    parameters=("MODEL", "INPUT", "MASK_ENTITIES"),
    columns=always(("masked_text", "TEXT"), ("detected_entities", "TEXT")),
    constants=(2,),
)


EMBED: Final = replace(
    AI_EMBED,
    signature="AI_EMBED(MODEL m, input [, dimension])",
    parameters=("MODEL", "INPUT", "DIMENSION"),
    columns=always(("embedding", "BLOB")),
    one_value=True,
)
