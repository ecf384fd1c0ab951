"""What the offline provider writes: summaries out of the sentences of a text, and a line or two."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from typing import Final

from aisql.providers import lexicon
from aisql.providers.builtin_questions import Question, count, first_words, shaped

_NOTE = "builtin:demo answers by plain text rules; connect a model for real answers."

_NUMBERS: Final = {"one": 1, "two": 2, "three": 3, "four": 4, "five": 5}
_WORD_LIMIT = re.compile(r"(\d{1,9})[ -]words?\b", re.IGNORECASE)
_CHARACTER_LIMIT = re.compile(r"(\d{1,9}) characters?\b", re.IGNORECASE)
_SENTENCE_LIMIT = re.compile(r"\b(\d{1,9}|one|two|three|four|five)[ -]sentences?\b", re.IGNORECASE)
SENTENCE_END = re.compile(r"(?<=[.!?])\s+|(?<=[。！？])\s*|\n\s*\n")


def summarize(asked: Question) -> str:
    """A summary, where there is a text."""
    if asked.text == asked.instruction:
        return talk(asked)
    return shaped(asked, {"summary": summary(asked.text, asked.instruction)})


def summary(text: str, instruction: str) -> str:
    """The most central sentences of a text, in their order, within the limits the instruction gives."""
    sentences = [each.strip() for each in SENTENCE_END.split(text) if each.strip()]
    counted = _SENTENCE_LIMIT.search(instruction)
    most = 1 if counted is None else _NUMBERS.get(counted[1].lower()) or int(counted[1])
    uses = Counter(lexicon.stem(token) for token in lexicon.tokens(text))
    central = sorted(sentences, key=lambda each: -_centrality(each, uses))[: max(most, 1)]
    short = " ".join(" ".join(each for each in sentences if each in central).split())
    words, characters = _WORD_LIMIT.search(instruction), _CHARACTER_LIMIT.search(instruction)
    if words is not None and count(short) > int(words[1]):
        short = first_words(short, max(int(words[1]), 1)).rstrip(",;:-")
    if characters is not None and len(short) > int(characters[1]):
        cut = short[: int(characters[1]) + 1]
        short = cut.rpartition(" ")[0].rstrip(",;:-") or cut[:-1]
    return short


def _centrality(sentence: str, uses: Mapping[str, int]) -> float:
    """How often the words of a sentence are used in the text, with less for a sentence of few words."""
    words = lexicon.content_stems(sentence)
    return sum(uses[word] for word in words) / (len(words) + 3)


def translate(asked: Question) -> str:
    """The text as it is: rules cannot translate."""
    return shaped(asked, {"translated_text": _quoted(asked), "detected_language": "unknown"})


def _quoted(asked: Question) -> str:
    if asked.text != asked.instruction:
        return asked.text
    quoted = re.search(r"[\"“'](.+)[\"”']", asked.text)
    return asked.text if quoted is None else quoted[1]


def grammar(asked: Question) -> str:
    """Spaces, capitals and the final stop put right; the words stay as they are."""
    text = re.sub(r"[ \t]+", " ", _quoted(asked)).strip()
    text = re.sub(r" +([,.;:!?])", r"\1", text)
    text = re.sub(r"([,;!?])(?=[^\W\d])", r"\1 ", text)
    text = re.sub(r"\bi\b(?=[ '’])", "I", text)
    text = re.sub(r"(?:^|(?<=[.!?] ))[^\W\d_]", lambda match: match[0].upper(), text)
    return text if not text or text[-1] in ".!?。！？\"'”)" else f"{text}."


_GREETING = re.compile(r"\W*(?:hello|hi|hey|hallo|hola|good (?:morning|evening|day)|你好)\b", re.IGNORECASE)
_WRITE = re.compile(
    r"\b(?:write|create|generate|compose|draft|suggest)\s+(?:an?\s|the\s|me\s|some\s)*(?P<what>[^:.\n]*)",
    re.IGNORECASE,
)


def talk(asked: Question) -> str:
    """One honest line for a prompt that asks for none of the tasks."""
    prompt = asked.instruction
    if _GREETING.match(prompt) and count(prompt) <= 4:
        return f"Hello! ({_NOTE})"
    writing = _WRITE.search(prompt)
    if writing is not None:
        return _write(writing["what"], prompt.partition(":")[2].strip())
    words = re.findall(r"[^\W_]+(?:['’-][^\W_]+)*", prompt)
    key = dict.fromkeys(word for word in words if word.lower() not in lexicon.STOP_WORDS)
    about = ", ".join(list(key)[:8]) or "nothing in particular"
    if "?" in prompt or "？" in prompt:
        return f"No answer to a question about {about}: {_NOTE}"
    return f"About {about}: {_NOTE}"


def _write(what: str, subject: str) -> str:
    subject = " ".join(subject.split()).rstrip(".")
    if not subject:
        return f"{what[:1].upper()}{what[1:].strip()}: a line written by text rules (builtin:demo)."
    if re.search(r"\b(?:selling|slogan|tagline|advert|product|headline)", what, re.IGNORECASE):
        return f"{subject}: simple to choose, easy to use, made for every day."
    return f"{subject}: a line written by text rules (builtin:demo)."
