"""What the offline provider finds in texts, by patterns."""

from __future__ import annotations

import json
import re

from aisql.providers import lexicon
from aisql.providers.base import Json
from aisql.providers.builtin_judging import choose
from aisql.providers.builtin_questions import Question, keys_in, labels_in, shaped


def value_of(key: str, text: str) -> str:
    """The value a text gives for a key: what follows `key:` or `key is`, else by pattern; '' where absent."""
    kind = lexicon.entity_kind(key)
    if kind is not None and (found := lexicon.entities(kind, text)):
        return found[0]
    words = re.escape(key).replace("_", "[ _]")
    said = re.search(rf"\b{words}\b\s*(?:is|was|:|=)\s*([^,.;\n]+)", text, re.IGNORECASE)
    if said is not None:
        return said[1].strip()
    if key.lower() == "sentiment":
        return choose(("positive", "negative", "neutral", "mixed"), text)[0]
    return ""


def extract(asked: Question) -> str:
    """The values of the keys that are asked for, or all of a kind."""
    keys = keys_in(asked.instruction)
    if keys:
        return json.dumps({key: value_of(key, asked.text) for key in keys}, ensure_ascii=False)
    kinds = (
        kind
        for word in re.findall(r"\w+", asked.instruction)
        if (kind := lexicon.entity_kind(word)) is not None
    )
    kind = next(kinds, None)
    return (", ".join(lexicon.entities(kind, asked.text)) if kind else "") or "none"


def mask(asked: Question) -> str:
    """The text without what the labels name."""
    labels = labels_in(asked.instruction) or tuple(kind for kind in lexicon.ENTITY_KINDS if kind != "number")
    masked = asked.text
    detected: list[Json] = []
    for label in labels:
        kind = lexicon.entity_kind(label)
        for value in sorted(lexicon.entities(kind, asked.text), key=len, reverse=True) if kind else ():
            if value in masked:
                mark = "[MASKED]" if "[MASKED]" in asked.instruction else f"[{label.upper()}]"
                masked = masked.replace(value, mark)
                detected.append({"entity": value, "type": label})
    return shaped(asked, {"masked_text": masked, "detected_entities": detected})
