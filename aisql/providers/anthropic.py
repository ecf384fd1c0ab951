"""Anthropic's own interface, /v1/messages, which other services speak too."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from aisql.errors import ProviderError
from aisql.providers.base import CHAT, Json, Message, Reply, Request, Target
from aisql.providers.faults import allowance
from aisql.providers.manners import (
    PROMPT,
    Manner,
    Manners,
    adapted,
    schema_of,
    structure_of,
    usual,
)
from aisql.providers.members import (
    given,
    inline_media,
    no_schema,
    no_task,
    refuse_sounds,
    take_unplaced,
    texts_in,
)
from aisql.providers.model_lists import beside, listed
from aisql.providers.reading import Object, Reader, count, counts, is_stream
from aisql.providers.routes import ANTHROPIC
from aisql.providers.transport import Response, Wire, key_of

MAXIMUM_TOKENS = 4096
"""The most tokens of an answer where the request does not say: the interface wants to be told."""

_VERSION = "2023-06-01"
_LONGEST_PAGE = 1000  # models; without being told it would be 20
_COMPATIBLE = "check that the endpoint is the full URL of a service with the interface of Anthropic"


class Anthropic:
    """Asks services that speak Anthropic's interface, with at most `concurrency` connections.

    `response_format` of a schema becomes `output_config`. Where a model does not know it, and for any JSON
    object, which the interface has no word for, the system prompt tells the form of the answer.
    `enable_thinking` becomes thinking as much as the model likes; older models want `thinking` itself.
    What is not a parameter of the OpenAI interface is sent as it is.
    """

    name = ANTHROPIC

    def __init__(self, concurrency: int) -> None:
        self._wire = Wire(concurrency)
        self._manners = Manners()

    def body(self, request: Request) -> Mapping[str, Json]:
        """The JSON body of the request.

        Raises OptionError for a task or an option the interface has no place for, for JSON of a schema that
        is not told, and for parameters that `given` does not take.
        """
        members = _members(request)
        return _native(adapted(members, _manner(members, usual(request.target))))

    async def send(self, request: Request) -> Reply:
        """Makes the call.

        Raises AuthenticationError, ConnectError, ProviderTimeout, or ProviderError for any other refusal and
        for an answer that cannot be used; OptionError for a request that cannot be sent.
        """
        target = request.target
        members = _members(request)
        manner = _manner(members, self._manners.of(target))
        asked = adapted(members, manner)
        try:
            response = await self._wire.post(target, _headers(target), _native(asked), request.timeout)
        except ProviderError as error:
            self._manners.learn(target, error, asked)
            raise
        return _reply(response, request)

    async def models(self, target: Target, timeout: float) -> tuple[str, ...]:
        """See Provider."""
        place = beside(target, "/models", limit=_LONGEST_PAGE)
        response = await self._wire.get(place, _headers(place), timeout)
        return listed(response, place, "data", "id")

    async def close(self) -> None:
        """Closes the connections; a later call opens new ones."""
        await self._wire.close()


def _headers(target: Target) -> list[tuple[str, str]]:
    key = key_of(target)
    return [("anthropic-version", _VERSION), *([("x-api-key", key)] if key else [])]


# --- what is sent ----------------------------------------------------------------------------------------


def _members(request: Request) -> dict[str, Json]:
    """The body as the OpenAI interface names its members, with the messages' content as it is sent."""
    if request.task != CHAT:
        raise no_task(ANTHROPIC, request.task)
    refuse_sounds(request, ANTHROPIC)
    messages: list[Json] = [{"role": each.role, "content": _content(each)} for each in request.messages]
    members: dict[str, Json] = {"model": request.target.model, "messages": messages}
    return members | given(request)


def _content(message: Message) -> Json:
    if not message.images:
        return message.content
    blocks: list[Json] = [{"type": "image", "source": _source(url)} for url in message.images]
    return [*blocks, {"type": "text", "text": message.content}] if message.content else blocks


