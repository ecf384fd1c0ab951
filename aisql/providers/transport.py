"""The one way out to the network: an HTTP client, a POST with a deadline, every failure as our own error."""

from __future__ import annotations

import asyncio
import json
import os
import ssl
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from http import HTTPStatus

import aiohttp
import httpx
import httpx_aiohttp

from aisql.errors import (
    AisqlError,
    AuthenticationError,
    ConnectError,
    OptionError,
    ProviderError,
    ProviderTimeout,
)
from aisql.providers.base import Json
from aisql.secrecy import MASK

CONNECT_TIMEOUT = 10.0
"""Seconds to wait for a connection; a host that takes longer is not there."""

MAXIMUM_BODY = 64 * 1024 * 1024
"""The most bytes of an answer that are read."""

_LOOPBACK = ("all://localhost", "all://127.0.0.1", "all://[::1]")
_CANNOT_CONNECT = "check the endpoint, that the service is running, and the proxy settings"


@dataclass(frozen=True, slots=True)
class Response:
    """An HTTP answer: `headers` by lower-case name, `body` decoded from its transfer encodings."""

    status: int
    headers: Mapping[str, str]
    body: bytes


def open_client(concurrency: int) -> httpx.AsyncClient:
    """A client with at most `concurrency` connections; open it inside the event loop that uses it.

    Proxies and certificates come from the usual environment variables. Redirects are not followed: a key
    goes only to the host it was given for.
    """
    # aiohttp's pool does constant work for a request; httpx's own does work that grows with the pool.
    # Without an explicit number aiohttp would stop at 100 connections.
    return httpx_aiohttp.HttpxAiohttpClient(
        verify=httpx.create_ssl_context(),
        follow_redirects=False,
        limits=httpx.Limits(max_connections=concurrency, max_keepalive_connections=concurrency),
        # A proxy cannot reach a server on this machine, and must not see what is meant for it.
        mounts=dict.fromkeys(_LOOPBACK),
    )


async def post(
    client: httpx.AsyncClient, url: str, headers: Iterable[tuple[str, str]], body: bytes, timeout: float
) -> Response:
    """Posts `body` and reads the whole answer, whatever its status, within `timeout` seconds.

    Raises ConnectError where the host cannot be reached or hangs up, ProviderTimeout, ProviderError where
    the answer breaks off or is too large, OptionError where URL or headers cannot be sent at all. No message
    holds a header, or more of the URL than its host.
    """
    request = _request(client, url, headers, body, timeout)
    host = request.url.netloc.decode("ascii")
    try:
        # Between two bytes of keep-alive a read timeout never fires, so the whole call has a deadline too.
        async with asyncio.timeout(timeout):
            response = await client.send(request, stream=True)
            try:
                return await _read(response, host)
            finally:
                await response.aclose()
    except TimeoutError:
        raise _timeout(host, timeout) from None
    except (httpx.HTTPError, aiohttp.ClientError) as error:
        # The cause is cut off because it knows the full URL and the headers.
        raise _translated(error, host, timeout) from None


def refuse(response: Response, who: str, secrets: Iterable[str]) -> None:
    """Raises for an answer that is not a success, with what the provider says about it.

    `who` begins the message; `secrets` are masked where the provider repeats them.
    Raises AuthenticationError for 401 and 403, ProviderError for any other status but 2xx.
    """
    status = response.status
    if 200 <= status < 300:
        return
    said = shortened(hidden(error_text(response.body), secrets))
    if status in (401, 403):
        tail = f": {said}" if said else ""
        raise AuthenticationError(
            f"{who}: authentication failed ({status}){tail}", status=status, hint="check the key of the model"
        )
    if 300 <= status < 400:
        raise ProviderError(
            f"{who}: {_status_line(status)}: redirects are not followed",
            status=status,
            hint="set the endpoint to the address the service really has",
        )
    tail = f": {said}" if said else ""
    raise ProviderError(f"{who}: {_status_line(status)}{tail}", status=status, hint=_HINTS.get(status))


def error_text(body: bytes) -> str:
    """The message in the body of an error, in any of the shapes in use; '' for HTML and for nothing."""
    text = body.decode("utf-8-sig", "replace").strip()
    try:
        return _message(json.loads(text))
    except (ValueError, RecursionError):
        return "" if text.startswith("<") else text


def hidden(text: str, secrets: Iterable[str]) -> str:
    """The text with every secret in it masked."""
    for secret in sorted(filter(None, secrets), key=len, reverse=True):
        text = text.replace(secret, MASK)
    return text


