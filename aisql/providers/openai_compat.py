"""Every service with the OpenAI interface: chat/completions and embeddings."""

from __future__ import annotations

import base64
import json
import math
import re
import struct
from collections.abc import Mapping

import httpx

from aisql import __version__
from aisql.errors import OptionError, ProviderError
from aisql.providers import transport
from aisql.providers.base import CHAT, Json, Reply, Request, Target, embedding_input

_MOST_TOKENS = 1 << 40
"""A count above is none: nothing has so many, and sums of them have to fit somewhere."""

NOT_COMPATIBLE = "check that the endpoint is the full URL of a service with the OpenAI interface"


class OpenAICompat:
    """Asks services that speak the OpenAI interface, with at most `concurrency` connections.

    The HTTP client is opened at the first call, inside the event loop that makes it, and belongs to that loop
    until `close`.
    """

    name = "openai-compat"

    def __init__(self, concurrency: int) -> None:
        self._concurrency = concurrency
        self._client: httpx.AsyncClient | None = None

    def body(self, request: Request) -> Mapping[str, Json]:
        """The JSON body of the request. Raises OptionError where its parameters ask for a stream."""
        members: dict[str, Json] = {"model": request.target.model}
        if request.task == CHAT:
            members["messages"] = [
                {"role": message.role, "content": message.content} for message in request.messages
            ]
        else:
            members["input"] = embedding_input(request)
            # Some gateways hang or fail when they are asked for base64.
            members["encoding_format"] = "float"
        members.update((name, json.loads(text)) for name, text in request.parameters)
        if members.get("stream") not in (None, False):
            raise OptionError("an answer cannot be streamed", hint="take 'stream' out of extra-body")
        return members

    async def send(self, request: Request) -> Reply:
        """Makes the call.

        Raises AuthenticationError, ConnectError, ProviderTimeout, or ProviderError for any other refusal and
        for an answer that cannot be used; OptionError for a request that cannot be sent.
        """
        target = request.target
        text = json.dumps(self.body(request), ensure_ascii=False, separators=(",", ":"))
        if self._client is None:
            self._client = transport.open_client(self._concurrency)
        response = await transport.post(
            self._client, target.url, _headers(target), text.encode("utf-8", "replace"), request.timeout
        )
        who = f"{target.provider} {target.model}"
        transport.refuse(response, who, _secrets(target))
        return _reply(response.body, request, who)

    async def close(self) -> None:
        """Closes the connections; a later call opens new ones."""
        client, self._client = self._client, None
        if client is not None:
            await client.aclose()


def _headers(target: Target) -> list[tuple[str, str]]:
    """The headers of a request. The target's own come first: some services want a bare token."""
    usual = [("Content-Type", "application/json"), ("Accept", "application/json")]
    usual.append(("User-Agent", f"aisql/{__version__}"))
    if target.key and target.key.strip():
        # A key read from a file often ends in a newline.
        usual.append(("Authorization", f"Bearer {target.key.strip()}"))
    own = {name.lower() for name, _ in target.headers}
    return [header for header in usual if header[0].lower() not in own] + list(target.headers)


def _secrets(target: Target) -> list[str]:
    """What must not be shown: the key, and header values long enough to be one."""
    secrets = [(target.key or "").strip()]
    for _, value in target.headers:
        secrets += [part for part in (value, *value.split()) if len(part) >= 8]
    return secrets


def _shown(text: str, target: Target) -> str:
    return transport.shortened(transport.hidden(text, _secrets(target)))


def _reply(body: bytes, request: Request, who: str) -> Reply:
    answer = _answer(body, request.target, who)
    usage = answer.get("usage")
    counts = usage if isinstance(usage, dict) else {}
    tokens = (_count(counts.get("prompt_tokens")), _count(counts.get("completion_tokens")))
    if request.task == CHAT:
        return Reply(_texts(answer, request.target, who), (), *tokens)
    return Reply((), _vectors(answer, request, who), *tokens)


def _answer(body: bytes, target: Target, who: str) -> dict[str, Json]:
    try:
        # Models of bytes may be cut inside a character.
        answer = json.loads(body.decode("utf-8-sig", "replace"))
    except (ValueError, RecursionError):
        raise _unusable(who, "answered with something that is not JSON") from None
    if not isinstance(answer, dict):
        raise _unusable(who, "answered with JSON that is not an object")
    if answer.get("error"):
        # Some gateways report failure under a status of success.
        said = _shown(transport.error_text(body), target)
        raise ProviderError(f"{who}: {said or 'the answer is an error'}")
    return answer


def _texts(answer: dict[str, Json], target: Target, who: str) -> tuple[str, ...]:
    choices = answer.get("choices")
    if not isinstance(choices, list) or not choices:
        raise _unusable(who, "gave an answer that has no choices")
    return tuple(_text(choice, target, who) for choice in choices)


