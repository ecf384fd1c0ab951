"""What each command does."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest

from aisql.render.registry import FORMATS

REVIEWS = (
    "CREATE TABLE reviews (id INTEGER PRIMARY KEY, body TEXT);"
    "CREATE INDEX by_body ON reviews (body);"
    "INSERT INTO reviews VALUES (1, 'good'), (2, NULL);"
)
MODEL = "CREATE MODEL m INPUT (a STRING) OUTPUT (b STRING) WITH ('provider' = 'builtin');"


@pytest.fixture
def reviews(typed):
    typed(REVIEWS)
    return typed


# ---------------------------------------------------------------- objects


def test_d_lists_tables_views_and_models(reviews):
    reviews("CREATE VIEW v AS SELECT 1;" + MODEL)
    assert reviews("\\d") == (
        "+---------+-------+\n| name    | kind  |\n+---------+-------+\n"
        "| m       | model |\n| reviews | table |\n| v       | view  |\n+---------+-------+\n3 rows in set\n"
    )


def test_d_with_a_name_describes_a_table_and_its_indexes(reviews):
    assert reviews("\\d reviews;") == reviews("DESCRIBE reviews;") + (
        "+---------+---------+--------+---------+\n| index   | table   | unique | columns |\n"
        "+---------+---------+--------+---------+\n| by_body | reviews | no     | body    |\n"
        "+---------+---------+--------+---------+\n1 row in set\n"
    )


def test_d_with_the_name_of_a_model_describes_it(typed):
    typed(MODEL)
    assert typed("\\d m") == typed("DESCRIBE MODEL m;") == typed("\\dm m") == typed(".models m")


def test_d_with_the_name_of_a_table_of_another_database(typed):
    assert typed("\\d aisql.settings") == typed("DESCRIBE aisql.settings;")


def test_d_with_an_unknown_name_names_the_nearest(reviews):
    assert reviews.error("\\d review") == (
        'error: there is no table, view or model review\nhint: did you mean "reviews"?'
    )


@pytest.mark.parametrize(
    ("command", "statement"),
    [
        ("\\dt", "SHOW TABLES;"),
        (".tables", "SHOW TABLES;"),
        ("\\dt rev*", "SHOW TABLES LIKE 'rev%';"),
        ("\\dt x*", "SHOW TABLES LIKE 'x%';"),
        ("\\dv", "SHOW VIEWS;"),
        ("\\dm", "SHOW MODELS;"),
        ("\\dc", "SHOW CONNECTIONS;"),
        ("\\l", "SHOW DATABASES;"),
        (".databases", "SHOW DATABASES;"),
    ],
)
def test_lists_are_our_own_statements(reviews, command, statement):
    reviews(MODEL)
    assert reviews(command) == reviews(statement)


def test_de_lists_endpoints_without_their_keys(typed):
    typed("""CALL DBMS_AI_SERVICE.CREATE_AI_MODEL('m', '{"type": "completion", "model_name": "x"}');""")
    typed(
        'CALL DBMS_AI_SERVICE.CREATE_AI_MODEL_ENDPOINT(\'e\', \'{"ai_model_name": "m", "scope": "all", '
        '"url": "http://127.0.0.1:1/v1", "access_key": "aK-0123456789", "provider": "openai"}\');'
    )
    assert typed.told == []
    shown = typed("\\de")
    assert "| e        | m        | openai   | http://127.0.0.1:1/v1 |\n" in shown
    assert "aK-0123456789" not in shown


def test_df_lists_the_functions_a_pattern_matches(typed):
    shown = typed("\\df ai_emb*")
    assert [line.split()[1] for line in shown.splitlines()[3:-2]] == ["ai_embedding", "ai_embed"]


def test_schema_gives_statements_that_can_be_run(reviews):
    statements = reviews("\\schema rev*")
    assert statements == (
        "CREATE TABLE reviews (id INTEGER PRIMARY KEY, body TEXT);\nCREATE INDEX by_body ON reviews (body);\n"
    )
    assert reviews.error("\\schema review") == (
        'error: there is no table or view review\nhint: did you mean "reviews"?'
    )


def test_conninfo_tells_where_the_session_is(typed, tmp_path):
    typed("BEGIN;")
    shown = typed("\\conninfo")
    assert f"| tables in     | {tmp_path}/catalog.default_database.sqlite |\n" in shown
    assert "| transaction   | open " in shown
    assert "| read-only     | no " in shown
    assert "| safe mode     | no " in shown


# ---------------------------------------------------------------- how results look


def test_x_shows_a_line_for_each_value(reviews):
    assert reviews("\\x on") == "Expanded display is on.\n"
    assert reviews("SELECT * FROM reviews;") == (
        "*************************** 1. row ***************************\n  id: 1\nbody: good\n"
        "*************************** 2. row ***************************\n  id: 2\nbody: NULL\n2 rows in set\n"
    )
    assert reviews("\\x") == "Expanded display is off.\n"
    assert reviews("\\x AUTO") == "Expanded display is auto.\n"
    assert reviews.error("\\x maybe") == "error: maybe is none of on, off, auto"


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_can_be_chosen(reviews, name):
    assert reviews(f".mode {name}") == f"Output format is {name}.\n"
    assert reviews.shell.view.format == name


def test_an_unknown_format_changes_nothing(typed):
    assert typed.error("\\format yaml") == (f"error: unknown format: yaml\nhint: one of {', '.join(FORMATS)}")
    assert typed("\\format") == "Output format is table.\n"


def test_null_header_and_timing_change_what_is_shown(reviews):
    assert reviews("\\null '-'") == 'Null display is "-".\n'
    assert reviews(".headers off") == "Header is off.\n"
    assert reviews("\\timing") == "Timing is on.\n"
    assert reviews("SELECT body, id FROM reviews;") == (
        "+------+---+\n| good | 1 |\n| -    | 2 |\n+------+---+\n2 rows in set (0.00 sec)\n"
    )
    assert reviews("DELETE FROM reviews;") == "OK, 2 rows changed (0.00 sec)\n"
    assert reviews("\\null") == 'Null display is "NULL".\n'


def test_theme_lists_and_changes_the_colours_and_says_how_to_keep_them(typed, tmp_path):
    typed("\\format csv")
    assert typed("\\theme") == (
        "theme,colours,in use\ndark,for a dark background,on\nlight,for a light background,off\n"
    )
    file = tmp_path / "config" / "config.toml"
    kept = f'Theme is light. To keep it: theme = "light" below [prompt] in {file}\n'
    assert typed("\\theme LIGHT") == kept
    assert typed("\\theme").endswith("dark,for a dark background,off\nlight,for a light background,on\n")
    assert typed.error("\\theme pink") == "error: pink is none of dark, light"


def test_pset_shows_and_changes_all_of_it(typed):
    assert typed("\\pset null '?'") == 'Null display is "?".\n'
    assert typed("\\pset pager off") == "Pager is off.\n"
    shown = typed("\\pset")
    for line in (
        "| null     | ?         |",
        "| pager    | off       |",
        "| expanded | auto      |",
        "| format   | table     |",
        "| prompt   | aisql%x>  |",
    ):
        assert f"{line}\n" in shown
    assert typed.error("\\pset nosuch 1") == (
        "error: nosuch is none of expanded, format, header, maxrows, null, pager, prompt, timing, width"
    )


def test_the_prompt_is_a_text_with_signs(typed):
    assert typed("\\prompt '%/%x>'") == 'Prompt is "%/%x> ".\n'
    assert typed.shell.view.prompt == "%/%x> "
    assert typed.error("\\prompt '%n>'") == (
        "error: %n means nothing in a prompt\nhint: there are %/, %~, %m, %x, %%"
    )
    assert typed.error("\\prompt a b") == (
        "error: \\prompt takes 1 argument, not 2\n"
        "hint: it is called \\prompt [TEXT]; quotes hold words together"
    )
    assert typed.error("\\prompt 'a\x1b[31m'") == "error: a prompt is one line of letters and signs"
    assert typed("\\prompt") == 'Prompt is "aisql%x> ".\n'


def test_a_terminal_shows_as_many_rows_and_columns_as_it_is_told(open_typed):
    typed = open_typed(size=(80, 24))
    assert typed("\\maxrows 1") == "Rows shown are 1.\n"
    assert typed("\\width 22") == "Width is 22.\n"
    statement = f"SELECT column1 AS a FROM (VALUES ('{'x' * 30}'), ('b'));"
    whole = "\\last shows all of it"
    shown = f"+{'-' * 20}+\n| a{' ' * 18}|\n+{'-' * 20}+\n| {'x' * 17}… |\n+{'-' * 20}+\n2 rows in set\n"
    assert typed("\\x off") == "Expanded display is off.\n"
    assert typed(statement) == f"{shown}1 of 2 rows shown, long texts are cut; {whole}\n"
    assert typed("\\last").count("\n") == 7
    assert typed("\\x on") == "Expanded display is on.\n"
    assert typed(statement).endswith(f": {'x' * 30}\n2 rows in set\n1 of 2 rows shown; {whole}\n")
    assert typed("\\format csv").startswith("Output")
    assert typed(statement).count("\n") == 3
    assert typed("\\maxrows") == "Rows shown are all.\n"
    assert typed("\\width") == "Width is that of the terminal.\n"
    assert typed.error("\\maxrows -1") == (
        "error: -1 is no number of rows\nhint: a whole number; 0 for no limit"
    )


def test_a_prompt_asks_before_what_cannot_be_undone_and_a_script_does_not(open_typed, tmp_path):
    typed = open_typed(answers=["", "n", "never", "n", " Yes "])
    typed.shell.view.guards = True
    typed("CREATE TABLE t (a); INSERT INTO t VALUES (1), (2);")
    for _ in range(3):
        assert typed.error("DELETE FROM t; SELECT 'and the rest';") == "not run"
    assert typed.error("DELETE FROM t \\g") == "not run"
    typed("BEGIN;")
    assert typed("DELETE FROM t;") == "OK, 2 rows changed\n"
    typed("ROLLBACK;")
    assert typed("DELETE FROM t;") == "OK, 2 rows changed\n"
    assert typed.asked == ["This deletes every row of t. Run it? [y/N] "] * 5
    typed("INSERT INTO t VALUES (3);")
    (tmp_path / "forget.sql").write_text("DELETE FROM t;")
    typed("\\i forget.sql")
    assert "|        0 |" in typed("SELECT count(*) FROM t;")


def test_the_time_that_is_told_is_not_that_in_which_the_user_is_asked(open_typed):
    typed = open_typed(answers=["y"] * 3)
    typed.shell.view.guards = True
    typed("SET ai.confirm_calls = 0; CREATE TABLE t (a); INSERT INTO t VALUES (1), (2); \\timing on")
    call = "ai_complete('openai:gpt-4o', a)"
    for statement, told in (
        (f"SELECT {call} FROM t;", "2 rows in set (0.00 sec)\n"),
        (f"UPDATE t SET a = {call} || 'x';", "OK, 2 rows changed (0.00 sec)\n"),
        (f"SELECT count({call}) AS n FROM t;", "1 row in set (0.00 sec)\n"),
    ):
        assert typed(statement).endswith(told)
        assert (typed.shell.seconds, typed.told) == (0.0, [])
    needs, changes = (
        "This needs requests to a model. Go on? [y/N] ",
        "This changes every row of t. Run it? [y/N] ",
    )
    assert (typed.asked, typed.now) == ([needs, changes, needs], 180.0)


PROSE = (
    (
        "\\i one two three",
        "error: \\i takes 1 argument,\n  not 3\nhint: it is called \\i FILE;\n  quotes hold words together",
        "",
    ),
    (
        "CREATE API CONNECTION c TYPE ai_function PROVIDER = 'openai'; DROP CONNECTION c;",
        "warning: the connection has no\n  API_KEY",
        "OK\nOK\n",
    ),
    (
        "\\prompt 'a prompt that takes a lot of room'",
        "",
        'Prompt is "a prompt that takes\n  a lot of room ".\n',
    ),
    ("\\echo a text that the user wants so", "", "a text that the user wants so\n"),
)
"""What is typed, told and shown in a window of 30 columns."""


def test_what_is_said_breaks_at_blanks_on_a_terminal_and_nowhere_else(open_typed):
    for line, told, shown in PROSE:
        narrow, pipe = open_typed(size=(30, 24)), open_typed()
        assert (narrow(line), "\n".join(narrow.told)) == (shown, told)
        whole = shown.replace("\n  ", " "), told.replace("\n  ", " ")
        assert (pipe(line), "\n".join(pipe.told)) == whole


# ---------------------------------------------------------------- where results go


def test_once_leads_the_next_result_alone_to_a_file_of_its_format(reviews):
    assert reviews("\\once out.csv") == ""
    assert reviews("SELECT * FROM reviews;") == ""
    assert Path("out.csv").read_text() == "id,body\n1,good\n2,\n"
    assert "2 rows in set" in reviews("SELECT * FROM reviews;")


def test_o_leads_results_to_a_file_until_it_is_said_again(reviews):
    reviews("\\o out.jsonl")
    assert reviews("SELECT 1 AS a; SELECT 2 AS a;") == ""
    assert reviews("\\o") == ""
    assert Path("out.jsonl").read_text() == '{"a": 1}\n{"a": 2}\n'
    assert "1 row in set" in reviews("SELECT 3;")


def test_a_file_of_no_known_kind_has_the_format_of_the_screen_and_nothing_is_cut(open_typed):
    typed = open_typed(size=(40, 100))
    long = "x" * 200
    typed(f"SELECT '{long}' AS a, 1 AS b UNION ALL SELECT '', 2 \\g out.dat")
    assert f"| {long} | 1 |\n" in Path("out.dat").read_text()


def test_a_result_without_rows_still_makes_the_file(reviews):
    Path("out.jsonl").write_text("old\n")
    reviews("SELECT * FROM reviews WHERE id = 9 \\g out.jsonl")
    assert Path("out.jsonl").read_text() == ""


def test_a_statement_that_fails_leaves_the_file_as_it_was(reviews):
    Path("out.csv").write_text("old\n")
    assert "no such column" in reviews.error("SELECT nosuch FROM reviews \\g out.csv")
    assert Path("out.csv").read_text() == "old\n"
    assert "1 row in set" in reviews("SELECT 1;")


def test_a_result_goes_to_a_program_which_may_read_less(reviews):
    reviews("SELECT * FROM reviews \\g | sort -r > sorted")
    assert Path("sorted").read_text().splitlines()[0] == "| id | body |"
    many = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 100000) SELECT i FROM n"
    reviews(f"{many} \\g | head -1 > first")
    assert reviews.told == []
    assert Path("first").read_text() == "+------+\n"


def test_a_program_that_fails_is_told_of(reviews):
    assert reviews.error("SELECT 1 \\g | cat > /dev/null; exit 3") == (
        "warning: the program ended with exit status 3"
    )


def test_a_file_that_cannot_be_written_is_an_error(reviews):
    assert reviews.error("SELECT 1 \\g nosuch/out.csv") == (
        "error: cannot write nosuch/out.csv: No such file or directory"
    )


@pytest.mark.parametrize("name", ["catalog.sqlite", "catalog.default_database.sqlite", "./catalog.sqlite"])
def test_files_of_the_session_are_not_written(reviews, name):
    reviews("SHOW MODELS;")
    assert (
        reviews.error(f"\\o {name}") == f"error: {name} is in use for something else\nhint: name another file"
    )


@pytest.mark.parametrize("command", ["\\o", "\\i", "\\log", "\\e", "\\save"])
def test_files_of_keys_are_neither_read_nor_written(typed, command):
    Path("catalog.sqlite.keys").write_text("secret")
    assert typed.error(f"{command} catalog.sqlite.keys") == (
        "error: catalog.sqlite.keys holds keys and is not opened"
    )


def test_g_runs_the_last_statement_again(reviews, server):
    assert reviews("SELECT 1 AS a;") == reviews("\\g")
    assert reviews("SELECT 1 AS a \\G") == (
        "*************************** 1. row ***************************\na: 1\n1 row in set\n"
    )
    assert reviews.shell.view.expanded == "auto"


def test_g_without_a_statement_says_so(typed):
    assert typed.error("\\g") == (
        "error: there is no statement to run\nhint: write it before the command: SELECT 1 \\g"
    )


def test_last_shows_the_result_again_and_asks_nobody(typed, server):
    typed("SELECT ai_complete('openai:x', 'hello') AS a;")
    asked = len(server.requests)
    assert typed("\\last jsonl") == '{"a": "echo: hello"}\n'
    assert asked == len(server.requests) == 1


def test_what_commands_list_is_not_the_last_result_and_its_images_are_its_own(open_typed, environment):
    environment["KITTY_WINDOW_ID"] = "1"
    typed = open_typed(size=(80, 24))
    image = "\x1b_G"
    assert typed("SELECT X'89504E470D0A1A0A' AS png;").count(image) == 1
    for command in ("\\cost", "\\d", "\\dt", "\\conninfo", "\\set", "\\cache", "\\explain SELECT 2"):
        assert image not in typed(command)
    assert typed("\\last").count(image) == 1
    assert typed("\\last jsonl").startswith('{"png": ')
    assert typed("SHOW DATABASES;") == typed("\\last")
    typed("\\maxrows 1")
    assert typed("\\conninfo").endswith("1 of 7 rows shown; \\once FILE before it has all of it in a file\n")


def test_an_error_of_a_statement_that_a_command_runs_has_its_line_of_the_script(typed):
    Path("a.sql").write_text("SELECT 1;\n-- two\nSELECT 2; SELECT 3 FROM nosuch \\g\n\\g\n")
    typed("\\i a.sql")
    error = "error: no such table: nosuch"
    assert typed.told == [
        f"a.sql:3: {error}\n  3 |           SELECT 3 FROM nosuch\n    | {' ' * 24}^^^^^^",
        f"a.sql:4: {error}\n  4 | SELECT 3 FROM nosuch\n    | {' ' * 14}^^^^^^",
    ]


@pytest.mark.parametrize("command", ["\\o", "\\once"])
def test_a_file_that_cannot_be_written_is_told_of_at_once(typed, command):
    Path("folder").mkdir()
    assert typed.error(f"{command} no/a.txt") == "error: cannot write no/a.txt: No such file or directory"
    assert typed.error(f"{command} folder") == "error: cannot write folder: Is a directory"
    assert typed("SELECT 1 AS a;").endswith("1 row in set\n")


def test_a_file_that_can_no_longer_be_written_is_told_of_by_every_statement(typed):
    Path("no").mkdir()
    typed("\\o no/a.txt")
    Path("no").rmdir()
    assert (
        typed.error("SELECT 1;")
        == typed.error("SELECT 2 \\plot")
        == typed.error("\\d")
        == ("error: cannot write no/a.txt: No such file or directory")
    )
    assert typed.error("\\o") == ""
    assert typed("SELECT 1 AS a;").endswith("1 row in set\n")


def test_last_without_a_result_says_so(typed):
    assert typed.error("\\last") == "error: there is no result yet\nhint: run a statement first"


def test_keep_makes_a_table_of_the_last_result_of_a_statement_and_asks_nobody(typed, server):
    assert typed.error("\\keep moods").startswith("error: there is no last result")
    typed("SELECT ai_complete('openai:x', 'hello') AS a;")
    typed("\\d")
    typed.error("SELECT nosuch;")
    assert typed("\\keep 'my moods'") == "OK, 1 row kept\n"
    assert typed("SELECT a FROM `my moods`;").startswith("+-------------+\n| a           |\n")
    assert typed.error("\\keep 'my moods'") == (
        "error: Table 'my moods' exists already.\nhint: take another name, or DROP TABLE it first"
    )
    assert typed.error("\\keep") == "error: the name of a table is missing\nhint: \\keep NAME"
    assert len(server.requests) == 1


def test_the_log_keeps_what_was_run_without_keys(reviews):
    reviews("\\log today.sql")
    reviews("SELECT 1;")
    reviews("\\echo hi")
    model = (
        "CREATE MODEL k INPUT (a STRING) OUTPUT (b STRING) WITH ('provider' = 'openai', 'api-key' = '{}');"
    )
    reviews(model.format("kS-12345678"))
    reviews("SELECT nosuch;")
    assert (
        reviews.error("\\log no/today.sql") == "error: cannot write no/today.sql: No such file or directory"
    )
    reviews("\\log off")
    reviews("SELECT 2;")
    file = Path("today.sql")
    assert file.read_text() == (
        "\\log today.sql\nSELECT 1;\n\\echo hi\n" + model.format("******") + "\n"
        "SELECT nosuch;\n-- error: no such column: nosuch\n"
        "\\log no/today.sql\n-- error: cannot write no/today.sql: No such file or directory\n"
    )
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


# ---------------------------------------------------------------- statements


def test_watch_runs_a_statement_again_after_a_pause(typed):
    once = typed("SELECT 1 AS a;")
    assert typed("SELECT 1 AS a \\watch 5 c=3") == f"2026-01-02 03:04:05 (every 5 s)\n{once}" * 3
    assert typed.slept == [5.0, 5.0]


def test_watch_ends_with_the_first_failure(typed):
    assert typed("SELECT nosuch \\watch") == "2026-01-02 03:04:05 (every 2 s)\n"
    assert typed.told == ["error: no such column: nosuch\n  1 | SELECT nosuch\n    |        ^^^^^^"]
    assert typed.slept == []


def test_watch_wants_a_number(typed):
    for word, error in (
        ("often", "is no number of seconds"),
        ("-1", "is no number of seconds"),
        ("1" * 9, "is no number of seconds"),
        ("c=0", "is no number of times"),
        ("c=" + "1" * 5000, "is no number of times"),
        ("5 i=7", "says again what was said"),
    ):
        told = f"error: {word.removeprefix('5 ')} {error}\nhint: \\watch 5, or \\watch 5 c=3 for three times"
        assert typed.error(f"SELECT 1 \\watch {word}") == told


def test_explain_shows_the_plan_and_counts_requests_without_making_them(reviews, server):
    shown = reviews("\\explain SELECT ai_complete('openai:x', body) FROM reviews")
    assert shown.splitlines()[3] == "| SCAN reviews |"
    assert "| calls | from_ledger | requests |" in shown
    assert "|     1 |           0 |        1 |" in shown
    assert server.requests == []
    assert reviews.shell.settings.dry_run is False


def test_explain_of_a_statement_that_writes_changes_nothing(reviews, server):
    reviews("INSERT INTO reviews SELECT 3, ai_complete('openai:x', 'a') \\explain")
    reviews("DELETE FROM reviews WHERE body = 'ai_x(' OR 1 \\explain")
    assert set(reviews.told) == {
        "note: after SET ai.default_model = 'CONNECTION:MODEL' it is explained in words too"
    }
    assert server.requests == []
    assert "| 2 |\n" in reviews("SELECT count(*) AS n FROM reviews;")
    assert not reviews.shell.in_transaction


def test_explain_counts_calls_that_stand_in_a_view(reviews, server):
    reviews("CREATE VIEW v AS SELECT ai_complete('openai:x', body) AS a FROM reviews;")
    assert "|     1 |           0 |        1 |" in reviews("\\explain SELECT * FROM v")
    assert server.requests == []


def test_explain_of_plain_sql_is_the_plan_alone(reviews):
    assert "calls" not in reviews("\\explain SELECT * FROM reviews")
    assert reviews.error("\\explain SELECT 1; SELECT 2") == (
        "error: one statement can be explained\nhint: \\explain SELECT ..."
    )


# ---------------------------------------------------------------- files


def test_i_runs_a_script_with_its_commands_and_names_it_in_errors(typed):
    Path("s.sql").write_text("SELECT 1 AS a;\n\\echo two\nSELECT\n  nosuch;\nSELECT 3 AS c;\n")
    shown = typed("\\i s.sql")
    assert "| 1 |" in shown
    assert "two\n" in shown
    assert "| 3 |" in shown
    assert typed.told == ["s.sql:4: error: no such column: nosuch\n  4 |   nosuch;\n    |   ^^^^^^"]


def test_ir_begins_beside_the_script(typed):
    Path("deep").mkdir()
    Path("deep/a.sql").write_text("\\ir b.sql\n")
    Path("deep/b.sql").write_text("\\echo here\n")
    assert typed("\\i deep/a.sql") == "here\n"


def test_a_script_that_includes_itself_ends(typed):
    Path("s.sql").write_text("\\i s.sql\n")
    assert typed.error("\\i s.sql") == (
        "s.sql:1: error: 16 scripts include one another\nhint: the last one is s.sql"
    )


def test_q_in_a_script_ends_that_script_alone_but_with_a_status_everything(typed):
    Path("s.sql").write_text("\\echo one\n\\q\n\\echo never\n")
    assert typed("\\i s.sql") == "one\n"
    Path("t.sql").write_text("\\q 3\n")
    assert typed.left("\\i t.sql") == 3


@pytest.mark.parametrize(
    ("text", "status"), [("\\q", None), (".exit 4", 4), ("quit;", None), ("\\quit 0", 0)]
)
def test_leaving(typed, text, status):
    assert typed.left(text) == status


def test_an_exit_status_is_a_small_number(typed):
    assert typed.error("\\q 256") == "error: 256 is no exit status\nhint: a whole number from 0 to 255"


def test_files_that_cannot_be_read_are_errors(typed):
    Path("binary").write_bytes(b"\xff\xfe\x00")
    assert typed.error("\\i nosuch.sql") == "error: cannot read nosuch.sql: No such file or directory"
    assert typed.error("\\i binary") == "error: cannot read binary: it is not UTF-8"
    assert typed.error("\\i") == "error: the name of a file is missing"


def test_e_takes_the_statement_to_the_editor_and_back(typed, environment):
    environment["EDITOR"] = "sed -i s/1/2/"
    typed("SELECT 1;")
    assert typed("\\e") == ""
    assert typed.shell.take_proposal() == "SELECT 2;"
    assert typed.shell.take_proposal() == ""


@pytest.mark.parametrize(
    ("text", "before"), [("SELECT 1,\n\\dt", "SELECT 1,\n"), ("SELECT 1, \\dt", "SELECT 1, ")]
)
def test_a_statement_goes_on_where_a_command_was_typed_in_the_middle_of_it(typed, text, before):
    assert typed(text) == "Empty set\n"
    assert typed.shell.take_proposal() == before


def test_a_statement_that_ctrl_c_has_ended_is_the_last_one(typed):
    typed("SELECT 1;")
    typed("\\once | kill -INT $PPID; sleep 0.2")
    assert typed.error("SELECT ai_complete('openai:gpt-4o', 'x') AS a;") == "interrupted"
    assert typed.shell.statement == "SELECT ai_complete('openai:gpt-4o', 'x') AS a"
    assert (typed.shell.last_spend.requests, typed.shell.rows) == (1, 0)


def test_the_toolbar_tells_no_cost_where_a_price_is_not_known(typed):
    assert typed.shell.state().cost == 0.0
    typed("SELECT ai_complete('openai:no-such-model', 'x');")
    state = typed.shell.state()
    assert (state.calls, state.cost) == (1, None)


def test_an_editor_that_fails_is_an_error(typed, environment):
    environment["VISUAL"] = "sh -c 'exit 7'"
    assert typed.error("\\e") == (
        "error: the editor sh -c 'exit 7' failed with status 7\nhint: VISUAL or EDITOR names the program"
    )
    assert typed.shell.take_proposal() == ""


def test_open_has_the_tables_in_another_file(reviews):
    assert reviews("\\open other.db") == ""
    reviews("CREATE TABLE t (a);")
    assert Path("other.db").exists()
    assert "reviews" not in reviews("\\dt")
    assert reviews.error("\\open catalog.sqlite") == (
        "error: catalog.sqlite is in use for something else\nhint: name another file"
    )
    reviews("BEGIN;")
    assert reviews.error("\\open") == "error: a transaction is open\nhint: COMMIT or ROLLBACK first"


def test_a_dump_is_a_script_that_makes_the_same_tables(reviews, open_typed):
    reviews(
        "CREATE TABLE \"o'dd\" (a, b AS (a || 1)); INSERT INTO \"o'dd\" VALUES (x'00ff'), (1.5), ('it''s');"
    )
    reviews("\\o dump.sql")
    reviews("\\dump")
    reviews("\\o")
    rows = reviews('SELECT * FROM reviews; SELECT * FROM "o\'dd";')
    other = open_typed()
    other("\\open :memory:")
    other("\\i dump.sql")
    assert other.told == []
    assert other('SELECT * FROM reviews; SELECT * FROM "o\'dd";') == rows


def test_files_that_are_no_databases_are_told_and_the_tables_stay(reviews):
    Path("no.db").write_text("hello")
    shown = reviews("\\dt")
    for command, error in {
        "\\open no.db": "cannot open no.db: it is not a SQLite database",
        "\\open no/a.db": "cannot open no/a.db: no such folder, or no permission\n"
        "hint: name a database file, or use --memory",
        "\\save no.db": "no.db is there already\nhint: name another file",
        "\\save no/a.db": "cannot write no/a.db: no such folder, or no permission",
        "\\dump reviewz": 'there is no table or view reviewz\nhint: did you mean "reviews"?',
    }.items():
        assert reviews.error(command) == f"error: {error}"
        assert reviews("\\dt") == shown
    assert reviews.error("\\log no.db") == ""  # it is not in use
    reviews("BEGIN;")
    assert reviews.error("\\save a.db") == "error: a transaction is open\nhint: COMMIT or ROLLBACK first"


def test_save_copies_the_tables(reviews):
    reviews("\\save copy.db")
    reviews("\\open copy.db")
    assert "reviews" in reviews("\\dt")


# ---------------------------------------------------------------- variables, favourites, programs


def test_set_echo_and_unset_variables(typed):
    typed("\\set city New ' York'")
    typed("\\set number 5")
    typed("\\format jsonl")
    assert typed("SELECT :city AS c, :number + 1 AS n;") == '{"c": "New York", "n": 6}\n'
    assert typed("\\echo in :city, ${number}, :nosuch") == "in New York, 5, :nosuch\n"
    typed("\\set api_key sk-12345678")
    assert typed("\\set") == (
        '{"variable": "api_key", "value": "******"}\n{"variable": "city", "value": "New York"}\n'
        '{"variable": "number", "value": "5"}\n'
    )
    assert typed("\\unset city") == ""
    assert "variable :city is not set" in typed.error("SELECT :city;")
    assert typed.error("\\unset city") == "error: variable city is not set\nhint: \\set lists them"


def test_a_quote_that_is_not_closed_is_an_error(typed):
    assert typed.error("\\set a 'b") == "error: a quote is not closed\nhint: in 'b"


def test_a_favourite_is_kept_for_later_sessions_and_takes_arguments(reviews, open_typed, tmp_path):
    kept = "SELECT body FROM reviews WHERE id = ${1:-1} \\g"
    assert reviews(f"\\fav one {kept}") == "Favourite one is kept.\n"
    file = tmp_path / "config" / "favourites.json"
    assert json.loads(file.read_text()) == {"one": kept}
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    other = open_typed()
    assert "| good |" in other("\\fav one")
    assert "| NULL |" in other("\\fav one 2")
    assert other.error("\\fav one 1 2") == f"error: the favourite takes 1 arguments, not 2\nhint: {kept}"
    assert other.error("\\fav onee 2") == "error: there is no favourite onee\nhint: did you mean one?"
    assert other("\\fav one -d") == "Favourite one is forgotten.\n"
    assert json.loads(file.read_text()) == {}


def test_a_favourite_without_an_argument_it_needs_is_not_run(typed):
    typed("\\fav f SELECT $1")
    assert typed.error("\\fav f") == "error: argument 1 is missing\nhint: SELECT $1"


def test_a_favourite_with_a_key_is_not_kept(typed, tmp_path):
    statement = "CREATE MODEL m INPUT (a STRING) OUTPUT (b STRING) WITH ('api-key' = 'kS-12345678')"
    assert typed.error(f"\\fav f {statement}") == (
        "error: a statement with a key is not kept\n"
        "hint: write '${NAME}' for the key, and set NAME in the environment"
    )
    assert not (tmp_path / "config").exists()


def test_a_broken_file_of_favourites_is_an_error_and_stays(typed, tmp_path):
    file = tmp_path / "config" / "favourites.json"
    file.parent.mkdir()
    file.write_text("{broken")
    message = f"error: cannot read {file}: it is not JSON\nhint: mend it, or move it away"
    assert typed.error("\\fav f SELECT 1") == message
    assert file.read_text() == "{broken"


def test_a_program_has_the_terminal_and_its_status_is_told(typed, capfd):
    assert typed.error("\\! echo out; exit 3") == "exit status 3"
    assert capfd.readouterr().out == "out\n"


# ---------------------------------------------------------------- model calls


def test_cost_tells_of_the_last_statement_and_of_the_session(typed, server):
    typed("\\format jsonl")
    typed("SELECT ai_complete('builtin:demo', 'a'); SELECT ai_complete('builtin:demo', 'a');")
    told = [json.loads(line) for line in typed("\\cost").splitlines()]
    assert [tuple(each.values()) for each in told][:4] == [
        *(("calls", 1, 2), ("from the ledger", 1, 1), ("failed", 0, 0), ("requests", 0, 1))
    ]
    assert list(told[0]) == ["spent", "last statement", "session"]


def test_answers_are_counted_and_forgotten_when_the_user_agrees(open_typed):
    typed = open_typed(answers=["no", "y"])
    typed.shell.view.guards = True
    typed("SELECT ai_complete('builtin:demo', 'a');")
    typed("\\format jsonl")
    assert '"answers": 1' in typed("\\cache")
    assert typed.error("\\cache clear") == "not run"
    assert '"answers": 1' in typed("\\cache")
    assert typed("\\cache clear") == "OK, 1 row changed\n"
    assert typed("\\cache") == ""
