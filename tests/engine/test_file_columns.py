"""The columns of files that completion looks into: which files, how much of them, how often."""

from __future__ import annotations

import gzip
import os
from pathlib import Path

import pyarrow
import pyarrow.parquet
import pytest
import zstandard

from aisql.access import UNLIMITED, Access
from aisql.engine.file_columns import FileColumns

CSV = b"name,age\nann,3\n"
FOUND = (("name", "TEXT"), ("age", "INTEGER"))
LONG = b"'" + b"x" * (1 << 18) + b"',b\n1,2\n"
FILES = {
    "a.csv": CSV,
    "it's.csv": CSV,
    "a.csv.gz": gzip.compress(CSV),
    "a.csv.zst": zstandard.compress(CSV),
    "a.txt": b"name;age\nann;3\n",
    "a.tsv": b"name\tage\nann\t3\n",
    "a.jsonl": b'{"name": 1}\n{"age": 2}\n',
    "a.json": b'[{"name": 1}, {"age": 2}' + b', {"age": 3}' * 30_000,  # the end is far, and is not there
    "wide.csv": "é\tb\n1\t2\n".encode("utf-16"),
    "header.csv": b"name,age",
    "long.csv": LONG,
    "broken.csv.gz": gzip.compress(CSV)[:-9],
    "empty.csv": b"",
    "2001.csv": b"a," * 2_000 + b"b\n",
    "a.keys": CSV,
    "a.parquet.gz": b"",
    "short.parquet": b"PAR1",
    "footer.parquet": b"PAR1" + b"\xff\xff\xff\x7fPAR1",
}


@pytest.fixture
def columns(tmp_path: Path) -> FileColumns:
    """What looks into files of the folder."""
    for name, content in FILES.items():
        (tmp_path / name).write_bytes(content)
    table = pyarrow.table({"p": [1], "q": ["x"]})
    pyarrow.parquet.write_table(table, tmp_path / "a.parquet")
    (tmp_path / "a.parquet.gz").write_bytes(gzip.compress((tmp_path / "a.parquet").read_bytes()))
    (tmp_path / "folder.csv").mkdir()
    os.mkfifo(tmp_path / "pipe.csv")
    return FileColumns(str(tmp_path), UNLIMITED)


def test_columns_are_found_as_from_finds_them(columns: FileColumns, tmp_path: Path) -> None:
    untyped = (("name", ""), ("age", ""))
    cases = {
        "a.csv": FOUND,
        f"{tmp_path}/a.csv": FOUND,
        "./it's.csv": FOUND,
        "a.csv.gz": FOUND,
        "a.csv.zst": FOUND,
        "a.tsv": FOUND,
        "a.jsonl": untyped,
        "a.json": untyped,
        "a.parquet": (("p", ""), ("q", "")),
        "wide.csv": (("é", "INTEGER"), ("b", "INTEGER")),
        "header.csv": (("name", "TEXT"), ("age", "TEXT")),
        "read_csv('it''s.csv')": FOUND,
        "read_csv('a.txt')": FOUND,
        "read_csv(['a.csv', 'a.tsv'], filename => true)": (*FOUND, ("filename", "TEXT")),
        "read_csv('?.csv', header => false)": (("column1", "TEXT"), ("column2", "TEXT")),
        "a?csv": (),
    }
    assert {name: columns.find(name) for name in cases} == cases


def test_what_is_no_regular_file_or_somebody_elses_is_left_alone(
    columns: FileColumns, tmp_path: Path
) -> None:
    (tmp_path / "open.csv").write_bytes(CSV)
    columns.taken = (str(tmp_path / "open.csv"),)
    names = ("pipe.csv", "read_csv('pipe.csv')", "folder.csv", "nosuch.csv", "open.csv", "./open.csv")
    names += ("read_csv('a.keys')", "read_csv('-')", "-", "stdin", "http://x/a.csv", "read_csv('**/a.csv')")
    names += (
        "read_csv(:file)",
        "read_csv('a.csv'",
        "read_csv('a.csv', nosuch => 1)",
        "a\0.csv",
        "\ud800.csv",
    )
    assert {name: columns.find(name) for name in names} == dict.fromkeys(names, ())


def test_no_more_is_read_than_the_beginning_or_a_short_end(columns: FileColumns) -> None:
    names = ("long.csv", "broken.csv.gz", "empty.csv", "a.parquet.gz", "short.parquet", "footer.parquet")
    names += ("2001.csv",)
    assert {name: columns.find(name) for name in names} == dict.fromkeys(names, ())


def test_a_file_is_read_again_only_where_it_has_changed(columns: FileColumns, tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    assert columns.find("a.csv") == FOUND
    before = file.stat()
    file.write_bytes(CSV.replace(b"name", b"size"))
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert columns.find("a.csv") == FOUND
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns + 1))
    assert columns.find("a.csv") == (("size", "TEXT"), ("age", "INTEGER"))
    file.unlink()
    assert columns.find("a.csv") == ()


def test_nothing_is_looked_into_in_safe_mode(columns: FileColumns, tmp_path: Path) -> None:
    assert columns.find("a.csv") == FOUND
    assert FileColumns(str(tmp_path), Access(is_safe=True)).find("a.csv") == ()
