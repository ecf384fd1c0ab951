"""Every service with the OpenAI interface: chat/completions, embeddings, and rerank as some add it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

from aisql.errors import ProviderError
from aisql.providers.base import CHAT, RERANK, Json, Message, Reply, Request, embedding_input
from aisql.providers.faults import allowance
from aisql.providers.manners import Manners, adapted, usual
from aisql.providers.members import given
from aisql.providers.reading import Object, Pieces, Reader, count, counts, is_stream
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

    async def close(self) -> None:
        """Closes the connections; a later call opens new ones."""
        await self._wire.close()


# What ends a stream, on a line of its own: an answer may hold the same word.
_LAST = re.compile(rb"(?m)^data:\s*\[DONE\]")


def _members(request: Request) -> dict[str, Json]:
    """The body as the interface is documented."""
    members: dict[str, Json] = {"model": request.target.model}
    if request.task == CHAT:
        members["messages"] = [_message(message) for message in request.messages]
    elif request.task == RERANK:
        members |= {"query": request.query, "documents": [*request.texts], "top_n": len(request.texts)}
    else:
        members["input"] = embedding_input(request)
        # Some gateways hang or fail when they are asked for base64.
        members["encoding_format"] = "float"
    return members | given(request)


def _message(message: Message) -> Json:
    if not message.images:
        return {"role": message.role, "content": message.content}
    parts: list[Json] = [{"type": "image_url", "image_url": {"url": url}} for url in message.images]
    if message.content:
        parts.append({"type": "text", "text": message.content})
    return {"role": message.role, "content": parts}


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
