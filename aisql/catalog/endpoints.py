"""AI models and their endpoints in the file of a catalog (OceanBase, DBMS_AI_SERVICE).

An AI model is a type and the name its vendor knows it by; an endpoint tells where it is asked, and with
which key. Names ignore the case of ASCII letters, as those of SQLite do.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field

from aisql.catalog.catalogs import Catalogs
from aisql.catalog.databases import CatalogFile
from aisql.catalog.secrets import Secret, SecretTest, kept, remove_all, split_secrets
from aisql.errors import CatalogError
from aisql.secrecy import MASK
from aisql.suggest import did_you_mean

KEY = "access_key"
_COLUMNS = (
    f"id, name, ai_model_name, scope, url, coalesce({KEY}, '{MASK}'), secret, shown_key, provider, "
    "request_model_name"
)


@dataclass(frozen=True, slots=True)
class AiModel:
    """An AI model. `type` is in small letters; `id` counts models in the order they were made."""

    id: int
    name: str
    type: str
    model_name: str


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where an AI model is asked. A literal `access_key` reads `******`, and `secret` refers to it.

    `catalog` is the catalog that holds it. `shown_key` are 64 random hex digits that are shown for the key:
    they tell nothing about it, and another key has others. `request_model_name` is None where the model's
    own name goes on the wire.
    """

    catalog: str
    id: int
    name: str
    ai_model_name: str
    scope: str
    url: str
    access_key: str
    secret: str | None = field(repr=False)
    shown_key: str
    provider: str
    request_model_name: str | None


