"""Emoji of several characters, shown as their parts.

Terminals do not agree on how wide a family, a flag or a skin colour is. Of the parts they do, and then the
cursor is where the text says. The text itself stays as it is.
"""

from __future__ import annotations

import re

from prompt_toolkit.formatted_text import StyleAndTextTuples
from prompt_toolkit.formatted_text.utils import fragment_list_to_text
from prompt_toolkit.layout.processors import Processor, Transformation, TransformationInput
from prompt_toolkit.layout.utils import explode_text_fragments

# Variation selectors of emoji, and behind an emoji a joiner or a skin colour. Joiners between letters stay.
_JOINING = re.compile("\ufe0f|(?<=[\u2190-\u2bff\ufe0f\U0001f000-\U0001faff])[\u200d\U0001f3fb-\U0001f3ff]")
_FLAGS = {0x1F1E6 + place: 0xFF21 + place for place in range(26)}
"""The letters of flags as wide letters."""


def apart(text: str) -> str:
    """The text with the parts of its emoji side by side."""
    return text if text.isascii() else _JOINING.sub("", text).translate(_FLAGS)


class EmojiApart(Processor):
    """Shows what is typed that way."""

    def apply_transformation(self, transformation_input: TransformationInput) -> Transformation:
        """One line, and where its characters are now."""
        fragments = transformation_input.fragments
        text = fragment_list_to_text(fragments)
        if apart(text) == text:
            return Transformation(fragments)
        gone = {found.start() for found in _JOINING.finditer(text)}
        kept = [place for place in range(len(text)) if place not in gone]
        shown: StyleAndTextTuples = [
            (style, sign.translate(_FLAGS))
            for place, (style, sign, *_) in enumerate(explode_text_fragments(fragments))
            if place not in gone
        ]
        return Transformation(
            shown,
            lambda place: place - sum(each < place for each in gone),
            lambda place: kept[place] if place < len(kept) else len(text),
        )
