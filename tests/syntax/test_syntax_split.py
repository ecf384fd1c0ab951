"""Where a statement ends."""

import time

import apsw
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from aisql.syntax.split import Piece, is_complete, line_of, split

# A script, and the texts of the statements in it.
SCRIPTS = [
    ("", []),
    (" \n\t\r\n", []),
    (";;;", []),
    (" ; ;\n;", []),
    ("-- only a comment", []),
    ("/* only; */ -- comments;\n", []),
    ("-- a\n;/* b */;", []),
    ("select 1", ["select 1"]),
    ("select 1;", ["select 1"]),
    ("select 1; ", ["select 1"]),
    ("select 1;;\n;select 2", ["select 1", "select 2"]),
    ("select 1;select 2;", ["select 1", "select 2"]),
    ("select 1 ;\r\nselect 2\r\n;\r\n", ["select 1 ", "select 2\r\n"]),
    ("-- a; b\nselect 1; -- c; d\nselect 2 -- e;\n;", ["select 1", "select 2 -- e;\n"]),
    ("-- a\r\nselect 1;-- b\r\nselect 2", ["select 1", "select 2"]),
    ("/* a; */select/* ; */1;", ["select/* ; */1"]),
    ("/* a /* b; */ select 1;", ["select 1"]),
    ("/**/select 1/***/;", ["select 1/***/"]),
    ("/*'*/select 1;/*\"*/", ["select 1"]),
    ("--'\nselect 1;--\"", ["select 1"]),
    ("select ';', 'it''s;', '';", ["select ';', 'it''s;', ''"]),
    ("select '--', '/*', ';' ; x", ["select '--', '/*', ';' ", "x"]),
    ('select ";", "a"";b";', ['select ";", "a"";b"']),
    ("select `;`, `a``;b`;", ["select `;`, `a``;b`"]),
    ("select [;], [a;b]; x", ["select [;], [a;b]", "x"]),
    ("select '\";', \"';\", `'\";`, ['`\";];", ["select '\";', \"';\", `'\";`, ['`\";]"]),
    ("select '\n;\n'; x", ["select '\n;\n'", "x"]),
    ("select 1-1, 1/1, 1 - -1; x", ["select 1-1, 1/1, 1 - -1", "x"]),
    ("select a->'$;', a->>';'; x", ["select a->'$;', a->>';'", "x"]),
    ("select ((;)) ] ) }; x", ["select ((", ")) ] ) }", "x"]),
    ("select '\\'; x'", ["select '\\'", "x'"]),
    # lists
    ("select ARRAY['a;]b', 'c']; x", ["select ARRAY['a;]b', 'c']", "x"]),
    ("select array ['a;]b'] ; x", ["select array ['a;]b'] ", "x"]),
    ("select ARRAY\n['a;]b']; x", ["select ARRAY\n['a;]b']", "x"]),
    ("select MAP['a;]b', ARRAY['c;]']]; x", ["select MAP['a;]b', ARRAY['c;]']]", "x"]),
    ("select map [';]']; x", ["select map [';]']", "x"]),
    ("select my_array[';]; x", ["select my_array[';]", "x"]),
    # triggers
    (
        "create trigger t after insert on a begin select 1; update b set c = 2; end; select 3;",
        ["create trigger t after insert on a begin select 1; update b set c = 2; end", "select 3"],
    ),
    (
        "CREATE TRIGGER t BEGIN SELECT CASE WHEN 1 THEN 2 END; SELECT CASE 1 WHEN 2 THEN 3 END; END; x",
        ["CREATE TRIGGER t BEGIN SELECT CASE WHEN 1 THEN 2 END; SELECT CASE 1 WHEN 2 THEN 3 END; END", "x"],
    ),
    (
        "CREATE TEMP TRIGGER t BEGIN SELECT 1; END; x",
        ["CREATE TEMP TRIGGER t BEGIN SELECT 1; END", "x"],
    ),
    (
        "create temporary/**/trigger if not exists t begin select 1;\r\nend\r\n; x",
        ["create temporary/**/trigger if not exists t begin select 1;\r\nend\r\n", "x"],
    ),
    (
        "CREATE -- a;\nTRIGGER t BEGIN SELECT ';END;', `;END;`; /* ;END; */ END -- last\n; x",
        ["CREATE -- a;\nTRIGGER t BEGIN SELECT ';END;', `;END;`; /* ;END; */ END -- last\n", "x"],
    ),
    (
        "explain create trigger t begin select 1; end; x",
        ["explain create trigger t begin select 1; end", "x"],
    ),
    (
        "EXPLAIN QUERY PLAN CREATE TRIGGER t BEGIN SELECT 1; END; x",
        ["EXPLAIN QUERY PLAN CREATE TRIGGER t BEGIN SELECT 1; END", "x"],
    ),
    (
        "create trigger t begin select 1; ending; end; x",
        ["create trigger t begin select 1; ending; end", "x"],
    ),
    ("create trigger t begin select 1;; end; x", ["create trigger t begin select 1;; end", "x"]),
    ("explain select 1; end; x", ["explain select 1", "end", "x"]),
    ("create triggers; end;", ["create triggers", "end"]),
    ("create table trigger (a); end; x", ["create table trigger (a)", "end", "x"]),
    ("begin; select 1; end;", ["begin", "select 1", "end"]),
]

