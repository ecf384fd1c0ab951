"""What goes wrong is said on stderr in one first line, with the status the documentation gives it."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest
from length import long
from run_aisql import Aisql, Completed
from server import BROKEN, UNAUTHORIZED, Fault, ModelServer

# ------------------------------------------------------------------ statements

STATEMENTS = {
    "an unterminated string is marked where it begins": (
        "SELECT 'a', 'abc",
        "<command>:1: error: unterminated string\n"
        "  1 | SELECT 'a', 'abc\n"
        "    |             ^\n"
        "hint: it begins here and is never closed\n",
    ),
    "so is one over several lines": (
        "SELECT 1,\n 'abc\n;\nSELECT 2;",
        "<command>:2: error: unterminated string\n"
        "  2 |  'abc\n"
        "    |  ^\n"
        "hint: it begins here and is never closed\n",
    ),
    "an unterminated comment is marked where it begins": (
        "SELECT 1 /* and so on",
        "<command>:1: error: unterminated comment\n"
        "  1 | SELECT 1 /* and so on\n"
        "    |          ^^\n"
        "hint: it begins here and is never closed\n",
    ),
    "a missing table": (
        "SELECT * FROM review",
        "<command>:1: error: no such table: review\n"
        "  1 | SELECT * FROM review\n"
        "    |               ^^^^^^\n"
        'hint: did you mean "reviews"?\n',
    ),
    "a missing column": (
        "SELECT id,\n       bdoy FROM reviews",
        "<command>:2: error: no such column: bdoy\n"
        "  2 |        bdoy FROM reviews\n"
        "    |        ^^^^\n"
        'hint: did you mean "body"?\n',
    ),
    "a column of wide characters before the place": (
        "SELECT '很好', bdoy FROM reviews",
        "<command>:1: error: no such column: bdoy\n"
        "  1 | SELECT '很好', bdoy FROM reviews\n"
        "    |                ^^^^\n"
        'hint: did you mean "body"?\n',
    ),
    "a missing column beside an AI call": (
        "SELECT ai_complete('builtin:demo', body), bdoy FROM reviews",
        "<command>:1: error: no such column: bdoy\n"
        "  1 | SELECT ai_complete('builtin:demo', body), bdoy FROM reviews\n"
        "    |                                           ^^^^\n"
        'hint: did you mean "body"?\n',
    ),
    "a missing column inside an AI call": (
        "SELECT ai_complete('builtin:demo', bdoy) FROM reviews",
        "<command>:1: error: no such column: bdoy\n"
        "  1 | SELECT ai_complete('builtin:demo', bdoy) FROM reviews\n"
        "    |                                    ^^^^\n"
        'hint: did you mean "body"?\n',
    ),
    "a misspelled keyword": (
        "SELEC 1",
        '<command>:1: error: near "SELEC": syntax error\n  1 | SELEC 1\n    | ^^^^^\n',
    ),
    "a variable that is not bound": (
        "SELECT :nosuch",
        "<command>:1: error: variable :nosuch is not set\nhint: start with -v nosuch=VALUE\n",
    ),
    "a statement of ours that breaks off": (
        "CREATE MODEL m INPUT (i STRING) OUTPUT",
        None,
    ),
}


@pytest.fixture(scope="module")
def reviews(tmp_path_factory: pytest.TempPathFactory, cache_directory: Path) -> Aisql:
    """A user with a table `reviews`, for statements that change nothing."""
    folder = tmp_path_factory.mktemp("reviews")
    (folder / "work").mkdir()
    user = Aisql(folder / "home", folder / "work", cache_directory)
    user("-c", "CREATE TABLE reviews (id INTEGER, body TEXT); INSERT INTO reviews VALUES (1, 'text')")
    return user


@pytest.mark.parametrize("name", STATEMENTS)
def test_a_wrong_statement_is_shown_with_its_place(reviews: Aisql, name: str) -> None:
    script, expected = STATEMENTS[name]
    done = reviews("-c", script, env={"LANG": "C"})
    assert (done.stdout, done.status) == (b"", 1)
    assert done.first.startswith("<command>:")
    if expected is not None:
        assert done.stderr == expected


OPTIONS = {
    "'temperature'='9'": "Option 'temperature' must be a number in [0, 2), got '9'",
    "'temperature'='2'": "Option 'temperature' must be a number in [0, 2), got '2'",
    "'top-p'='1.5'": "Option 'top-p' must be a number in [0, 1], got '1.5'",
    "'max-tokens'='0'": "Option 'max-tokens' must be an integer >= 1, got '0'",
    "'n'='many'": "Option 'n' must be an integer >= 1, got 'many'",
    "'content-type'='SOUND'": "Option 'content-type' must be one of TEXT, IMAGE_URL, got 'SOUND'",
}


def test_a_wrong_option_names_what_is_valid(aisql: Aisql) -> None:
    make = "CREATE MODEL m INPUT (i STRING) OUTPUT (o STRING) WITH ('provider'='builtin', {});"
    script = "\n".join(map(make.format, OPTIONS)) + "\nSHOW MODELS;"
    done = aisql("--on-error", "continue", "-c", script)
    firsts = [line for line in done.stderr.splitlines() if line.startswith("<command>:")]
    assert firsts == [f"<command>:{line}: error: {text}" for line, text in enumerate(OPTIONS.values(), 1)]
    assert (done.stdout, done.status) == (b"Empty set\n", 1)


def test_documented_codes_are_in_the_first_line(aisql: Aisql) -> None:
    script = "SELECT ai_complete('endpoint:nosuch', 'x');\nSELECT ai_complete('nosuch', 'x');"
    done = aisql("--on-error", "continue", "-c", script)
    firsts = [line for line in done.stderr.splitlines() if line.startswith("<command>:")]
    assert firsts == [
        "<command>:1: error: CZLH-67000: No available endpoints found",
        "<command>:2: error: CZLH-65000: Invalid model coordinates: 'nosuch'",
    ]
    assert done.status == 1


def test_an_unqualified_table_is_looked_for_in_the_current_database_only(aisql: Aisql) -> None:
    script = (
        "CREATE DATABASE d; USE d; CREATE TABLE t (a); INSERT INTO t VALUES (1); USE default_database;"
        "SELECT * FROM d.t; SELECT * FROM t"
    )
    done = aisql("--csv", "-c", script)
    assert (done.stdout, done.first, done.status) == (b"a\n1\n", "<command>:1: error: no such table: t", 1)


def test_a_broken_statement_leaves_nothing_half_done(aisql: Aisql) -> None:
    make = "CREATE MODEL kept INPUT (i STRING) OUTPUT (o STRING) WITH ('provider'='builtin', 'seed'='1');"
    aisql("-c", f"{make} CREATE TABLE t (a UNIQUE); INSERT INTO t VALUES (1)")
    broken = [
        "INSERT INTO t SELECT value FROM json_each('[2, 3, 1]')",
        "UPDATE t SET a = ai_complete('endpoint:nosuch', 'x')",
        "INSERT INTO t VALUES (4), (ai_complete('nosuch', 'x'))",
        "CREATE TABLE made AS SELECT ai_complete('nosuch', 'x') AS a",
        "CREATE TABLE made AS SELECT nosuch FROM t",
        "CREATE MODEL made INPUT (i STRING) OUTPUT (o STRING) WITH ('provider'='builtin', 'temperature'='9')",
        "ALTER MODEL kept SET ('model'='demo', 'temperature'='9')",
        "CREATE OR REPLACE MODEL kept OUTPUT (o STRING) INPUT (i STRING) WITH ('provider'='builtin')",
        "CREATE DATABASE made WITH ('nosuch'='x')",
        "CREATE API CONNECTION made TYPE ai_function PROVIDER = 'openai' REGION = 'x'",
        "SET ai.concurrency = 0",
    ]
    look = (
        "SELECT * FROM t; SHOW TABLES; SHOW MODELS; SHOW CREATE MODEL kept; SHOW DATABASES;"
        "SHOW CONNECTIONS; SET;"
    )
    before = aisql("-c", look)
    done = aisql("--on-error", "continue", "-c", ";\n".join(broken) + f";\n{look}")
    errors = [line for line in done.stderr.splitlines() if line.startswith("<command>:")]
    assert [int(line.split(":")[1]) for line in errors] == list(range(1, len(broken) + 1))
    assert done.stdout == before.stdout
    assert aisql("-c", look) == before


def test_what_ran_before_a_broken_statement_stays(aisql: Aisql) -> None:
    aisql("-c", "CREATE TABLE t (a); INSERT INTO t VALUES (1); SELECT nosuch; INSERT INTO t VALUES (2)")
    assert aisql("--csv", "-c", "SELECT * FROM t").stdout == b"a\n1\n"


def test_an_open_transaction_is_rolled_back_when_a_batch_fails(aisql: Aisql) -> None:
    aisql("-c", "CREATE TABLE t (a)")
    assert aisql("-c", "BEGIN; INSERT INTO t VALUES (1); SELECT nosuch; COMMIT").status == 1
    assert aisql("--csv", "-c", "SELECT * FROM t").stdout == b"a\n"


# ------------------------------------------------------------------ arguments and files


def test_an_unknown_option_is_a_usage_error(aisql: Aisql) -> None:
    done = aisql("--nosuch")
    assert (done.stdout, done.status) == (b"", 2)
    assert done.stderr.splitlines()[-1] == "aisql: error: unrecognized arguments: --nosuch"


@pytest.mark.parametrize(
    ("arguments", "first"),
    [
        (("-f", "nosuch.sql"), "aisql: error: cannot read nosuch.sql: No such file or directory"),
        (("nosuch.sql",), "aisql: error: cannot read nosuch.sql: No such file or directory"),
        (("-f", "."), "aisql: error: cannot read .: Is a directory"),
        (("-f", "latin.sql"), "aisql: error: cannot read latin.sql: it is not UTF-8"),
        (("file.unknown",), "aisql: error: file.unknown: what kind of file this is cannot be told"),
        (("one.db", "two.db"), "aisql: error: only one database file can be given"),
        (("--memory", "one.db"), "aisql: error: --memory and a database file exclude each other"),
        (("-v", "name"), "aisql: error: -v name: a variable is written NAME=VALUE"),
        (("-v", "=value"), "aisql: error: -v =value: a variable is written NAME=VALUE"),
    ],
)
def test_wrong_arguments_are_a_usage_error(aisql: Aisql, arguments: tuple[str, ...], first: str) -> None:
    aisql.write("latin.sql", "SELECT 'é'".encode("latin-1"))
    done = aisql(*arguments)
    assert (done.stdout, done.first, done.status) == (b"", first, 2)


def test_arguments_that_are_not_utf_8_are_a_usage_error(aisql: Aisql) -> None:
    done = aisql("--memory", "-c", "SELECT '\udcff'")
    assert (done.stdout, done.status) == (b"", 2)
    assert "UTF-8" in done.first


def test_a_nul_character_in_a_script_is_an_error_of_its_statement(aisql: Aisql) -> None:
    done = aisql("--memory", "--csv", stdin="SELECT 1 AS a; SELECT '\0'; SELECT 2")
    assert (done.stdout, done.status) == (b"a\n1\n", 1)
    assert done.first.startswith("<stdin>:1: error: ")


def test_an_unreadable_script_stops_where_its_turn_comes(aisql: Aisql) -> None:
    done = aisql("--csv", "-c", "SELECT 1 AS a", "-f", "nosuch.sql", "-c", "SELECT 2 AS a")
    assert (done.stdout, done.status) == (b"a\n1\n", 2)


def test_a_file_that_is_no_database_cannot_be_opened(aisql: Aisql) -> None:
    aisql.write("text.db", "this is not a database, and long enough to be seen as none\n" * 20)
    as_database = aisql("text.db", "-c", "SELECT * FROM t")
    assert (as_database.stdout, as_database.status) == (b"", 3)
    assert "cannot open text.db: it is not a SQLite database" in as_database.first
    as_catalog = aisql("--memory", "--catalog", "text.db", "-c", "SHOW MODELS")
    assert (as_catalog.stdout, as_catalog.status) == (b"", 3)
    assert "text.db is not a SQLite file" in as_catalog.first


def test_a_home_that_cannot_be_written_stops_only_what_needs_it(aisql: Aisql) -> None:
    file = aisql.write("file", "")
    below = {f"XDG_{kind}_HOME": f"{file}/{kind}" for kind in ("DATA", "CACHE", "STATE", "CONFIG")}
    env = below | {"HOME": f"{file}/home"}
    default = aisql("-c", "SELECT 1", env=env)
    assert (default.stdout, default.status) == (b"", 3)
    assert default.first.startswith(f"aisql: error: cannot open {file}/DATA/aisql/")
    assert "--memory" in default.stderr
    assert aisql("--memory", "--csv", "-c", "SELECT 1 AS a", env=env) == (b"a\n1\n", "", 0)
    with_calls = "SET ai.concurrency = 2; SELECT ai_complete('builtin:demo', 'Sentiment: good') AS a"
    catalog = aisql.work / "catalog.sqlite"
    without_cache = aisql("--memory", "--csv", "--catalog", catalog, "-c", with_calls, env=env)
    assert without_cache == (b"a\npositive\n", "", 0)
    env["XDG_CACHE_HOME"] = str(aisql.cache)  # to build the grammar once is enough
    reading = aisql("--memory", "-c", "SHOW MODELS", env=env)
    assert (reading.stdout, reading.status) == (b"Empty set\n", 0)
    made = aisql("--memory", "-c", "CREATE MODEL m WITH ('provider' = 'builtin')", env=env)
    assert (made.stdout, made.status) == (b"", 3)


# ------------------------------------------------------------------ providers


CALL = "ai_complete('m', 'hi')"


def ask(aisql: Aisql, url: str, *more: str, options: str = "", call: str = CALL) -> Completed:
    """Asks a model at the address, once; the key is `sk-of-this-test`."""
    make = (
        "CREATE TEMPORARY MODEL m INPUT (i STRING) OUTPUT (o STRING) WITH ('provider'='openai-compat',"
        f"'endpoint'='{url}/chat/completions','model'='gpt-x','api-key'='sk-of-this-test','retry-num'='0'"
        f"{options});\n"
    )
    return aisql("--memory", "--csv", *more, "-c", f"{make}SELECT {call} AS a")


def test_an_answer_comes_back(aisql: Aisql, server: ModelServer) -> None:
    server.key = "sk-of-this-test"
    assert ask(aisql, server.url) == (b"a\necho: hi\n", "", 0)
    assert server.bodies[0]["model"] == "gpt-x"


def test_a_host_that_is_not_there(aisql: Aisql) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))  # bound and not listening: nobody else gets the port
        host = f"127.0.0.1:{closed.getsockname()[1]}"
        done = ask(aisql, f"http://{host}/v1")
    assert (done.stdout, done.status) == (b"", 3)
    reason = f"openai-compat gpt-x: cannot reach {host}: Connection refused"
    assert done.first == f"<command>:2: error: {CALL}: {reason} (1 attempt)"


FAULTS = {
    "401": (
        UNAUTHORIZED,
        3,
        "openai-compat gpt-x: authentication failed (401): Incorrect API key provided.",
    ),
    "500": (BROKEN, 1, "openai-compat gpt-x: HTTP 500 Internal Server Error: The server had an error."),
    "HTML error page": (
        Fault(503, "<html><body><h1>Service Unavailable</h1></body></html>"),
        1,
        "openai-compat gpt-x: HTTP 503 Service Unavailable",
    ),
    "HTML page that is a success": (
        Fault(200, "<html><body>Welcome</body></html>"),
        1,
        "openai-compat gpt-x answered with something that is not JSON",
    ),
    "redirect": (
        Fault(302, "", {"Location": "http://127.0.0.1:1/"}),
        1,
        "openai-compat gpt-x: HTTP 302 Found: redirects are not followed",
    ),
    "truncated JSON": (
        Fault(200, '{"choices": [{"message": {"con'),
        1,
        "openai-compat gpt-x answered with something that is not JSON",
    ),
    "truncated answer": (
        Fault(200, {"choices": ["x" * 200]}, truncate=50),
        1,
        "openai-compat gpt-x: {host} broke off in the middle of its answer",
    ),
    "no choices": (Fault(200, {"choices": []}), 1, "openai-compat gpt-x gave an answer that has no choices"),
    "no answer": (
        Fault(close=True),
        3,
        "openai-compat gpt-x: cannot reach {host}: it closed the connection without an answer",
    ),
}


SHORT = ("401", "no answer")


@pytest.mark.parametrize("name", [*SHORT, *long(*(name for name in FAULTS if name not in SHORT))])
def test_a_provider_that_fails(aisql: Aisql, server: ModelServer, name: str) -> None:
    fault, status, expected = FAULTS[name]
    server.fault_for = lambda body: fault
    done = ask(aisql, server.url)
    expected = expected.format(host=f"127.0.0.1:{server.port}")
    first = f"<command>:2: error: {CALL}: {expected} (1 attempt)"
    assert (done.stdout, done.first, done.status) == (b"", first, status)
    assert "sk-of-this-test" not in done.stderr


def test_an_answer_that_takes_too_long(aisql: Aisql, server: ModelServer) -> None:
    server.latency = 5
    call = """ai_complete('m', 'hi', json '{"response.timeout": "0.05"}')"""
    done = ask(aisql, server.url, call=call)
    assert (done.stdout, done.status) == (b"", 4)
    assert done.first.startswith("<command>:2: error: ai_complete('m', 'hi', ")
    assert done.first.endswith(
        f": openai-compat gpt-x: 127.0.0.1:{server.port} did not answer within 0.05 s (1 attempt)"
    )


@pytest.mark.long
def test_an_error_does_not_repeat_a_whole_prompt(aisql: Aisql, server: ModelServer) -> None:
    server.fault_for = lambda body: BROKEN
    call = "ai_complete('m', printf('%.*c', 4000, 'p')) "
    done = ask(aisql, server.url, call=call)
    assert done.status == 1
    assert "p" * 200 not in done.stderr
    assert len(done.first) < 400


def test_a_budget_that_is_used_up(aisql: Aisql, server: ModelServer) -> None:
    call = "a FROM (SELECT ai_complete('m', value) AS a FROM json_each('[1, 2, 3]')); --"
    done = ask(aisql, server.url, "-c", "SET ai.max_calls = 2", call=call)
    assert (done.status, len(server.requests) <= 2) == (5, True)
    assert done.first == "<command>:2: error: the statement needs more calls than ai.max_calls = 2 allows"


def test_a_variable_that_is_not_set_is_named(aisql: Aisql, server: ModelServer) -> None:
    make = (
        "CREATE MODEL m INPUT (i STRING) OUTPUT (o STRING) WITH ('provider'='openai-compat',"
        f"'endpoint'='{server.url}/chat/completions', 'model'='gpt-x', 'api-key'='${{THE_KEY}}')"
    )
    assert aisql("-c", make) == (b"", "", 0)
    done = aisql("-c", "SELECT ai_complete('m', 'hi')")
    assert (done.stdout, done.status) == (b"", 1)
    assert done.first == "<command>:1: error: variable 'THE_KEY' is not set"
    assert "-v THE_KEY=VALUE" in done.stderr
    assert server.requests == []


def test_a_named_key_is_kept_as_written_and_sent_resolved(aisql: Aisql, server: ModelServer) -> None:
    server.key = "sk-of-the-environment"
    make = (
        "CREATE MODEL m INPUT (i STRING) OUTPUT (o STRING) WITH ('provider'='openai-compat',"
        "'endpoint'='${HOST}/chat/completions', 'model'='gpt-x', 'api-key'='${THE_KEY}')"
    )
    aisql("-c", make)
    script = "SHOW CREATE MODEL m; SELECT ai_complete('m', 'hi') AS a"
    done = aisql("--csv", "-v", f"HOST={server.url}", "-c", script, env={"THE_KEY": "sk-of-the-environment"})
    assert (done.stderr, done.status) == ("", 0)
    assert "  'api-key' = '${THE_KEY}',\n  'endpoint' = '${HOST}/chat/completions',\n" in done.text
    assert done.text.endswith("a\necho: hi\n")
    assert server.requests[0].headers["authorization"] == "Bearer sk-of-the-environment"
    assert not any(b"sk-of-the-environment" in path.read_bytes() for path in aisql.files())
