"""Statements about volumes, and PUT, GET, REMOVE and LIST of their files (Singdata)."""

from __future__ import annotations

import glob
import os
import re
import shutil
from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, assert_never
from urllib.parse import unquote, urlsplit

from aisql.catalog import volumes as named
from aisql.catalog.paths import is_keys_file
from aisql.engine.listing import matching
from aisql.engine.volume_copies import copy_into_table, copy_into_volume
from aisql.engine.volume_files import Folder, reported
from aisql.engine.volumes import Volumes, uri_of
from aisql.engine.workspace import Workspace
from aisql.errors import OptionError, VolumeError
from aisql.result import Column, Result, Row, listing
from aisql.syntax import statements as s

LISTED = (
    Column("relative_path", "STRING"),
    Column("url", "STRING"),
    Column("size", "BIGINT"),
    Column("last_modified_time", "TIMESTAMP"),
)
"""The columns of LIST and of SHOW ... VOLUME DIRECTORY."""

COPIED = (
    Column("source", "STRING"),
    Column("target", "STRING"),
    Column("source_size", "BIGINT"),
    Column("target_size", "BIGINT"),
    Column("status", "STRING"),
)
"""The columns of PUT and GET."""

_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:")


def execute(workspace: Workspace, volumes: Volumes, statement: s.VolumeStatement) -> Result:
    """Runs a statement about volumes."""
    match statement:
        case s.CreateVolume():
            return _create(workspace, statement)
        case s.RefreshVolume():
            workspace.volumes.get(statement.name)  # its folder is read anew each time
            return Result()
        case s.DropVolume():
            return _drop(workspace, volumes, statement)
        case s.ShowVolumes():
            return _show(workspace, statement)
        case s.DescribeVolume():
            return _describe(workspace, statement)
        case s.ListVolume():
            return Result(LISTED, listed(volumes, statement), listing=True)
        case s.PutFiles():
            return _put(workspace, volumes, statement)
        case s.GetFiles():
            return _get(workspace, volumes, statement)
        case s.RemoveFiles():
            return _remove(volumes, statement)
        case s.CopyIntoTable():
            return copy_into_table(volumes, statement)
        case s.CopyIntoVolume():
            return copy_into_volume(volumes, statement)
        case _:
            assert_never(statement)


# ---------------------------------------------------------------- volumes


def _create(workspace: Workspace, statement: s.CreateVolume) -> Result:
    if statement.external and statement.location is None:
        raise OptionError("an external volume needs LOCATION", hint="LOCATION '/folder'")
    notices = []
    location = None
    if statement.location is not None:
        location = _local(workspace, statement.location)
        if not location.is_dir():
            raise VolumeError(f"there is no folder '{statement.location}'")
        if statement.connection is not None:
            notices.append(f"a folder needs no connection; {statement.connection} is not used")
    workspace.volumes.create(
        statement.name,
        None if location is None else str(location),
        statement.comment,
        recursive=statement.recursive is not False,
        if_not_exists=statement.if_not_exists,
    )
    return Result(notices=notices)


def _drop(workspace: Workspace, volumes: Volumes, statement: s.DropVolume) -> Result:
    """DROP VOLUME; the files of an external one stay."""
    if statement.if_exists and workspace.volumes.find(statement.name) is None:
        return Result()
    is_external = workspace.volumes.get(statement.name).is_external
    folder = volumes.folder(s.VolumeName("named", (statement.name,)))
    workspace.volumes.drop(statement.name, lambda: None if is_external else folder.remove())
    return Result()


def _show(workspace: Workspace, statement: s.ShowVolumes) -> Result:
    found = {volume.name: volume for volume in workspace.volumes.list()}
    return listing(named.SHOW_COLUMNS, [_shown(found[name]) for name in matching(found, statement.like)])


def _shown(volume: named.Volume) -> Row:
    external, recursive = (str(each).lower() for each in (volume.is_external, volume.recursive))
    return (volume.name, volume.created_at, external, volume.catalog, _url(volume), recursive, None)


def _describe(workspace: Workspace, statement: s.DescribeVolume) -> Result:
    volume = workspace.volumes.get(statement.name)
    rows = [
        ("name", volume.name),
        ("type", "EXTERNAL" if volume.is_external else "INTERNAL"),
        ("url", _url(volume)),
        ("recursive", str(volume.recursive).lower()),
        ("comment", volume.comment),
        ("created_time", volume.created_at),
    ]
    return listing(named.DESCRIBE_COLUMNS, rows)