# A text that breaks off, where its last statement starts, and where what was opened there stands.
OPEN = [
    ("select 'a", 0, 7),
    ("select 1; select 'it''s ;", 10, 17),
    ('select "a;', 0, 7),
    ("select `a;", 0, 7),
    ("select [a;", 0, 7),
    ("select 1 /* a; ", 0, 9),
    ("/* a; ", 0, 0),
    ("-- a\n/* b", 5, 5),
    ("select 'a' 'b", 0, 11),
    ("select 1;\r\n'", 11, 11),
    ("create trigger t begin select 1; select 'a; end;", 0, 40),
]

UNFINISHED = [
    "select 1",
    "select 1 -- ;",
    "select 1 /* ; */",
    "select ';'",
    "select 1; x",
    "create trigger t begin select 1;",
    "create trigger t begin select 1; end",
    "explain create trigger t begin select 1;",
    "select ARRAY[';",
]

FINISHED = [
    "",
    " \n",
    "-- a",
    ";",
    "select 1;",
    "select 1; -- a",
    "select 1; /* a */ \n",
    "create trigger t begin x; end;",
]


@pytest.mark.parametrize(("script", "statements"), SCRIPTS)
def test_a_script_is_cut_at_its_semicolons(script, statements):
    pieces = list(split(script))
    assert [piece.text for piece in pieces] == statements
    assert all(script.startswith(piece.text, piece.start) for piece in pieces)


@pytest.mark.parametrize(("script", "start", "opened"), OPEN)
def test_what_is_never_closed_is_pointed_at(script, start, opened):
    assert list(split(script))[-1] == Piece(script[start:], start, False, opened)
    assert not is_complete(script)


def test_pieces_tell_where_they_start_and_whether_they_ended():
    assert list(split("-- a\nselect 1; select 2")) == [
        Piece("select 1", 5, True, None),
        Piece("select 2", 15, False, None),
    ]


@pytest.mark.parametrize("text", UNFINISHED)
def test_a_text_without_its_last_semicolon_is_not_complete(text):
    assert not is_complete(text)


@pytest.mark.parametrize("text", FINISHED)
def test_a_text_with_its_last_semicolon_is_complete(text):
    assert is_complete(text)


def test_lines_are_counted_from_one():
    text = "a\nb\r\n\nc"
    assert [line_of(text, offset) for offset in range(len(text) + 1)] == [1, 1, 2, 2, 2, 3, 4, 4]


SOUP = ["select", "end", "a", "1", "-", "/", "(", ")", "]", "=", "?", "_", ";", ";", ";", " ", "\n", "\r\n"]
SOUP += [
    "'",
    '"',
    "`",
    "[",
    "'a;'",
    '";"',
    "`;`",
    "[;]",
    "''",
    "'it''s'",
    "--",
    "-- ;\n",
    "/*",
    "*/",
    "/*;*/",
]
SOUP += ["create trigger t", "create temp trigger t", "create /**/ temporary -- a\n trigger t"]
SOUP += ["explain create trigger t", "create table t", "; end;", "case end", "begin", "模", "\u00e9"]
soups = st.lists(st.sampled_from(SOUP), max_size=12)


@settings(max_examples=100)
@given(soups, st.sampled_from((" ", " ", "\n")))
@example(["create trigger t", "a", ";", "end", "a", ";", "end", ";"], " ")
def test_sqlite_agrees_on_what_is_complete(words, space):
    text = f";{space.join(words)}\n"  # SQLite wants a statement to end, and a line break after a comment
    assert is_complete(text) == apsw.complete(text)


@settings(max_examples=100)
@given(st.text("aA;'\"`[]-/* \n\r") | soups.map("".join))
def test_pieces_lie_in_the_script_in_order_and_hold_what_is_not_blank(text):
    position = 0
    for piece in split(text):
        assert piece.start >= position
        assert text.startswith(piece.text, piece.start)
        assert piece.text.strip() not in {"", ";"}
        position = piece.start + len(piece.text)


@pytest.mark.parametrize(
    "unit",
    [
        *"'\"`[](;/-*a \n",
        "/*",
        "*/",
        "--",
        "-/",
        "/-",
        "''",
        "[]",
        "'[",
        "a;",
        "a ",
        "ARRAY[",
        "ARRAY [';]'",
        "/**/",
        "--\n",
        "/*/",
        ";'\"`[]()-/*",
        "create trigger t;",
        "create trigger t; end",
        "create ",
        "create\n\n",
        "create temp ",
        "explain ",
        "end;",
        "end ",
    ],
)
@pytest.mark.parametrize("before", ["", "create trigger t;"])
def test_time_grows_with_the_length(unit, before):
    text = before + unit * (200_000 // len(unit)) + " x"
    started = time.process_time()
    pieces = list(split(text))
    assert time.process_time() - started < 5
    assert sum(len(piece.text) for piece in pieces) <= len(text)
