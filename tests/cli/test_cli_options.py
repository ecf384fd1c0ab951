"""Options that guard model calls, each also a setting, and the line that tells what they came to."""

from __future__ import annotations

import json
import re
import signal
from pathlib import Path

import pytest
from run_aisql import DEADLINE, Aisql, Completed
from server import BROKEN, ModelServer


def script(server: ModelServer, rows: int = 1) -> str:
    """A statement that asks the server once for each of its rows."""
    numbers = ", ".join(map(str, range(1, rows + 1)))
    return (
        "CREATE TEMPORARY MODEL m INPUT (i STRING) OUTPUT (o STRING) WITH ('provider'='openai-compat',"
        f" 'endpoint'='{server.url}/chat/completions', 'model'='gpt-x');"
        f" SELECT ai_complete('m', value) AS a FROM json_each('[{numbers}]');"
    )


ONCE = "SET ai.retry_num = 0;"
PRICE = '[[price]]\nprovider = "openai-compat"\nmodel = "gpt-x"\n'


def settings(done: Completed) -> dict[str, str]:
    """What SET lists, as CSV."""
    assert (done.stderr, done.status) == ("", 0)
    pairs = [line.partition(",") for line in done.text.splitlines()[1:]]
    return {name: value.strip('"') for name, _, value in pairs}


# ------------------------------------------------------------------ settings

OPTIONS = {
    (
        *("--concurrency", "7", "--max-calls", "100", "--max-tokens", "5000", "--max-cost", "0.25"),
        *("--timeout", "2.5", "--dry-run", "--offline"),
    ): {
        "ai.concurrency": "7",
        "ai.max_calls": "100",
        "ai.max_tokens": "5000",
        "ai.max_cost": "0.25",
        "ai.timeout": "2.5",
        "ai.dry_run": "on",
        "ai.cache": "only",
    },
    (
        "--max-calls=0",
        "--max-cost=",
        "--timeout",
        "2 min",
        "--refresh",
        "--concurrency",
        "2",
        "--concurrency=3",
    ): {
        "ai.max_calls": "0",
        "ai.max_cost": "",
        "ai.timeout": "2 min",
        "ai.cache": "refresh",
        "ai.concurrency": "3",
    },
}


def test_an_option_changes_its_setting_and_no_other(aisql: Aisql) -> None:
    usual = settings(aisql("--csv", "-c", "SET"))
    for arguments, changed in OPTIONS.items():
        assert settings(aisql("--csv", *arguments, "-c", "SET")) == {**usual, **changed}


def test_reset_goes_back_to_the_options(aisql: Aisql) -> None:
    arguments = ("--csv", "--concurrency", "5", "--offline")
    given = settings(aisql(*arguments, "-c", "SET"))
    change = "SET ai.concurrency = 1; SET ai.cache = on; SET ai.timeout = 3;"
    assert settings(aisql(*arguments, "-c", f"{change} RESET; SET")) == given
    each = "RESET ai.concurrency; RESET ai.cache; RESET ai.timeout;"
    assert settings(aisql(*arguments, "-c", f"{change} {each} SET")) == given
    assert settings(aisql(*arguments, "-c", f"{change} SET"))["ai.concurrency"] == "1"


REFUSED = {
    ("--concurrency", "0"): "--concurrency must be a whole number of 1 or more, got '0'",
    ("--max-calls", "-1"): "--max-calls must be a whole number of 0 or more, or '' for no limit, got '-1'",
    (
        "--max-tokens",
        "many",
    ): "--max-tokens must be a whole number of 0 or more, or '' for no limit, got 'many'",
    (
        "--max-cost",
        "1e3",
    ): "--max-cost must be a number of 0 or more such as 0.25, or '' for no limit, got '1e3'",
    ("--timeout", "0"): "--timeout must be a time above zero such as 60s, 500 ms or 2 min, got '0'",
}


@pytest.mark.parametrize("arguments", REFUSED, ids=" ".join)
def test_a_value_that_is_not_valid_is_a_usage_error(aisql: Aisql, arguments: tuple[str, ...]) -> None:
    done = aisql(*arguments, "--stats", "-c", "SELECT 1")
    assert done == (b"", f"aisql: error: {REFUSED[arguments]}\n", 2)


