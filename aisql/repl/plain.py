"""The prompt of a terminal that can draw nothing anew: lines come as the terminal itself has edited them."""

from __future__ import annotations

import sys
from collections.abc import Callable

from prompt_toolkit.history import History

from aisql.repl.keys import wants_more
from aisql.repl.questions import agrees


class PlainLine:
    """Reads what is typed; `ask` gives the line behind a question, and raises EOFError at the end."""

    def __init__(self, ask: Callable[[str], str], history: History) -> None:
        self.ask = ask
        self._history = history

    def read(self, message: str, continuation: str, proposed: str) -> str:
        """Lines until they can be run; '' where they break off.

        What is `proposed` is run after a question; a statement that is not ended goes on. Raises EOFError and
        KeyboardInterrupt.
        """
        text = proposed.rstrip()
        if text and not wants_more(text):
            return text if agrees(self.ask, f"{text}\nRun this?") else ""
        question = continuation
        if text:
            question = f"\n{continuation}".join([*f"{message}{text}".split("\n"), ""])
        else:
            text = self.ask(message)
        while wants_more(text):
            try:
                text = f"{text}\n{self.ask(question)}"
            except EOFError:
                return ""
            question = continuation
        if text.strip():
            self._history.append_string(text)
        return text


def ask(question: str) -> str:
    """The line behind a question; unlike `input`, which asks on stderr always. Raises EOFError."""
    screen = sys.stdout if sys.stdout.isatty() else sys.stderr
    screen.write(question)
    screen.flush()
    line = ""
    try:
        line = sys.stdin.readline()
    finally:
        if not line:
            screen.write("\n")  # Enter was not pressed
    if not line:
        raise EOFError
    return line.removesuffix("\n")
