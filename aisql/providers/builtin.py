"""The offline stand-in: a provider whose answers come from plain text rules, not from a model.

It is there to try the program, for tests and for CI: no network, no key, and the same answer for the same
request every time. It sees what a real provider would see, the messages, finds out which of a few everyday
tasks they ask for, and does that task with word lists and patterns. It knows nothing about the world, cannot
translate, and says so when it is asked for more than it can do.
"""

from __future__ import annotations

import hashlib
import json
import math
import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from aisql.errors import ProviderError
from aisql.providers import lexicon
from aisql.providers.base import EMBEDDINGS, RERANK, Json, Message, Reply, Request, embedding_input
from aisql.providers.members import refuse_sounds

DEFAULT_DIMENSION: Final = 1024

_NOTE = "builtin:demo answers by plain text rules; connect a model for real answers."


class Builtin:
    """The provider `builtin`. Every model name is accepted; `demo` is the usual one.

    Of the parameters it follows `max_tokens` (the answer is cut to so many words) and `dimensions`. To rerank
    it takes the cosine of the vectors. Tokens are counted as words between white space, which is an estimate.
    """

    name = "builtin"

    def body(self, request: Request) -> Mapping[str, Json]:
        """What a provider of the OpenAI interface would be sent for the request.

        Raises OptionError for one with a sound.
        """
        refuse_sounds(request, self.name)
        asked: dict[str, Json] = {"model": request.target.model}
        if request.task == EMBEDDINGS:
            asked["input"] = embedding_input(request)
        elif request.task == RERANK:
            asked |= {"query": request.query, "documents": [*request.texts], "top_n": len(request.texts)}
        else:
            asked["messages"] = [{"role": each.role, "content": each.content} for each in request.messages]
        return asked | {name: json.loads(value) for name, value in request.parameters}

    async def send(self, request: Request) -> Reply:
        """Answers at once.

        Raises ProviderError for a `dimensions` or a `max_tokens` that is no positive integer.
        """
        parameters = dict(request.parameters)
        if request.task == EMBEDDINGS:
            dimension = _positive(parameters, "dimensions") or DEFAULT_DIMENSION
            vectors = tuple(embed(text, dimension) for text in request.texts)
            return Reply((), vectors, input_tokens=sum(map(_count, request.texts)), output_tokens=0)
        if request.task == RERANK:
            tokens = sum(map(_count, (request.query, *request.texts)))
            scores = tuple(similarity(request.query, text) for text in request.texts)
            return Reply(scores=scores, input_tokens=tokens, output_tokens=0)
        text = answer(request.messages)
        limit = _positive(parameters, "max_tokens")
        if limit is not None:
            text = _first_words(text, limit)
        asked = sum(_count(each.content) for each in request.messages)
        return Reply(texts=(text,), input_tokens=asked, output_tokens=_count(text))

    async def close(self) -> None:
        """There is nothing to free."""


def _positive(parameters: Mapping[str, str], name: str) -> int | None:
    value = json.loads(parameters.get(name, "null"))
    if value is None:
        return None
    if type(value) is not int or value < 1:
        raise ProviderError(f"{name} must be a positive integer, got: {json.dumps(value)}", status=400)
    return value


def _count(text: str) -> int:
    return len(text.split())


def _first_words(text: str, limit: int) -> str:
    if _count(text) <= limit:
        return text
    words = list(re.finditer(r"\S+", text))
    return text[: words[limit - 1].end()]


# --- what is asked ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Question:
    """What the messages ask for: an instruction, and the text it is about (both may be the same)."""

    instruction: str
    text: str


# The first of these that an instruction speaks of is its task.
_TASKS: Final = (
    ("decide", r"\b(?:yes|true)\W+(?:or|/)\W+(?:no|false)\b"),
    ("mask", r"\bmask|\bredact|\banonymi[sz]e"),
    ("translate", r"\btranslat"),
    ("grammar", r"\bgrammar|\bproofread|\bcorrect the (?:text|spelling|sentence)"),
    ("summarize", r"\bsummar|\btl;?dr"),
    ("extract", r"\bextract"),
    ("sentiment", r"\bsentiment"),
)
_ANY_TASK = re.compile("|".join(f"(?P<{name}>{pattern})" for name, pattern in _TASKS), re.IGNORECASE)
_LABELS = re.compile(
    r"\b(?:labels?|categor(?:y|ies)|class(?:es)?|entities|options)\b(?:[^\[\]]|\[MASKED\]){0,80}"
    r"(?P<list>\[(?!MASKED\])[^\[\]]+\])",
    re.IGNORECASE,
)
_TEMPLATE = re.compile(r"\{[^{}]*\}")
_TEXT_LINE = re.compile(r"^(?:text|input)[ \t]*:[ \t]*", re.IGNORECASE | re.MULTILINE)
_GENERIC = re.compile(r"\s*(?:you are an? (?:\w+ ){0,2}assistant\W*)?\s*", re.IGNORECASE)


