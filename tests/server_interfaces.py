"""What the tests' server answers to a good request: the interfaces of the services, by the end of a path."""

from __future__ import annotations

import base64
import hashlib
import json
import struct
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple, TypeAlias

Body: TypeAlias = dict[str, Any]
Say: TypeAlias = Callable[[Body], str]


class Stream(NamedTuple):
    """An answer in pieces: its content type, and all of it."""

    kind: str
    text: str


Answer: TypeAlias = Body | Stream


def served(path: str, body: Body, headers: Mapping[str, str], say: Say) -> Answer | None:
    """The answer of the interface that a path ends in, None where it ends in none.

    `say` gives the text of a chat's answer; it is shown the messages as the OpenAI interface has them.
    """
    for end, answer in _SERVED:
        if path.endswith(end):
            return answer(body, headers, say)
    return None


def model_list(path: str, models: Sequence[str]) -> Body | None:
    """The list of models that a path ends in, None where it ends in none."""
    if path.endswith("/api/tags"):
        return {"models": [{"name": name, "model": name} for name in models]}
    if path.endswith("/models"):
        return {"object": "list", "data": [{"id": name, "object": "model"} for name in models]}
    return None


def echo(body: Body) -> str:
    """The usual answer to a chat."""
    said = [said_in(message["content"]) for message in body["messages"] if message["role"] == "user"]
    return f"echo: {said[-1] if said else ''}"


def vector(text: str, dimensions: int = 8) -> list[float]:
    """The vector of a text: numbers from -1 to below 1 that 32 bit floats hold exactly."""
    digest = hashlib.shake_128(text.encode()).digest(dimensions)
    return [(byte - 128) / 128 for byte in digest]


def score(query: str, text: str) -> float:
    """How well a text answers a query: a number from 0 to below 1 that depends on the two alone."""
    return hashlib.shake_128(f"{query}\0{text}".encode()).digest(1)[0] / 256


def said_in(content: Any) -> str:
    """The text of a message's content in any of the forms; an image and a sound are their URL."""
    return content if isinstance(content, str) else " ".join(map(_part, content))


def _part(part: Any) -> str:
    match part:
        case {"image_url": {"url": url}} | {"image": url} | {"source": {"url": url}}:
            return str(url)
        case {"input_audio": {"data": data}} | {"audio": data}:
            return str(data)
        case {"source": {"media_type": kind, "data": data}}:
            return f"data:{kind};base64,{data}"
        case _:
            return str(part["text"])


def _words(*texts: str) -> int:
    return sum(len(text.split()) for text in texts)


def _asked(messages: Iterable[Body]) -> int:
    return _words(*(said_in(message["content"]) for message in messages))


def _pieces(text: str) -> list[str]:
    """The text in up to three pieces."""
    size = len(text) // 3 + 1
    return [text[at : at + size] for at in range(0, len(text), size)]


def _events(objects: Iterable[Body], before: Callable[[int, Body], str], last: str = "") -> Stream:
    """Server-sent events after a comment; `before` gives further fields of an event."""
    lines = [f"{before(number, each)}data: {_json(each)}\n\n" for number, each in enumerate(objects, 1)]
    return Stream("text/event-stream", f": keep-alive\n\n{''.join(lines)}{last}")


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


# --- the OpenAI interface --------------------------------------------------------------------------------


def _openai_chat(body: Body, headers: Mapping[str, str], say: Say) -> Answer:
    text = say(body)
    asked, answered = _asked(body["messages"]), _words(text) * body.get("n", 1)
    usage = {
        "prompt_tokens": asked,
        "completion_tokens": answered,
        "total_tokens": asked + answered,
    }
    answer: Body = {"id": "chatcmpl-1", "object": "chat.completion", "model": body["model"]}
    if body.get("stream"):
        return _openai_stream(answer, body, text, usage)
    message = {"role": "assistant", "content": text}
    choices = [{"index": i, "message": message, "finish_reason": "stop"} for i in range(body.get("n", 1))]
    return {**answer, "choices": choices, "usage": usage}


