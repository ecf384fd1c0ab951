"""CREATE, ALTER, DROP, SHOW and DESCRIBE MODEL."""

from __future__ import annotations

from collections.abc import Mapping
from typing import assert_never

from aisql.catalog.objects import Definition, Model, ObjectPath
from aisql.engine import rules
from aisql.engine.listing import definition, matching, one_column
from aisql.engine.workspace import Workspace
from aisql.errors import StatementError
from aisql.providers.options import canonical
from aisql.result import Result, listing
from aisql.syntax import statements as s


def execute(workspace: Workspace, statement: s.ModelStatement) -> Result:
    """Runs a statement about models."""
    match statement:
        case s.CreateModel():
            return _create_model(workspace, statement)
        case s.RenameModel():
            return _rename_model(workspace, statement)
        case s.SetModelOptions():
            return _set_options(workspace, statement)
        case s.ResetModelOptions():
            return _reset_options(workspace, statement)
        case s.DropModel():
            return _drop_model(workspace, statement)
        case s.ShowModels():
            return _show_models(workspace, statement)
        case s.ShowCreateModel():
            return _show_create_model(workspace, statement)
        case s.DescribeModel():
            return _describe_model(workspace, statement)
        case _:
            assert_never(statement)


def _create_model(workspace: Workspace, statement: s.CreateModel) -> Result:
    """Refuses what Flink refuses and values no provider we know takes; warns about the rest."""
    if not statement.options:
        raise StatementError("Model property list can not be empty.", hint="WITH ('provider' = '...', ...)")
    if statement.input and not statement.output:
        raise StatementError("Output column list can not be empty with non-empty input column list.")
    for columns in (statement.input, statement.output):
        names = [column.name for column in columns]
        for name in names:
            if names.count(name) > 1:
                raise StatementError(f"column '{name}' is defined twice")
    options, notices = rules.canonical_options(statement.options)
    rules.check_ways(workspace.access, options)
    rules.check_options(options, options, statement.output)
    definition = Definition(
        statement.input,
        statement.output,
        statement.comment,
        options,
        rules.host_of(options.get("endpoint", "")),
    )
    made = workspace.models.create(
        workspace.catalogs.complete(statement.path),
        definition,
        temporary=statement.temporary,
        if_not_exists=statement.if_not_exists,
        or_replace=statement.replace,
    )
    if made:
        notices += rules.warnings_about(options, statement.input, statement.output)
    return Result(notices=notices)


def _rename_model(workspace: Workspace, statement: s.RenameModel) -> Result:
    """ALTER MODEL ... RENAME TO."""
    path = workspace.catalogs.complete(statement.path)
    workspace.models.rename(path, statement.new_path, if_exists=statement.if_exists)
    return Result()


def _set_options(workspace: Workspace, statement: s.SetModelOptions) -> Result:
    """ALTER MODEL ... SET; checked together with what the model has already."""
    path = workspace.catalogs.complete(statement.path)
    changes, notices = rules.canonical_options(statement.options)
    rules.check_ways(workspace.access, changes)
    model = workspace.models.find(path)
    if model is not None:
        rules.check_options(changes, _options(model) | changes, model.output)
    if changes or not statement.options:
        merged = (_options(model) if model is not None else {}) | changes
        host = rules.host_of(merged.get("endpoint", ""))
        workspace.models.set_options(path, changes, host=host, if_exists=statement.if_exists)
        notices += _keys_left_behind(workspace, model, changes, host)
    return Result(notices=notices + _warnings(workspace, path))


def _keys_left_behind(
    workspace: Workspace, model: Model | None, changes: Mapping[str, str], host: str | None
) -> list[str]:
    """Which keys will not be sent to the new address, because they were given for another."""
    notices = []
    for key in dict(model.secrets) if model is not None else ():
        secret = workspace.models.reveal(model, key) if model is not None and key not in changes else None
        if secret is not None and secret.host is not None and host is not None and secret.host != host:
            notices.append(
                f"option '{key}' was given for {secret.host} and is not sent to {host}; give it again"
            )
    return notices


def _reset_options(workspace: Workspace, statement: s.ResetModelOptions) -> Result:
    """ALTER MODEL ... RESET; what a model needs may go too, it is the next call that fails."""
    path = workspace.catalogs.complete(statement.path)
    keys = tuple(map(canonical, statement.keys))
    workspace.models.reset_options(path, keys, if_exists=statement.if_exists)
    return Result(notices=_warnings(workspace, path))


def _drop_model(workspace: Workspace, statement: s.DropModel) -> Result:
    """DROP [TEMPORARY] MODEL."""
    path = workspace.catalogs.complete(statement.path)
    workspace.models.drop(path, temporary=statement.temporary, if_exists=statement.if_exists)
    return Result()


def _show_models(workspace: Workspace, statement: s.ShowModels) -> Result:
    """SHOW MODELS: the permanent ones, as in Flink."""
    catalog, database = workspace.database(statement.source)
    return one_column("model name", matching(workspace.models.names(catalog, database), statement.like))


def _show_create_model(workspace: Workspace, statement: s.ShowCreateModel) -> Result:
    """SHOW CREATE MODEL."""
    return definition(workspace.models.show_create(workspace.catalogs.complete(statement.path)))


def _describe_model(workspace: Workspace, statement: s.DescribeModel) -> Result:
    """DESCRIBE MODEL."""
    return listing(*workspace.models.describe(workspace.catalogs.complete(statement.path)))


def _options(model: Model) -> dict[str, str]:
    return dict(model.options)


def _warnings(workspace: Workspace, path: ObjectPath) -> list[str]:
    model = workspace.models.find(path)
    return [] if model is None else rules.warnings_about(_options(model), model.input, model.output)
