"""Classes, sentiment and decisions of the offline provider, by lists of words."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from aisql.providers import lexicon
from aisql.providers.builtin_questions import Question, labels_in, shaped


def classify(asked: Question) -> str:
    """The label that fits."""
    label, confidence = choose(labels_in(asked.instruction), asked.text)
    return shaped(asked, {"category": label, "label": label, "confidence": confidence})


def choose(labels: Sequence[str], text: str) -> tuple[str, float]:
    """The label that fits a text best, and how sure that is, from 0.0 (nothing speaks for it) to 1.0."""
    by_word = {label: frozenset(lexicon.content_stems(label)) for label in labels}
    if _of_polarity(by_word, lexicon.PRAISING_LABELS) and _of_polarity(by_word, lexicon.BLAMING_LABELS):
        return _choose_polarity(by_word, text)
    scores = _topic_scores(by_word, text)
    best = max(scores.values())
    if best < 0.5:
        return _fallback(by_word), 0.0
    chosen = next(label for label, score in scores.items() if score == best)
    return chosen, round(best / sum(scores.values()), 2)


def _topic_scores(by_word: Mapping[str, frozenset[str]], text: str) -> dict[str, float]:
    """How much of the text speaks for each label; the label spoken of first comes first."""
    topics = {
        label: frozenset().union(*(lexicon.TOPICS_OF_LABEL_WORD.get(word, ()) for word in words))
        for label, words in by_word.items()
        if not re.match(r"(?:not|non|no)\b", label, re.IGNORECASE)
    }
    scores: dict[str, float] = {}
    for word in lexicon.content_stems(text):
        spoken = lexicon.TOPICS_OF_WORD.get(word, {})
        for label, own in topics.items():
            weight = 2.0 if word in by_word[label] else max((spoken.get(each, 0) for each in own), default=0)
            if not weight and "quality" in own and word in lexicon.POLARITY:
                # Praise or blame of nothing in particular is about how good the thing is.
                weight = 0.5
            if weight:
                scores[label] = scores.get(label, 0.0) + weight
    return scores or dict.fromkeys(by_word, 0.0)


def _fallback(by_word: Mapping[str, frozenset[str]]) -> str:
    for word in lexicon.FALLBACK_LABELS:
        for label, words in by_word.items():
            if word in words or label.lower() == word:
                return label
    negated = (label for label in by_word if re.match(r"(?:not|non|no)\b", label, re.IGNORECASE))
    return next(negated, next(iter(by_word)))


def _of_polarity(by_word: Mapping[str, frozenset[str]], kind: frozenset[str]) -> list[str]:
    return sorted((label for label, words in by_word.items() if words & kind), key=len)


def _choose_polarity(by_word: Mapping[str, frozenset[str]], text: str) -> tuple[str, float]:
    praise, blame, last = lexicon.polarity(text)
    if praise == blame == 0:
        return _fallback(by_word), 0.0
    mixed = _of_polarity(by_word, lexicon.MIXED_LABELS)
    if mixed and _is_mixed(praise, blame):
        return mixed[0], round(2 * min(praise, blame) / (praise + blame), 2)
    good = praise > blame or (praise == blame and last > 0)
    kind = lexicon.PRAISING_LABELS if good else lexicon.BLAMING_LABELS
    return _of_polarity(by_word, kind)[0], round(max(praise, blame) / (praise + blame), 2)


def _is_mixed(praise: int, blame: int) -> bool:
    return 2 * min(praise, blame) >= max(praise, blame)


def sentiment(asked: Question) -> str:
    """Praise or blame, in the form that is asked for."""
    label, confidence = choose(("positive", "negative", "neutral", "mixed"), asked.text)
    praise, blame, _ = lexicon.polarity(asked.text)
    score = round((praise - blame) / max(praise + blame, 2), 2)
    wanted = asked.instruction.lower()
    # Who names the answers, or asks for a number, and does not name this one has no use for it.
    if label == "mixed" and "mixed" not in wanted and ("negative" in wanted or "score" in wanted):
        label = "neutral"
    return shaped(asked, {"sentiment": label, "label": label, "score": score, "confidence": confidence})


def decide(asked: Question) -> str:
    """Yes or no, in the words of the instruction: by polarity where it asks for that, else by topic."""
    wanted = re.search(r"\b(yes|true)\W+(?:or|/)\W+(no|false)\b", asked.instruction, re.IGNORECASE)
    yes, no = ("yes", "no") if wanted is None else wanted.groups()
    words = lexicon.content_stems(asked.instruction)
    praise, blame, _ = lexicon.polarity(asked.text)
    for word in words:
        if word in lexicon.PRAISING_LABELS or word in lexicon.BLAMING_LABELS:
            return yes if (praise - blame) * (1 if word in lexicon.PRAISING_LABELS else -1) > 0 else no
    topics = {topic for word in words for topic in lexicon.TOPICS_OF_LABEL_WORD.get(word, ())}
    named = {word for word in words if word in lexicon.TOPICS_OF_WORD} if not topics else set()
    for word in lexicon.content_stems(asked.text):
        if word in named or topics & lexicon.TOPICS_OF_WORD.get(word, {}).keys():
            return yes
    return no


_PRAISING = lexicon.PRAISING_LABELS | set(lexicon.content_stems("praise praises recommend recommends"))
_BLAMING = lexicon.BLAMING_LABELS | set(lexicon.content_stems("blame blames complain complains criticism"))
_FILLERS = frozenset(
    lexicon.content_stems(
        "about comment contain contains describe describes document documents meets mention mentions message "
        "review reviews say says speak speaks talk talks tell tells text texts tone whether"
    )
)


def degree(criterion: str, text: str) -> float:
    """How well a text meets a criterion, from 0.0 to 1.0: by praise and blame, and by what it speaks of."""
    parts = _parts(criterion, text)
    return round(sum(parts) / len(parts), 2) if parts else 0.0


def holds(condition: str, text: str) -> bool:
    """Whether a text meets each part of a condition."""
    return min(_parts(condition, text), default=0.0) >= 0.5


def _parts(criterion: str, text: str) -> list[float]:
    """How well a text meets each word of a criterion."""
    spoken = set(lexicon.content_stems(text))
    topics = {topic for word in spoken for topic in lexicon.TOPICS_OF_WORD.get(word, ())}
    praise, blame, _ = lexicon.polarity(text)
    parts = []
    for word in lexicon.content_stems(criterion):
        if word in _PRAISING or word in _BLAMING:
            parts.append((praise if word in _PRAISING else blame) / max(praise + blame, 1))
        elif word not in _FILLERS:
            is_spoken = word in spoken or not topics.isdisjoint(lexicon.TOPICS_OF_LABEL_WORD.get(word, ()))
            parts.append(float(is_spoken))
    return parts
