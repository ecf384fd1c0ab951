"""What model calls cost, and the answers that were paid for."""

from __future__ import annotations

from aisql.commands.base import Command, Shell, chosen, only_word
from aisql.engine.costs import shown_cost
from aisql.render.chart import Bars
from aisql.render.plot import drawn
from aisql.result import Column, Result, Row
from aisql.schema import quote_text
from aisql.spend import Spend

_DAYS = """SELECT * FROM (
    SELECT day, sum(cost) AS spent FROM aisql.usage GROUP BY day HAVING spent > 0 ORDER BY day DESC LIMIT 30
) ORDER BY day"""
_SPENT = ("calls", "from the ledger", "failed", "requests", "input tokens", "output tokens", "cost (USD)")
_UNPRICED = "SELECT DISTINCT model FROM aisql.usage WHERE cost IS NULL AND day >= {} ORDER BY model"


def _cost(shell: Shell, _arguments: str) -> None:
    columns = tuple(map(Column, ("spent", "last statement", "session")))
    rows = zip(_SPENT, _counts(shell.last_spend), _counts(shell.spend), strict=True)
    by_day = _by_day(shell)
    below = None if by_day is None else lambda surface: drawn(by_day, surface)
    shell.show(Result(columns, rows, listing=True), below=below)


def _by_day(shell: Shell) -> Bars | None:
    """What was spent on each of the last days on which something was; None where that is nothing."""
    days = list(shell.answer(_DAYS).rows)
    if not days:
        return None
    labels = tuple(str(day) for day, _ in days)
    costs = tuple(shown_cost(cost) for _, cost in days if isinstance(cost, float))
    models = [str(model) for (model,) in shell.answer(_UNPRICED.format(quote_text(labels[0]))).rows]
    notes = (f"not counted, for no price is known: {', '.join(models)}",) if models else ()
    return Bars("cost by day (USD, estimate), all sessions", labels, (("cost", costs),), notes)


def _counts(spend: Spend) -> Row:
    cost = round(spend.cost, 6) if not spend.unpriced else "unknown"
    counts = (
        spend.known,
        spend.from_ledger,
        spend.failed,
        spend.requests,
        spend.input_tokens,
        spend.output_tokens,
    )
    return (*counts, cost)


def _cache(shell: Shell, arguments: str) -> None:
    word = only_word(arguments, "word")
    if not word:
        count = (
            "SELECT model, count(*) AS answers, min(created_at) AS oldest FROM aisql.answers GROUP BY model"
        )
        rows = list(shell.answer(count).rows)
        shell.show(Result(tuple(map(Column, ("model", "answers", "oldest"))), rows, listing=True))
        return
    chosen(word, ("clear",))
    shell.execute("PURGE ANSWERS")


COMMANDS = (
    Command(
        ("cost",),
        "",
        "calls, tokens and cost of the last statement and of the session",
        _cost,
        "Below them what was spent by day, in formats to look at. SHOW USAGE tells of all sessions.",
    ),
    Command(
        ("cache",),
        "[clear]",
        "the answers that are kept, or forget them",
        _cache,
        "A prompt asks before it forgets them. Example: \\cache clear",
    ),
)
