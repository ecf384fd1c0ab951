"""GET_PRESIGNED_URL, and what a `volume:` URI becomes for a model that sees or hears."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Iterator
from pathlib import Path

import pytest
from engine_shell import Shell
from server import ModelServer

from aisql.engine.media import media_type
from aisql.engine.volumes import LARGEST_MEDIA, Volumes
from aisql.engine.workspace import Workspace
from aisql.errors import CatalogError, FunctionError, VolumeError

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 8


@pytest.fixture
def made(shell: Shell, tmp_path: Path) -> Shell:
    """A session in which the user's volume, volume v and the volume of table t have a file images/a.png."""
    (tmp_path / "a.png").write_bytes(PNG)
    (tmp_path / "note.png").write_text("I am no image")
    shell("CREATE VOLUME v; CREATE TABLE t (path); INSERT INTO t VALUES ('images/a.png'), (NULL)")
    for volume in ("USER VOLUME", "VOLUME v", "TABLE VOLUME t"):
        shell(f"PUT '*.png' TO {volume} SUBDIRECTORY 'images'")
    return shell


@pytest.fixture
def volumes(made: Shell, tmp_path: Path) -> Iterator[Volumes]:
    """The volumes of that session."""
    workspace = Workspace(str(tmp_path / "catalog.sqlite"), str(tmp_path))
    yield Volumes(workspace, made.session.databases)
    workspace.close()


# ---------------------------------------------------------------- GET_PRESIGNED_URL


def test_a_file_has_the_uri_of_its_volume(made: Shell) -> None:
    assert made(
        "SELECT GET_PRESIGNED_URL(USER VOLUME, 'images/a.png', 36000) AS a,\n"
        "get_presigned_url(volume v, 'images/' || 'a.png'),\n"
        "GET_PRESIGNED_URL(TABLE VOLUME t, 'images/a.png'),\n"
        "GET_PRESIGNED_URL ( TABLE VOLUME default_database.`t`, 'images/a.png')"
    ) == [
        (
            "volume:user://~/images/a.png",
            "volume://v/images/a.png",
            "volume:table://t/images/a.png",
            "volume:table://default_database.t/images/a.png",
        )
    ]
    assert made.columns[:2] == ["a", "get_presigned_url(volume v, 'images/' || 'a.png')"]


def test_the_path_may_be_a_column_and_null_gives_null(made: Shell) -> None:
    assert made(
        "SELECT GET_PRESIGNED_URL(VOLUME v, path) FROM t WHERE GET_PRESIGNED_URL(VOLUME v, path) <> 'x'"
    ) == [("volume://v/images/a.png",)]
    assert made("SELECT GET_PRESIGNED_URL(VOLUME v, path, 60) FROM t ORDER BY 1") == [
        (None,),
        ("volume://v/images/a.png",),
    ]


def test_the_url_of_every_listed_file_is_the_one_in_the_list(made: Shell) -> None:
    assert made(
        "SELECT count(*) FROM (SHOW TABLE VOLUME DIRECTORY t)\n"
        "WHERE url = GET_PRESIGNED_URL(TABLE VOLUME t, relative_path)"
    ) == [(2,)]


def test_a_view_keeps_it(made: Shell) -> None:
    made("CREATE VIEW w AS SELECT GET_PRESIGNED_URL(USER VOLUME, path) AS url FROM t WHERE path IS NOT NULL")
    assert made("SELECT url FROM w") == [("volume:user://~/images/a.png",)]
    assert made("SELECT ai_sentiment('builtin:demo', url) FROM w") == [("neutral",)]


def test_it_can_be_an_argument_of_a_call(made: Shell, server: ModelServer) -> None:
    assert made("SELECT ai_complete('openai:gpt', GET_PRESIGNED_URL(USER VOLUME, path)) FROM t") == [
        ("echo: volume:user://~/images/a.png",),
        (None,),
    ]
    assert len(server.requests) == 1


SECONDS = "GET_PRESIGNED_URL: seconds is a whole number above 0"
ARGUMENTS = [
    ("USER VOLUME, 'nosuch'", VolumeError, "there is no file 'nosuch'"),
    ("USER VOLUME, 'images'", VolumeError, "'images' is not a file"),
    ("USER VOLUME, ''", VolumeError, "'' is not a file"),
    ("USER VOLUME, '../a.png'", VolumeError, "'../a.png' is not inside the volume"),
    ("VOLUME w, 'images/a.png'", CatalogError, "Volume 'w' does not exist."),
    ("TABLE VOLUME w, 'images/a.png'", CatalogError, "Table 'w' does not exist."),
    ("USER VOLUME, 1", FunctionError, "GET_PRESIGNED_URL: the path is not a text"),
    ("USER VOLUME, x'61'", FunctionError, "GET_PRESIGNED_URL: the path is not a text"),
    ("USER VOLUME", FunctionError, "GET_PRESIGNED_URL takes 2 or 3 arguments"),
    ("USER VOLUME, 'images/a.png', 1, 2", FunctionError, "GET_PRESIGNED_URL takes 2 or 3 arguments"),
    *(
        (
            f"USER VOLUME, {path}, {seconds}",
            FunctionError,
            "GET_PRESIGNED_URL: seconds is a whole number above 0",
        )
        for path in ("'images/a.png'", "NULL")
        for seconds in ("0", "-1", "1.5", "'60'", "NULL")
    ),
]


def test_a_volume_that_is_missing_is_named_where_it_stands(made: Shell) -> None:
    sql = "SELECT GET_PRESIGNED_URL(VOLUME w, path) FROM t WHERE 0"
    error = made.error(sql)
    assert (type(error), error.message) == (CatalogError, "Volume 'w' does not exist.")
    assert error.span is not None
    assert sql[slice(*error.span)] == "VOLUME w"


