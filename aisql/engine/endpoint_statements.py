"""CALL DBMS_AI_SERVICE: AI models and their endpoints (OceanBase)."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import assert_never

from aisql.catalog.endpoints import KEY, Endpoint
from aisql.engine import rules
from aisql.engine.models import ENDPOINT_PROVIDERS, MODEL_TYPES
from aisql.engine.workspace import Workspace
from aisql.errors import CatalogError, OptionError, SafeModeError
from aisql.result import Result
from aisql.secrecy import MASK
from aisql.syntax import statements as s

_ALL = "ALL"
_LONGEST = 128
_LONGEST_URL = 2_048
MODEL_PARAMETERS = ("type", "model_name")
_RESERVED = ("parameters", "request_transform_fn", "response_transform_fn")
ENDPOINT_PARAMETERS = ("scope", "ai_model_name", "url", KEY, "provider", "request_model_name")
_WAYS = ("url", KEY)
"""Those that say where requests go."""


def execute(workspace: Workspace, statement: s.EndpointStatement) -> Result:
    """Runs a procedure of DBMS_AI_SERVICE. Errors have OceanBase's codes and texts."""
    try:
        return _execute(workspace, statement)
    except CatalogError as error:
        error.span = error.span or statement.name_span
        raise
    except (OptionError, SafeModeError) as error:
        if not isinstance(statement, s.DropAiModel | s.DropEndpoint):
            error.span = error.span or statement.params_span
        raise


def _execute(workspace: Workspace, statement: s.EndpointStatement) -> Result:
    match statement:
        case s.CreateAiModel():
            return _create_model(workspace, statement)
        case s.DropAiModel():
            workspace.endpoints.drop_model(statement.name)
            return Result()
        case s.CreateEndpoint():
            return _create_endpoint(workspace, statement)
        case s.AlterEndpoint():
            return _alter_endpoint(workspace, statement)
        case s.DropEndpoint():
            workspace.endpoints.drop(statement.name)
            return Result()
        case _:
            assert_never(statement)


def _create_model(workspace: Workspace, statement: s.CreateAiModel) -> Result:
    _check_name(statement)
    params = _params(statement.params, MODEL_PARAMETERS)
    _check(params, "type", lambda kind: kind.lower() in MODEL_TYPES)
    _check(params, "model_name", _is_short)
    workspace.endpoints.create_model(statement.name, params["type"], params["model_name"])
    return Result()


def _create_endpoint(workspace: Workspace, statement: s.CreateEndpoint) -> Result:
    _check_name(statement)
    params = _params(statement.params, (*ENDPOINT_PARAMETERS, *_RESERVED))
    _check_ways(workspace, params)
    _check_endpoint(workspace, params)
    values = _values({"scope": _ALL, "request_model_name": ""} | params)
    workspace.endpoints.create(statement.name, values, rules.host_of(params["url"]))
    return Result(notices=rules.unprotected(params["url"], has_key=True))


def _alter_endpoint(workspace: Workspace, statement: s.AlterEndpoint) -> Result:
    """The given parameters replace those that are there, and the whole is checked as for a new endpoint."""
    _check_name(statement)
    params = _params(statement.params, (*ENDPOINT_PARAMETERS, *_RESERVED))
    _check_ways(workspace, params)
    merged = _written(workspace.endpoints.get(statement.name)) | params
    _check_endpoint(workspace, merged)
    workspace.endpoints.alter(statement.name, _values(params), rules.host_of(merged["url"]))
    return Result(notices=rules.unprotected(merged["url"], has_key=True))


def _written(endpoint: Endpoint) -> dict[str, str]:
    """The parameters an endpoint was made with; a literal key is masked."""
    return {
        "scope": endpoint.scope,
        "ai_model_name": endpoint.ai_model_name,
        "url": endpoint.url,
        KEY: endpoint.access_key,
        "provider": endpoint.provider,
        "request_model_name": endpoint.request_model_name or "",
    }


def _values(params: Mapping[str, str]) -> dict[str, str | None]:
    """What is kept of parameters: the reserved ones hold nothing."""
    values: dict[str, str | None] = {
        key: value for key, value in params.items() if key in ENDPOINT_PARAMETERS
    }
    if "scope" in values:
        values["scope"] = _ALL
    if "request_model_name" in values:
        values["request_model_name"] = params["request_model_name"] or None
    return values


# ---------------------------------------------------------------- checks


def _check_name(statement: s.CreateAiModel | s.CreateEndpoint | s.AlterEndpoint) -> None:
    try:
        _check({"name": statement.name}, "name", _is_short)
    except OptionError as error:
        error.span = statement.name_span
        raise


def _params(text: str, known: tuple[str, ...]) -> dict[str, str]:
    """The members of a JSON object by their names in small letters; every value is a string."""
    try:
        members = json.loads(text)
        json.dumps(members, ensure_ascii=False).encode()  # half a character cannot be kept
    except (RecursionError, ValueError):
        members = None
    if not isinstance(members, dict):
        message = "This type of param 'PARAMS' is invalid, should be JSON_OBJECT"
        raise OptionError(message, code="-11117", hint="""the params are JSON: '{"name": "value"}'""")
    for key, value in members.items():
        if key.lower() not in known:
            raise OptionError(
                f"The param '{key}' is invalid", code="-11115", hint=f"known are {', '.join(known)}"
            )
        if not isinstance(value, str):
            raise _wrong(key.lower(), "the values of params are strings")
        if value == MASK:
            raise _wrong(key.lower(), "it was copied masked")
    return {key.lower(): value for key, value in members.items()}


def _check_ways(workspace: Workspace, params: Mapping[str, str]) -> None:
    for key in _WAYS:
        if key in params:
            workspace.access.endpoint(f"the param '{key}'")


def _check_endpoint(workspace: Workspace, params: Mapping[str, str]) -> None:
    """Raises OptionError for the first parameter that is wrong, in the order OceanBase looks at them."""
    if params.get("scope", _ALL).upper() != _ALL:
        raise _wrong("scope", "it is ALL")
    _check(params, "ai_model_name", lambda name: workspace.endpoints.find_model(name) is not None)
    _check(params, "url", _is_url)
    rules.check_address("url", params["url"])
    _check(params, KEY, lambda key: len(key) <= _LONGEST_URL)
    providers = ", ".join(ENDPOINT_PROVIDERS)
    _check(params, "provider", lambda name: name.lower() in ENDPOINT_PROVIDERS, f"it is one of {providers}")
    if not _is_short(params.get("request_model_name", "")):
        raise _wrong("request_model_name")
    for key in _RESERVED:
        if params.get(key):
            raise _wrong(key, "it is reserved, and has to be empty")


def _check(
    params: Mapping[str, str], key: str, is_valid: Callable[[str], bool], hint: str | None = None
) -> None:
    value = params.get(key, "")
    if not value:
        raise OptionError(f"The param '{key}' is empty or null", code="-11114")
    if not is_valid(value):
        raise _wrong(key, hint)


def _is_short(name: str) -> bool:
    return len(name) <= _LONGEST


def _is_url(url: str) -> bool:
    return len(url) <= _LONGEST_URL and ("${" in url or rules.host_of(url) is not None)


def _wrong(key: str, hint: str | None = None) -> OptionError:
    return OptionError(f"The value of param '{key}' is invalid", code="-11116", hint=hint)
