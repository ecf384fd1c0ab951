"""Arguments, files, scripts, stdin and formats: every way to hand aisql something to do."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from length import long
from run_aisql import DEADLINE, Aisql

FIRST, SECOND, THIRD = "SELECT 'first' AS a", "SELECT 'second' AS a;", "SELECT 'third' AS a;"


def test_commands_and_files_run_in_the_order_given(aisql: Aisql) -> None:
    aisql.write("script.sql", SECOND)
    done = aisql("--csv", "-c", FIRST, "-f", "script.sql", "-c", THIRD)
    assert done == (b"a\nfirst\na\nsecond\na\nthird\n", "", 0)


def test_a_minus_is_stdin_at_its_place_in_the_order(aisql: Aisql) -> None:
    done = aisql("--csv", "-c", FIRST, "-f", "-", "-c", THIRD, stdin=SECOND)
    assert done == (b"a\nfirst\na\nsecond\na\nthird\n", "", 0)


def test_script_files_run_before_commands(aisql: Aisql) -> None:
    aisql.write("one.sql", FIRST)
    aisql.write("two.SQL", SECOND)
    assert aisql("--csv", "-c", THIRD, "one.sql", "two.SQL").stdout == b"a\nfirst\na\nsecond\na\nthird\n"


def test_stdin_that_is_no_terminal_is_the_script(aisql: Aisql) -> None:
    assert aisql("--csv", stdin=f"\ufeff-- a comment\n{SECOND}\n\n{THIRD}") == (
        b"a\nsecond\na\nthird\n",
        "",
        0,
    )


def test_stdin_is_not_read_beside_a_command(aisql: Aisql) -> None:
    assert aisql("--csv", "-c", FIRST, stdin="SELECT 'never'") == (b"a\nfirst\n", "", 0)


def test_nothing_at_all_is_nothing(aisql: Aisql) -> None:
    assert aisql(stdin="") == (b"", "", 0)
    assert aisql("-c", " ; -- nothing\n;") == (b"", "", 0)


def test_a_statement_without_rows_prints_nothing(aisql: Aisql) -> None:
    script = "CREATE TABLE t (a); INSERT INTO t VALUES (1), (2); UPDATE t SET a = 3; SET ai.timeout = 5;"
    assert aisql("-c", script) == (b"", "", 0)


def test_a_database_file_holds_the_tables(aisql: Aisql) -> None:
    for name in ("mine.db", "mine.sqlite", "mine.sqlite3"):
        assert aisql(name, "-c", "CREATE TABLE t (a); INSERT INTO t VALUES (1)") == (b"", "", 0)
        assert aisql("--csv", name, "-c", "SELECT * FROM t").stdout == b"a\n1\n"
    assert aisql("-c", "SELECT * FROM t").status == 1


def test_tables_without_a_database_file_are_there_the_next_time(aisql: Aisql) -> None:
    aisql("-c", "CREATE TABLE kept (a); INSERT INTO kept VALUES ('still here')")
    assert aisql("--csv", "-c", "SELECT * FROM kept") == (b"a\nstill here\n", "", 0)


def test_memory_keeps_no_table(aisql: Aisql) -> None:
    made = aisql("--memory", "--csv", "-c", "CREATE TABLE t (a)", "-c", "SELECT count(*) AS n FROM t")
    assert made == (b"n\n0\n", "", 0)
    assert aisql.files() == []
    assert aisql("--memory", "-c", "SELECT * FROM t").status == 1


def test_a_csv_file_is_a_table_of_its_name(aisql: Aisql) -> None:
    aisql.write("reviews.csv", '\ufeffid,body,stars\n1,"Great, really",4.5\n2,,3\n3,"two\nlines",1\n')
    aisql.write("more.tsv", "id\tword\n7\tseven\n")
    done = aisql("--jsonl", "reviews.csv", "more.tsv", "-c", "SELECT * FROM reviews; SELECT * FROM more")
    assert done == (
        b'{"id": 1, "body": "Great, really", "stars": 4.5}\n'
        b'{"id": 2, "body": null, "stars": 3.0}\n'
        b'{"id": 3, "body": "two\\nlines", "stars": 1.0}\n'
        b'{"id": 7, "word": "seven"}\n',
        "",
        0,
    )


def test_a_data_file_leaves_nothing_behind(aisql: Aisql) -> None:
    aisql.write("reviews.csv", "id\n1\n")
    aisql("mine.db", "reviews.csv", "-c", "SELECT 1")
    assert aisql("mine.db", "--csv", "-c", "SELECT name FROM sqlite_schema").stdout == b"name\n"


def test_a_variable_is_bound_or_put_into_an_option(aisql: Aisql) -> None:
    script = (
        "SELECT :n AS n, typeof(:n) AS t, :text AS text;"
        "CREATE TEMPORARY MODEL m INPUT (i STRING) OUTPUT (o STRING)"
        " WITH ('provider'='${provider}', 'model'='demo');"
        "SELECT ai_complete('m', 'Sentiment: good') AS answer;"
    )
    done = aisql("--jsonl", "-v", "n=5", "-v", "text=it's", "-v", "provider=builtin", "-c", script)
    assert done == (b'{"n": 5, "t": "integer", "text": "it\'s"}\n{"answer": "positive"}\n', "", 0)


def test_a_session_variable_comes_before_the_environment(aisql: Aisql) -> None:
    script = "SET ai.concurrency = '${COUNT}'; SET;"
    from_environment = aisql("--csv", "-c", script, env={"COUNT": "7"})
    assert b"\nai.concurrency,7\n" in from_environment.stdout
    assert b"\nai.concurrency,8\n" in aisql("--csv", "-v", "COUNT=8", "-c", script, env={"COUNT": "7"}).stdout


def test_a_catalog_file_can_be_chosen(aisql: Aisql) -> None:
    make = "CREATE MODEL m INPUT (i STRING) OUTPUT (o STRING) WITH ('provider'='builtin');CREATE TABLE t (a)"
    assert aisql("--catalog", "team.sqlite", "-c", make).status == 0
    show = ("--csv", "-c", "SHOW MODELS; SHOW TABLES")
    assert aisql("--catalog", "team.sqlite", *show).stdout == b"model name\nm\ntable name\nt\n"
    assert aisql(*show).stdout == b"model name\ntable name\n"


def test_two_sessions_see_the_same_catalog(aisql: Aisql) -> None:
    options = "WITH ('provider'='builtin', 'model'='demo')"
    aisql("one.db", "-c", f"CREATE MODEL m INPUT (i STRING) OUTPUT (o STRING) {options}")
    aisql("--memory", "-c", "CREATE API CONNECTION c TYPE ai_function PROVIDER = 'builtin'")
    calls = "ai_complete('m', 'Sentiment: good') || ai_complete('c:demo', 'Sentiment: bad')"
    script = f"SHOW MODELS; SELECT {calls} AS a"
    assert aisql("two.db", "--csv", "-c", script) == (b"model name\nm\na\npositivenegative\n", "", 0)


def test_a_batch_stops_at_the_first_error(aisql: Aisql) -> None:
    arguments = ("--csv", "-c", "SELECT 1 AS a; SELECT nosuch; SELECT 2 AS a", "-c", "SELECT 3 AS a")
    for stop in (aisql(*arguments), aisql("--on-error", "stop", *arguments)):
        assert (stop.stdout, stop.first, stop.status) == (
            b"a\n1\n",
            "<command>:1: error: no such column: nosuch",
            1,
        )


def test_a_batch_can_go_on_after_an_error(aisql: Aisql) -> None:
    script = "SELECT 1 AS a; SELECT nosuch; SELECT 2 AS a"
    done = aisql("--csv", "--on-error", "continue", "-c", script, "-c", "SELECT 3 AS a")
    assert (done.stdout, done.status) == (b"a\n1\na\n2\na\n3\n", 1)


def test_results_and_errors_come_in_the_order_of_the_statements(aisql: Aisql) -> None:
    script = "SELECT 1 AS a; SELECT nosuch; SELECT 2 AS a; SET 'pipeline.name' = 'x'; SELECT 3 AS a"
    together = ("bash", "-c", '"$@" 2>&1', "bash", sys.executable, "-m", "aisql")
    done = aisql("--memory", "--csv", "--on-error", "continue", "-c", script, command=together)
    lines = [line for line in done.text.splitlines() if not line.startswith("  ")]
    assert lines == [
        "a",
        "1",
        "<command>:1: error: no such column: nosuch",
        "a",
        "2",
        "<command>:1: warning: 'pipeline.name' is no setting of aisql and has no effect",
        "a",
        "3",
    ]


def test_sessions_that_start_at_once_do_not_get_in_each_others_way(aisql: Aisql, tmp_path: Path) -> None:
    columns, options = "INPUT (i STRING) OUTPUT (o STRING)", "WITH ('provider'='builtin')"
    env = aisql.environment(XDG_CACHE_HOME=str(tmp_path / "cold cache"))
    started = [
        aisql.start("-c", f"CREATE MODEL m{number} {columns} {options}; CREATE TABLE t{number} (a)", env=env)
        for number in range(4)
    ]
    ended = [(*process.communicate(timeout=DEADLINE), process.returncode) for process in started]
    assert ended == [(b"", b"", 0)] * 4
    shown = aisql("--csv", "-c", "SHOW MODELS; SHOW TABLES").text
    assert shown == "model name\nm0\nm1\nm2\nm3\ntable name\nt0\nt1\nt2\nt3\n"


def test_the_status_is_that_of_the_first_failure(aisql: Aisql) -> None:
    script = "SET ai.max_calls = 0; SELECT ai_complete('builtin:demo', 'x'); SELECT nosuch"
    assert aisql("--on-error", "continue", "-c", script).status == 5


def test_the_line_of_an_error_is_that_of_its_script(aisql: Aisql) -> None:
    script = "SELECT 1;\n\nSELECT\n  nosuch;\n"
    aisql.write("folder.sql", script)
    assert aisql("-f", "folder.sql").first == "folder.sql:4: error: no such column: nosuch"
    assert aisql("folder.sql").first == "folder.sql:4: error: no such column: nosuch"
    assert aisql(stdin=script).first == "<stdin>:4: error: no such column: nosuch"
    assert aisql("-c", script).first == "<command>:4: error: no such column: nosuch"


ROWS = "SELECT 1 AS n, 'it''s \"x\", 很好' AS text, NULL AS nothing_at_all, 0.5 AS half"
JSON_ROW = r"""{"n": 1, "text": "it's \"x\", 很好", "nothing_at_all": null, "half": 0.5}"""
FORMATS = {
    "--table": (
        "+---+----------------+----------------+------+\n"
        "| n | text           | nothing_at_all | half |\n"
        "+---+----------------+----------------+------+\n"
        '| 1 | it\'s "x", 很好 | NULL           |  0.5 |\n'
        "+---+----------------+----------------+------+\n"
        "1 row in set\n"
    ),
    "--csv": 'n,text,nothing_at_all,half\n1,"it\'s ""x"", 很好",,0.5\n',
    "--json": f"[{JSON_ROW}]\n",
    "--jsonl": f"{JSON_ROW}\n",
}


@pytest.mark.parametrize("option", FORMATS)
def test_every_format_is_utf_8_in_any_locale(aisql: Aisql, option: str) -> None:
    for locale in ("C", "C.UTF-8"):
        done = aisql(option, "-c", ROWS, env={"LANG": locale, "LC_ALL": locale})
        assert (done.text, done.stderr, done.status) == (FORMATS[option], "", 0)


def test_a_table_is_the_default_and_never_cut(aisql: Aisql) -> None:
    assert aisql("-c", ROWS).text == FORMATS["--table"]
    wide = aisql("-c", "SELECT printf('%.*c', 5000, 'x') AS wide", env={"COLUMNS": "20"})
    assert wide.text.splitlines()[3] == f"| {'x' * 5000} |"


def test_no_rows_are_said_to_be_none(aisql: Aisql) -> None:
    nothing = "SELECT 1 AS a WHERE false"
    outputs = [aisql(option, "-c", nothing).stdout for option in ("--table", "--csv", "--json", "--jsonl")]
    assert outputs == [b"Empty set\n", b"a\n", b"[]\n", b""]


def test_two_formats_exclude_each_other(aisql: Aisql) -> None:
    done = aisql("--csv", "--json", "-c", "SELECT 1")
    assert (done.stdout, done.status) == (b"", 2)
    assert "not allowed with argument" in done.stderr


def test_the_version_is_one_line(aisql: Aisql) -> None:
    done = aisql("--version")
    assert (done.stderr, done.status) == ("", 0)
    assert done.text.split()[0] == "aisql"
    assert done.text.count("\n") == 1


def test_help_is_plain_text_and_names_every_option(aisql: Aisql) -> None:
    done = aisql("--help")
    assert (done.stderr, done.status) == ("", 0)
    assert b"\x1b" not in done.stdout
    for option in (
        "-c SQL",
        "-f FILE",
        "-v NAME=VALUE",
        "--catalog",
        "--memory",
        "--on-error",
        "--csv",
        "--json",
    ):
        assert option in done.text
    for colour in ({"NO_COLOR": "1"}, {"FORCE_COLOR": "1", "NO_COLOR": "1"}, {"TERM": "dumb"}):
        assert aisql("--help", env=colour).stdout == done.stdout


def test_every_door_is_the_same_program(aisql: Aisql) -> None:
    script = Path(sys.executable).with_name("aisql")
    arguments = ("-c", "SHOW MODELS; SELECT 1; SELECT nosuch")
    as_module = aisql(*arguments)
    assert as_module.status == 1
    assert aisql(*arguments, command=(str(script),)) == as_module
    assert aisql("--help", command=(str(script),)) == aisql("--help")


EVERYTHING = """\
-- one script, three ways in
CREATE TABLE t (id INTEGER, body TEXT);
INSERT INTO t VALUES (1, 'I love it'), (2, 'awful; really'), (3, NULL);
CREATE MODEL mood INPUT (i STRING) OUTPUT (mood STRING)
  WITH ('provider'='builtin', 'model'='demo', 'system-prompt'='Sentiment');