def question(messages: Sequence[Message]) -> Question:
    """Tells the instruction from the text.

    What follows a line that begins with `Text:` is the text. Otherwise a system message with a task is the
    instruction, and where there is none, the user message up to its first colon.
    """
    system = "\n".join(each.content for each in messages if each.role == "system")
    user = "\n".join(each.content for each in messages if each.role != "system")
    if _GENERIC.fullmatch(system):
        system = ""
    marked = _TEXT_LINE.search(user)
    if marked is not None:
        return Question(f"{system}\n{user[: marked.start()]}".strip(), user[marked.end() :].strip())
    if _is_task(system):
        return Question(system, user.strip())
    return _split(user.strip())


def _is_task(instruction: str) -> bool:
    return bool(_ANY_TASK.search(instruction) or _LABELS.search(instruction))


def _split(user: str) -> Question:
    """Splits after the labels or the JSON object of the instruction, else at a colon, line or sentence."""
    listed = _LABELS.search(user) or _TEMPLATE.search(user)
    if listed is not None and _is_task(user):
        end = listed.end()
        before, colon, after = user[end:].partition(":")
        if colon and _count(before) <= 5 and after.strip():
            # "... labels [a, b], text: what follows"
            return Question(user[:end] + before, after.strip())
        rest = user[end:].strip(" .,:;\n")
        return Question(user[:end], rest or user[: listed.start()].strip())
    for separator in (r":", r"\n", r"[.?!](?=\s)"):
        head, *rest_of = re.split(separator, user, maxsplit=1)
        if rest_of and rest_of[0].strip() and _is_task(head):
            return Question(head, rest_of[0].strip())
    return Question(user, user)


def answer(messages: Sequence[Message]) -> str:
    """The answer to a chat, always the same for the same messages."""
    asked = question(messages)
    task = _ANY_TASK.search(asked.instruction)
    kind = "" if task is None else task.lastgroup or ""
    if kind not in ("mask", "extract") and labels_in(asked.instruction):
        kind = "classify"
    return _RULES[kind](asked)


def _shaped(asked: Question, values: Mapping[str, Json]) -> str:
    """The first value as it is, or the JSON object the instruction asks for, filled with the values."""
    keys = keys_in(asked.instruction)
    if not keys:
        return str(next(iter(values.values())))
    return json.dumps({key: values.get(key, "") for key in keys}, ensure_ascii=False)


# --- classification and sentiment ------------------------------------------------------------------------


def labels_in(instruction: str) -> tuple[str, ...]:
    """The labels an instruction gives in brackets, as a JSON list or separated by commas."""
    match = _LABELS.search(instruction)
    if match is None:
        return ()
    try:
        listed = json.loads(match["list"])
    except json.JSONDecodeError:
        listed = [each.strip().strip("'\"") for each in match["list"][1:-1].split(",")]
    return tuple(str(each) for each in listed)


def _classify(asked: Question) -> str:
    label, confidence = choose(labels_in(asked.instruction), asked.text)
    return _shaped(asked, {"category": label, "label": label, "confidence": confidence})


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


def _sentiment(asked: Question) -> str:
    label, confidence = choose(("positive", "negative", "neutral", "mixed"), asked.text)
    praise, blame, _ = lexicon.polarity(asked.text)
    score = round((praise - blame) / max(praise + blame, 2), 2)
    wanted = asked.instruction.lower()
    # Who names the answers, or asks for a number, and does not name this one has no use for it.
    if label == "mixed" and "mixed" not in wanted and ("negative" in wanted or "score" in wanted):
        label = "neutral"
    return _shaped(asked, {"sentiment": label, "label": label, "score": score, "confidence": confidence})


