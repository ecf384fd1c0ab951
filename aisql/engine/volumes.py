"""Volumes: which folder a name or a URI means, and what leads from a query to a file of one (Singdata)."""

from __future__ import annotations

import os
import re
from base64 import b64encode
from dataclasses import dataclass
from urllib.parse import unquote

from aisql.catalog.paths import DEFAULT_CATALOG, file_name_part
from aisql.engine.database import Database
from aisql.engine.databases import Databases
from aisql.engine.media import HEAD, media_type
from aisql.engine.volume_files import Folder
from aisql.engine.workspace import Workspace
from aisql.errors import CatalogError, FunctionError, VolumeError
from aisql.result import Value
from aisql.syntax.volumes import PRESIGNED_URL, VolumeName

LARGEST_MEDIA = 20_000_000
"""The most bytes an image or a sound may have that goes to a model."""

_URI = re.compile(r"volume:(?:(user|table):)?//([^/]*)/(.*)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class MediaFile:
    """An image or a sound in a volume."""

    folder: Folder
    path: str

    def beginning(self, most: int) -> tuple[bytes, int]:
        """At most so many of its first bytes, and how many it has. Raises VolumeError."""
        with self.folder.open(self.path) as file:
            return file.read(most), os.fstat(file.fileno()).st_size

    def data_url(self) -> str:
        """The file as a `data:` URL. Its type is told from its content.

        Raises VolumeError for what is neither image nor sound, and for what is too large.
        """
        with self.folder.open(self.path) as file:
            size = os.fstat(file.fileno()).st_size
            if size > LARGEST_MEDIA:
                raise VolumeError(
                    f"'{self.path}' has {size:,} bytes; at most {LARGEST_MEDIA:,} go to a model"
                )
            content = file.read(LARGEST_MEDIA)
        kind = media_type(content[:HEAD])
        if kind is None:
            raise VolumeError(
                f"'{self.path}' is neither an image nor a sound",
                hint="known are PNG, JPEG, GIF, WebP, BMP, TIFF, HEIC, AVIF; WAV, MP3, FLAC, M4A, Ogg",
            )
        return f"data:{kind};base64,{b64encode(content).decode()}"


class Volumes:
    """The volumes a session can reach: the user's, those of the catalog, and one for each table."""

    def __init__(self, workspace: Workspace, databases: Databases) -> None:
        self._workspace = workspace
        self._databases = databases

    def folder(self, volume: VolumeName) -> Folder:
        """The folder of a volume. Raises CatalogError when there is no such volume, or no such table;
        SafeModeError."""
        if volume.kind == "user":
            return Folder(self._workspace.volumes_folder(DEFAULT_CATALOG) / "user", uri_of(volume))
        self._workspace.access.file(uri_of(volume))
        return self._named(volume) if volume.kind == "named" else self._of_table(volume)

    def _named(self, volume: VolumeName) -> Folder:
        known = self._workspace.volumes.get(volume.path[-1])
        if known.location is not None:
            return Folder(self._workspace.path_of(known.location), uri_of(volume), known.recursive)
        folder = self._workspace.volumes_folder(known.catalog) / "named" / file_name_part(known.name)
        return Folder(folder, uri_of(volume), known.recursive)

    def _of_table(self, volume: VolumeName) -> Folder:
        catalog, database = self._workspace.database(volume.path[:-1] or None)
        _, table = self.table(volume.path)
        folder = self._workspace.volumes_folder(catalog) / "tables" / file_name_part(database)
        return Folder(folder / file_name_part(table), uri_of(volume))

    def table(self, path: tuple[str, ...]) -> tuple[Database, str]:
        """The database of a table, and the table's name there. Raises CatalogError when there is none."""
        database = self._databases.of(*self._workspace.database(path[:-1] or None))
        tables = [name for name, _ in database.tables()]
        found = next((name for name in tables if name.lower() == path[-1].lower()), None)
        if found is None:
            hint = database.nearest_table(path[-1])
            raise CatalogError(f"Table '{path[-1]}' does not exist.", hint=hint)
        return database, found

    def presigned_url(self, *arguments: Value) -> Value:
        """GET_PRESIGNED_URL, with the URI of the volume in the place of its name: the URI of a file.

        It says where the file is and never expires. NULL for a NULL path. Raises FunctionError for arguments
        of the wrong kind, VolumeError for a file that is not there, CatalogError as above.
        """
        if not 2 <= len(arguments) <= 3:
            raise FunctionError(
                "GET_PRESIGNED_URL takes 2 or 3 arguments", hint=f"it is called {PRESIGNED_URL}"
            )
        volume, path, seconds = (*arguments, 1)[:3]
        if not isinstance(seconds, int) or seconds <= 0:
            raise FunctionError("GET_PRESIGNED_URL: seconds is a whole number above 0")
        if path is None:
            return None
        if not (isinstance(path, str) and isinstance(volume, str)):
            raise FunctionError("GET_PRESIGNED_URL: the path is not a text")
        uri = volume + path
        folder, path = self._found(uri)
        folder.open(path).close()
        return uri

    def media(self, uri: str) -> MediaFile:
        """The image or the sound that a `volume:` URI names. Raises VolumeError for what is no such URI,
        CatalogError as above."""
        return MediaFile(*self._found(uri))

    def _found(self, uri: str) -> tuple[Folder, str]:
        match = _URI.fullmatch(uri)
        if match is None or (match[1] == "user") != (match[2] == "~"):
            raise VolumeError(
                f"'{uri}' is not the URI of a file in a volume",
                hint="they begin with volume:user://~/, volume://NAME/ or volume:table://NAME/",
            )
        path = tuple(map(unquote, match[2].split("."))) if match[1] == "table" else (unquote(match[2]),)
        kinds = {"user": VolumeName("user"), "table": VolumeName("table", path)}
        return self.folder(kinds.get(match[1], VolumeName("named", path))), match[3]


def uri_of(volume: VolumeName) -> str:
    """What the URIs of a volume's files begin with: `volume:user://~/`, `volume://v/`, `volume:table://t/`."""
    match volume.kind:
        case "user":
            return "volume:user://~/"
        case "named":
            return f"volume://{_host(volume.path[-1])}/"
        case "table":
            return f"volume:table://{'.'.join(_host(part).replace('.', '%2E') for part in volume.path)}/"


def _host(name: str) -> str:
    return name.replace("%", "%25").replace("/", "%2F").replace("~", "%7E")