def _openai_stream(answer: Body, body: Body, text: str, usage: Body) -> Stream:
    def chunk(delta: Body, index: int, reason: str | None = None) -> Body:
        return {**answer, "choices": [{"index": index, "delta": delta, "finish_reason": reason}]}

    indices = range(body.get("n", 1))
    chunks = [chunk({"role": "assistant", "content": ""}, index) for index in indices]
    chunks += [chunk({"content": piece}, index) for piece in _pieces(text) for index in indices]
    chunks += [chunk({}, index, "stop") for index in indices]
    if body.get("stream_options", {}).get("include_usage"):
        chunks.append({**answer, "choices": [], "usage": usage})
    return _events(chunks, lambda number, each: "", "data: [DONE]\n\n")


def _openai_embeddings(body: Body, headers: Mapping[str, str], say: Say) -> Answer:
    texts = [body["input"]] if isinstance(body["input"], str) else body["input"]
    data: list[Body] = []
    for index, text in enumerate(texts):
        numbers: Any = vector(text, body.get("dimensions", 8))
        if body.get("encoding_format") == "base64":
            numbers = base64.b64encode(struct.pack(f"<{len(numbers)}f", *numbers)).decode()
        data.append({"object": "embedding", "index": index, "embedding": numbers})
    usage = {"prompt_tokens": _words(*texts), "total_tokens": _words(*texts)}
    return {"object": "list", "model": body["model"], "data": data, "usage": usage}


def _results(query: str, documents: list[str], top_n: int) -> list[Body]:
    """The best documents, the best one first."""
    scores = [score(query, text) for text in documents]
    best = sorted(range(len(documents)), key=lambda index: -scores[index])[:top_n]
    return [{"index": index, "relevance_score": scores[index]} for index in best]


def _openai_rerank(body: Body, headers: Mapping[str, str], say: Say) -> Answer:
    results = _results(body["query"], body["documents"], body.get("top_n", len(body["documents"])))
    tokens = {"input_tokens": _words(body["query"], *body["documents"]), "output_tokens": 0}
    return {"id": "rerank-1", "results": results, "meta": {"tokens": tokens}}


# --- Anthropic -------------------------------------------------------------------------------------------


