"""Reading never makes a catalog file, and needs no permission to write one."""

import os
import shutil
import tempfile
from contextlib import contextmanager
from pathlib import Path

import pytest

from aisql.catalog.catalogs import Catalogs
from aisql.catalog.connections import Connections
from aisql.catalog.migrations import MIGRATIONS, migrate
from aisql.catalog.models import Models
from aisql.catalog.objects import Definition, ObjectPath
from aisql.catalog.sqlite import open_connection
from aisql.catalog.store import open_for_reading, open_store
from aisql.errors import AisqlError, CatalogError, OpenError

SMALL = Definition(options={"provider": "x"})
WITH_KEY = Definition(options={"provider": "x", "api-key": "sk"}, host="h")
NOBODY = 65534

needs_permissions = pytest.mark.skipif(os.name != "posix", reason="folders are not protected this way")


class Shell:
    """The catalog as one session has it."""

    def __init__(self, file: Path, clock) -> None:
        self.catalogs = Catalogs(file, Path("/"), clock)
        self.models = Models(self.catalogs, lambda option: option == "api-key")
        self.connections = Connections(self.catalogs, lambda option: option == "api_key")

    def create(self, name, definition=SMALL, **flags):
        return self.models.create(at(name), definition, **flags)

    def names(self):
        return self.models.names("default_catalog", "default_database")

    def close(self):
        self.catalogs.close()


@pytest.fixture
def shell(catalog_file, clock):
    opened = Shell(catalog_file, clock)
    yield opened
    opened.close()


