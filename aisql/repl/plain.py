"""The prompt of a terminal that can draw nothing anew: lines come as the terminal itself has edited them."""

from __future__ import annotations

import sys
from collections.abc import Callable

from prompt_toolkit.history import History

from aisql.repl.keys import wants_more

_RUN = "run this? (y/n) "


class PlainLine:
    """Reads what is typed; `ask` gives the line behind a question, and raises EOFError at the end."""

    def __init__(self, ask: Callable[[str], str], history: History) -> None:
        self.ask = ask
        self._history = history

    def read(self, message: str, continuation: str, proposed: str) -> str:
        """Lines until they can be run; '' where they break off. What is `proposed` is run after a question.

        Raises EOFError and KeyboardInterrupt.
        """
        if proposed:
            return proposed if self.ask(f"{proposed}\n{_RUN}").strip().lower() in {"y", "yes"} else ""
        text = self.ask(message)
        while wants_more(text):
            try:
                text = f"{text}\n{self.ask(continuation)}"
            except EOFError:
                return ""
        if text.strip():
            self._history.append_string(text)
        return text


def ask(question: str) -> str:
    """The line behind a question; unlike `input`, which asks on stderr. Raises EOFError."""
    sys.stdout.write(question)
    sys.stdout.flush()
    line = ""
    try:
        line = sys.stdin.readline()
    finally:
        if not line:
            sys.stdout.write("\n")  # Enter was not pressed
    if not line:
        raise EOFError
    return line.removesuffix("\n")
