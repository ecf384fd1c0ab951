"""Models that live as long as the session, with their keys, in memory only."""

from __future__ import annotations

from aisql.catalog.objects import Definition, Model, ObjectPath
from aisql.catalog.secrets import MemorySecrets, SecretTest, remove_all, split_secrets
from aisql.errors import CatalogError
from aisql.secrecy import MASK
from aisql.suggest import did_you_mean


class TemporaryModels:
    """The temporary models of one session, by full name."""

    def __init__(self, is_secret: SecretTest) -> None:
        self.secrets = MemorySecrets()
        self._is_secret = is_secret
        self._models: dict[ObjectPath, Model] = {}

    def create(
        self, path: ObjectPath, definition: Definition, *, if_not_exists: bool, or_replace: bool
    ) -> bool:
        """Makes a model; false when it was there already and that is allowed. Raises CatalogError."""
        known = self._models.get(path)
        if known is not None:
            if if_not_exists:
                return False
            if not or_replace:
                raise CatalogError(f"Temporary model '{path.dotted()}' already exists")
            remove_all(self.secrets, dict(known.secrets).values())
        plain, literal = split_secrets(definition.options, self._is_secret)
        references = {key: self.secrets.put(value, definition.host) for key, value in literal.items()}
        self._models[path] = Model(
            path=path,
            input=definition.input,
            output=definition.output,
            comment=definition.comment,
            options=tuple(sorted({**plain, **dict.fromkeys(references, MASK)}.items())),
            temporary=True,
            secrets=tuple(sorted(references.items())),
        )
        return True

    def drop(self, path: ObjectPath, *, if_exists: bool) -> bool:
        """Forgets a model and its keys; false when there was none. Raises CatalogError."""
        known = self._models.pop(path, None)
        if known is None:
            if if_exists:
                return False
            raise CatalogError(
                f"Temporary model with identifier '{path.dotted()}' does not exist.",
                hint=did_you_mean(path.name, self.names(path.catalog, path.database)),
            )
        remove_all(self.secrets, dict(known.secrets).values())
        return True

    def find(self, path: ObjectPath) -> Model | None:
        """A model by its full name; None when there is none."""
        return self._models.get(path)

    def names(self, catalog: str, database: str) -> list[str]:
        """The temporary models of a database, sorted."""
        return sorted(
            path.name for path in self._models if (path.catalog, path.database) == (catalog, database)
        )