def _url(volume: named.Volume) -> str:
    """Where the files of a volume are: the folder of an external one, else what their URIs begin with."""
    return volume.location or uri_of(s.VolumeName("named", (volume.name,)))


# ---------------------------------------------------------------- files


def listed(volumes: Volumes, statement: s.ListVolume) -> list[Row]:
    """The rows of LIST. Raises CatalogError, VolumeError."""
    folder = volumes.folder(statement.volume)
    entries = folder.files(statement.subdirectory, statement.regexp)
    return [(entry.path, folder.uri + entry.path, entry.size, _time(entry.modified)) for entry in entries]


def _time(seconds: float) -> str:
    return datetime.fromtimestamp(seconds).isoformat(sep=" ", timespec="seconds")


def _put(workspace: Workspace, volumes: Volumes, statement: s.PutFiles) -> Result:
    """Copies files into a volume, in the place of those of the same name."""
    folder = volumes.folder(statement.volume)
    targets = _put_targets(_sources(workspace, statement.source), statement.target)
    for target in targets.values():
        folder.locate(target)  # all are looked at before the first is copied
    return Result(COPIED, [_put_one(folder, source, target) for source, target in targets.items()])


def _put_one(folder: Folder, source: str, target: str) -> Row:
    with reported(source), Path(source).open("rb") as file, folder.writing(target) as copy:
        return _copied(source, file, target, copy)


def _sources(workspace: Workspace, text: str) -> list[str]:
    """The files a path or a pattern means. Raises VolumeError where it means none."""
    path = str(_local(workspace, text))
    if Path(path).is_dir():
        raise VolumeError(f"'{text}' is a folder", hint=f"'{text.rstrip('/')}/*' are the files in it")
    found = [path] if Path(path).exists() else sorted(glob.glob(path, recursive=True))  # noqa: PTH207 # it may begin anywhere
    files = [file for file in found if Path(file).is_file()]
    if not files:
        raise VolumeError(f"there is no file '{text}'")
    for file in files:
        if is_keys_file(os.path.realpath(file).lower()):
            raise VolumeError(f"'{file}' holds keys and cannot be put into a volume")
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


def _get(workspace: Workspace, volumes: Volumes, statement: s.GetFiles) -> Result:
    """Copies files out of a volume, in the place of none that is there."""
    folder, out = volumes.folder(statement.volume), _local(workspace, statement.target)
    targets = _get_targets(folder, statement.source, out)
    for target in targets.values():
        if os.path.lexists(target):
            raise VolumeError(f"'{target}' is there already", hint="GET replaces no file")
    return Result(COPIED, [_get_one(folder, source, target) for source, target in targets.items()])


def _get_targets(folder: Folder, source: s.Place, out: Path) -> Mapping[str, Path]:
    if not source.is_folder:
        folder.open(source.path).close()
        return {source.path: out / Path(source.path).name}
    top, root = folder.locate(source.path), folder.locate("")
    paths = [entry.path for entry in folder.files(source.path)]
    if not paths:
        raise VolumeError(f"there is no file below '{source.path}'")
    return {path: out / (root / path).relative_to(top) for path in paths}


def _get_one(folder: Folder, source: str, target: Path) -> Row:
    with folder.open(source) as file, reported(target):
        target.parent.mkdir(parents=True, exist_ok=True)
        with target.open("xb") as copy:
            return _copied(source, file, str(target), copy)


def _copied(source: str, file: BinaryIO, target: str, copy: BinaryIO) -> Row:
    shutil.copyfileobj(file, copy)
    return (source, target, file.tell(), copy.tell(), "SUCCEED")


def _remove(volumes: Volumes, statement: s.RemoveFiles) -> Result:
    folder = volumes.folder(statement.volume)
    if statement.place.is_folder:
        folder.remove_folder(statement.place.path)
    else:
        folder.remove_file(statement.place.path)
    return Result()


def _local(workspace: Workspace, text: str) -> Path:
    """The file or folder that a path or a `file:` URL means. Raises VolumeError for what is elsewhere."""
    if not _SCHEME.match(text):
        return workspace.path_of(text)
    url = urlsplit(text)
    if url.scheme.lower() != "file" or url.netloc not in {"", "localhost"}:
        raise VolumeError(
            f"'{text}' is not on this machine",
            hint="a volume is a folder here: a path or a file: URL; copy the files into one first",
        )
    return workspace.path_of(unquote(url.path))
