"""What is in a folder, read on a thread of its own: a disk may be slow, or never answer."""

from __future__ import annotations

import asyncio
import os
from concurrent.futures import Future
from threading import Thread

from aisql.repl.completion.paths import Entry

_PATIENCE = 1.0
"""Seconds for which a menu waits for a folder."""


async def entries(folder: str) -> tuple[Entry, ...]:
    """What is in a folder, '' for the working one; nothing where it cannot be read, or takes too long."""
    found: Future[tuple[Entry, ...]] = Future()
    Thread(target=_read, args=(folder, found), name="aisql-folder", daemon=True).start()
    try:
        return await asyncio.wait_for(asyncio.wrap_future(found), _PATIENCE)
    except TimeoutError:
        return ()


def _read(folder: str, found: Future[tuple[Entry, ...]]) -> None:
    if not found.set_running_or_notify_cancel():
        return
    try:
        with os.scandir(os.path.expanduser(folder) or ".") as entries:  # noqa: PTH111 # pathlib's raises without a home
            found.set_result(tuple(Entry(entry.name, _is_folder(entry)) for entry in entries))
    except (OSError, ValueError):  # the other one is for what no path can hold
        found.set_result(())


def _is_folder(entry: os.DirEntry[str]) -> bool:
    is_link = entry.is_symlink()
    return os.path.isdir(entry.path) if is_link else entry.is_dir()  # noqa: PTH112 # as above
