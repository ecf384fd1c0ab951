"""API connections."""

import pytest

from aisql.catalog.connections import Connection, describe_rows, show_row, shown_url
from aisql.catalog.secrets import Secret
from aisql.errors import CatalogError

URL = "https://dashscope.aliyuncs.com/api/v1"
CREATED = "2025-05-11 09:36:51.548"


def make(connections, name="conn_bailian", key="sk-xxx", **flags):
    return connections.create(
        name, "ai_function", "bailian", URL, {"api_key": key}, host="dashscope.aliyuncs.com", **flags
    )


def problem(action):
    with pytest.raises(CatalogError) as caught:
        action()
    return caught.value.message, caught.value.hint


def test_a_connection_is_found_as_it_was_made(connections):
    assert make(connections)
    found = connections.get("conn_bailian")
    assert found == Connection(
        catalog="default_catalog",
        name="conn_bailian",
        type="AI_FUNCTION",
        provider="bailian",
        base_url=URL,
        options=(("api_key", "******"),),
        created_at=CREATED,
        secrets=found.secrets,
    )
    assert connections.reveal(found, "api_key") == Secret("sk-xxx", "dashscope.aliyuncs.com")
    assert connections.reveal(found, "provider") is None


def test_the_rows_of_show_and_describe(connections):
    make(connections)
    found = connections.get("conn_bailian")
    assert show_row(found) == ("conn_bailian", "API", "AI_FUNCTION", "ENABLED", CREATED)
    assert describe_rows(found) == (
        ("name", "conn_bailian"),
        ("category", "API"),
        ("type", "AI_FUNCTION"),
        ("enabled", "ENABLED"),
        ("provider", "bailian"),
        ("base_url", URL),
        ("api_key", "******"),
        ("created_time", CREATED),
    )


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://user:PASSWORD@h/v1", "https://******@h/v1"),
        ("https://token@h:8000", "https://******@h:8000"),
        ("https://user:a@b@h/v1", "https://******@h/v1"),
        ("//user@h", "//******@h"),
        ("https://h/v1/@x?mail=a@b", "https://h/v1/@x?mail=a@b"),
        ("${URL}", "${URL}"),
        ("", ""),
    ],
)
def test_the_user_info_of_a_url_is_not_shown(connections, url, shown):
    assert shown_url(url) == shown
    connections.create("c", "ai_function", "openai", url, {})
    assert ("base_url", shown) in describe_rows(connections.get("c"))


def test_a_named_key_is_shown_as_written(connections):
    make(connections, key="${BAILIAN_KEY}")
    found = connections.get("conn_bailian")
    assert ("api_key", "${BAILIAN_KEY}") in describe_rows(found)
    assert connections.reveal(found, "api_key") is None


def test_connections_are_listed_in_order(connections):
    for name in ("b", "B", "a"):
        make(connections, name)
    assert [connection.name for connection in connections.list()] == ["B", "a", "b"]


def test_a_name_that_is_taken(connections):
    make(connections)
    assert problem(lambda: make(connections)) == ("Connection 'conn_bailian' already exists.", None)
    assert not make(connections, key="other", if_not_exists=True)
    assert connections.reveal(connections.get("conn_bailian"), "api_key").value == "sk-xxx"


def test_a_connection_that_is_missing(connections):
    make(connections)
    message = ("Connection 'conn_bailan' does not exist.", "did you mean conn_bailian?")
    assert problem(lambda: connections.get("conn_bailan")) == message
    assert problem(lambda: connections.drop("conn_bailan")) == message
    assert connections.find("conn_bailan") is None
    assert not connections.drop("conn_bailan", if_exists=True)


def test_dropping_a_connection_forgets_its_key(connections):
    make(connections)
    found = connections.get("conn_bailian")
    assert connections.drop("conn_bailian")
    assert connections.list() == []
    assert problem(lambda: connections.reveal(found, "api_key")) == (
        "the key is no longer in the key file of this catalog",
        "set the key again",
    )


def test_a_key_that_is_bound_to_no_host_is_bound_once(connections):
    connections.create("c", "ai_function", "openai", "${URL}", {"api_key": "k"})
    found = connections.get("c")
    connections.bind(found, "one.example")
    connections.bind(found, "two.example")
    assert connections.reveal(found, "api_key") == Secret("k", "one.example")


def test_a_connection_belongs_to_its_catalog(connections, catalogs):
    make(connections)
    catalogs.create_catalog("other", {"type": "sqlite", "path": "other.sqlite"})
    catalogs.use_catalog("other")
    assert connections.list() == []
    make(connections, "elsewhere", "k2")
    elsewhere = connections.get("elsewhere")
    catalogs.use_catalog("default_catalog")
    assert [connection.name for connection in connections.list()] == ["conn_bailian"]
    assert connections.reveal(elsewhere, "api_key").value == "k2"


def test_a_connection_needs_a_name(connections):
    assert problem(lambda: make(connections, ""))[0] == "a name must not be empty"
