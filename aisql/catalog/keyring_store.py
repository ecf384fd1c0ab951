"""Literal keys in the keyring of the system, where the package keyring is installed and has one that works.

A reference tells where its key is: `keyring:` and a random id there, `secret:` in the file of the catalog.
The package is imported when a key is kept, or one that is in the keyring is needed.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from aisql.catalog.secrets import Secret, SecretFile, SecretStore
from aisql.errors import CatalogError

if TYPE_CHECKING:
    from keyring.backend import KeyringBackend

SERVICE = "aisql"
"""The name that keys have in the keyring; the user of each is its reference."""

_REFERENCE = "keyring:"
_LET_THROUGH = (
    ("secretstorage", "SecretStorageException"),
    ("jeepney", "DBusErrorResponse"),
    ("pywintypes", "error"),
)
"""What keyring's backends do not put into its own errors: the module and the name of the class."""


class KeyringSecrets:
    """Keys in the keyring, each with its host, as JSON. Methods raise CatalogError where it does not work."""

    def put(self, value: str, host: str | None) -> str:
        """See SecretStore. A keyring that does not give back and forget this very key does not work."""
        reference, text = f"{_REFERENCE}{os.urandom(16).hex()}", _written(Secret(value, host))
        with _keyring() as keyring:
            keyring.set_password(SERVICE, reference, text)
            try:
                was_kept = keyring.get_password(SERVICE, reference) == text
            finally:
                keyring.delete_password(SERVICE, reference)
            if not was_kept or keyring.get_password(SERVICE, reference) is not None:
                raise CatalogError("the keyring of the system does not keep what it is given")
            keyring.set_password(SERVICE, reference, text)
        return reference

    def get(self, reference: str) -> Secret:
        """See SecretStore."""
        with _keyring() as keyring:
            secret = _read(keyring.get_password(SERVICE, reference))
        if secret is None:
            raise CatalogError("the key is no longer in the keyring of the system", hint="set the key again")
        return secret

    def bind(self, reference: str, host: str) -> None:
        """See SecretStore. Of two programs that do so at once, the later one may win."""
        with _keyring() as keyring:
            secret = _read(keyring.get_password(SERVICE, reference))
            if secret is not None and secret.host is None:
                keyring.set_password(SERVICE, reference, _written(Secret(secret.value, host)))

    def remove(self, reference: str) -> None:
        """See SecretStore. A keyring that does not open keeps the key, to which nothing refers any more."""
        with suppress(CatalogError), _keyring() as keyring:
            keyring.delete_password(SERVICE, reference)


@contextmanager
def _keyring() -> Iterator[KeyringBackend]:
    """The keyring that the user's system or settings name.

    Raises CatalogError when there is none that keeps anything, and for what goes wrong with it inside.
    """
    try:
        import keyring

        backend = keyring.get_keyring()
        keeps = backend.priority > 0  # those of the backends `fail` and `null` are not
    except (ImportError, AttributeError, ValueError, RuntimeError) as error:  # as for a wrong name of one
        raise _unusable(str(error)) from error
    if not keeps:
        raise _unusable("there is none")
    try:
        yield backend
    except _failures() as error:
        raise _unusable(str(error) or type(error).__name__) from error


def _failures() -> tuple[type[Exception], ...]:
    """What a keyring fails with: its own errors, and those of the libraries below it that are in use."""
    from keyring.errors import KeyringError

    libraries = [getattr(sys.modules[module], name) for module, name in _LET_THROUGH if module in sys.modules]
    return (KeyringError, RuntimeError, OSError, *libraries)


def _unusable(why: str) -> CatalogError:
    return CatalogError(
        f"the keyring of the system, which holds the key, cannot be used: {why}",
        hint="unlock it, or set the key again",
    )


def _written(secret: Secret) -> str:
    return json.dumps({"value": secret.value, "host": secret.host})


def _read(text: str | None) -> Secret | None:
    """The secret that was written; None where there is none, or something else."""
    try:
        match json.loads(text or "null"):
            case {"value": str(value), "host": str() | None as host}:
                return Secret(value, host)
            case _:
                return None
    except ValueError:
        return None


class CatalogSecrets:
    """The keys of one catalog: in the keyring where it works, otherwise in the file beside the catalog.

    Methods raise OpenError or CatalogError.
    """

    def __init__(self, path: Path, *, readonly: bool = False) -> None:
        self.path = path
        self._file = SecretFile(path, readonly=readonly)
        self._keyring = KeyringSecrets()

    def put(self, value: str, host: str | None) -> str:
        """See SecretStore. The key is on disk when this returns."""
        try:
            return self._keyring.put(value, host)
        except CatalogError:
            return self._file.put(value, host)

    def get(self, reference: str) -> Secret:
        """See SecretStore."""
        return self._store(reference).get(reference)

    def bind(self, reference: str, host: str) -> None:
        """See SecretStore."""
        self._store(reference).bind(reference, host)

    def remove(self, reference: str) -> None:
        """See SecretStore."""
        self._store(reference).remove(reference)

    def close(self) -> None:
        """Closes the file; the next use opens it again."""
        self._file.close()

    def _store(self, reference: str) -> SecretStore:
        return self._keyring if reference.startswith(_REFERENCE) else self._file
