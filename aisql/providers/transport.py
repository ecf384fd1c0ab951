"""The one way out to the network: an HTTP client, requests with a deadline, failures as our own errors."""

from __future__ import annotations

import asyncio
import json
import os
import ssl
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

import aiohttp
import httpx
import httpx_aiohttp

from aisql import __version__
from aisql.errors import AisqlError, ConnectError, OptionError, ProviderError, ProviderTimeout
from aisql.providers.base import Json, Target, Trust
from aisql.providers.faults import refusal, shortened, status_line
from aisql.providers.routes import is_loopback

CONNECT_TIMEOUT = 10.0
"""Seconds to wait for a connection; a host that takes longer is not there."""

MAXIMUM_BODY = 64 * 1024 * 1024
"""The most bytes of an answer that are read."""

_FRAMING = frozenset(("content-length", "transfer-encoding", "host", "connection"))
_NO_TRUST = "not_trusted"
_CANNOT_CONNECT = "check the endpoint, that the service is running, and the proxy settings"


@dataclass(frozen=True, slots=True)
class Response:
    """An HTTP answer: `headers` by lower-case name, `body` decoded from its transfer encodings."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Wire:
    """HTTP clients with at most `concurrency` connections each: one for each way of trusting a host.

    A client is opened at the first call, inside the event loop that makes it, and belongs to that loop until
    `close`.
    """

    def __init__(self, concurrency: int) -> None:
        self._concurrency = concurrency
        self._clients: dict[tuple[Trust, bool, bool], httpx.AsyncClient] = {}
        self._reached: set[str] = set()

    async def post(
        self, target: Target, headers: Iterable[tuple[str, str]], body: Mapping[str, Json], timeout: float
    ) -> Response:
        """Posts the body and reads the whole answer within `timeout` seconds.

        The target's own headers take the place of those of the same name.
        Raises ConnectError where the host cannot be reached or hangs up, ProviderTimeout, ProviderError where
        the answer breaks off or is too large, and for what is no success the error that `refusal` makes of
        it; OptionError where URL or headers cannot be sent at all. No message holds a header, or more of the
        URL than its host. That a host cannot be reached is taken to pass only where it was reached before.
        """
        text = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
        return await self._exchange("POST", target, headers, text.encode("utf-8", "replace"), timeout)

    async def get(self, target: Target, headers: Iterable[tuple[str, str]], timeout: float) -> Response:
        """Reads what is at the URL of the target. Raises as `post` does."""
        return await self._exchange("GET", target, headers, b"", timeout)

    async def _exchange(
        self, method: str, target: Target, headers: Iterable[tuple[str, str]], body: bytes, timeout: float
    ) -> Response:
        client = self._client(target)
        try:
            response = await _sent(client, method, target.url, _headers(target, headers), body, timeout)
        except ConnectError as error:
            error.transient |= error.code != _NO_TRUST and host_of(target.url) in self._reached
            raise about(error, target) from None
        except ProviderError as error:
            raise about(error, target) from None
        self._reached.add(host_of(target.url))
        who = who_of(target)
        refused = refusal(response.status, response.headers, response.body, who, secrets_of(target))
        if refused is not None:
            raise about(refused, target)
        return response

    def _client(self, target: Target) -> httpx.AsyncClient:
        parts = urlsplit(target.url)
        near = is_loopback(parts.hostname or "")
        kind = target.trust, near, near and parts.scheme == "http" and target.trust == Trust()
        if kind not in self._clients:
            self._clients[kind] = _open_client(self._concurrency, *kind)
        return self._clients[kind]

    async def close(self) -> None:
        """Closes the connections; a later call opens new ones."""
        clients, self._clients = self._clients, {}
        for client in clients.values():
            await client.aclose()


def host_of(url: str) -> str:
    """The host of a URL, with its port."""
    return urlsplit(url).netloc.rpartition("@")[2].lower()


def who_of(target: Target) -> str:
    """Who is asked, in messages: the provider, and the model where it is about one."""
    return f"{target.provider} {target.model}".rstrip()


def about(error: ProviderError, target: Target) -> ProviderError:
    """The error with who was asked in it."""
    error.provider, error.model = target.provider, target.model
    who = who_of(target)
    if not error.message.startswith(who):
        error.message = f"{who}: {error.message}"
    return error


def _headers(target: Target, headers: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """The headers of a request. The target's own come first: some services want a bare token."""
    usual = [("Content-Type", "application/json"), ("Accept", "application/json")]
    usual += [("User-Agent", f"aisql/{__version__}"), *headers]
    own = {name.lower() for name, _ in target.headers}
    return [header for header in usual if header[0].lower() not in own] + list(target.headers)


