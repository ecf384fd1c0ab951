"""Whatever a path is made of, what it leads to is inside the folder of the volume, or nothing."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aisql.engine.volume_files import Folder
from aisql.errors import VolumeError

PIECES = ("..", ".", "/", "\\", "a", "b", "link", "up", "C:", "\0", "~", " ", "%2e", "é", ".keys")
paths = st.lists(st.sampled_from(PIECES), max_size=8).map("".join)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Folder:
    """A volume with a file a/b, a link to a file outside and one to the folder above."""
    outside = tmp_path_factory.mktemp("outside")
    root = outside / "volume"
    (root / "a").mkdir(parents=True)
    (root / "a" / "b").write_text("inside")
    (outside / "secret").write_text("outside")
    (root / "link").symlink_to(outside / "secret")
    (root / "a" / "up").symlink_to("../..")
    return Folder(root, "volume://v/")


@settings(max_examples=150)
@given(paths)
def test_a_path_leads_inside_or_nowhere(folder: Folder, path: str) -> None:
    with suppress(VolumeError):
        place = folder.locate(path)
        assert Path(os.path.realpath(place)).is_relative_to(os.path.realpath(folder.root))
        assert not place.is_symlink()


@settings(max_examples=150)
@given(paths)
def test_what_is_read_is_a_file_of_the_volume(folder: Folder, path: str) -> None:
    try:
        with folder.open(path) as file:
            content = file.read()
    except VolumeError:
        return
    assert content == b"inside"


@settings(max_examples=60)
@given(paths)
def test_what_is_written_is_inside_and_found_again(folder: Folder, path: str) -> None:
    before = sorted(folder.root.parent.iterdir())
    if path.strip("./").startswith("a"):
        return  # the file that the test above reads
    try:
        with folder.writing(path) as file:
            file.write(b"new")
    except VolumeError:
        assert (folder.root.parent / "secret").read_text() == "outside"
    else:
        with folder.open(path) as file:
            assert file.read() == b"new"
        folder.remove_file(path)
    assert sorted(folder.root.parent.iterdir()) == before