def _text(choice: Json, target: Target, who: str) -> str:
    message = choice.get("message") if isinstance(choice, dict) else None
    if not isinstance(choice, dict) or not isinstance(message, dict):
        raise _unusable(who, "gave an answer with a choice that has no message")
    text = _content(message.get("content"), who)
    if not text and choice.get("finish_reason") == "content_filter":
        raise ProviderError(f"{who}: the content filter of the service took the answer away")
    refusal = message.get("refusal")
    if not text and isinstance(refusal, str) and refusal:
        raise ProviderError(f"{who}: the model refused: {_shown(refusal, target)}")
    return text


def _content(content: Json, who: str) -> str:
    """The text of a message; None and a list of parts are ways to write it too."""
    if content is None:
        return ""
    if isinstance(content, str):
        return _whole(content)
    if isinstance(content, list):
        return "".join(_part(part) for part in content)
    raise _unusable(who, "gave an answer whose content is not text")


def _part(part: Json) -> str:
    text = part.get("text") if isinstance(part, dict) else part
    return _whole(text) if isinstance(text, str) else ""


def _whole(text: str) -> str:
    """The text with halves of characters replaced: an answer cut at a token may end in one, and SQLite
    cannot store it."""
    return re.sub("[\ud800-\udfff]", "\ufffd", text)


def _vectors(answer: dict[str, Json], request: Request, who: str) -> tuple[tuple[float, ...], ...]:
    """The vectors in the order of the texts, all of one dimension."""
    data = answer.get("data")
    if not isinstance(data, list) or not data:
        raise _unusable(who, "gave an answer that has no embedding")
    count = len(request.texts)
    if len(data) != count:
        raise _unusable(who, f"gave {_counted(len(data), 'embedding')} for {_counted(count, 'text')}")
    vectors: dict[int, tuple[float, ...]] = {}
    for place, entry in enumerate(data):
        index = _index(entry, place, who)
        if index in vectors:
            raise _unusable(who, f"gave two embeddings of index {index}")
        if not 0 <= index < count:
            raise _unusable(who, f"gave an embedding of index {index} for {_counted(count, 'text')}")
        vectors[index] = _vector(entry, who)
    _check_dimensions({len(vector) for vector in vectors.values()}, request, who)
    return tuple(vectors[index] for index in range(count))


def _counted(count: int, what: str) -> str:
    return f"one {what}" if count == 1 else f"{count} {what}s"


def _index(entry: Json, place: int, who: str) -> int:
    """Which text an embedding is of; some services do not say and answer in order."""
    index = entry.get("index") if isinstance(entry, dict) else None
    if index is None:
        return place
    if type(index) is not int:
        raise _unusable(who, "gave an embedding whose index is not a whole number")
    return index


def _vector(entry: Json, who: str) -> tuple[float, ...]:
    embedding = entry.get("embedding") if isinstance(entry, dict) else None
    vector = _decoded(embedding, who) if isinstance(embedding, str) else _numbers(embedding, who)
    if not all(map(math.isfinite, vector)):
        raise _unusable(who, "gave an embedding with values that are not finite")
    return vector


def _check_dimensions(dimensions: set[int], request: Request, who: str) -> None:
    if len(dimensions) > 1:
        raise _unusable(who, f"gave embeddings of {' and '.join(map(str, sorted(dimensions)))} dimensions")
    (dimension,) = dimensions
    declared = dict(request.parameters).get("dimensions")
    if declared is not None and declared != str(dimension):
        raise _unusable(who, f"gave an embedding of {dimension} dimensions where {declared} were asked for")


def _numbers(embedding: Json, who: str) -> tuple[float, ...]:
    # The types are looked at all at once: an answer may hold a quarter of a million numbers.
    if not isinstance(embedding, list) or not embedding or not set(map(type, embedding)) <= {int, float}:
        raise _unusable(who, "gave an embedding that is not a list of numbers")
    try:
        return tuple(map(float, embedding))  # type: ignore[arg-type] # numbers, as their types say
    except OverflowError:
        raise _unusable(who, "gave an embedding with values that are not finite") from None


def _decoded(text: str, who: str) -> tuple[float, ...]:
    """The little-endian 32 bit floats in base64, which some services send whatever they are asked for."""
    try:
        packed = base64.b64decode(text, validate=True)
        vector = struct.unpack(f"<{len(packed) // 4}f", packed)
    except (ValueError, struct.error):
        raise _unusable(who, "gave an embedding that cannot be decoded") from None
    if not vector:
        raise _unusable(who, "gave an embedding that is not a list of numbers")
    return vector


def _count(value: Json) -> int | None:
    if not isinstance(value, int) or isinstance(value, bool):
        return None
    return value if 0 <= value < _MOST_TOKENS else None


def _unusable(who: str, what: str) -> ProviderError:
    return ProviderError(f"{who} {what}", hint=NOT_COMPATIBLE)
