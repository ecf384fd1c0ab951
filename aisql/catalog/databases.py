"""The databases of one catalog file. A database holds models, and has a SQLite file for its tables."""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

import apsw

from aisql.catalog.keyring_store import CatalogSecrets
from aisql.catalog.paths import DEFAULT_DATABASE, keys_file_path, table_file_path
from aisql.catalog.secrets import remove_all
from aisql.catalog.sqlite import is_missing
from aisql.catalog.store import Clock, Store, open_for_reading, open_store
from aisql.errors import CatalogError, OptionError
from aisql.suggest import did_you_mean

RESERVED_DATABASES = frozenset({"main", "temp", "aisql", "oceanbase"})
"""What a table's database can be called already, in any case: by SQLite, and by the system tables."""

_LONGEST_FILE_NAME = 240


@dataclass(slots=True)
class CatalogFile:
    """One catalog: its name and its file, opened when first needed, with the keys beside it."""

    name: str
    path: Path
    clock: Clock
    readonly: bool = False
    _store: Store | None = None
    _secrets: CatalogSecrets | None = None

    @property
    def store(self) -> Store:
        """The catalog as it is now, for reading; inside `transaction` with what was written there.

        A missing file is an empty catalog, and stays missing. Raises OpenError.
        """
        if self._store is not None and self._store.is_current():
            return self._store
        return self._replace_store(self._open_for_reading())

    def transaction(self) -> AbstractContextManager[apsw.Connection]:
        """A block of writes that happen together or not at all; not to be nested.

        The file is made, with its folder, when it is missing. Raises OpenError when it cannot be made or
        opened, CatalogError when it is locked or cannot be written.
        """
        if not self.readonly and (self._store is None or self._store.readonly):
            self._replace_store(open_store(self.path, self.clock))
        return self.store.transaction()

    def make(self) -> None:
        """Makes the file when it is missing; otherwise sees whether it can be read. Raises OpenError."""
        is_to_make = is_missing(self.path) and not self.readonly
        self._replace_store(open_store(self.path, self.clock) if is_to_make else self._open_for_reading())

    def _open_for_reading(self) -> Store:
        if self.readonly:
            return open_store(self.path, self.clock, readonly=True)
        return open_for_reading(self.path, self.clock)

    def _replace_store(self, store: Store) -> Store:
        if self._store is not None:
            self._store.close()
        self._store = store
        return store

    @property
    def secrets(self) -> CatalogSecrets:
        """The keys of the catalog; keyring and file are opened when a key is kept or read."""
        if self._secrets is None:
            keys = Path(keys_file_path(str(self.path)))
            self._secrets = CatalogSecrets(keys, readonly=self.readonly)
        return self._secrets

    def close(self) -> None:
        """Closes what is open; the next use opens it again."""
        if self._store is not None:
            self._store.close()
        if self._secrets is not None:
            self._secrets.close()
        self._store = self._secrets = None


def database_names(catalog: CatalogFile) -> list[str]:
    """All databases of the catalog, sorted."""
    return sorted(name for (name,) in catalog.store.rows("SELECT name FROM aisql_databases"))


def has_database(catalog: CatalogFile, name: str) -> bool:
    """Whether the catalog has the database. No file is opened for the default one."""
    return name == DEFAULT_DATABASE or bool(
        catalog.store.rows("SELECT 1 FROM aisql_databases WHERE name = ?", (name,))
    )


def require_database(catalog: CatalogFile, name: str) -> None:
    """Raises CatalogError when the catalog has no such database."""
    if not has_database(catalog, name):
        raise CatalogError(
            f"Database {name} does not exist in Catalog {catalog.name}.",
            hint=did_you_mean(name, database_names(catalog)),
        )


def create_database(
    catalog: CatalogFile, name: str, path: Path | None, comment: str | None, *, if_not_exists: bool
) -> bool:
    """Makes a database, with its tables at `path` or beside the catalog file; false if it is there already.

    Raises CatalogError.
    """
    require_name(name)
    if name.lower() in RESERVED_DATABASES:
        raise CatalogError(f"Database name '{name}' is reserved.", hint="choose another name")
    with catalog.transaction() as write:
        if has_database(catalog, name):
            if if_not_exists:
                return False
            raise CatalogError(f"Database {name} already exists in Catalog {catalog.name}.")
        if path is None:
            _require_short_file_name(catalog, name)
        write.execute(
            "INSERT INTO aisql_databases (name, path, comment, created_at) VALUES (?, ?, ?, ?)",
            (name, None if path is None else str(path), comment, catalog.store.now()),
        )
    return True


