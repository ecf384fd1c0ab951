"""Ollama's own interface: /api/chat and /api/embed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from aisql.errors import OptionError, ProviderError
from aisql.providers.base import CHAT, EMBEDDINGS, Json, Message, Reply, Request, Target
from aisql.providers.faults import allowance
from aisql.providers.manners import schema_of, structure_of
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
from aisql.providers.reading import Object, Reader, count, counts, without_thoughts
from aisql.providers.routes import OLLAMA
from aisql.providers.transport import Response, Wire, bearer

_COMPATIBLE = "check that the endpoint is the full URL of /api/chat or /api/embed at an Ollama server"

# What Ollama wants in `options`, by its own names; everything else belongs to the body itself.
_OPTIONS = frozenset(
    (
        *("temperature", "top_p", "top_k", "min_p", "typical_p", "seed", "stop", "num_predict", "num_keep"),
        *("presence_penalty", "frequency_penalty", "repeat_penalty", "repeat_last_n", "penalize_newline"),
        *("mirostat", "mirostat_tau", "mirostat_eta", "tfs_z", "num_ctx", "num_batch", "num_gpu", "main_gpu"),
        *("num_thread", "numa", "low_vram", "use_mmap", "use_mlock"),
    )
)


class Ollama:
    """Asks Ollama servers, with at most `concurrency` connections.

    Parameters go to `options` where Ollama has an option of the name, else to the body; `options` and
    `format` may also be given as they are. The context of a request becomes `num_ctx`. Ollama is told to cut
    nothing off, and where it has done so nevertheless that is an error.
    """

    name = OLLAMA

    def __init__(self, concurrency: int) -> None:
        self._wire = Wire(concurrency)

    def body(self, request: Request) -> Mapping[str, Json]:
        """The JSON body of the request.

        Raises OptionError for a task or an option the interface has no place for, for the address of an
        image, for JSON of a schema that is not told, and for parameters that `given` does not take.
        """
        return _body(request)

    async def send(self, request: Request) -> Reply:
        """Makes the call.

        Raises AuthenticationError, ConnectError, ProviderTimeout, or ProviderError for any other refusal and
        for an answer that cannot be used; OptionError for a request that cannot be sent.
        """
        body = _body(request)
        response = await self._wire.post(request.target, bearer(request.target), body, request.timeout)
        reader = Reader(request, _COMPATIBLE)
        reply = _texts(reader, response, body) if request.task == CHAT else _vectors(reader, response)
        return replace(reply, allowance=allowance(response.headers))

    async def models(self, target: Target, timeout: float) -> tuple[str, ...]:
        """See Provider: those that were pulled."""
        place = beside(target, "/api/tags")
        response = await self._wire.get(place, bearer(place), timeout)
        return listed(response, place, "models", "name")

    async def close(self) -> None:
        """Closes the connections; a later call opens new ones."""
        await self._wire.close()


# --- what is sent ----------------------------------------------------------------------------------------


def _body(request: Request) -> dict[str, Json]:
    refuse_sounds(request, OLLAMA)
    members = given(request)
    take_unplaced(members, OLLAMA)
    body: dict[str, Json] = {"model": request.target.model}
    if request.task == CHAT:
        body["messages"] = [_message(each) for each in request.messages]
        # Where it is not told, Ollama streams.
        body["stream"] = bool(members.pop("stream", False))
        body |= _renamed(members)
    elif request.task == EMBEDDINGS:
        body["input"] = [*request.texts]
    else:
        raise no_task(OLLAMA, request.task)
    body["truncate"] = False
    options: dict[str, Json] = {} if request.context is None else {"num_ctx": request.context}
    options |= {name: members.pop(name) for name in sorted(_OPTIONS & members.keys())}
    options |= counts(members.pop("options", None))
    if options:
        body["options"] = options
    return body | members


def _message(message: Message) -> Json:
    written: dict[str, Json] = {"role": message.role, "content": message.content}
    if message.images:
        written["images"] = [_image(url) for url in message.images]
    return written


def _image(url: str) -> str:
    inline = inline_media(url)
    if inline is None:
        raise OptionError(
            f"the interface '{OLLAMA}' does not fetch images from an address",
            hint="give the image itself, as a data: URL with base64",
        )
    return inline[1]


def _renamed(members: dict[str, Json]) -> dict[str, Json]:
    """Takes out what Ollama has another form for. What stays are options under its names, and the rest."""
    body: dict[str, Json] = {}
    if "max_tokens" in members:
        members["num_predict"] = members.pop("max_tokens")
    if "stop" in members:
        members["stop"] = texts_in(members["stop"])
    if "enable_thinking" in members:
        body["think"] = members.pop("enable_thinking")
    kind, schema = structure_of(members), schema_of(members)
    members.pop("response_format", None)
    if kind == "json_schema" and schema is None:
        raise no_schema()
    if kind:
        body["format"] = "json" if kind == "json_object" else schema
    return body


# --- what comes back -------------------------------------------------------------------------------------


def _texts(reader: Reader, response: Response, body: Mapping[str, Json]) -> Reply:
    answer = _joined(reader, response.body) if body["stream"] else reader.object(response.body)
    message = answer.get("message")
    if not isinstance(message, dict):
        raise reader.unusable("gave an answer that has no message")
    if answer.get("done") is False:
        raise reader.cut()
    asked = count(answer.get("prompt_eval_count"))
    context = count(counts(body.get("options")).get("num_ctx"))
    reply = Reply(input_tokens=asked, output_tokens=count(answer.get("eval_count")))
    with reader.paid(reply):
        if asked is not None and context and asked >= context:
            raise _overfull(reader, context)
        text = without_thoughts(reader.text(message.get("content")))
        return replace(reply, texts=(reader.ended(text, answer.get("done_reason")),))


def _overfull(reader: Reader, context: int) -> ProviderError:
    return reader.refused(
        f"the prompt filled the context of {context} tokens, so it was cut",
        hint="a higher max-context-size gives it a larger one",
    )


def _joined(reader: Reader, body: bytes) -> Object:
    """The answer that a stream of JSON lines makes."""
    texts: list[str] = []
    for event in reader.events(body):
        message = counts(event.get("message"))
        texts.append(reader.text(message.get("content")))
        if event.get("done") is True:
            return event | {"message": {"content": "".join(texts)}}
    raise reader.cut()


def _vectors(reader: Reader, response: Response) -> Reply:
    answer = reader.object(response.body)
    found = answer.get("embeddings")
    entries: Json = [{"embedding": each} for each in found] if isinstance(found, list) else found
    reply = Reply(input_tokens=count(answer.get("prompt_eval_count")))
    with reader.paid(reply):
        return replace(reply, vectors=reader.vectors(entries, "embedding", "index"))
