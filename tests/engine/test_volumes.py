"""Statements about volumes and their files."""

from __future__ import annotations

import os
import re
from datetime import datetime
from pathlib import Path

import pytest
from engine_shell import Shell

from aisql.errors import CatalogError, OptionError, StatementError, SyntaxProblem, VolumeError

MOMENT = 1_716_910_494
TIME = datetime.fromtimestamp(MOMENT).isoformat(sep=" ")
PLACES = [
    ("USER VOLUME", "volume:user://~/", "user"),
    ("VOLUME v", "volume://v/", "named/v"),
    ("TABLE VOLUME t", "volume:table://t/", "tables/default_database/t"),
    ("TABLE VOLUME default_database.T", "volume:table://default_database.T/", "tables/default_database/t"),
]


def write(path: Path, content: str | bytes) -> Path:
    """A file with its folders."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    os.utime(path, (MOMENT, MOMENT))
    return path


def tree(folder: Path) -> dict[str, str]:
    """Every file below a folder, and what is in it."""
    return {
        path.relative_to(folder).as_posix(): path.read_text()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Where the files of volumes are."""
    return tmp_path / "catalog.sqlite.volumes"


@pytest.fixture
def made(shell: Shell) -> Shell:
    """A session with a volume v, a table t, and the files in/a.csv, in/b.csv and in/c.txt."""
    shell("CREATE VOLUME v; CREATE TABLE t (id INTEGER, name TEXT);")
    return shell


@pytest.fixture
def local(tmp_path: Path) -> Path:
    """A folder of files to put."""
    write(tmp_path / "in" / "a.csv", "1,one\n")
    write(tmp_path / "in" / "b.csv", "2,two,zwei\n")
    write(tmp_path / "in" / "c.txt", "see")
    return tmp_path / "in"


# ---------------------------------------------------------------- volumes


def test_a_volume_is_shown_and_described(shell: Shell, tmp_path: Path) -> None:
    (tmp_path / "pictures").mkdir()
    shell("CREATE VOLUME v COMMENT = 'mine'; CREATE EXTERNAL VOLUME e LOCATION 'pictures' RECURSIVE = false")
    folder = str(tmp_path / "pictures")
    rows = shell("SHOW VOLUMES")
    assert [(row[0], *row[2:]) for row in rows] == [
        ("e", "true", "default_catalog", folder, "false", None),
        ("v", "false", "default_catalog", "volume://v/", "true", None),
    ]
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}", str(row[1])) for row in rows)
    assert shell.columns == [
        "volume_name",
        "create_time",
        "external",
        "workspace_name",
        "url",
        "recursive_file_lookup",
        "connection",
    ]
    assert shell("DESC VOLUME e") == [
        ("name", "e"),
        ("type", "EXTERNAL"),
        ("url", folder),
        ("recursive", "false"),
        ("comment", None),
        ("created_time", rows[0][1]),
    ]
    assert shell("DESCRIBE VOLUME v")[1:5] == [
        ("type", "INTERNAL"),
        ("url", "volume://v/"),
        ("recursive", "true"),
        ("comment", "mine"),
    ]
    assert [row[0] for row in shell("SHOW VOLUMES LIKE 'v%'")] == ["v"]


def test_a_volume_is_there_in_the_next_session_and_in_no_other_catalog(open_shell, tmp_path: Path) -> None:
    open_shell()("CREATE VOLUME v")
    shell = open_shell()
    assert [row[0] for row in shell("SHOW VOLUMES")] == ["v"]
    shell("CREATE CATALOG c WITH ('type' = 'sqlite', 'path' = 'c.sqlite'); USE CATALOG c")
    assert shell("SHOW VOLUMES") == []


def test_a_name_is_taken_once(made: Shell) -> None:
    assert made.error("CREATE VOLUME v").message == "Volume 'v' already exists."
    made("CREATE VOLUME IF NOT EXISTS v COMMENT = 'other'")
    assert made("DESC VOLUME v")[4] == ("comment", None)
    assert made.error("CREATE VOLUME ``").message == "a name must not be empty"


