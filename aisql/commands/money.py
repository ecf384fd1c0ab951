"""What model calls cost, and the answers that were paid for."""

from __future__ import annotations

from aisql.commands.base import Command, Shell, chosen, only_word
from aisql.result import Column, Result, Row
from aisql.spend import Spend


def _cost(shell: Shell, _arguments: str) -> None:
    columns = (
        "",
        "calls",
        "from the ledger",
        "failed",
        "requests",
        "input tokens",
        "output tokens",
        "cost (USD)",
    )
    rows = [("last statement", *_counts(shell.last_spend)), ("session", *_counts(shell.spend))]
    shell.show(Result(tuple(map(Column, columns)), rows, listing=True))


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
        "SHOW USAGE tells of all sessions.",
    ),
    Command(
        ("cache",),
        "[clear]",
        "the answers that are kept, or forget them",
        _cache,
        "A prompt asks before it forgets them. Example: \\cache clear",
    ),
)