def drop_database(
    catalog: CatalogFile, name: str, *, if_exists: bool, cascade: bool, has_tables: bool
) -> bool:
    """Drops a database; false when there was none. The caller has closed its table file.

    `cascade` drops models and tables with it. The table file goes too, unless the user chose its path: such
    a file may hold more than this database knows. Raises CatalogError.
    """
    if name == DEFAULT_DATABASE:
        raise CatalogError("Cannot drop the default database.")
    if not _is_there(catalog, name, if_exists=if_exists):
        return False  # nothing to write, so nothing is opened for it
    with catalog.transaction() as write:
        if not _is_there(catalog, name, if_exists=if_exists):
            return False
        if not cascade and (has_tables or _has_models(catalog, name)):
            raise CatalogError(
                f"Database {name} in catalog {catalog.name} is not empty.",
                hint="DROP DATABASE ... CASCADE drops its models and tables too",
            )
        references = _secret_references(catalog, name)
        own_file = _chosen_path(catalog, name) is None
        write.execute("DELETE FROM aisql_databases WHERE name = ?", (name,))
        if own_file:
            _remove_table_file(table_file(catalog, name, chosen=None))
    remove_all(catalog.secrets, references)
    return True


def find_table_file(catalog: CatalogFile, database: str) -> Path:
    """The file with the tables of a database. Opens no file for the default database.

    Raises CatalogError when the catalog has no such database.
    """
    require_database(catalog, database)
    chosen = None if database == DEFAULT_DATABASE else _chosen_path(catalog, database)
    return table_file(catalog, database, chosen=chosen)


def table_file(catalog: CatalogFile, database: str, *, chosen: str | None) -> Path:
    """The chosen path, or the usual place beside the catalog file."""
    return Path(chosen or table_file_path(str(catalog.path), database))


def path_option(
    options: Mapping[str, str], known: tuple[str, ...], statement: str, directory: Path
) -> Path | None:
    """The absolute path that a WITH clause gives, None without one. Raises OptionError."""
    unknown = sorted(options.keys() - set(known))
    if unknown:
        raise OptionError(
            f"{statement} does not know the option '{unknown[0]}'",
            hint=did_you_mean(unknown[0], known) or f"it knows {', '.join(known)}",
        )
    if "path" not in options:
        return None
    if not options["path"] or "\0" in options["path"]:
        raise OptionError(f"{statement} needs a path that is not empty and has no NUL character")
    return Path(os.path.normpath(directory / _expanded(options["path"], statement)))


def _expanded(path: str, statement: str) -> Path:
    """The path with the home folder in the place of a `~` it starts with."""
    if not path.startswith("~"):
        return Path(path)  # `./~x` too, which as a Path would start with `~`
    try:
        return Path(path).expanduser()
    except RuntimeError as error:
        raise OptionError(
            f"{statement} cannot find the home folder in '{path}'", hint="write the whole path"
        ) from error


def require_name(name: str) -> None:
    """Raises CatalogError for a name that is none."""
    if not name:
        raise CatalogError("a name must not be empty")


def _require_short_file_name(catalog: CatalogFile, name: str) -> None:
    file_name = table_file(catalog, name, chosen=None).name
    if len(file_name) > _LONGEST_FILE_NAME:
        raise CatalogError(
            f"the name of database {name} is too long for a file name",
            hint="give the database a file: WITH ('path'='...')",
        )


def _is_there(catalog: CatalogFile, name: str, *, if_exists: bool) -> bool:
    if if_exists and not has_database(catalog, name):
        return False
    require_database(catalog, name)
    return True


def _has_models(catalog: CatalogFile, database: str) -> bool:
    return bool(catalog.store.rows("SELECT 1 FROM aisql_models WHERE database = ? LIMIT 1", (database,)))


def _chosen_path(catalog: CatalogFile, database: str) -> str | None:
    rows = catalog.store.rows("SELECT path FROM aisql_databases WHERE name = ?", (database,))
    return rows[0][0] if rows else None


def _secret_references(catalog: CatalogFile, database: str) -> list[str]:
    rows = catalog.store.rows(
        "SELECT secret FROM aisql_model_options JOIN aisql_models ON id = model"
        " WHERE database = ? AND secret IS NOT NULL",
        (database,),
    )
    return [reference for (reference,) in rows]


def _remove_table_file(path: Path) -> None:
    try:
        for suffix in ("", "-wal", "-shm", "-journal"):
            path.with_name(path.name + suffix).unlink(missing_ok=True)
    except OSError as error:
        raise CatalogError(f"{path} cannot be removed: {error.strerror}") from error
