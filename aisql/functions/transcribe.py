"""ai_transcribe: the words spoken in a recording (Singdata, AI_TRANSCRIBE)."""

from __future__ import annotations

from collections.abc import Sequence

from aisql.functions.base import Ask, Function, Known, Plan, first_text, text_of
from aisql.functions.options import call_options
from aisql.functions.prompts import prompt
from aisql.providers.base import CHAT, Reply
from aisql.result import Value


def plan(arguments: Sequence[Value]) -> Plan:
    """NULL gives NULL without a request. What is no address of a recording is refused before it is asked."""
    address = text_of(arguments[0], "the audio_url of ai_transcribe")
    options = call_options(arguments[1] if len(arguments) > 1 else None)
    if address is None:
        return Known(None)
    return Ask(address, _words, prompt("transcribe.v1").system, options, hears=True)


def _words(reply: Reply) -> Value:
    """What was said, which may be nothing."""
    return str(first_text(reply)).strip()


AI_TRANSCRIBE = Function(
    name="ai_transcribe",
    signature="ai_transcribe(model, audio_url [, json '{...}'])",
    summary="the words spoken in a recording",
    task=CHAT,
    least=2,
    most=3,
    plan=plan,
)