@pytest.mark.parametrize(
    "statement",
    [
        "DESC VOLUME w",
        "ALTER VOLUME w REFRESH",
        "DROP VOLUME w",
        "LIST VOLUME w",
        "PUT 'in/a.csv' TO VOLUME w",
    ],
)
def test_a_volume_that_is_missing_is_named(made: Shell, local: Path, statement: str) -> None:
    error = made.error(statement)
    assert (type(error), error.message) == (CatalogError, "Volume 'w' does not exist.")
    assert error.span is not None
    assert statement[slice(*error.span)] == "w"


def test_dropping_removes_the_files_of_a_volume_but_not_those_of_a_location(
    made: Shell, local: Path, root: Path
) -> None:
    made("CREATE VOLUME e LOCATION 'in'; PUT 'in/*.csv' TO VOLUME v; ALTER VOLUME e REFRESH")
    made("DROP VOLUME v; DROP VOLUME e; DROP VOLUME IF EXISTS v")
    assert made("SHOW VOLUMES") == []
    assert sorted(tree(local)) == ["a.csv", "b.csv", "c.txt"]
    assert tree(root) == {}


def test_a_location_is_a_path_or_a_file_url(made: Shell, local: Path) -> None:
    made(f"CREATE EXTERNAL VOLUME e LOCATION '{local.as_uri()}' USING CONNECTION c")
    assert made.notices == ["a folder needs no connection; c is not used"]
    assert made("SHOW VOLUMES LIKE 'e'")[0][4] == str(local)


@pytest.mark.parametrize(
    ("location", "message"),
    [
        ("oss://bucket/path", "'oss://bucket/path' is not on this machine"),
        ("s3://b", "'s3://b' is not on this machine"),
        ("file://host/data", "'file://host/data' is not on this machine"),
        ("nosuch", "there is no folder 'nosuch'"),
        ("in/a.csv", "there is no folder 'in/a.csv'"),
    ],
)
def test_a_location_that_cannot_be_used_is_refused(
    made: Shell, local: Path, location: str, message: str
) -> None:
    statement = f"CREATE EXTERNAL VOLUME e LOCATION '{location}'"
    error = made.error(statement)
    assert (type(error), error.message) == (VolumeError, message)
    assert error.span is not None
    assert statement[slice(*error.span)] == f"'{location}'"
    assert made("SHOW VOLUMES LIKE 'e'") == []


def test_an_external_volume_needs_a_location(shell: Shell) -> None:
    error = shell.error("CREATE EXTERNAL VOLUME e")
    assert (type(error), error.message) == (OptionError, "an external volume needs LOCATION")


@pytest.mark.parametrize(
    ("part", "message"),
    [
        ("DIRECTORY = (enabled = true)", "DIRECTORY has no option enabled"),
        ("DIRECTORY = (enable = yes)", "'yes' is neither true nor false"),
        ("RECURSIVE = often", "'often' is neither true nor false"),
    ],
)
def test_options_of_a_volume_are_true_or_false(shell: Shell, part: str, message: str) -> None:
    error = shell.error(f"CREATE VOLUME v {part}")
    assert (type(error), error.message) == (SyntaxProblem, message)


# ---------------------------------------------------------------- PUT and LIST


@pytest.mark.parametrize(("volume", "uri", "folder"), PLACES)
def test_files_are_put_and_listed(
    made: Shell, local: Path, root: Path, volume: str, uri: str, folder: str
) -> None:
    rows = made(f"PUT 'in/*.csv' TO {volume} SUBDIRECTORY 'x/y/'")
    assert rows == [
        ("in/a.csv", "x/y/a.csv", 6, 6, "SUCCEED"),
        ("in/b.csv", "x/y/b.csv", 11, 11, "SUCCEED"),
    ]
    assert made.columns == ["source", "target", "source_size", "target_size", "status"]
    made(f"PUT 'in/c.txt' TO {volume}; PUT 'in/c.txt' TO {volume} FILE 'x/d'")
    assert tree(root / folder) == {
        "c.txt": "see",
        "x/d": "see",
        "x/y/a.csv": "1,one\n",
        "x/y/b.csv": "2,two,zwei\n",
    }
    for path in (root / folder).rglob("*"):
        os.utime(path, (MOMENT, MOMENT))
    listed = made(f"LIST {volume}")
    assert listed == [
        ("c.txt", f"{uri}c.txt", 3, TIME),
        ("x/d", f"{uri}x/d", 3, TIME),
        ("x/y/a.csv", f"{uri}x/y/a.csv", 6, TIME),
        ("x/y/b.csv", f"{uri}x/y/b.csv", 11, TIME),
    ]
    assert made.columns == ["relative_path", "url", "size", "last_modified_time"]
    shown = volume.replace("VOLUME", "VOLUME DIRECTORY")
    assert made(f"SHOW {shown}") == listed
    assert made(f"SHOW {shown} SUBDIRECTORY 'x/y'") == listed[2:]
    assert made(f"LIST {volume} SUBDIRECTORY 'x' REGEXP = '.*\\.csv'") == listed[2:]
    assert made(f"LIST {volume} REGEXP 'c'") == []
    assert made(f"LIST {volume} SUBDIRECTORY 'nosuch'") == []
    assert made(f"LIST {volume} SUBDIRECTORY 'c.txt'") == []


