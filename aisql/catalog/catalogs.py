"""The catalogs of a session: the default one, those registered in its file, and which one is current."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import closing
from pathlib import Path

from aisql.catalog import databases
from aisql.catalog.databases import CatalogFile, path_option, require_name
from aisql.catalog.objects import ObjectPath
from aisql.catalog.paths import DEFAULT_CATALOG, DEFAULT_DATABASE, default_table_file
from aisql.catalog.store import Clock
from aisql.errors import CatalogError, OptionError
from aisql.suggest import did_you_mean

CATALOG_TYPES = ("sqlite",)


class Catalogs:
    """Every catalog a session can name. No file is opened before something in it is needed.

    Only writing makes a file that is missing: until then its catalog is an empty one.

    `current_catalog` and `current_database` complete names that leave these parts out.
    """

    def __init__(self, default_file: Path, directory: Path, clock: Clock, *, readonly: bool = False) -> None:
        self.current_catalog = DEFAULT_CATALOG
        self.current_database = DEFAULT_DATABASE
        self._directory = directory
        self._clock = clock
        self._readonly = readonly
        self._default = CatalogFile(DEFAULT_CATALOG, directory / default_file, clock, readonly)
        self._opened: dict[str, CatalogFile] = {}

    # -- names ---------------------------------------------------------------------------------------

    def complete(self, parts: tuple[str, ...]) -> ObjectPath:
        """The full name for `name`, `database.name` or `catalog.database.name`. Raises CatalogError."""
        match parts:
            case (name,):
                path = ObjectPath(self.current_catalog, self.current_database, name)
            case (database, name):
                path = ObjectPath(self.current_catalog, database, name)
            case (catalog, database, name):
                path = ObjectPath(catalog, database, name)
            case _:
                raise CatalogError(
                    f"{'.'.join(parts)} has {len(parts)} parts", hint="names are catalog.database.name"
                )
        for part in parts:
            require_name(part)
        return path

    # -- catalogs ------------------------------------------------------------------------------------

    def names(self) -> list[str]:
        """All catalogs, sorted."""
        rows = self._default.store.rows("SELECT name FROM aisql_catalogs")
        return sorted([DEFAULT_CATALOG, *(name for (name,) in rows)])

    def find(self, name: str) -> CatalogFile | None:
        """A catalog by its name; None when there is none."""
        if name == DEFAULT_CATALOG:
            return self._default
        rows = self._default.store.rows("SELECT path FROM aisql_catalogs WHERE name = ?", (name,))
        if not rows:
            return None
        path = Path(rows[0][0])
        opened = self._opened.get(name)
        if opened is None or opened.path != path:
            opened = CatalogFile(name, path, self._clock, self._readonly)
            self._opened[name] = opened
        return opened

    def open(self, name: str | None = None) -> CatalogFile:
        """A catalog by its name, the current one for None. Raises CatalogError when there is none."""
        wanted = name or self.current_catalog
        found = self.find(wanted)
        if found is None:
            raise self._missing(f"Catalog {wanted} does not exist", wanted)
        return found

    def create_catalog(
        self,
        name: str,
        options: Mapping[str, str],
        comment: str | None = None,
        *,
        if_not_exists: bool = False,
    ) -> bool:
        """Registers a catalog file, made when missing; false when the name was taken and that is allowed.

        Raises OptionError for options it cannot use, OpenError when the file cannot be opened.
        """
        require_name(name)
        path = self._catalog_path(options)
        with self._default.transaction() as write:
            if self.find(name) is not None:
                if if_not_exists:
                    return False
                raise CatalogError(f"Catalog {name} already exists.")
            self._require_own_tables(path)
            # Opened before it is registered: a name that leads nowhere would be of no use.
            with closing(CatalogFile(name, path, self._clock, self._readonly)) as added:
                added.make()
            write.execute(
                "INSERT INTO aisql_catalogs (name, type, path, comment, created_at) VALUES (?, ?, ?, ?, ?)",
                (name, CATALOG_TYPES[0], str(path), comment, self._default.store.now()),
            )
        return True

    def drop_catalog(self, name: str, *, if_exists: bool = False) -> bool:
        """Forgets a catalog, false when there was none. Its files stay. Raises CatalogError."""
        if name == self.current_catalog:
            raise CatalogError(
                "Cannot drop a catalog which is currently in use.", hint="USE CATALOG another one first"
            )
        if name == DEFAULT_CATALOG:
            raise CatalogError("Cannot drop the default catalog.")
        if not self._is_there(name, if_exists=if_exists):
            return False  # nothing to write, so nothing is opened for it
        with self._default.transaction() as write:
            if not self._is_there(name, if_exists=if_exists):
                return False
            write.execute("DELETE FROM aisql_catalogs WHERE name = ?", (name,))
        opened = self._opened.pop(name, None)
        if opened is not None:
            opened.close()
        return True

    def use_catalog(self, name: str) -> None:
        """Makes a catalog the current one, with its default database. Raises CatalogError."""
        self._require_for_use(name)
        self.current_catalog, self.current_database = name, DEFAULT_DATABASE

    # -- databases -----------------------------------------------------------------------------------

    def database_names(self, catalog: str | None = None) -> list[str]:
        """All databases of a catalog (None: the current one), sorted. Raises CatalogError."""
        return databases.database_names(self.open(catalog))

    def create_database(
        self,
        name: str,
        catalog: str | None = None,
        options: Mapping[str, str] | None = None,
        comment: str | None = None,
        *,
        if_not_exists: bool = False,
    ) -> bool:
        """Makes a database, its tables in the file of the option `path` or beside the catalog file.

        False when it was there already and that is allowed. Raises CatalogError, OptionError.
        """
        path = path_option(options or {}, ("path",), "CREATE DATABASE", self._directory)
        return databases.create_database(self.open(catalog), name, path, comment, if_not_exists=if_not_exists)

    def drop_database(
        self,
        name: str,
        catalog: str | None = None,
        *,
        if_exists: bool = False,
        cascade: bool = False,
        has_tables: bool = False,
    ) -> bool:
        """Drops a database and its table file, unless the user chose its path; false if there is none.

        Without `cascade` it must be empty; the caller tells whether it has tables, and has closed the file.
        Raises CatalogError.
        """
        wanted = catalog or self.current_catalog
        if (wanted, name) == (self.current_catalog, self.current_database):
            raise CatalogError(
                "Cannot drop a database which is currently in use.", hint="USE another one first"
            )
        if if_exists and self.find(wanted) is None:
            return False
        return databases.drop_database(
            self.open(wanted), name, if_exists=if_exists, cascade=cascade, has_tables=has_tables
        )

    def use_database(self, name: str, catalog: str | None = None) -> None:
        """Makes a database, and its catalog, the current one. Raises CatalogError."""
        found = self._require_for_use(catalog or self.current_catalog)
        if not databases.has_database(found, name):
            raise CatalogError(
                f"A database with name [{name}] does not exist in the catalog: [{found.name}].",
                hint=did_you_mean(name, databases.database_names(found)),
            )
        self.current_catalog, self.current_database = found.name, name

    def table_file(self, catalog: str, database: str) -> Path:
        """The SQLite file with the tables of a database. Raises CatalogError when there is no database."""
        if (catalog, database) == (DEFAULT_CATALOG, DEFAULT_DATABASE):
            return Path(default_table_file(str(self._default.path)))
        return databases.find_table_file(self.open(catalog), database)

    def close(self) -> None:
        """Closes every open file."""
        for catalog in (self._default, *self._opened.values()):
            catalog.close()

    def _is_there(self, name: str, *, if_exists: bool) -> bool:
        if self.find(name) is not None:
            return True
        if if_exists:
            return False
        raise self._missing(f"Catalog {name} does not exist.", name)

    def _require_for_use(self, name: str) -> CatalogFile:
        found = self.find(name)
        if found is None:
            raise self._missing(f"A catalog with name [{name}] does not exist.", name)
        return found

    def _missing(self, message: str, name: str) -> CatalogError:
        return CatalogError(message, hint=did_you_mean(name, self.names()))

    def _require_own_tables(self, path: Path) -> None:
        """Refuses `x.db` beside `x.sqlite`: their databases would have the same table files."""
        tables = default_table_file(str(path))
        for catalog in filter(None, map(self.find, self.names())):
            if catalog.path != path and default_table_file(str(catalog.path)) == tables:
                raise OptionError(
                    f"{path} would share its table files with catalog {catalog.name} in {catalog.path}",
                    hint="choose a path that differs in more than its ending",
                )

    def _catalog_path(self, options: Mapping[str, str]) -> Path:
        path = path_option(options, ("type", "path"), "CREATE CATALOG", self._directory)
        kind = options.get("type")
        if kind not in CATALOG_TYPES:
            types = ", ".join(f"'{known}'" for known in CATALOG_TYPES)
            problem = "needs the option 'type'" if kind is None else f"does not know the type '{kind}'"
            raise OptionError(f"CREATE CATALOG {problem}", hint=f"types are {types}")
        if path is None:
            raise OptionError(
                "CREATE CATALOG needs the option 'path'", hint="WITH ('type'='sqlite', 'path'='...')"
            )
        return path
