"""Keys in the keyring of the system: when they go there, and what happens when it fails."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from aisql.catalog.keyring_store import CatalogSecrets
from aisql.catalog.objects import Definition, ObjectPath
from aisql.catalog.secrets import Secret
from aisql.errors import CatalogError

keyring = pytest.importorskip("keyring")

from keyring.backend import KeyringBackend  # noqa: E402 # it may not be there
from keyring.backends import fail, null  # noqa: E402
from keyring.errors import KeyringError, KeyringLocked, PasswordDeleteError  # noqa: E402

KEY = "sk-very-secret-0123456789"
M = ObjectPath("default_catalog", "default_database", "m")


class Dictionary(KeyringBackend):
    """A keyring in memory. `broken` names the methods that fail, `error` is what they fail with."""

    priority = 1

    def __init__(self) -> None:
        self.passwords: dict[tuple[str, str], str] = {}
        self.broken: set[str] = set()
        self.error: Exception = KeyringLocked("it is locked")

    def set_password(self, service, username, password):
        self._fail("set")
        self.passwords[service, username] = password

    def get_password(self, service, username):
        self._fail("get")
        return self.passwords.get((service, username))

    def delete_password(self, service, username):
        self._fail("delete")
        if (service, username) not in self.passwords:
            raise PasswordDeleteError("there is none")
        del self.passwords[service, username]

    def _fail(self, method):
        if method in self.broken:
            raise self.error


class Forgetful(Dictionary):
    """A keyring that cuts what it is given."""

    def set_password(self, service, username, password):
        super().set_password(service, username, password[:20])


class Unforgetting(Dictionary):
    """A keyring that removes nothing and does not say so."""

    def delete_password(self, service, username):
        pass


class Unsuitable(Dictionary):
    """A keyring that says it is not to be used."""

    priority = 0


@pytest.fixture
def ring():
    """A keyring that works, in the place of the system's for one test."""
    before = keyring.get_keyring()
    used = Dictionary()
    keyring.set_keyring(used)
    yield used
    keyring.set_keyring(before)


@pytest.fixture
def secrets(tmp_path):
    store = CatalogSecrets(tmp_path / "c.keys")
    yield store
    store.close()


def files_with(folder: Path, text: str) -> list[str]:
    files = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    return [path.name for path in files if text.encode() in path.read_bytes()]


def test_a_key_goes_to_the_keyring_with_its_host_and_to_no_file(ring, secrets, tmp_path):
    reference = secrets.put(KEY, "api.example")
    assert reference.startswith("keyring:")
    assert {place: json.loads(text) for place, text in ring.passwords.items()} == {
        ("aisql", reference): {"value": KEY, "host": "api.example"}
    }
    assert secrets.get(reference) == Secret(KEY, "api.example")
    assert list(tmp_path.iterdir()) == []


def test_equal_keys_have_references_of_their_own(ring, secrets):
    assert secrets.put(KEY, None) != secrets.put(KEY, None)
    assert len(ring.passwords) == 2


def test_a_key_in_the_keyring_is_bound_once(ring, secrets):
    reference = secrets.put(KEY, None)
    secrets.bind(reference, "one.example")
    secrets.bind(reference, "two.example")
    assert secrets.get(reference) == Secret(KEY, "one.example")


def test_a_key_that_is_removed_is_gone_from_the_keyring(ring, secrets):
    reference = secrets.put(KEY, None)
    secrets.remove(reference)
    secrets.remove(reference)
    assert ring.passwords == {}
    with pytest.raises(CatalogError, match="the key is no longer in the keyring of the system"):
        secrets.get(reference)


def test_what_somebody_else_put_in_its_place_is_no_key(ring, secrets):
    reference = secrets.put(KEY, None)
    for text in ("not JSON", "[1]", '{"value": 1, "host": null}'):
        ring.passwords["aisql", reference] = text
        secrets.bind(reference, "one.example")
        assert ring.passwords["aisql", reference] == text
        with pytest.raises(CatalogError, match="no longer in the keyring"):
            secrets.get(reference)


@pytest.mark.parametrize(
    "backend", [fail.Keyring(), null.Keyring(), Unsuitable(), Forgetful(), Unforgetting()], ids=str
)
def test_a_keyring_that_does_not_work_leaves_a_key_to_the_file(ring, secrets, tmp_path, backend):
    keyring.set_keyring(backend)
    reference = secrets.put(KEY, "api.example")
    assert reference.startswith("secret:")
    assert secrets.get(reference) == Secret(KEY, "api.example")
    assert files_with(tmp_path, KEY) == ["c.keys"]