def test_nothing_is_made_by_looking(made: Shell, root: Path) -> None:
    assert [made(f"LIST {volume}") for volume, _, _ in PLACES] == [[], [], [], []]
    assert not root.exists()


def test_only_the_top_of_an_external_volume_that_is_not_recursive_is_listed(made: Shell, local: Path) -> None:
    write(local / "deep" / "d.csv", "3")
    made("CREATE EXTERNAL VOLUME e LOCATION 'in' RECURSIVE = false")
    assert [row[0] for row in made("LIST VOLUME e")] == ["a.csv", "b.csv", "c.txt"]
    assert [row[0] for row in made("LIST VOLUME e SUBDIRECTORY 'deep'")] == ["deep/d.csv"]


def test_putting_replaces_a_file_of_the_same_name(made: Shell, local: Path, root: Path) -> None:
    made("PUT 'in/a.csv' TO USER VOLUME")
    write(local / "a.csv", "new")
    made("PUT 'in/a.csv' TO USER VOLUME")
    assert tree(root / "user") == {"a.csv": "new"}


def test_a_path_may_be_absolute_or_a_file_url(made: Shell, local: Path) -> None:
    row = (str(local / "c.txt"), "c.txt", 3, 3, "SUCCEED")
    assert made(f"PUT '{local}/*.txt' TO USER VOLUME") == [row]
    assert made(f"PUT '{(local / 'c.txt').as_uri()}' TO USER VOLUME") == [row]


def test_a_path_with_signs_of_a_pattern_is_itself_where_it_is_there(made: Shell, local: Path) -> None:
    write(local / "a[1]*.csv", "x")
    assert made("PUT 'in/a[1]*.csv' TO USER VOLUME")[0][1] == "a[1]*.csv"


@pytest.mark.parametrize(
    ("statement", "message"),
    [
        ("PUT 'in/nosuch' TO USER VOLUME", "there is no file 'in/nosuch'"),
        ("PUT 'in/*.png' TO USER VOLUME", "there is no file 'in/*.png'"),
        ("PUT 'in' TO USER VOLUME", "'in' is a folder"),
        ("PUT 'oss://b/x' TO USER VOLUME", "'oss://b/x' is not on this machine"),
        ("PUT 'in/*' TO USER VOLUME FILE 'x'", "FILE names one file, but 3 are put"),
        ("PUT 'in/a.csv' TO USER VOLUME FILE 'x/'", "'x/' is not the name of a file"),
        ("PUT 'in/a.csv' TO USER VOLUME FILE ''", "'' is not the name of a file"),
        ("PUT 'in/a.csv' TO USER VOLUME FILE '.'", "'.' is not the name of a file"),
        ("PUT 'in/**/a.csv' TO USER VOLUME", "2 files would be put to 'a.csv'"),
        (
            "PUT '*.sqlite.keys' TO USER VOLUME",
            "'x.sqlite.keys' holds keys and cannot be put into a volume",
        ),
        ("PUT 'keys' TO USER VOLUME", "'keys' holds keys and cannot be put into a volume"),
    ],
)
def test_what_cannot_be_put_is_refused(
    made: Shell, local: Path, root: Path, tmp_path: Path, statement: str, message: str
) -> None:
    write(local / "deep" / "a.csv", "1")
    write(tmp_path / "x.sqlite.keys", "secret")
    (tmp_path / "keys").symlink_to("x.sqlite.keys")
    error = made.error(statement)
    assert (type(error), error.message) == (VolumeError, message)
    assert tree(root) == {}


