"""Names of files for a path that is typed. A disk may be slow, or never answer: nobody waits for it."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator
from concurrent.futures import Future
from threading import Thread

from aisql.repl.completion.paths import Entry, TypedPath
from aisql.repl.completion.suggestions import Suggestion

_PATIENCE = 2.0
"""Seconds for which a menu waits for a folder."""


async def files(path: TypedPath, cursor: int) -> list[Suggestion]:
    """What the path may go on with; nothing where its folder cannot be read, or takes too long."""
    found: Future[list[Suggestion]] = Future()
    Thread(target=_find, args=(path, cursor, found), name="aisql-folder", daemon=True).start()
    try:
        return await asyncio.wait_for(asyncio.wrap_future(found), _PATIENCE)
    except TimeoutError:
        return []


def _find(path: TypedPath, cursor: int, found: Future[list[Suggestion]]) -> None:
    if found.set_running_or_notify_cancel():
        found.set_result(path.suggestions(_entries(path.folder), cursor))


def _entries(folder: str) -> Iterator[Entry]:
    try:
        with os.scandir(os.path.expanduser(folder) or ".") as entries:  # noqa: PTH111 # pathlib's raises without a home
            yield from (Entry(entry.name, _is_folder(entry)) for entry in entries)
    except (OSError, ValueError):  # the other one is for what no path can hold
        return


def _is_folder(entry: os.DirEntry[str]) -> bool:
    is_link = entry.is_symlink()
    return os.path.isdir(entry.path) if is_link else entry.is_dir()  # noqa: PTH112 # as above
