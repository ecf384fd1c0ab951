"""Keys: where they are, who can read them, and where they never appear."""

import os
import stat

import apsw
import pytest

from aisql.catalog.objects import Definition, ObjectPath
from aisql.catalog.secrets import MemorySecrets, Secret, SecretFile, is_named_reference, split_secrets
from aisql.errors import CatalogError, OpenError

KEY = "sk-very-secret-0123456789"
M = ObjectPath("default_catalog", "default_database", "m")


@pytest.fixture(params=["memory", "file"])
def secrets(request, tmp_path):
    return MemorySecrets() if request.param == "memory" else SecretFile(tmp_path / "c.keys")


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


def files_with(folder, text):
    return [path.name for path in sorted(folder.rglob("*")) if path.is_file() and text in path.read_bytes()]


def count_keys(path):
    keys = apsw.Connection(str(path))
    count = keys.execute("SELECT count(*) FROM keys").get
    keys.close()
    return count


def test_a_key_is_kept_with_its_host(secrets):
    reference = secrets.put(KEY, "api.example")
    assert secrets.get(reference) == Secret(KEY, "api.example")
    assert reference.startswith("secret:")
    assert KEY not in reference


def test_equal_keys_have_references_of_their_own(secrets):
    assert secrets.put(KEY, None) != secrets.put(KEY, None)


def test_a_key_is_bound_once(secrets):
    reference = secrets.put(KEY, None)
    secrets.bind(reference, "one.example")
    secrets.bind(reference, "two.example")
    assert secrets.get(reference) == Secret(KEY, "one.example")


def test_a_key_that_is_removed_is_gone(secrets):
    reference = secrets.put(KEY, None)
    secrets.remove(reference)
    secrets.remove(reference)
    with pytest.raises(CatalogError, match="the key is no longer in the key file"):
        secrets.get(reference)


def test_a_secret_does_not_print_its_key():
    assert repr(Secret(KEY, "h")) == "Secret(host='h')"


@pytest.mark.parametrize(
    ("value", "named"),
    [("${KEY}", True), ("${my.key}", True), ("sk-${KEY}", False), ("$KEY", False), ("${A}${B}", False)],
)
def test_what_a_named_reference_is(value, named):
    assert is_named_reference(value) is named


def test_only_literal_secrets_are_kept_apart():
    options = {"api-key": KEY, "token": "${TOKEN}", "password": "", "model": "gpt-x"}
    assert split_secrets(options, lambda key: key != "model") == (
        {"token": "${TOKEN}", "password": "", "model": "gpt-x"},
        {"api-key": KEY},
    )


# -- the file ----------------------------------------------------------------------------------------


def test_the_file_and_those_sqlite_puts_beside_it_are_for_the_owner_only(tmp_path):
    path = tmp_path / "c.keys"
    before = os.umask(0)
    try:
        SecretFile(path).put(KEY, None)
        writer = apsw.Connection(str(path))
        writer.execute("BEGIN IMMEDIATE")
        writer.execute("DELETE FROM keys")
        modes = {file.name: mode(file) for file in tmp_path.iterdir()}
        writer.execute("ROLLBACK")
        writer.close()
    finally:
        os.umask(before)
    assert modes == {"c.keys": 0o600, "c.keys-journal": 0o600}


def test_wider_permissions_are_repaired(tmp_path):
    path = tmp_path / "c.keys"
    reference = SecretFile(path).put(KEY, None)
    path.chmod(0o644)
    assert SecretFile(path).get(reference).value == KEY
    assert mode(path) == 0o600


def test_a_removed_key_leaves_no_bytes(tmp_path):
    secrets = SecretFile(tmp_path / "c.keys")
    reference = secrets.put(KEY, None)
    assert files_with(tmp_path, KEY.encode()) == ["c.keys"]
    secrets.remove(reference)
    assert files_with(tmp_path, KEY.encode()) == []


def test_a_key_file_that_cannot_be_opened(tmp_path):
    with pytest.raises(OpenError, match="cannot be opened: it is a directory"):
        SecretFile(tmp_path).put(KEY, None)
    (tmp_path / "notes").write_text("no keys here" * 100)
    with pytest.raises(OpenError, match="is not a SQLite file"):
        SecretFile(tmp_path / "notes").put(KEY, None)
    with pytest.raises(OpenError, match="a part of the path is a file"):
        SecretFile(tmp_path / "notes" / "c.keys").put(KEY, None)


def test_a_key_file_opened_read_only_is_neither_made_nor_changed(tmp_path):
    with pytest.raises(CatalogError, match="it is read-only"):
        SecretFile(tmp_path / "c.keys", readonly=True).put(KEY, None)
    assert list(tmp_path.iterdir()) == []