def _source(url: str) -> Json:
    inline = inline_media(url)
    if inline is None:
        return {"type": "url", "url": url}
    return {"type": "base64", "media_type": inline[0], "data": inline[1]}


def _manner(members: Mapping[str, Json], manner: Manner) -> Manner:
    """The interface knows no JSON without a schema, so there is one step to the prompt alone."""
    in_words = manner.in_words or structure_of(members) == "json_object"
    return replace(manner, structure=PROMPT) if in_words else manner


def _native(asked: Mapping[str, Json]) -> dict[str, Json]:
    """The body as Anthropic documents it."""
    members = dict(asked)
    take_unplaced(members, ANTHROPIC)
    members.pop("stream_options", None)
    messages = members.pop("messages")
    assert isinstance(messages, list)  # noqa: S101 # as it was made
    chat = [each for each in messages if isinstance(each, dict)]
    body: dict[str, Json] = {
        "model": members.pop("model"),
        "max_tokens": members.pop("max_tokens", None) or MAXIMUM_TOKENS,
    }
    system = "\n\n".join(str(each["content"]) for each in chat if each["role"] == "system")
    if system:
        body["system"] = system
    body["messages"] = [each for each in chat if each["role"] != "system"]
    stop = texts_in(members.pop("stop", None))
    if stop:
        body["stop_sequences"] = stop
    if members.pop("enable_thinking", None):
        body["thinking"] = {"type": "adaptive"}
    kind, schema = structure_of(members), schema_of(members)
    members.pop("response_format", None)
    if kind:
        if schema is None:
            raise no_schema()
        config = counts(members.pop("output_config", None))
        body["output_config"] = {**config, "format": {"type": kind, "schema": _closed(schema)}}
    return body | members


def _closed(schema: Json) -> Json:
    """The schema with every object in it closed, which the interface insists on."""
    if isinstance(schema, list):
        return [_closed(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    closed = {name: _closed(value) for name, value in schema.items()}
    kinds = schema.get("type")
    if kinds == "object" or (isinstance(kinds, list) and "object" in kinds):
        closed["additionalProperties"] = False
    return closed


# --- what comes back -------------------------------------------------------------------------------------


def _reply(response: Response, request: Request) -> Reply:
    reader = Reader(request, _COMPATIBLE)
    body = response.body
    answer = _joined(reader, body) if is_stream(body) else reader.object(body)
    usage = counts(answer.get("usage"))
    read, written = (count(usage.get(f"cache_{what}_input_tokens")) or 0 for what in ("read", "creation"))
    fresh = count(usage.get("input_tokens"))
    reply = Reply(
        # What is read from the cache, and written to it, is not counted with the rest.
        input_tokens=None if fresh is None else fresh + read + written,
        output_tokens=count(usage.get("output_tokens")),
        cached_tokens=count(usage.get("cache_read_input_tokens")),
        allowance=allowance(response.headers),
    )
    with reader.paid(reply):
        return replace(reply, texts=(_text(reader, answer),))


def _text(reader: Reader, answer: Object) -> str:
    content = answer.get("content")
    if not isinstance(content, list):
        raise reader.unusable("gave an answer that has no content")
    # Thoughts are blocks without a text.
    return reader.ended(reader.text(content), answer.get("stop_reason"))


def _joined(reader: Reader, body: bytes) -> Object:
    """The answer that a stream of events makes. Blocks come one after the other."""
    texts: list[str] = []
    usage: Object = {}
    reason: Json = None
    for event in reader.events(body):
        delta = counts(event.get("delta"))
        match event.get("type"):
            case "message_start":
                usage |= counts(counts(event.get("message")).get("usage"))
            case "content_block_start":
                texts.append(reader.text(counts(event.get("content_block")).get("text")))
            case "content_block_delta":
                texts.append(reader.text(delta.get("text")))
            case "message_delta":
                reason = delta.get("stop_reason") or reason
                counted = counts(event.get("usage"))
                usage |= {name: value for name, value in counted.items() if value is not None}
            case "message_stop":
                return {"content": ["".join(texts)], "stop_reason": reason, "usage": usage}
    raise reader.cut()