SHOW MODELS; DESCRIBE MODEL mood; SHOW CREATE MODEL mood;
SELECT id, ai_complete('mood', body) AS mood FROM t; -- ; not here
SELECT * FROM ML_PREDICT(TABLE t, MODEL mood, DESCRIPTOR(body));
SELECT body FROM t WHERE ai_classify('builtin:demo', body, ARRAY('positive', 'negative')) = 'negative';
SET ai.concurrency = 3; SET;
SHOW TABLES; DESCRIBE t;
SELECT ';' AS semicolon, '--' AS dashes, "id" FROM t LIMIT 1;
DROP MODEL mood; DROP TABLE t;
SELECT 'the end, without a semicolon' AS last"""


@pytest.mark.parametrize("option", ["--table", *long("--csv", "--json", "--jsonl")])
def test_command_file_and_stdin_never_disagree(aisql: Aisql, option: str) -> None:
    aisql.write("everything.sql", EVERYTHING)
    as_command = aisql(option, "-c", EVERYTHING)
    assert (as_command.stderr, as_command.status) == ("", 0)
    assert b"negative" in as_command.stdout
    assert as_command.stdout.count(b"the end") == 1
    assert aisql(option, "-f", "everything.sql") == as_command
    assert aisql(option, stdin=EVERYTHING) == as_command
    if option == "--table":
        assert aisql(option, "everything.sql") == as_command
        assert aisql(option, "-f", "-", stdin=EVERYTHING.replace("\n", "\r\n")) == as_command


def test_relative_paths_start_in_the_work_folder(aisql: Aisql) -> None:
    aisql("-c", "CREATE DATABASE d WITH ('path'='d.sqlite'); USE d; CREATE TABLE t (a)")
    assert (aisql.work / "d.sqlite").exists()
    assert [path.name for path in aisql.work.iterdir()] == ["d.sqlite"]


def test_a_catalog_is_no_database_of_tables(aisql: Aisql) -> None:
    done = aisql("--catalog", "x.db", "x.db", "-c", "SELECT 1")
    assert (done.stdout, done.status) == (b"", 2)
    assert done.first == "aisql: error: x.db cannot be the catalog and the database at once"


def test_a_variable_has_a_name_that_can_be_used(aisql: Aisql) -> None:
    assert aisql("--memory", "-v", "a b=1", "-c", "SELECT 1").status == 2
