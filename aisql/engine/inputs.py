"""What statements can read beside tables: files, those named on the command line, and what is piped in."""

from __future__ import annotations

import os
import stat

from aisql.catalog.paths import is_keys_file
from aisql.errors import FileError, OpenError, StatementError, UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from aisql.access import Access
    from aisql.data.base import Data, Source
    from aisql.data.registry import Format
    from aisql.engine.file_calls import FileCall
    from aisql.engine.spool import Pipe
    from aisql.result import Value

STDIN = "stdin"
PIPED = "-"
"""The path of what is piped in."""


class Inputs:
    """The files of one session.

    Relative paths begin at `directory`. Files `taken` by the program are refused. `stdin` is the descriptor
    of what is piped in, None where that is something else. `access` tells whether statements may open files
    that the command line does not name.
    """

    def __init__(
        self, directory: str, taken: Callable[[], Iterable[str]], stdin: int | None, access: Access
    ) -> None:
        self._directory = directory
        self._taken = taken
        self._stdin = stdin
        self._access = access
        self._named: dict[str, tuple[str, FileCall]] = {}
        self._pipes: dict[str, Pipe] = {}
        self.pause: Callable[[], None] = _nothing
        """Called before a wait for what is piped in, to show what there is."""
        self.meanwhile: Callable[[Callable[[], bool]], None] | None = None
        """Called then too: does something else, until what it is given tells that the wait is over."""

    def _wait(self, is_over: Callable[[], bool]) -> None:
        self.pause()
        if self.meanwhile is not None:
            self.meanwhile(is_over)

    def close(self) -> None:
        """Lets go of what was piped in."""
        for each in self._pipes.values():
            each.close()

    # ------------------------------------------------------------ names

    def add(self, argument: str, is_taken: Callable[[str], bool]) -> None:
        """Gives a file of the command line its name as a table: its own, without the ending.

        `-` is what is piped in, `-:jsonl` says of what format it is. Nothing is read yet. Raises OpenError
        for a file that is not there or whose name `is_taken`, UsageError for a format that there is not.
        """
        name, call = _piped_in(argument) if is_piped(argument) else self._named_file(argument)
        if name.lower() in self._named or is_taken(name):
            hint = f"FROM '{argument}' reads it by its path" if call.paths != (PIPED,) else None
            raise OpenError(f"{argument}: table '{name}' already exists", hint=hint)
        self._named[name.lower()] = name, call

    def _named_file(self, path: str) -> tuple[str, FileCall]:
        from aisql.data.registry import unpacked_name
        from aisql.engine.file_calls import FileCall, checked_url

        try:
            checked_url(path)
            self._check(path)
        except StatementError as error:
            raise OpenError(error.message, hint=error.hint) from error
        name = os.path.basename(unpacked_name(path)).rpartition(".")[0]  # noqa: PTH119 # as below
        return name, FileCall(None, (path,))

    @property
    def names(self) -> list[str]:
        """The tables that the command line has named."""
        return [name for name, _ in self._named.values()]

    def has(self, name: str) -> bool:
        """Whether the command line has named that table."""
        return name.lower() in self._named

    def call(self, name: str, variable: Callable[[str], Value]) -> FileCall | None:
        """The files that the name of a table means, None where it means none.

        Raises StatementError, SyntaxProblem, SqlError for a call of a reader that cannot be made.
        """
        from aisql.data.registry import format_of
        from aisql.engine import file_calls

        if name.lower() in self._named:
            return self._named[name.lower()][1]
        if name.lower() in {STDIN, PIPED}:
            return None if self._stdin is None else file_calls.FileCall(None, (PIPED,))
        if file_calls.is_call(name):
            return file_calls.parsed(name, variable)
        file_calls.checked_url(name)
        return None if format_of(name) is None else file_calls.FileCall(None, (name,))

    # ------------------------------------------------------------ files

    def data(self, call: FileCall) -> Data:
        """What the files hold together. Raises FileError, SafeModeError, OptionError, StatementError."""
        from aisql.data import registry

        record, sources = self.opened(call)
        return registry.read(record, sources, call.options)

    def opened(self, call: FileCall) -> tuple[Format, list[Source]]:
        """The format of files, and the files. Raises FileError, SafeModeError, StatementError."""
        sources = [self._source(path) for path in self._paths(call.paths)]
        return format_of_files(call, sources[0]), sources

    def first(self, call: FileCall) -> Source | None:
        """The first of the files, where it is one that nobody waits for. Raises FileError."""
        path = next(self._paths(call.paths))
        is_regular = path != PIPED and stat.S_ISREG(self._check(path).st_mode)
        return self._regular(path) if is_regular else None

    def is_piped(self, call: FileCall) -> bool:
        """Whether the files include a pipe, which never has anything else in it."""
        return any(path == PIPED or self._path(path) in self._pipes for path in call.paths)

    def arrive(self, call: FileCall) -> None:
        """Waits until those of the files are there that are piped in. Raises FileError."""
        from aisql.data.opening import arrive

        arrive(self._source(path) for path in self._paths(call.paths))

    def _paths(self, paths: Iterable[str]) -> Iterator[str]:
        """The paths of files; those that `*`, `?` and `[...]` in one find are sorted."""
        from glob import glob, has_magic

        from aisql.engine.file_calls import checked_url

        for path in paths:
            checked_url(path)
            if self._access.is_safe and not self._is_named(path):
                self._access.file(path)
            if not has_magic(path) or os.path.exists(self._path(path)):  # noqa: PTH110 # text to text
                yield path
                continue
            found = sorted(glob(os.path.expanduser(path), root_dir=self._directory, recursive=True))  # noqa: PTH111,PTH207 # as above
            if not found:
                raise FileError(f"there is no file {path}")
            yield from found

    def _is_named(self, path: str) -> bool:
        """Whether the command line has named the file, or it is what is piped in."""
        named = (each for _, call in self._named.values() for each in call.paths)
        return path == PIPED or self._real(path) in map(self._real, named)

    def _path(self, path: str) -> str:
        return os.path.join(self._directory, os.path.expanduser(path))  # noqa: PTH111,PTH118 # pathlib's raises where there is no such home

    def _real(self, path: str) -> str:
        return os.path.realpath(self._path(path))

    def _check(self, path: str) -> os.stat_result:
        """What kind of file it is. Raises FileError for one that cannot be read."""
        place, real = self._path(path), self._real(path)
        if is_keys_file(real) or real in map(os.path.realpath, self._taken()):
            raise FileError(f"{path} is in use for something else", hint="name another file")
        try:
            status = os.stat(place)  # noqa: PTH116 # as above
        except OSError as error:
            raise FileError(f"cannot read {path}: {error.strerror}") from error
        if stat.S_ISDIR(status.st_mode):
            if not path:
                raise FileError("the name of a file is missing")
            hint = f"read_csv('{path}/*.csv') reads the files in it"
            raise FileError(f"cannot read {path}: it is a folder", hint=hint)
        return status

    def _source(self, path: str) -> Source:
        from aisql.data.opening import shown

        if path == PIPED:
            if self._stdin is None:
                raise FileError("nothing is piped in", hint="a script that reads it comes from -f or -c")
            return self._piped(STDIN, path, self._stdin)
        place, name = self._path(path), shown(path)  # the name of a file may be no text
        if place in self._pipes:
            return self._piped(name, place, -1)
        if not stat.S_ISREG(self._check(path).st_mode):
            return self._piped(name, place, os.open(place, os.O_RDONLY))
        return self._regular(path)

    def _regular(self, path: str) -> Source:
        from aisql.data.base import Source
        from aisql.data.opening import shown

        place = self._path(path)
        return Source(shown(path), lambda: open(place, "rb"), lambda: _version(place))  # noqa: PTH123 # as above

    def _piped(self, name: str, key: str, descriptor: int) -> Source:
        from aisql.data.base import Source
        from aisql.engine.spool import opened, pipe

        if key not in self._pipes:
            self._pipes[key] = pipe(descriptor, self._wait)
        source = self._pipes[key]
        return Source(name, lambda: opened(source), source.version, source.pauses)


def format_of_files(call: FileCall, source: Source) -> Format:
    """The format of the first of some files. Raises FileError."""
    from aisql.data import registry

    record = registry.BY_ENDING[call.format] if call.format else registry.format_of(source.name)
    return record or registry.format_inside(source)


def _version(place: str) -> object:
    try:
        status = os.stat(place)  # noqa: PTH116 # as above
    except OSError:
        return None
    return status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns


def is_piped(argument: str) -> bool:
    """Whether an argument of the command line means what is piped in."""
    return argument == PIPED or argument.startswith(f"{PIPED}:")


def _piped_in(argument: str) -> tuple[str, FileCall]:
    from aisql.data.registry import BY_ENDING
    from aisql.engine.file_calls import FileCall

    kind = argument.partition(":")[2].lower()
    if kind and kind not in BY_ENDING:
        raise UsageError(f"{argument}: there is no format '{kind}'", hint=f"one of {', '.join(BY_ENDING)}")
    return STDIN, FileCall(kind or None, (PIPED,))


def _nothing() -> None:
    """What there is to do before a wait when nobody holds rows back."""
