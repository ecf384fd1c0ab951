"""The one writer of the ledger: a thread that writes what has arrived, together what arrived together."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING

from aisql.catalog.answers import Ledger, Sender
from aisql.engine.ask import Call, answer_of, failure_of
from aisql.errors import AisqlError, BudgetError

if TYPE_CHECKING:
    from aisql.engine.orders import Order


_WAY_OUT = "SET ai.cache = off asks all the same"


def with_way_out(error: AisqlError) -> AisqlError:
    """The error of a ledger, with what to do about it."""
    if not (error.hint or "").endswith(_WAY_OUT):
        error.hint = f"{error.hint}; {_WAY_OUT}" if error.hint else _WAY_OUT
    return error


class Recorder:
    """Keeps answers and failures, then tells their statements that the calls are done.

    `open_ledger` is called in the thread that writes.
    """

    def __init__(self, open_ledger: Callable[[], Ledger]) -> None:
        self._open_ledger = open_ledger
        self._ledger: Ledger | None = None
        self._lock = threading.Lock()
        self._arrived: list[tuple[Order, list[Call], int]] = []
        self._written: list[tuple[Order, list[Call], int]] = []
        self._thread = ThreadPoolExecutor(1, "aisql-ledger")

    def put(self, order: Order, calls: list[Call], requests: int) -> None:
        """Writes what became of calls, for which so many requests were made."""
        with self._lock:
            self._arrived.append((order, calls, requests))
            is_first = len(self._arrived) == 1
        if is_first:
            self._thread.submit(self._write).add_done_callback(self._ended)

    def _write(self) -> None:
        with self._lock:
            self._written, self._arrived = self._arrived, []
        try:
            self._keep()
        except AisqlError as error:
            for order, _, _ in self._written:
                order.end(with_way_out(error))
                order.lose()
        else:
            for order, calls, _ in self._written:
                order.finish(calls)

    def _keep(self) -> None:
        if self._ledger is None:
            self._ledger = self._open_ledger()
        answers, failures, requests = [], [], Counter[Sender]()
        for order, calls, made in self._written:
            sent = [call for call in calls if not call.found and not isinstance(call.error, BudgetError)]
            answers += [answer_of(call) for call in sent if call.reply is not None]
            failures += [failure_of(call, order.text) for call in sent if call.error is not None]
            if made:
                form = calls[0].form
                target = form.target
                requests[target.provider, form.host, target.model, form.task, calls[0].function] += made
        if answers or failures or requests:
            self._ledger.keep(answers, failures, requests)

    def _ended(self, write: Future[None]) -> None:
        bug = write.exception()
        if bug is not None:
            for order, _, _ in self._written:
                order.end(bug)

    def close(self) -> None:
        """Writes what is left."""
        if self._ledger is not None:
            self._thread.submit(self._ledger.close)  # by the thread that opened it
        self._thread.shutdown()
