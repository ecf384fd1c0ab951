"""ai_translate: a text in another language (Singdata, AI_TRANSLATE)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache, lru_cache, partial
from types import MappingProxyType

from aisql.errors import FunctionError
from aisql.functions.answers import plain_text
from aisql.functions.base import Ask, Function, Known, Plan, text_of
from aisql.functions.options import call_options
from aisql.functions.prompts import prompt
from aisql.providers.base import CHAT
from aisql.result import Value


def plan(arguments: Sequence[Value]) -> Plan:
    """NULL gives NULL and an empty text an empty text, both without a request."""
    text = text_of(arguments[0], "the content of ai_translate")
    language = language_of(arguments[1])
    options = call_options(arguments[2] if len(arguments) > 2 else None)
    if not text:
        return Known(text)
    system, heading = prompt("translate.v1", language=language)
    return Ask(text, partial(plain_text, text=text), system, options, heading)


@lru_cache(maxsize=256)
def language_of(code: Value) -> str:
    """The language of a code as the prompt names it. Raises FunctionError for a code that is none."""
    written = text_of(code, "the language of ai_translate")
    language = None if written is None else languages().get(written.strip().lower())
    if language is None:
        raise FunctionError(
            f"Invalid ISO-639 language code: {'NULL' if written is None else written}",
            hint="a code has two or three letters and no region, such as 'en' or 'zh'",
        )
    return language


@cache
def languages() -> Mapping[str, str]:
    """The languages by their codes, "German (de)" by de, deu and ger.

    The file has a line for each: its codes, the one that is sent first, and its name. There are all codes of
    ISO 639-1, those of ISO 639-2 that are one language, and of ISO 639-3 what has many speakers.
    """
    from importlib import resources  # plain SQL does not need it

    lines = (resources.files("aisql.functions") / "languages.tsv").read_text("utf-8").splitlines()
    named = ((codes.split(), name) for codes, name in (line.split("\t") for line in lines))
    return MappingProxyType({code: f"{name} ({codes[0]})" for codes, name in named for code in codes})


AI_TRANSLATE = Function(
    name="ai_translate",
    signature="ai_translate(model, content, to_lang [, json '{...}'])",
    summary="the text in the language of an ISO 639 code",
    task=CHAT,
    least=3,
    most=4,
    plan=plan,
)