class Endpoints:
    """The AI models and endpoints of the current catalog of a session.

    `is_secret` tells which parameters hold keys. Methods that write raise CatalogError, with the codes and
    texts of OceanBase, and when the catalog cannot be written.
    """

    def __init__(self, catalogs: Catalogs, is_secret: SecretTest) -> None:
        self._catalogs = catalogs
        self._is_secret = is_secret

    # ------------------------------------------------------------ AI models

    def models(self) -> list[AiModel]:
        """All AI models in the order they were made."""
        rows = self._catalogs.open().store.rows(
            "SELECT id, name, type, model_name FROM aisql_ai_models ORDER BY id"
        )
        return [AiModel(*row) for row in rows]

    def find_model(self, name: str) -> AiModel | None:
        """An AI model by its name; None when there is none."""
        return _load_model(self._catalogs.open(), name)

    def create_model(self, name: str, kind: str, model_name: str) -> None:
        """Makes an AI model."""
        catalog = self._catalogs.open()
        with catalog.transaction() as write:
            if _load_model(catalog, name) is not None:
                raise CatalogError(f"This ai model '{name}' is already exists", code="-11119")
            write.execute(
                "INSERT INTO aisql_ai_models (name, type, model_name, created_at) VALUES (?, ?, ?, ?)",
                (name, kind.lower(), model_name, catalog.store.now()),
            )

    def drop_model(self, name: str) -> None:
        """Drops an AI model; its endpoints stay, and cannot be used until there is such a model again."""
        self._known_model(name)  # nothing is opened for writing where there is nothing to write
        with self._catalogs.open().transaction() as write:
            self._known_model(name)
            write.execute("DELETE FROM aisql_ai_models WHERE name = ?", (name,))

    def _known_model(self, name: str) -> AiModel:
        found = self.find_model(name)
        if found is None:
            hint = did_you_mean(name, [model.name for model in self.models()])
            raise CatalogError(f"This ai model '{name}' not found in the tenant", code="-11118", hint=hint)
        return found

    # ------------------------------------------------------------ endpoints

    def list(self) -> list[Endpoint]:
        """All endpoints in the order they were made."""
        return _load(self._catalogs.open(), "ORDER BY id")

    def find(self, name: str) -> Endpoint | None:
        """An endpoint by its name; None when there is none."""
        return next(iter(_load(self._catalogs.open(), "WHERE name = ?", name)), None)

    def get(self, name: str) -> Endpoint:
        """An endpoint by its name. Raises CatalogError when there is none."""
        found = self.find(name)
        if found is None:
            hint = did_you_mean(name, [endpoint.name for endpoint in self.list()])
            message = f"This ai model endpoint '{name}' not found in the tenant"
            raise CatalogError(message, code="-11112", hint=hint)
        return found

    def of_model(self, name: str) -> Endpoint | None:
        """The endpoint of an AI model, the first that was made; None when there is none."""
        return next(iter(_load(self._catalogs.open(), "WHERE ai_model_name = ? ORDER BY id", name)), None)

    def create(self, name: str, values: Mapping[str, str | None], host: str | None) -> None:
        """Makes an endpoint of all its values by column.

        A literal key may go to `host` only (None: not known yet).
        """
        catalog = self._catalogs.open()
        plain, literal = self._split(values)
        with catalog.transaction() as write:
            if _load(catalog, "WHERE name = ?", name):
                raise CatalogError(f"This ai model endpoint '{name}' is already exists", code="-11113")
            with kept(catalog.secrets, literal, host) as references:
                row = {"name": name, "created_at": catalog.store.now()} | _row(values, plain, references)
                marks = ", ".join("?" * len(row))
                write.execute(
                    f"INSERT INTO aisql_ai_endpoints ({', '.join(row)}) VALUES ({marks})", tuple(row.values())
                )

    def alter(self, name: str, changes: Mapping[str, str | None], host: str | None) -> None:
        """Changes some of the values. A key that is bound to a host stays with it, whatever the URL is."""
        self.get(name)
        catalog = self._catalogs.open()
        plain, literal = self._split(changes)
        with catalog.transaction() as write:
            before = self.get(name)
            with kept(catalog.secrets, literal, host) as references:
                row = _row(changes, plain, references)
                if row:
                    assignments = ", ".join(f"{column} = ?" for column in row)
                    write.execute(
                        f"UPDATE aisql_ai_endpoints SET {assignments} WHERE name = ?", (*row.values(), name)
                    )
        if before.secret is not None and KEY in changes:
            catalog.secrets.remove(before.secret)
        elif before.secret is not None and host is not None:
            catalog.secrets.bind(before.secret, host)

    def drop(self, name: str) -> None:
        """Drops an endpoint and its key."""
        self.get(name)
        catalog = self._catalogs.open()
        with catalog.transaction() as write:
            known = self.get(name)
            write.execute("DELETE FROM aisql_ai_endpoints WHERE name = ?", (name,))
        remove_all(catalog.secrets, [known.secret] if known.secret is not None else [])

    def reveal(self, endpoint: Endpoint) -> Secret | None:
        """The key kept for an endpoint, None when it is no literal. Raises CatalogError, OpenError."""
        if endpoint.secret is None:
            return None
        return self._catalogs.open(endpoint.catalog).secrets.get(endpoint.secret)

    def bind(self, endpoint: Endpoint, host: str) -> None:
        """Binds the key of an endpoint to a host, where it is bound to none."""
        if endpoint.secret is not None:
            self._catalogs.open(endpoint.catalog).secrets.bind(endpoint.secret, host)

    def _split(self, values: Mapping[str, str | None]) -> tuple[dict[str, str], dict[str, str]]:
        texts = {column: value for column, value in values.items() if value is not None}
        return split_secrets(texts, self._is_secret)


def _row(
    values: Mapping[str, str | None], plain: Mapping[str, str], references: Mapping[str, str]
) -> dict[str, str | None]:
    """The columns to write for values, where literal keys are `references` and the rest is `plain`."""
    row = {column: plain.get(column) for column in values}
    if KEY in values:
        row |= {"secret": references.get(KEY), "shown_key": os.urandom(32).hex().upper()}
    return row


def _load_model(catalog: CatalogFile, name: str) -> AiModel | None:
    rows = catalog.store.rows(
        "SELECT id, name, type, model_name FROM aisql_ai_models WHERE name = ?", (name,)
    )
    return AiModel(*rows[0]) if rows else None


def _load(catalog: CatalogFile, condition: str, *values: str) -> list[Endpoint]:
    rows = catalog.store.rows(f"SELECT {_COLUMNS} FROM aisql_ai_endpoints {condition}", values)
    return [Endpoint(catalog.name, *row) for row in rows]
