"""Inputs on their way into a request: fitted into the context of the model, images and sounds looked at."""

from __future__ import annotations

import json
from hashlib import blake2b

from aisql.engine.calls import Seen
from aisql.engine.media_files import MediaFiles
from aisql.engine.models import ModelUse
from aisql.errors import CONTEXT_TOO_LONG, FunctionError, OptionError, ProviderError
from aisql.functions.base import Ask, Known, Plan
from aisql.providers.base import CHAT
from aisql.providers.routes import OLLAMA
from aisql.providers.tokens import Counter, Fitted, counter, fit
from aisql.result import Value

_IMAGES = ("http://", "https://", "data:image/")
_SOUNDS = ("http://", "https://", "data:audio/")
_SHOWN = 60
_TEMPLATE = 16
"""Tokens that the template of a model puts around messages."""
_ANSWER = 4
"""This part of a context is for the answer, where nobody says how long it may be."""
_ROOM = 16_000
_ROOM_AT_OLLAMA = 2_000


class Overflows:
    """Fits the inputs of one statement. `vocabularies` is the folder with those of the package tiktoken, and
    `files` knows what calls may show."""

    def __init__(self, vocabularies: str | None, files: MediaFiles) -> None:
        self._vocabularies = vocabularies
        self._files = files
        self._counters: dict[str, Counter] = {}
        self._seen = Seen()
        self._first = ""
        self._told = 0

    def fitted(self, use: ModelUse, ask: Ask, skipped: Value) -> Plan:
        """What is to be asked of a model in the place of `ask`; the value `skipped` for what is left out.

        Raises FunctionError where the input is to be an image or a sound and is none, ProviderError where it
        is longer than the context and is not to be cut.
        """
        if ask.hears:
            return self._heard(ask)
        if ask.shows or use.images:
            return self._pictured(ask)
        if use.context is None:
            return ask
        model = use.target.model
        if model not in self._counters:
            self._counters[model] = counter(model, self._vocabularies)
        size = use.context.size - _taken(use, ask, self._counters[model])
        if ask.whole:
            _check_size(self._counters[model].count(ask.text), size)
            return ask
        fitted = fit(ask.text, size, use.context.action, self._counters[model])
        if fitted.log is not None:
            self._note(ask.text, fitted)
        return Known(skipped) if fitted.text is None else ask._replace(text=fitted.text)

    def _pictured(self, ask: Ask) -> Ask:
        """What shows an image, once the address of it is looked at; an image is never cut."""
        for address in json.loads(ask.text)[1:] if ask.shows else (ask.text,):
            if not self._files.admit(address):
                _check_image(address)
        return ask

    def _heard(self, ask: Ask) -> Ask:
        """What is a sound, once the address of it is looked at."""
        if not self._files.admit(ask.text) and not ask.text.lower().startswith(_SOUNDS):
            raise FunctionError(
                "AI_TRANSCRIBE: audio_url must start with http:// or https://",
                hint="data:audio/...;base64,... and GET_PRESIGNED_URL(...) are sounds too",
            )
        return ask

    def _note(self, text: str, fitted: Fitted) -> None:
        if self._seen.add(blake2b(text.encode("utf-8", "replace"), digest_size=8).digest()):
            self._first = self._first or fitted.log or ""
            self._told += 1

    def notices(self) -> list[str]:
        """What the actions that end in -log tell: the first in full, and how many more there were."""
        if not self._told:
            return []
        return [self._first if self._told == 1 else f"{self._first} (and {self._told - 1} more inputs)"]


def _check_size(tokens: int, size: int) -> None:
    if tokens > size:
        raise ProviderError(
            f"the input has {tokens} tokens, and the context of the model has room for {size}",
            code=CONTEXT_TOO_LONG,
            attempts=0,
        )


def _taken(use: ModelUse, ask: Ask, counter: Counter) -> int:
    """The tokens of the context that are no room for the input.

    Elsewhere the size bounds the input alone, as in Flink. Ollama is given it as the context of the model,
    where instruction and answer have to fit too.
    """
    if use.target.interface != OLLAMA:
        return 0
    assert use.context is not None  # noqa: S101 # it is asked for then
    system = use.system if ask.system is None else ask.system
    around = counter.count(f"{system}\n{use.prefix}\n{ask.heading}") if use.task == CHAT else 0
    parameters = dict(use.parameters) | dict(ask.options.parameters)
    length = parameters.get("max_tokens", "")
    answer = int(length) if length.isdigit() else use.context.size // _ANSWER
    taken = around + _TEMPLATE + (answer if use.task == CHAT else 0)
    if taken >= use.context.size:
        raise OptionError(
            f"Option 'max-context-size' = {use.context.size} has no room for an input",
            hint=f"instruction and answer take {taken} tokens",
        )
    return taken


def room_of(use: ModelUse) -> int:
    """How many tokens of input one request of a call has room for that divides its input itself.

    Instruction and answer get a part of the context. Where nobody says how large that is, it is what every
    model of today has; a model on Ollama has no more than it is told to have.
    """
    if use.context is not None:
        return max(use.context.size // 2, 1)
    return _ROOM_AT_OLLAMA if use.target.interface == OLLAMA else _ROOM


def _check_image(address: str) -> None:
    if not address.lower().startswith(_IMAGES):
        shown = address if len(address) <= _SHOWN else f"{address[:_SHOWN]}..."
        raise FunctionError(
            f"the input of the model must be an image, got '{shown}'",
            hint="an image is an http or https address, data:image/...;base64,..., or GET_PRESIGNED_URL(...)",
        )
