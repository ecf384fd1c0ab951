"""`(text AS prompt, url AS image)` in the place of a text (Singdata, image mode)."""

from __future__ import annotations

import json

from aisql.errors import FunctionError
from aisql.functions.base import text_of
from aisql.result import Value


def said_with(prompt: Value, function: str) -> str | None:
    """The text of the prompt; NULL stays None."""
    return text_of(prompt, f"the prompt of {function}")


def image_of(value: Value) -> str:
    """The address of an image. Raises FunctionError for NULL and a blob, in Singdata's words."""
    if value is None:
        raise FunctionError(
            "invalid type of image field: void", hint="leave such rows out: WHERE image IS NOT NULL"
        )
    if not isinstance(value, str):
        raise FunctionError(f"invalid type of image field: {type(value).__name__}")
    return value


def shown(said: str, image: str) -> str:
    """The text of an Ask that shows an image."""
    return json.dumps([said, image], ensure_ascii=False)
