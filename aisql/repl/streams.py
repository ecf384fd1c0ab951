"""The streams of the program and how it reads text, whatever it was started with."""

from __future__ import annotations

import os
import sys

_BUFFER = 262_144
"""Bytes that stdout holds. They are written after Ctrl-C too, so that it ends with a whole row; what is
longer is handed over at once, and may be cut."""


def speak_utf_8() -> None:
    """Starts the program anew where names and arguments would be read as the locale has them."""
    if sys.getfilesystemencoding() != "utf-8" and sys.executable:
        os.execv(sys.executable, [sys.executable, "-X", "utf8", *sys.orig_argv[1:]])  # noqa: S606 # ourselves


def open_streams() -> None:
    """UTF-8 in and out whatever the locale; a stream the caller has closed becomes one that leads nowhere.

    It gets its number back as well, or a database file would have it, and errors would be written into that.
    """
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            nowhere = os.open(os.devnull, os.O_RDWR)
            setattr(sys, name, open(nowhere, mode, closefd=False))  # noqa: SIM115 # open to the end
    sys.stdin.reconfigure(encoding="utf-8", errors="surrogateescape")  # type: ignore[union-attr]
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(encoding="utf-8", errors="backslashreplace", newline="\n")  # type: ignore[union-attr]
    if not sys.stdout.isatty():
        sys.stdout = open(  # noqa: SIM115 # open to the end
            sys.stdout.fileno(), "w", _BUFFER, "utf-8", "backslashreplace", "\n", closefd=False
        )


def abandon_output() -> None:
    """Leads stdout nowhere: Python would complain once more when it flushes it at the end."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def flush_output() -> None:
    """Writes what stdout holds, unless nobody takes it, or the user does not want to wait for who does."""
    try:
        sys.stdout.flush()
    except (OSError, KeyboardInterrupt):
        abandon_output()
