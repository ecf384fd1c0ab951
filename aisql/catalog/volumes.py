"""Named volumes in the file of a catalog: folders of files under a name (Singdata, CREATE VOLUME)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from aisql.catalog.catalogs import Catalogs
from aisql.catalog.databases import CatalogFile, require_name
from aisql.errors import CatalogError
from aisql.suggest import did_you_mean

SHOW_COLUMNS = (
    "volume_name",
    "create_time",
    "external",
    "workspace_name",
    "url",
    "recursive_file_lookup",
    "connection",
)
DESCRIBE_COLUMNS = ("info_name", "info_value")


@dataclass(frozen=True, slots=True)
class Volume:
    """A named volume of a catalog.

    `location` is the folder the user chose for an external one, None for one whose folder the program made.
    What is in folders below is listed where it is `recursive`. `created_at` is like
    `2025-05-11 09:36:51.548`.
    """

    catalog: str
    name: str
    location: str | None
    recursive: bool
    comment: str | None
    created_at: str

    @property
    def is_external(self) -> bool:
        """Whether its files stay when it is dropped."""
        return self.location is not None


class NamedVolumes:
    """The named volumes of the current catalog of a session."""

    def __init__(self, catalogs: Catalogs) -> None:
        self._catalogs = catalogs

    def create(
        self, name: str, location: str | None, comment: str | None, *, recursive: bool, if_not_exists: bool
    ) -> bool:
        """Makes a volume; false when it was there already and that is allowed.

        Raises CatalogError, OpenError.
        """
        require_name(name)
        catalog = self._catalogs.open()
        with catalog.transaction() as write:
            if _load(catalog, "WHERE name = ?", name):
                if if_not_exists:
                    return False
                raise CatalogError(f"Volume '{name}' already exists.")
            write.execute(
                "INSERT INTO aisql_volumes VALUES (?, ?, ?, ?, ?)",
                (name, location, recursive, comment, catalog.store.now()),
            )
        return True

    def find(self, name: str) -> Volume | None:
        """A volume by its name; None when there is none."""
        return next(iter(_load(self._catalogs.open(), "WHERE name = ?", name)), None)

    def get(self, name: str) -> Volume:
        """A volume by its name. Raises CatalogError when there is none."""
        found = self.find(name)
        if found is None:
            hint = did_you_mean(name, [volume.name for volume in self.list()])
            raise CatalogError(f"Volume '{name}' does not exist.", hint=hint)
        return found

    def list(self) -> list[Volume]:
        """All volumes, sorted by name."""
        return _load(self._catalogs.open(), "ORDER BY name")

    def drop(self, name: str, remove_files: Callable[[], None]) -> None:
        """Forgets a volume whose files can be removed. Raises CatalogError when it cannot be written."""
        with self._catalogs.open().transaction() as write:
            write.execute("DELETE FROM aisql_volumes WHERE name = ?", (name,))
            remove_files()


def _load(catalog: CatalogFile, condition: str, *values: str) -> list[Volume]:
    rows = catalog.store.rows(
        f"SELECT name, location, recursive, comment, created_at FROM aisql_volumes {condition}", values
    )
    return [
        Volume(catalog.name, name, location, bool(recursive), comment, created_at)
        for name, location, recursive, comment, created_at in rows
    ]
