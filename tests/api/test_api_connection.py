"""aisql from Python: connections, statements, models from provider objects."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from array import array
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy
import pytest
from server import STUCK, vector

import aisql
from aisql.errors import CatalogError, OpenError, OptionError, SqlError, StatementError, UsageError
from aisql.providers import DashScopeProvider, OpenAICompatProvider
from aisql.vectors import pack

KEY = "sk-very-secret-0123456789"
NUMBERS = "WITH RECURSIVE g(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM g LIMIT 300) SELECT n FROM g"


def rows(connection, sql, variables=None):
    return list(connection.execute(sql, variables).rows)


def chat(server, **parameters):
    endpoint = f"{server.url}/chat/completions"
    return OpenAICompatProvider(endpoint=endpoint, api_key=KEY, model="some-model", **parameters)


def answer_one(server):
    """Has the first request answered; the next one waits at the gate."""
    usual = server.answer

    def answer(body):
        if len(server.requests) == 1:
            server.gate.clear()
        return usual(body)

    server.answer = answer


def asks_one_more(connection, server):
    """Whether nothing of an earlier statement goes out before the next question but what is under way."""
    server.gate.set()
    assert rows(connection, "SELECT ai_complete('openai:m', 'one more')") == [("echo: one more",)]
    return len(server.requests) <= 1 + 1 + 1


# -- models ------------------------------------------------------------------------------------------


def test_a_provider_object_becomes_a_model_that_answers(connection, server):
    server.key = KEY
    result = connection.create_model("m", chat(server, system_prompt="Be brief.", max_tokens=9))
    assert result.notices == []
    assert rows(connection, "SELECT ai_complete('m', 'hello')") == [("echo: hello",)]
    assert server.bodies == [
        {
            "model": "some-model",
            "messages": [
                {"role": "system", "content": "Be brief."},
                {"role": "user", "content": "hello"},
            ],
            "max_tokens": 9,
        }
    ]


def test_a_model_for_embeddings_gives_vectors(connection, server):
    provider = OpenAICompatProvider(
        endpoint=f"{server.url}/embeddings", api_key=KEY, model="e", system_prompt="", dimension=3
    )
    connection.create_model("e", provider)
    assert rows(connection, "DESCRIBE MODEL e") == [
        ("input", "STRING", "TRUE", "TRUE"),
        ("output", "ARRAY<FLOAT>", "TRUE", "FALSE"),
    ]
    [(numbers,)] = rows(connection, "SELECT ai_embedding('e', 'x')")
    assert numbers == vector("x", 3)


def test_columns_of_a_model_are_named_as_one_likes(connection, server):
    columns = {"the text": "VARCHAR(10)"}, {"a`b": "STRING NOT NULL COMMENT 'what it says'"}
    connection.create_model("m", chat(server), input=columns[0], output=columns[1])
    assert rows(connection, "DESCRIBE MODEL m") == [
        ("the text", "VARCHAR(10)", "TRUE", "TRUE", ""),
        ("a`b", "STRING", "FALSE", "FALSE", "what it says"),
    ]


def test_a_name_may_say_the_database_and_values_may_hold_anything(connection, server):
    connection.execute("CREATE DATABASE other")
    prompt = 'It\'s "quoted"; `so` -- and /* so */ ${NAME}\n你好'
    connection.create_model("other.my model", chat(server, user_prompt=prompt))
    assert rows(connection, "SHOW MODELS IN other") == [("my model",)]
    [(text,)] = rows(connection, "SHOW CREATE MODEL other.`my model`")
    assert prompt.replace("'", "''") in text
    connection.execute(text.replace("my model", "copy"))
    assert rows(connection, "SHOW MODELS IN other") == [("copy",), ("my model",)]


def test_a_model_is_made_as_the_statement_would_make_it(connection, server):
    connection.create_model("m", chat(server))
    with pytest.raises(CatalogError, match="already exists in Catalog"):
        connection.create_model("m", chat(server))
    connection.create_model("m", chat(server, seed=1), if_not_exists=True)
    assert "'seed'" not in rows(connection, "SHOW CREATE MODEL m")[0][0]
    connection.create_model("m", chat(server, seed=2), or_replace=True)
    assert "'seed' = '2'" in rows(connection, "SHOW CREATE MODEL m")[0][0]
    connection.create_model("t", chat(server), temporary=True)
    assert rows(connection, "SHOW MODELS") == [("m",)]
    connection.execute("DROP TEMPORARY MODEL t")


def test_what_a_model_lacks_is_told_in_the_notices(connection):
    result = connection.create_model("m", DashScopeProvider(temperatur=1))
    assert result.notices[0].startswith("option 'temperatur' is not known")
    assert "option 'model' is missing" in result.notices


def test_an_option_that_sql_has_no_place_for_is_refused(connection):
    with pytest.raises(OptionError) as caught:
        connection.create_model("m", OpenAICompatProvider(content_type=["TEXT", "IMAGE_URL"]))
    assert caught.value.message == "option 'content-types' is not supported, got 'TEXT;IMAGE_URL'"
    assert rows(connection, "SHOW MODELS") == []


@pytest.mark.parametrize(
    ("parameters", "columns"),
    [({"temperature": 3}, None), ({"extra_header": f"[{KEY}"}, None), ({}, {"x": "NO_TYPE"})],
)
def test_no_error_about_a_model_holds_its_key(connection, server, parameters, columns):
    with pytest.raises(StatementError) as caught:
        connection.create_model("m", chat(server, **parameters), input=columns)
    assert KEY not in f"{caught.value} {caught.value.hint} {caught.value!r}"


# -- statements --------------------------------------------------------------------------------------


def test_statements_run_in_order_and_the_last_result_is_given(connection, server):
    result = connection.execute(
        f"CREATE TABLE t AS {NUMBERS} WHERE n <= 3;"
        "SELECT ai_complete('openai:m', 'number ' || n) FROM t; -- is read to its end\n"
        "SELECT n FROM t ORDER BY n DESC;"
    )
    assert len(server.requests) == 3
    assert [column.name for column in result.columns] == ["n"]
    assert list(result.rows) == [(3,), (2,), (1,)]


def test_a_text_without_statements_gives_nothing(connection):
    result = connection.execute(" ; -- nothing")
    assert (result.columns, list(result.rows)) == ((), [])


def test_changes_and_notices_come_with_the_result(connection):
    connection.execute("CREATE TABLE t (a)")
    assert connection.execute("INSERT INTO t VALUES (1), (2)").changes == 2
    result = connection.execute("SET x.y = 1; SET z = 2; SELECT a FROM t")
    assert list(result.rows) == [(1,), (2,)]
    assert result.notices == [f"'{name}' is no setting of aisql and has no effect" for name in ("x.y", "z")]


def test_a_statement_that_fails_is_raised_and_those_behind_it_are_not_run(connection):
    with pytest.raises(SqlError, match="no such table: missing"):
        connection.execute("CREATE TABLE t (a); SELECT * FROM missing; DROP TABLE t")
    assert rows(connection, "SELECT count(*) FROM t") == [(0,)]


def test_an_error_in_a_later_row_is_raised_when_it_is_read(connection):
    result = connection.execute("SELECT 1 AS a UNION ALL SELECT abs(-9223372036854775807 - 1)")
    assert next(result.rows) == (1,)
    with pytest.raises(SqlError, match="integer overflow"):
        next(result.rows)


def test_a_result_that_is_left_early_asks_no_more(connection, server):
    connection.execute(f"CREATE TABLE t AS {NUMBERS}; SET ai.concurrency = 1")
    answer_one(server)
    with connection.execute("SELECT ai_complete('openai:m', 'number ' || n) FROM t") as result:
        assert next(result.rows) == ("echo: number 1",)
    assert list(result.rows) == []
    assert asks_one_more(connection, server)


# -- variables ---------------------------------------------------------------------------------------


def test_variables_of_a_statement_are_values_as_they_are(connection):
    values = {"a": "7", "b": 2.5, "c": b"\x00", "d": None, "e": True, "f": "it's; -- 你好"}
    assert rows(connection, "SELECT :a, :b, :c, :d, :e, $f, @a", values) == [
        ("7", 2.5, b"\x00", None, 1, "it's; -- 你好", "7")
    ]
    with pytest.raises(SqlError, match="variable :a is not set"):
        connection.execute("SELECT :a")


def test_variables_of_a_statement_stand_before_those_of_the_connection(connect):
    connection = connect(variables={"a": "1", "b": "x"})
    assert rows(connection, "SELECT :a, :b", {"b": "y"}) == [(1, "y")]
    assert rows(connection, "SELECT :a, :b") == [(1, "x")]


def test_results_that_are_read_by_turns_keep_their_variables(connection, server):
    connection.execute(f"CREATE TABLE t AS {NUMBERS} LIMIT 50; SET ai.concurrency = 2")
    sql = "SELECT ai_complete('openai:m', :word || n) FROM t"
    first, second = (connection.execute(sql, {"word": word}).rows for word in ("one ", "two "))
    pairs = list(zip(first, second, strict=True))
    assert pairs == [((f"echo: one {n}",), (f"echo: two {n}",)) for n in range(1, 51)]


def test_ctrl_c_ends_a_statement_with_variables(connection, server):
    answer_one(server)
    connection.execute("SET ai.concurrency = 1")
    result = connection.execute(f"SELECT ai_complete('openai:m', :x || n) FROM ({NUMBERS})", {"x": "x"})

    def press():
        with result:
            next(result.rows)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        press()
    assert list(result.rows) == []
    assert asks_one_more(connection, server)


@pytest.mark.parametrize(
    "numbers",
    [[0.5, -2], (0.5, -2.0), array("f", [0.5, -2]), numpy.array([0.5, -2])],
    ids=lambda each: type(each),
)
def test_numbers_in_a_row_go_in_as_a_vector_and_come_out_as_a_list(connection, numbers):
    connection.execute("CREATE TABLE t (v)")
    connection.execute("INSERT INTO t VALUES (:v)", {"v": numbers})
    assert rows(connection, "SELECT v, hex(v), vector_json(:v) FROM t", {"v": numbers}) == [
        ([0.5, -2.0], pack((0.5, -2.0)).hex().upper(), "[0.5, -2.0]")
    ]
    assert rows(connection, "DELETE FROM t RETURNING v, x'00'") == [([0.5, -2.0], b"\0")]


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ({1}, "variable :x is of type set"),
        ([], "variable :x is no vector: no numbers, or one that is not finite"),
        ([1e39], "variable :x is no vector: a number that float32 cannot hold"),
        (2**63, "variable :x has more than 64 bits"),
    ],
)
def test_a_variable_that_is_no_value_of_sql_is_refused(connection, value, message):
    with pytest.raises(UsageError) as caught:
        connection.execute("SELECT :x", {"x": value})
    assert caught.value.message == message


# -- opening and closing -----------------------------------------------------------------------------


def test_a_database_file_keeps_tables_and_the_catalog_keeps_models(connect, server, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with connect("my.db") as connection:
        connection.execute("CREATE TABLE t (a); INSERT INTO t VALUES (1)")
        connection.create_model("m", chat(server))
    connection = connect(Path("my.db"))
    assert rows(connection, "SELECT a FROM t") == [(1,)]
    assert rows(connection, "SHOW MODELS") == [("m",)]


def test_closing_rolls_back_ends_results_and_can_be_done_twice(connect, server, tmp_path):
    connection = connect(tmp_path / "my.db")
    connection.execute(f"CREATE TABLE t AS {NUMBERS}; SET ai.concurrency = 2; BEGIN; DELETE FROM t")
    plain = connection.execute("SELECT n FROM t").rows
    server.latency = 0.05
    unread = connection.execute(f"SELECT ai_complete('openai:m', 'number ' || n) FROM ({NUMBERS})").rows
    bound = connection.execute(f"SELECT ai_complete('openai:m', :x || n) FROM ({NUMBERS})", {"x": "x"}).rows
    assert (next(unread), next(bound)) == (("echo: number 1",), ("echo: x1",))
    connection.close()
    connection.close()
    for left in (plain, unread, bound):
        with pytest.raises(UsageError, match="the connection is closed"):
            next(left)
    assert len(server.requests) < 200
    assert rows(connect(tmp_path / "my.db"), "SELECT count(*) FROM t") == [(300,)]


def test_a_closed_connection_says_so(connect, server):
    with connect() as connection:
        pass
    for use in (lambda: connection.execute("SELECT 1"), lambda: connection.create_model("m", chat(server))):
        with pytest.raises(UsageError, match="the connection is closed"):
            use()


def test_settings_are_those_of_set(connect):
    connection = connect(settings={"ai.max_calls": 2, "AI.cache": "off"}, variables={"n": "5"})
    settings = dict(rows(connection, "SET"))
    assert (settings["ai.max_calls"], settings["ai.cache"], settings["ai.timeout"]) == ("2", "off", "60s")


@pytest.mark.parametrize(
    ("settings", "error", "message"),
    [
        (
            {"ai.cache": "never"},
            OptionError,
            "setting 'ai.cache' must be on, off, refresh or only, got 'never'",
        ),
        ({"ai.cach": "on"}, StatementError, "there is no setting 'ai.cach'"),
        ({"cache": "on"}, UsageError, "'cache' is no setting of aisql and has no effect"),
    ],
)
def test_a_setting_that_makes_no_sense_is_refused(connect, settings, error, message):
    with pytest.raises(error) as caught:
        connect(settings=settings)
    assert caught.value.message == message


def test_a_file_that_is_no_database_is_not_opened(connect, tmp_path):
    with pytest.raises(OpenError, match="cannot open"):
        connect(tmp_path)
    with pytest.raises(UsageError, match="cannot be the catalog and the database at once"):
        connect(tmp_path / "x" / ".." / "catalog.sqlite")


# -- where it runs -----------------------------------------------------------------------------------


def test_it_works_in_another_thread(connect, server, tmp_path):
    def work():
        with connect(tmp_path / "my.db") as connection:
            connection.execute(f"BEGIN; CREATE TABLE t AS {NUMBERS} WHERE n <= 3; COMMIT")
            return rows(connection, "SELECT ai_complete('openai:m', 'number ' || n) FROM t ORDER BY n")

    with ThreadPoolExecutor(1) as threads:
        assert threads.submit(work).result(STUCK) == [(f"echo: number {n}",) for n in (1, 2, 3)]


def test_a_connection_can_be_handed_to_another_thread(connection):
    sql = "SELECT ai_complete('openai:m', 'hello')"
    connection.execute("CREATE TABLE t (a)")
    with ThreadPoolExecutor(1) as threads:
        assert threads.submit(rows, connection, sql).result(STUCK) == [("echo: hello",)]
        assert rows(connection, f"SELECT a FROM t UNION ALL {sql}") == [("echo: hello",)]
        threads.submit(connection.close).result(STUCK)


def test_a_connection_is_not_closed_under_a_result_of_another_thread(connection):
    result = connection.execute(f"SELECT ai_complete('openai:m', 'number ' || n) FROM ({NUMBERS})")
    assert next(result.rows) == ("echo: number 1",)
    with ThreadPoolExecutor(1) as threads:
        with pytest.raises(UsageError, match="a result is being read in another thread"):
            threads.submit(connection.close).result(STUCK)
        assert next(result.rows) == ("echo: number 2",)
        result.close()
        threads.submit(connection.close).result(STUCK)


def test_it_works_where_an_event_loop_runs_as_in_a_notebook(connection):
    async def cell():
        connection.execute("SET ai.concurrency = 4")
        return rows(connection, f"SELECT ai_complete('openai:m', 'number ' || n) FROM ({NUMBERS} LIMIT 3)")

    assert asyncio.run(cell()) == [(f"echo: number {n}",) for n in (1, 2, 3)]


def run(folder, *lines):
    """Runs a Python program of a user with a home of its own; gives what it prints."""
    homes = {f"XDG_{kind}_HOME": str(folder / kind.lower()) for kind in ("DATA", "CACHE", "STATE", "CONFIG")}
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", "\n".join(lines)],
        cwd=folder,
        env=os.environ | homes,
        capture_output=True,
        text=True,
        timeout=STUCK,
        check=False,
    )
    assert done.stderr == ""
    return done.stdout


def test_without_a_path_it_is_the_database_of_the_prompt(tmp_path):
    out = run(
        tmp_path,
        "import aisql, subprocess, sys",
        "with aisql.connect() as connection:",
        "    connection.execute('CREATE TABLE t (a); INSERT INTO t VALUES (1)')",
        "sys.stdout.flush()",
        "subprocess.run([sys.executable, '-m', 'aisql', '--csv', '-c', 'SELECT a FROM t'], check=True)",
    )
    assert out == "a\n1\n"
    assert [path.name for path in (tmp_path / "data" / "aisql").iterdir()] == [
        "default_catalog.default_database.sqlite"
    ]


def test_a_program_pays_only_for_what_it_uses(tmp_path):
    heavy = ("httpx", "aiohttp", "lark", "rich", "prompt_toolkit", "asyncio", "greenlet", "apsw", "keyring")
    out = run(
        tmp_path,
        "import sys, aisql",
        "print([name for name in sys.modules if name.startswith('aisql.')])",
        "from aisql.providers import OpenAICompatProvider, DashScopeProvider",
        f"print([name for name in {heavy} if name in sys.modules])",
        "list(aisql.connect(':memory:').execute('SELECT 1').rows)",
        f"print([name for name in {heavy} if name in sys.modules])",
    )
    assert out == "[]\n[]\n['apsw']\n"


def test_the_package_has_these_names_and_no_others():
    assert (aisql.connect.__module__, aisql.Connection.__module__) == ("aisql.api", "aisql.api")
    with pytest.raises(AttributeError, match="module 'aisql' has no attribute 'open'"):
        aisql.open  # noqa: B018


def test_what_needs_names_is_given_with_names(connection):
    with pytest.raises(UsageError, match="variables are of type tuple"):
        connection.execute("SELECT ?", ("x",))
    with pytest.raises(UsageError, match="columns are of type str"):
        connection.create_model("m", OpenAICompatProvider(model="m"), input="t STRING")


def test_rows_that_were_not_read_are_not_taken_for_none():
    with aisql.connect(":memory:") as connection:
        result = connection.execute("SELECT 1 UNION ALL SELECT 2")
        assert next(result.rows) == (1,)
        whole = connection.execute("SELECT 3")
        assert list(whole.rows) == [(3,)]
    with pytest.raises(UsageError, match="the connection is closed"):
        next(result.rows)
    assert list(whole.rows) == []


def test_settings_of_the_config_file_hold_and_arguments_win(connect, tmp_path):
    folder = tmp_path / "config" / "aisql"
    folder.mkdir(parents=True)
    (folder / "config.toml").write_text("[ai]\nmax_calls = 5\nconcurrency = 2\nretry_num = -1\n", "utf-8")
    with pytest.warns(UserWarning, match=r"config.toml:4: ai.retry_num must be a whole number of 0 or more"):
        connection = connect(settings={"ai.concurrency": 3})
    told = dict(connection.execute("SET").rows)
    assert (told["ai.max_calls"], told["ai.concurrency"], told["ai.retry_num"]) == ("5", "3", "100")