def test_offline_and_refresh_exclude_each_other(aisql: Aisql) -> None:
    done = aisql("--offline", "--refresh", "-c", "SELECT 1")
    assert (done.stdout, done.status) == (b"", 2)
    assert "argument --refresh: not allowed with argument --offline" in done.stderr


def test_help_lists_the_guards_together(aisql: Aisql) -> None:
    _, _, guards = aisql("--help").text.partition("\nAI guards:\n")
    options = re.findall(r"^  (--[a-z-]+)", guards.partition("\nFILE:")[0], re.MULTILINE)
    assert options == [
        "--concurrency", "--max-calls", "--max-tokens", "--max-cost", "--timeout", "--dry-run", "--offline",
        "--refresh",
    ]  # fmt: skip


def test_the_guards_guard(aisql: Aisql, server: ModelServer) -> None:
    assert aisql("--dry-run", "-c", script(server, 3)).status == 0
    assert aisql("--offline", "-c", script(server, 3)).status == 1
    assert aisql("--max-calls", "0", "-c", script(server, 3)).status == 5
    assert aisql("--max-tokens", "1", "-c", script(server, 3)).status == 5
    assert server.requests == []
    assert aisql("--concurrency", "1", "-c", script(server, 3)).status == 0
    assert (len(server.requests), server.max_in_flight) == (3, 1)
    assert aisql("--offline", "-c", script(server, 3)).status == 0
    assert len(server.requests) == 3
    assert aisql("--refresh", "-c", script(server, 3)).status == 0
    assert len(server.requests) == 6
    server.gate.clear()
    assert aisql("--timeout", "0.05", "-c", f"{ONCE} {script(server, 4)}").status == 4


# ------------------------------------------------------------------ the config file

USAGE = "SELECT requests, input_tokens, output_tokens, cost FROM aisql.usage"
USAGE_HEADER = "requests,input_tokens,output_tokens,cost\n"


def test_prices_of_the_user_are_in_the_config_file(aisql: Aisql, server: ModelServer) -> None:
    assert aisql("-c", script(server)).status == 0
    assert aisql("--csv", "-c", USAGE) == (f"{USAGE_HEADER}1,6,2,\n".encode(), "", 0)
    folder = aisql.home / "config" / "aisql"
    folder.mkdir(parents=True)
    (folder / "config.toml").write_text(f"{PRICE}input = 1000\noutput = 3000\n", "utf-8")
    assert aisql("--csv", "-c", USAGE) == (f"{USAGE_HEADER}1,6,2,0.012\n".encode(), "", 0)
    other = aisql.write("other.toml", f"{PRICE}input = 0\n")
    assert aisql("--csv", "--config", other, "-c", USAGE) == (f"{USAGE_HEADER}1,6,2,0.0\n".encode(), "", 0)


def test_a_broken_config_file_is_told_of_once_and_the_usual_holds(aisql: Aisql, server: ModelServer) -> None:
    broken = aisql.write("broken.toml", f"[ai]\nconcurrency = 2\n{PRICE}input = cheap\n")
    usual = settings(aisql("--csv", "-c", "SET"))
    done = aisql("--config", broken, "--csv", "-c", script(server), "-c", USAGE, "-c", "SHOW USAGE; SET")
    assert done.stderr == f"aisql: warning: {broken}:6: Invalid value (nothing in the file counts)\n"
    assert done.text.endswith("".join(f"{name},{value or chr(34) * 2}\n" for name, value in usual.items()))
    price = aisql.write("price.toml", f"{PRICE}imput = 1\n")
    assert aisql("--config", price, "--csv", "-c", "SELECT 1 AS a") == (b"a\n1\n", "", 0)
    done = aisql("--config", price, "--csv", "-c", USAGE, "-c", "SHOW USAGE; SHOW USAGE")
    wrong = f"{price}:1: a price has no 'imput', did you mean input?"
    assert (done.stderr, done.status) == (f"aisql: warning: {wrong} (no price in the file counts)\n", 0)