def _decide(asked: Question) -> str:
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


# --- extraction and masking ------------------------------------------------------------------------------

_KEY = re.compile(r"(?:^|[{,])\s*[\"']?(\w[\w -]*?)[\"']?\s*:")
_FIELDS = re.compile(r"\b(?:fields?|keys?|columns?|attributes)\b[\s:]*(.+)", re.IGNORECASE)


def keys_in(instruction: str) -> tuple[str, ...]:
    """The keys of the JSON object, or the fields, that an instruction asks for."""
    template = _TEMPLATE.search(instruction)
    if template is not None:
        return tuple(_KEY.findall(template[0]))
    fields = _FIELDS.search(instruction)
    if fields is None:
        return ()
    words = re.split(r"\bfrom\b", fields[1])[0]
    found = re.findall(r"\b(?!(?:and|as|json|named|called)\b)[\w-]+", words, re.IGNORECASE)
    return tuple(dict.fromkeys(found))


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


def _extract(asked: Question) -> str:
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


def _mask(asked: Question) -> str:
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
    return _shaped(asked, {"masked_text": masked, "detected_entities": detected})


# --- writing ---------------------------------------------------------------------------------------------

_NUMBERS: Final = {"one": 1, "two": 2, "three": 3, "four": 4, "five": 5}
_WORD_LIMIT = re.compile(r"(\d{1,9})[ -]words?\b", re.IGNORECASE)
_CHARACTER_LIMIT = re.compile(r"(\d{1,9}) characters?\b", re.IGNORECASE)
_SENTENCE_LIMIT = re.compile(r"\b(\d{1,9}|one|two|three|four|five)[ -]sentences?\b", re.IGNORECASE)
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+|(?<=[。！？])\s*|\n\s*\n")


def _summarize(asked: Question) -> str:
    if asked.text == asked.instruction:
        return _talk(asked)
    return _shaped(asked, {"summary": summary(asked.text, asked.instruction)})


def summary(text: str, instruction: str) -> str:
    """The most central sentences of a text, in their order, within the limits the instruction gives."""
    sentences = [each.strip() for each in _SENTENCE_END.split(text) if each.strip()]
    counted = _SENTENCE_LIMIT.search(instruction)
    most = 1 if counted is None else _NUMBERS.get(counted[1].lower()) or int(counted[1])
    uses = Counter(lexicon.stem(token) for token in lexicon.tokens(text))
    central = sorted(sentences, key=lambda each: -_centrality(each, uses))[: max(most, 1)]
    short = " ".join(" ".join(each for each in sentences if each in central).split())
    words, characters = _WORD_LIMIT.search(instruction), _CHARACTER_LIMIT.search(instruction)
    if words is not None and _count(short) > int(words[1]):
        short = _first_words(short, max(int(words[1]), 1)).rstrip(",;:-")
    if characters is not None and len(short) > int(characters[1]):
        cut = short[: int(characters[1]) + 1]
        short = cut.rpartition(" ")[0].rstrip(",;:-") or cut[:-1]
    return short


def _centrality(sentence: str, uses: Mapping[str, int]) -> float:
    """How often the words of a sentence are used in the text, with less for a sentence of few words."""
    words = lexicon.content_stems(sentence)
    return sum(uses[word] for word in words) / (len(words) + 3)


def _translate(asked: Question) -> str:
    """The text as it is: rules cannot translate."""
    return _shaped(asked, {"translated_text": _quoted(asked), "detected_language": "unknown"})


def _quoted(asked: Question) -> str:
    if asked.text != asked.instruction:
        return asked.text
    quoted = re.search(r"[\"“'](.+)[\"”']", asked.text)
    return asked.text if quoted is None else quoted[1]


def _grammar(asked: Question) -> str:
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


def _talk(asked: Question) -> str:
    """One honest line for a prompt that asks for none of the tasks."""
    prompt = asked.instruction
    if _GREETING.match(prompt) and _count(prompt) <= 4:
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


_RULES: Final[Mapping[str, Callable[[Question], str]]] = {
    "classify": _classify,
    "decide": _decide,
    "extract": _extract,
    "grammar": _grammar,
    "mask": _mask,
    "sentiment": _sentiment,
    "summarize": _summarize,
    "translate": _translate,
    "": _talk,
}


# --- embeddings ------------------------------------------------------------------------------------------


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
