"""Catalogs and databases: making, using, dropping, and where their files are."""

import sqlite3
from functools import partial

import pytest

from aisql.catalog.catalogs import Catalogs
from aisql.catalog.models import Models
from aisql.catalog.objects import Definition, ObjectPath
from aisql.catalog.secrets import Secret
from aisql.errors import AisqlError, CatalogError, OpenError, OptionError

SQLITE = {"type": "sqlite", "path": "c1.sqlite"}


def problem(action, kind=CatalogError):
    with pytest.raises(AisqlError) as caught:
        action()
    assert type(caught.value) is kind
    return caught.value.message


def hint(action):
    with pytest.raises(AisqlError) as caught:
        action()
    return caught.value.hint


# -- names -------------------------------------------------------------------------------------------


def test_a_short_name_is_completed_with_what_is_current(catalogs):
    catalogs.create_database("d")
    catalogs.use_database("d")
    assert catalogs.complete(("m",)) == ObjectPath("default_catalog", "d", "m")
    assert catalogs.complete(("e", "m")) == ObjectPath("default_catalog", "e", "m")
    assert catalogs.complete(("c", "e", "m")) == ObjectPath("c", "e", "m")


@pytest.mark.parametrize(
    ("parts", "message"),
    [(("a", "b", "c", "d"), "a.b.c.d has 4 parts"), (("a", ""), "a name must not be empty")],
)
def test_names_that_are_none(catalogs, parts, message):
    assert problem(lambda: catalogs.complete(parts)) == message


# -- catalogs ----------------------------------------------------------------------------------------


def test_a_session_begins_in_the_default_database_and_opens_no_file(catalogs, catalog_file):
    assert (catalogs.current_catalog, catalogs.current_database) == ("default_catalog", "default_database")
    catalogs.use_database("default_database")
    catalogs.use_catalog("default_catalog")
    table_file = catalogs.table_file("default_catalog", "default_database")
    assert table_file == catalog_file.with_name("catalog.default_database.sqlite")
    assert not catalog_file.parent.exists()


def test_a_catalog_is_registered_and_used(catalogs, tmp_path):
    assert catalogs.create_catalog("c1", SQLITE)
    assert catalogs.names() == ["c1", "default_catalog"]
    catalogs.use_catalog("c1")
    assert (catalogs.current_catalog, catalogs.current_database) == ("c1", "default_database")
    assert catalogs.database_names() == ["default_database"]
    assert catalogs.open().path == tmp_path / "c1.sqlite"
    assert catalogs.table_file("c1", "default_database") == tmp_path / "c1.default_database.sqlite"


def test_a_catalog_is_there_for_the_next_session(catalogs, catalog_file, tmp_path, clock):
    catalogs.create_catalog("c1", SQLITE)
    catalogs.close()
    again = Catalogs(catalog_file, tmp_path / "elsewhere", clock)
    assert again.open("c1").path == tmp_path / "c1.sqlite"
    again.close()


def test_models_of_two_catalogs_do_not_meet(catalogs, models):
    catalogs.create_catalog("c1", SQLITE)
    models.create(ObjectPath("c1", "default_database", "m"), Definition(options={"provider": "x"}))
    assert models.names("default_catalog", "default_database") == []
    assert models.names("c1", "default_database") == ["m"]


@pytest.mark.parametrize("name", ["c1", "default_catalog"])
def test_a_catalog_name_that_is_taken(catalogs, name):
    catalogs.create_catalog("c1", SQLITE)
    other = {"type": "sqlite", "path": "other.sqlite"}
    assert problem(lambda: catalogs.create_catalog(name, other)) == f"Catalog {name} already exists."
    assert not catalogs.create_catalog(name, other, if_not_exists=True)
    assert not (catalogs.open("default_catalog").path.parent.parent / "other.sqlite").exists()


@pytest.mark.parametrize(
    ("options", "message", "advice"),
    [
        ({"path": "x"}, "CREATE CATALOG needs the option 'type'", "types are 'sqlite'"),
        (
            {"type": "hive", "path": "x"},
            "CREATE CATALOG does not know the type 'hive'",
            "types are 'sqlite'",
        ),
        (
            {"type": "sqlite"},
            "CREATE CATALOG needs the option 'path'",
            "WITH ('type'='sqlite', 'path'='...')",
        ),
        (
            {"type": "sqlite", "path": ""},
            "CREATE CATALOG needs a path that is not empty and has no NUL character",
            None,
        ),
        (
            {"type": "sqlite", "path": "a\0b"},
            "CREATE CATALOG needs a path that is not empty and has no NUL character",
            None,
        ),
        (
            {"type": "sqlite", "path": "x", "pth": "y"},
            "CREATE CATALOG does not know the option 'pth'",
            "did you mean path?",
        ),
    ],
)
def test_the_options_of_a_catalog_are_checked(catalogs, options, message, advice):
    assert problem(lambda: catalogs.create_catalog("c", options), OptionError) == message
    assert hint(lambda: catalogs.create_catalog("c", options)) == advice
    assert catalogs.names() == ["default_catalog"]


