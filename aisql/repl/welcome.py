"""What a first start says: three lines, and never again."""

from __future__ import annotations

import os
from collections.abc import Callable

LINES = (
    "SELECT ai_sentiment('builtin:demo', 'I love it');   asks a model, offline",
    "\\connect    finds a model of your own: by a key, or on this machine",
    "\\tutorial   shows more in six steps; \\? lists what can be typed",
)


def welcome(history_file: str, say: Callable[[str], None]) -> None:
    """Says it to whoever has no history yet."""
    if not os.path.exists(history_file):  # noqa: PTH110 # pathlib's raises for a folder that is closed
        for line in LINES:
            say(line)
