"""A real model server on the loopback: the interfaces of services, faults on demand, a log of requests."""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import json
import os
import random
import ssl
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple, Self

from server_interfaces import Stream, echo, model_list, served
from server_interfaces import vector as vector

LOOPBACK = Path(__file__).with_name("loopback.pem")
"""The certificate of a server with TLS, and its key; who trusts it finds a server at 127.0.0.1."""

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

# Seconds by which each request is late at most, for runs that look for tests which rely on an order that
# requests made at one time do not have: AISQL_JITTER=0.05 pytest. What a terminal shows is read in small
# pieces then.
JITTER = float(os.environ.get("AISQL_JITTER", "0"))


STUCK = 90.0
"""Seconds after which whoever is waited for is taken for stuck, on the slowest machine."""


class Gate:
    """While it is closed no request is answered; all that wait are once it opens. Used as an Event is.

    Tests open and close it, the server's loop asks it; neither waits for the other.
    """

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._open = True
        self._enough: int | None = None
        self._waiting: list[Callable[[], None]] = []
        self._loop: asyncio.AbstractEventLoop | None = None

    def clear(self) -> None:
        """Closes it: requests that come from now on wait."""
        with self._changed:
            self._open = False

    def set(self) -> None:
        """Opens it: what waits is answered, and what comes later at once."""
        with self._changed:
            self._open, self._enough = True, None
            waiting, self._waiting = self._waiting, []
            if self._loop is not None:
                self._loop.call_soon_threadsafe(_call_each, waiting)

    def is_set(self) -> bool:
        """Whether it is open."""
        return self._open

    def gather(self, count: int) -> None:
        """Closes it until so many requests stand before it; then they are answered, and what comes later."""
        with self._changed:
            self._open, self._enough = False, count

    def wait_for(self, count: int, timeout: float = STUCK) -> None:
        """Waits in the thread of a test until so many requests stand before the closed gate."""
        with self._changed:
            if not self._changed.wait_for(lambda: len(self._waiting) >= count, timeout):
                raise TimeoutError(f"{len(self._waiting)} requests wait, not {count}")

    def pass_through(self, go_on: Callable[[], None]) -> None:
        """Calls back on the server's loop: now, or when the gate opens."""
        with self._changed:
            if not self._open:
                self._waiting.append(go_on)
                self._changed.notify_all()
                if len(self._waiting) == self._enough:
                    self.set()
                return
        go_on()

    def belong_to(self, loop: asyncio.AbstractEventLoop | None) -> None:
        """Names the loop to call back on; None once there is none."""
        with self._changed:
            self._loop = loop


class ModelServer:
    """Serves the interfaces of all services (`server_interfaces`) below any path, in a thread of its own.

    A chat answers `answer(body)`, by default `echo: ` and the last user message; `n` choices are all the
    same. Asked for a stream it gives one. An embedding is a vector that depends on the text alone, of so many
    dimensions as are asked for, by default 8. With `tls` all of it is encrypted. `latency` is in seconds;
    after it a request waits at the `gate` while that is closed. `faults` are then taken one per request
    before anything else; `fault_for(body)` may give one too. A `key` makes any other one a 401. Lists of
    models have `models`. `requests` are all that came, in order; `finished` those whose whole answer is on
    its way to the client, in that order; `max_in_flight` the most that were being answered at one time.
    """

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self.tls = tls
        self.answer: Callable[[dict[str, Any]], str] = echo
        self.fault_for: Callable[[dict[str, Any]], Fault | None] = lambda body: None
        self.faults: deque[Fault] = deque()
        self.gate = Gate()
        self.latency = 0.0
        self.key: str | None = None
        self.models: tuple[str, ...] = ("gpt-4o-mini", "text-embedding-3-small")
        self.requests: list[Received] = []
        self.finished: list[Received] = []
        self.in_flight = 0
        self.max_in_flight = 0
        self.port = 0
        self.connections: set[_Connection] = set()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()), name="model server")

    @property
    def url(self) -> str:
        """The base URL; a task is added to it after a slash."""
        return f"http{'' if self.tls is None else 's'}://127.0.0.1:{self.port}/v1"

    @property
    def bodies(self) -> list[dict[str, Any]]:
        """The bodies of all requests, in order."""
        return [request.body for request in self.requests]

    def __enter__(self) -> Self:
        self._thread.start()
        if not self._ready.wait(STUCK):
            raise RuntimeError("the model server did not start")
        return self

    def __exit__(self, *_: object) -> None:
        self.gate.belong_to(None)
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(STUCK)

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._stop = asyncio.Event()
        self.gate.belong_to(self._loop)
        server = await self._loop.create_server(
            lambda: _Connection(self), "127.0.0.1", 0, backlog=1024, ssl=self.tls
        )
        self.port = server.sockets[0].getsockname()[1]
        self._ready.set()
        await self._stop.wait()
        server.close()
        await _turns()
        for connection in list(self.connections):
            connection.transport.abort()
        await _turns()

    def log(self, request: Received, content: bytes) -> None:
        """Notes a request that came; `content` is its body as it was sent."""
        self.requests.append(request)

    def log_finished(self, request: Received) -> None:
        """Notes that the answer to a request has been sent."""
        self.finished.append(request)

    def control(self, method: str, path: str) -> Fault | None:
        """The answer to a request that is about the server itself; None for all others."""
        return None

    def respond(self, method: str, request: Received) -> Fault:
        """The answer to a request."""
        fault = self.faults.popleft() if self.faults else self.fault_for(request.body)
        if fault is not None:
            return fault
        if self.key is not None and not _offers(request.headers, self.key):
            return UNAUTHORIZED
        path = request.path.partition("?")[0]
        if method == "POST":
            answer = served(path, request.body, request.headers, self.answer)
        else:
            answer = model_list(path, self.models)
        if answer is None:
            return _error(404, f"nothing at {method} {request.path}")
        if isinstance(answer, Stream):
            return Fault(200, answer.text, {"Content-Type": answer.kind})
        return Fault(200, answer)


