"""A question on the terminal, and the line that answers it."""

from __future__ import annotations

from prompt_toolkit import PromptSession
from prompt_toolkit.input import Input
from prompt_toolkit.output import Output, create_output

from aisql.render.wrapping import broken


def answer_to(question: str, source: Input | None = None, screen: Output | None = None) -> str:
    """The answer, read from the terminal. Raises KeyboardInterrupt for Ctrl-C, EOFError for Ctrl-D."""
    screen = screen or terminal_output()
    asking: PromptSession[str] = PromptSession(enable_suspend=True, input=source, output=screen)
    return asking.prompt(broken(question, screen.get_size().columns))


def terminal_output() -> Output:
    """What draws on the terminal; where results go to a file or a program, on the one of messages."""
    return create_output(always_prefer_tty=True)
