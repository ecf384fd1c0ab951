"""The services behind connections: which of them are there, and the models they say they serve."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TypeAlias, TypeVar
from urllib.parse import urlsplit

from aisql.engine.learned import models_of, remember_models
from aisql.engine.models import ModelFinder
from aisql.engine.rules import host_of
from aisql.engine.workspace import Workspace
from aisql.errors import AisqlError, OptionError, UsageError
from aisql.providers.base import CHAT, Target
from aisql.providers.registry import SERVICES, LocalServer, adapter, service, usual_address
from aisql.providers.routes import address_of, is_loopback
from aisql.settings import Settings

_PATIENCE = 2.0
"""Seconds for a server on this machine to tell its models."""

_LIST_TIMEOUT = 15.0
"""Seconds for any other service to do so."""

T = TypeVar("T")
Told: TypeAlias = "tuple[str, ...] | AisqlError"
"""The models of a service, or why it did not tell them."""


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

    def models(self, connections: Sequence[str]) -> list[Told]:
        """The models each connection says it serves, or the error it ends with; all are asked side by side.

        Raises UsageError where nothing may be asked.
        """
        self.check()
        self._models.forget()
        return asyncio.run(_side_by_side(map(self._told, connections)))

    async def _told(self, connection: str) -> Told:
        try:
            target = self._models.through(connection)
            return self._remembered(target, await _models(target, self._patience))
        except AisqlError as error:
            return error

    def models_at(self, place: Place) -> tuple[str, ...]:
        """The models of a place, which is asked where it has not told them; with its key, where it has one.

        Raises ProviderError where it does not tell, OptionError for an address that cannot be asked.
        """
        target = replace(_target(place), key=self._settings.environment.get(place.variable))
        names = place.models
        if names is None:
            names = asyncio.run(_models(target, self._patience))
        return self._remembered(target, names)

    def _remembered(self, target: Target, names: tuple[str, ...]) -> tuple[str, ...]:
        remember_models(self._workspace.ledger, host_of(target.url) or "", names)
        return names

    @property
    def _patience(self) -> float:
        return min(_LIST_TIMEOUT, self._settings.timeout)

    def connections(self) -> dict[str, str]:
        """The connections there are, built-in ones too, with their base addresses."""
        return _connections(self._workspace, self._settings.environment)

    def in_use(self) -> list[str]:
        """The connections somebody made, and the built-in ones with a key or with models that are known."""
        ready = {each.name for each in places_in(self._settings.environment)}
        known = known_models(self._workspace, self._settings.environment)
        ready |= {name.partition(":")[0] for name in known}
        ready |= {each.name for each in self._workspace.connections.list()}
        return [name for name in self.connections() if name in ready]

    def places(self, servers: Iterable[LocalServer]) -> list[Place]:
        """Those with a key in the environment, then servers that are running on this machine.

        All servers are asked side by side, and get no key. Raises UsageError where nothing may be asked.
        """
        self.check()
        environment = self._settings.environment
        local = [place for each in servers if is_near(place := _place_of(each, environment))]
        running = asyncio.run(_side_by_side(map(_if_running, local)))
        return [*places_in(environment), *(each for each in running if each is not None)]

    def check(self) -> None:
        """Raises UsageError where the settings say that nothing is to be asked."""
        now = dict(self._settings.items())
        for name, value, other in (("ai.cache", "only", "on"), ("ai.dry_run", "on", "off")):
            if now[name] == value:
                raise UsageError(f"{name} is {value}, so nothing is asked", hint=f"SET {name} = {other}")


def _connections(workspace: Workspace, environment: Mapping[str, str]) -> dict[str, str]:
    built_in = (each for each in SERVICES if each.built_in_connection)
    found = {}
    for record in built_in:
        with suppress(OptionError):  # who uses that one is told
            found[record.name] = usual_address(record, environment)
    for each in workspace.connections.list():
        known = service(each.provider)
        found[each.name] = each.base_url or (known.base_url if known else None) or ""
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


def _target(place: Place) -> Target:
    address = address_of(place.provider, place.base_url, CHAT)
    return Target(place.provider, address.url, "", interface=address.interface)


async def _if_running(place: Place) -> Place | None:
    """The place with its models; None where nothing listens there, or something else does."""
    try:
        return replace(place, models=await _models(_target(place), _PATIENCE))
    except AisqlError:
        return None


async def _side_by_side(works: Iterable[Coroutine[None, None, T]]) -> list[T]:
    return await asyncio.gather(*works)


async def _models(target: Target, timeout: float) -> tuple[str, ...]:
    provider = adapter(target.interface, 1)
    try:
        return await provider.models(target, timeout)
    finally:
        await provider.close()
