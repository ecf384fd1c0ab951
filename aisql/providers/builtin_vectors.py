"""Vectors of the offline provider: hashed words, parts of words and topics."""

from __future__ import annotations

import hashlib
import math
from typing import Final

from aisql.providers import lexicon

DEFAULT_DIMENSION: Final = 1024


def embed(text: str, dimension: int) -> tuple[float, ...]:
    """A vector of `dimension` numbers and length 1: hashed words, parts of words and topics of a text."""
    vector = [0.0] * dimension
    for feature, weight in _features(text).items():
        _add(vector, feature, weight)
    length = math.hypot(*vector)
    if length == 0.0:
        _add(vector, "", 1.0)
        length = 1.0
    return tuple(float(f"{value / length:.7g}") if value else 0.0 for value in vector)


def similarity(left: str, right: str) -> float:
    """The cosine between the vectors of two texts."""
    pairs = zip(embed(left, DEFAULT_DIMENSION), embed(right, DEFAULT_DIMENSION), strict=True)
    return round(sum(one * other for one, other in pairs), 6)


def _add(vector: list[float], feature: str, weight: float) -> None:
    digest = int.from_bytes(hashlib.blake2b(feature.encode(), digest_size=8).digest(), "big")
    vector[(digest >> 1) % len(vector)] += weight if digest & 1 else -weight


def _features(text: str) -> dict[str, float]:
    """Words weigh most; parts of words join spellings, topics join words that mean similar things."""
    found: dict[str, float] = {}
    for token in lexicon.tokens(text):
        if token == lexicon.BREAK:
            continue
        weight = 0.1 if token in lexicon.STOP_WORDS else 1.0
        word = lexicon.stem(token)
        parts = [word[at : at + 3] for at in range(len(word) - 2)] if weight == 1.0 else []
        features = {f"word {word}": weight, **{f"part {part}": 0.5 / len(parts) ** 0.5 for part in parts}}
        features |= {f"topic {topic}": 0.3 for topic in lexicon.TOPICS_OF_WORD.get(word, {}) if weight == 1.0}
        for feature, amount in features.items():
            found[feature] = found.get(feature, 0.0) + amount
    return found
