"""The lists of models that services give."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from aisql.errors import ProviderError
from aisql.providers.base import CHAT, Request, Target
from aisql.providers.faults import hidden
from aisql.providers.model_names import usable
from aisql.providers.reading import Reader
from aisql.providers.routes import base_of
from aisql.providers.transport import Response, secrets_of

_HINT = "the name of a model can be given all the same"


def beside(target: Target, path: str, **query: int) -> Target:
    """The target with the URL that the path has at the same base; parameters are added to its query."""
    parts = urlsplit(base_of(target.url))
    joined = urlencode([*parse_qsl(parts.query, keep_blank_values=True), *query.items()])
    return replace(target, url=urlunsplit(parts._replace(path=parts.path + path, query=joined)))


def listed(response: Response, target: Target, member: str, name: str) -> tuple[str, ...]:
    """The names in an answer, a JSON object that has a list of objects in `member`.

    Raises ProviderError for any other answer.
    """
    reader = Reader(Request(target, CHAT), _HINT)
    answer = reader.object(response.body)
    entries = answer.get(member, "")
    if entries is None:
        return ()  # some servers write null where they have none
    if not isinstance(entries, list):
        raise reader.unusable("answered with something that is not a list of models")
    secrets = secrets_of(target)
    names = [each.get(name) for each in entries if isinstance(each, dict)]
    return usable(each for each in names if isinstance(each, str) and hidden(each, secrets) == each)


def no_list(target: Target) -> ProviderError:
    """The error of an interface that has no list."""
    return ProviderError(f"{target.provider} gives no list of its models", hint=_HINT)
