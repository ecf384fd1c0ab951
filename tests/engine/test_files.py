"""CSV and TSV files as tables."""

from __future__ import annotations

from pathlib import Path

import pytest
from engine_shell import Shell

from aisql.engine.files import load
from aisql.errors import OpenError


def test_types_come_from_all_values(shell: Shell, tmp_path: Path) -> None:
    file = tmp_path / "data.csv"
    file.write_bytes(b'\xef\xbb\xbfid,price,code,note\n1,2.5,007,"a ""b""\nc"\n-2,3,8,\n3,1e3,9,\xc3\xa9\n')
    load(shell.session.databases.current, file)
    assert shell("SELECT * FROM data") == [
        (1, 2.5, "007", 'a "b"\nc'),
        (-2, 3.0, "8", None),
        (3, 1000.0, "9", "é"),
    ]
    assert [row[:2] for row in shell("DESCRIBE data")] == [
        ("id", "INTEGER"),
        ("price", "REAL"),
        ("code", "TEXT"),
        ("note", "TEXT"),
    ]


def test_names_of_columns_are_made_distinct(shell: Shell, tmp_path: Path) -> None:
    file = tmp_path / "data.tsv"
    file.write_text("a\tA\t\t a\n1\t2\t3\t4\n")
    load(shell.session.databases.current, file)
    shell("SELECT * FROM data")
    assert shell.columns == ["a", "A_2", "column3", "a_3"]


BAD = [
    (b"a,b\n1\n", "bad.csv:2: 1 fields, but the header has 2"),
    (b"a,b\n1,2\n1,2,3\n", "bad.csv:3: 3 fields, but the header has 2"),
    (b"", "bad.csv: the file is empty"),
    (b"a\n\xff\n", "bad.csv:2: it is not UTF-8"),
    (b'a\n"x\n', "bad.csv:2: unexpected end of data"),
    (b'a\n1\n"x"y\n', """bad.csv:3: ',' expected after '"'"""),
]


@pytest.mark.parametrize(("content", "message"), BAD)
def test_a_file_that_cannot_be_read_makes_no_table(
    shell: Shell, tmp_path: Path, content: bytes, message: str
) -> None:
    file = tmp_path / "bad.csv"
    file.write_bytes(content)
    with pytest.raises(OpenError, match=r"bad\.csv") as caught:
        load(shell.session.databases.current, file)
    assert caught.value.message.endswith(message)
    assert shell("SHOW TABLES") == []


def test_a_missing_file_is_named(shell: Shell, tmp_path: Path) -> None:
    with pytest.raises(OpenError, match=r"cannot read .*nosuch\.csv: No such file or directory"):
        load(shell.session.databases.current, tmp_path / "nosuch.csv")


def test_numbers_that_would_lose_digits_stay_text(shell: Shell, tmp_path: Path) -> None:
    file = tmp_path / "long.csv"
    rows = ["a,b,c,d", "9223372036854775807,9223372036854775808,+49151,1.5", "-9223372036854775808,1,2,3"]
    file.write_text("\n".join(rows))
    load(shell.session.databases.current, file)
    assert shell("SELECT * FROM long") == [
        (9223372036854775807, "9223372036854775808", "+49151", 1.5),
        (-9223372036854775808, "1", "2", 3.0),
    ]


def test_an_empty_line_is_a_row_where_rows_have_one_field(shell: Shell, tmp_path: Path) -> None:
    (tmp_path / "one.csv").write_text("a\n1\n\n3\n")
    (tmp_path / "two.csv").write_text("a,b\n1,2\n\n3,4\n")
    for name in ("one", "two"):
        load(shell.session.databases.current, tmp_path / f"{name}.csv")
    assert shell("SELECT a FROM one") == [(1,), (None,), (3,)]
    assert shell("SELECT a FROM two") == [(1,), (3,)]


def test_two_files_of_one_name_are_told_apart_by_an_error(shell: Shell, tmp_path: Path) -> None:
    (tmp_path / "one.csv").write_text("a\n1\n")
    load(shell.session.databases.current, tmp_path / "one.csv")
    with pytest.raises(OpenError, match=r"one\.csv: table .one. already exists"):
        load(shell.session.databases.current, tmp_path / "one.csv")
