"""Literal keys: kept apart from the catalog, in a file only its owner can read, and never printed.

The catalog holds a reference, `secret:` and a random id; the key itself is behind it, with the one host it
may be sent to. A value written `${NAME}` is no secret: it is resolved when a call is made. Keys in the
keyring of the system are in `keyring_store.py`.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol, TypeAlias

import apsw

from aisql.catalog.sqlite import is_missing, make_folder, open_connection, sqlite_errors, transaction
from aisql.errors import AisqlError, CatalogError, OpenError

SecretTest: TypeAlias = Callable[[str], bool]
"""Tells whether the option of this name holds a secret."""

_NAMED = re.compile(r"\$\{[^{}]+\}")
_OWNER_ONLY = 0o600
_KEYS_TABLE = "CREATE TABLE IF NOT EXISTS keys (id TEXT PRIMARY KEY, value TEXT NOT NULL, host TEXT) STRICT"


@dataclass(frozen=True, slots=True)
class Secret:
    """A key and the only host it may be sent to; `host` is None while it is bound to none."""

    value: str = field(repr=False)
    host: str | None


class SecretStore(Protocol):
    """Keeps keys behind references."""

    def put(self, value: str, host: str | None) -> str:
        """Keeps a key for a host and gives its reference."""
        ...

    def get(self, reference: str) -> Secret:
        """The key behind a reference. Raises CatalogError when there is none."""
        ...

    def bind(self, reference: str, host: str) -> None:
        """Binds a key that is bound to no host yet; a bound key stays with its host."""
        ...

    def remove(self, reference: str) -> None:
        """Forgets a key; nothing happens when it is gone already."""
        ...


class MemorySecrets:
    """The keys of temporary objects: in memory, gone with the session."""

    def __init__(self) -> None:
        self._secrets: dict[str, Secret] = {}

    def put(self, value: str, host: str | None) -> str:
        """See SecretStore."""
        reference = _new_reference()
        self._secrets[reference] = Secret(value, host)
        return reference

    def get(self, reference: str) -> Secret:
        """See SecretStore."""
        if reference not in self._secrets:
            raise _lost()
        return self._secrets[reference]

    def bind(self, reference: str, host: str) -> None:
        """See SecretStore."""
        secret = self.get(reference)
        if secret.host is None:
            self._secrets[reference] = Secret(secret.value, host)

    def remove(self, reference: str) -> None:
        """See SecretStore."""
        self._secrets.pop(reference, None)


class SecretFile:
    """The keys of one catalog file, opened at the first need. Methods raise OpenError or CatalogError."""

    def __init__(self, path: Path, *, readonly: bool = False) -> None:
        self.path = path
        self._readonly = readonly
        self._opened: apsw.Connection | None = None

    def put(self, value: str, host: str | None) -> str:
        """See SecretStore. The key is on disk when this returns."""
        reference = _new_reference()
        with transaction(self._connection(), self.path) as write:
            write.execute("INSERT INTO keys (id, value, host) VALUES (?, ?, ?)", (reference, value, host))
        return reference

    def get(self, reference: str) -> Secret:
        """See SecretStore. A missing file stays missing."""
        if self._opened is None and is_missing(self.path):
            raise _lost()
        with sqlite_errors(self.path, CatalogError):
            found = self._connection().execute("SELECT value, host FROM keys WHERE id = ?", (reference,))
            rows = found.fetchall()
        if not rows:
            raise _lost()
        value, host = rows[0]
        return Secret(str(value), None if host is None else str(host))

    def bind(self, reference: str, host: str) -> None:
        """See SecretStore."""
        with transaction(self._connection(), self.path) as write:
            write.execute("UPDATE keys SET host = ? WHERE id = ? AND host IS NULL", (host, reference))

    def remove(self, reference: str) -> None:
        """See SecretStore. The bytes of the key are overwritten."""
        with transaction(self._connection(), self.path) as write:
            write.execute("DELETE FROM keys WHERE id = ?", (reference,))

    def close(self) -> None:
        """Closes the file; the next use opens it again."""
        if self._opened is not None:
            self._opened.close()
            self._opened = None

    def _connection(self) -> apsw.Connection:
        if self._opened is None:
            self._opened = _open_key_file(self.path, readonly=self._readonly)
        return self._opened


def is_named_reference(value: str) -> bool:
    """Whether a value is a `${NAME}` and nothing else."""
    return _NAMED.fullmatch(value) is not None


def split_secrets(options: Mapping[str, str], is_secret: SecretTest) -> tuple[dict[str, str], dict[str, str]]:
    """Options parted into those that may be stored and shown as written, and literal secrets."""
    secret = {
        key: value
        for key, value in options.items()
        if value and is_secret(key) and not is_named_reference(value)
    }
    return {key: value for key, value in options.items() if key not in secret}, secret


@contextmanager
def kept(secrets: SecretStore, values: Mapping[str, str], host: str | None) -> Iterator[dict[str, str]]:
    """Keeps keys before the rows that refer to them are written inside: option name to reference.

    When the inside fails they are removed again. An interruption may leave a key nothing refers to; that
    is better than a reference without its key, should the rows have been written after all.
    """
    references: dict[str, str] = {}
    try:
        for key, value in values.items():
            references[key] = secrets.put(value, host)
        yield references
    except (AisqlError, apsw.Error):
        remove_all(secrets, references.values())
        raise


def remove_all(secrets: SecretStore, references: Iterable[str]) -> None:
    """Forgets several keys."""
    for reference in references:
        secrets.remove(reference)


def _new_reference() -> str:
    return f"secret:{os.urandom(16).hex()}"


def _lost() -> CatalogError:
    return CatalogError("the key is no longer in the key file of this catalog", hint="set the key again")


def _open_key_file(path: Path, *, readonly: bool) -> apsw.Connection:
    if not readonly:
        make_folder(path.parent)
        _restrict(path)
    connection = open_connection(path, readonly=readonly)
    try:
        with sqlite_errors(path, OpenError):
            connection.execute("PRAGMA secure_delete = ON").fetchall()
            known = connection.execute("SELECT 1 FROM sqlite_schema WHERE name = 'keys'").fetchall()
        if not known:
            with transaction(connection, path) as write:
                write.execute(_KEYS_TABLE)
        if readonly:
            connection.execute("PRAGMA query_only = ON")
    except (OpenError, CatalogError, KeyboardInterrupt):
        connection.close()
        raise
    return connection


def _restrict(path: Path) -> None:
    """Makes sure that only the owner can read the file, before SQLite touches it.

    An existing file is never opened here: closing it would drop the locks of other connections to it.
    """
    try:
        try:
            os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, _OWNER_ONLY))
        except FileExistsError:
            if os.name == "posix" and path.is_file() and path.stat().st_mode & 0o077:
                path.chmod(_OWNER_ONLY)
    except OSError as error:
        raise OpenError(
            f"{path} cannot be kept from other users: {error.strerror}",
            hint="write the key as '${NAME}' instead: then nothing needs to be stored",
        ) from error
