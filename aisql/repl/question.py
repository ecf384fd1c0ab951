"""A question on the terminal, and the line that answers it."""

from __future__ import annotations

from prompt_toolkit import PromptSession
from prompt_toolkit.input import Input
from prompt_toolkit.output import Output

from aisql.render.wrapping import broken


def answer_to(question: str, source: Input | None = None, screen: Output | None = None) -> str:
    """The answer, read from the terminal. Raises KeyboardInterrupt for Ctrl-C, EOFError for Ctrl-D."""
    asking: PromptSession[str] = PromptSession(enable_suspend=True, input=source, output=screen)
    return asking.prompt(broken(question, asking.output.get_size().columns))
