"""What is alike in the answers of all services: JSON, texts, vectors, counts, streams; all of it checked."""

from __future__ import annotations

import base64
import json
import math
import re
import struct
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import NoReturn, TypeAlias

from aisql.errors import ProviderError
from aisql.providers.base import Json, Reply, Request, Target
from aisql.providers.faults import hidden, reported, shortened
from aisql.providers.transport import about, secrets_of, who_of

Object: TypeAlias = dict[str, Json]

_WHOLE = frozenset(
    (
        "",
        "none",
        "stop",
        "end_turn",
        "stop_sequence",
        "eos",
        "eos_token",
        "complete",
        "completed",
        "done",
        "load",
    )
)
"""Reasons to end of a whole answer, in small letters; some services give none."""

_CUT = frozenset(("length", "max_tokens", "max_length", "model_length", "model_context_window_exceeded"))
"""Reasons to end for which an answer is not whole."""

_BROKEN_OFF = frozenset(("error", "abort", "insufficient_system_resource", "null"))
"""Reasons to end that are the service's, and may pass."""

_LENGTHS = frozenset(("max_tokens", "max_completion_tokens", "num_predict"))
"""Parameters by which a user says how long an answer may be."""

_NO_ANSWER: Mapping[str, str] = {
    "content_filter": "the content filter of the service took the answer away",
    "refusal": "the model refused to answer",
    "pause_turn": "the model stopped in the middle of its answer",
    "tool_calls": "the model wants to call a tool and gave no answer",
    "function_call": "the model wants to call a tool and gave no answer",
    "tool_use": "the model wants to call a tool and gave no answer",
}
"""Reasons to end for which what came is no answer."""

_JSON_FORM = re.compile(r'"type": ?"json_(?:object|schema)"')
_BLOCK = re.compile(r"```[a-zA-Z]*\s*\n(.*?)\n?\s*```", re.DOTALL)

_MOST_TOKENS = 1 << 40
"""A count above is none: nothing has so many, and sums of them have to fit somewhere."""


