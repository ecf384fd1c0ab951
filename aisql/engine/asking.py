"""What the statements of a session share when they ask: the dispatcher, the ledger, what it all costs."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from aisql.engine.ask import Call, Form
from aisql.engine.calls import Calls
from aisql.engine.costs import prices_of
from aisql.engine.dispatch import Dispatcher
from aisql.engine.lanes import ClockMaker, LoopClock
from aisql.engine.orders import Limits
from aisql.engine.workspace import Workspace
from aisql.providers.registry import embed_batch_of
from aisql.render.masking import mask_secrets
from aisql.settings import Settings
from aisql.spend import Spend

if TYPE_CHECKING:
    from aisql.spend import Confirm, Watcher

_STATEMENT_HELD = 10_000
"""Characters of a statement that are looked at for what is kept with its failures."""


class Asking:
    """Gives every statement a place for its calls."""

    def __init__(
        self,
        settings: Settings,
        workspace: Workspace,
        watcher: Watcher | None,
        clock: ClockMaker | None = None,
        confirm: Confirm | None = None,
    ) -> None:
        self._settings = settings
        self._workspace = workspace
        self._watcher = watcher
        self._clock = clock or LoopClock
        self._confirm = confirm
        self._dispatcher: Dispatcher | None = None
        self._spends: list[Spend] = []
        self._last: Calls | None = None

    def calls(self, text: str, *, ends_early: bool, null_on_error: bool | None = None) -> Calls:
        """A place for the calls of a statement, under the settings as they are now."""
        settings, ledger = self._settings, self._workspace.ledger
        limits = Limits(
            settings.concurrency,
            settings.max_calls,
            settings.max_tokens,
            settings.max_cost,
            keeps=settings.cache != "off",
            reads=settings.cache in {"on", "only"},
            null_on_error=settings.null_on_error if null_on_error is None else null_on_error,
            ends_early=ends_early,
            confirm_calls=None if self._confirm is None else settings.confirm_calls,
        )
        calls = Calls(
            self._requests,
            ledger,
            limits,
            mask_secrets(text[:_STATEMENT_HELD]),
            self._batch_size,
            self._price,
            may_ask=settings.cache != "only",
            watcher=self._watcher,
            confirm=self._confirm,
        )
        if not settings.dry_run:
            self._last = calls
        self._spends.append(calls.spend)
        return calls

    def now(self) -> datetime:
        """The time, in UTC."""
        return datetime.now(UTC)

    def failures(self) -> list[Call]:
        """The calls of the last statement that failed."""
        return [] if self._last is None else list(self._last.failures)

    @property
    def is_dry(self) -> bool:
        """Whether requests are only counted."""
        return self._settings.dry_run

    @property
    def spend(self) -> Spend:
        """What all statements together have spent so far."""
        total = Spend()
        for spend in self._spends:
            total.add(spend)
        return total

    def close(self) -> None:
        """Keeps what arrives within some seconds of what is under way, and frees everything."""
        if self._dispatcher is not None:
            dispatcher, self._dispatcher = self._dispatcher, None
            dispatcher.close(self._tick)
            if self._watcher is not None:
                self._watcher.resumed()

    def _tick(self) -> None:
        if self._watcher is not None and self._last is not None:
            self._watcher.waiting(self._last.spend)

    def _requests(self) -> Dispatcher:
        if self._dispatcher is None:
            self._dispatcher = Dispatcher(self._workspace.open_ledger, self._clock)
        return self._dispatcher

    def _price(
        self,
        provider: str,
        model: str,
        input_tokens: int | None,
        output_tokens: int | None,
        cached_tokens: int | None,
    ) -> float | None:
        day = self._workspace.ledger.now()[:10]
        return prices_of(self._settings).cost(
            provider, model, day, input_tokens, output_tokens, cached_tokens
        )

    def _batch_size(self, form: Form) -> int:
        most = embed_batch_of(form.target.provider)
        return min(self._settings.embed_batch or most, most)
