"""RETRY FAILED: the calls of the last statement that failed, once more."""

from __future__ import annotations

from collections import Counter

from aisql.engine.ask import Call
from aisql.engine.asking import Asking
from aisql.engine.evaluation import counted
from aisql.functions.base import Ask
from aisql.result import Column, Result

_COLUMNS = (Column("call", "STRING"), Column("answer", "STRING"), Column("error", "STRING"))


def retry_failed(asking: Asking) -> Result:
    """Makes the calls of the last statement that failed once more, and no others."""
    failed = asking.failures()
    with asking.calls("RETRY FAILED", ends_early=True, null_on_error=True) as calls:
        if asking.is_dry:
            return counted(calls, Counter(call.form for call in failed))
        again = [
            (call, calls.submit(call.form, _ask(call), call.digest, call.site, call.arguments))
            for call in failed
        ]
        rows = []
        for before, call in again:
            while not call.done:
                calls.wait(call, eager=False)
            answer = calls.value(call, _ask(call), call.site, call.arguments)
            rows.append((before.shown(), answer, None if call.error is None else call.error.message))
        calls.settle()
    number = sum(call.error is not None for _, call in again)
    notices = [f"{number} of {len(again)} calls failed again"] if number else []
    return Result(_COLUMNS, rows, notices=notices)


def _ask(call: Call) -> Ask:
    return Ask(call.text, call.value_of)