def test_a_catalog_whose_file_cannot_be_opened_is_not_registered(catalogs, tmp_path):
    (tmp_path / "notes").write_text("not a catalog at all" * 100)
    options = {"type": "sqlite", "path": "notes"}
    message = f"{tmp_path / 'notes'} is not a SQLite file"
    assert problem(lambda: catalogs.create_catalog("c", options), OpenError) == message
    assert catalogs.names() == ["default_catalog"]


def test_two_catalog_files_never_share_their_tables(catalogs, tmp_path):
    catalogs.create_catalog("c1", SQLITE)
    shared = {"type": "sqlite", "path": "c1.db"}
    assert problem(lambda: catalogs.create_catalog("c2", shared), OptionError) == (
        f"{tmp_path / 'c1.db'} would share its table files with catalog c1 in {tmp_path / 'c1.sqlite'}"
    )
    assert not (tmp_path / "c1.db").exists()
    assert catalogs.create_catalog("c2", SQLITE)


def test_a_session_that_may_only_read_finds_everything_and_makes_nothing(
    catalogs, models, catalog_file, tmp_path, clock
):
    path = ObjectPath("default_catalog", "default_database", "m")
    models.create(path, Definition(options={"api-key": "sk"}))
    catalogs.create_catalog("c1", SQLITE)
    readonly = Catalogs(catalog_file, tmp_path, clock, readonly=True)
    reader = Models(readonly, lambda key: key == "api-key")
    assert reader.find(path) == models.find(path)
    assert reader.reveal(reader.find(path), "api-key") == Secret("sk", None)
    assert readonly.database_names("c1") == ["default_database"]
    message = f"{catalog_file} cannot be written: it is read-only"
    assert problem(lambda: reader.create(path, Definition(), or_replace=True)) == message
    assert problem(lambda: readonly.create_catalog("c2", {"type": "sqlite", "path": "c2"})) == message
    assert not (tmp_path / "c2").exists()
    readonly.close()


def test_dropping_a_catalog_keeps_its_file(catalogs, tmp_path):
    catalogs.create_catalog("c1", SQLITE)
    assert catalogs.open("c1").store
    assert catalogs.drop_catalog("c1")
    assert catalogs.names() == ["default_catalog"]
    assert (tmp_path / "c1.sqlite").exists()


def test_catalogs_that_cannot_be_dropped(catalogs):
    catalogs.create_catalog("shop", SQLITE)
    catalogs.use_catalog("shop")
    message = "Cannot drop a catalog which is currently in use."
    assert problem(lambda: catalogs.drop_catalog("shop")) == message
    assert problem(lambda: catalogs.drop_catalog("default_catalog")) == "Cannot drop the default catalog."
    assert problem(lambda: catalogs.drop_catalog("shopp")) == "Catalog shopp does not exist."
    assert hint(lambda: catalogs.drop_catalog("shopp")) == "did you mean shop?"
    assert not catalogs.drop_catalog("shopp", if_exists=True)


def test_a_catalog_that_is_missing(catalogs):
    assert problem(lambda: catalogs.use_catalog("x")) == "A catalog with name [x] does not exist."
    assert problem(lambda: catalogs.use_database("d", "x")) == "A catalog with name [x] does not exist."
    assert problem(lambda: catalogs.create_database("d", "my")) == "Catalog my does not exist"
    assert problem(lambda: catalogs.database_names("my")) == "Catalog my does not exist"
    assert problem(lambda: catalogs.drop_database("d", "my")) == "Catalog my does not exist"
    assert not catalogs.drop_database("d", "my", if_exists=True)
    assert problem(lambda: catalogs.table_file("my", "d")) == "Catalog my does not exist"


# -- databases ---------------------------------------------------------------------------------------


def test_a_database_is_made_and_used(catalogs, catalog_file):
    assert catalogs.create_database("Sales é", comment="what was sold")
    catalogs.use_database("Sales é")
    assert catalogs.database_names() == ["Sales é", "default_database"]
    assert catalogs.table_file("default_catalog", "Sales é") == catalog_file.with_name(
        "catalog.%53ales%20%c3%a9.sqlite"
    )


def test_a_database_may_have_its_tables_in_a_file_of_the_user(catalogs, tmp_path):
    catalogs.create_database("mine", options={"path": "sub/../mine.db"})
    assert catalogs.table_file("default_catalog", "mine") == tmp_path / "mine.db"


def test_a_database_name_that_is_taken(catalogs):
    catalogs.create_database("d")
    message = "Database d already exists in Catalog default_catalog."
    assert problem(lambda: catalogs.create_database("d")) == message
    assert not catalogs.create_database("d", if_not_exists=True)
    assert not catalogs.create_database("default_database", if_not_exists=True)


