"""The files of one volume: a folder that no path leads out of.

A path is relative, and no part of it is a link: what a link leads to is not part of the volume. So nothing
outside is read, written or removed, whatever stands in a row, a name or the folder itself.
"""

from __future__ import annotations

import os
import re
import shutil
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from aisql.catalog.paths import is_keys_file
from aisql.errors import VolumeError
from aisql.render.partial import PARTIAL, Partial

_DRIVE = re.compile(r"[A-Za-z]:")
_READING = (
    os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
)


@dataclass(frozen=True, slots=True)
class Entry:
    """A file of a volume: its path there, its size in bytes, and when it was written, in seconds."""

    path: str
    size: int
    modified: float


@dataclass(frozen=True, slots=True)
class Folder:
    """The folder of one volume; it may not be there before the first file is.

    `uri` is what the URIs of its files begin with. What is in folders below is listed where it is
    `recursive`. Every method raises VolumeError for a path that leads out, and for what the disk refuses.
    """

    root: Path
    uri: str
    recursive: bool = True

    def files(self, subdirectory: str | None = None, regexp: str | None = None) -> list[Entry]:
        """The files below a folder of the volume whose whole path matches a pattern, sorted by path.

        Neither links are listed, nor names that are not UTF-8; a folder that is not there has no files.
        """
        top, pattern = self.locate(subdirectory or ""), _compiled(regexp)
        with reported(subdirectory or self.uri):
            found = sorted(self._walk(top), key=lambda entry: entry.path)
        return [entry for entry in found if pattern.fullmatch(entry.path)]

    def _walk(self, top: Path) -> Iterator[Entry]:
        root = _real(self.root)
        for folder, _folders, names in os.walk(top, onerror=_raise_unless_missing):
            for name in names:
                path = Path(folder, name).relative_to(root).as_posix()
                with suppress(FileNotFoundError):  # somebody may have removed it meanwhile
                    status = Path(folder, name).lstat()
                    if stat.S_ISREG(status.st_mode) and _is_shown(path):
                        yield Entry(path, status.st_size, status.st_mtime)
            if not self.recursive:
                return

    def locate(self, path: str) -> Path:
        """The place on disk of a path of the volume, whether something is there or not."""
        root, parts = _real(self.root), _parts(path)
        place = root.joinpath(*parts)
        if os.path.realpath(place) != str(place) or any(is_keys_file(part.lower()) for part in parts):
            raise _outside(path)
        return place

    def open(self, path: str) -> BinaryIO:
        """A file of the volume, opened for reading."""
        place = self.locate(path)
        with reported(path):
            descriptor = os.open(place, _READING)
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            os.close(descriptor)
            raise problem(path, f"'{path}' is not a file")
        return os.fdopen(descriptor, "rb")

    @contextmanager
    def writing(self, path: str) -> Iterator[BinaryIO]:
        """What is written becomes the file at a path, in the place of one that was there.

        Where writing fails no file is changed.
        """
        place = self.locate(path)
        if not _parts(path) or path.endswith("/") or _is_folder(place):
            raise problem(path, f"'{path}' is not the name of a file")
        with reported(path):
            place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            self.locate(path)  # a link may have been put in meanwhile
            partial = Partial(place, mode=0o600)
            try:
                with partial.file as file:
                    yield file
                partial.replace(place)
            except BaseException:
                partial.remove()
                raise

    def remove_file(self, path: str) -> None:
        """Deletes a file."""
        place = self.locate(path)
        if _is_folder(place):
            raise problem(path, f"'{path}' is a folder", hint="SUBDIRECTORY names one")
        with reported(path):
            place.unlink()

    def remove_folder(self, path: str) -> None:
        """Deletes a folder below the top one, with all that is in it."""
        place = self.locate(path)
        if not _parts(path) or not _is_folder(place):
            raise problem(path, f"the volume has no folder '{path}'")
        with reported(path):
            shutil.rmtree(place)

    def remove(self) -> None:
        """Deletes the folder of the volume; of one that is a link, the link."""
        with reported(self.uri):
            if self.root.is_symlink():
                self.root.unlink()
            elif self.root.exists():
                shutil.rmtree(self.root)


@contextmanager
def reported(path: str | Path) -> Iterator[None]:
    """Turns what the disk refuses into a VolumeError about a path."""
    try:
        yield
    except FileNotFoundError as error:
        raise problem(path, f"there is no file '{path}'") from error
    except OSError as error:
        raise problem(path, f"'{path}': {error.strerror or error}") from error


def problem(
    path: str | Path, message: str, *, code: str | None = None, hint: str | None = None
) -> VolumeError:
    """An error that speaks of a path, which may stand in the statement."""
    error = VolumeError(message, code=code, hint=hint)
    error.subject = str(path)
    return error


def _parts(path: str) -> list[str]:
    words = path.replace("\\", "/").split("/")
    if "\0" in path or path.startswith(("/", "\\")) or ".." in words or _DRIVE.match(path):
        raise _outside(path)
    return [part for part in path.split("/") if part not in {"", "."}]


def _outside(path: str) -> VolumeError:
    return problem(
        path,
        f"'{path}' is not inside the volume",
        code="outside_volume",
        hint="a path is relative, has no .. in it, leads over no link and to no file of keys",
    )


def _is_folder(place: Path) -> bool:
    with reported(place):
        return place.is_dir()


def _real(path: Path) -> Path:
    return Path(os.path.realpath(path))


def _is_shown(path: str) -> bool:
    if is_keys_file(path.lower()) or path.rpartition("/")[2].startswith(PARTIAL):
        return False
    return path.isascii() or not any("\ud800" <= sign <= "\udfff" for sign in path)


def _compiled(regexp: str | None) -> re.Pattern[str]:
    try:
        return re.compile(".*" if regexp is None else regexp, re.DOTALL)
    except (re.error, RecursionError, OverflowError) as error:
        raise problem(str(regexp), f"'{regexp}' is not a regular expression: {error}") from error


def _raise_unless_missing(error: OSError) -> None:
    if not isinstance(error, FileNotFoundError | NotADirectoryError):
        raise error
