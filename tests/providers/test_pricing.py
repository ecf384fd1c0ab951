"""What answers cost: the table of the program, and before it what the user says."""

import subprocess
import sys
from collections import Counter
from importlib import resources

import pytest

from aisql.config import read_config
from aisql.errors import UsageError
from aisql.providers.pricing import PRICES, Price, Prices, read_prices
from aisql.providers.registry import service

TABLE = read_prices((resources.files("aisql.providers") / PRICES).read_text("utf-8"), PRICES)
TODAY = "2026-11-25"
MILLION = 1_000_000


@pytest.fixture
def warnings():
    return []


@pytest.fixture
def own(tmp_path, warnings):
    """Makes the prices of a user with such a config file."""

    def make(text):
        file = tmp_path / "config.toml"
        file.write_text(text, "utf-8")
        return Prices(read_config(str(file), warnings.append), warnings.append)

    return make


# -- the table of the program ------------------------------------------------------------------------


def test_every_price_of_the_table_has_a_day_and_none_is_there_twice():
    keys = Counter((price.provider, price.model, price.since) for price in TABLE)
    assert [key for key, times in keys.items() if times > 1 or len(key[2]) != 10] == []
    assert len(keys) > 50


def test_every_provider_of_the_table_is_known_under_this_name():
    names = {price.provider for price in TABLE}
    assert {name for name in names if service(name) is None or service(name).name != name} == set()
    assert names == {"builtin", "ollama", "openai", "anthropic", "deepseek", "dashscope", "siliconflow"}


def test_what_was_in_a_cache_never_costs_more():
    assert [price for price in TABLE if price.cached is not None and price.cached > price.input] == []


# -- what tokens cost --------------------------------------------------------------------------------

COSTS = [
    # provider, model, day, input, output, cached, cost
    ("openai", "gpt-4o-mini", TODAY, 1_000, 100, None, 0.00021),
    ("openai", "gpt-4o-mini", TODAY, 1_000, 100, 0, 0.00021),
    ("openai", "gpt-4o-mini", TODAY, 1_000, 100, 400, 0.00018),
    ("openai", "gpt-4o-mini", TODAY, 1_000, 100, 9_999, 0.000135),
    ("openai", "text-embedding-3-small", TODAY, MILLION, None, None, 0.02),
    ("openai", "text-embedding-3-small", TODAY, MILLION, 0, 500, 0.02),
    ("openai", "gpt-4o-mini", TODAY, 0, 0, 0, 0.0),
    ("builtin", "demo", TODAY, 7, 7, None, 0.0),
    ("builtin", "demo", "2020-01-01", None, None, None, 0.0),
    ("ollama", "qwen3:8b", TODAY, None, None, None, 0.0),
    ("openai", "gpt-4o-mini", TODAY, None, 100, None, None),
    ("openai", "gpt-4o-mini", TODAY, 1_000, None, None, None),
    ("openai", "no-such-model", TODAY, 1, 1, None, None),
    ("openai-compat", "gpt-4o-mini", TODAY, 1, 1, None, None),
    ("nobody", "gpt-4o-mini", TODAY, 1, 1, None, None),
]


@pytest.mark.parametrize("case", COSTS, ids=lambda case: " ".join(map(str, case[:6])))
def test_tokens_cost_what_their_price_says(case):
    *asked, cost = case
    assert Prices().cost(*asked) == (None if cost is None else pytest.approx(cost, abs=1e-12))


PRICES_IN_FORCE = [
    # provider, model, day, the price of a million tokens of input
    ("openai", "gpt-4o", TODAY, 2.5),
    ("openai", "gpt-4o-2024-11-20", TODAY, 2.5),
    ("openai", "gpt-4o-2024-05-13", TODAY, 5.0),
    ("openai", "gpt-4o-mini-2024-07-18", TODAY, 0.15),
    ("openai", "gpt-4.1-nano-2025-04-14", TODAY, 0.1),
    ("openai", "gpt-5-mini", TODAY, 0.25),
    ("openai", "o3", "2025-04-15", None),
    ("openai", "o3", "2025-04-16", 10.0),
    ("openai", "o3", "2025-06-09", 10.0),
    ("openai", "o3", "2025-06-10", 2.0),
    ("openai", "o3", "2030-01-01", 2.0),
    ("deepseek", "deepseek-chat", "2025-09-10", 0.56),
    ("deepseek", "deepseek-chat", "2025-10-01", 0.28),
    ("anthropic", "claude-sonnet-4-5-20250929", TODAY, 3.0),
    ("dashscope", "qwen-plus-latest", TODAY, 0.115),
    ("bailian", "qwen-plus", TODAY, 0.115),
    ("aliyun-openai", "text-embedding-v4", TODAY, 0.072),
    ("siliconflow", "BAAI/bge-m3", TODAY, 0.0),
]


@pytest.mark.parametrize("case", PRICES_IN_FORCE, ids=lambda case: " ".join(map(str, case[:3])))
def test_the_price_of_the_day_counts_and_the_longest_name(case):
    provider, model, day, price = case
    assert Prices().cost(provider, model, day, MILLION, 0) == price