@pytest.mark.parametrize("method", ["set", "get", "delete"])
@pytest.mark.parametrize("error", [KeyringError("it broke"), RuntimeError("no service"), OSError("no bus")])
def test_a_keyring_that_fails_in_the_middle_leaves_a_key_to_the_file(ring, secrets, tmp_path, method, error):
    ring.broken, ring.error = {method}, error
    assert secrets.get(secrets.put(KEY, "api.example")) == Secret(KEY, "api.example")
    assert files_with(tmp_path, KEY) == ["c.keys"]
    assert len(ring.passwords) == (1 if method == "delete" else 0)


def test_errors_of_the_libraries_below_a_keyring_count_too(ring, secrets):
    libraries = pytest.importorskip("secretstorage")
    ring.broken, ring.error = {"set"}, libraries.LockedException("the collection is locked")
    assert secrets.put(KEY, None).startswith("secret:")


def test_a_key_in_a_keyring_that_does_not_open_is_a_clear_error(ring, secrets):
    reference = secrets.put(KEY, None)
    ring.broken = {"get"}
    for use in (lambda: secrets.get(reference), lambda: secrets.bind(reference, "one.example")):
        with pytest.raises(CatalogError) as caught:
            use()
        assert caught.value.message == (
            "the keyring of the system, which holds the key, cannot be used: it is locked"
        )
        assert caught.value.hint == "unlock it, or set the key again"


def test_a_key_whose_keyring_is_no_longer_there_is_a_clear_error(ring, secrets):
    reference = secrets.put(KEY, None)
    keyring.set_keyring(null.Keyring())
    with pytest.raises(CatalogError, match="which holds the key, cannot be used: there is none"):
        secrets.get(reference)


def test_a_key_is_forgotten_also_where_the_keyring_does_not_open(ring, secrets):
    reference = secrets.put(KEY, None)
    ring.broken = {"delete"}
    secrets.remove(reference)


def test_keys_of_the_file_are_read_beside_those_of_the_keyring(ring, secrets):
    ring.broken = {"set"}
    in_file = secrets.put("one", None)
    ring.broken = set()
    in_keyring = secrets.put("two", None)
    assert (secrets.get(in_file), secrets.get(in_keyring)) == (Secret("one", None), Secret("two", None))
    secrets.bind(in_file, "api.example")
    secrets.remove(in_keyring)
    assert secrets.get(in_file) == Secret("one", "api.example")


@pytest.mark.parametrize("change", ["drop", "reset", "replace"])
def test_the_key_of_a_model_is_in_the_keyring_as_long_as_the_model_has_it(ring, models, tmp_path, change):
    options = {"api-key": KEY, "provider": "openai"}
    models.create(M, Definition(options=options, host="api.example"))
    model = models.find(M)
    assert model.options == (("api-key", "******"), ("provider", "openai"))
    assert models.reveal(model, "api-key") == Secret(KEY, "api.example")
    assert files_with(tmp_path, KEY) == []
    match change:
        case "drop":
            models.drop(M)
        case "reset":
            models.reset_options(M, ("api-key",))
        case "replace":
            models.create(M, Definition(options={"provider": "x"}), or_replace=True)
    assert ring.passwords == {}


def test_a_key_of_a_model_that_was_not_made_is_not_kept(ring, models):
    models.create(M, Definition(options={"provider": "x"}))
    with pytest.raises(CatalogError, match="already exists"):
        models.create(M, Definition(options={"api-key": KEY}))
    assert ring.passwords == {}


def run(*lines: str, **environment: str) -> str:
    """Runs Python in a process of its own; gives what it prints."""
    done = subprocess.run(
        [sys.executable, "-c", "\n".join(lines)],
        env=os.environ | environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.stderr == ""
    return done.stdout


def test_the_package_is_imported_only_where_a_key_may_be_in_the_keyring(tmp_path):
    out = run(
        "import sys",
        "from pathlib import Path",
        "from aisql.catalog.keyring_store import CatalogSecrets",
        f"secrets = CatalogSecrets(Path({str(tmp_path / 'c.keys')!r}))",
        "reference = secrets._file.put('key', None)",
        "secrets.get(reference), secrets.remove(reference)",
        "print('keyring' in sys.modules)",
        "print(secrets.put('key', None)[:7], 'keyring' in sys.modules)",
    )
    assert out == "False\nsecret: True\n"


@pytest.mark.parametrize("name", ["no.such.Keyring", "keyring.backends.null.Missing", "x"])
def test_a_keyring_that_is_named_wrongly_does_not_work(tmp_path, name):
    out = run(
        "from pathlib import Path",
        "from aisql.catalog.keyring_store import CatalogSecrets",
        f"print(CatalogSecrets(Path({str(tmp_path / 'c.keys')!r})).put('key', None)[:7])",
        PYTHON_KEYRING_BACKEND=name,
    )
    assert out == "secret:\n"
