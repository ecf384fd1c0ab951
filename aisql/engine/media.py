"""What kind of image or sound a file is, told from how it begins: a name may say anything."""

from __future__ import annotations

import re

HEAD = 16
"""How many bytes it takes to tell."""

_KINDS: tuple[tuple[str, re.Pattern[bytes]], ...] = tuple(
    (kind, re.compile(pattern, re.DOTALL))
    for kind, pattern in (
        ("image/png", rb"\x89PNG\r\n\x1a\n"),
        ("image/jpeg", rb"\xff\xd8\xff"),
        ("image/gif", rb"GIF8[79]a"),
        ("image/webp", rb"RIFF.{4}WEBP"),
        ("image/bmp", rb"BM.{4}\0{4}"),
        ("image/tiff", rb"II\*\0|MM\0\*"),
        ("image/avif", rb".{4}ftypavi[fs]"),
        ("image/heic", rb".{4}ftyp(?:hei[cxms]|hev[cxms])"),
        ("image/heif", rb".{4}ftypm(?:if1|sf1)"),
        ("audio/wav", rb"RIFF.{4}WAVE"),
        ("audio/mpeg", rb"ID3|\xff[\xe2\xe3\xf2\xf3\xfa\xfb][\x00-\xef]"),
        ("audio/flac", rb"fLaC"),
        ("audio/mp4", rb".{4}ftypM4[AB] "),
        ("audio/ogg", rb"OggS"),
    )
)


def media_type(head: bytes) -> str | None:
    """The MIME type of a file that begins so; None for what is neither an image nor a sound."""
    return next((kind for kind, pattern in _KINDS if pattern.match(head)), None)
