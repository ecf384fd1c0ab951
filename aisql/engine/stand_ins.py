"""What stands for the AI functions where SQLite only has to know that they are there: making a call fails."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import apsw

from aisql.errors import StatementError
from aisql.functions.registry import CALLED
from aisql.result import Value


@contextmanager
def standing_in(connection: apsw.Connection) -> Iterator[None]:
    """Lets SQLite resolve a view with AI calls inside; aggregates may have FILTER behind them."""
    makers = {
        name: connection.create_scalar_function
        if function.gathers is None
        else connection.create_aggregate_function
        for name, function in CALLED.items()
    }
    for name, make in makers.items():
        make(name, _no_call, -1)
    try:
        yield
    finally:
        for name, make in makers.items():
            make(name, None, -1)


def _no_call(*_arguments: Value) -> Any:
    raise StatementError(
        "an AI call cannot be made here", hint="it stands in a view that a trigger or a write reads"
    )