# -- the prices of a user ----------------------------------------------------------------------------


def test_a_price_of_the_user_wins_whatever_the_table_says(own, warnings):
    prices = own("""
        [[price]]
        provider = "openai"
        model = "gpt-4o*"
        input = 1

        [[price]]
        provider = "openai-compat"
        model = "mine"
        since = 2026-01-01
        input = 0.5
        output = 2
        cached = 0.25

        [[price]]
        provider = "aliyun"
        model = "qwen-plus"
        input = 3
    """)
    assert [
        prices.cost("openai", "gpt-4o-mini", TODAY, MILLION, MILLION, MILLION),
        prices.cost("openai", "gpt-4o-mini", "2001-01-01", MILLION, 0),
        prices.cost("openai", "o3", TODAY, MILLION, 0),
        prices.cost("openai-compat", "mine", TODAY, MILLION, MILLION, MILLION),
        prices.cost("openai-compat", "mine", "2025-12-31", MILLION, 0),
        prices.cost("dashscope", "qwen-plus", TODAY, MILLION, 0),
    ] == [1.0, 1.0, 2.0, 2.25, None, 3.0]
    assert warnings == []


@pytest.mark.parametrize("text", ["", "# nothing yet\n", "\ufeffprice = []\n"])
def test_a_file_without_prices_changes_nothing(own, warnings, text):
    assert own(text).cost("openai", "gpt-4o", TODAY, MILLION, 0) == 2.5
    assert warnings == []


GOOD = '[[price]]\nprovider = "openai"\nmodel = "gpt-4o"\ninput = 1\n\n'
WRONG = [
    ("price", 1, "Expected '=' after a key in a key/value pair"),
    (f"{GOOD}[[price]\n", 6, "Expected ']]' at the end of an array declaration"),
    ('[[price]]\nmodel = "x', 2, "Unterminated string"),
    (f"{GOOD}prices = 1\n", 1, "a price has no 'prices'"),
    ("\n[price]\ninput = 1\n", 2, "'price' means nothing here, a price is [[price]]"),
    ("price = [\n    3,\n]\n", 1, "a price is [[price]]"),
    (f'{GOOD}[[price]]\nprovider = "opnai"\n', 6, "there is no provider 'opnai', did you mean openai?"),
    (f"{GOOD}  [[ price ]]\nprovider = 3\n", 6, "there is no provider '3'"),
    (f"{GOOD}[[price]]\nmodel = 3\n", 6, "'model' must be a text"),
    (
        f'{GOOD}[[price]]\nsince = "2025-05-11"\n',
        6,
        "'since' must be a day such as 2025-05-11, without quotes",
    ),
    (
        f"{GOOD}[[price]]\nsince = 2025-05-11T09:00:00\n",
        6,
        "'since' must be a day such as 2025-05-11, without quotes",
    ),
    (f"{GOOD}[[price]]\nimput = 1\n", 6, "a price has no 'imput', did you mean input?"),
    (f'{GOOD}[[price]]\nprovider = "openai"\ninput = 1\n', 6, "a price needs 'model'"),
    (f'{GOOD}[[price]]\nprovider = "openai"\nmodel = "x"\n', 6, "a price needs 'input'"),
    *(
        (f"{GOOD}[[price]]\noutput = {value}\n", 6, "'output' must be a number of 0 or more")
        for value in ("-1", "inf", "nan", "true", '"1"')
    ),
]


@pytest.mark.parametrize(("text", "line", "what"), WRONG, ids=[what for *_, what in WRONG])
def test_a_mistake_is_told_with_its_line(text, line, what):
    with pytest.raises(UsageError) as caught:
        read_prices(text, "config.toml")
    assert caught.value.message == f"config.toml:{line}: {what}"


def test_a_broken_file_is_told_of_once_and_the_table_counts(own, warnings, tmp_path):
    prices = own(f'{GOOD}[[price]]\nprovider = "opnai"\n')
    assert warnings == []
    costs = [prices.cost("openai", model, TODAY, MILLION, 0) for model in ("gpt-4o", "gpt-4o-mini", "gpt-4o")]
    assert costs == [2.5, 0.15, 2.5]
    assert warnings == [
        f"{tmp_path}/config.toml:6: there is no provider 'opnai', did you mean openai? "
        "(no price in the file counts)"
    ]


def test_a_price_says_what_it_is_for():
    price = Price("openai", "gpt-4o*", "2025-01-01", 1.0)
    assert [
        price.is_for("openai", "gpt-4o-mini", "2025-01-01"),
        price.is_for("openai", "gpt-4", "2025-01-01"),
        price.is_for("openai", "gpt-4o", "2024-12-31"),
        price.is_for("deepseek", "gpt-4o", "2025-01-01"),
    ] == [True, False, False, False]


def test_nothing_is_read_before_a_cost_is_asked_for():
    program = """if True:
        import sys
        from aisql.providers.pricing import Prices
        prices = Prices()
        seen = ["tomllib" in sys.modules]
        prices.cost("builtin", "demo", "2025-05-11", 1, 1)
        print(seen, "tomllib" in sys.modules)
    """
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "[False] True\n"
