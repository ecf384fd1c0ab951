"""A program that has the terminal for a while."""

from __future__ import annotations

import signal
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from aisql.access import Access

INTERRUPTED = 128 + signal.SIGINT
"""The exit status of a program that Ctrl-C has ended."""


def in_foreground(command: str | Sequence[str], access: Access) -> int:
    """Runs a program, a text by the shell of the system; gives its exit status as a shell does.

    Ctrl-C is for the program. Raises OSError and ValueError where it cannot be started, SafeModeError where
    none may be.
    """
    access.program(command if isinstance(command, str) else command[0])
    with _no_signal():
        status = subprocess.run(command, shell=isinstance(command, str), check=False).returncode  # noqa: S603 # the user's
    return status if status >= 0 else 128 - status


@contextmanager
def _no_signal() -> Iterator[None]:
    """Lets Ctrl-C do nothing here. It is not ignored, for the program would inherit that."""
    before = signal.signal(signal.SIGINT, lambda *_: None)
    wakeup = signal.set_wakeup_fd(-1)  # the event loop of the prompt would take it for a key
    try:
        yield
    finally:
        signal.set_wakeup_fd(wakeup)
        signal.signal(signal.SIGINT, before)
