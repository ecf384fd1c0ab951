r"""\import and \export: which COPY they stand for, and what they say."""

from __future__ import annotations

from pathlib import Path

import pytest

FILE = "id;name\n1;Anna\n2;B\n"


@pytest.fixture
def shop(typed):
    """A user with a file and a table."""
    Path("my file.csv").write_text(FILE)
    Path("latin.csv").write_bytes(b"\xe9\n1\n")
    Path("bad.csv").write_text("id,name\n1\n2,x\n")
    Path("quotes.csv").write_text('id,name\n1,"x\n')
    Path("two.words.csv").write_text("id\n1\n")
    typed("CREATE TABLE t (id INTEGER, name TEXT); INSERT INTO t VALUES (7, 'there');")
    return typed


@pytest.mark.parametrize(
    ("command", "said", "query", "rows"),
    [
        ("\\import 'my file.csv'", "OK, 2 rows imported\n", "FROM `my file`", "1,Anna\n2,B\n"),
        ("\\import two.words.csv", "OK, 1 row imported\n", "FROM `two.words`", "1\n"),
        (".import 'my file.csv' new", "OK, 2 rows imported\n", "FROM new", "1,Anna\n2,B\n"),
        ("\\import 'my file.csv' t -a", "OK, 2 rows imported\n", "FROM t", "7,there\n1,Anna\n2,B\n"),
        ("\\import --append 'my file.csv' t;", "OK, 2 rows imported\n", "FROM t", "7,there\n1,Anna\n2,B\n"),
        ("\\import 'my file.csv' t --replace", "OK, 2 rows imported\n", "FROM t", "1,Anna\n2,B\n"),
        ("\\import quotes.csv --quote ''", "OK, 1 row imported\n", "FROM quotes", '1,"""x"\n'),
        ("\\import bad.csv --skip", "OK, 1 row imported\n", "FROM bad", "2,x\n"),
        (
            "\\import bad.csv n --delimiter ; --header false",
            "OK, 3 rows imported\n",
            "FROM n LIMIT 1",
            '"id,name"\n',
        ),
    ],
)
def test_import_makes_a_table_or_adds_to_one(shop, command: str, said: str, query: str, rows: str) -> None:
    assert shop(command) == said
    assert shop(f"SELECT * {query} \\g out.csv") == ""
    assert Path("out.csv").read_text().partition("\n")[2] == rows


@pytest.mark.parametrize(
    ("command", "message"),
    [
        ("\\import 'my file.csv' t", "error: Table 't' exists already.\n"
         "hint: -a adds to it, --replace puts a new one in its place"),
        ("\\import bad.csv", "error: bad.csv:2: 1 field, but the header has 2\n"
         "hint: --skip leaves such rows out"),
        ("\\import latin.csv", "error: latin.csv:1: it is not UTF-8\n"
         "hint: --encoding 'latin-1' reads every byte"),
        ("\\import quotes.csv", "error: quotes.csv:2: a quote is never closed, in the row that begins in"
         " line 2\nhint: --quote '' takes quotes for text; --skip leaves such rows out"),
        ("\\import bad.csv -a", "error: Table 'bad' does not exist.\nhint: without -a it is made"),
        ("\\import nosuch.csv", "error: cannot read nosuch.csv: No such file or directory"),
        ("\\import", "error: \\import takes a file, and a table or none\n"
         "hint: \\import FILE [TABLE] [-a | --replace] [--skip] [--OPTION VALUE ...]"),
        ("\\import bad.csv --nosuch 1", "error: COPY has no option NOSUCH here"),
        ("\\export", "error: the name of a file is missing\nhint: \\export [TABLE | QUERY] FILE"),
        ("\\export x.csv", "error: there is no last result\n"
         "hint: run a query first, in the same script or at the same prompt"),
        ("\\export nosuch x.csv", "error: no such table: nosuch"),
        ("\\export DELETE FROM t x.csv", "error: what stands in the brackets is no query"),
    ],
)  # fmt: skip
def test_what_goes_wrong_is_told_and_makes_nothing(shop, command: str, message: str) -> None:
    assert shop.error(command).startswith(message)
    assert shop("\\dt").count(" table ") == 1
    assert not Path("x.csv").exists()


@pytest.mark.parametrize(
    ("command", "rows"),
    [
        ("\\export out.csv", "7\n"),
        ("\\export t out.csv", "7,there\n"),
        ("\\export SELECT name || ' x' AS n FROM t WHERE name <> '' 'out.csv';", "there x\n"),
        ("\\export -a t out.csv", "7,there\n"),
    ],
)
def test_export_writes_the_last_result_a_table_or_a_query(shop, command: str, rows: str) -> None:
    shop("SELECT id FROM t;")
    shop("\\d t")
    assert shop(command) == "OK, 1 row exported\n"
    assert Path("out.csv").read_text().partition("\n")[2] == rows
    shop("\\export -a t out.csv")
    assert Path("out.csv").read_text().endswith(f"{rows}7,there\n")


def test_a_bad_row_is_told_beside_the_screen(shop) -> None:
    shop.told.clear()
    shop("\\import bad.csv --rejects 'left out'")
    assert shop.told == ["warning: 1 bad row is left out, and in the table left out"]
