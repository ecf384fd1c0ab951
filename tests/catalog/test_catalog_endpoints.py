"""AI models and their endpoints."""

import re

import pytest

from aisql.catalog.endpoints import AiModel, Endpoint
from aisql.catalog.secrets import Secret
from aisql.errors import CatalogError

URL = "https://api.example/v1/embeddings"
VALUES = {
    "scope": "ALL",
    "ai_model_name": "m",
    "url": URL,
    "access_key": "sk-literal",
    "provider": "openai",
    "request_model_name": None,
}


def make(endpoints, name="e", **values):
    endpoints.create(name, VALUES | values, "api.example")
    return endpoints.get(name)


def problem(action):
    with pytest.raises(CatalogError) as caught:
        action()
    return caught.value.message, caught.value.code, caught.value.hint


def test_a_model_is_found_as_it_was_made_in_any_case(endpoints):
    endpoints.create_model("First", "Dense_Embedding", "text-embedding-v2")
    endpoints.create_model("second", "rerank", "r")
    first, second = (
        AiModel(1, "First", "dense_embedding", "text-embedding-v2"),
        AiModel(2, "second", "rerank", "r"),
    )
    assert endpoints.models() == [first, second]
    assert endpoints.find_model("fIRST") == first
    assert endpoints.find_model("third") is None


def test_names_of_models_are_taken_and_missed_in_any_case(endpoints):
    endpoints.create_model("ob_complete", "completion", "m")
    assert problem(lambda: endpoints.create_model("OB_Complete", "rerank", "m")) == (
        "This ai model 'OB_Complete' is already exists",
        "-11119",
        None,
    )
    assert problem(lambda: endpoints.drop_model("ob_complet")) == (
        "This ai model 'ob_complet' not found in the tenant",
        "-11118",
        "did you mean ob_complete?",
    )
    endpoints.drop_model("OB_COMPLETE")
    assert endpoints.models() == []


def test_numbers_are_in_the_order_of_making(endpoints):
    for name in ("z", "y", "a"):
        endpoints.create_model(name, "completion", "m")
    endpoints.drop_model("y")
    endpoints.create_model("b", "completion", "m")
    assert [(model.id, model.name) for model in endpoints.models()] == [(1, "z"), (3, "a"), (4, "b")]


def test_an_endpoint_is_found_as_it_was_made(endpoints):
    made = make(endpoints)
    assert made == Endpoint(
        catalog="default_catalog",
        id=1,
        name="e",
        ai_model_name="m",
        scope="ALL",
        url=URL,
        access_key="******",
        secret=made.secret,
        shown_key=made.shown_key,
        provider="openai",
        request_model_name=None,
    )
    assert re.fullmatch(r"[0-9A-F]{64}", made.shown_key)
    assert made.secret not in repr(made)
    assert endpoints.reveal(made) == Secret("sk-literal", "api.example")
    assert endpoints.find("E") == made
    assert endpoints.find("other") is None


def test_the_endpoint_of_a_model_is_the_first_that_was_made(endpoints):
    first = make(endpoints, "z")
    second = make(endpoints, "a", ai_model_name="M")
    assert endpoints.list() == [first, second]
    assert endpoints.of_model("M") == first
    assert endpoints.of_model("n") is None


def test_the_same_key_is_shown_differently_each_time(endpoints):
    first, second = make(endpoints, "a"), make(endpoints, "b")
    endpoints.alter("a", {"access_key": "sk-literal"}, "api.example")
    assert len({first.shown_key, second.shown_key, endpoints.get("a").shown_key}) == 3


def test_a_change_leaves_the_rest_as_it_is(endpoints):
    before = make(endpoints, request_model_name="x")
    endpoints.alter("E", {"url": "https://other.example", "request_model_name": None}, "other.example")
    after = endpoints.get("e")
    assert (after.url, after.request_model_name) == ("https://other.example", None)
    assert (after.secret, after.shown_key, after.provider) == (before.secret, before.shown_key, "openai")
    assert endpoints.reveal(after) == Secret("sk-literal", "api.example")
    endpoints.alter("e", {}, "other.example")
    assert endpoints.get("e") == after


def test_a_new_key_takes_the_place_of_the_old_one(endpoints):
    before = make(endpoints)
    endpoints.alter("e", {"access_key": "sk-new"}, "api.example")
    after = endpoints.get("e")
    assert endpoints.reveal(after) == Secret("sk-new", "api.example")
    assert after.shown_key != before.shown_key
    assert (
        problem(lambda: endpoints.reveal(before))[0] == "the key is no longer in the key file of this catalog"
    )
    endpoints.alter("e", {"access_key": "${NAME}"}, "api.example")
    named = endpoints.get("e")
    assert (named.access_key, endpoints.reveal(named)) == ("${NAME}", None)


def test_a_key_without_a_host_is_bound_to_the_first(endpoints):
    endpoints.create("e", VALUES | {"url": "${URL}"}, None)
    endpoints.alter("e", {"url": URL}, "api.example")
    made = endpoints.get("e")
    endpoints.bind(made, "other.example")
    assert endpoints.reveal(made) == Secret("sk-literal", "api.example")


def test_an_endpoint_that_is_there_or_missing(endpoints):
    made = make(endpoints, "chat")
    taken = ("This ai model endpoint 'CHAT' is already exists", "-11113", None)
    missing = ("This ai model endpoint 'chta' not found in the tenant", "-11112", "did you mean chat?")
    assert problem(lambda: make(endpoints, "CHAT")) == taken
    assert problem(lambda: endpoints.alter("chta", {}, None)) == missing
    assert problem(lambda: endpoints.drop("chta")) == missing
    endpoints.drop("Chat")
    assert endpoints.list() == []
    assert (
        problem(lambda: endpoints.reveal(made))[0] == "the key is no longer in the key file of this catalog"
    )


def test_models_and_endpoints_belong_to_a_catalog(endpoints, catalogs):
    endpoints.create_model("m", "completion", "x")
    made = make(endpoints)
    catalogs.create_catalog("other", {"type": "sqlite", "path": "other.sqlite"})
    catalogs.use_catalog("other")
    assert (endpoints.models(), endpoints.list()) == ([], [])
    assert endpoints.reveal(made) == Secret("sk-literal", "api.example")


def test_looking_makes_no_file(endpoints, catalog_file):
    assert (endpoints.models(), endpoints.list(), endpoints.of_model("m")) == ([], [], None)
    assert not catalog_file.exists()


def test_the_key_is_in_no_file_but_that_of_keys(endpoints, catalog_file):
    make(endpoints)
    holding = [path.suffix for path in catalog_file.parent.iterdir() if b"sk-literal" in path.read_bytes()]
    assert [suffix for suffix in holding if not suffix.startswith(".keys")] == []
    assert holding
