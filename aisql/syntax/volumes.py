"""Statements about volumes and their files (Singdata, File Storage), and what they share with queries."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from aisql.errors import Span, SyntaxProblem
from aisql.schema import quote_name, quote_text
from aisql.syntax.pieces import Like, Options, Path, flag, listing_sql, options_sql, quote_path

FileFormat = Literal["CSV", "JSON", "PARQUET"]
VolumeKind = Literal["user", "named", "table"]

PRESIGNED_URL = "GET_PRESIGNED_URL(USER VOLUME | VOLUME v | TABLE VOLUME t, path [, seconds])"
"""How the function is called."""

FORMATS: tuple[FileFormat, ...] = ("CSV", "JSON", "PARQUET")


def file_format(word: str, span: Span) -> FileFormat:
    """The format a word names. Raises SyntaxProblem for any other, ORC and BSON of the documents too."""
    for known in FORMATS:
        if word.upper() == known:
            return known
    raise SyntaxProblem(
        f"files of the format {word.upper()} cannot be read or written",
        span=span,
        hint=f"known are {', '.join(FORMATS)}",
    )


@dataclass(frozen=True, slots=True)
class VolumeName:
    """Which volume is meant: USER VOLUME, VOLUME v or TABLE VOLUME t. `path` is empty for the user's."""

    kind: VolumeKind
    path: Path = ()

    def to_sql(self) -> str:
        if self.kind == "user":
            return "USER VOLUME"
        return f"{'TABLE ' if self.kind == 'table' else ''}VOLUME {quote_path(self.path)}"


@dataclass(frozen=True, slots=True)
class Selection:
    """Which files of a volume are meant: those named, or those in a folder whose path matches a pattern."""

    files: tuple[str, ...] = ()
    subdirectory: str | None = None
    regexp: str | None = None

    def to_sql(self) -> str:
        files = f" FILES({', '.join(map(quote_text, self.files))})" if self.files else ""
        below = "" if self.subdirectory is None else f" SUBDIRECTORY {quote_text(self.subdirectory)}"
        pattern = "" if self.regexp is None else f" REGEXP {quote_text(self.regexp)}"
        return f"{files}{below}{pattern}"


@dataclass(frozen=True, slots=True)
class VolumeData:
    """Files of a volume read as rows: `USER VOLUME USING CSV OPTIONS('header' = 'true') FILES('a.csv')`."""

    volume: VolumeName
    format: FileFormat
    options: Options = ()
    selection: Selection = Selection()

    def to_sql(self) -> str:
        options = f" OPTIONS{options_sql(self.options)}" if self.options else ""
        return f"{self.volume.to_sql()} USING {self.format}{options}{self.selection.to_sql()}"


@dataclass(frozen=True, slots=True)
class Place:
    """One file of a volume, or all that is below a folder of it."""

    path: str
    is_folder: bool = False

    def to_sql(self) -> str:
        return f" {'SUBDIRECTORY' if self.is_folder else 'FILE'} {quote_text(self.path)}"


@dataclass(frozen=True, slots=True)
class CreateVolume:
    """CREATE [EXTERNAL] VOLUME; `directory` are the options of DIRECTORY, in the letters of the text."""

    name: str
    location: str | None = None
    connection: str | None = None
    directory: Options = ()
    recursive: bool | None = None
    comment: str | None = None
    external: bool = False
    if_not_exists: bool = False

    def to_sql(self) -> str:
        target = f"{flag(self.if_not_exists, 'IF NOT EXISTS')}{quote_name(self.name)}"
        location = "" if self.location is None else f" LOCATION {quote_text(self.location)}"
        connection = "" if self.connection is None else f" USING CONNECTION {quote_name(self.connection)}"
        members = ", ".join(f"{key} = {value}" for key, value in self.directory)
        directory = f" DIRECTORY = ({members})" if members else ""
        recursive = "" if self.recursive is None else f" RECURSIVE = {str(self.recursive).lower()}"
        comment = "" if self.comment is None else f" COMMENT = {quote_text(self.comment)}"
        head = f"CREATE {flag(self.external, 'EXTERNAL')}VOLUME {target}"
        return f"{head}{location}{connection}{directory}{recursive}{comment}"