def test_looking_for_a_key_makes_no_file(tmp_path):
    with pytest.raises(CatalogError, match="the key is no longer in the key file"):
        SecretFile(tmp_path / "sub" / "c.keys").get("secret:gone")
    assert list(tmp_path.iterdir()) == []


def test_two_stores_use_one_key_file_at_once(tmp_path):
    first, second = SecretFile(tmp_path / "c.keys"), SecretFile(tmp_path / "c.keys")
    references = [store.put(f"{KEY}{turn}", None) for turn in range(5) for store in (first, second)]
    assert [second.get(reference).value for reference in references] == [
        f"{KEY}{turn}" for turn in range(5) for _ in range(2)
    ]


# -- keys of models ----------------------------------------------------------------------------------


def with_key(key=KEY, host="api.example", **options):
    return Definition(options={"api-key": key, "provider": "openai", **options}, host=host)


def test_the_bytes_of_a_key_are_in_the_key_file_and_nowhere_else(models, connections, tmp_path):
    models.create(M, with_key())
    models.set_options(M, {"api-key": KEY + "2"}, host="api.example")
    models.rename(M, ("n",))
    connections.create("c", "ai_function", "openai", "https://api.example", {"api_key": KEY})
    assert (tmp_path / "home" / "catalog.sqlite-wal").exists()
    assert files_with(tmp_path, KEY.encode()) == ["catalog.sqlite.keys"]


def test_a_model_never_prints_its_key(models):
    models.create(M, with_key())
    model = models.find(M)
    assert KEY not in repr(model) + str(model.options) + str(model.secrets) + repr(with_key())
    assert models.reveal(model, "api-key") == Secret(KEY, "api.example")
    assert models.reveal(model, "provider") is None


def test_a_new_key_is_bound_to_the_endpoint_it_comes_with(models, catalogs):
    models.create(M, with_key())
    models.set_options(M, {"api-key": "sk-new"}, host="new.example")
    assert models.reveal(models.find(M), "api-key") == Secret("sk-new", "new.example")
    assert count_keys(catalogs.open().secrets.path) == 1


def test_a_key_stays_with_its_host_when_the_endpoint_changes(models):
    models.create(M, with_key())
    models.set_options(M, {"endpoint": "https://evil.example"}, host="evil.example")
    assert models.reveal(models.find(M), "api-key") == Secret(KEY, "api.example")


def test_a_key_without_a_host_is_bound_when_the_endpoint_is_set(models):
    models.create(M, with_key(host=None))
    assert models.reveal(models.find(M), "api-key").host is None
    models.set_options(M, {"endpoint": "https://api.example"}, host="api.example")
    assert models.reveal(models.find(M), "api-key") == Secret(KEY, "api.example")


def test_a_key_without_a_host_can_be_bound_at_its_first_use(models):
    models.create(M, with_key(host=None))
    models.bind(models.find(M), "api.example")
    assert models.reveal(models.find(M), "api-key") == Secret(KEY, "api.example")


@pytest.mark.parametrize("change", ["drop", "reset", "replace", "name it"])
def test_a_key_is_forgotten_with_what_it_belonged_to(models, catalogs, change):
    models.create(M, with_key())
    match change:
        case "drop":
            models.drop(M)
        case "reset":
            models.reset_options(M, ("api-key",))
        case "replace":
            models.create(M, Definition(options={"provider": "x"}), or_replace=True)
        case "name it":
            models.set_options(M, {"api-key": "${KEY}"})
            assert models.find(M).options == (("api-key", "${KEY}"), ("provider", "openai"))
    assert count_keys(catalogs.open().secrets.path) == 0


def test_a_literal_key_takes_the_place_of_a_named_one(models):
    models.create(M, with_key(key="${KEY}"))
    models.set_options(M, {"api-key": KEY}, host="api.example")
    assert models.reveal(models.find(M), "api-key") == Secret(KEY, "api.example")


def test_a_key_that_looks_like_a_reference_is_a_key_all_the_same(models):
    models.create(M, with_key())
    reference = dict(models.find(M).secrets)["api-key"]
    thief = ObjectPath("default_catalog", "default_database", "thief")
    models.create(thief, with_key(key=reference, host="evil.example"))
    assert models.reveal(models.find(thief), "api-key") == Secret(reference, "evil.example")


def test_a_temporary_model_forgets_its_key(models):
    models.create(M, with_key(), temporary=True)
    model = models.find(M)
    models.bind(model, "other.example")
    assert models.reveal(model, "api-key") == Secret(KEY, "api.example")
    models.drop(M, temporary=True)
    with pytest.raises(CatalogError, match="the key is no longer"):
        models.reveal(model, "api-key")
