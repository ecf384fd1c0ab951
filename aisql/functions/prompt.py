"""ai_prompt: a template and its arguments as one value (OceanBase, AI_PROMPT).

It asks no model: it is a plain SQL function, and ai_complete takes what it gives in the place of a prompt.
"""

from __future__ import annotations

import json
import re

from aisql.errors import FunctionError
from aisql.functions.base import text_of
from aisql.result import Value

_PLACEHOLDER = re.compile(r"\{([0-9]{1,9})\}")
_BEGINNING = '{"template": "'


def ai_prompt(*arguments: Value) -> Value:
    """`{"template": "...", "args": ["...", ...]}`; NULL where any argument is NULL.

    Raises FunctionError for fewer than two arguments, a blob, and a placeholder without its argument.
    """
    if len(arguments) < 2:
        raise FunctionError(
            "Incorrect parameter count in the call to native function 'ai_prompt'",
            code="-5054",
            hint="the function is called AI_PROMPT('... {0} ...', argument, ...)",
        )
    template, *given = (text_of(argument, "an argument of ai_prompt") for argument in arguments)
    texts = [text for text in given if text is not None]
    if template is None or len(texts) < len(given):
        return None
    if any(int(number) >= len(texts) for number in _PLACEHOLDER.findall(template)):
        raise FunctionError("ai_prompt: invalid placeholder index", hint=f"{{{len(texts) - 1}}} is the last")
    return json.dumps({"template": template, "args": texts}, ensure_ascii=False)


def filled(prompt: str) -> str:
    """The template of what ai_prompt gave with its arguments put in; any other text as it is.

    Braces without a number stay, and so do those an argument brings with it.
    """
    if not prompt.startswith(_BEGINNING):
        return prompt
    try:
        members = json.loads(prompt)
    except (RecursionError, ValueError):
        return prompt
    match members:
        case {"template": str(template), "args": [*texts], **rest} if not rest and _fit(template, texts):
            return _PLACEHOLDER.sub(lambda match: texts[int(match[1])], template)
    return prompt


def _fit(template: str, texts: list[object]) -> bool:
    are_texts = all(isinstance(text, str) for text in texts)
    return are_texts and all(int(number) < len(texts) for number in _PLACEHOLDER.findall(template))