def _anthropic_chat(body: Body, headers: Mapping[str, str], say: Say) -> Answer:
    system = [{"role": "system", "content": body["system"]}] if "system" in body else []
    messages = [*system, *body["messages"]]
    text = say({**body, "messages": messages})
    counted = {"input_tokens": _asked(messages), "cache_read_input_tokens": 0}
    message = {"id": "msg_1", "type": "message", "role": "assistant", "model": body["model"]}
    usage = {**counted, "output_tokens": _words(text)}
    if not body.get("stream"):
        content = [{"type": "text", "text": text}]
        return {**message, "content": content, "stop_reason": "end_turn", "usage": usage}
    begun = {**message, "content": [], "stop_reason": None, "usage": {**counted, "output_tokens": 1}}
    events: list[Body] = [{"type": "message_start", "message": begun}]
    events.append({"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}})
    events.append({"type": "ping"})
    for piece in _pieces(text):
        delta = {"type": "text_delta", "text": piece}
        events.append({"type": "content_block_delta", "index": 0, "delta": delta})
    events.append({"type": "content_block_stop", "index": 0})
    ended = {"output_tokens": usage["output_tokens"]}
    events.append({"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": ended})
    events.append({"type": "message_stop"})
    return _events(events, lambda number, each: f"event: {each['type']}\n")


# --- Ollama ----------------------------------------------------------------------------------------------


def _ollama_chat(body: Body, headers: Mapping[str, str], say: Say) -> Answer:
    messages = [
        {**message, "content": " ".join([*message.get("images", ()), message["content"]])}
        for message in body["messages"]
    ]
    text = say({**body, "messages": messages})
    counted = {"prompt_eval_count": _asked(messages), "eval_count": _words(text)}
    end = {"done": True, "done_reason": "stop", **counted}
    if not body.get("stream", True):
        return {"model": body["model"], "message": {"role": "assistant", "content": text}, **end}
    pieces = [{"message": {"role": "assistant", "content": piece}, "done": False} for piece in _pieces(text)]
    lines = [*pieces, {"message": {"role": "assistant", "content": ""}, **end}]
    text = "".join(f"{_json({'model': body['model'], **line})}\n" for line in lines)
    return Stream("application/x-ndjson", text)


def _ollama_embed(body: Body, headers: Mapping[str, str], say: Say) -> Answer:
    texts = [body["input"]] if isinstance(body["input"], str) else body["input"]
    vectors = [vector(text, body.get("dimensions", 8)) for text in texts]
    return {"model": body["model"], "embeddings": vectors, "prompt_eval_count": _words(*texts)}


# --- DashScope -------------------------------------------------------------------------------------------


def _dashscope_chat(body: Body, headers: Mapping[str, str], say: Say) -> Answer:
    return _dashscope(body, headers, say, lambda text: text)


def _dashscope_images(body: Body, headers: Mapping[str, str], say: Say) -> Answer:
    return _dashscope(body, headers, say, lambda text: [{"text": text}])


def _dashscope(body: Body, headers: Mapping[str, str], say: Say, content: Callable[[str], Any]) -> Answer:
    messages = body["input"]["messages"]
    parameters = body.get("parameters", {})
    text = say({**body, "messages": messages})
    asked, choices = _asked(messages), parameters.get("n", 1)
    usage = {"input_tokens": asked, "output_tokens": _words(text) * choices}

    def answer(text: str, reason: str) -> Body:
        message = {"role": "assistant", "content": content(text)}
        choice = {"finish_reason": reason, "message": message}
        output = {"choices": [{"index": index, **choice} for index in range(choices)]}
        return {"output": output, "usage": usage, "request_id": "request-1"}

    if headers.get("x-dashscope-sse") != "enable":
        return answer(text, "stop")
    pieces = _pieces(text)
    if not parameters.get("incremental_output"):
        pieces = ["".join(pieces[: number + 1]) for number in range(len(pieces))]
    last = "" if parameters.get("incremental_output") else text
    events = [*(answer(piece, "null") for piece in pieces), answer(last, "stop")]
    return _events(events, lambda number, each: f"id:{number}\nevent:result\n:HTTP_STATUS/200\n")


def _dashscope_embeddings(body: Body, headers: Mapping[str, str], say: Say) -> Answer:
    texts = body["input"]["texts"]
    dimension = body.get("parameters", {}).get("dimension", 8)
    found = [{"text_index": at, "embedding": vector(text, dimension)} for at, text in enumerate(texts)]
    usage = {"total_tokens": _words(*texts)}
    return {"output": {"embeddings": found}, "usage": usage, "request_id": "request-1"}


def _dashscope_rerank(body: Body, headers: Mapping[str, str], say: Say) -> Answer:
    query, documents = body["input"]["query"], body["input"]["documents"]
    top_n = body.get("parameters", {}).get("top_n", len(documents))
    usage = {"total_tokens": _words(query, *documents)}
    output = {"results": _results(query, documents, top_n)}
    return {"output": output, "usage": usage, "request_id": "request-1"}


_SERVED: tuple[tuple[str, Callable[[Body, Mapping[str, str], Say], Answer]], ...] = (
    ("/chat/completions", _openai_chat),
    ("/embeddings", _openai_embeddings),
    ("/rerank", _openai_rerank),
    ("/messages", _anthropic_chat),
    ("/api/chat", _ollama_chat),
    ("/api/embed", _ollama_embed),
    ("/services/aigc/text-generation/generation", _dashscope_chat),
    ("/services/aigc/multimodal-generation/generation", _dashscope_images),
    ("/services/embeddings/text-embedding/text-embedding", _dashscope_embeddings),
    ("/services/rerank/text-rerank/text-rerank", _dashscope_rerank),
)
