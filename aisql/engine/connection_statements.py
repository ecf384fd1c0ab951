"""Statements about API connections."""

from __future__ import annotations

from collections.abc import Mapping
from typing import assert_never

from aisql.catalog import connections
from aisql.engine import rules
from aisql.engine.listing import matching
from aisql.engine.workspace import Workspace
from aisql.errors import OptionError
from aisql.providers.options import OPTIONS
from aisql.providers.registry import SERVICES, service
from aisql.providers.values import problem
from aisql.result import Result, listing
from aisql.secrecy import MASK, sounds_secret
from aisql.syntax import statements as s


def execute(workspace: Workspace, statement: s.ConnectionStatement) -> Result:
    """Runs a statement about connections."""
    match statement:
        case s.CreateConnection():
            return _create_connection(workspace, statement)
        case s.DropConnection():
            workspace.connections.drop(statement.name, if_exists=statement.if_exists)
            return Result()
        case s.ShowConnections():
            return _show_connections(workspace, statement)
        case s.DescribeConnection():
            return _describe_connection(workspace, statement)
        case _:
            assert_never(statement)


def _create_connection(workspace: Workspace, statement: s.CreateConnection) -> Result:
    """CREATE API CONNECTION, of type ai_function."""
    if statement.type.lower() != "ai_function":
        raise OptionError(f"a connection of TYPE {statement.type} is not known", hint="TYPE is ai_function")
    properties = {key.lower(): value for key, value in statement.properties}
    if len(properties) < len(statement.properties):
        raise OptionError("a property of the connection is given twice")
    provider = properties.pop("provider", "")
    if not provider:
        raise OptionError("a connection needs PROVIDER", hint="PROVIDER = 'openai'")
    for name in properties:
        if name == "base_url" or rules.leads(name.replace("_", "-")):
            workspace.access.endpoint(name.upper())
    _check_properties(properties, provider)
    base_url = properties.pop("base_url", "")
    rules.check_address("BASE_URL", base_url)
    masked = [name for name, value in properties.items() if value == MASK]
    notices = [f"{name.upper()} was copied masked; the connection is without it" for name in masked]
    properties = {name: value for name, value in properties.items() if name not in masked}
    record = service(provider)
    made = workspace.connections.create(
        statement.name,
        statement.type,
        provider,
        base_url,
        properties,
        host=rules.host_of(base_url or (record.base_url if record else None) or ""),
        if_not_exists=statement.if_not_exists,
    )
    if made and record is None:
        names = ", ".join(each.name for each in SERVICES)
        notices.append(f"there is no provider '{provider}'; known are {names}")
    elif made and record is not None:
        needed = {"BASE_URL": not (base_url or record.base_url or record.name == "builtin")}
        needed["API_KEY"] = record.needs_key and "api_key" not in properties
        notices += [f"the connection has no {name}" for name, is_missing in needed.items() if is_missing]
        has_key = any(map(sounds_secret, properties))
        notices += rules.unprotected(base_url or record.base_url or "", has_key=has_key)
    return Result(notices=notices)


def _check_properties(properties: Mapping[str, str], provider: str) -> None:
    """Raises OptionError for a property no connection has, and for a value that it cannot have.

    Beside the documented ones they are those options of a model that are about its provider.
    """
    known = {option.key.replace("-", "_"): option.key for option in OPTIONS if option.belongs_to_connections}
    for name, value in properties.items():
        if name in ("base_url", "api_key") or value == MASK:
            continue
        if name not in known:
            names = ", ".join(each.upper() for each in ("provider", "base_url", "api_key", *known))
            raise OptionError(f"a connection has no property {name.upper()}", hint=f"known are {names}")
        wrong = problem(known[name], value, provider, None)
        if wrong is not None:
            raise OptionError(wrong.replace(f"'{known[name]}'", name.upper(), 1))


def _show_connections(workspace: Workspace, statement: s.ShowConnections) -> Result:
    """SHOW CONNECTIONS."""
    found = {connection.name: connection for connection in workspace.connections.list()}
    names = matching(found, statement.like)
    return listing(connections.SHOW_COLUMNS, [connections.show_row(found[name]) for name in names])


def _describe_connection(workspace: Workspace, statement: s.DescribeConnection) -> Result:
    """DESC CONNECTION; a key is never shown."""
    rows = connections.describe_rows(workspace.connections.get(statement.name))
    return listing(connections.DESCRIBE_COLUMNS, rows)
