"""Statements about volumes and their files (Singdata)."""

from __future__ import annotations

from datetime import datetime
from typing import assert_never

from aisql.catalog import volumes as named
from aisql.engine.databases import Databases
from aisql.engine.listing import matching
from aisql.engine.volume_copies import copy_into_table, copy_into_volume
from aisql.engine.volume_files import problem, reported
from aisql.engine.volume_transfers import get, local_path, put
from aisql.engine.volumes import Volumes, uri_of
from aisql.engine.workspace import Workspace
from aisql.errors import CatalogError, OptionError
from aisql.result import Column, Result, Row, listing
from aisql.syntax import statements as s

LISTED = (
    Column("relative_path", "STRING"),
    Column("url", "STRING"),
    Column("size", "BIGINT"),
    Column("last_modified_time", "TIMESTAMP"),
)
"""The columns of LIST and of SHOW ... VOLUME DIRECTORY."""
_CHANGES = (s.PutFiles, s.RemoveFiles, s.CopyIntoVolume)


def execute(workspace: Workspace, databases: Databases, statement: s.VolumeStatement) -> Result:
    """Runs a statement about volumes."""
    volumes = Volumes(workspace, databases)
    if workspace.readonly and isinstance(statement, _CHANGES):
        raise CatalogError("files of volumes cannot be changed: the session is read-only")
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
            return put(workspace, volumes, statement)
        case s.GetFiles():
            return get(workspace, volumes, statement)
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
    workspace.access.file(uri_of(s.VolumeName("named", (statement.name,))))
    notices = []
    location = None
    if statement.location is not None:
        location = workspace.path_of(local_path(statement.location))
        with reported(statement.location):
            is_folder = location.is_dir()
        if not is_folder:
            raise problem(statement.location, f"there is no folder '{statement.location}'")
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


def _remove(volumes: Volumes, statement: s.RemoveFiles) -> Result:
    folder = volumes.folder(statement.volume)
    if statement.place.is_folder:
        folder.remove_folder(statement.place.path)
    else:
        folder.remove_file(statement.place.path)
    return Result()