def test_settings_of_the_config_file_hold_until_an_option_or_a_set(aisql: Aisql) -> None:
    usual = settings(aisql("--csv", "-c", "SET"))
    file = aisql.write("own.toml", "[ai]\nmax_calls = 7\nmax_cost = 0.5\ndry_run = true\ntimeout = '2 min'\n")
    own = {"ai.max_calls": "7", "ai.max_cost": "0.5", "ai.dry_run": "on", "ai.timeout": "2 min"}
    assert settings(aisql("--config", file, "--csv", "-c", "SET")) == {**usual, **own}
    given = aisql("--config", file, "--max-calls", "3", "--csv", "-c", "SET ai.max_calls = 1; RESET; SET")
    assert settings(given) == {**usual, **own, "ai.max_calls": "3"}
    folder = aisql.home / "config" / "aisql"
    folder.mkdir(parents=True)
    (folder / "config.toml").write_text("ai.max_calls = 5\n", "utf-8")
    assert settings(aisql("--csv", "-c", "SET")) == {**usual, "ai.max_calls": "5"}
    assert settings(aisql("--no-rc", "--csv", "-c", "SET")) == usual


def test_a_wrong_setting_of_the_config_file_is_told_with_its_line(aisql: Aisql) -> None:
    usual = settings(aisql("--csv", "-c", "SET"))
    file = aisql.write("own.toml", "# mine\nai.cache = 1\nai.'cahce' = 'on'\n[price]\n[promt]\nkeys = 'vi'\n")
    done = aisql("--config", file, "--csv", "-c", "SET")
    assert settings(done._replace(stderr="")) == usual
    assert done.stderr.replace(f"aisql: warning: {file}:", "") == (
        "5: 'promt' means nothing here; did you mean prompt?\n"
        "2: ai.cache must be on, off, refresh or only, got '1'\n"
        "3: there is no setting 'ai.cahce', did you mean ai.cache?\n"
    )


def test_nothing_in_a_config_file_reaches_the_terminal_as_it_is(aisql: Aisql) -> None:
    file = aisql.write("odd.toml", '[ai]\n"\\u001b[31m" = 1\n')
    done = aisql("--config", file, "--csv", "-c", "SELECT 1 AS a")
    assert (done.stdout, done.status) == (b"a\n1\n", 0)
    assert "there is no setting 'ai.\\x1b[31m'" in done.stderr
    assert "\x1b" not in done.stderr


def test_a_config_file_that_is_not_there_is_a_usage_error(aisql: Aisql) -> None:
    done = aisql("--config", "none.toml", "-c", "SELECT 1")
    assert done == (b"", "aisql: error: cannot read none.toml: there is no such file\n", 2)


def test_what_is_printed_for_others_needs_no_session(aisql: Aisql) -> None:
    completions = Path(__file__).parents[2] / "completions"
    for shell, name in (("bash", "aisql.bash"), ("fish", "aisql.fish"), ("zsh", "_aisql")):
        assert aisql("--completions", shell) == ((completions / name).read_bytes(), "", 0)
    template = aisql("--config-template")
    assert aisql.files() == []
    assert template.text.splitlines()[0] == (
        f"# The config file of aisql, {aisql.home}/config/aisql/config.toml, or the one that --config names."
    )
    file = aisql.write("config.toml", template.stdout)
    assert aisql("--config", file, "--csv", "-c", "SET") == aisql("--csv", "-c", "SET")


@pytest.mark.long
def test_usage_is_shown_as_a_table_with_numbers_to_the_right(aisql: Aisql) -> None:
    assert aisql("-c", "SHOW USAGE").text == "Empty set\n"
    aisql("--csv", "-c", "SELECT ai_complete('builtin:demo', 'Sentiment: good')")
    done = aisql("-c", "SHOW USAGE BY FUNCTION")
    assert (done.stderr, done.status) == ("", 0)
    _, header, _, row, _, footer = done.text.splitlines()
    assert [header[:27], row[:27], header[-24:], row[-24:], footer] == [
        "| function    | requests | ",
        "| ai_complete |        1 | ",
        "| cost (USD, estimate) |",
        "|                  0.0 |",
        "1 row in set",
    ]


