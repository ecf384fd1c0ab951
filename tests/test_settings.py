"""Settings, session variables, and the folders of the user."""

import json
import os
import subprocess
import sys

import pytest

from aisql.errors import OptionError, StatementError
from aisql.settings import SETTINGS, Settings


def fresh(environment=None, variables=None):
    return Settings(environment or {}, variables)


def refused(name, text):
    with pytest.raises(OptionError) as caught:
        fresh().set(name, text)
    return caught.value


def test_without_a_set_every_setting_has_its_default():
    settings = fresh()
    assert (settings.concurrency, settings.max_calls, settings.null_on_error, settings.timeout) == (
        32,
        None,
        False,
        60.0,
    )
    assert (settings.cache, settings.dry_run, settings.embed_batch, settings.max_tokens) == (
        "on",
        False,
        None,
        None,
    )
    assert (settings.max_cost, settings.retry_num, settings.default_model) == (None, 100, "")
    assert settings.confirm_calls == 100
    assert [*settings.items()] == [
        ("ai.cache", "on"),
        ("ai.concurrency", "32"),
        ("ai.confirm_calls", "100"),
        ("ai.default_model", ""),
        ("ai.dry_run", "off"),
        ("ai.embed_batch", ""),
        ("ai.max_calls", ""),
        ("ai.max_cost", ""),
        ("ai.max_tokens", ""),
        ("ai.on_error", "fail"),
        ("ai.retry_num", "100"),
        ("ai.timeout", "60s"),
    ]


@pytest.mark.parametrize("setting", SETTINGS, ids=lambda setting: setting.name)
def test_every_setting_can_read_its_default_and_says_what_it_is(setting):
    setting.read(setting.default)
    assert setting.name.startswith("ai.")
    assert setting.summary


def test_a_setting_is_set_and_reset():
    settings = fresh()
    for name, text in (
        ("ai.concurrency", "8"),
        ("ai.max_calls", "0"),
        ("ai.on_error", "null"),
        ("ai.timeout", "2 min"),
    ):
        assert settings.set(name, text) is None
    assert (settings.concurrency, settings.max_calls, settings.null_on_error, settings.timeout) == (
        8,
        0,
        True,
        120.0,
    )
    settings.reset("ai.timeout")
    assert (settings.concurrency, settings.timeout) == (8, 60.0)
    settings.reset(None)
    assert [*settings.items()] == [*fresh().items()]


def test_names_of_settings_ignore_case_and_values_keep_their_spelling():
    settings = fresh()
    settings.set("AI.On_Error", "NULL")
    assert settings.null_on_error
    assert dict(settings.items())["ai.on_error"] == "NULL"
    settings.reset("Ai.ON_error")
    assert not settings.null_on_error


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("60s", 60.0),
        ("60", 60.0),
        ("0.5", 0.5),
        ("500 ms", 0.5),
        ("500MS", 0.5),
        ("1.5 sec", 1.5),
        ("1 second", 1.0),
        ("2 seconds", 2.0),
        ("2m", 120.0),
        ("2 min", 120.0),
        ("1 minute", 60.0),
        ("3 minutes", 180.0),
        ("1h", 3600.0),
        ("1 hour", 3600.0),
        (" 2 hours ", 7200.0),
    ],
)
def test_a_time_has_many_units(text, seconds):
    settings = fresh()
    settings.set("ai.timeout", text)
    assert settings.timeout == seconds


@pytest.mark.parametrize(
    "text", ["", "0", "0s", "0.0 ms", "-1", "+1", "soon", "1 day", "1e3", "s", "1 s 2 ms", ".5", "inf"]
)
def test_a_time_is_above_zero(text):
    error = refused("ai.timeout", text)
    assert (error.message, error.code) == (
        f"setting 'ai.timeout' must be a time above zero such as 60s, 500 ms or 2 min, got '{text}'",
        "invalid_option",
    )


