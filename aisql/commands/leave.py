"""How a command ends what runs it."""

from __future__ import annotations


class Leave(Exception):
    """The user wants to leave: the prompt, or the script; with a `status` the program."""

    def __init__(self, status: int | None = None) -> None:
        super().__init__()
        self.status = status
