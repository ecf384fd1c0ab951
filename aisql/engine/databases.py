"""The databases of tables a session has open, and which one is current."""

from __future__ import annotations

import os
from collections.abc import Callable

import apsw

from aisql.access import Access
from aisql.catalog.paths import DEFAULT_CATALOG, DEFAULT_DATABASE, is_keys_file
from aisql.engine.database import Database
from aisql.engine.variables import Variables
from aisql.errors import OpenError
from aisql.settings import Settings

TYPE_CHECKING = False
if TYPE_CHECKING:
    from aisql.engine.inputs import Inputs
    from aisql.engine.token_counts import TokenCounts
    from aisql.engine.workspace import Workspace
    from aisql.result import Value


class Databases:
    """One connection per database file, opened at first use and kept, so that temporary tables stay.

    `main_file` holds the tables of the default database. `workspace` opens the catalog, whose file is
    `catalog_file`; a plain query never makes one. `inputs` are the files that statements can read; `access`
    tells which databases can be attached. With `readonly` no file is made or written.
    """

    def __init__(
        self,
        main_file: str,
        catalog_file: str,
        workspace: Callable[[], Workspace],
        settings: Settings,
        inputs: Inputs,
        access: Access,
        *,
        readonly: bool = False,
    ) -> None:
        self.readonly = readonly
        self._catalog_file = catalog_file
        self._workspace = workspace
        self._settings = settings
        self.variables = Variables(settings.variables)
        self.inputs = inputs
        self._access = access
        self._files = {(DEFAULT_CATALOG, DEFAULT_DATABASE): main_file}
        self._open: dict[str, Database] = {}
        self._token_counts: TokenCounts | None = None
        if main_file != ":memory:" and not readonly:
            _make_folder(main_file)
        self.current = self._database(main_file)

    def use(self) -> None:
        """Makes the database current that is current in the catalog."""
        catalogs = self._workspace().catalogs
        self.current = self.of(catalogs.current_catalog, catalogs.current_database)

    def of(self, catalog: str, database: str) -> Database:
        """The connection to a database of a catalog. Raises CatalogError, OpenError."""
        return self._database(self._file(catalog, database))

    def open(self, path: str) -> None:
        """Has the tables of the default database in another file from now on, `:memory:` for none.

        Raises OpenError, also for a file that is the catalog or holds keys.
        """
        real = os.path.realpath(path)
        if is_keys_file(real) or real == os.path.realpath(self._catalog_file):
            raise OpenError(f"cannot open {path}: it is in use for something else", hint="name another file")
        self.current = self._readable(path)
        self._files[DEFAULT_CATALOG, DEFAULT_DATABASE] = path

    def _readable(self, path: str) -> Database:
        """The database of the file. Raises OpenError for one that holds something else; it is closed then."""
        was_open, database = path in self._open, self._database(path)
        try:
            database.tables()
        except OpenError:
            if not was_open:
                self._open.pop(path).close()
            raise
        return database

    def files(self) -> list[str]:
        """The files that are open."""
        return [path for path in self._open if path != ":memory:"]

    def forget(self, catalog: str, database: str) -> None:
        """Closes a database that is going to be dropped."""
        path = self._file(catalog, database)
        for each in self._open.values():
            each.detach(path)
        closing = self._open.pop(path, None)
        if closing is not None:
            closing.close()

    def close(self) -> None:
        """Closes every file."""
        for database in self._open.values():
            database.close()

    def _file(self, catalog: str, database: str) -> str:
        key = catalog, database
        return self._files.get(key) or str(self._workspace().catalogs.table_file(catalog, database))

    def _database(self, path: str) -> Database:
        if path not in self._open:
            if self.readonly:
                _require(path)
            opened = Database(
                path,
                self.variables,
                self._find,
                self._system,
                self.inputs,
                self._access,
                readonly=self.readonly,
            )
            opened.register("get_presigned_url", self._presigned_url)
            opened.register("ai_count_tokens", self._count_tokens)
            self._open[path] = opened
        return self._open[path]

    def _system(self, connection: apsw.Connection, schema: str, attached: bool) -> bool:
        from aisql.engine.system import attach  # only a statement that names the schema needs it

        return attach(connection, schema, self._workspace(), self._settings, attached)

    def _presigned_url(self, *arguments: Value) -> Value:
        from aisql.engine.volumes import Volumes  # as below

        return Volumes(self._workspace(), self).presigned_url(*arguments)

    def _count_tokens(self, *arguments: Value) -> Value:
        if self._token_counts is None:
            from aisql.engine.token_counts import TokenCounts  # few queries use it

            self._token_counts = TokenCounts(self._workspace, self._settings)
        return self._token_counts.count(*arguments)

    def _find(self, name: str) -> str | None:
        """The file of a database of the current catalog, None when there is none."""
        if not os.path.exists(self._catalog_file):  # noqa: PTH110 # pathlib would cost every start its import
            return self.current.path if name == DEFAULT_DATABASE else None
        catalogs = self._workspace().catalogs
        if name not in catalogs.database_names():
            return None
        return self._file(catalogs.current_catalog, name)


def _require(path: str) -> None:
    """Raises OpenError where a file is not there that may not be made."""
    if path != ":memory:" and not os.path.exists(path):  # noqa: PTH110 # as above
        raise OpenError(f"cannot open {path}: there is no such file", hint="without --readonly it is made")


def _make_folder(path: str) -> None:
    folder = os.path.dirname(path)  # noqa: PTH120 # as above
    try:
        if folder:
            os.makedirs(folder, mode=0o700, exist_ok=True)  # noqa: PTH103 # as above
    except OSError as error:
        raise OpenError(
            f"cannot open {path}: {error.strerror}", hint="name a database file, or use --memory"
        ) from error
