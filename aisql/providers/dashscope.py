"""The interface of Model Studio's own (DashScope): text, images and sounds, embeddings, rerank."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from urllib.parse import urlsplit, urlunsplit

from aisql.errors import ProviderError
from aisql.providers.base import CHAT, EMBEDDINGS, Json, Message, Reply, Request, Target
from aisql.providers.faults import allowance
from aisql.providers.manners import Manners, adapted, usual
from aisql.providers.members import given
from aisql.providers.model_lists import no_list
from aisql.providers.reading import Object, Pieces, Reader, count, counts, is_stream
from aisql.providers.routes import DASHSCOPE
from aisql.providers.transport import Response, Wire, bearer

_COMPATIBLE = "check that the endpoint is the full URL of a service of DashScope below /api/v1"
_OF_TEXT = "/text-generation/generation"
_OF_IMAGES = "/multimodal-generation/generation"


class DashScope:
    """Asks Model Studio by its own interface, with at most `concurrency` connections.

    All parameters go to `parameters`, those of the OpenAI interface under their own names, which most of
    them have here too. A chat with images or sounds goes to the service for these, whichever of the two was
    named. How a model wants to be asked is remembered once it was told (`manners`).
    """

    name = DASHSCOPE

    def __init__(self, concurrency: int) -> None:
        self._wire = Wire(concurrency)
        self._manners = Manners()

    def body(self, request: Request) -> Mapping[str, Json]:
        """The JSON body of the request. Raises OptionError for parameters that `given` does not take."""
        return _native(adapted(_members(request), usual(request.target)), request)

    async def send(self, request: Request) -> Reply:
        """Makes the call.

        Raises AuthenticationError, ConnectError, ProviderTimeout, or ProviderError for any other refusal and
        for an answer that cannot be used; OptionError for a request that cannot be sent.
        """
        target = request.target
        asked = adapted(_members(request), self._manners.of(target))
        streamed = bool(asked.get("stream"))
        headers = [*bearer(target), *([("X-DashScope-SSE", "enable")] if streamed else [])]
        try:
            response = await self._wire.post(
                _place(request), headers, _native(asked, request), request.timeout
            )
        except ProviderError as error:
            self._manners.learn(target, error, asked)
            raise
        return _reply(response, request)

    async def models(self, target: Target, timeout: float) -> tuple[str, ...]:  # noqa: ARG002 # of Provider
        """See Provider: this interface has no list."""
        raise no_list(target)

    async def close(self) -> None:
        """Closes the connections; a later call opens new ones."""
        await self._wire.close()


# --- what is sent ----------------------------------------------------------------------------------------


def _shows_images(request: Request) -> bool:
    """Whether a chat goes to the service for images and sounds: because it has some, or because that one was
    named."""
    path = urlsplit(request.target.url).path.rstrip("/").lower()
    return any(each.images or each.sounds for each in request.messages) or path.endswith(_OF_IMAGES)


def _place(request: Request) -> Target:
    """The target, at the service for images where it has to be that one."""
    target, parts = request.target, urlsplit(request.target.url)
    path = parts.path.rstrip("/")
    if request.task != CHAT or not _shows_images(request) or not path.lower().endswith(_OF_TEXT):
        return target
    path = path[: -len(_OF_TEXT)] + _OF_IMAGES
    return replace(target, url=urlunsplit(parts._replace(path=path)))


def _members(request: Request) -> dict[str, Json]:
    """The body as the OpenAI interface has it: the members of `input` beside the parameters."""
    members: dict[str, Json] = {"model": request.target.model}
    if request.task == CHAT:
        members["messages"] = [_message(each) for each in request.messages]
        members["result_format"] = "message"
    elif request.task == EMBEDDINGS:
        members["texts"] = [*request.texts]
    else:
        members |= {"query": request.query, "documents": [*request.texts]}
        members |= {"return_documents": False, "top_n": len(request.texts)}
    return members | given(request)


def _message(message: Message) -> Json:
    if not message.images and not message.sounds:
        return {"role": message.role, "content": message.content}
    parts: list[Json] = [{"image": url} for url in message.images]
    parts += [{"audio": url} for url in message.sounds]
    if message.content:
        parts.append({"text": message.content})
    return {"role": message.role, "content": parts}


def _in_parts(messages: Json) -> Json:
    """The messages as the service for images has them: all of them lists of parts."""
    chat = [each for each in messages if isinstance(each, dict)] if isinstance(messages, list) else []
    return [
        each | {"content": [{"text": each["content"]}]} if isinstance(each["content"], str) else each
        for each in chat
    ]


_INPUT = ("messages", "texts", "query", "documents")


def _native(asked: Mapping[str, Json], request: Request) -> dict[str, Json]:
    """The body as Model Studio documents it."""
    parameters = dict(asked)
    parts: dict[str, Json] = {name: parameters.pop(name) for name in _INPUT if name in parameters}
    if "messages" in parts and _shows_images(request):
        parts["messages"] = _in_parts(parts["messages"])
    # extra-body may name these parts of a body itself.
    parts |= counts(parameters.pop("input", None))
    parameters |= counts(parameters.pop("parameters", None))
    body: dict[str, Json] = {"model": parameters.pop("model"), "input": parts}
    parameters.pop("stream_options", None)
    if parameters.pop("stream", False):
        parameters["incremental_output"] = True  # else every piece has the whole text so far
    if "dimensions" in parameters:
        parameters["dimension"] = parameters.pop("dimensions")
    if parameters:
        body["parameters"] = parameters
    return body


# --- what comes back -------------------------------------------------------------------------------------


def _reply(response: Response, request: Request) -> Reply:
    reader = Reader(request, _COMPATIBLE)
    if is_stream(response.body):
        answer = _joined(reader, response.body)
    else:
        answer = _checked(reader, reader.object(response.body))
    output, usage = counts(answer.get("output")), counts(answer.get("usage"))
    reply = Reply(
        input_tokens=count(usage.get("input_tokens")),
        output_tokens=count(usage.get("output_tokens")),
        cached_tokens=count(counts(usage.get("prompt_tokens_details")).get("cached_tokens")),
        reasoning_tokens=count(counts(usage.get("output_tokens_details")).get("reasoning_tokens")),
        allowance=allowance(response.headers),
    )
    total = replace(reply, input_tokens=reply.input_tokens or count(usage.get("total_tokens")))
    with reader.paid(total):
        if request.task == CHAT:
            return replace(reply, texts=reader.texts(_choices(output)))
        if request.task == EMBEDDINGS:
            vectors = reader.vectors(output.get("embeddings"), "embedding", "text_index")
            return replace(total, vectors=vectors)
        return replace(total, scores=reader.scores(output.get("results")))


def _checked(reader: Reader, answer: Object, status: int | None = None) -> Object:
    """The answer, where it is none of an error: they have a code and come under a status of success too."""
    if answer.get("code") and not answer.get("output"):
        raise reader.reported(json.dumps(answer | {"status": status}).encode())
    return answer


def _choices(output: Mapping[str, Json]) -> Json:
    """The choices of an output; the older form has the text of one."""
    text = output.get("text")
    if output.get("choices") is None and isinstance(text, str):
        return [{"message": {"content": text}, "finish_reason": output.get("finish_reason")}]
    return output.get("choices")


# Each event of a stream has a status of its own, in a comment.
_STATUS = re.compile(rb"(?m)^:\s*HTTP_STATUS/(\d{3})")


def _joined(reader: Reader, body: bytes) -> Object:
    """The answer that a stream of pieces makes."""
    pieces = Pieces(reader)
    usage: Json = None
    statuses = _STATUS.findall(body)
    status = int(statuses[-1]) if statuses else None
    for event in reader.events(body, status):
        _checked(reader, event, status)
        usage = event.get("usage") or usage
        pieces.add(_choices(counts(event.get("output"))), "message")
    if not pieces.ended:
        raise reader.cut()
    return {"output": {"choices": pieces.choices()}, "usage": usage}