def test_a_folder_is_not_replaced_by_a_file_nor_a_file_by_a_folder(
    made: Shell, local: Path, root: Path
) -> None:
    made("PUT 'in/a.csv' TO USER VOLUME FILE 'x/y'")
    error = made.error("PUT 'in/a.csv' TO USER VOLUME FILE 'x'")
    assert error.message == "'x' is not the name of a file"
    error = made.error("PUT 'in/a.csv' TO USER VOLUME FILE 'x/y/z'")
    assert error.message in {"'x/y/z': Not a directory", "'x/y/z': File exists"}
    assert tree(root / "user") == {"x/y": "1,one\n"}


def test_a_pattern_that_is_none_is_an_error(made: Shell) -> None:
    error = made.error("LIST USER VOLUME REGEXP '('")
    assert type(error) is VolumeError
    assert error.message.startswith("'(' is not a regular expression: ")


def test_the_volume_of_a_table_is_there_while_the_table_is(made: Shell, local: Path) -> None:
    made("PUT 'in/a.csv' TO TABLE VOLUME t; DROP TABLE t")
    error = made.error("LIST TABLE VOLUME t")
    assert (type(error), error.message) == (CatalogError, "Table 't' does not exist.")


# ---------------------------------------------------------------- GET and REMOVE


def test_files_are_got(made: Shell, local: Path, tmp_path: Path) -> None:
    made("PUT 'in/*' TO VOLUME v SUBDIRECTORY 'x/y'")
    assert made("GET VOLUME v FILE 'x/y/a.csv' TO 'out/'") == [("x/y/a.csv", "out/a.csv", 6, 6, "SUCCEED")]
    assert made.columns == ["source", "target", "source_size", "target_size", "status"]
    rows = made(f"GET VOLUME v SUBDIRECTORY 'x/' TO '{tmp_path}/all'")
    assert [row[1] for row in rows] == [
        str(tmp_path / "all" / "y" / name) for name in ("a.csv", "b.csv", "c.txt")
    ]
    assert tree(tmp_path / "all") == {"y/a.csv": "1,one\n", "y/b.csv": "2,two,zwei\n", "y/c.txt": "see"}


def test_getting_replaces_no_file_and_copies_nothing_then(made: Shell, local: Path, tmp_path: Path) -> None:
    made("PUT 'in/*' TO USER VOLUME SUBDIRECTORY 'x'")
    write(tmp_path / "out" / "b.csv", "mine")
    (tmp_path / "links").mkdir()
    (tmp_path / "links" / "b.csv").symlink_to(tmp_path / "nosuch")
    for folder in ("out", "links"):
        error = made.error(f"GET USER VOLUME SUBDIRECTORY 'x' TO '{folder}'")
        assert error.message == f"'{folder}/b.csv' is there already"
    assert tree(tmp_path / "out") == {"b.csv": "mine"}
    assert not (tmp_path / "nosuch").exists()


@pytest.mark.parametrize(
    ("statement", "message"),
    [
        ("GET USER VOLUME FILE 'nosuch' TO 'out'", "there is no file 'nosuch'"),
        ("GET USER VOLUME FILE 'x' TO 'out'", "'x' is not a file"),
        ("GET USER VOLUME FILE '' TO 'out'", "'' is not a file"),
        ("GET USER VOLUME SUBDIRECTORY 'nosuch' TO 'out'", "there is no file below 'nosuch'"),
        ("GET USER VOLUME FILE 'x/a.csv' TO 's3://out'", "'s3://out' is not on this machine"),
        ("GET USER VOLUME FILE 'x/a.csv' TO 'in/c.txt'", "'in/c.txt/a.csv': File exists"),
        ("REMOVE USER VOLUME FILE 'nosuch'", "there is no file 'nosuch'"),
        ("REMOVE USER VOLUME FILE 'x'", "'x' is a folder"),
        ("REMOVE USER VOLUME SUBDIRECTORY 'nosuch'", "the volume has no folder 'nosuch'"),
        ("REMOVE USER VOLUME SUBDIRECTORY 'x/a.csv'", "the volume has no folder 'x/a.csv'"),
        ("REMOVE USER VOLUME SUBDIRECTORY ''", "the volume has no folder ''"),
        ("REMOVE USER VOLUME SUBDIRECTORY './'", "the volume has no folder './'"),
    ],
)
def test_what_cannot_be_got_or_removed_is_refused(
    made: Shell, local: Path, root: Path, tmp_path: Path, statement: str, message: str
) -> None:
    made("PUT 'in/a.csv' TO USER VOLUME SUBDIRECTORY 'x'")
    error = made.error(statement)
    assert (type(error), error.message) == (VolumeError, message)
    assert tree(root / "user") == {"x/a.csv": "1,one\n"}
    assert not (tmp_path / "out").exists()