@pytest.mark.parametrize(("arguments", "kind", "message"), ARGUMENTS, ids=[row[0] for row in ARGUMENTS])
def test_other_arguments_are_refused(made: Shell, arguments: str, kind: type, message: str) -> None:
    error = made.error(f"SELECT GET_PRESIGNED_URL({arguments})")
    assert (type(error), error.message) == (kind, message)


# ---------------------------------------------------------------- data URLs

URIS = ["volume:user://~/images/a.png", "volume://v/images/a.png", "volume:table://t/images/a.png"]


@pytest.mark.parametrize("uri", URIS)
def test_an_image_is_sent_as_what_it_is(volumes: Volumes, uri: str) -> None:
    url = volumes.media(uri).data_url()
    assert url.startswith("data:image/png;base64,")
    assert b64decode(url.partition(",")[2]) == PNG


def test_names_with_signs_of_uris_are_found(made: Shell, volumes: Volumes) -> None:
    made(
        "CREATE VOLUME `~`; CREATE VOLUME `a/%b.c`; PUT 'a.png' TO VOLUME `~`; PUT 'a.png' TO VOLUME `a/%b.c`"
    )
    made("CREATE TABLE \"x.y/z\" (a); PUT 'a.png' TO TABLE VOLUME \"x.y/z\" FILE 'a #?%41.png'")
    for volume in ("VOLUME `~`", "VOLUME `a/%b.c`", "TABLE VOLUME `x.y/z`"):
        uri = str(made(f"LIST {volume}")[0][1])
        assert volumes.media(uri).data_url().startswith("data:image/png;base64,")


BAD_URIS = [
    ("volume:user://~/images/note.png", VolumeError, "'images/note.png' is neither an image nor a sound"),
    ("volume:user://~/nosuch", VolumeError, "there is no file 'nosuch'"),
    ("volume:user://~/images/../../x", VolumeError, "'images/../../x' is not inside the volume"),
    ("volume:user://~//etc/passwd", VolumeError, "'/etc/passwd' is not inside the volume"),
    ("volume:user://me/x", VolumeError, "'volume:user://me/x' is not the URI of a file in a volume"),
    ("volume://~/x", VolumeError, "'volume://~/x' is not the URI of a file in a volume"),
    ("volume:v/x", VolumeError, "'volume:v/x' is not the URI of a file in a volume"),
    ("file:///etc/passwd", VolumeError, "'file:///etc/passwd' is not the URI of a file in a volume"),
    ("volume://w/x", CatalogError, "Volume 'w' does not exist."),
    ("volume:table://w/x", CatalogError, "Table 'w' does not exist."),
    ("volume:table://a.b.c.d/x", CatalogError, "'a.b.c' is no database"),
    ("volume://../x", CatalogError, "Volume '..' does not exist."),
]


@pytest.mark.parametrize(("uri", "kind", "message"), BAD_URIS, ids=[uri for uri, _, _ in BAD_URIS])
def test_anything_else_is_refused(volumes: Volumes, uri: str, kind: type, message: str) -> None:
    with pytest.raises(kind) as caught:
        volumes.media(uri).data_url()
    assert caught.value.message == message  # type: ignore[attr-defined]


def test_what_is_too_large_is_refused_with_its_size(volumes: Volumes, tmp_path: Path) -> None:
    file = tmp_path / "catalog.sqlite.volumes" / "user" / "large.png"
    file.write_bytes(PNG)
    with file.open("r+b") as opened:
        opened.truncate(LARGEST_MEDIA)
    assert len(volumes.media("volume:user://~/large.png").data_url()) > LARGEST_MEDIA
    with file.open("r+b") as opened:
        opened.truncate(LARGEST_MEDIA + 1)
    with pytest.raises(VolumeError) as caught:
        volumes.media("volume:user://~/large.png").data_url()
    assert caught.value.message == "'large.png' has 20,000,001 bytes; at most 20,000,000 go to a model"


KINDS = [
    (PNG, "image/png"),
    (b"\xff\xd8\xff\xe0\0\x10JFIF", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"RIFF\x24\0\0\0WEBPVP8 ", "image/webp"),
    (b"BM\x46\0\0\0\0\0\0\0\x36\0\0\0", "image/bmp"),
    (b"II*\0\x08\0\0\0", "image/tiff"),
    (b"MM\0*\0\0\0\x08", "image/tiff"),
    (b"\0\0\0\x1cftypavif", "image/avif"),
    (b"\0\0\0\x18ftypheic", "image/heic"),
    (b"\0\0\0\x18ftypmif1", "image/heif"),
    (b"RIFF\x24\0\0\0WAVEfmt ", "audio/wav"),
    (b"ID3\x04\0\0", "audio/mpeg"),
    (b"\xff\xfb\x90\x64", "audio/mpeg"),
    (b"fLaC\0\0\0\x22", "audio/flac"),
    (b"\0\0\0\x20ftypM4A ", "audio/mp4"),
    (b"OggS\0\x02", "audio/ogg"),
    (b"", None),
    (b"plain text", None),
    (b"BMW is a car", None),
    (b"%PDF-1.7", None),
    (b"PK\x03\x04", None),
    (b"RIFF\x24\0\0\0AVI ", None),
    (b"\0\0\0\x20ftypisom", None),
    (b"\xff\xf1\x50\x80", None),
    (b"\xff\xfe\0\0", None),
    (b"<svg xmlns=", None),
    (b"<html>", None),
]


@pytest.mark.parametrize(("head", "kind"), KINDS, ids=[f"{head!r}" for head, _ in KINDS])
def test_the_kind_of_a_file_is_told_from_how_it_begins(head: bytes, kind: str | None) -> None:
    assert media_type(head) == kind
