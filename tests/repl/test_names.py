"""What completion knows of a session: read when it has changed, made on another thread."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Event, current_thread

import apsw
import pytest
from prompt_toolkit.completion import CompleteEvent
from prompt_toolkit.document import Document
from prompt_toolkit.history import InMemoryHistory
from server import ModelServer

from aisql.access import UNLIMITED
from aisql.engine.outline import Column, Named, Outline
from aisql.engine.system import TABLES
from aisql.functions.sqlite import SQLITE_FUNCTIONS
from aisql.repl.completion.complete import complete
from aisql.repl.completion.lookups import Lookups
from aisql.repl.completion.refresh import Names
from aisql.repl.keys import Mode
from aisql.repl.lazy import LazyCompleter, Loading
from aisql.session import Session
from aisql.settings import Settings

MODEL = "INPUT (a STRING) OUTPUT (b STRING) WITH ('provider' = 'builtin', 'task' = 'chat/completions')"


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    opened = Session(
        Settings({}, {"city": "Rome"}),
        catalog_file=str(tmp_path / "catalog.sqlite"),
        directory=str(tmp_path),
        database_file=":memory:",
    )
    yield opened
    opened.close()


def run(session: Session, text: str) -> None:
    for outcome in session.run(text):
        assert outcome.error is None
        list(outcome.result.rows)


def looked(session: Session) -> Outline:
    find = session.observer().changed()
    assert find is not None
    return find()


def tables(outline: Outline) -> dict[str, list[str]]:
    return {
        f"{each.database}.{each.name}".lstrip("."): [column.name for column in each.columns]
        for each in outline.tables
        if each.database not in {"aisql", "oceanbase"}
    }


def test_a_database_that_breaks_takes_nothing_from_what_is_known(session: Session, tmp_path: Path) -> None:
    session.databases.open(str(tmp_path / "a.db"))
    run(session, "CREATE TABLE t (a)")
    names = Names(session.observer(), session.parser, tuple, lambda: None)
    names.refresh()
    names.wait()
    known = names.snapshot
    assert [each.name for each in known.tables if not each.database] == ["t"]
    (tmp_path / "a.db").write_text("broken")
    names.refresh()
    names.wait()
    assert names.snapshot == known


def test_what_a_statement_may_not_name_is_looked_at_all_the_same(session: Session) -> None:
    run(session, "CREATE TABLE main.t (a); CREATE DATABASE d; SELECT 1 FROM aisql.usage; SELECT 1")
    run(session, "CREATE TABLE d.far (b); SELECT 1")
    assert tables(looked(session)) == {"d.far": ["b"], "t": ["a"]}
    with pytest.raises(AssertionError, match="far"):
        run(session, "SELECT * FROM far")


def test_tables_are_known_whatever_holds_them(session: Session, tmp_path: Path) -> None:
    run(session, "CREATE TABLE kept (a, b); CREATE TEMPORARY TABLE passing (c)")
    run(session, "CREATE VIEW seen AS SELECT a FROM kept")
    run(session, f"ATTACH DATABASE '{tmp_path / 'other.sqlite'}' AS other; CREATE TABLE other.far (d)")
    run(session, "CREATE VIEW asked AS SELECT ai_complete('builtin:demo', a) AS answer FROM kept")
    run(session, "BEGIN; CREATE TABLE uncommitted (e)")
    assert tables(looked(session)) == {
        "passing": ["c"],
        "kept": ["a", "b"],
        "seen": ["a"],
        "asked": ["answer"],
        "uncommitted": ["e"],
        "other.far": ["d"],
    }


def test_the_tables_of_the_program_are_known_without_being_attached(session: Session) -> None:
    found = {each.name for each in looked(session).tables if each.database == "aisql"}
    assert found == set(TABLES)


def test_the_catalog_is_known(session: Session) -> None:
    run(session, f"CREATE MODEL m {MODEL}; CREATE TEMPORARY MODEL t {MODEL}; CREATE DATABASE d")
    run(session, f"CREATE MODEL d.far {MODEL}; CREATE API CONNECTION c TYPE ai_function PROVIDER = 'openai'")
    names = looked(session).catalog
    assert names.models == (Named("d.far", "builtin"), Named("m", "builtin"), Named("t", "temporary model"))
    assert names.connections == (Named("c", "openai"),)
    assert [each.name for each in names.databases] == ["d", "default_database"]


def test_nothing_is_read_again_before_something_has_changed(session: Session) -> None:
    observer = session.observer()
    assert observer.changed() is not None
    assert observer.changed() is None
    run(session, "SELECT 1")
    assert observer.changed() is None
    for statement in (
        "CREATE TABLE t (a)",
        "ALTER TABLE t ADD COLUMN b",
        "CREATE TEMPORARY TABLE u (a)",
        f"CREATE MODEL m {MODEL}",
        f"CREATE TEMPORARY MODEL n {MODEL}",
        "CREATE DATABASE d",
        "USE d",
        "DROP MODEL default_database.m",
    ):
        run(session, statement)
        assert observer.changed() is not None, statement
        assert observer.changed() is None, statement


def test_looking_makes_no_catalog_file(session: Session, tmp_path: Path) -> None:
    looked(session)
    assert list(tmp_path.iterdir()) == []


def test_the_snapshot_follows_the_session(session: Session) -> None:
    names = Names(session.observer(), session.parser, lambda: session.settings.variables, lambda: None)

    def suggested(text: str) -> list[str]:
        return [each.text for each in complete(text, len(text), names.snapshot)]

    assert "late" not in suggested("SELECT * FROM la")
    run(session, "CREATE TABLE late (a)")
    names.refresh()
    names.wait()
    assert suggested("SELECT * FROM la")[0] == "late"
    assert suggested("SELECT :") == [":city"]
    assert suggested("SHOW MO") == ["MODELS"]


def test_the_snapshot_follows_the_last_result(session: Session) -> None:
    columns = [("a",)]
    names = Names(session.observer(), session.parser, tuple, lambda: None, drawable=lambda: columns[-1])
    for change in ("CREATE TABLE t (x)", "SELECT 1"):
        run(session, change)
        columns.append((*columns[-1], change))
        names.refresh()
        assert names.snapshot.drawable == columns[-1]
        names.wait()
        assert names.snapshot.drawable == columns[-1]
    assert names.snapshot.table("t") is not None


def test_new_variables_and_favourites_are_known_though_no_table_is_new(session: Session) -> None:
    favourites: list[str] = []
    arrived: list[int] = []
    names = Names(
        session.observer(),
        session.parser,
        lambda: session.settings.variables,
        lambda: arrived.append(len(arrived)),
        lambda: favourites,
    )
    names.refresh()
    names.wait()
    arrived.clear()
    session.settings.variables["street"] = "Via Appia"
    favourites.append("top")
    names.refresh()
    assert (names.snapshot.variables, names.snapshot.favourites) == (("city", "street"), ("top",))
    names.refresh()
    assert arrived == [0]
    run(session, "CREATE TABLE later (a)")
    names.refresh()
    names.wait()
    assert names.snapshot.favourites == ("top",)
    assert names.snapshot.table("later") is not None


def test_columns_of_a_file_arrive_once_it_was_looked_into(session: Session, tmp_path: Path) -> None:
    session.databases.open(str(tmp_path / "open.csv"))
    run(session, "CREATE TABLE t (a)")
    arrived: list[int] = []
    names = Names(session.observer(), session.parser, tuple, lambda: arrived.append(len(arrived)))
    names.refresh()
    names.wait()
    arrived.clear()

    def first(source: str) -> str:
        return complete(f"SELECT  FROM {source}", 7, names.snapshot)[0].text

    for header in ("name", "weight"):  # a clock of files is slow: two of one length might be taken for one
        (tmp_path / "people.csv").write_text(f"{header},age\nann,3\n")
        before = names.newest
        first("'people.csv'")
        names.wait()
        assert first("'people.csv'") == header
        assert [one is other for one, other in zip(before, names.newest, strict=True)] == [True, False]
        names.wait()
    assert arrived == [0, 1]
    assert [first("'open.csv'"), first("'nosuch.csv'"), first("t")] == ['"open.csv"', '"nosuch.csv"', "a"]
    names.wait()
    assert arrived == [0, 1]


def test_a_disk_that_does_not_answer_is_not_waited_for() -> None:
    answers = Event()
    asked: list[str] = []

    def find(name: str) -> tuple[Column, ...]:
        asked.append(name)
        answers.wait()
        return (Column(name),)

    lookups = Lookups(find, lambda: None)
    assert [lookups.columns("a"), lookups.columns("b"), lookups.columns("b")] == [(), (), ()]
    answers.set()
    lookups.wait()
    assert (lookups.columns("a"), lookups.columns("b")) == ((Column("a"),), (Column("b"),))
    lookups.wait()
    assert asked == ["a", "b", "a", "b"]


def test_a_tab_completes_what_stood_there_when_it_was_pressed(session: Session, tmp_path: Path) -> None:
    (tmp_path / "people.csv").touch()
    loading = Loading(lambda: None, lambda: None)
    loading.begin()
    completer = LazyCompleter(
        Mode(),
        InMemoryHistory(),
        lambda arrived: Names(session.observer(), session.parser, tuple, arrived),
        lambda: None,
        loading,
        UNLIMITED,
    )

    def offered(text: str, event: CompleteEvent) -> list[str]:
        async def found() -> list[str]:
            return [each.text async for each in completer.get_completions_async(Document(text), event)]

        return asyncio.run(found())

    path = f"SELECT * FROM '{tmp_path}/pe"
    tab, typing = CompleteEvent(completion_requested=True), CompleteEvent(text_inserted=True)
    assert offered(path, tab) == ["people.csv'"]
    assert completer.again(path).completion_requested
    assert completer.again(f"{path}o").text_inserted
    assert offered(f"{path}o", tab) == []
    assert offered(f"{path}o", CompleteEvent(completion_requested=True)) == ["people.csv'"]
    assert offered("SELECT ab", typing)[:1] == offered("SELECT abs", typing)[:1] == ["abs("]
    assert completer.again("SELECT abs").text_inserted


class Noting:
    """In the place of a parser: notes which thread asked what may follow."""

    def __init__(self) -> None:
        self.threads: list[str] = []

    def following(self, _text: str) -> tuple[str, ...]:
        self.threads.append(current_thread().name)
        return ("SHOW",)


def test_no_key_waits_for_the_parser_to_be_built(session: Session) -> None:
    parser = Noting()
    names = Names(session.observer(), lambda: parser, tuple, lambda: None)  # type: ignore[arg-type, return-value]
    names.refresh()
    names.wait()
    assert names.snapshot.following("") == ("SHOW",)
    assert parser.threads == ["aisql-names"]


def test_a_catalog_that_cannot_be_read_leaves_what_was_known(session: Session, tmp_path: Path) -> None:
    names = Names(session.observer(), session.parser, tuple, lambda: None)
    run(session, "CREATE TABLE t (a)")
    names.refresh()
    names.wait()
    known = names.snapshot
    (tmp_path / "catalog.sqlite").write_text(
        "this is no database, and it is longer than a header of one would be"
    )
    names.refresh()
    names.wait()
    assert names.snapshot is known


def test_every_function_of_sqlite_is_told() -> None:
    connection = apsw.Connection(":memory:")
    known = {str(name) for (name,) in connection.execute("SELECT DISTINCT name FROM pragma_function_list")}
    told = {each.name for each in SQLITE_FUNCTIONS}
    # Tables, and what is of no use to a user: parts of extensions, and what tests of SQLite call.
    assert told - known == {"json_each", "json_tree"}
    inner = (
        "->",
        "fts",
        "geopoly",
        "rtree",
        "sqlite_",
        "current_",
        "load_",
        "match",
        "offsets",
        "optimize",
        "subtype",
    )
    assert [name for name in known - told if not name.startswith(inner)] == []


# ---------------------------------------------------------------- models that services serve


@pytest.fixture
def open_session(tmp_path: Path, server: ModelServer) -> Iterator[Callable[..., Session]]:
    """Opens sessions on one catalog."""
    opened: list[Session] = []

    def start(**environment: str) -> Session:
        settings = Settings({"OPENAI_API_KEY": "sk-test", "OPENAI_BASE_URL": server.url, **environment})
        catalog = str(tmp_path / "catalog.sqlite")
        opened.append(
            Session(settings, catalog_file=catalog, directory=str(tmp_path), database_file=":memory:")
        )
        return opened[-1]

    yield start
    for each in opened:
        each.close()


def served(session: Session) -> tuple[str, ...]:
    return looked(session).catalog.served


def test_models_a_service_told_are_known_in_later_sessions_too(
    open_session: Callable[..., Session], server: ModelServer
) -> None:
    session = open_session()
    assert served(session) == ()
    session.services.models(["openai"])
    known = ("openai:gpt-4o-mini", "openai:text-embedding-3-small")
    assert served(session) == served(open_session()) == known
    run(
        session,
        f"CREATE API CONNECTION c TYPE ai_function PROVIDER = 'openai-compat' BASE_URL = '{server.url}'",
    )
    assert served(session) == (*known, "c:gpt-4o-mini", "c:text-embedding-3-small")
    assert served(open_session(OPENAI_BASE_URL="http://127.0.0.1:9/v1")) == known_of("c", known)
    assert len(server.requests) == 1


def known_of(connection: str, names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(f"{connection}:{name.partition(':')[2]}" for name in names)


def test_names_are_looked_up_anew_when_that_is_asked_for(session: Session) -> None:
    observer = session.observer()
    assert observer.changed() is not None
    assert observer.changed() is None
    session.forget_names()
    assert observer.changed() is not None


@pytest.mark.parametrize(
    "kept", ["no json", "[" * 100_000, "7", '{"a": 1}', '["\\u001b[2J", "${KEY}", "a\\nb", 7]']
)
def test_what_somebody_else_wrote_into_the_catalog_is_not_offered(
    open_session: Callable[..., Session], server: ModelServer, tmp_path: Path, kept: str
) -> None:
    session = open_session()
    session.services.models(["openai"])
    with apsw.Connection(str(tmp_path / "catalog.sqlite")) as catalog:
        catalog.execute("UPDATE aisql_learned SET value = ?", (kept,))
    assert served(session) == ()
