"""Tokens counted offline, and inputs that are fitted into a context."""

from __future__ import annotations

import importlib.util
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aisql.errors import OptionError
from aisql.providers.tokens import Counter, Estimate, Fitted, Vocabulary, counter, estimate, fit

CL100K = "9b5ad71b2ce5302211f9c61530b329a4922fc6a4"
"""The name under which tiktoken keeps the vocabulary of GPT-4."""

TEXTS = st.text() | st.text(alphabet="ab cd.\n'é“Ж你好😀")


def real_vocabularies() -> str | None:
    """A folder of this machine where the vocabulary of GPT-4 lies, in whichever way it came there."""
    litellm = importlib.util.find_spec("litellm")
    folders = [os.environ.get("TIKTOKEN_CACHE_DIR", "")]
    for folder in (litellm.submodule_search_locations or []) if litellm else []:
        folders.append(str(Path(folder, "litellm_core_utils", "tokenizers")))
    return next((folder for folder in folders if folder and Path(folder, CL100K).exists()), None)


VOCABULARIES = real_vocabularies()


@pytest.fixture
def gpt_4(monkeypatch: pytest.MonkeyPatch) -> Counter:
    """What counts the tokens of GPT-4."""
    pytest.importorskip("tiktoken")
    if VOCABULARIES is None:
        pytest.skip(
            "no vocabulary of tiktoken is on this machine; TIKTOKEN_CACHE_DIR names a folder with one"
        )
    monkeypatch.setenv("TIKTOKEN_CACHE_DIR", VOCABULARIES)
    found = counter("gpt-4", VOCABULARIES)
    assert isinstance(found, Vocabulary)
    return found


@pytest.fixture(scope="session")
def tiny() -> Counter:
    """A vocabulary of single bytes and very few longer tokens, one of them the beginning of a character."""
    tiktoken = pytest.importorskip("tiktoken")
    longer = (b"ab", b"34", b"  ", "你".encode()[:2])
    tokens = [*(bytes([byte]) for byte in range(256)), *longer]
    ranks = {token: rank for rank, token in enumerate(tokens)}
    pattern = r"\d{1,2}|\s+(?!\S)|\s+|[^\s\d]+"
    return Vocabulary(tiktoken.Encoding("tiny", pat_str=pattern, mergeable_ranks=ranks, special_tokens={}))


# -- the estimate ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("", 0),
        ("a", 1),
        ("abcd", 1),
        ("abcde", 2),
        ("crème brûlée", 3),
        ("“so” – he said…", 4),
        ("Việt Nam", 2),
        ("你好", 2),
        ("你好 you", 3),
        ("Привет", 6),
        ("😀", 1),
        ("hello world 你好 ", 6),
        ("\ud83d", 1),
    ],
)
def test_four_latin_characters_are_a_token_and_so_is_one_of_any_other_script(text, tokens):
    assert estimate(text) == tokens


@given(TEXTS, TEXTS)
def test_more_text_is_never_fewer_tokens(head, tail):
    assert max(estimate(head), estimate(tail)) <= estimate(head + tail) <= estimate(head) + estimate(tail)


@given(TEXTS, st.integers(-1, 12))
def test_the_estimate_cuts_to_the_longest_text_that_fits(text, tokens):
    head, tail = Estimate().first(text, tokens), Estimate().last(text, tokens)
    assert text.startswith(head)
    assert text.endswith(tail)
    assert max(estimate(head), estimate(tail)) <= max(0, tokens)
    assert head == text or estimate(text[: len(head) + 1]) > tokens
    assert tail == text or estimate(text[len(text) - len(tail) - 1 :]) > tokens


def test_a_long_text_is_counted_and_cut_at_once():
    text = "abcdefgh" * 500_000 + "你" * 1_000_000
    assert estimate(text) == 2_000_000
    assert Estimate().first(text, 1_000_001) == text[:4_000_001]
    assert Estimate().last(text, 1_000_001) == text[-1_000_004:]


# -- vocabularies ------------------------------------------------------------------------------------


def test_a_vocabulary_counts_what_the_model_counts(gpt_4):
    texts = ("", "hello world", "hello world 你好 ", "<|endoftext|>")
    assert [gpt_4.count(text) for text in texts] == [0, 2, 6, 7]
    assert (gpt_4.first("hello world", 1), gpt_4.last("hello world", 1)) == ("hello", " world")