@pytest.mark.parametrize("text", ["", "0", "-1", "1.5", "many", " 1", "²", "٣", "1_0"])
def test_a_concurrency_is_a_whole_number_of_one_or_more(text):
    assert refused("ai.concurrency", text).message == (
        f"setting 'ai.concurrency' must be a whole number of 1 or more, got '{text}'"
    )


@pytest.mark.parametrize("name", ["max_calls", "max_tokens"])
def test_a_limit_may_be_nothing_and_may_be_none(name):
    settings = fresh()
    for text, limit in (("100", 100), ("0", 0), ("", None)):
        settings.set(f"ai.{name}", text)
        assert getattr(settings, name) == limit
    for text in ("-1", "none", "1.5", "²"):
        assert refused(f"ai.{name}", text).message == (
            f"setting 'ai.{name}' must be a whole number of 0 or more, or '' for no limit, got '{text}'"
        )


def test_a_limit_of_the_cost_is_a_decimal_number_or_none():
    settings = fresh()
    for text, limit in (("0.25", 0.25), (".5", 0.5), ("10", 10.0), ("0", 0.0), ("", None)):
        settings.set("ai.max_cost", text)
        assert settings.max_cost == limit
    for text in ("-1", "none", "1.", "1e3", "0,5", "$1", "inf", "nan", " 1", "²", "1_0"):
        assert refused("ai.max_cost", text).message == (
            "setting 'ai.max_cost' must be a number of 0 or more such as 0.25, or '' for no limit, "
            f"got '{text}'"
        )


def test_a_number_of_tries_is_a_whole_number():
    settings = fresh()
    for text, number in (("3", 3), ("0", 0)):
        settings.set("ai.retry_num", text)
        assert settings.retry_num == number
    for text in ("", "-1", "1.5", "many", "²"):
        assert refused("ai.retry_num", text).message == (
            f"setting 'ai.retry_num' must be a whole number of 0 or more, got '{text}'"
        )


def test_a_batch_is_one_text_or_more_or_as_many_as_the_provider_takes():
    settings = fresh()
    for text, batch in (("100", 100), ("1", 1), ("", None)):
        settings.set("ai.embed_batch", text)
        assert settings.embed_batch == batch
    for text in ("0", "-1", "all", "1.5", "²"):
        assert refused("ai.embed_batch", text).message == (
            "setting 'ai.embed_batch' must be a whole number of 1 or more, or '' for the provider's own, "
            f"got '{text}'"
        )


def test_a_choice_is_one_of_its_words():
    assert refused("ai.on_error", "stop").message == "setting 'ai.on_error' must be fail or null, got 'stop'"
    assert refused("ai.cache", "no").message == (
        "setting 'ai.cache' must be on, off, refresh or only, got 'no'"
    )
    assert refused("ai.dry_run", "1").message == "setting 'ai.dry_run' must be on or off, got '1'"


def test_the_ledger_may_be_used_in_four_ways():
    settings = fresh()
    for text in ("off", "Refresh", "only", "ON"):
        settings.set("ai.cache", text)
        assert settings.cache == text.lower()


def test_a_dry_run_is_on_or_off():
    settings = fresh()
    for text, dry in (("on", True), ("OFF", False)):
        settings.set("ai.dry_run", text)
        assert settings.dry_run is dry


def test_a_refused_value_changes_nothing():
    settings = fresh()
    settings.set("ai.concurrency", "8")
    with pytest.raises(OptionError):
        settings.set("ai.concurrency", "x")
    assert settings.concurrency == 8


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("ai.concurency", "did you mean ai.concurrency?"),
        ("AI.Timeouts", "did you mean ai.timeout?"),
        ("ai.", "SET alone lists the settings"),
        ("ai.zzzzzzzzz", "SET alone lists the settings"),
    ],
)
@pytest.mark.parametrize("change", ["set", "reset"])
def test_an_unknown_name_of_ours_is_refused_with_a_hint(name, hint, change):
    with pytest.raises(StatementError) as caught:
        fresh().set(name, "1") if change == "set" else fresh().reset(name)
    assert (caught.value.message, caught.value.code, caught.value.hint) == (
        f"there is no setting '{name}'",
        "not_found",
        hint,
    )