def secrets_of(target: Target) -> list[str]:
    """What must not be shown: the key, and header values long enough to be one."""
    secrets = [key_of(target)]
    for _, value in target.headers:
        secrets += [part for part in (value, *value.split()) if len(part) >= 8]
    return secrets


def key_of(target: Target) -> str:
    """The key as it is sent: one read from a file often ends in a newline."""
    return (target.key or "").strip()


def bearer(target: Target) -> list[tuple[str, str]]:
    """The header that most services want the key in; none without a key."""
    key = key_of(target)
    return [("Authorization", f"Bearer {key}")] if key else []


def _open_client(concurrency: int, trust: Trust, near: bool, plain: bool) -> httpx.AsyncClient:
    """A client with at most `concurrency` connections; open it inside the event loop that uses it.

    Proxies and certificates come from the usual environment variables; a proxy cannot reach a server on this
    machine (`near`), and must not see what is meant for it. Redirects are not followed: a key goes only to
    the host it was given for. One that is `plain` never speaks TLS. Raises OptionError for a proxy that
    cannot be used.
    """
    # To read all certificates takes longer than everything else before the first request.
    context = httpx.create_ssl_context(verify=False) if plain else _context(trust)
    try:
        return _client(concurrency, context, near)
    except (httpx.InvalidURL, ValueError) as error:
        raise OptionError(
            f"the proxy of the environment cannot be used: {shortened(str(error), 100)}",
            hint="HTTP_PROXY, HTTPS_PROXY and ALL_PROXY hold addresses such as http://HOST:PORT",
        ) from None


def _client(concurrency: int, context: ssl.SSLContext, near: bool) -> httpx.AsyncClient:
    # aiohttp's pool does constant work for a request; httpx's own does work that grows with the pool.
    # Without an explicit number aiohttp would stop at 100 connections.
    return httpx_aiohttp.HttpxAiohttpClient(
        verify=context,
        follow_redirects=False,
        limits=httpx.Limits(max_connections=concurrency, max_keepalive_connections=concurrency),
        trust_env=not near,
    )


def _context(trust: Trust) -> ssl.SSLContext:
    if trust.insecure:
        context = ssl.create_default_context()
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        return context
    context = httpx.create_ssl_context()
    if trust.ca_file:
        try:
            context.load_verify_locations(trust.ca_file)
        except OSError as error:
            reason = "it holds no certificates" if isinstance(error, ssl.SSLError) else error.strerror
            raise OptionError(f"Option 'ca-file': cannot read '{trust.ca_file}': {reason}") from None
    return context


async def _sent(
    client: httpx.AsyncClient,
    method: str,
    url: str,
    headers: Iterable[tuple[str, str]],
    body: bytes,
    timeout: float,
) -> Response:
    request = _request(client, method, url, headers, body, timeout)
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


def _request(
    client: httpx.AsyncClient,
    method: str,
    url: str,
    headers: Iterable[tuple[str, str]],
    body: bytes,
    timeout: float,
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
    return client.build_request(method, address, headers=_sendable(headers), content=body, timeout=limits)


def _no_url() -> OptionError:
    return OptionError(
        "the endpoint is not an http or https URL", hint="for example https://HOST/v1/chat/completions"
    )


def _sendable(headers: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    checked = []
    for name, value in headers:
        if not name.isascii() or not name.replace("-", "").replace("_", "").replace(".", "").isalnum():
            raise OptionError("the name of a header is not one that HTTP can carry")
        if name.lower() in _FRAMING:
            raise OptionError(f"the header '{name}' cannot be set: it is about the connection itself")
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
        f"{host} did not answer within {timeout:g} s",
        hint="a higher ai.timeout waits longer",
        transient=True,
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
        case aiohttp.ClientProxyConnectionError():
            return ConnectError(
                f"cannot reach the proxy on the way to {host}: {_reason(cause.os_error)}",
                hint=_CANNOT_CONNECT,
            )
        case aiohttp.ClientConnectorError():
            code = _NO_TRUST if isinstance(cause.os_error, ssl.SSLError) else None
            reason = _reason(cause.os_error)
            return ConnectError(f"cannot reach {host}: {reason}", code=code, hint=_CANNOT_CONNECT)
        case aiohttp.ClientHttpProxyError():
            return ConnectError(
                f"cannot reach {host}: the proxy answers {status_line(cause.status)}", hint=_CANNOT_CONNECT
            )
        case aiohttp.ClientConnectionError():
            return ConnectError(
                f"cannot reach {host}: it closed the connection without an answer", transient=True
            )
        case aiohttp.ClientPayloadError():
            return ProviderError(f"{host} broke off in the middle of its answer", transient=True)
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
