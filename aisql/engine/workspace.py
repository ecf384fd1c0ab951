"""Everything the catalog knows, opened when a statement first needs it."""

from __future__ import annotations

import os
from collections.abc import Iterable
from datetime import datetime
from functools import cached_property
from pathlib import Path

from aisql.access import UNLIMITED, Access
from aisql.catalog.answers import Ledger
from aisql.catalog.catalogs import Catalogs
from aisql.catalog.connections import Connections
from aisql.catalog.endpoints import Endpoints
from aisql.catalog.models import Models
from aisql.catalog.paths import is_keys_file, volumes_path
from aisql.catalog.volumes import NamedVolumes
from aisql.errors import CatalogError
from aisql.providers.options import is_secret


class Workspace:
    """The catalogs of a session, and the models and connections in them.

    `catalog_file` is the default catalog's; relative paths in statements start at `directory`. `access` tells
    which files statements may open, and whether they may say where models are.
    With `readonly` nothing in them can be changed; the answers that are paid for are kept all the same.
    """

    def __init__(
        self, catalog_file: str, directory: str, access: Access = UNLIMITED, *, readonly: bool = False
    ) -> None:
        self.readonly = readonly
        self.access = access
        self.directory = directory
        self.catalog_file = Path(directory, catalog_file)
        """The file of the default catalog."""
        self.catalogs = Catalogs(self.catalog_file, Path(directory), _now, readonly=readonly)

    def database(self, path: tuple[str, ...] | None) -> tuple[str, str]:
        """The catalog and the database that `[catalog.]database` names; the current ones for None.

        Raises CatalogError for a name with more parts.
        """
        match path:
            case None:
                return self.catalogs.current_catalog, self.catalogs.current_database
            case (database,):
                return self.catalogs.current_catalog, database
            case (catalog, database):
                return catalog, database
            case _:
                raise CatalogError(
                    f"'{'.'.join(path)}' is no database", hint="databases are catalog.database"
                )

    def check_file(self, path: str, taken: Iterable[str]) -> None:
        """Raises CatalogError for the path of a file that is to be made and is one of another kind.

        `taken` are such files; files of keys always are. Raises SafeModeError.
        """
        real = os.path.realpath(self.path_of(path))  # resolve() fails at a link to itself
        if is_keys_file(real) or real in set(map(os.path.realpath, taken)):
            raise CatalogError(f"{path} is in use for something else", hint="name another file")

    @cached_property
    def models(self) -> Models:
        """The models, permanent and temporary."""
        return Models(self.catalogs, is_secret)

    @cached_property
    def connections(self) -> Connections:
        """The API connections of the current catalog."""
        return Connections(self.catalogs, is_secret)

    @cached_property
    def endpoints(self) -> Endpoints:
        """The AI models of the current catalog, and their endpoints."""
        return Endpoints(self.catalogs, is_secret)

    @cached_property
    def volumes(self) -> NamedVolumes:
        """The named volumes of the current catalog."""
        return NamedVolumes(self.catalogs)

    def volumes_folder(self, catalog: str) -> Path:
        """The folder with the files of a catalog's volumes, which may not be there yet."""
        return Path(volumes_path(str(self.catalogs.open(catalog).path)))

    def path_of(self, path: str) -> Path:
        """The file that a path in a statement means. Raises SafeModeError."""
        self.access.file(path)
        return Path(self.directory, os.path.expanduser(path))  # noqa: PTH111 # pathlib's raises where there is no such home

    @cached_property
    def ledger(self) -> Ledger:
        """The answers that were paid for, for the thread that runs statements."""
        return self.open_ledger()

    def open_ledger(self) -> Ledger:
        """The same answers for another thread, which has to close it."""
        return Ledger(self.catalog_file, _now)

    def close(self) -> None:
        """Closes every catalog file."""
        self.catalogs.close()
        self.ledger.close()


def _now() -> datetime:
    return datetime.now().astimezone()