def test_a_name_of_someone_else_is_kept_with_a_warning():
    settings = fresh()
    warning = settings.set("execution.runtime-mode", "batch")
    assert warning == "'execution.runtime-mode' is no setting of aisql and has no effect"
    assert [*settings.items()][-1] == ("execution.runtime-mode", "batch")
    settings.reset("execution.runtime-mode")
    settings.reset("never.set")
    assert [*settings.items()] == [*fresh().items()]


@pytest.mark.parametrize("name", ["api-key", "OPENAI_API_KEY", "my.token", "api-kye"])
def test_what_a_name_of_someone_else_keeps_secret_is_not_kept(name):
    settings = fresh()
    assert settings.set(name, "k-1") == f"'{name}' is no setting of aisql and has no effect"
    assert dict(settings.items())[name] == "******"


def test_a_reference_is_a_session_variable_before_it_is_one_of_the_environment():
    settings = fresh({"KEY": "from the environment", "HOST": "h"}, {"KEY": "from the session"})
    assert settings.resolve("${KEY}") == "from the session"
    assert settings.resolve("https://${HOST}/${KEY}?${HOST}") == "https://h/from the session?h"
    del settings.variables["KEY"]
    assert settings.resolve("${KEY}") == "from the environment"


def test_an_empty_variable_is_set():
    assert fresh({"KEY": "x"}, {"KEY": ""}).resolve("<${KEY}>") == "<>"


def test_a_value_is_not_looked_into_again():
    assert fresh({"A": "${B}", "B": "b"}).resolve("${A}") == "${B}"


@pytest.mark.parametrize("text", ["", "plain", "$NAME", "$ {NAME}", "${NAME", "{NAME}", "%NAME%"])
def test_what_is_no_reference_stays(text):
    assert fresh().resolve(text) == text


@pytest.mark.parametrize("name", ["KEY", "", " KEY", "key"])
def test_a_variable_that_is_nowhere_is_named(name):
    with pytest.raises(OptionError) as caught:
        fresh({"Key": "x"}).resolve(f"a ${{{name}}}")
    error = caught.value
    assert (error.message, error.code, error.hint) == (
        f"variable '{name}' is not set",
        "variable_not_set",
        f"set it in the environment, or start with -v {name}=VALUE",
    )


def test_variables_of_one_session_are_not_those_of_another():
    given = {"A": "1"}
    settings = fresh({}, given)
    settings.variables["A"] = "2"
    assert given == {"A": "1"}


FOLDERS = """
import json, platformdirs
from aisql import settings
kinds = ("data", "cache", "state", "config")
known = platformdirs.PlatformDirs("aisql", appauthor=False)
pairs = [(getattr(settings, f"{kind}_directory")(), getattr(known, f"user_{kind}_dir")) for kind in kinds]
print(json.dumps(pairs))
"""


@pytest.mark.parametrize("homes", ["", "/elsewhere", "/elsewhere/", "not/absolute"])
def test_the_folders_of_the_user_are_those_platformdirs_knows(homes):
    variables = {f"XDG_{kind}_HOME": homes for kind in ("DATA", "CACHE", "STATE", "CONFIG")}
    done = subprocess.run(
        [sys.executable, "-c", FOLDERS],
        env=os.environ | variables | {"HOME": "/home/somebody"},
        capture_output=True,
        text=True,
        check=True,
    )
    ours, theirs = zip(*json.loads(done.stdout), strict=True)
    assert ours == theirs
    if homes != "not/absolute":  # what that means is not the same in all versions of platformdirs
        assert len({*ours}) == (1 if homes else 4)
