"""The services behind connections: which of them are there, and the models they say they serve."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from urllib.parse import urlsplit

from aisql.engine.learned import models_of, remember_models
from aisql.engine.models import ModelFinder
from aisql.engine.rules import host_of
from aisql.engine.workspace import Workspace
from aisql.errors import AisqlError, UsageError
from aisql.providers.base import CHAT, Target
from aisql.providers.registry import SERVICES, LocalServer, adapter, service, usual_address
from aisql.providers.routes import address_of, is_loopback
from aisql.settings import Settings

_PATIENCE = 1.0
"""Seconds for a server on this machine to tell its models."""

_LIST_TIMEOUT = 15.0
"""Seconds for any other service to do so."""

@dataclass(frozen=True, slots=True)
class Place:
    """Where models can be asked: a provider at a base address, under the name of a connection.

    `variable` is the environment variable that holds the key, '' where none is needed. `models` are those a
    server on this machine has, None where nobody was asked.
    """

    name: str
    provider: str
    base_url: str
    variable: str = ""
    models: tuple[str, ...] | None = None


class Services:
    """Asks services for their models, and remembers what they say; no call of a model is made."""

    def __init__(self, workspace: Workspace, models: ModelFinder, settings: Settings) -> None:
        self._workspace = workspace
        self._models = models
        self._settings = settings

    def models(self, connection: str) -> tuple[str, ...]:
        """The models a connection says it serves, asked anew.

        Raises FunctionError where there is no such connection, ModelError and OptionError where it is not
        complete, ProviderError where its service does not tell, UsageError where nothing may be asked.
        """
        self.check()
        self._models.forget()
        target = self._models.through(connection)
        names = asyncio.run(_models(target, min(_LIST_TIMEOUT, self._settings.timeout)))
        self.remember(target.url, names)
        return names

    def remember(self, address: str, names: Iterable[str]) -> None:
        """Keeps the models that are served at an address, for completion."""
        remember_models(self._workspace.ledger, host_of(address) or "", names)

    def connections(self) -> dict[str, str]:
        """The connections there are, built-in ones too, with their base addresses."""
        return _connections(self._workspace, self._settings.environment)

    def places(self, servers: Iterable[LocalServer]) -> list[Place]:
        """Those with a key in the environment, then servers that are running on this machine.

        All servers are asked side by side, and get no key. Raises UsageError where nothing may be asked.
        """
        self.check()
        environment = self._settings.environment
        local = [place for each in servers if is_near(place := _place_of(each, environment))]
        return [*places_in(environment), *asyncio.run(_running(local))]

    def check(self) -> None:
        """Raises UsageError where the settings say that nothing is to be asked."""
        for name, value in (("ai.cache", "only"), ("ai.dry_run", "on")):
            if dict(self._settings.items())[name] == value:
                raise UsageError(f"{name} is {value}, so nothing is asked", hint=f"RESET {name}")


def _connections(workspace: Workspace, environment: Mapping[str, str]) -> dict[str, str]:
    built_in = (each for each in SERVICES if each.built_in_connection)
    found = {each.name: usual_address(each, environment) for each in built_in}
    for each in workspace.connections.list():
        record = service(each.provider)
        found[each.name] = each.base_url or (record.base_url if record else None) or ""
    return found


def known_models(workspace: Workspace, environment: Mapping[str, str]) -> Iterator[str]:
    """How the models are named in calls that services said they serve, as far as that is remembered.

    Nothing is asked. Raises CatalogError, OpenError.
    """
    for name, address in _connections(workspace, environment).items():
        for model in models_of(workspace.ledger, host_of(address) or ""):
            yield f"{name}:{model}"


def places_in(environment: Mapping[str, str]) -> list[Place]:
    """The services whose key is in the environment, or whose address where they need no key.

    Several services may take one key; the one that is ready by itself is named then.
    """
    found: dict[str, Place] = {}
    for record in sorted(SERVICES, key=lambda each: not each.built_in_connection):
        variable = (record.key_variable if record.needs_key else record.base_url_variable) or ""
        if variable not in found and environment.get(variable):
            key = variable if record.needs_key else ""
            found[variable] = Place(record.name, record.name, usual_address(record, environment), key)
    return [each for each in found.values() if each.variable or not is_near(each)]


def is_near(place: Place) -> bool:
    """Whether it is on this machine."""
    return is_loopback(urlsplit(place.base_url).hostname or "")


def _place_of(server: LocalServer, environment: Mapping[str, str]) -> Place:
    """Where a server listens: its variable may tell another address."""
    record = service(server.provider)
    told = record is not None and environment.get(record.base_url_variable or "")
    base = usual_address(record, environment) if record is not None and told else server.base_url
    return Place(server.name, server.provider, base)


async def _running(places: Iterable[Place]) -> list[Place]:
    """Those where a server tells its models."""
    found = await asyncio.gather(*map(_asked, places))
    return [each for each in found if each is not None]


async def _asked(place: Place) -> Place | None:
    address = address_of(place.provider, place.base_url, CHAT)
    target = Target(place.provider, address.url, "", interface=address.interface)
    try:
        return replace(place, models=await _models(target, _PATIENCE))
    except AisqlError:
        return None  # nothing listens there, or something else does


async def _models(target: Target, timeout: float) -> tuple[str, ...]:
    provider = adapter(target.interface, 1)
    try:
        return await provider.models(target, timeout)
    finally:
        await provider.close()
