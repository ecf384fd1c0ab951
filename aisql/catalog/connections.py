"""API connections: a provider, its address and a key under one name, in the file of a catalog."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from aisql.catalog.catalogs import Catalogs
from aisql.catalog.databases import CatalogFile, require_name
from aisql.catalog.options import CONNECTION_OPTIONS, visible_options, write_options
from aisql.catalog.secrets import Secret, SecretTest, kept, remove_all, split_secrets
from aisql.catalog.store import Store
from aisql.errors import CatalogError
from aisql.secrecy import MASK
from aisql.suggest import did_you_mean

CATEGORY = "API"
ENABLED = "ENABLED"
SHOW_COLUMNS = ("name", "category", "type", "enabled", "created_time")
DESCRIBE_COLUMNS = ("info_name", "info_value")
_USER_INFO = re.compile(r"^([^/?#]*//)[^/?#]*@")


@dataclass(frozen=True, slots=True)
class Connection:
    """A connection. `options` are the further properties, sorted; a literal key reads `******` there.

    `catalog` is the catalog that holds it, `secrets` the references of literal keys by option,
    `created_at` like `2025-05-11 09:36:51.548`.
    """

    catalog: str
    name: str
    type: str
    provider: str
    base_url: str
    options: tuple[tuple[str, str], ...] = ()
    created_at: str = ""
    secrets: tuple[tuple[str, str], ...] = field(default=(), repr=False)


def show_row(connection: Connection) -> tuple[str, ...]:
    """The row of SHOW CONNECTIONS."""
    return (connection.name, CATEGORY, connection.type, ENABLED, connection.created_at)


def describe_rows(connection: Connection) -> tuple[tuple[str, str], ...]:
    """The rows of DESC CONNECTION."""
    return (
        ("name", connection.name),
        ("category", CATEGORY),
        ("type", connection.type),
        ("enabled", ENABLED),
        ("provider", connection.provider),
        ("base_url", shown_url(connection.base_url)),
        *connection.options,
        ("created_time", connection.created_at),
    )


def shown_url(url: str) -> str:
    """A URL with its user info masked: the password in it is not to be shown."""
    return _USER_INFO.sub(rf"\1{MASK}@", url)


class Connections:
    """The connections of the current catalog of a session. `is_secret` tells which properties hold keys."""

    def __init__(self, catalogs: Catalogs, is_secret: SecretTest) -> None:
        self._catalogs = catalogs
        self._is_secret = is_secret

    def create(
        self,
        name: str,
        kind: str,
        provider: str,
        base_url: str,
        options: Mapping[str, str],
        *,
        host: str | None = None,
        if_not_exists: bool = False,
    ) -> bool:
        """Makes a connection; false when it was there already and that is allowed.

        `options` are the further properties with literal keys, which may go to `host` only (None: not known
        yet). Raises CatalogError, OpenError.
        """
        require_name(name)
        catalog = self._catalogs.open()
        plain, literal = split_secrets(options, self._is_secret)
        with catalog.transaction() as write:
            if name in _names(catalog.store):
                if if_not_exists:
                    return False
                raise CatalogError(f"Connection '{name}' already exists.")
            with kept(catalog.secrets, literal, host) as references:
                write.execute(
                    "INSERT INTO aisql_connections VALUES (?, ?, ?, ?, ?)",
                    (name, kind.upper(), provider, base_url, catalog.store.now()),
                )
                write_options(write, CONNECTION_OPTIONS, name, plain, references)
        return True

    def find(self, name: str) -> Connection | None:
        """A connection by its name; None when there is none."""
        return _load(self._catalogs.open(), name)

    def get(self, name: str) -> Connection:
        """A connection by its name. Raises CatalogError when there is none."""
        found = self.find(name)
        if found is None:
            raise self._missing(name)
        return found

    def list(self) -> list[Connection]:
        """All connections, sorted by name."""
        catalog = self._catalogs.open()
        loaded = [_load(catalog, name) for name in _names(catalog.store)]
        return [connection for connection in loaded if connection is not None]

    def drop(self, name: str, *, if_exists: bool = False) -> bool:
        """Drops a connection and its keys; false when there is none and that is allowed.

        Raises CatalogError.
        """
        if self._to_drop(name, if_exists=if_exists) is None:
            return False  # nothing to write, so nothing is opened for it
        catalog = self._catalogs.open()
        with catalog.transaction() as write:
            known = self._to_drop(name, if_exists=if_exists)
            if known is None:
                return False
            write.execute("DELETE FROM aisql_connections WHERE name = ?", (name,))
        remove_all(catalog.secrets, dict(known.secrets).values())
        return True

    def reveal(self, connection: Connection, key: str) -> Secret | None:
        """The key kept for a property, None when the property is not a literal key.

        Raises CatalogError, OpenError.
        """
        reference = dict(connection.secrets).get(key)
        return None if reference is None else self._catalogs.open(connection.catalog).secrets.get(reference)

    def bind(self, connection: Connection, host: str) -> None:
        """Binds those keys of the connection to a host that are bound to none."""
        for _, reference in connection.secrets:
            self._catalogs.open(connection.catalog).secrets.bind(reference, host)

    def _to_drop(self, name: str, *, if_exists: bool) -> Connection | None:
        return self.find(name) if if_exists else self.get(name)

    def _missing(self, name: str) -> CatalogError:
        known = _names(self._catalogs.open().store)
        return CatalogError(f"Connection '{name}' does not exist.", hint=did_you_mean(name, known))


def _names(store: Store) -> list[str]:
    return sorted(name for (name,) in store.rows("SELECT name FROM aisql_connections"))


def _load(catalog: CatalogFile, name: str) -> Connection | None:
    store = catalog.store
    with store.connection:  # one snapshot for both queries
        found = store.rows(
            "SELECT type, provider, base_url, created_at FROM aisql_connections WHERE name = ?", (name,)
        )
        rows = store.rows(
            "SELECT key, value, secret FROM aisql_connection_options WHERE connection = ?", (name,)
        )
    if not found:
        return None
    kind, provider, base_url, created_at = found[0]
    options, secrets = visible_options(rows)
    return Connection(catalog.name, name, kind, provider, base_url, options, created_at, secrets)