@pytest.fixture
def shared():
    """A folder that other users can look into, which those of pytest are not."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        yield folder
        folder.chmod(0o755)


@contextmanager
def protected(folder: Path):
    """Nothing in the folder, nor the folder, can be written inside; not even by the administrator."""
    for path in (*folder.iterdir(), folder):
        path.chmod(0o555 if path.is_dir() else 0o444)
    is_root = os.geteuid() == 0
    if is_root:
        os.seteuid(NOBODY)
    try:
        yield
    finally:
        if is_root:
            os.seteuid(0)
        for path in (folder, *folder.iterdir()):
            path.chmod(0o755 if path.is_dir() else 0o644)


def at(name):
    return ObjectPath("default_catalog", "default_database", name)


def problem(action, kind):
    with pytest.raises(AisqlError) as caught:
        action()
    assert type(caught.value) is kind
    return caught.value.message


def content(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


# -- a missing file ----------------------------------------------------------------------------------


def test_reading_a_missing_catalog_finds_nothing_and_makes_nothing(shell, catalog_file):
    assert shell.names() == []
    assert shell.models.find(at("m")) is None
    assert shell.models.nearest(at("m")) is None
    assert shell.connections.find("c") is None
    assert shell.connections.list() == []
    assert shell.catalogs.names() == ["default_catalog"]
    assert shell.catalogs.database_names() == ["default_database"]
    assert shell.catalogs.find("c1") is None
    assert not catalog_file.parent.exists()


def test_altering_and_dropping_what_is_not_there_makes_nothing(shell, catalog_file):
    assert not shell.models.drop(at("m"), if_exists=True)
    assert not shell.models.set_options(at("m"), {"task": "x"}, if_exists=True)
    assert not shell.models.reset_options(at("m"), ["task"], if_exists=True)
    assert not shell.models.rename(at("m"), ("n",), if_exists=True)
    assert not shell.connections.drop("c", if_exists=True)
    assert not shell.catalogs.drop_database("d", if_exists=True)
    assert not shell.catalogs.drop_catalog("c", if_exists=True)
    assert problem(lambda: shell.models.drop(at("m")), CatalogError) == (
        "Model with identifier 'default_catalog.default_database.m' does not exist."
    )
    assert not catalog_file.parent.exists()


def test_the_first_write_makes_the_file_and_reading_goes_on_there(shell, catalog_file):
    assert shell.names() == []
    shell.create("m", WITH_KEY)
    assert catalog_file.exists()
    assert shell.names() == ["m"]
    assert shell.models.find(at("m")).options == (("api-key", "******"), ("provider", "x"))


def test_a_write_that_fails_does_not_end_the_session(shell):
    shell.create("m")
    assert problem(lambda: shell.create("m"), CatalogError).endswith(
        "already exists in Catalog default_catalog."
    )
    assert shell.names() == ["m"]


def test_a_catalog_that_another_session_makes_meanwhile_is_seen(shell, catalog_file, clock):
    assert shell.names() == []
    other = Shell(catalog_file, clock)
    other.create("theirs")
    assert shell.names() == ["theirs"]
    shell.create("ours")
    assert other.names() == ["ours", "theirs"]
    other.close()


def test_a_session_that_may_only_read_sees_a_catalog_made_meanwhile(shell, catalog_file, clock):
    reader = Catalogs(catalog_file, Path("/"), clock, readonly=True)
    models = Models(reader, lambda _option: False)
    assert models.find(at("m")) is None
    shell.create("m")
    assert models.find(at("m")) == shell.models.find(at("m"))
    reader.close()


# -- a folder that cannot be written -----------------------------------------------------------------


@needs_permissions
@pytest.mark.parametrize("file", ["catalog.sqlite", "home/catalog.sqlite"])
def test_a_home_that_cannot_be_written_is_enough_to_read_and_for_temporary_models(shared, clock, file):
    shell = Shell(shared / file, clock)
    with protected(shared):
        assert shell.names() == []
        assert shell.create("mt", WITH_KEY, temporary=True)
        assert shell.models.reveal(shell.models.find(at("mt")), "api-key").value == "sk"
        assert shell.models.drop(at("mt"), temporary=True)


@needs_permissions
def test_writing_to_a_home_that_cannot_be_written_says_so_and_leaves_nothing(shared, clock):
    shell = Shell(shared / "home" / "c.sqlite", clock)
    flat = Shell(shared / "c.sqlite", clock)
    with protected(shared):
        message = f"cannot make the folder {shared / 'home'}: Permission denied"
        assert problem(lambda: shell.create("m", WITH_KEY), OpenError) == message
        assert problem(lambda: flat.create("m", WITH_KEY), OpenError) == (
            f"{shared / 'c.sqlite'} cannot be opened: it cannot be made in its folder"
        )
        assert shell.names() == []
    assert list(shared.iterdir()) == []


@needs_permissions
def test_a_catalog_that_cannot_be_registered_is_not_made(shared, tmp_path, clock):
    open_to_all = shared / "open"
    open_to_all.mkdir()
    home = shared / "home"
    home.mkdir()
    catalogs = Catalogs(home / "c.sqlite", open_to_all, clock)
    with protected(home):
        options = {"type": "sqlite", "path": "c1.sqlite"}
        assert problem(lambda: catalogs.create_catalog("c1", options), OpenError).startswith(str(home))
    assert list(open_to_all.iterdir()) == []


# -- a file that cannot be written -------------------------------------------------------------------


@needs_permissions
def test_a_catalog_that_cannot_be_written_can_be_read(shared, clock):
    owner = Shell(shared / "c.sqlite", clock)
    owner.create("m")
    owner.close()
    before = content(shared)
    reader = Shell(shared / "c.sqlite", clock)
    with protected(shared):
        assert reader.names() == ["m"]
        assert reader.models.find(at("m")).options == (("provider", "x"),)
        assert problem(lambda: reader.create("n"), OpenError) == (
            f"{shared / 'c.sqlite'} cannot be written: it is read-only"
        )
        assert reader.names() == ["m"]
        reader.close()
    assert content(shared) == before


@needs_permissions
def test_what_the_owner_writes_is_seen_by_those_who_only_read(shared, clock):
    owner, reader = Shell(shared / "c.sqlite", clock), Shell(shared / "c.sqlite", clock)
    owner.create("a")
    owner.close()
    with protected(shared):
        assert reader.names() == ["a"]
    owner.create("b")
    with protected(shared):
        assert reader.names() == ["a", "b"]
    owner.close()
    with protected(shared):
        assert reader.names() == ["a", "b"]
    reader.create("c")
    assert reader.names() == ["a", "b", "c"]
    reader.close()


@needs_permissions
def test_a_catalog_in_another_journal_mode_can_be_read_too(shared, clock):
    path = shared / "c.sqlite"
    store = open_store(path, clock)
    store.connection.execute("PRAGMA journal_mode = DELETE").fetchall()
    store.close()
    with protected(shared):
        reading = open_for_reading(path, clock)
        assert reading.readonly
        assert reading.rows("SELECT name FROM aisql_databases") == [("default_database",)]
        reading.close()


@needs_permissions
def test_a_log_that_cannot_be_read_is_an_error_and_not_an_old_catalog(shared, clock):
    owner = Shell(shared / "c.sqlite", clock)
    owner.create("m")
    killed = shared / "killed"
    killed.mkdir()
    for suffix in ("", "-wal"):
        shutil.copy(shared / f"c.sqlite{suffix}", killed)
    owner.close()
    with protected(killed):
        assert problem(lambda: open_for_reading(killed / "c.sqlite", clock), OpenError) == (
            f"{killed / 'c.sqlite'} cannot be opened: its folder cannot be written"
        )


@needs_permissions
def test_an_outdated_catalog_that_cannot_be_written_is_an_error(shared, clock):
    path = shared / "c.sqlite"
    connection = open_connection(path)
    migrate(connection, path, lambda: "then", MIGRATIONS[:1])
    connection.close()
    with protected(shared):
        assert problem(lambda: open_for_reading(path, clock), OpenError) == (
            f"{path} cannot be written: it is read-only"
        )


def test_a_file_that_is_no_catalog_stays_an_error_for_reading(tmp_path, clock):
    path = tmp_path / "notes"
    path.write_text("these are notes, not tables\n" * 100)
    assert problem(lambda: open_for_reading(path, clock), OpenError) == f"{path} is not a SQLite file"
    assert problem(lambda: open_for_reading(tmp_path, clock), OpenError) == (
        f"{tmp_path} cannot be opened: it is a directory"
    )
