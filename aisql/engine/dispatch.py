"""The only place that waits for a provider: an event loop in a thread of its own.

The SQL thread submits requests and gets futures; identical requests of one statement share one.
"""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import Future
from contextlib import AbstractAsyncContextManager, nullcontext
from types import TracebackType

from aisql.errors import AisqlError, BudgetError
from aisql.providers.base import Provider, Reply, Request
from aisql.providers.registry import adapter


class Dispatcher:
    """Sends requests to providers, over connections that stay open from statement to statement."""

    def __init__(self) -> None:
        self._providers: dict[tuple[str, int], Provider] = {}
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="aisql-requests", daemon=True)
        self._thread.start()

    def statement(self, concurrency: int, max_calls: int | None, *, stop_at_failure: bool) -> Calls:
        """The calls of one statement: at most `concurrency` under way, at most `max_calls` in all.

        With `stop_at_failure` nothing more is sent once a call has failed.
        """
        return Calls(self, concurrency, max_calls, stop_at_failure)

    def start(self, calls: Calls, request: Request, concurrency: int | None) -> Future[Reply]:
        """Begins a request on the loop."""
        return asyncio.run_coroutine_threadsafe(calls.send(request, concurrency), self._loop)

    def provider(self, name: str, concurrency: int) -> Provider:
        """The adapter of a provider, with so many connections at most; made at first need, on the loop."""
        key = name, concurrency
        if key not in self._providers:
            self._providers[key] = adapter(name, concurrency)
        return self._providers[key]

    def close(self) -> None:
        """Cancels what is under way and frees every connection."""
        asyncio.run_coroutine_threadsafe(self._end(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _end(self) -> None:
        tasks = asyncio.all_tasks() - {asyncio.current_task()}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for provider in self._providers.values():
            await provider.close()


class Calls:
    """The requests of one statement, each distinct one made once."""

    def __init__(
        self, dispatcher: Dispatcher, concurrency: int, max_calls: int | None, stop_at_failure: bool
    ) -> None:
        self._dispatcher = dispatcher
        self._concurrency = concurrency
        self._max_calls = max_calls
        self._stop_at_failure = stop_at_failure
        self._failed = False
        self._all = asyncio.Semaphore(concurrency)
        self._by_limit: dict[int, asyncio.Semaphore] = {}
        self._futures: dict[Request, Future[Reply]] = {}

    def __enter__(self) -> Calls:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for future in self._futures.values():
            future.cancel()

    def submit(self, request: Request, concurrency: int | None = None) -> Future[Reply]:
        """Makes the request unless it is made already; `concurrency` bounds the calls with the same bound.

        Raises BudgetError when the statement has made all the calls it may.
        """
        if request not in self._futures:
            if self._max_calls is not None and len(self._futures) >= self._max_calls:
                raise BudgetError(
                    f"the statement needs more calls than ai.max_calls = {self._max_calls} allows",
                    hint="SET ai.max_calls to a higher number, or RESET ai.max_calls",
                )
            self._futures[request] = self._dispatcher.start(self, request, concurrency)
        return self._futures[request]

    async def send(self, request: Request, concurrency: int | None) -> Reply:
        """Waits for its turn, then for the provider."""
        own: AbstractAsyncContextManager[None] = nullcontext()
        if concurrency is not None:
            own = self._by_limit.setdefault(concurrency, asyncio.Semaphore(concurrency))
        async with own, self._all:
            if self._failed and self._stop_at_failure:
                raise asyncio.CancelledError
            provider = self._dispatcher.provider(request.target.provider, self._concurrency)
            try:
                return await provider.send(request)
            except AisqlError:
                self._failed = True
                raise
