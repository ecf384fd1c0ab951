"""How a model is named in a call, as candidates; the text between the quotes."""

from __future__ import annotations

from collections.abc import Iterator

from aisql.providers.registry import BUILTIN, SERVICES
from aisql.repl.completion.snapshot import Snapshot
from aisql.repl.completion.suggestions import Candidate, Kind


def coordinates(snapshot: Snapshot) -> Iterator[Candidate]:
    """Registered models, endpoints, connections, the built-in ones, and what services said they serve."""
    for model in snapshot.catalog.models:
        yield Candidate(model.name, Kind.MODEL, model.detail or "model")
    for endpoint in snapshot.catalog.endpoints:
        yield Candidate(f"endpoint:{endpoint.name}", Kind.MODEL, endpoint.detail, order=1)
    yield Candidate(f"{BUILTIN}:demo", Kind.MODEL, "the offline stand-in", order=2)
    for each in connections(snapshot):
        yield each._replace(text=f"{each.text}:")
    for name in snapshot.catalog.served:
        yield Candidate(name, Kind.MODEL, "model of a service", order=4)


def connections(snapshot: Snapshot) -> Iterator[Candidate]:
    """Connections that were made, and the built-in ones."""
    taken = {connection.name for connection in snapshot.catalog.connections}
    for connection in snapshot.catalog.connections:
        yield Candidate(connection.name, Kind.MODEL, f"connection, {connection.detail}", order=1)
    for service in SERVICES:
        if service.built_in_connection and service.name not in taken:
            yield Candidate(service.name, Kind.MODEL, service.base_url or "built-in connection", order=3)
