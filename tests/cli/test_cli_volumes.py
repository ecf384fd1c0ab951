"""Volumes as a user has them: a script, then another run that finds the files again."""

from __future__ import annotations

import pytest
from run_aisql import Aisql

SCRIPT = """
PUT 'in/*.csv' TO USER VOLUME SUBDIRECTORY 'raw/';
CREATE TABLE t (id INTEGER, name TEXT);
COPY INTO t FROM USER VOLUME USING CSV OPTIONS('header' = 'true') SUBDIRECTORY 'raw';
COPY INTO USER VOLUME SUBDIRECTORY 'out' FROM TABLE t FILE_FORMAT = (TYPE = JSON);
GET USER VOLUME FILE 'out/t.json' TO 'here/';
REMOVE USER VOLUME FILE 'raw/b.csv';
SELECT relative_path, size FROM (SHOW USER VOLUME DIRECTORY);
"""


def test_files_go_in_become_rows_and_come_out(aisql: Aisql) -> None:
    (aisql.work / "in").mkdir()
    aisql.write("in/a.csv", "id,name\n1,one\n")
    aisql.write("in/b.csv", "id,name\n2,two\n")
    script = aisql.write("script.sql", SCRIPT)
    assert aisql("--memory", "--csv", script) == (
        b"source,target,source_size,target_size,status\n"
        b"in/a.csv,raw/a.csv,14,14,SUCCEED\n"
        b"in/b.csv,raw/b.csv,14,14,SUCCEED\n"
        b"source,target,source_size,target_size,status\n"
        b"out/t.json,here/t.json,50,50,SUCCEED\n"
        b"relative_path,size\n"
        b"out/t.json,50\n"
        b"raw/a.csv,14\n",
        "",
        0,
    )
    assert (aisql.work / "here" / "t.json").read_text() == (
        '{"id": 1, "name": "one"}\n{"id": 2, "name": "two"}\n'
    )
    again = aisql("--memory", "--csv", "-c", "SELECT * FROM USER VOLUME USING CSV FILES('raw/a.csv')")
    assert again == (b"f0,f1\nid,name\n1,one\n", "", 0)


@pytest.mark.long
def test_a_given_catalog_has_volumes_of_its_own(aisql: Aisql) -> None:
    aisql.write("a.csv", "1\n")
    done = aisql("--catalog", "team.db", "--memory", "-c", "PUT 'a.csv' TO USER VOLUME")
    assert (done.stderr, done.status) == ("", 0)
    assert (aisql.work / "team.db.volumes" / "user" / "a.csv").read_bytes() == b"1\n"
    assert (
        aisql("--memory", "--csv", "-c", "SELECT count(*) AS n FROM (SHOW USER VOLUME DIRECTORY)").text
        == "n\n0\n"
    )


def test_a_mistake_is_shown_where_it_is(aisql: Aisql) -> None:
    done = aisql("-c", "REMOVE USER VOLUME FILE '../../.ssh/id'")
    assert (done.stdout, done.status) == (b"", 1)
    assert done.stderr == (
        "<command>:1: error: '../../.ssh/id' is not inside the volume\n"
        "  1 | REMOVE USER VOLUME FILE '../../.ssh/id'\n"
        "    |                         ^^^^^^^^^^^^^^^\n"
        "hint: a path is relative, has no .. in it, leads over no link and to no file of keys\n"
    )


def test_names_of_files_cannot_play_with_the_terminal(aisql: Aisql) -> None:
    aisql.write("a\x1b[2J.csv", "1\n")
    done = aisql("--memory", "-c", "PUT '*.csv' TO USER VOLUME; LIST USER VOLUME")
    assert done.status == 0
    assert b"\x1b" not in done.stdout


def test_without_pyarrow_the_command_that_installs_it_is_told(aisql: Aisql) -> None:
    (aisql.work / "without").mkdir()
    aisql.write("without/pyarrow.py", "raise ImportError")
    aisql.write("a.parquet", "")
    sql = "PUT 'a.parquet' TO USER VOLUME; SELECT * FROM USER VOLUME USING PARQUET"
    done = aisql("--memory", "--csv", "-c", sql, env={"PYTHONPATH": str(aisql.work / "without")})
    assert (done.first, done.status) == (
        "<command>:1: error: Parquet needs pyarrow, which is not installed",
        1,
    )
    assert done.stderr.endswith("hint: pip install 'aisql[parquet]'\n")
