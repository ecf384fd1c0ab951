"""What `\\connect` has to offer: what was found, each with the name of a connection to it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain, count

from aisql.engine.services import Place, Services
from aisql.errors import CatalogError, UsageError
from aisql.providers.registry import SERVICES, LocalServer, service
from aisql.render.masking import mask_tokens
from aisql.schema import quote_name, quote_text

_NAME = re.compile(r"[\w-]+")


@dataclass(frozen=True, slots=True)
class Offer:
    """A place that was found, and the name of the connection to it, which may be there already."""

    place: Place
    connection: str
    is_there: bool

    def coordinate(self, model: str) -> str:
        """How a call names a model of the connection."""
        return f"{self.connection}:{model}"


def offers_of(services: Services, name: str, servers: Iterable[LocalServer]) -> list[Offer]:
    """What is found; `name` is that of a place, or the one the new connection is to have.

    Raises UsageError where nothing is found or may be asked, and for a name that cannot be one; CatalogError
    for a name that is taken.
    """
    connections = services.connections()
    places = services.places(servers)
    if not places:
        ready = [each for each in SERVICES if each.built_in_connection and each.needs_key]
        variables = ", ".join(each.key_variable or "" for each in ready)
        raise UsageError(
            "no key is in the environment, and no server was found on this machine",
            code="not_found",
            hint=f"set one of {variables}, or start Ollama; CREATE API CONNECTION names any other service",
        )
    if name in {each.name for each in places}:
        name = ""
    elif name in connections:
        raise CatalogError(f"Connection '{name}' already exists.", hint="give the new one another name")
    elif name and not _NAME.fullmatch(name):
        raise UsageError(f"{name} is no name for a connection", hint="letters, digits, _ and -")
    return [_offer(each, connections, name) for each in places]


def _offer(place: Place, connections: Mapping[str, str], name: str) -> Offer:
    """With the connection that leads there, else with the first name that is free."""
    if name:
        return Offer(place, name, is_there=False)
    names = chain([place.name], (f"{place.name}{number}" for number in count(2)))
    free = next(each for each in names if connections.get(each, place.base_url) == place.base_url)
    return Offer(place, free, is_there=free in connections)


def in_sql(offer: Offer) -> Iterator[str]:
    """What a user would type who was not asked."""
    models = offer.place.models or ("MODEL",)
    yield f"-- {offer.place.name}"
    if not offer.is_there:
        yield f"{mask_tokens(creation(offer))};"
    yield f"SELECT ai_complete({quote_text(offer.coordinate(models[0]))}, 'Hello');"


def creation(offer: Offer) -> str:
    """The statement that makes the connection; the key stays in its variable."""
    place, record = offer.place, service(offer.place.provider)
    name = offer.connection if offer.connection.isidentifier() else quote_name(offer.connection)
    statement = f"CREATE API CONNECTION {name} TYPE ai_function PROVIDER = {quote_text(place.provider)}"
    if record is None or place.base_url != record.base_url:
        statement += f" BASE_URL = {quote_text(place.base_url)}"
    return statement + (f" API_KEY = '${{{place.variable}}}'" if place.variable else "")