def loopback_tls() -> ssl.SSLContext:
    """What a server needs to be one with TLS."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(LOOPBACK)
    return context


def _offers(headers: Mapping[str, str], key: str) -> bool:
    """Whether a request has the key, in the place of either interface."""
    return headers.get("authorization") == f"Bearer {key}" or headers.get("x-api-key") == key


class _Connection(asyncio.Protocol):
    """One connection: a request is read, answered, and only then the next one is read.

    Plain callbacks: streams and tasks would cost more than everything else a request needs.
    """

    transport: asyncio.Transport

    def __init__(self, server: ModelServer) -> None:
        self._server = server
        self._read = bytearray()
        self._length = -1  # of the body that is coming, -1 while the head is
        self._method = self._path = ""
        self._headers: dict[str, str] = {}
        self._busy = False
        self._unsent: Received | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        transport.set_write_buffer_limits(0)  # so that resume_writing means that all has been sent
        self._server.connections.add(self)

    def connection_lost(self, exc: Exception | None) -> None:
        self._server.connections.discard(self)

    def data_received(self, data: bytes) -> None:
        self._read += data
        self._next()

    def resume_writing(self) -> None:
        if self._unsent is not None:
            self._server.log_finished(self._unsent)
            self._unsent = None

    def _next(self) -> None:
        """Begins the next request, where all of it has been read."""
        if self._busy or not self._read or self.transport.is_closing():
            return
        if self._length < 0 and not self._head():
            return
        if len(self._read) < self._length:
            return
        content, self._read, self._length = bytes(self._read[: self._length]), self._read[self._length :], -1
        self._busy = True
        if JITTER:
            asyncio.get_running_loop().call_later(random.uniform(0, JITTER), self._begin, content)
        else:
            self._begin(content)

    def _head(self) -> bool:
        if not self._read[:1].isalpha():
            self.transport.abort()  # TLS or noise, not HTTP
            return False
        end = self._read.find(b"\r\n\r\n")
        if end < 0:
            return False
        first, *lines = self._read[:end].decode("latin-1").split("\r\n")
        del self._read[: end + 4]
        self._method, self._path, _ = first.split(" ", 2)
        self._headers = {
            name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)
        }
        self._length = int(self._headers.get("content-length", "0"))
        if self._headers.get("expect", "").lower() == "100-continue":
            self.transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        return True

    def _begin(self, content: bytes) -> None:
        server = self._server
        answer = server.control(self._method, self._path)
        if answer is not None:
            self._write(answer, None)
            return
        try:
            body = json.loads(content) if content or self._method != "GET" else {}
        except ValueError:
            self._write(_error(400, "the body is not JSON"), None)
            return
        request = Received(self._path, self._headers, body)
        server.in_flight += 1
        server.max_in_flight = max(server.max_in_flight, server.in_flight)
        server.log(request, content)
        go_on = partial(server.gate.pass_through, partial(self._answer, request))
        if server.latency:
            asyncio.get_running_loop().call_later(server.latency, go_on)
        else:
            go_on()

    def _answer(self, request: Received) -> None:
        try:
            answer = self._server.respond(self._method, request)
        except BaseException:
            self.transport.abort()  # a mistake of the test; its client is not to wait for ever
            raise
        if answer.hang:
            return
        self._server.in_flight -= 1
        if answer.close:
            self.transport.abort()
        else:
            self._write(answer, request)

    def _write(self, answer: Fault, request: Received | None) -> None:
        if self.transport.is_closing():
            return  # the client went away
        self.transport.write(_encoded(answer))
        if answer.truncate is None and request is not None and not self.transport.is_closing():
            self._unsent = request
            if not self.transport.get_write_buffer_size():
                self.resume_writing()
        if answer.truncate is not None or self._headers.get("connection", "").lower() == "close":
            self.transport.close()
        self._busy = False
        # Not at once: who sends many requests in one piece is not to nest answers without end.
        if self._read:
            asyncio.get_running_loop().call_soon(self._next)


def _error(status: int, message: str) -> Fault:
    return Fault(status, {"error": {"message": message, "type": "invalid_request_error", "code": None}})


def _call_each(calls: Iterable[Callable[[], None]]) -> None:
    """Calls all of them before the loop reads on: nobody's next request comes between two answers."""
    for call in calls:
        call()