class Reader:
    """Reads the answers to one request. `compatible` is the hint where an answer cannot be read.

    Every method raises ProviderError for what is not as it has to be.
    """

    def __init__(self, request: Request, compatible: str) -> None:
        self.request = request
        self._compatible = compatible

    @property
    def _target(self) -> Target:
        return self.request.target

    @property
    def _who(self) -> str:
        return who_of(self._target)

    def unusable(self, what: str, *, transient: bool = False) -> ProviderError:
        """The error for an answer that is not one; `what` it did follows the name of the model."""
        hint = None if transient else self._compatible
        return about(ProviderError(f"{self._who} {what}", hint=hint, transient=transient), self._target)

    def refused(self, what: str, hint: str | None = None) -> ProviderError:
        """The error for an answer in which the service says no; `what` it says follows a colon."""
        return about(ProviderError(f"{self._who}: {what}", hint=hint), self._target)

    def shown(self, text: str) -> str:
        """A text of the service, short and without secrets."""
        return shortened(hidden(text, secrets_of(self._target)))

    # ------------------------------------------------------------ JSON and streams

    def object(self, body: bytes) -> Object:
        """The JSON object that is the answer."""
        answer = self._json(body)
        if not isinstance(answer, dict):
            raise self.unusable("answered with JSON that is not an object")
        if answer.get("error"):
            # Some gateways report failure under a status of success.
            raise self.reported(body)
        return answer

    def _json(self, body: bytes) -> Json:
        # Models of bytes may be cut inside a character.
        text = body.decode("utf-8-sig", "replace").strip()
        try:
            value: Json = json.loads(text)
        except (ValueError, RecursionError) as error:
            # Nothing at all, or JSON up to somewhere: it was cut. A page is what some other service says.
            is_cut = text[:1] in ("", "{") and isinstance(error, json.JSONDecodeError)
            raise self.unusable("answered with something that is not JSON", transient=is_cut) from None
        return value

    def reported(self, body: bytes) -> ProviderError:
        """The error that the body of an answer tells of."""
        return about(reported(body, self._who, secrets_of(self._target)), self._target)

    def events(self, body: bytes, status: int | None = None) -> Iterator[Object]:
        """The JSON objects of a stream of server-sent events, or of JSON lines, in order.

        Comments that only keep the connection alive are read over, and what ends the stream too. `status` is
        that of an error in it, where the service says so.
        """
        is_error = False
        # Not splitlines: what it takes for the end of a line may stand in JSON.
        for line in re.split(r"\r\n?|\n", body.decode("utf-8-sig", "replace")):
            text = line.strip()
            if text.startswith("data:"):
                text = text[5:].strip()
            elif text.startswith("event:"):
                is_error = text[6:].strip() == "error"
                continue
            elif text.partition(":")[0] in ("", "event", "id", "retry", "status"):
                continue  # a comment, or another field of an event
            if text and is_error:
                raise self.reported(json.dumps({"status": status, "error": _parsed(text)}).encode())
            if text and text != "[DONE]":
                yield self.object(text.encode())

    def cut(self) -> ProviderError:
        """The error for a stream that ends before its end."""
        return self.unusable("broke off in the middle of its answer", transient=True)

    # ------------------------------------------------------------ texts

    def text(self, content: Json) -> str:
        """The text of a message; None and a list of parts are ways to write it too."""
        if content is None:
            return ""
        if isinstance(content, str):
            return _whole(content)
        if isinstance(content, list):
            return "".join(map(_part, content))
        raise self.unusable("gave an answer whose content is not text")

    def texts(self, choices: Json) -> tuple[str, ...]:
        """The texts of the choices of a chat, as OpenAI's interface and those like it give them."""
        if not isinstance(choices, list) or not choices:
            raise self.unusable("gave an answer that has no choices")
        return tuple(map(self._choice, choices))

    def _choice(self, choice: Json) -> str:
        message = choice.get("message") if isinstance(choice, dict) else None
        if not isinstance(choice, dict) or not isinstance(message, dict):
            raise self.unusable("gave an answer with a choice that has no message")
        text = without_thoughts(self.text(message.get("content")))
        refusal = message.get("refusal")
        if not text and isinstance(refusal, str) and refusal:
            raise self.refused(f"the model refused: {self.shown(refusal)}")
        return self.ended(text, choice.get("finish_reason"))

    def ended(self, text: str, reason: Json) -> str:
        """The text of a whole answer; `reason` is why it ended, in the words of any of the interfaces.

        A part of an answer is none, unless the user has said how long it may be. JSON that was asked for is
        taken out of what stands around it; what is not JSON is no answer, unless the caller checks that.
        """
        why = str(reason or "").lower()
        if why in _CUT:
            if not text:
                raise self.refused("the model used up max_tokens before it answered")
            if not _LENGTHS & dict(self.request.parameters).keys():
                raise self.refused("the answer was cut", "max-tokens says how long an answer may be")
        elif why in _BROKEN_OFF:
            raise self.cut()
        elif why not in _WHOLE:
            shown = self.shown(why)[:40]
            raise self.refused(_NO_ANSWER.get(why, f"the answer ended for a reason of its own ({shown})"))
        form = dict(self.request.parameters).get("response_format", "null")
        return self._json_in(text) if _JSON_FORM.search(form) else text

    def _json_in(self, text: str) -> str:
        block = _BLOCK.search(text)
        for part in (text, block[1] if block else "", text[text.find("{") : text.rfind("}") + 1]):
            try:
                value = json.loads(part, parse_constant=_no_number)
            except (ValueError, RecursionError):
                continue
            if isinstance(value, dict | list):
                return part
        if self.request.checked:
            return text
        raise about(
            ProviderError(
                f"{self._who} answered with something that is not JSON: {self.shown(text)[:60]!r}",
                code="unusable_answer",
            ),
            self._target,
        )

    @contextmanager
    def paid(self, reply: Reply) -> Iterator[None]:
        """Notes in an error what the answer cost that cannot be used."""
        try:
            yield
        except ProviderError as error:
            error.tokens = (
                reply.input_tokens,
                reply.output_tokens,
                reply.cached_tokens,
                reply.reasoning_tokens,
            )
            raise

    # ------------------------------------------------------------ vectors

    def vectors(self, entries: Json, member: str, index: str) -> tuple[tuple[float, ...], ...]:
        """The vectors in the order of the texts, all of one dimension.

        `entries` are objects that hold a vector as `member` and the place of its text as `index`; where they
        do not say, they stand in order.
        """
        count = len(self.request.texts)
        placed = self._placed(entries, index, "embedding")
        vectors = {place: self._vector(entry.get(member)) for place, entry in placed.items()}
        self._check_dimensions({len(vector) for vector in vectors.values()})
        return tuple(vectors[place] for place in range(count))

    def scores(self, entries: Json) -> tuple[float, ...]:
        """The scores in the order of the texts: `entries` are objects with `index` and `relevance_score`."""
        placed = self._placed(entries, "index", "score")
        scores = []
        for place in range(len(self.request.texts)):
            score = placed[place].get("relevance_score")
            if isinstance(score, bool) or not isinstance(score, int | float) or not math.isfinite(score):
                raise self.unusable("gave a score that is not a number")
            scores.append(float(score))
        return tuple(scores)

    def _placed(self, entries: Json, index: str, what: str) -> dict[int, Object]:
        """The objects by the place of the text they are about: one for each."""
        if not isinstance(entries, list) or not entries:
            raise self.unusable(f"gave an answer that has no {what}")
        count = len(self.request.texts)
        if len(entries) != count:
            raise self.unusable(f"gave {_counted(len(entries), what)} for {_counted(count, 'text')}")
        placed: dict[int, Object] = {}
        article = "an" if what[0] in "aeiou" else "a"
        for number, entry in enumerate(entries):
            known = entry if isinstance(entry, dict) else {}
            place = known.get(index, number)
            if place is None:
                place = number
            if type(place) is not int:
                raise self.unusable(f"gave {article} {what} whose index is not a whole number")
            if place in placed:
                raise self.unusable(f"gave two {what}s of index {place}")
            if not 0 <= place < count:
                raise self.unusable(f"gave {article} {what} of index {place} for {_counted(count, 'text')}")
            placed[place] = known
        return placed

    def _vector(self, embedding: Json) -> tuple[float, ...]:
        vector = self._decoded(embedding) if isinstance(embedding, str) else self._numbers(embedding)
        if not all(map(math.isfinite, vector)):
            raise self.unusable("gave an embedding with values that are not finite")
        return vector

    def _numbers(self, embedding: Json) -> tuple[float, ...]:
        # The types are looked at all at once: an answer may hold a quarter of a million numbers.
        if not isinstance(embedding, list) or not embedding or not set(map(type, embedding)) <= {int, float}:
            raise self.unusable("gave an embedding that is not a list of numbers")
        try:
            return tuple(map(float, embedding))  # type: ignore[arg-type] # numbers, as their types say
        except OverflowError:
            raise self.unusable("gave an embedding with values that are not finite") from None

    def _decoded(self, text: str) -> tuple[float, ...]:
        """The little-endian 32 bit floats in base64, which some services send whatever they are asked for."""
        try:
            packed = base64.b64decode(text, validate=True)
            vector = struct.unpack(f"<{len(packed) // 4}f", packed)
        except (ValueError, struct.error):
            raise self.unusable("gave an embedding that cannot be decoded") from None
        if not vector:
            raise self.unusable("gave an embedding that is not a list of numbers")
        return vector

    def _check_dimensions(self, dimensions: set[int]) -> None:
        if len(dimensions) > 1:
            counts = " and ".join(map(str, sorted(dimensions)))
            raise self.unusable(f"gave embeddings of {counts} dimensions")
        (dimension,) = dimensions
        declared = dict(self.request.parameters).get("dimensions")
        if declared is not None and declared != str(dimension):
            raise self.unusable(
                f"gave an embedding of {dimension} dimensions where {declared} were asked for"
            )