@dataclass(frozen=True, slots=True)
class RefreshVolume:
    """ALTER VOLUME ... REFRESH."""

    name: str

    def to_sql(self) -> str:
        return f"ALTER VOLUME {quote_name(self.name)} REFRESH"


@dataclass(frozen=True, slots=True)
class DropVolume:
    """DROP VOLUME."""

    name: str
    if_exists: bool = False

    def to_sql(self) -> str:
        return f"DROP VOLUME {flag(self.if_exists, 'IF EXISTS')}{quote_name(self.name)}"


@dataclass(frozen=True, slots=True)
class ShowVolumes:
    """SHOW VOLUMES."""

    like: Like | None = None

    def to_sql(self) -> str:
        return listing_sql("SHOW VOLUMES", None, self.like)


@dataclass(frozen=True, slots=True)
class DescribeVolume:
    """DESC VOLUME."""

    name: str

    def to_sql(self) -> str:
        return f"DESCRIBE VOLUME {quote_name(self.name)}"


@dataclass(frozen=True, slots=True)
class ListVolume:
    """LIST, or SHOW ... VOLUME DIRECTORY, which gives the same answer."""

    volume: VolumeName
    subdirectory: str | None = None
    regexp: str | None = None

    def to_sql(self) -> str:
        return f"LIST {self.volume.to_sql()}{Selection((), self.subdirectory, self.regexp).to_sql()}"


@dataclass(frozen=True, slots=True)
class PutFiles:
    """PUT: copies files into a volume; `target` is None for its top folder."""

    source: str
    volume: VolumeName
    target: Place | None = None

    def to_sql(self) -> str:
        target = "" if self.target is None else self.target.to_sql()
        return f"PUT {quote_text(self.source)} TO {self.volume.to_sql()}{target}"


@dataclass(frozen=True, slots=True)
class GetFiles:
    """GET: copies files out of a volume."""

    volume: VolumeName
    source: Place
    target: str

    def to_sql(self) -> str:
        return f"GET {self.volume.to_sql()}{self.source.to_sql()} TO {quote_text(self.target)}"


@dataclass(frozen=True, slots=True)
class RemoveFiles:
    """REMOVE: deletes files of a volume."""

    volume: VolumeName
    place: Place

    def to_sql(self) -> str:
        return f"REMOVE {self.volume.to_sql()}{self.place.to_sql()}"


@dataclass(frozen=True, slots=True)
class CopyIntoTable:
    """COPY INTO a table: loads files of a volume; OVERWRITE empties the table first."""

    path: Path
    data: VolumeData
    overwrite: bool = False

    def to_sql(self) -> str:
        return (
            f"COPY {flag(self.overwrite, 'OVERWRITE')}INTO {quote_path(self.path)} FROM {self.data.to_sql()}"
        )


@dataclass(frozen=True, slots=True)
class CopyIntoVolume:
    """COPY INTO a volume: writes a table to a file."""

    volume: VolumeName
    path: Path
    format: FileFormat
    subdirectory: str | None = None

    def to_sql(self) -> str:
        target = f"{self.volume.to_sql()}{Selection((), self.subdirectory).to_sql()}"
        return f"COPY INTO {target} FROM TABLE {quote_path(self.path)} FILE_FORMAT = (TYPE = {self.format})"


VolumeStatement: TypeAlias = (
    CreateVolume
    | RefreshVolume
    | DropVolume
    | ShowVolumes
    | DescribeVolume
    | ListVolume
    | PutFiles
    | GetFiles
    | RemoveFiles
    | CopyIntoTable
    | CopyIntoVolume
)