def test_files_and_folders_are_removed(made: Shell, local: Path, root: Path) -> None:
    made("PUT 'in/*' TO USER VOLUME SUBDIRECTORY 'x/y'; PUT 'in/*' TO USER VOLUME")
    assert made("REMOVE USER VOLUME FILE 'x/y/a.csv'") == []
    assert sorted(tree(root / "user")) == ["a.csv", "b.csv", "c.txt", "x/y/b.csv", "x/y/c.txt"]
    made("REMOVE USER VOLUME SUBDIRECTORY 'x/'")
    assert sorted(tree(root / "user")) == ["a.csv", "b.csv", "c.txt"]


# ---------------------------------------------------------------- where a volume ends

OUTSIDE = [
    "../secret",
    "x/../../secret",
    "..",
    "x/..",
    "/etc/passwd",
    "\\etc",
    "..\\secret",
    "x\\..\\..\\secret",
    "C:secret",
    "c:/secret",
    "link",
    "folder/secret",
    "folder",
    "inner",
    "broken",
    "catalog.sqlite.keys",
    "x/A.KEYS",
]
USES = [
    "LIST USER VOLUME SUBDIRECTORY '{}'",
    "PUT 'in/a.csv' TO USER VOLUME FILE '{}'",
    "PUT 'in/a.csv' TO USER VOLUME SUBDIRECTORY '{}'",
    "GET USER VOLUME FILE '{}' TO 'out'",
    "GET USER VOLUME SUBDIRECTORY '{}' TO 'out'",
    "REMOVE USER VOLUME FILE '{}'",
    "REMOVE USER VOLUME SUBDIRECTORY '{}'",
    "COPY INTO t FROM USER VOLUME USING CSV FILES('{}')",
    "COPY INTO t FROM USER VOLUME USING CSV SUBDIRECTORY '{}'",
    "COPY INTO USER VOLUME SUBDIRECTORY '{}' FROM TABLE t FILE_FORMAT = (TYPE = CSV)",
    "SELECT * FROM USER VOLUME USING CSV FILES('{}')",
    "SELECT * FROM (SHOW USER VOLUME DIRECTORY SUBDIRECTORY '{}')",
    "SELECT GET_PRESIGNED_URL(USER VOLUME, '{}')",
    "SELECT GET_PRESIGNED_URL(USER VOLUME, path) FROM (SELECT '{}' AS path)",
]


@pytest.fixture
def linked(made: Shell, local: Path, root: Path, tmp_path: Path) -> Shell:
    """A user volume with links in it: to a file and a folder outside, to a file inside, and to nothing."""
    write(tmp_path / "outside" / "secret", "9,secret\n")
    write(root / "user" / "x" / "a.csv", "1,one\n")
    write(root / "user" / "catalog.sqlite.keys", "key")
    (root / "user" / "link").symlink_to(tmp_path / "outside" / "secret")
    (root / "user" / "folder").symlink_to(tmp_path / "outside")
    (root / "user" / "inner").symlink_to(root / "user" / "x" / "a.csv")
    (root / "user" / "broken").symlink_to(tmp_path / "outside" / "new")
    return made


@pytest.mark.parametrize("use", USES)
def test_no_path_leads_out_of_a_volume(linked: Shell, tmp_path: Path, use: str) -> None:
    for path in OUTSIDE:
        error = linked.error(use.format(path))
        told = path if "INTO USER" not in use else f"{path}/t.csv"
        told = f"{path}/a.csv" if use.startswith("PUT") and "SUBDIRECTORY" in use else told
        assert (type(error), error.code) == (VolumeError, "outside_volume")
        assert error.message == f"'{told}' is not inside the volume"
        assert tree(tmp_path / "outside") == {"secret": "9,secret\n"}
        assert not (tmp_path / "out").exists()
        assert linked("SELECT count(*) FROM t") == [(0,)]


