"""Parse tree to statements about volumes. One method per grammar rule, with the rule's name."""

from __future__ import annotations

from lark import Token, Transformer, v_args

from aisql.errors import SyntaxProblem
from aisql.syntax import statements as s
from aisql.syntax import volumes as v
from aisql.syntax.pieces import Like, Options, Path
from aisql.syntax.tokens import span_of, unquote

_TRUTHS = {"TRUE": True, "FALSE": False}


@v_args(inline=True)
class VolumeBuilder(Transformer[Token, s.Statement]):
    """Turns the trees of volumes into values; raises SyntaxProblem for what only a reader can see."""

    # parts

    def user_volume(self) -> v.VolumeName:
        return v.VolumeName("user")

    def named_volume(self, name: str) -> v.VolumeName:
        return v.VolumeName("named", (name,))

    def table_volume(self, path: Path) -> v.VolumeName:
        return v.VolumeName("table", path)

    def file(self, path: Token) -> v.Place:
        return v.Place(unquote(path))

    def folder(self, path: Token) -> v.Place:
        return v.Place(unquote(path), is_folder=True)

    def subdirectory(self, path: Token) -> str:
        return unquote(path)

    regexp = volume_comment = subdirectory

    def files(self, *paths: Token) -> tuple[str, ...]:
        return tuple(map(unquote, paths))

    def external(self) -> bool:
        return True

    overwrite = external

    # statements

    def location(self, place: Token, connection: str | None) -> tuple[str, str | None]:
        return unquote(place), connection

    def directory(self, *options: tuple[str, str]) -> Options:
        return options

    def directory_option(self, key: Token, value: Token) -> tuple[str, str]:
        if key.lower() not in {"enable", "auto_refresh"}:
            raise SyntaxProblem(
                f"DIRECTORY has no option {key}", span=span_of(key), hint="it has enable and auto_refresh"
            )
        _truth(value)
        return str(key), str(value)

    def recursive(self, value: Token) -> bool:
        return _truth(value)

    def create_volume(
        self,
        external: bool | None,
        if_not_exists: bool | None,
        name: str,
        location: tuple[str, str | None] | None,
        directory: Options | None,
        recursive: bool | None,
        comment: str | None,
    ) -> v.CreateVolume:
        place, connection = location or (None, None)
        return v.CreateVolume(
            name,
            place,
            connection,
            directory or (),
            recursive,
            comment,
            bool(external),
            bool(if_not_exists),
        )

    def refresh_volume(self, name: str) -> v.RefreshVolume:
        return v.RefreshVolume(name)

    def drop_volume(self, if_exists: bool | None, name: str) -> v.DropVolume:
        return v.DropVolume(name, bool(if_exists))

    def show_volumes(self, like: Like | None) -> v.ShowVolumes:
        return v.ShowVolumes(like)

    def describe_volume(self, name: str) -> v.DescribeVolume:
        return v.DescribeVolume(name)

    def list_volume(self, volume: v.VolumeName, subdirectory: str | None, regexp: str | None) -> v.ListVolume:
        return v.ListVolume(volume, subdirectory, regexp)

    def list_user_volume(self, subdirectory: str | None, regexp: str | None) -> v.ListVolume:
        return v.ListVolume(v.VolumeName("user"), subdirectory, regexp)

    def list_named_volume(self, name: str, subdirectory: str | None, regexp: str | None) -> v.ListVolume:
        return v.ListVolume(v.VolumeName("named", (name,)), subdirectory, regexp)

    def list_table_volume(self, path: Path, subdirectory: str | None, regexp: str | None) -> v.ListVolume:
        return v.ListVolume(v.VolumeName("table", path), subdirectory, regexp)

    def put_files(self, source: Token, volume: v.VolumeName, target: v.Place | None) -> v.PutFiles:
        return v.PutFiles(unquote(source), volume, target)

    def get_files(self, volume: v.VolumeName, source: v.Place, target: Token) -> v.GetFiles:
        return v.GetFiles(volume, source, unquote(target))

    def remove_files(self, volume: v.VolumeName, place: v.Place) -> v.RemoveFiles:
        return v.RemoveFiles(volume, place)

    def copy_into_table(
        self,
        overwrite: bool | None,
        path: Path,
        volume: v.VolumeName,
        kind: Token,
        options: Options | None,
        files: tuple[str, ...] | None,
        subdirectory: str | None,
        regexp: str | None,
    ) -> v.CopyIntoTable:
        selection = v.Selection(files or (), subdirectory, regexp)
        data = v.VolumeData(volume, v.file_format(kind, span_of(kind)), options or (), selection)
        return v.CopyIntoTable(path, data, bool(overwrite))

    def copy_into_volume(
        self, volume: v.VolumeName, subdirectory: str | None, path: Path, kind: Token
    ) -> v.CopyIntoVolume:
        return v.CopyIntoVolume(volume, path, v.file_format(kind, span_of(kind)), subdirectory)


def _truth(word: Token) -> bool:
    if word.upper() not in _TRUTHS:
        raise SyntaxProblem(f"'{word}' is neither true nor false", span=span_of(word))
    return _TRUTHS[word.upper()]
