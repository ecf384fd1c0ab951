"""What is alike in the requests of all services: parameters, what has no place, images and sounds."""

from __future__ import annotations

import base64
import json
import re
from urllib.parse import unquote_to_bytes

from aisql.errors import OptionError
from aisql.providers.base import Json, Request, Task
from aisql.providers.options import OPTIONS


def given(request: Request) -> dict[str, Json]:
    """The parameters of a request.

    Raises OptionError where they ask for half a stream, or bring messages of their own.
    """
    members: dict[str, Json] = {name: json.loads(text) for name, text in request.parameters}
    if "messages" in members:
        raise OptionError("'messages' in extra-body would take the place of what is asked")
    if not isinstance(members.get("stream"), bool | None):
        raise OptionError("'stream' in extra-body must be true or false")
    return members


def take_unplaced(members: dict[str, Json], interface: str) -> None:
    """Takes out what an interface has no place for, as the options tell.

    Raises OptionError where it asks for something: one answer (`n`) is what comes without being asked for.
    """
    for option in OPTIONS:
        if option.member and interface not in option.interfaces:
            value = members.pop(option.member, None)
            if value is not None and (option.member, value) != ("n", 1):
                raise OptionError(f"the interface '{interface}' has no place for the option '{option.key}'")


def no_task(interface: str, task: Task) -> OptionError:
    """The error for a task that an interface does not have."""
    return OptionError(f"the interface '{interface}' has no {task}")


def no_schema() -> OptionError:
    """The error for JSON of a schema that is not told, where an interface takes none without."""
    return OptionError(
        "Option 'response-format' json_schema needs a schema",
        hint='it stands in extra-body: {"response_format": {"json_schema": {"schema": {...}}}}',
    )


def texts_in(value: Json) -> Json:
    """The list of texts that end an answer, also where only one is given."""
    return [value] if isinstance(value, str) else value


_TRANSCRIBES_ONLY = re.compile(r"(?i)(?<![a-z])asr(?![a-z])")


def transcribes_only(model: str) -> bool:
    """Whether a model does nothing but transcribe, and takes an instruction for words it may hear."""
    return _TRANSCRIBES_ONLY.search(model) is not None


def refuse_sounds(request: Request, interface: str) -> None:
    """Raises OptionError for a request with a sound, where an interface has no place for any."""
    if any(each.sounds for each in request.messages):
        raise OptionError(
            f"the interface '{interface}' has no place for sounds",
            hint="models of OpenAI and of Model Studio (dashscope) hear them",
        )


def inline_media(url: str) -> tuple[str, str] | None:
    """The media type and the base64 of an image or a sound that is itself in its URL (data:), None for an
    address."""
    scheme, _, rest = url.partition(":")
    if scheme == "volume":
        return "", url  # a file whose content is left out where a request is shown
    if scheme.strip().lower() != "data":
        return None
    head, _, data = rest.partition(",")
    kind, *more = head.lower().split(";")
    if "base64" not in more:
        data = base64.b64encode(unquote_to_bytes(data)).decode()
    return kind, data.strip()
