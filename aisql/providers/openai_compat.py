"""Every service with the OpenAI interface: chat/completions, embeddings, and rerank as some add it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

from aisql.errors import OptionError, ProviderError
from aisql.providers.base import CHAT, RERANK, Json, Message, Reply, Request, Target, embedding_input
from aisql.providers.faults import allowance
from aisql.providers.manners import Manners, adapted, usual
from aisql.providers.members import given, inline_media
from aisql.providers.model_lists import beside, listed
from aisql.providers.reading import Object, Pieces, Reader, count, counts, is_stream
from aisql.providers.routes import OPENAI_COMPAT, is_model_studio
from aisql.providers.transport import Response, Wire, bearer

NOT_COMPATIBLE = "check that the endpoint is the full URL of a service with the OpenAI interface"


class OpenAICompat:
    """Asks services that speak the OpenAI interface, with at most `concurrency` connections.

    How a model at a host wants to be asked is remembered once it was told (`manners`).
    """

    name = "openai-compat"

    def __init__(self, concurrency: int) -> None:
        self._wire = Wire(concurrency)
        self._manners = Manners()

    def body(self, request: Request) -> Mapping[str, Json]:
        """The JSON body of the request. Raises OptionError for parameters that `given` does not take."""
        return adapted(_members(request), usual(request.target))

    async def send(self, request: Request) -> Reply:
        """Makes the call.

        Raises AuthenticationError, ConnectError, ProviderTimeout, or ProviderError for any other refusal and
        for an answer that cannot be used; OptionError for a request that cannot be sent.
        """
        target = request.target
        manner = self._manners.of(target)
        body = adapted(_members(request), manner)
        try:
            response = await self._wire.post(target, bearer(target), body, request.timeout)
        except ProviderError as error:
            self._manners.learn(target, error, body)
            raise
        return _reply(response, request)

    async def models(self, target: Target, timeout: float) -> tuple[str, ...]:
        """See Provider."""
        place = beside(target, "/models")
        response = await self._wire.get(place, bearer(place), timeout)
        return listed(response, place, "data", "id")

    async def close(self) -> None:
        """Closes the connections; a later call opens new ones."""
        await self._wire.close()


# What ends a stream, on a line of its own: an answer may hold the same word.
_LAST = re.compile(rb"(?m)^data:\s*\[DONE\]")


def _members(request: Request) -> dict[str, Json]:
    """The body as the interface is documented."""
    members: dict[str, Json] = {"model": request.target.model}
    if request.task == CHAT:
        members["messages"] = [_message(each, request.target) for each in request.messages]
    elif request.task == RERANK:
        members |= {"query": request.query, "documents": [*request.texts], "top_n": len(request.texts)}
    else:
        members["input"] = embedding_input(request)
        # Some gateways hang or fail when they are asked for base64.
        members["encoding_format"] = "float"
    return members | given(request)


def _message(message: Message, target: Target) -> Json:
    if not message.images and not message.sounds:
        return {"role": message.role, "content": message.content}
    parts: list[Json] = [{"type": "image_url", "image_url": {"url": url}} for url in message.images]
    parts += [{"type": "input_audio", "input_audio": _sound(url, target)} for url in message.sounds]
    if message.content:
        parts.append({"type": "text", "text": message.content})
    return {"role": message.role, "content": parts}


_FORMATS = {"mpeg": "mp3", "x-wav": "wav", "wave": "wav", "mp4": "m4a", "x-m4a": "m4a"}


def _sound(url: str, target: Target) -> Json:
    """A sound as OpenAI documents it, the base64 and its format; Model Studio takes any URL in that place."""
    if is_model_studio(target.provider, target.url):
        return {"data": url}
    inline = inline_media(url)
    if inline is None:
        raise OptionError(
            f"the interface '{OPENAI_COMPAT}' does not fetch sounds from an address",
            hint="Model Studio (dashscope) does; elsewhere give the sound itself, as a data: URL with base64",
        )
    kind, data = inline[0].partition("/")[2], inline[1]
    return {"data": data, "format": _FORMATS.get(kind, kind)}


def _reply(response: Response, request: Request) -> Reply:
    reader = Reader(request, NOT_COMPATIBLE)
    body = response.body
    answer = _joined(reader, body) if is_stream(body) else reader.object(body)
    usage = counts(answer.get("usage"))
    reply = Reply(
        input_tokens=count(usage.get("prompt_tokens")),
        output_tokens=count(usage.get("completion_tokens")),
        cached_tokens=_detail(usage, "prompt_tokens_details", "cached_tokens")
        or count(usage.get("prompt_cache_hit_tokens")),  # DeepSeek
        reasoning_tokens=_detail(usage, "completion_tokens_details", "reasoning_tokens"),
        allowance=allowance(response.headers),
    )
    with reader.paid(reply):
        if request.task == CHAT:
            return replace(reply, texts=reader.texts(answer.get("choices")))
        if request.task == RERANK:
            tokens = count(counts(counts(answer.get("meta")).get("tokens")).get("input_tokens"))
            known = reply.input_tokens or count(usage.get("total_tokens")) or tokens
            return replace(reply, scores=reader.scores(answer.get("results")), input_tokens=known)
        return replace(reply, vectors=reader.vectors(answer.get("data"), "embedding", "index"))


def _detail(usage: Mapping[str, Json], part: str, name: str) -> int | None:
    return count(counts(usage.get(part)).get(name))


def _joined(reader: Reader, body: bytes) -> Object:
    """The answer that a stream of pieces makes."""
    pieces = Pieces(reader)
    usage: Json = None
    for event in reader.events(body):
        usage = event.get("usage") or usage
        pieces.add(event.get("choices"), "delta")
    if not pieces.ended and _LAST.search(body) is None:
        raise reader.cut()
    return {"choices": pieces.choices(), "usage": usage}