@pytest.mark.parametrize("path", ["~/x.sqlite", "~/sub/../x.sqlite"])
def test_a_path_may_start_at_the_home_folder(catalogs, tmp_path, monkeypatch, path):
    monkeypatch.setenv("HOME", str(tmp_path / "me"))
    monkeypatch.setenv("USERPROFILE", str(tmp_path / "me"))
    catalogs.create_catalog("c1", {"type": "sqlite", "path": path})
    catalogs.create_database("d", options={"path": path})
    assert catalogs.open("c1").path == tmp_path / "me" / "x.sqlite"
    assert catalogs.table_file("default_catalog", "d") == tmp_path / "me" / "x.sqlite"


def test_a_tilde_that_is_not_the_first_character_is_a_tilde(catalogs, tmp_path):
    catalogs.create_database("d", options={"path": "./~d.sqlite"})
    assert catalogs.table_file("default_catalog", "d") == tmp_path / "~d.sqlite"


def test_the_home_folder_of_nobody(catalogs):
    create = partial(catalogs.create_database, "d", options={"path": "~no such user/x.sqlite"})
    message = "CREATE DATABASE cannot find the home folder in '~no such user/x.sqlite'"
    assert problem(create, OptionError) == message
    assert hint(create) == "write the whole path"


@pytest.mark.parametrize("name", ["main", "Temp", "AISQL"])
def test_a_database_name_that_is_reserved(catalogs, catalog_file, name):
    message = f"Database name '{name}' is reserved."
    assert problem(lambda: catalogs.create_database(name)) == message
    assert problem(lambda: catalogs.create_database(name, if_not_exists=True)) == message
    assert not catalog_file.parent.exists()


def test_the_options_of_a_database_are_checked(catalogs):
    message = "CREATE DATABASE does not know the option 'file'"
    assert problem(lambda: catalogs.create_database("d", options={"file": "x"}), OptionError) == message


def test_a_database_name_too_long_for_a_file(catalogs):
    name = "客" * 30
    assert problem(lambda: catalogs.create_database(name)) == (
        f"the name of database {name} is too long for a file name"
    )
    assert catalogs.create_database(name, options={"path": "long.db"})


def test_a_database_that_is_missing(catalogs):
    catalogs.create_database("sales")
    message = "Database sale does not exist in Catalog default_catalog."
    assert problem(lambda: catalogs.use_database("sale")) == (
        "A database with name [sale] does not exist in the catalog: [default_catalog]."
    )
    assert hint(lambda: catalogs.use_database("sale")) == "did you mean sales?"
    assert problem(lambda: catalogs.table_file("default_catalog", "sale")) == message
    assert problem(lambda: catalogs.drop_database("sale")) == message
    assert hint(lambda: catalogs.drop_database("sale")) == "did you mean sales?"
    assert not catalogs.drop_database("sale", if_exists=True)


def test_databases_that_cannot_be_dropped(catalogs):
    catalogs.create_database("d")
    catalogs.use_database("d")
    message = "Cannot drop a database which is currently in use."
    assert problem(lambda: catalogs.drop_database("d")) == message
    assert problem(lambda: catalogs.drop_database("default_database")) == (
        "Cannot drop the default database."
    )


def test_a_database_that_is_not_empty_is_kept(catalogs, models):
    catalogs.create_database("d")
    message = "Database d in catalog default_catalog is not empty."
    assert problem(lambda: catalogs.drop_database("d", has_tables=True)) == message
    models.create(ObjectPath("default_catalog", "d", "m"), Definition(options={"provider": "x"}))
    assert problem(lambda: catalogs.drop_database("d")) == message
    assert catalogs.database_names() == ["d", "default_database"]


def test_cascade_drops_models_their_keys_and_the_table_file(catalogs, models):
    catalogs.create_database("d")
    path = ObjectPath("default_catalog", "d", "m")
    models.create(path, Definition(options={"api-key": "sk"}))
    model = models.find(path)
    tables = catalogs.table_file("default_catalog", "d")
    sqlite3.connect(tables).close()
    tables.write_bytes(b"")
    assert catalogs.drop_database("d", cascade=True, has_tables=True)
    assert not tables.exists()
    assert models.find(path) is None
    assert problem(lambda: models.reveal(model, "api-key")).startswith("the key is no longer")
    assert not catalogs.drop_database("d", if_exists=True)


def test_a_file_that_the_user_chose_outlives_its_database(catalogs, tmp_path):
    mine = tmp_path / "mine.db"
    mine.write_bytes(b"")
    catalogs.create_database("d", options={"path": "mine.db"})
    catalogs.drop_database("d", cascade=True, has_tables=True)
    assert mine.exists()


def test_another_session_sees_what_this_one_makes(catalogs, catalog_file, tmp_path, clock):
    other = Catalogs(catalog_file, tmp_path, clock)
    assert other.names() == ["default_catalog"]
    catalogs.create_catalog("c1", SQLITE)
    catalogs.create_database("d", "c1")
    assert other.database_names("c1") == ["d", "default_database"]
    catalogs.drop_catalog("c1")
    assert problem(lambda: other.database_names("c1")) == "Catalog c1 does not exist"
    other.close()