def test_a_nul_leads_nowhere(linked: Shell) -> None:
    error = linked.error("SELECT GET_PRESIGNED_URL(USER VOLUME, 'x/a.csv' || char(0) || '/..')")
    assert (type(error), error.code) == (VolumeError, "outside_volume")


def test_links_and_files_of_keys_are_not_listed(linked: Shell) -> None:
    assert [row[0] for row in linked("LIST USER VOLUME")] == ["x/a.csv"]


def test_removing_a_folder_does_not_follow_links(linked: Shell, root: Path, tmp_path: Path) -> None:
    (root / "user" / "x" / "out").symlink_to(tmp_path / "outside")
    linked("REMOVE USER VOLUME SUBDIRECTORY 'x'")
    assert tree(tmp_path / "outside") == {"secret": "9,secret\n"}
    assert not (root / "user" / "x").exists()


def test_dropping_a_volume_whose_folder_is_a_link_removes_the_link(
    made: Shell, root: Path, tmp_path: Path
) -> None:
    write(tmp_path / "outside" / "secret", "s")
    (root / "named").mkdir(parents=True)
    (root / "named" / "v").symlink_to(tmp_path / "outside")
    made("DROP VOLUME v")
    assert tree(tmp_path / "outside") == {"secret": "s"}
    assert not (root / "named" / "v").is_symlink()


def test_a_location_that_is_a_link_is_the_folder_it_leads_to(
    made: Shell, local: Path, tmp_path: Path
) -> None:
    (tmp_path / "way").symlink_to(local)
    made("CREATE EXTERNAL VOLUME e LOCATION 'way'")
    assert [row[0] for row in made("LIST VOLUME e")] == ["a.csv", "b.csv", "c.txt"]
    made("REMOVE VOLUME e FILE 'a.csv'")
    assert sorted(tree(local)) == ["b.csv", "c.txt"]


def test_what_is_no_plain_file_is_not_read(made: Shell, root: Path) -> None:
    (root / "user").mkdir(parents=True)
    os.mkfifo(root / "user" / "pipe")
    assert made("LIST USER VOLUME") == []
    assert made.error("GET USER VOLUME FILE 'pipe' TO 'out'").message == "'pipe' is not a file"


def test_names_of_volumes_and_tables_are_no_paths(shell: Shell, local: Path, root: Path) -> None:
    shell("CREATE VOLUME `../x`; PUT 'in/a.csv' TO VOLUME `../x`")
    shell("CREATE TABLE \"a/../B.c\" (x); PUT 'in/a.csv' TO TABLE VOLUME `a/../B.c`")
    assert tree(root) == {
        "named/%2e%2e%2fx/a.csv": "1,one\n",
        "tables/default_database/a%2f%2e%2e%2f%42%2ec/a.csv": "1,one\n",
    }
    assert shell("LIST VOLUME `../x`")[0][1] == "volume://..%2Fx/a.csv"
    assert shell("LIST TABLE VOLUME `a/../B.c`")[0][1] == "volume:table://a%2F%2E%2E%2FB%2Ec/a.csv"


def test_what_the_disk_refuses_is_told(made: Shell, local: Path) -> None:
    name = "x" * 300
    for statement in (
        f"CREATE VOLUME e LOCATION '{name}'",
        f"PUT '{name}' TO USER VOLUME",
        f"PUT 'in/a.csv' TO USER VOLUME FILE '{name}'",
        f"GET USER VOLUME FILE '{name}' TO 'out'",
        f"REMOVE USER VOLUME FILE '{name}'",
        f"REMOVE USER VOLUME SUBDIRECTORY '{name}'",
        f"LIST USER VOLUME SUBDIRECTORY '{name}'",
        f"PUT 'in/a.csv' TO VOLUME `{name}`",
    ):
        made(f"CREATE VOLUME IF NOT EXISTS `{name}`")
        error = made.error(statement)
        assert (type(error), error.message.rpartition(": ")[2]) == (VolumeError, "File name too long")


def test_an_error_in_the_middle_leaves_what_was_there(made: Shell, root: Path) -> None:
    write(root / "user" / "t.csv", "old")
    made("INSERT INTO t VALUES (1, x'00')")
    error = made.error("COPY INTO USER VOLUME FROM TABLE t FILE_FORMAT = (TYPE = CSV)")
    assert (type(error), error.message) == (StatementError, "CSV cannot hold a BLOB")
    assert tree(root / "user") == {"t.csv": "old"}