class Pieces:
    """The choices of a chat whose answer comes in pieces, put together."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._said: dict[int, dict[str, list[str]]] = {}
        self._reasons: dict[int, Json] = {}

    def add(self, choices: Json, member: str) -> None:
        """Adds the choices of one event, which hold what is new as `member`."""
        for number, choice in enumerate(choices if isinstance(choices, list) else []):
            if not isinstance(choice, dict):
                raise self._reader.unusable("gave an answer with a choice that has no message")
            index = choice.get("index")
            place = index if isinstance(index, int) else number
            new = counts(choice.get(member))
            said = self._said.setdefault(place, {"content": [], "refusal": []})
            for name, texts in said.items():
                texts.append(self._reader.text(new.get(name)))
            reason = choice.get("finish_reason")
            # Model Studio writes "null" in words.
            self._reasons[place] = self._reasons.get(place) if reason in (None, "", "null") else reason

    @property
    def ended(self) -> bool:
        """Whether all choices have come to their end."""
        return bool(self._reasons) and all(self._reasons.values())

    def choices(self) -> list[Json]:
        """The choices as they would be in one piece."""
        return [
            {
                "message": {name: "".join(texts) for name, texts in self._said[place].items()},
                "finish_reason": self._reasons[place],
            }
            for place in sorted(self._said)
        ]


def without_thoughts(text: str) -> str:
    """The answer without the thoughts that servers without a place for them put in front of it.

    Thoughts that never end leave no answer.
    """
    if not text.lstrip().startswith("<think>"):
        return text
    return text.partition("</think>")[2].lstrip()


def _no_number(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON number")


def _parsed(text: str) -> Json:
    try:
        value: Json = json.loads(text)
    except (ValueError, RecursionError):
        return text
    return value


def is_stream(body: bytes) -> bool:
    """Whether an answer came as server-sent events: some services stream unasked, others never do."""
    return body.lstrip().startswith((b"data:", b"event:", b"id:", b":"))


def count(value: Json) -> int | None:
    """A number of tokens, None for what is none."""
    if not isinstance(value, int) or isinstance(value, bool):
        return None
    return value if 0 <= value < _MOST_TOKENS else None


def counts(value: Json) -> Mapping[str, Json]:
    """The object that holds counts; an empty one where there is none."""
    return value if isinstance(value, dict) else {}


def _part(part: Json) -> str:
    text = part.get("text") if isinstance(part, dict) else part
    return _whole(text) if isinstance(text, str) else ""


def _whole(text: str) -> str:
    """The text with halves of characters replaced: an answer cut at a token may end in one, and SQLite
    cannot store it."""
    return re.sub("[\ud800-\udfff]", "\ufffd", text)


def _counted(number: int, what: str) -> str:
    return f"one {what}" if number == 1 else f"{number} {what}s"
