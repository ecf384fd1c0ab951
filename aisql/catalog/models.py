"""The model statements: what CREATE, ALTER, DROP, DESCRIBE and SHOW MODEL do and say.

Semantics and messages are those of Flink 2.3, except that keys are kept apart and never shown.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from aisql.catalog import model_rows, objects
from aisql.catalog.catalogs import Catalogs
from aisql.catalog.databases import CatalogFile, require_database, require_name
from aisql.catalog.objects import Definition, Model, ObjectPath
from aisql.catalog.options import MODEL_OPTIONS, write_options
from aisql.catalog.secrets import Secret, SecretStore, SecretTest, kept, remove_all, split_secrets
from aisql.catalog.temporary import TemporaryModels
from aisql.errors import CatalogError
from aisql.suggest import did_you_mean


class Models:
    """The models of a session: permanent ones in the catalogs' files, temporary ones in memory.

    `is_secret` tells which options hold keys. A temporary model hides a permanent one of the same name.
    """

    def __init__(self, catalogs: Catalogs, is_secret: SecretTest) -> None:
        self.temporary = TemporaryModels(is_secret)
        self._catalogs = catalogs
        self._is_secret = is_secret

    # -- reading -------------------------------------------------------------------------------------

    def find(self, path: ObjectPath) -> Model | None:
        """A model by its full name, None when there is none. Raises OpenError, CatalogError."""
        temporary = self.temporary.find(path)
        if temporary is not None:
            return temporary
        catalog = self._catalogs.find(path.catalog)
        return None if catalog is None else model_rows.load_model(catalog.store, path)

    def names(self, catalog: str, database: str) -> list[str]:
        """The permanent models of a database, sorted. Raises CatalogError when there is no such database."""
        found = self._catalogs.open(catalog)
        require_database(found, database)
        return model_rows.model_names(found.store, database)

    def describe(self, path: ObjectPath) -> tuple[tuple[str, ...], tuple[tuple[str, ...], ...]]:
        """Names and rows of DESCRIBE MODEL. Raises CatalogError."""
        model = self.find(path)
        if model is None:
            raise self._missing(f"Model with the identifier '{path.dotted()}' doesn't exist.", path)
        return objects.describe(model)

    def show_create(self, path: ObjectPath) -> str:
        """The text of SHOW CREATE MODEL. Raises CatalogError."""
        model = self.find(path)
        if model is None:
            raise self._missing(
                f"Could not execute SHOW CREATE MODEL. Model with identifier {path.quoted()} does not exist.",
                path,
            )
        return objects.show_create(model)

    def nearest(self, path: ObjectPath) -> str | None:
        """A hint that names the model of the same database most like a missing one, if any is near."""
        names = self.temporary.names(path.catalog, path.database)
        catalog = self._catalogs.find(path.catalog)
        if catalog is not None:
            names += model_rows.model_names(catalog.store, path.database)
        return did_you_mean(path.name, names)

    # -- keys ----------------------------------------------------------------------------------------

    def reveal(self, model: Model, key: str) -> Secret | None:
        """The key kept for an option, None when the option is no literal key. Raises CatalogError."""
        reference = dict(model.secrets).get(key)
        return None if reference is None else self._secrets(model).get(reference)

    def bind(self, model: Model, host: str) -> None:
        """Binds those keys of the model to a host that are bound to none; the others stay where they are."""
        for _, reference in model.secrets:
            self._secrets(model).bind(reference, host)

    # -- writing -------------------------------------------------------------------------------------

    def create(
        self,
        path: ObjectPath,
        definition: Definition,
        *,
        temporary: bool = False,
        if_not_exists: bool = False,
        or_replace: bool = False,
    ) -> bool:
        """Makes a model; false when it was there already and that is allowed. Raises CatalogError."""
        require_name(path.name)
        if temporary:
            return self.temporary.create(path, definition, if_not_exists=if_not_exists, or_replace=or_replace)
        catalog = self._catalogs.open(path.catalog)
        plain, literal = split_secrets(definition.options, self._is_secret)
        stale: Collection[str] = ()
        with catalog.transaction() as write:
            require_database(catalog, path.database)
            known = model_rows.model_id(catalog.store, path)
            if known is not None:
                if if_not_exists:
                    return False
                if not or_replace:
                    raise _taken(path)
                stale = model_rows.secret_references(catalog.store, known).values()
                model_rows.delete_model(write, known)
            with kept(catalog.secrets, literal, definition.host) as references:
                model_rows.insert_model(write, path, definition, plain, references, catalog.store.now())
        remove_all(catalog.secrets, stale)
        return True

    def set_options(
        self,
        path: ObjectPath,
        changes: Mapping[str, str],
        *,
        host: str | None = None,
        if_exists: bool = False,
    ) -> bool:
        """Adds or replaces options; false when there is no model and that is allowed. Raises CatalogError.

        `host` is the host of the model's endpoint after the change. New keys are bound to it, and keys that
        were bound to none; a bound key stays with its host when the endpoint changes.
        """
        if not changes:
            raise CatalogError("ALTER MODEL SET does not support empty option.")
        catalog = self._catalog_to_alter(path, if_exists=if_exists)
        if catalog is None:
            return False
        plain, literal = split_secrets(changes, self._is_secret)
        with catalog.transaction() as write:
            identity = self._identity(catalog, path, if_exists=if_exists)
            if identity is None:
                return False
            before = model_rows.secret_references(catalog.store, identity)
            with kept(catalog.secrets, literal, host) as references:
                write_options(write, MODEL_OPTIONS, identity, plain, references)
        remove_all(catalog.secrets, [before[key] for key in changes if key in before])
        if host is not None:
            for key in before.keys() - changes.keys():
                catalog.secrets.bind(before[key], host)
        return True

    def reset_options(self, path: ObjectPath, keys: Collection[str], *, if_exists: bool = False) -> bool:
        """Removes options, those that are there; false when there is no model and that is allowed.

        Raises CatalogError.
        """
        if not keys:
            raise CatalogError("ALTER MODEL RESET does not support empty key.")
        catalog = self._catalog_to_alter(path, if_exists=if_exists)
        if catalog is None:
            return False
        with catalog.transaction() as write:
            identity = self._identity(catalog, path, if_exists=if_exists)
            if identity is None:
                return False
            before = model_rows.secret_references(catalog.store, identity)
            model_rows.delete_options(write, identity, keys)
        remove_all(catalog.secrets, [before[key] for key in before if key in keys])
        return True

    def rename(self, path: ObjectPath, new_name: tuple[str, ...], *, if_exists: bool = False) -> bool:
        """Gives a model another name; false when there is no model and that is allowed. Raises CatalogError.

        `new_name` has one to three parts; the parts before the name must be those the model has.
        """
        catalog = self._catalog_to_alter(path, if_exists=if_exists)
        target = _renamed(path, new_name)
        if catalog is None:
            return False
        with catalog.transaction() as write:
            identity = self._identity(catalog, path, if_exists=if_exists)
            if identity is None:
                return False
            if model_rows.model_id(catalog.store, target) is not None:
                raise _taken(target)
            model_rows.rename_model(write, identity, target.name)
        return True

    def drop(self, path: ObjectPath, *, temporary: bool = False, if_exists: bool = False) -> bool:
        """Drops a model with its keys; false when there is none and that is allowed. Raises CatalogError.

        Without `temporary` it is the permanent model that goes, also where a temporary one hides it.
        """
        if temporary:
            return self.temporary.drop(path, if_exists=if_exists)
        catalog = self._catalogs.find(path.catalog)
        if catalog is not None and _drop_permanent(catalog, path):
            return True
        if if_exists:
            return False
        message = f"Model with identifier '{path.dotted()}' does not exist."
        if self.temporary.find(path) is not None:
            raise CatalogError(message, hint="DROP TEMPORARY MODEL drops the temporary model of this name")
        raise self._missing(message, path)

    def _secrets(self, model: Model) -> SecretStore:
        return self.temporary.secrets if model.temporary else self._catalogs.open(model.path.catalog).secrets

    def _catalog_to_alter(self, path: ObjectPath, *, if_exists: bool) -> CatalogFile | None:
        if self.temporary.find(path) is not None:
            raise CatalogError(f"Model {path.quoted()} is a temporary model.")
        catalog = self._catalogs.find(path.catalog)
        if catalog is not None and self._identity(catalog, path, if_exists=if_exists) is not None:
            return catalog
        if if_exists:
            return None  # nothing to write, so nothing is opened for it
        raise self._missing(f"Model {path.quoted()} doesn't exist.", path)

    def _identity(self, catalog: CatalogFile, path: ObjectPath, *, if_exists: bool) -> int | None:
        identity = model_rows.model_id(catalog.store, path)
        if identity is None and not if_exists:
            raise self._missing(f"Model {path.quoted()} doesn't exist.", path)
        return identity

    def _missing(self, message: str, path: ObjectPath) -> CatalogError:
        return CatalogError(message, hint=self.nearest(path))


def _drop_permanent(catalog: CatalogFile, path: ObjectPath) -> bool:
    if model_rows.model_id(catalog.store, path) is None:
        return False  # nothing to write, so nothing is opened for it
    with catalog.transaction() as write:
        identity = model_rows.model_id(catalog.store, path)
        if identity is None:
            return False
        stale = model_rows.secret_references(catalog.store, identity).values()
        model_rows.delete_model(write, identity)
    remove_all(catalog.secrets, stale)
    return True


def _taken(path: ObjectPath) -> CatalogError:
    return CatalogError(f"Model {path.database}.{path.name} already exists in Catalog {path.catalog}.")


def _renamed(path: ObjectPath, new_name: tuple[str, ...]) -> ObjectPath:
    full = (path.catalog, path.database)[: 3 - len(new_name)] + new_name
    if len(full) != 3:
        raise CatalogError(f"{'.'.join(new_name)} is not a name for a model", hint="write RENAME TO new_name")
    target = ObjectPath(*full)
    require_name(target.name)
    for part, old, new in (
        ("catalog", path.catalog, target.catalog),
        ("database", path.database, target.database),
    ):
        if old != new:
            raise CatalogError(
                f"The {part} name of the new model name '{target.dotted()}' must be the same as"
                f" the old model name '{path.dotted()}'."
            )
    return target