@given(text=TEXTS | st.text(alphabet="1234 "), tokens=st.integers(-1, 12))
def test_a_vocabulary_cuts_between_characters_to_what_fits(tiny, text, tokens):
    head, tail = tiny.first(text, tokens), tiny.last(text, tokens)
    assert text.startswith(head)
    assert text.endswith(tail)
    assert max(tiny.count(head), tiny.count(tail)) <= max(0, tokens)
    if tiny.count(text) <= tokens:
        assert (head, tail) == (text, text)


def test_a_character_of_several_tokens_is_kept_whole_or_not_at_all(tiny):
    assert tiny.count("你") == 2
    assert [tiny.first("你b", tokens) for tokens in range(4)] == ["", "", "你", "你b"]
    assert [tiny.last("b你", tokens) for tokens in range(4)] == ["", "", "你", "b你"]


def test_what_is_kept_is_counted_as_it_stands_alone(tiny):
    # 1, 2, 34; but 234 alone is 2, 3, 4.
    assert (tiny.count("1234"), tiny.count("234")) == (3, 3)
    assert tiny.last("1234", 2) == "34"


def test_a_text_of_a_million_spaces_or_half_a_character_breaks_nothing(tiny):
    assert tiny.count(" " * 1_000_000) == 500_000
    assert tiny.first("a\ud83d", 1) == "a"


def test_a_model_without_a_vocabulary_on_disk_is_estimated(gpt_4, monkeypatch):
    assert isinstance(counter("qwen-plus", VOCABULARIES), Estimate)
    assert isinstance(counter("gpt-2", VOCABULARIES), Estimate)
    assert isinstance(counter("gpt-4", None), Estimate)
    monkeypatch.delenv("TIKTOKEN_CACHE_DIR")
    assert isinstance(counter("gpt-4", VOCABULARIES), Estimate)


OFFLINE = """
import os, sys
from aisql.providers.tokens import counter
def refuse(event, arguments):
    if event.startswith("socket."):
        print(event)
sys.addaudithook(refuse)
for model in ("gpt-4", "gpt-4o", "gpt-oss-20b", "text-davinci-003", "davinci", "gpt-2", "qwen-plus"):
    print(type(counter(model, os.environ.get("TIKTOKEN_CACHE_DIR"))).__name__)
print("tiktoken" in sys.modules)
"""


@pytest.mark.parametrize(
    "content", [None, b"", b"IQ== 0\n"], ids=["no file", "an empty file", "another file"]
)
def test_a_vocabulary_that_is_not_there_is_not_fetched(tmp_path, content):
    pytest.importorskip("tiktoken")
    if content is not None:
        (tmp_path / CL100K).write_bytes(content)
    out = run(OFFLINE, {"TIKTOKEN_CACHE_DIR": str(tmp_path)})
    assert out == "Estimate\n" * 7 + "True\n"
    assert [path.read_bytes() for path in tmp_path.iterdir()] == ([] if content is None else [content])


def test_without_a_folder_the_package_is_not_even_imported():
    assert run(OFFLINE, {"TIKTOKEN_CACHE_DIR": ""}) == "Estimate\n" * 7 + "False\n"


def run(program: str, environment: dict[str, str]) -> str:
    """Runs a Python program in a process of its own; gives what it prints."""
    done = subprocess.run(
        [sys.executable, "-c", program],
        env=os.environ | environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.stderr == ""
    return done.stdout


# -- the context -------------------------------------------------------------------------------------

TOO_LONG = "Context overflowed (threshold: 2, actual: 3), "


@pytest.mark.parametrize(
    ("action", "text", "log"),
    [
        ("truncated-tail", "one two ", None),
        ("truncated-tail-log", "one two ", "truncating the tail of input."),
        ("truncated-head", "two thre", None),
        ("TRUNCATED-HEAD-LOG", "two thre", "truncating the head of input."),
        ("Skipped", None, None),
        ("skipped-log", None, "skipping input."),
    ],
)
def test_an_input_that_is_too_long_meets_the_action(action, text, log):
    whole = "one two thre"
    assert fit(whole, 3, action, Estimate()) == Fitted(whole, 3)
    assert fit(whole, 2, action, Estimate()) == Fitted(text, 3, None if log is None else TOO_LONG + log)


def test_an_action_that_does_not_exist_is_an_error():
    with pytest.raises(OptionError, match=re.escape("'context-overflow-action' has no value 'cut-log'")):
        fit("one two", 1, "cut-log", Estimate())


@given(TEXTS, st.integers(1, 9), st.sampled_from(["truncated-tail", "truncated-head-log"]))
def test_what_is_kept_fits(text, limit, action):
    fitted = fit(text, limit, action, Estimate())
    assert fitted.text is not None
    assert estimate(fitted.text) <= limit
    assert (fitted.text == text) is (fitted.tokens <= limit)
