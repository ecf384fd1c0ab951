"""Images in files of volumes: a result names them by their URIs, and a terminal tells what is in them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from aisql.engine.media import HEAD, media_type
from aisql.errors import AisqlError
from aisql.render import images
from aisql.result import Value

if TYPE_CHECKING:
    from aisql.engine.volumes import MediaFile


class VolumeImages:
    """Looks into the files.

    `find` gives one by its URI, and raises AisqlError where there is none; without it no file is looked into.
    """

    def __init__(self, find: Callable[[str], MediaFile] | None) -> None:
        self._find = find

    def noted(self, value: Value) -> Value:
        """The value, with a note of type and size behind a URI; of other images the note alone."""
        content, size = self._beginning(value, HEAD)
        kind = media_type(content)
        return images.noted(value) if kind is None else f"{value!s} {images.note(kind, size)}"

    def image_in(self, value: Value) -> images.Image | None:
        """The image that a value is or names, None for none."""
        content, size = self._beginning(value, images.LARGEST)
        if not content:
            return images.image_in(value)
        return images.Image(media_type(content) or "", content) if size <= images.LARGEST else None

    def _beginning(self, value: Value, most: int) -> tuple[bytes, int]:
        """The first bytes of the file that a value names, and its size; none where it names no file."""
        if self._find is None or not isinstance(value, str) or not value.startswith("volume:"):
            return b"", 0
        try:
            return self._find(value).beginning(most)
        except AisqlError:
            return b"", 0  # a value may say anything
