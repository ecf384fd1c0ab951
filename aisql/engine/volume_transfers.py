"""PUT and GET: files from this machine into a volume, and back (Singdata)."""

from __future__ import annotations

import glob
import os
import re
import shutil
from collections import Counter
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import BinaryIO
from urllib.parse import unquote, urlsplit

from aisql.catalog.paths import is_keys_file
from aisql.engine.volume_files import Folder, problem, reported
from aisql.engine.volumes import Volumes
from aisql.engine.workspace import Workspace
from aisql.errors import VolumeError
from aisql.result import Column, Result, Row
from aisql.syntax import statements as s

COPIED = (
    Column("source", "STRING"),
    Column("target", "STRING"),
    Column("source_size", "BIGINT"),
    Column("target_size", "BIGINT"),
    Column("status", "STRING"),
)
"""The columns of PUT and GET."""

_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:")


def put(workspace: Workspace, volumes: Volumes, statement: s.PutFiles) -> Result:
    """Copies files into a volume, in the place of those of the same name."""
    folder = volumes.folder(statement.volume)
    targets = _put_targets(_sources(workspace, statement.source), statement.target)
    for target in targets.values():
        folder.locate(target)  # all are looked at before the first is copied
    rows = [_put_one(folder, source, workspace, target) for source, target in targets.items()]
    return Result(COPIED, rows)


def _put_one(folder: Folder, source: str, workspace: Workspace, target: str) -> Row:
    with reported(source), workspace.path_of(source).open("rb") as file, folder.writing(target) as copy:
        return _copied(source, file, target, copy)


def _sources(workspace: Workspace, text: str) -> list[str]:
    """The files a path or a pattern means, named like it. Raises VolumeError where it means none."""
    path, here = local_path(text), workspace.directory
    place = workspace.path_of(path)
    with reported(text):
        is_folder, is_there = place.is_dir(), place.exists()
    if is_folder:
        raise problem(text, f"'{text}' is a folder", hint=f"'{text.rstrip('/')}/*' are the files in it")
    found = [path] if is_there else sorted(glob.glob(path, root_dir=here, recursive=True))  # noqa: PTH207
    files = [file for file in found if Path(here, file).is_file()]
    if not files:
        raise problem(text, f"there is no file '{text}'")
    for file in files:
        if any("\ud800" <= sign <= "\udfff" for sign in file):
            raise problem(text, "the name of a file is not UTF-8")
        if is_keys_file(os.path.realpath(Path(here, file)).lower()):
            raise problem(text, f"'{file}' holds keys and cannot be put into a volume")
    return files


def _put_targets(sources: list[str], target: s.Place | None) -> Mapping[str, str]:
    """Where in the volume each file goes to. Raises VolumeError where two go to one place."""
    if target is not None and not target.is_folder:
        if len(sources) > 1:
            raise VolumeError(
                f"FILE names one file, but {len(sources)} are put", hint="SUBDIRECTORY takes them"
            )
        return {sources[0]: target.path}
    below = "" if target is None or not target.path else f"{target.path.rstrip('/')}/"
    targets = {source: f"{below}{Path(source).name}" for source in sources}
    for path, number in Counter(targets.values()).items():
        if number > 1:
            raise VolumeError(f"{number} files would be put to '{path}'", hint="put them one by one")
    return targets


def get(workspace: Workspace, volumes: Volumes, statement: s.GetFiles) -> Result:
    """Copies files out of a volume, in the place of none that is there."""
    workspace.access.file(statement.target)
    folder, out = volumes.folder(statement.volume), Path(local_path(statement.target))
    targets = _get_targets(folder, statement.source, out)
    for target in targets.values():
        if os.path.lexists(workspace.path_of(str(target))):
            raise problem(statement.target, f"'{target}' is there already", hint="GET replaces no file")
    rows = [_get_one(folder, source, workspace, target) for source, target in targets.items()]
    return Result(COPIED, rows)


def _get_targets(folder: Folder, source: s.Place, out: Path) -> Mapping[str, Path]:
    if not source.is_folder:
        folder.open(source.path).close()
        return {source.path: out / Path(source.path).name}
    top, root = folder.locate(source.path), folder.locate("")
    paths = [entry.path for entry in folder.files(source.path)]
    if not paths:
        raise problem(source.path, f"there is no file below '{source.path}'")
    return {path: out / (root / path).relative_to(top) for path in paths}


def _get_one(folder: Folder, source: str, workspace: Workspace, target: Path) -> Row:
    place = workspace.path_of(str(target))
    with folder.open(source) as file, reported(target):
        place.parent.mkdir(parents=True, exist_ok=True)
        with place.open("xb") as copy, ExitStack() as unfinished:
            unfinished.callback(place.unlink)
            row = _copied(source, file, str(target), copy)
            unfinished.pop_all()
            return row


def _copied(source: str, file: BinaryIO, target: str, copy: BinaryIO) -> Row:
    shutil.copyfileobj(file, copy)
    return (source, target, file.tell(), copy.tell(), "SUCCEED")


def local_path(text: str) -> str:
    """The path that a path or a `file:` URL means. Raises VolumeError for what is elsewhere."""
    if not _SCHEME.match(text):
        return os.path.expanduser(text)  # noqa: PTH111 # pathlib's raises where there is no such home
    url = urlsplit(text)
    if url.scheme.lower() != "file" or url.netloc not in {"", "localhost"}:
        raise problem(
            text,
            f"'{text}' is not on this machine",
            hint="a volume is a folder here: a path or a file: URL; copy the files into one first",
        )
    return unquote(url.path)
