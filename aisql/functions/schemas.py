"""JSON schemas: what a model is asked for, and whether its answer is that."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from typing import Any

from aisql.errors import FunctionError
from aisql.functions.answers import object_in, unusable
from aisql.functions.base import first_text
from aisql.functions.fields import Schema, is_short_form, schema_of_fields
from aisql.providers.base import Reply


def is_schema(keys: Any) -> bool:
    """Whether a value is the JSON schema of an object, and not keys with what they mean."""
    return isinstance(keys, dict) and isinstance(keys.get("properties"), dict)


def schema_of(text: str) -> Schema | None:
    """The schema that a text tells, as JSON or in the short form, made strict; None where it tells none.

    Raises FunctionError for one that is wrong.
    """
    if is_short_form(text):
        return strict(schema_of_fields(text))
    try:
        keys = json.loads(text)
    except (RecursionError, ValueError):
        return None
    if not is_schema(keys):
        return None
    try:
        _check(keys)
        return strict(keys)
    except RecursionError:
        raise FunctionError("the schema is nested too deeply") from None


def _check(schema: Schema) -> None:
    from jsonschema import Draft202012Validator, SchemaError  # few statements need it

    try:
        Draft202012Validator.check_schema(schema)
    except SchemaError as error:
        raise FunctionError(f"the schema is no JSON schema: {error.message}") from None
    if schema.get("type", "object") != "object" or not schema["properties"]:
        raise FunctionError("the schema must be that of an object with properties")
    _check_references(schema)


def _check_references(schema: Schema) -> None:
    """Raises FunctionError before anybody is asked; nothing is fetched."""
    from referencing import Registry
    from referencing.exceptions import Unresolvable
    from referencing.jsonschema import DRAFT202012

    resource = DRAFT202012.create_resource(schema)
    resolver = Registry().with_resource("", resource).crawl().resolver()
    try:
        for reference in _references(schema):
            resolver.lookup(reference)
    except (Unresolvable, ValueError) as error:
        raise FunctionError(f"the schema refers to what is not there: {error}") from None


def _references(value: Any) -> Iterator[str]:
    members = value.items() if isinstance(value, dict) else enumerate(value)
    for name, member in members:
        if name == "$ref" and isinstance(member, str):
            yield member
        elif isinstance(member, dict | list):
            yield from _references(member)


def strict(schema: Schema) -> Schema:
    """The schema in the form that services hold to: every property is there, and none besides; one that is
    not required may be null."""
    if is_schema(schema):
        required = schema.get("required", ())
        properties = {
            name: strict(each) if name in required else _nullable(strict(each))
            for name, each in schema["properties"].items()
        }
        members = {"type": "object", "properties": properties, "required": [*properties]}
        return {**schema, **members, "additionalProperties": False}
    if _has_items(schema):
        return {**schema, "items": strict(schema["items"])}
    return schema


def _has_items(schema: Any) -> bool:
    return isinstance(schema, dict) and isinstance(schema.get("items"), dict)


def _nullable(schema: Schema) -> Schema:
    kinds = schema.get("type") if isinstance(schema, dict) else None  # `true` is a schema too
    if kinds is None or "null" in kinds:
        return schema
    wider = {**schema, "type": [*([kinds] if isinstance(kinds, str) else kinds), "null"]}
    return wider if "enum" not in schema else {**wider, "enum": [*schema["enum"], None]}


def typed(reply: Reply, schema: Schema) -> Any:
    """The object in an answer, with null for what is absent.

    Raises ProviderError where it is not as the schema wants it.
    """
    try:
        found = _filled(object_in(reply), schema)
        problem = _problem(found, schema)
    except RecursionError:
        problem = "it is nested too deeply"
    if problem:
        raise unusable(str(first_text(reply)), f"which is not as it was asked for: {problem}")
    return found


def _filled(value: Any, schema: Schema) -> Any:
    """The members that were asked for, and no others; 3.0 is a whole number to JSON, and becomes 3."""
    if isinstance(value, dict) and is_schema(schema):
        return {name: _filled(value.get(name), each) for name, each in schema["properties"].items()}
    if isinstance(value, list) and _has_items(schema):
        return [_filled(member, schema["items"]) for member in value]
    if isinstance(value, float) and value.is_integer() and _takes_whole_numbers_only(schema):
        return int(value)
    return value


def _takes_whole_numbers_only(schema: Any) -> bool:
    kinds = schema.get("type") if isinstance(schema, dict) else None
    return kinds is not None and "integer" in kinds and "number" not in kinds


def _problem(value: Any, schema: Schema) -> str:
    from jsonschema import Draft202012Validator, FormatChecker  # as above
    from referencing import Registry
    from referencing.exceptions import Unresolvable

    checker = FormatChecker(())
    checker.checks("date", ValueError)(_is_date)
    # With a registry of its own it fetches nothing that a schema refers to.
    validator = Draft202012Validator(schema, registry=Registry(), format_checker=checker)
    try:
        problem = next(validator.iter_errors(value), None)
    except Unresolvable as error:  # as $dynamicRef can be
        raise FunctionError(f"the schema refers to what is not there: {error}") from None
    return "" if problem is None else f"{problem.json_path}: {problem.message}"


def _is_date(value: object) -> bool:
    # Python reads other forms of ISO 8601 too.
    return not isinstance(value, str) or date.fromisoformat(value).isoformat() == value
