"""Images in a result: told by size and type where people look, drawn where the terminal can.

What a cell holds is not trusted: only the bytes of a picture of a known kind, encoded anew, reach the
terminal.
"""

from __future__ import annotations

import re
from base64 import b64decode, b64encode
from binascii import Error
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from aisql.render.ability import is_dumb
from aisql.result import Value

_ADDRESS = re.compile(r"data:(?P<type>image/[\w.+-]+)(?:;[\w=-]+)*;base64,(?P<data>[A-Za-z0-9+/=\s]+)")
_KINDS = {
    b"\x89PNG\r\n\x1a\n": "image/png",
    b"\xff\xd8\xff": "image/jpeg",
    b"GIF87a": "image/gif",
    b"GIF89a": "image/gif",
}
LARGEST = 4 * 1024 * 1024
"""An image of more bytes is told of and not drawn."""
_PIECE = 4096
"""Characters the protocol of kitty takes at a time."""


class Image(NamedTuple):
    """A picture in a cell: its media type, as its address or its first bytes tell, and its bytes."""

    type: str
    content: bytes


def image_in(value: Value) -> Image | None:
    """The image a value is: a `data:` address, or a blob of a kind that is known by its first bytes."""
    if isinstance(value, bytes):
        kind = _kind(value)
        return None if kind is None else Image(kind, value)
    if not isinstance(value, str) or not value.startswith("data:image/"):
        return None
    address = _ADDRESS.fullmatch(value)
    if address is None:
        return None
    try:
        return Image(address["type"], b64decode(address["data"]))
    except Error:
        return None


def _kind(content: bytes) -> str | None:
    return next((kind for first, kind in _KINDS.items() if content.startswith(first)), None)


def noted(value: Value) -> Value:
    """The value; a note of type and size in the place of an image."""
    image = image_in(value)
    return value if image is None else note(image.type, len(image.content))


def note(kind: str, size: int) -> str:
    """What is told of a file of that type and so many bytes."""
    return f"[{kind}, {_size(size)}]"


def _size(count: int) -> str:
    if count < 1024:
        return f"{count} bytes"
    return f"{count / 1024:.1f} KB" if count < 1024 * 1024 else f"{count / 1024 / 1024:.1f} MB"


def protocol_of(environment: Mapping[str, str]) -> str | None:
    """How the terminal can be shown images, `kitty` or `iterm2`; None where it does not say that it can."""
    if is_dumb(environment):
        return None
    if "KITTY_WINDOW_ID" in environment or environment.get("TERM") in {"xterm-kitty", "xterm-ghostty"}:
        return "kitty"
    names = {environment.get("TERM_PROGRAM"), environment.get("LC_TERMINAL")}
    return "iterm2" if names & {"iTerm.app", "iTerm2", "WezTerm"} else None


def drawn(image: Image, protocol: str) -> Iterator[str]:
    """What a terminal has to be sent to show the image; nothing for one it may not take."""
    kind = _kind(image.content)
    if kind is None or len(image.content) > LARGEST:
        return
    encoded = b64encode(image.content).decode()
    if protocol == "iterm2":
        yield f"\x1b]1337;File=inline=1;size={len(image.content)}:{encoded}\x07\n"
    elif kind == "image/png":  # the only kind kitty takes as it is
        pieces = [encoded[start : start + _PIECE] for start in range(0, len(encoded), _PIECE)]
        for number, piece in enumerate(pieces):
            head = "f=100,a=T," if number == 0 else ""
            yield f"\x1b_G{head}m={int(number < len(pieces) - 1)};{piece}\x1b\\"
        yield "\n"
