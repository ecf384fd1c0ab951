"""A real model server on the loopback: the OpenAI interface, faults on demand, a log of requests."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
import struct
import threading
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Self

PHRASES = {
    200: "OK",
    302: "Found",
    400: "Bad Request",
    401: "Unauthorized",
    404: "Not Found",
    429: "Too Many",
}


class Received(NamedTuple):
    """A request as it came in; the names of headers in lower case."""

    path: str
    headers: dict[str, str]
    body: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Fault:
    """An answer other than the usual one.

    `body` is sent as it is when it is text, as JSON otherwise. With `truncate` only so many bytes of the body
    are sent, under the length of all of it, and the connection is closed. `close` hangs up without an answer;
    `hang` gives none until the server ends.
    """

    status: int = 200
    body: Any = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    truncate: int | None = None
    close: bool = False
    hang: bool = False


UNAUTHORIZED = Fault(
    401,
    {
        "error": {
            "message": "Incorrect API key provided.",
            "type": "invalid_request_error",
            "code": "invalid_api_key",
        }
    },
)
RATE_LIMITED = Fault(
    429,
    {"error": {"message": "Rate limit reached.", "type": "requests", "code": "rate_limit_exceeded"}},
    {"Retry-After": "1"},
)
BROKEN = Fault(500, {"error": {"message": "The server had an error.", "type": "server_error", "code": None}})


class ModelServer:
    """Serves `POST .../chat/completions` and `POST .../embeddings` below any path, in a thread of its own.

    A chat answers `answer(body)`, by default `echo: ` and the last user message; `n` choices are all the
    same. An embedding is a vector that depends on the text alone, of `dimensions` numbers, by default 8.
    `latency` is in seconds. `faults` are taken one per request before anything else; `fault_for(body)` may
    give one too. A `key` makes any other one a 401. `requests` are all that came, in order; `max_in_flight`
    the most that were being answered at one time.
    """

    def __init__(self) -> None:
        self.answer: Callable[[dict[str, Any]], str] = echo
        self.fault_for: Callable[[dict[str, Any]], Fault | None] = lambda body: None
        self.faults: deque[Fault] = deque()
        self.latency = 0.0
        self.key: str | None = None
        self.requests: list[Received] = []
        self.max_in_flight = 0
        self.port = 0
        self._in_flight = 0
        self._ready = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()), name="model server")

    @property
    def url(self) -> str:
        """The base URL; a task is added to it after a slash."""
        return f"http://127.0.0.1:{self.port}/v1"

    @property
    def bodies(self) -> list[dict[str, Any]]:
        """The bodies of all requests, in order."""
        return [request.body for request in self.requests]

    def __enter__(self) -> Self:
        self._thread.start()
        if not self._ready.wait(10):
            raise RuntimeError("the model server did not start")
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(10)

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._stop = asyncio.Event()
        self._connections: set[asyncio.Task[None]] = set()
        server = await asyncio.start_server(self._accept, "127.0.0.1", 0, backlog=1024)
        self.port = server.sockets[0].getsockname()[1]
        self._ready.set()
        await self._stop.wait()
        server.close()
        await _turns()
        for task in list(self._connections):
            task.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)
        await _turns()

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(self._connection(reader, writer))
        self._connections.add(task)
        task.add_done_callback(self._connections.discard)

    async def _connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while await self._exchange(reader, writer):
                pass
        except (asyncio.IncompleteReadError, ConnectionError):
            pass  # the client went away
        finally:
            # Not closed politely: nobody may be there to read what is left.
            writer.transport.abort()

    async def _exchange(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """One request and its answer; whether the connection stays open."""
        first = await reader.readexactly(1)
        if not first.isalpha():
            return False  # TLS or noise, not HTTP
        head = (first + await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        method, path, _ = head[0].split(" ", 2)
        headers = {
            name.strip().lower(): value.strip() for name, _, value in (h.partition(":") for h in head[1:-2])
        }
        if headers.get("expect", "").lower() == "100-continue":
            writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        content = await reader.readexactly(int(headers.get("content-length", "0")))
        self._in_flight += 1
        self.max_in_flight = max(self.max_in_flight, self._in_flight)
        try:
            fault = await self._respond(method, path, headers, content)
            if fault.hang:
                await self._stop.wait()
        finally:
            self._in_flight -= 1
        if fault.close or fault.hang:
            return False
        await _write(writer, fault)
        return fault.truncate is None and headers.get("connection", "").lower() != "close"

    async def _respond(self, method: str, path: str, headers: dict[str, str], content: bytes) -> Fault:
        try:
            body = json.loads(content)
        except ValueError:
            return _error(400, "the body is not JSON")
        self.requests.append(Received(path, headers, body))
        if self.latency:
            await asyncio.sleep(self.latency)
        fault = self.faults.popleft() if self.faults else self.fault_for(body)
        if fault is not None:
            return fault
        if self.key is not None and headers.get("authorization") != f"Bearer {self.key}":
            return UNAUTHORIZED
        task = path.partition("?")[0]
        if method == "POST" and task.endswith("/chat/completions"):
            return Fault(200, self._chat(body))
        if method == "POST" and task.endswith("/embeddings"):
            return Fault(200, embeddings(body))
        return _error(404, f"nothing at {method} {path}")

    def _chat(self, body: dict[str, Any]) -> dict[str, Any]:
        text = self.answer(body)
        prompt = sum(len(str(message["content"]).split()) for message in body["messages"])
        message = {"role": "assistant", "content": text}
        choices = [{"index": i, "message": message, "finish_reason": "stop"} for i in range(body.get("n", 1))]
        completion = len(text.split()) * len(choices)
        return {
            "id": "chatcmpl-1",
            "object": "chat.completion",
            "model": body["model"],
            "choices": choices,
            "usage": {
                "prompt_tokens": prompt,
                "completion_tokens": completion,
                "total_tokens": prompt + completion,
            },
        }


def echo(body: dict[str, Any]) -> str:
    """The usual answer to a chat."""
    said = [message["content"] for message in body["messages"] if message["role"] == "user"]
    return f"echo: {said[-1] if said else ''}"


def vector(text: str, dimensions: int = 8) -> list[float]:
    """The vector of a text: numbers from -1 to below 1 that 32 bit floats hold exactly."""
    digest = hashlib.shake_128(text.encode()).digest(dimensions)
    return [(byte - 128) / 128 for byte in digest]


def embeddings(body: dict[str, Any]) -> dict[str, Any]:
    """The usual answer to a request for embeddings, of one text or of a list."""
    texts = [body["input"]] if isinstance(body["input"], str) else body["input"]
    data: list[dict[str, Any]] = []
    for index, text in enumerate(texts):
        numbers: Any = vector(text, body.get("dimensions", 8))
        if body.get("encoding_format") == "base64":
            numbers = base64.b64encode(struct.pack(f"<{len(numbers)}f", *numbers)).decode()
        data.append({"object": "embedding", "index": index, "embedding": numbers})
    tokens = sum(len(text.split()) for text in texts)
    usage = {"prompt_tokens": tokens, "total_tokens": tokens}
    return {"object": "list", "model": body["model"], "data": data, "usage": usage}


def _error(status: int, message: str) -> Fault:
    return Fault(status, {"error": {"message": message, "type": "invalid_request_error", "code": None}})


async def _turns() -> None:
    """Lets the loop finish what it has begun: a connection accepted last, one closed last."""
    for _ in range(5):
        await asyncio.sleep(0)


async def _write(writer: asyncio.StreamWriter, answer: Fault) -> None:
    raw = answer.body if isinstance(answer.body, bytes) else None
    if raw is None:
        text = answer.body if isinstance(answer.body, str) else json.dumps(answer.body, ensure_ascii=False)
        raw = text.encode()
    html = raw.lstrip().startswith(b"<")
    headers = {
        "Content-Type": "text/html" if html else "application/json",
        "Content-Length": str(len(raw)),
        **answer.headers,
    }
    lines = [f"HTTP/1.1 {answer.status} {PHRASES.get(answer.status, 'Status')}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    writer.write("\r\n".join([*lines, "", ""]).encode("latin-1") + raw[: answer.truncate])
    await writer.drain()
    if answer.truncate is not None:
        # So that what was sent arrives before the connection ends.
        writer.write_eof()
