"""Images in files of volumes, which a result names by their URIs."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from aisql.render.images import LARGEST, Image
from aisql.repl.volume_images import VolumeImages
from aisql.session import Session
from aisql.settings import Settings

PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 2_040


@pytest.fixture(scope="module")
def images(tmp_path_factory: pytest.TempPathFactory) -> Iterator[VolumeImages]:
    """A user volume with pictures, a sound, a text, and a link that leads out."""
    folder = tmp_path_factory.mktemp("images")
    session = Session(
        Settings({}),
        catalog_file=str(folder / "catalog.sqlite"),
        directory=str(folder),
        database_file=":memory:",
    )
    files = {"a.png": PNG, "b.wav": b"RIFF0000WAVEfmt ", "c.txt": b"text", "large.png": PNG + b"0" * LARGEST}
    for name, content in files.items():
        (folder / name).write_bytes(content)
    for outcome in session.run("; ".join(f"PUT '{folder / name}' TO USER VOLUME" for name in files)):
        assert outcome.error is None, outcome.error
        list(outcome.result.rows)
    (folder / "catalog.sqlite.volumes" / "user" / "link.png").symlink_to(folder / "a.png")
    yield VolumeImages(session.media)
    session.close()


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("volume:user://~/a.png", "volume:user://~/a.png [image/png, 2.0 KB]"),
        ("volume:user://~/b.wav", "volume:user://~/b.wav [audio/wav, 16 bytes]"),
        ("volume:user://~/large.png", "volume:user://~/large.png [image/png, 4.0 MB]"),
        *(
            (value, value)
            for value in ("volume:user://~/c.txt", "volume:user://~/nosuch.png", "a.png", 1, None)
        ),
        *(
            (f"volume:user://~/{path}", f"volume:user://~/{path}")
            for path in ("link.png", "../a.png", "", "\0")
        ),
        *(
            (value, value)
            for value in ("volume://nosuch/a.png", "volume:table://nosuch/a.png", "volume:", "volume")
        ),
        (PNG, "[image/png, 2.0 KB]"),
    ],
)
def test_an_image_is_told_of_where_it_is_one(images: VolumeImages, value: object, shown: object) -> None:
    assert images.noted(value) == shown  # type: ignore[arg-type]


def test_only_what_is_not_too_large_is_drawn(images: VolumeImages) -> None:
    assert images.image_in("volume:user://~/a.png") == Image("image/png", PNG)
    assert images.image_in(PNG) == Image("image/png", PNG)
    assert images.image_in("volume:user://~/large.png") is None
    assert images.image_in("volume:user://~/link.png") is None


def test_without_volumes_no_file_is_looked_into() -> None:
    assert VolumeImages(None).noted("volume:user://~/a.png") == "volume:user://~/a.png"
    assert VolumeImages(None).noted(PNG) == "[image/png, 2.0 KB]"