async def _turns() -> None:
    """Lets the loop finish what it has begun: a connection accepted last, one closed last."""
    for _ in range(5):
        await asyncio.sleep(0)


def _encoded(answer: Fault) -> bytes:
    raw = answer.body if isinstance(answer.body, bytes) else None
    if raw is None:
        text = answer.body if isinstance(answer.body, str) else json.dumps(answer.body, ensure_ascii=False)
        raw = text.encode(errors="backslashreplace")  # half of a pair stays what it is in JSON, an escape
    html = raw.lstrip().startswith(b"<")
    headers = {
        "Content-Type": "text/html" if html else "application/json",
        "Content-Length": str(len(raw)),
        **answer.headers,
    }
    lines = [f"HTTP/1.1 {answer.status} {PHRASES.get(answer.status, 'Status')}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + raw[: answer.truncate]


class CountingServer(ModelServer):
    """A model server for a process of its own: it counts requests and keeps none.

    `GET /log` tells what it counted, `POST /reset` begins anew. With `size` the text of a chat's answer has
    so many bytes. With `limit` no second sees more requests than that answered; the others are a 429, which
    says `Retry-After: 1` where it is to be `told`.
    """

    def __init__(
        self, latency: float, size: int | None = None, limit: int | None = None, *, told: bool = False
    ) -> None:
        super().__init__()
        self.latency = latency
        self._limit, self._told = limit, told
        self._answered: deque[float] = deque()
        if size is not None:
            self.answer = lambda body: sized(echo(body), size)
        self._count = 0
        self._digests: set[bytes] = set()

    def respond(self, method: str, request: Received) -> Fault:
        """The answer to a request, where the limit has room for it."""
        if self._limit is not None:
            now = asyncio.get_running_loop().time()
            while self._answered and self._answered[0] <= now - 1:
                self._answered.popleft()
            if len(self._answered) >= self._limit:
                return replace(RATE_LIMITED, headers={"Retry-After": "1"} if self._told else {})
            self._answered.append(now)
        return super().respond(method, request)

    def log(self, request: Received, content: bytes) -> None:
        """Counts a request."""
        self._count += 1
        self._digests.add(hashlib.blake2b(content, digest_size=16).digest())

    def log_finished(self, request: Received) -> None:
        """Nothing: who asks another process has the answer in hand."""

    def control(self, method: str, path: str) -> Fault | None:
        """Answers `GET /log` and `POST /reset`, both with the counts until then."""
        if (method, path) not in (("GET", "/log"), ("POST", "/reset")):
            return None
        counts = {
            "requests": self._count,
            "distinct": len(self._digests),
            "max_in_flight": self.max_in_flight,
        }
        if path == "/reset":
            self._count, self.max_in_flight = 0, self.in_flight
            self._digests.clear()
        return Fault(200, counts)


def sized(text: str, size: int) -> str:
    """The text cut or filled with dots to so many bytes."""
    cut = text.encode()[:size].decode(errors="ignore")
    return cut + "." * (size - len(cut.encode()))


def main() -> None:
    """Serves until stdin closes, which it does when the process that started this one ends."""
    parser = argparse.ArgumentParser(description="A model server; its port is the first line it prints.")
    parser.add_argument("--latency", type=float, default=0.0, help="seconds before an answer")
    parser.add_argument("--answer-bytes", type=int, help="size of the text that a chat is answered with")
    parser.add_argument("--limit", type=int, help="requests that a second may see answered; others are a 429")
    parser.add_argument("--retry-after", action="store_true", help="say in a 429 when to come again")
    arguments = parser.parse_args()
    server = CountingServer(
        arguments.latency, arguments.answer_bytes, arguments.limit, told=arguments.retry_after
    )
    with server:
        sys.stdout.write(f"{server.port}\n")
        sys.stdout.flush()
        while sys.stdin.buffer.read(4096):
            pass


if __name__ == "__main__":
    main()
