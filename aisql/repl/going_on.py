"""The question whether a statement goes on that has sent many requests."""

from __future__ import annotations

from aisql.engine.costs import shown_cost

TYPE_CHECKING = False
if TYPE_CHECKING:
    from aisql.spend import Spend

NOTE = "More rows need more requests. Leave the pager to be asked whether to go on.\n"
"""Stands below the rows in a pager, which has the keys."""


def going_on(spend: Spend) -> str:
    """The question, with what is known of the statement."""
    if not spend.requests:
        return "This needs requests to a model. Go on?"
    requests = "1 request" if spend.requests == 1 else f"{spend.requests:,} requests"
    tokens = spend.input_tokens + spend.output_tokens
    cost = "" if spend.unpriced else f", ${shown_cost(spend.cost):,g}"
    return f"This has sent {requests} ({tokens:,} tokens{cost}) and needs more. Go on?"