# ------------------------------------------------------------------ what it came to


def stats(done: Completed) -> dict[str, float]:
    """The last line of stderr, without the time, which is there."""
    told: dict[str, float] = json.loads(done.stderr.splitlines()[-1])
    seconds = told.pop("seconds")
    assert 0 < seconds < DEADLINE
    return told


NOTHING = {
    "calls": 0,
    "from_ledger": 0,
    "answered": 0,
    "failed": 0,
    "requests": 0,
    "retries": 0,
    "input_tokens": 0,
    "output_tokens": 0,
    "cached_tokens": 0,
    "reasoning_tokens": 0,
    "cost": 0.0,
    "unpriced": 0,
    "status": 0,
}


def test_stats_are_the_totals_of_all_statements(aisql: Aisql, server: ModelServer) -> None:
    again = "SELECT ai_complete('m', '1') || ai_complete('m', 'new') AS a"
    done = aisql("--csv", "--stats", "-c", script(server, 3), "-c", again)
    told = stats(done)
    assert (told, done.stderr.count("\n")) == (
        {
            **NOTHING,
            "calls": 5,
            "from_ledger": 1,
            "answered": 4,
            "requests": 4,
            "input_tokens": 24,
            "output_tokens": 8,
            "unpriced": 4,
        },
        1,
    )


def test_stats_tell_what_it_cost(aisql: Aisql, server: ModelServer) -> None:
    price = aisql.write("p.toml", f"{PRICE}input = 1000\noutput = 3000\n")
    done = aisql("--csv", "--stats", "--config", price, "-c", script(server, 3))
    assert stats(done) == {
        **NOTHING,
        "calls": 3,
        "answered": 3,
        "requests": 3,
        "input_tokens": 18,
        "output_tokens": 6,
        "cost": 0.036,
    }


def test_stats_of_no_calls_are_all_zero(aisql: Aisql) -> None:
    assert stats(aisql("--memory", "--stats", "-c", "SELECT 1")) == NOTHING
    assert stats(aisql("--memory", "--stats", "-c", "SELECT nosuch")) == {**NOTHING, "status": 1}


@pytest.mark.long
def test_stats_come_after_a_failure(aisql: Aisql, server: ModelServer) -> None:
    server.fault_for = lambda body: BROKEN
    done = aisql("--stats", "-c", f"{ONCE} {script(server)}")
    assert done.first.startswith("<command>:1: error: ai_complete('m', ")
    assert stats(done) == {**NOTHING, "calls": 1, "failed": 1, "requests": 1, "status": 1}


def test_stats_come_after_ctrl_c(aisql: Aisql, server: ModelServer) -> None:
    server.gate.clear()
    with aisql.start("--stats", "-c", script(server, 2)) as process:
        server.gate.wait_for(2)
        process.send_signal(signal.SIGINT)
        output, errors = process.communicate(timeout=DEADLINE)
    done = Completed(output, errors.decode(), process.returncode)
    assert stats(done) == {**NOTHING, "calls": 2, "requests": 2, "status": 130}
    assert (done.stdout, done.stderr.count("\n"), done.status) == (b"", 1, 130)


def test_stats_come_after_a_broken_pipe(aisql: Aisql) -> None:
    many = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 1000000) SELECT i FROM n"
    process = aisql.start("--memory", "--stats", "-c", many)
    with process:
        assert process.stdout is not None
        assert process.stdout.read(10)
        process.stdout.close()
        assert process.stderr is not None
        done = Completed(b"", process.stderr.read().decode(), process.wait(DEADLINE))
    assert (stats(done), done.status) == ({**NOTHING, "status": 141}, 141)


@pytest.mark.parametrize(
    "arguments", [("--nosuch",), ("-v", "name"), ("-f", "nosuch.sql"), ("file.unknown",), ("--timeout", "x")]
)
def test_there_are_no_stats_of_a_usage_error(aisql: Aisql, arguments: tuple[str, ...]) -> None:
    done = aisql("--stats", *arguments)
    assert (done.status, "seconds" in done.stderr) == (2, False)