def shortened(text: str, limit: int = 300) -> str:
    """The text on one line, without control characters, at most `limit` characters of it."""
    line = " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())
    return line if len(line) <= limit else f"{line[:limit]}..."


_HINTS: Mapping[int, str] = {
    402: "the account has no credit left",
    404: "check the endpoint and the name of the model",
    429: "the service limits requests or the account's quota is used up; a lower ai.concurrency may help",
}


def _request(
    client: httpx.AsyncClient, url: str, headers: Iterable[tuple[str, str]], body: bytes, timeout: float
) -> httpx.Request:
    try:
        address = httpx.URL(url)
    except httpx.InvalidURL:
        raise _no_url() from None
    if address.scheme not in ("http", "https") or not address.host:
        raise _no_url()
    if address.userinfo:
        raise OptionError(
            "the endpoint must not hold a user name or a password",
            hint="give an Authorization header with extra-header",
        )
    connect = CONNECT_TIMEOUT if timeout > CONNECT_TIMEOUT else None
    limits = httpx.Timeout(timeout, connect=connect, pool=None)
    return client.build_request("POST", address, headers=_sendable(headers), content=body, timeout=limits)


def _no_url() -> OptionError:
    return OptionError(
        "the endpoint is not an http or https URL", hint="for example https://HOST/v1/chat/completions"
    )


def _sendable(headers: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    checked = []
    for name, value in headers:
        if not name.isascii() or not name.replace("-", "").replace("_", "").replace(".", "").isalnum():
            raise OptionError("the name of a header is not one that HTTP can carry")
        if not value.isascii() or not value.replace("\t", " ").isprintable():
            # Never the value: it is a key more often than not.
            raise OptionError(f"the value of the header '{name}' holds characters that HTTP cannot carry")
        checked.append((name, value))
    return checked


async def _read(response: httpx.Response, host: str) -> Response:
    body = bytearray()
    async for chunk in response.aiter_bytes():
        body += chunk
        if len(body) > MAXIMUM_BODY:
            raise ProviderError(f"{host} sent an answer of more than {MAXIMUM_BODY // 1024**2} MB")
    return Response(response.status_code, dict(response.headers), bytes(body))


def _timeout(host: str, timeout: float) -> ProviderTimeout:
    return ProviderTimeout(
        f"{host} did not answer within {timeout:g} s", hint="a higher ai.timeout waits longer"
    )


def _translated(error: Exception, host: str, timeout: float) -> AisqlError:
    # The transport turns every lost connection into httpx.ConnectTimeout; only the cause tells them apart.
    cause = error.__cause__ or error
    match cause:
        case aiohttp.ConnectionTimeoutError():
            waited = f"no connection within {CONNECT_TIMEOUT:g} s"
            return ConnectError(f"cannot reach {host}: {waited}", hint=_CANNOT_CONNECT)
        case TimeoutError():
            return _timeout(host, timeout)
        case aiohttp.ClientConnectorError():
            return ConnectError(f"cannot reach {host}: {_reason(cause.os_error)}", hint=_CANNOT_CONNECT)
        case aiohttp.ClientHttpProxyError():
            return ConnectError(
                f"cannot reach {host}: the proxy answers {_status_line(cause.status)}", hint=_CANNOT_CONNECT
            )
        case aiohttp.ClientConnectionError():
            return ConnectError(f"cannot reach {host}: it closed the connection without an answer")
        case aiohttp.ClientPayloadError():
            return ProviderError(f"{host} broke off in the middle of its answer")
        case aiohttp.InvalidURL() | aiohttp.NonHttpUrlClientError():
            return _no_url()
        case _:
            return ProviderError(f"{host} sent something that is not an HTTP answer")


def _reason(error: OSError) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"its certificate is not accepted ({error.verify_message})"
    if isinstance(error, ssl.SSLError):
        return f"no secure connection ({error.reason})"
    if error.errno is not None and error.errno > 0:
        return os.strerror(error.errno)
    return shortened(error.strerror or type(error).__name__)


def _status_line(status: int) -> str:
    try:
        return f"HTTP {status} {HTTPStatus(status).phrase}"
    except ValueError:
        return f"HTTP {status}"


def _message(value: Json) -> str:
    """What an error's JSON says: the first text under the names that services use for it."""
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        return "; ".join(filter(None, map(_message, value)))
    if isinstance(value, dict):
        # FastAPI's list of problems has `msg`; a code alone is better than nothing.
        for name in ("error", "message", "detail", "msg", "code", "type"):
            if said := _message(value.get(name)):
                return said
    return ""
