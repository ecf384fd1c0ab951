"""Parse tree to statement values. One method per grammar rule, with the rule's name."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, TypeVar

from lark import Token, Tree, v_args
from lark.tree import Meta

from aisql.errors import Span, SyntaxProblem
from aisql.schema import ColumnDefinition, quote_name
from aisql.syntax import statements as s
from aisql.syntax.build_copies import CopyBuilder
from aisql.syntax.build_volumes import VolumeBuilder
from aisql.syntax.tokens import span_of, unquote
from aisql.syntax.types import interval_field, nested, row, simple, zoned

_T = TypeVar("_T")

_PACKAGE = "DBMS_AI_SERVICE"
_WITH_PARAMS: Mapping[str, type[s.CreateAiModel | s.CreateEndpoint | s.AlterEndpoint]] = MappingProxyType(
    {
        "CREATE_AI_MODEL": s.CreateAiModel,
        "CREATE_AI_MODEL_ENDPOINT": s.CreateEndpoint,
        "ALTER_AI_MODEL_ENDPOINT": s.AlterEndpoint,
    }
)
_OF_A_NAME: Mapping[str, type[s.DropAiModel | s.DropEndpoint]] = MappingProxyType(
    {"DROP_AI_MODEL": s.DropAiModel, "DROP_AI_MODEL_ENDPOINT": s.DropEndpoint}
)


def _list(values: Any) -> tuple[Any, ...]:
    """The children that are there; an empty list in brackets parses as one placeholder."""
    return tuple(value for value in values if value is not None)


def _content(token: Token) -> str:
    """The text in a string or a json literal."""
    return unquote(Token("STRING", token[token.index("'") :]))


@v_args(inline=True)
class StatementBuilder(VolumeBuilder, CopyBuilder):
    """Turns the tree of one statement into its value; raises SyntaxProblem for what only a reader can see.

    `text` is the statement's text.
    """

    def __init__(self, text: str) -> None:
        super().__init__()
        self._text = text

    def statement(self, value: _T) -> _T:
        return value

    # names, strings, options

    def name(self, token: Token) -> str:
        return unquote(token)

    def keyword_as_name(self, token: Token) -> Token:
        return token

    @v_args(inline=True, meta=True)
    def path(self, meta: Meta, *names: str) -> s.Path:
        if len(names) > 3:
            path = ".".join(names)
            raise SyntaxProblem(
                f"'{path}' has {len(names)} parts; a name has at most three, catalog.database.name",
                span=Span(meta.start_pos, meta.end_pos),
            )
        return names

    def comment(self, token: Token) -> str:
        return unquote(token)

    def option(self, key: Token, value: Token) -> tuple[str, str]:
        return unquote(key), unquote(value)

    def options(self, *options: tuple[str, str] | None) -> s.Options:
        return _list(options)

    def keys(self, *keys: Token | None) -> tuple[str, ...]:
        return tuple(unquote(key) for key in _list(keys))

    def with_options(self, options: s.Options) -> s.Options:
        return options

    def source(self, path: s.Path) -> s.Path:
        return path

    def if_not_exists(self) -> bool:
        return True

    if_exists = or_replace = temporary = extended = cascade = negated = local = if_not_exists

    def restrict(self) -> bool:
        return False

    def like(self, negated: bool | None, pattern: Token) -> s.Like:
        return s.Like(unquote(pattern), negated=bool(negated))

    def ilike(self, negated: bool | None, pattern: Token) -> s.Like:
        return s.Like(unquote(pattern), negated=bool(negated), ignore_case=True)

    # models

    def create_model(
        self,
        replace: bool | None,
        temporary: bool | None,
        if_not_exists: bool | None,
        path: s.Path,
        input_columns: tuple[ColumnDefinition, ...] | None,
        output_columns: tuple[ColumnDefinition, ...] | None,
        comment: str | None,
        options: s.Options | None,
    ) -> s.CreateModel:
        if replace and if_not_exists:
            raise SyntaxProblem("OR REPLACE and IF NOT EXISTS exclude each other")
        return s.CreateModel(
            path,
            input_columns or (),
            output_columns or (),
            comment,
            options or (),
            bool(temporary),
            bool(replace),
            bool(if_not_exists),
        )

    def columns(self, *columns: ColumnDefinition | None) -> tuple[ColumnDefinition, ...]:
        return _list(columns)

    def physical_column(self, name: str, type_: tuple[str, bool], comment: str | None) -> ColumnDefinition:
        return ColumnDefinition(name, type_[0], type_[1], comment)

    @v_args(inline=True, meta=True)
    def computed_column(self, meta: Meta, name: str, expression: str) -> ColumnDefinition:
        raise SyntaxProblem(
            f"Column `{name}` AS `{expression}` can only be a physical column.",
            span=Span(meta.start_pos, meta.end_pos),
            hint="give the column a name and a type",
        )

    def rename_model(self, if_exists: bool | None, path: s.Path, new_path: s.Path) -> s.RenameModel:
        return s.RenameModel(path, new_path, bool(if_exists))

    def set_model(self, if_exists: bool | None, path: s.Path, options: s.Options) -> s.SetModelOptions:
        return s.SetModelOptions(path, options, bool(if_exists))

    def reset_model(self, if_exists: bool | None, path: s.Path, keys: tuple[str, ...]) -> s.ResetModelOptions:
        return s.ResetModelOptions(path, keys, bool(if_exists))

    def drop_model(self, temporary: bool | None, if_exists: bool | None, path: s.Path) -> s.DropModel:
        return s.DropModel(path, bool(temporary), bool(if_exists))

    def show_models(self, source: s.Path | None, like: s.Like | None) -> s.ShowModels:
        return s.ShowModels(source, like)

    def show_create_model(self, path: s.Path) -> s.ShowCreateModel:
        return s.ShowCreateModel(path)

    def describe_model(self, extended: bool | None, path: s.Path) -> s.DescribeModel:
        return s.DescribeModel(path, bool(extended))

    def path_in_string(self, token: Token) -> s.Path:
        return (unquote(token),)

    # catalogs, databases, tables

    def create_catalog(
        self, if_not_exists: bool | None, name: str, comment: str | None, options: s.Options | None
    ) -> s.CreateCatalog:
        return s.CreateCatalog(name, comment, options or (), bool(if_not_exists))

    def drop_catalog(self, if_exists: bool | None, name: str) -> s.DropCatalog:
        return s.DropCatalog(name, bool(if_exists))

    def use_catalog(self, name: str) -> s.UseCatalog:
        return s.UseCatalog(name)

    def show_catalogs(self, like: s.Like | None) -> s.ShowCatalogs:
        return s.ShowCatalogs(like)

    def show_current_catalog(self) -> s.ShowCurrentCatalog:
        return s.ShowCurrentCatalog()

    def show_current_database(self) -> s.ShowCurrentDatabase:
        return s.ShowCurrentDatabase()

    def create_database(
        self, if_not_exists: bool | None, path: s.Path, comment: str | None, options: s.Options | None
    ) -> s.CreateDatabase:
        return s.CreateDatabase(path, comment, options or (), bool(if_not_exists))

    def drop_database(self, if_exists: bool | None, path: s.Path, cascade: bool | None) -> s.DropDatabase:
        return s.DropDatabase(path, bool(if_exists), bool(cascade))

    def use_database(self, path: s.Path) -> s.UseDatabase:
        return s.UseDatabase(path)

    def show_databases(self, source: s.Path | None, like: s.Like | None) -> s.ShowDatabases:
        return s.ShowDatabases(source, like)

    def show_tables(self, source: s.Path | None, like: s.Like | None) -> s.ShowTables:
        return s.ShowTables(source, like)

    def show_views(self, source: s.Path | None, like: s.Like | None) -> s.ShowTables:
        return s.ShowTables(source, like, views=True)

    def show_create_table(self, path: s.Path) -> s.ShowCreateTable:
        return s.ShowCreateTable(path)

    def show_create_view(self, path: s.Path) -> s.ShowCreateTable:
        return s.ShowCreateTable(path, view=True)

    def describe_table(self, extended: bool | None, path: s.Path) -> s.DescribeTable:
        return s.DescribeTable(path, bool(extended))

    # connections

    def create_connection(
        self, if_not_exists: bool | None, name: str, type_: str, *properties: tuple[str, str]
    ) -> s.CreateConnection:
        return s.CreateConnection(name, type_, properties, bool(if_not_exists))

    def property(self, key: Token, value: Token) -> tuple[str, str]:
        return key.upper(), unquote(value)

    def drop_connection(self, if_exists: bool | None, name: str) -> s.DropConnection:
        return s.DropConnection(name, bool(if_exists))

    def show_connections(self, like: s.Like | None) -> s.ShowConnections:
        return s.ShowConnections(like)

    def describe_connection(self, extended: bool | None, name: str) -> s.DescribeConnection:
        return s.DescribeConnection(name, bool(extended))

    # AI models and their endpoints

    @v_args(inline=True, meta=True)
    def call_procedure(
        self, meta: Meta, package: str, procedure: str, *arguments: Token | None
    ) -> s.EndpointStatement:
        name, given = procedure.upper(), _list(arguments)
        place = Span(meta.start_pos, meta.end_pos)
        if package.upper() != _PACKAGE or name not in {*_WITH_PARAMS, *_OF_A_NAME}:
            known = ", ".join([*_WITH_PARAMS, *_OF_A_NAME])
            message = f"there is no procedure {package}.{procedure}"
            raise SyntaxProblem(message, span=place, hint=f"those of {_PACKAGE} are {known}")
        spans = map(span_of, given)
        match [_content(token) for token in given]:
            case [str(first), str(params)] if name in _WITH_PARAMS:
                return _WITH_PARAMS[name](first, params, *spans)
            case [str(first)] if name in _OF_A_NAME:
                return _OF_A_NAME[name](first, *spans)
        takes = "('name', '{...}')" if name in _WITH_PARAMS else "('name')"
        raise SyntaxProblem(f"the procedure is called {_PACKAGE}.{name}{takes}", span=place)

    # settings

    def show_settings(self) -> s.ShowSettings:
        return s.ShowSettings()

    def set_setting(self, key: Token, value: Token) -> s.SetSetting:
        return s.SetSetting(unquote(key), unquote(value), span_of(key), span_of(value))

    def reset_all(self) -> s.ResetSetting:
        return s.ResetSetting()

    def reset_setting(self, key: Token) -> s.ResetSetting:
        return s.ResetSetting(unquote(key), span_of(key))

    # answers

    def purge_answers(self, where: Span | None) -> s.PurgeAnswers:
        return s.PurgeAnswers(where and self._text[slice(*where)], where)

    def retry_failed(self) -> s.RetryFailed:
        return s.RetryFailed()

    def show_usage(self, by: Token | None) -> s.ShowUsage:
        return s.ShowUsage(None if by is None else by.upper())

    @v_args(tree=True)
    def condition(self, tree: Tree[Token]) -> Span:
        return span_of(tree)

    # types of columns: a type is its canonical text and whether it may be NULL

    def type(self, base: str, *rest: str | bool | None) -> tuple[str, bool]:
        *collections, nullable = rest
        for collection in collections:
            base = f"{collection}<{base}>"
        return base, nullable is not False

    def array(self) -> str:
        return "ARRAY"

    def multiset(self) -> str:
        return "MULTISET"

    def not_null(self) -> bool:
        return False

    def null(self) -> bool:
        return True

    def size(self, first: Token, second: Token | None) -> tuple[int, ...]:
        return (int(first),) if second is None else (int(first), int(second))

    def simple_type(self, name: Token, size: tuple[int, ...] | None) -> str:
        return simple(name, size or (), span_of(name))

    def zoned_type(self, name: Token, size: tuple[int, ...] | None, zone: str) -> str:
        return zoned(name, size or (), zone, span_of(name))

    def with_zone(self, local: bool | None) -> str:
        return "WITH LOCAL TIME ZONE" if local else "WITH TIME ZONE"

    def without_zone(self) -> str:
        return "WITHOUT TIME ZONE"

    def double_type(self) -> str:
        return "DOUBLE"

    def interval_type(self, first: str, last: str | None) -> str:
        return f"INTERVAL {first}" if last is None else f"INTERVAL {first} TO {last}"

    def interval_field(self, unit: Token, size: tuple[int, ...] | None) -> str:
        return interval_field(unit, size or (), span_of(unit))

    def nested_type(self, name: Token, *elements: tuple[str, bool]) -> str:
        return nested(name, elements, span_of(name))

    def raw_type(self, class_name: Token, snapshot: Token) -> str:
        return f"RAW({class_name}, {snapshot})"

    def row_type(self, *fields: str | None) -> str:
        return row(_list(fields))

    def field(self, name: str, type_: tuple[str, bool], comment: Token | None) -> str:
        null = "" if type_[1] else " NOT NULL"
        return f"{quote_name(name)} {type_[0]}{null}{f' {comment}' if comment else ''}"
