"""Everything the catalog knows, opened when a statement first needs it."""

from __future__ import annotations

from datetime import datetime
from functools import cached_property
from pathlib import Path

from aisql.catalog.catalogs import Catalogs
from aisql.catalog.connections import Connections
from aisql.catalog.models import Models
from aisql.errors import CatalogError
from aisql.providers.options import is_secret


class Workspace:
    """The catalogs of a session, and the models and connections in them.

    `catalog_file` is the default catalog's; relative paths in statements start at `directory`.
    """

    def __init__(self, catalog_file: str, directory: str) -> None:
        self.catalogs = Catalogs(Path(catalog_file), Path(directory), lambda: datetime.now().astimezone())

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

    @cached_property
    def models(self) -> Models:
        """The models, permanent and temporary."""
        return Models(self.catalogs, is_secret)

    @cached_property
    def connections(self) -> Connections:
        """The API connections of the current catalog."""
        return Connections(self.catalogs, is_secret)

    def close(self) -> None:
        """Closes every catalog file."""
        self.catalogs.close()
