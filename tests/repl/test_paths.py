"""Paths of files as they are typed: where they are meant, and how what is in a folder is written there."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest
from prompt_toolkit.completion import CompleteEvent
from prompt_toolkit.document import Document

from aisql.access import UNLIMITED, Access
from aisql.repl.completion.adapter import SqlCompleter
from aisql.repl.completion.complete import path_before
from aisql.repl.completion.paths import Entry
from aisql.repl.completion.snapshot import Snapshot

FILES = ("it's.csv", 'a "b".sql', "notes.txt", "p.parquet", "q.csv.gz", "r.jsonl.zst", "s t.csv", ".csv")
ENTRIES = (*(Entry(name, False) for name in (*FILES, "~.csv")), Entry("data", True), Entry("my data", True))


def written(text: str) -> list[str] | None:
    """What the line would be with each name that is suggested at |, up to the cursor."""
    cursor = text.index("|")
    typed = text[:cursor] + text[cursor + 1 :]
    path = path_before(typed, cursor, Snapshot())
    if path is None:
        return None
    return [typed[: each.start] + each.text for each in path.suggestions(ENTRIES, cursor)]


READ = ("FROM 'data/", "FROM 'it''s.csv'", "FROM 'my data/", "FROM 'p.parquet'", "FROM 'q.csv.gz'")
READ += ("FROM 'r.jsonl.zst'", "FROM 's t.csv'", "FROM '~.csv'", "FROM 'a \"b\".sql'", "FROM 'notes.txt'")
OF_PARQUET = ("data/", "my data/", "p.parquet'", 'a "b".sql\'', "it''s.csv'", "notes.txt'", "q.csv.gz'")
OF_PARQUET += ("r.jsonl.zst'", "s t.csv'", "~.csv'")
WRITTEN = ('a "b".sql\'', "data/", "it''s.csv'", "my data/", "notes.txt'", "p.parquet'", "q.csv.gz'")
WRITTEN += ("s t.csv'", "~.csv'", "r.jsonl.zst'")
PATHS = {
    "SELECT * FROM '|": [f"SELECT * {each}" for each in READ],
    "COPY t FROM '|": [f"COPY t {each}" for each in READ],
    "SELECT * FROM t JOIN 'q|": ["SELECT * FROM t JOIN 'q.csv.gz'"],
    "SELECT * FROM t, 'data/q|": ["SELECT * FROM t, 'data/q.csv.gz'"],
    "SELECT * FROM 'it''|": ["SELECT * FROM 'it''s.csv'"],
    "SELECT * FROM 'q|.csv' WHERE a = 'b'": ["SELECT * FROM 'q.csv.gz"],
    "SELECT * FROM 'd|'": ["SELECT * FROM 'data/"],
    "SELECT * FROM '.|": ["SELECT * FROM '.csv'"],
    "SELECT * FROM '~|": ["SELECT * FROM '~/", "SELECT * FROM '~.csv'"],
    "SELECT * FROM '~/q|": ["SELECT * FROM '~/q.csv.gz'"],
    "SELECT * FROM 'x|": [],
    'SELECT * FROM "i|': ['SELECT * FROM "it\'s.csv"'],
    'SELECT * FROM "a|': ['SELECT * FROM "a ""b"".sql"'],
    "SELECT * FROM [q|": ["SELECT * FROM [q.csv.gz]"],
    "SELECT (SELECT max(a) FROM 'q|) FROM t": ["SELECT (SELECT max(a) FROM 'q.csv.gz'"],
    "WITH w AS (SELECT * FROM 'q|": ["WITH w AS (SELECT * FROM 'q.csv.gz'"],
    "CREATE TABLE t AS SELECT * FROM 'q|": ["CREATE TABLE t AS SELECT * FROM 'q.csv.gz'"],
    "SELECT 1; SELECT * FROM 'q|; SELECT 2": ["SELECT 1; SELECT * FROM 'q.csv.gz'"],
    "SELECT * FROM read_parquet('|": [f"SELECT * FROM read_parquet('{each}" for each in OF_PARQUET],
    "SELECT * FROM READ_NDJSON(['a''b.json', 'r|'])": [
        "SELECT * FROM READ_NDJSON(['a''b.json', 'r.jsonl.zst"
    ],
    "SELECT * FROM read_csv(['s|": ["SELECT * FROM read_csv(['s t.csv'"],
    "COPY (SELECT * FROM 'q|') TO 'x.csv'": ["COPY (SELECT * FROM 'q.csv.gz"],
    "COPY t (a, b) FROM 'i|": ["COPY t (a, b) FROM 'it''s.csv'"],
    "COPY t TO '|": [f"COPY t TO '{each}" for each in WRITTEN],
    "COPY LAST RESULT TO 'n|": ["COPY LAST RESULT TO 'notes.txt'"],
    "PUT 'n|": ["PUT 'notes.txt'"],
    "GET USER VOLUME FILE 'x' TO 'd|": ["GET USER VOLUME FILE 'x' TO 'data/"],
    "CREATE VOLUME v LOCATION 'my|": ["CREATE VOLUME v LOCATION 'my data/"],
    "DESCRIBE 'q|": ["DESCRIBE 'q.csv.gz'"],
    "desc extended `q|": ["desc extended `q.csv.gz`"],
    "\\explain SELECT * FROM 'q|": ["\\explain SELECT * FROM 'q.csv.gz'"],
    "\\fav new SELECT * FROM 'q|": ["\\fav new SELECT * FROM 'q.csv.gz'"],
    "\\i n|": ["\\i notes.txt"],
    "\\i s|": ["\\i 's t.csv'"],
    "\\i data/s|": ["\\i 'data/s t.csv'"],
    "\\i my|": ["\\i 'my data/"],
    "\\i 'my data/it''|": ["\\i 'my data/it''s.csv'"],
    '\\i "a|': ['\\i "a ""b"".sql"'],
    "\\i i|": ["\\i it's.csv"],
    "\\export 'a table' n|": ["\\export 'a table' notes.txt"],
    "\\plot -o n|": ["\\plot -o notes.txt"],
    ".import q|": [".import q.csv.gz"],
}
NOWHERE = (
    "SELECT '|",
    "SELECT * FROM t WHERE a IN ('|",
    "SELECT f(1, '|",
    "SELECT * FROM t WHERE a IS DISTINCT FROM '|",
    "SELECT * FROM read_csv('a.csv', delimiter => '|",
    "SELECT * FROM read_csv(['a.csv'|",
    "SELECT -- FROM '|",
    "DELETE FROM '|",
    "INSERT INTO '|",
    "UPDATE '|",
    "SHOW TABLES FROM '|",
    "COPY t FROM 'a.csv' (DELIMITER '|",
    'COPY t FROM "|',
    "COPY INTO t FROM USER VOLUME USING CSV FILES('|",
    "PUT 'a' TO USER VOLUME FILE '|",
    "GET USER VOLUME FILE '|",
    "DESCRIBE MODEL '|",
    "\\i 'a'|",
    "\\i|",
    "\\plot a|",
    "\\d a|",
    "\\ask what is in 'q|",
)


@pytest.mark.parametrize("text", PATHS)
def test_files_that_can_be_read_there_come_first(text: str) -> None:
    assert written(text) == PATHS[text]


@pytest.mark.parametrize("text", NOWHERE)
def test_no_file_is_meant_elsewhere(text: str) -> None:
    assert written(text) is None


def test_of_many_files_a_hundred_are_shown_and_what_all_have_in_common() -> None:
    path = path_before("SELECT * FROM 'a", 16, Snapshot())
    assert path is not None
    names = [f"ab{number:03}.csv" for number in range(300)]
    entries = [Entry(name, False) for name in (*names, "a.txt", "ac")]
    shown = [each.text for each in path.suggestions(entries, 16)]
    assert shown == [*(f"{name}'" for name in names[:100]), "a.txt'", "ac'"]


def offered(text: str, *, at_tab: bool, access: Access = UNLIMITED) -> list[tuple[str, int, str, str]]:
    event = CompleteEvent(completion_requested=at_tab, text_inserted=not at_tab)

    async def found() -> list[tuple[str, int, str, str]]:
        completions = SqlCompleter(Snapshot, access).get_completions_async(Document(text, len(text)), event)
        return [
            (each.text, each.start_position, each.display_text, each.display_meta_text)
            async for each in completions
        ]

    return asyncio.run(found())


def test_a_tab_reads_the_folder_and_typing_does_not(tmp_path: Path) -> None:
    (tmp_path / "b.csv").touch()
    (tmp_path / "a.log").touch()
    (tmp_path / "sub").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "sub")
    (tmp_path / "lost").symlink_to(tmp_path / "nosuch")
    for hostile in ("c\x1b[2J.csv", "d\n.csv"):
        (tmp_path / hostile).touch()
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/e\xff.csv")).touch()
    text = f"SELECT * FROM '{tmp_path}/"
    assert offered(text, at_tab=False) == []
    assert offered(text, at_tab=True) == [
        ("b.csv'", 0, "b.csv'", "csv"),
        ("link/", 0, "link/", "folder"),
        ("sub/", 0, "sub/", "folder"),
        ("a.log'", 0, "a.log'", ""),
        ("lost'", 0, "lost'", ""),
    ]
    assert offered(f"\\i {tmp_path}/a", at_tab=False) == []
    assert offered(f"\\i {tmp_path}/a", at_tab=True) == [("a.log", -1, "a.log", "file")]
    assert offered(f"\\i {tmp_path}/a", at_tab=True, access=Access(is_safe=True)) == []


def test_a_folder_that_cannot_be_read_has_nothing_to_offer(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for folder in (f"{tmp_path}/nosuch", f"{tmp_path}/file", "a\0b", "~nosuch"):
        assert offered(f"SELECT * FROM '{folder}/", at_tab=True) == []


def test_behind_another_quote_names_of_tables_come_before_files(tmp_path: Path) -> None:
    (tmp_path / "b.csv").touch()
    assert offered(f'SELECT * FROM "{tmp_path}/b', at_tab=True) == [('b.csv"', -1, 'b.csv"', "csv")]
