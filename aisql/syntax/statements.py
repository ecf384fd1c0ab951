"""The statements SQLite does not know, as values; each prints itself back as SQL.

`to_sql` gives the canonical text: names back-quoted, keywords in capitals, one space between words.
Parsing that text gives an equal value. Those about endpoints, volumes and files are in modules of their own,
and are found here too.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeAlias

from aisql.errors import Span
from aisql.schema import ColumnDefinition, quote_name, quote_text
from aisql.syntax.copies import CopyFrom as CopyFrom
from aisql.syntax.copies import CopyOption as CopyOption
from aisql.syntax.copies import CopyQuery as CopyQuery
from aisql.syntax.copies import CopyResult as CopyResult
from aisql.syntax.copies import CopyStatement as CopyStatement
from aisql.syntax.copies import CopyTable as CopyTable
from aisql.syntax.copies import KeepResult as KeepResult
from aisql.syntax.endpoints import AlterEndpoint as AlterEndpoint
from aisql.syntax.endpoints import CreateAiModel as CreateAiModel
from aisql.syntax.endpoints import CreateEndpoint as CreateEndpoint
from aisql.syntax.endpoints import DropAiModel as DropAiModel
from aisql.syntax.endpoints import DropEndpoint as DropEndpoint
from aisql.syntax.endpoints import EndpointStatement as EndpointStatement
from aisql.syntax.pieces import Like as Like
from aisql.syntax.pieces import Options as Options
from aisql.syntax.pieces import Path as Path
from aisql.syntax.pieces import flag, listing_sql, options_sql, quote_path
from aisql.syntax.volumes import CopyIntoTable as CopyIntoTable
from aisql.syntax.volumes import CopyIntoVolume as CopyIntoVolume
from aisql.syntax.volumes import CreateVolume as CreateVolume
from aisql.syntax.volumes import DescribeVolume as DescribeVolume
from aisql.syntax.volumes import DropVolume as DropVolume
from aisql.syntax.volumes import GetFiles as GetFiles
from aisql.syntax.volumes import ListVolume as ListVolume
from aisql.syntax.volumes import Place as Place
from aisql.syntax.volumes import PutFiles as PutFiles
from aisql.syntax.volumes import RefreshVolume as RefreshVolume
from aisql.syntax.volumes import RemoveFiles as RemoveFiles
from aisql.syntax.volumes import Selection as Selection
from aisql.syntax.volumes import ShowVolumes as ShowVolumes
from aisql.syntax.volumes import VolumeData as VolumeData
from aisql.syntax.volumes import VolumeName as VolumeName
from aisql.syntax.volumes import VolumeStatement as VolumeStatement


def _column(column: ColumnDefinition) -> str:
    null = "" if column.nullable else " NOT NULL"
    return f"{quote_name(column.name)} {column.type}{null}{_comment(column.comment)}"


def _columns(word: str, columns: tuple[ColumnDefinition, ...]) -> str:
    return f" {word} ({', '.join(map(_column, columns))})" if columns else ""


def _comment(comment: str | None) -> str:
    return "" if comment is None else f" COMMENT {quote_text(comment)}"


def _with(options: Options) -> str:
    return f" WITH {options_sql(options)}" if options else ""


@dataclass(frozen=True, slots=True)
class CreateModel:
    """CREATE [OR REPLACE] [TEMPORARY] MODEL. `options` may hold a key: they are kept out of the repr."""

    path: Path
    input: tuple[ColumnDefinition, ...] = ()
    output: tuple[ColumnDefinition, ...] = ()
    comment: str | None = None
    options: Options = field(default=(), repr=False)
    temporary: bool = False
    replace: bool = False
    if_not_exists: bool = False

    def to_sql(self) -> str:
        return (
            f"CREATE {flag(self.replace, 'OR REPLACE')}{flag(self.temporary, 'TEMPORARY')}MODEL "
            f"{flag(self.if_not_exists, 'IF NOT EXISTS')}{quote_path(self.path)}"
            f"{_columns('INPUT', self.input)}{_columns('OUTPUT', self.output)}"
            f"{_comment(self.comment)}{_with(self.options)}"
        )


@dataclass(frozen=True, slots=True)
class RenameModel:
    """ALTER MODEL ... RENAME TO."""

    path: Path
    new_path: Path
    if_exists: bool = False

    def to_sql(self) -> str:
        target = f"{flag(self.if_exists, 'IF EXISTS')}{quote_path(self.path)}"
        return f"ALTER MODEL {target} RENAME TO {quote_path(self.new_path)}"


@dataclass(frozen=True, slots=True)
class SetModelOptions:
    """ALTER MODEL ... SET."""

    path: Path
    options: Options = field(repr=False)
    if_exists: bool = False

    def to_sql(self) -> str:
        target = f"{flag(self.if_exists, 'IF EXISTS')}{quote_path(self.path)}"
        return f"ALTER MODEL {target} SET {options_sql(self.options)}"


@dataclass(frozen=True, slots=True)
class ResetModelOptions:
    """ALTER MODEL ... RESET."""

    path: Path
    keys: tuple[str, ...]
    if_exists: bool = False

    def to_sql(self) -> str:
        target = f"{flag(self.if_exists, 'IF EXISTS')}{quote_path(self.path)}"
        return f"ALTER MODEL {target} RESET ({', '.join(map(quote_text, self.keys))})"


@dataclass(frozen=True, slots=True)
class DropModel:
    """DROP [TEMPORARY] MODEL."""

    path: Path
    temporary: bool = False
    if_exists: bool = False

    def to_sql(self) -> str:
        kind = f"{flag(self.temporary, 'TEMPORARY')}MODEL"
        return f"DROP {kind} {flag(self.if_exists, 'IF EXISTS')}{quote_path(self.path)}"


@dataclass(frozen=True, slots=True)
class ShowModels:
    """SHOW MODELS; `source` is the database, None for the current one."""

    source: Path | None = None
    like: Like | None = None

    def to_sql(self) -> str:
        return listing_sql("SHOW MODELS", self.source, self.like)


@dataclass(frozen=True, slots=True)
class ShowCreateModel:
    """SHOW CREATE MODEL."""

    path: Path

    def to_sql(self) -> str:
        return f"SHOW CREATE MODEL {quote_path(self.path)}"


@dataclass(frozen=True, slots=True)
class DescribeModel:
    """DESCRIBE MODEL [EXTENDED]; Flink gives the same answer with and without EXTENDED."""

    path: Path
    extended: bool = False

    def to_sql(self) -> str:
        return f"DESCRIBE MODEL {flag(self.extended, 'EXTENDED')}{quote_path(self.path)}"


@dataclass(frozen=True, slots=True)
class CreateCatalog:
    """CREATE CATALOG."""

    name: str
    comment: str | None = None
    options: Options = ()
    if_not_exists: bool = False

    def to_sql(self) -> str:
        target = f"{flag(self.if_not_exists, 'IF NOT EXISTS')}{quote_name(self.name)}"
        return f"CREATE CATALOG {target}{_comment(self.comment)}{_with(self.options)}"


@dataclass(frozen=True, slots=True)
class DropCatalog:
    """DROP CATALOG."""

    name: str
    if_exists: bool = False

    def to_sql(self) -> str:
        return f"DROP CATALOG {flag(self.if_exists, 'IF EXISTS')}{quote_name(self.name)}"


@dataclass(frozen=True, slots=True)
class UseCatalog:
    """USE CATALOG."""

    name: str

    def to_sql(self) -> str:
        return f"USE CATALOG {quote_name(self.name)}"


@dataclass(frozen=True, slots=True)
class ShowCatalogs:
    """SHOW CATALOGS."""

    like: Like | None = None

    def to_sql(self) -> str:
        return listing_sql("SHOW CATALOGS", None, self.like)


@dataclass(frozen=True, slots=True)
class ShowCurrentCatalog:
    """SHOW CURRENT CATALOG."""

    def to_sql(self) -> str:
        return "SHOW CURRENT CATALOG"


@dataclass(frozen=True, slots=True)
class ShowCurrentDatabase:
    """SHOW CURRENT DATABASE."""

    def to_sql(self) -> str:
        return "SHOW CURRENT DATABASE"


@dataclass(frozen=True, slots=True)
class CreateDatabase:
    """CREATE DATABASE."""

    path: Path
    comment: str | None = None
    options: Options = ()
    if_not_exists: bool = False

    def to_sql(self) -> str:
        target = f"{flag(self.if_not_exists, 'IF NOT EXISTS')}{quote_path(self.path)}"
        return f"CREATE DATABASE {target}{_comment(self.comment)}{_with(self.options)}"


@dataclass(frozen=True, slots=True)
class DropDatabase:
    """DROP DATABASE; RESTRICT, which refuses a database that is not empty, is the default."""

    path: Path
    if_exists: bool = False
    cascade: bool = False

    def to_sql(self) -> str:
        target = f"{flag(self.if_exists, 'IF EXISTS')}{quote_path(self.path)}"
        return f"DROP DATABASE {target}{' CASCADE' if self.cascade else ''}"


@dataclass(frozen=True, slots=True)
class UseDatabase:
    """USE."""

    path: Path

    def to_sql(self) -> str:
        return f"USE {quote_path(self.path)}"


@dataclass(frozen=True, slots=True)
class ShowDatabases:
    """SHOW DATABASES; `source` is the catalog."""

    source: Path | None = None
    like: Like | None = None

    def to_sql(self) -> str:
        return listing_sql("SHOW DATABASES", self.source, self.like)


@dataclass(frozen=True, slots=True)
class ShowTables:
    """SHOW TABLES, or SHOW VIEWS when `views` is true."""

    source: Path | None = None
    like: Like | None = None
    views: bool = False

    def to_sql(self) -> str:
        return listing_sql("SHOW VIEWS" if self.views else "SHOW TABLES", self.source, self.like)


@dataclass(frozen=True, slots=True)
class ShowCreateTable:
    """SHOW CREATE TABLE, or SHOW CREATE VIEW when `view` is true."""

    path: Path
    view: bool = False

    def to_sql(self) -> str:
        return f"SHOW CREATE {'VIEW' if self.view else 'TABLE'} {quote_path(self.path)}"


@dataclass(frozen=True, slots=True)
class DescribeTable:
    """DESCRIBE of a table or view."""

    path: Path
    extended: bool = False

    def to_sql(self) -> str:
        return f"DESCRIBE {flag(self.extended, 'EXTENDED')}{quote_path(self.path)}"


@dataclass(frozen=True, slots=True)
class CreateConnection:
    """CREATE API CONNECTION. `properties` are PROVIDER, BASE_URL, API_KEY and so on, upper-case."""

    name: str
    type: str
    properties: Options = field(repr=False)
    if_not_exists: bool = False

    def to_sql(self) -> str:
        target = f"{flag(self.if_not_exists, 'IF NOT EXISTS')}{quote_name(self.name)}"
        properties = "".join(f" {key} = {quote_text(value)}" for key, value in self.properties)
        return f"CREATE API CONNECTION {target} TYPE {quote_name(self.type)}{properties}"


@dataclass(frozen=True, slots=True)
class DropConnection:
    """DROP CONNECTION."""

    name: str
    if_exists: bool = False

    def to_sql(self) -> str:
        return f"DROP CONNECTION {flag(self.if_exists, 'IF EXISTS')}{quote_name(self.name)}"


@dataclass(frozen=True, slots=True)
class ShowConnections:
    """SHOW CONNECTIONS."""

    like: Like | None = None

    def to_sql(self) -> str:
        return listing_sql("SHOW CONNECTIONS", None, self.like)


@dataclass(frozen=True, slots=True)
class DescribeConnection:
    """DESC CONNECTION."""

    name: str
    extended: bool = False

    def to_sql(self) -> str:
        return f"DESCRIBE CONNECTION {flag(self.extended, 'EXTENDED')}{quote_name(self.name)}"


@dataclass(frozen=True, slots=True)
class SetSetting:
    """SET key = value."""

    key: str
    value: str
    key_span: Span = field(default=Span(0, 0), compare=False)
    value_span: Span = field(default=Span(0, 0), compare=False)

    def to_sql(self) -> str:
        return f"SET {quote_text(self.key)} = {quote_text(self.value)}"


@dataclass(frozen=True, slots=True)
class ShowSettings:
    """SET alone: every setting and its value."""

    def to_sql(self) -> str:
        return "SET"


@dataclass(frozen=True, slots=True)
class ResetSetting:
    """RESET of one setting, or of all when `key` is None."""

    key: str | None = None
    key_span: Span = field(default=Span(0, 0), compare=False)

    def to_sql(self) -> str:
        return "RESET" if self.key is None else f"RESET {quote_text(self.key)}"


@dataclass(frozen=True, slots=True)
class PurgeAnswers:
    """PURGE ANSWERS; `where` is an SQL expression as it was written, None for every answer."""

    where: str | None = None
    where_span: Span | None = field(default=None, compare=False)

    def to_sql(self) -> str:
        return "PURGE ANSWERS" if self.where is None else f"PURGE ANSWERS WHERE {self.where}"


@dataclass(frozen=True, slots=True)
class RetryFailed:
    """RETRY FAILED."""

    def to_sql(self) -> str:
        return "RETRY FAILED"


@dataclass(frozen=True, slots=True)
class ShowUsage:
    """SHOW USAGE [BY MODEL | DAY | FUNCTION]; `by` is that word in capitals, None for the totals of all."""

    by: str | None = None

    def to_sql(self) -> str:
        return "SHOW USAGE" if self.by is None else f"SHOW USAGE BY {self.by}"


ModelStatement: TypeAlias = (
    CreateModel
    | RenameModel
    | SetModelOptions
    | ResetModelOptions
    | DropModel
    | ShowModels
    | ShowCreateModel
    | DescribeModel
)
CatalogStatement: TypeAlias = (
    CreateCatalog
    | DropCatalog
    | UseCatalog
    | ShowCatalogs
    | ShowCurrentCatalog
    | ShowCurrentDatabase
    | CreateDatabase
    | DropDatabase
    | UseDatabase
    | ShowDatabases
)
TableStatement: TypeAlias = ShowTables | ShowCreateTable | DescribeTable
ConnectionStatement: TypeAlias = CreateConnection | DropConnection | ShowConnections | DescribeConnection
SettingStatement: TypeAlias = SetSetting | ShowSettings | ResetSetting
LedgerStatement: TypeAlias = PurgeAnswers | RetryFailed | ShowUsage
Statement: TypeAlias = (
    ModelStatement
    | CatalogStatement
    | TableStatement
    | ConnectionStatement
    | EndpointStatement
    | VolumeStatement
    | CopyStatement
    | SettingStatement
    | LedgerStatement
)
