"""What the tests of all adapters share: how one is asked, through the real server."""

from __future__ import annotations

import asyncio
import traceback

import pytest

from aisql.errors import ProviderError
from aisql.providers.base import CHAT, EMBEDDINGS, RERANK, Message, Request, Target
from aisql.providers.registry import adapter
from aisql.providers.routes import address_of
from aisql.providers.values import parameters

KEY = "sk-very-secret-0123456789"


def target(server, interface, task=CHAT, *, key=KEY, **more):
    """The address of a task at the server, in the interface of that name."""
    base = server.url.removesuffix("/v1")
    base += {"ollama": "", "aliyun-dashscope": "/api/v1"}.get(interface, "/v1")
    place = address_of(interface, base, task)
    assert place.interface == interface
    return Target(interface, place.url, "m", key, interface=interface, **more)


def chat(server, interface, text="hi", *, system="", images=(), options=None, extra=None, **more):
    """A chat with the options of a model; `extra` is what extra-body holds, `more` fields of the request."""
    messages = [Message("system", system)] if system else []
    return Request(
        more.pop("target", None) or target(server, interface),
        CHAT,
        messages=(*messages, Message("user", text, images)),
        parameters=parameters(_options(options, extra), CHAT),
        timeout=more.pop("timeout", 10.0),
        **more,
    )


def embedding(server, interface, *texts, options=None, extra=None, **more):
    """The embedding of texts."""
    return Request(
        target(server, interface, EMBEDDINGS),
        EMBEDDINGS,
        texts=texts,
        parameters=parameters(_options(options, extra), EMBEDDINGS),
        **more,
    )


def rerank(server, interface, query, *texts, extra=None):
    """The ranking of texts."""
    members = parameters(_options(None, extra), RERANK)
    return Request(target(server, interface, RERANK), RERANK, texts=texts, query=query, parameters=members)


def _options(options, extra):
    return {**(options or {}), **({} if extra is None else {"extra-body": extra})}


def ask(*requests, concurrency=4):
    """The replies of one adapter to all requests at once."""

    async def run():
        provider = adapter(requests[0].target.interface, concurrency)
        try:
            return await asyncio.gather(*(provider.send(request) for request in requests))
        finally:
            await provider.close()

    return asyncio.run(run())


def ask_in_turn(*requests):
    """What one adapter says to each request after the other: replies, and errors."""

    async def run():
        provider = adapter(requests[0].target.interface, 1)
        try:
            return [await _said(provider, request) for request in requests]
        finally:
            await provider.close()

    return asyncio.run(run())


async def _said(provider, request):
    try:
        return await provider.send(request)
    except ProviderError as error:
        return error


def failure(request):
    """The error a request ends with; it holds no key."""
    with pytest.raises(ProviderError) as raised:
        ask(request)
    shown = "".join(traceback.format_exception(raised.value))
    assert KEY not in shown + repr(raised.value) + str(raised.value.hint)
    return raised.value


def body(request):
    """The body an adapter tells of."""
    return adapter(request.target.interface, 1).body(request)
