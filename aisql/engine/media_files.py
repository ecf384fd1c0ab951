"""Files of volumes that calls show to a model: they go as they are, for no provider reaches this machine."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from aisql.providers.base import Message, Request

if TYPE_CHECKING:
    from aisql.engine.volumes import MediaFile

_BEGINNING = "volume:"


class MediaFiles:
    """Those of one statement, by their URIs. `find` knows the volumes, and is for the thread that does."""

    def __init__(self, find: Callable[[str], MediaFile]) -> None:
        self._find = find
        self._files: dict[str, MediaFile] = {}

    def admit(self, address: str) -> bool:
        """Whether the address is that of a file in a volume, which is looked up then.

        Raises VolumeError for one that is not there or cannot be shown, CatalogError for an unknown volume.
        """
        if not address.startswith(_BEGINNING):
            return False
        if address not in self._files:
            self._files[address] = self._find(address)
        return True

    def put_into(self, request: Request) -> Request:
        """The request with the files themselves in the place of their URIs. In any thread.

        Raises VolumeError for a file that cannot be read any more.
        """
        if not any(message.images or message.sounds for message in request.messages):
            return request
        return replace(request, messages=tuple(map(self._with_files, request.messages)))

    def _with_files(self, message: Message) -> Message:
        images, sounds = map(self._content, message.images), map(self._content, message.sounds)
        return replace(message, images=tuple(images), sounds=tuple(sounds))

    def _content(self, address: str) -> str:
        return self._files[address].data_url() if address in self._files else address
