"""The ledger: answers are kept for good, found by any process, and removed on request only."""

import os
import signal
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from dataclasses import astuple, replace
from datetime import datetime, timedelta
from pathlib import Path

import apsw
import pytest

from aisql.catalog.answers import Answer, Failure, Found, Ledger
from aisql.catalog.migrations import MIGRATIONS, migrate
from aisql.catalog.sqlite import open_connection
from aisql.catalog.store import open_store
from aisql.errors import CatalogError, OpenError, Span, SqlError

NOBODY = 65534
NOON = "2025-05-11 09:36:51.548"
SENDER = ("openai", "api.openai.com", "gpt-4o", "chat/completions", "ai_complete")

WRITER = """
import sys
from datetime import datetime
from pathlib import Path
from aisql.catalog.answers import Answer, Ledger

file, first, count = sys.argv[1:]
ledger = Ledger(Path(file), lambda: datetime(2025, 5, 11))
print("ready", flush=True)
sys.stdin.readline()
for number in range(int(first), int(first) + int(count)):
    answer = Answer(number.to_bytes(32), "p", "h", "m", "t", "{}", str(number), 1, 10, 1, 0.5)
    ledger.keep([answer], [], {("p", "h", "m", "t", ""): 1})
print("kept", flush=True)
sys.stdin.readline()
"""


class Time:
    """A clock that tests put on."""

    def __init__(self):
        self.now = datetime(2025, 5, 11, 9, 36, 51, 548_000)

    def __call__(self):
        return self.now


@pytest.fixture
def time():
    return Time()


@pytest.fixture
def ledger(catalog_file, time):
    opened = Ledger(catalog_file, time)
    yield opened
    opened.close()


@pytest.fixture
def other(catalog_file, time):
    opened = Ledger(catalog_file, time)
    yield opened
    opened.close()


def digest(number):
    return number.to_bytes(32)


def answer(number=1, **changes):
    request, text = f'{{"n":{number}}}', f"answer {number}"
    made = Answer(digest(number), *SENDER[:4], request, text, 1, 10, 2, 0.25, SENDER[4], 8, 1)
    return replace(made, **changes)


def failure(message="the server said no", **changes):
    made = Failure(
        "SELECT ai_complete('openai:gpt-4o', s) FROM t",
        "ai_complete",
        *SENDER[:3],
        "('openai:gpt-4o', 'text')",
        500,
        3,
        "provider_error",
        message,
        SENDER[3],
        "req-1",
    )
    return replace(made, **changes)


def shown(kept, moment=NOON):
    """The row of `answers()` for an answer."""
    first, *rest, seconds, _function, cached, reasoning, attempts = astuple(kept)
    return (*rest, cached, reasoning, seconds, attempts, moment, first.hex())


def problem(action, kind=CatalogError):
    with pytest.raises(kind) as caught:
        action()
    assert type(caught.value) is kind
    return caught.value.message, caught.value.hint


def all_tables(ledger):
    return list(ledger.answers()), list(ledger.usage()), list(ledger.errors())


# -- keeping and finding -----------------------------------------------------------------------------


def test_an_answer_is_found_by_its_digest_alone(ledger):
    texts = answer(2, answer='["a", "b"]', choices=2)
    ledger.keep([answer(1), texts], [])
    assert [ledger.find(digest(number)) for number in (1, 2, 3)] == [
        Found("answer 1", 1),
        Found('["a", "b"]', 2),
        None,
    ]


def test_an_answer_is_found_by_another_ledger_and_after_closing(ledger, other):
    ledger.keep([answer()], [])
    assert other.find(digest(1)) == Found("answer 1", 1)
    other.close()
    assert other.find(digest(1)) == Found("answer 1", 1)


def test_reading_a_missing_ledger_finds_nothing_and_makes_nothing(ledger, catalog_file):
    assert ledger.find(digest(1)) is None
    assert all_tables(ledger) == ([], [], [])
    assert ledger.purge(None, {}) == ledger.purge("model = 'x'", {}) == 0
    ledger.keep([], [])
    assert not catalog_file.parent.exists()


def test_a_ledger_that_somebody_else_makes_is_noticed_at_once(ledger, other):
    assert ledger.find(digest(1)) is None
    assert all_tables(ledger) == ([], [], [])
    other.keep([answer(1)], [])
    assert ledger.find(digest(1)) == Found("answer 1", 1)
    assert list(ledger.answers()) == [shown(answer(1))]
    other.keep([answer(2)], [])
    assert ledger.find(digest(2)) == Found("answer 2", 1)


def test_a_new_answer_takes_the_place_of_the_old_one(ledger, time):
    ledger.keep([answer(1), answer(2)], [])
    time.now += timedelta(minutes=1)
    again = answer(1, answer="other words", input_tokens=None, output_tokens=None)
    ledger.keep([again], [])
    assert list(ledger.answers()) == [shown(answer(2)), shown(again, "2025-05-11 09:37:51.548")]


def test_only_answers_of_a_time_on_are_found_when_asked_for(ledger, time):
    ledger.keep([answer(1)], [])
    time.now += timedelta(milliseconds=1)
    begin = ledger.now()
    assert begin == "2025-05-11 09:36:51.549"
    ledger.keep([answer(2)], [])
    assert [ledger.find(digest(number), begin) for number in (1, 2)] == [None, Found("answer 2", 1)]
    assert ledger.find(digest(1), NOON) == Found("answer 1", 1)


@pytest.mark.parametrize(
    "text",
    ["", "\0", "a\0b\0", "零 🙂 \r\n\t\x1b[31m", "'); DROP TABLE aisql_answers; --", "x" * 10_000_000],
    ids=["empty", "a NUL", "NULs", "scripts", "SQL", "10 MB"],
)
def test_every_text_comes_back_as_it_was(ledger, other, text):
    kept = answer(1, answer=text, request=text)
    ledger.keep([kept], [])
    assert other.find(digest(1)) == Found(text, 1)
    assert list(other.answers()) == [shown(kept)]


def test_half_a_character_is_replaced_and_the_other_answers_are_kept(ledger):
    ledger.keep([answer(1, answer="a\ud83db\ude00"), answer(2)], [failure("\ud800!")])
    assert [ledger.find(digest(number)) for number in (1, 2)] == [
        Found("a\ufffdb\ufffd", 1),
        Found("answer 2", 1),
    ]
    assert [row[-1] for row in ledger.errors()] == ["\ufffd!"]


def test_an_older_catalog_gets_the_tables_when_it_is_read(ledger, catalog_file):
    connection = open_connection(catalog_file)
    migrate(connection, catalog_file, lambda: NOON, MIGRATIONS[:3])
    connection.execute("INSERT INTO aisql_databases (name, created_at) VALUES ('mine', 'then')")
    connection.close()
    assert ledger.find(digest(1)) is None
    ledger.keep([answer()], [])
    assert ledger.find(digest(1)) == Found("answer 1", 1)
    assert ledger.store.rows("SELECT name FROM aisql_databases ORDER BY name") == [
        ("default_database",),
        ("mine",),
    ]


# -- failures and usage ------------------------------------------------------------------------------


def test_a_failure_is_told_of_and_is_no_answer(ledger):
    timeout = failure("no answer in 60 s", status=None, code="timeout", request_id=None)
    ledger.keep([], [failure(), timeout])
    common = (NOON, "SELECT ai_complete('openai:gpt-4o', s) FROM t", "ai_complete", *SENDER[:3])
    assert all_tables(ledger) == (
        [],
        [("2025-05-11", *SENDER, 0, 0, 2, 0, 0, 0, 0)],
        [
            (*common, "('openai:gpt-4o', 'text')", None, 3, "timeout", None, "no answer in 60 s"),
            (*common, "('openai:gpt-4o', 'text')", 500, 3, "provider_error", "req-1", "the server said no"),
        ],
    )


def test_only_the_newest_ten_thousand_failures_are_remembered(ledger):
    ledger.keep([], [failure(str(number)) for number in range(9_999)])
    ledger.keep([], [failure("a"), failure("b"), failure("c")])
    messages = [row[-1] for row in ledger.errors()]
    assert len(messages) == 10_000
    assert (messages[:4], messages[-1]) == (["c", "b", "a", "9998"], "2")
    assert [row[8] for row in ledger.usage()] == [10_002]


def test_usage_adds_up_per_day_and_sender(ledger, time):
    embed = ("dashscope", "h2", "text-embedding-v4", "embeddings", "ai_embedding")
    vectors = [
        Answer(digest(number), *embed[:4], "{}", "[0.5]", 1, 3, None, 0.1, embed[4]) for number in (3, 4)
    ]  # one request for both
    ledger.keep([answer(1), *vectors], [failure()], {SENDER: 2, embed: 1})
    ledger.keep([answer(2, input_tokens=None, cached_tokens=None, reasoning_tokens=None)], [], {SENDER: 3})
    time.now += timedelta(days=1)
    ledger.keep([], [], {SENDER: 1})
    assert list(ledger.usage()) == [
        ("2025-05-11", *embed, 1, 2, 0, 6, 0, 0, 0),
        ("2025-05-11", *SENDER, 5, 2, 1, 10, 4, 8, 1),
        ("2025-05-12", *SENDER, 1, 0, 0, 0, 0, 0, 0),
    ]


def test_functions_that_ask_the_same_model_are_counted_apart(ledger):
    classify = (*SENDER[:4], "ai_classify")
    ledger.keep([answer(1), answer(2, function="ai_classify")], [failure(function="ai_classify")], {})
    ledger.keep([], [], {classify: 3})
    assert list(ledger.usage()) == [
        ("2025-05-11", *classify, 3, 1, 1, 10, 2, 8, 1),
        ("2025-05-11", *SENDER, 0, 1, 0, 10, 2, 8, 1),
    ]


# -- what services teach -----------------------------------------------------------------------------


def test_what_a_service_teaches_is_known_to_others_by_model_and_subject(ledger, other):
    ledger.remember("api.openai.com", "gpt-4o", "manner", '{"stream":true}')
    ledger.remember("api.openai.com", "gpt-4o", "window", "128000")
    ledger.remember("api.openai.com", "o3", "manner", "1")
    ledger.remember("api.openai.com", "o3", "manner", "2")
    ledger.remember("localhost:8080", "o3", "manner", "3")
    assert other.learned("api.openai.com") == {
        ("gpt-4o", "manner"): '{"stream":true}',
        ("gpt-4o", "window"): "128000",
        ("o3", "manner"): "2",
    }
    assert other.learned("localhost:8080") == {("o3", "manner"): "3"}
    assert other.learned("elsewhere") == {}


def test_what_was_taught_more_than_a_week_ago_is_forgotten(ledger, time):
    ledger.remember("h", "m", "old", "1")
    time.now += timedelta(days=7)
    assert ledger.learned("h") == {("m", "old"): "1"}
    time.now += timedelta(milliseconds=1)
    assert ledger.learned("h") == {}
    ledger.remember("h", "m", "new", "2")
    assert ledger.store.rows("SELECT what FROM aisql_learned") == [("new",)]


def test_asking_what_was_taught_makes_no_file(ledger, catalog_file):
    assert ledger.learned("h") == {}
    assert not catalog_file.parent.exists()


# -- purging -----------------------------------------------------------------------------------------


@pytest.fixture
def filled(ledger, time):
    """Four answers a day apart; the third is another model's."""
    for number in range(1, 5):
        ledger.keep([answer(number, model="gpt-4o" if number != 3 else "o3")], [], {SENDER: 1})
        time.now += timedelta(days=1)
    return ledger


def numbers(ledger):
    return [int(str(row[5]).split()[-1]) for row in ledger.answers()]


@pytest.mark.parametrize(
    ("where", "left"),
    [
        (None, []),
        ("1", []),
        ("model = 'o3'", [1, 2, 4]),
        ("model = :model", [1, 2, 4]),
        ("created_at < '2025-05-13' -- the old ones", [3, 4]),
        ("digest = '0000000000000000000000000000000000000000000000000000000000000001'", [2, 3, 4]),
        ("answers.answer LIKE '%2' OR json_extract(request, '$.n') = 4", [1, 3]),
        ("created_at = (SELECT max(created_at) FROM answers) /**/", [1, 2, 3]),
        ("model = 'a;b)' OR answer = 'answer 1' /* ;) */", [2, 3, 4]),
        ("NULL", [1, 2, 3, 4]),
        ("input_tokens = 10 AND provider || host || task || output_tokens || seconds = ''", [1, 2, 3, 4]),
        ("cached_tokens = 8 AND reasoning_tokens = 1", []),
    ],
)
def test_purging_removes_what_the_condition_is_true_for(filled, where, left):
    usage = list(filled.usage())
    assert filled.purge(where, {"model": "o3"}) == 4 - len(left)
    assert numbers(filled) == left
    assert [filled.find(digest(number)) is not None for number in range(1, 5)] == [
        number in left for number in range(1, 5)
    ]
    assert list(filled.usage()) == usage


@pytest.mark.parametrize(
    ("where", "message"),
    [
        ("modle = 'o3'", "no such column: modle"),
        ("rowid = 1", "no such column: rowid"),
        ("aisql_answers.model = 'o3'", "no such column: aisql_answers.model"),
        ("fresh(model)", "no such function: fresh"),
        ("model = 'o3", 'unrecognized token: "\'o3"'),
        ("model =", "incomplete input"),
        ("", "incomplete input"),
        ("1) OR (1", 'near ")": syntax error'),
        ("1)) OR ((1", 'near ")": syntax error'),
        ("1); DROP TABLE aisql_models; --", 'near ")": syntax error'),
        ("1)); DROP TABLE aisql_models; --", 'near ")": syntax error'),
        ("1; DROP TABLE aisql_models", 'near ";": syntax error'),
        ("1;", 'near ";": syntax error'),
        ("(SELECT 1; DELETE FROM aisql_models)", 'near ";": syntax error'),
        ("(1", "incomplete input"),
        ("1 LIMIT 1", 'near "LIMIT": syntax error'),
        ("1 GROUP BY model", 'near "GROUP": syntax error'),
        ("1 UNION SELECT 1", 'near "UNION": syntax error'),
        ("1 RETURNING 1", 'near "RETURNING": syntax error'),
        ("1 /*", 'near "*": syntax error'),
        ("model, 1", 'near ",": syntax error'),
        ("count(*) > 1", "misuse of aggregate function count()"),
        ("json_extract(answer, '$')", "malformed JSON"),
        ("model = ?", "a parameter needs a name, such as :name"),
        ("model = :other", "variable :other is not set"),
        ("1\0", "the condition has a character that no SQL has"),
        ("'\ud800'", "the condition has a character that no SQL has"),
    ],
)
def test_what_is_no_condition_removes_nothing(filled, where, message):
    schema = filled.store.rows("SELECT name FROM sqlite_schema ORDER BY name")
    assert problem(lambda: filled.purge(where, {"model": "o3"}), SqlError) == (message, None)
    assert numbers(filled) == [1, 2, 3, 4]
    assert filled.store.rows("SELECT name FROM sqlite_schema ORDER BY name") == schema


def test_a_wrong_condition_is_an_error_where_nothing_was_kept_too(ledger, catalog_file):
    assert problem(lambda: ledger.purge("1) OR (1", {}), SqlError)[0] == 'near ")": syntax error'
    assert not catalog_file.exists()


def test_the_place_of_a_mistake_is_told_where_the_statement_is_known(ledger):
    spans = []
    for start in (None, 20):
        with pytest.raises(SqlError) as caught:
            ledger.purge("answer = '零' AND modle = 'o3'", {}, start)
        spans.append(caught.value.span)
    assert spans == [None, Span(37, 42)]


def test_purging_while_a_table_is_read_lets_the_reader_finish(filled, other):
    ours, theirs = filled.answers(), other.answers()
    first = [next(ours), next(theirs)]
    assert other.find(digest(4)) is not None
    assert filled.purge("model = 'gpt-4o'", {}) == 3
    assert [filled.find(digest(number)) is not None for number in (3, 4)] == [True, False]
    assert other.find(digest(4)) is None
    assert [len(list(ours)), len(list(theirs))] == [3, 3]
    assert len({row[-1] for row in first}) == 1
    assert numbers(filled) == numbers(other) == [3]


def test_a_reader_that_stops_early_holds_nothing(filled, catalog_file):
    rows = filled.answers()
    next(rows)
    rows.close()
    connection = apsw.Connection(str(catalog_file))
    assert connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").get[0] == 0
    connection.close()


# -- what goes wrong ---------------------------------------------------------------------------------


def test_a_locked_file_is_an_error_and_what_was_kept_stays(ledger, other, catalog_file):
    ledger.keep([answer(1)], [])
    ledger.store.connection.set_busy_timeout(1)
    message = (f"{catalog_file} is locked by another program", "try again when that program has finished")
    with other.store.transaction() as write:
        write.execute("DELETE FROM aisql_usage")
        assert problem(lambda: ledger.keep([answer(2)], [failure()])) == message
        assert problem(lambda: ledger.purge(None, {})) == message
        assert ledger.find(digest(1)) == Found("answer 1", 1)
    assert all_tables(ledger) == ([shown(answer(1))], [], [])
    ledger.keep([answer(2)], [])
    assert ledger.find(digest(2)) == Found("answer 2", 1)


def test_keeping_waits_for_another_writer(ledger, other):
    other.keep([answer(1)], [])
    other.store.connection.execute("BEGIN IMMEDIATE")

    def the_other_commits(times):
        other.store.connection.execute("COMMIT")
        return True

    assert ledger.store.rows("PRAGMA busy_timeout") == [(10_000,)]
    ledger.store.connection.set_busy_handler(the_other_commits)
    ledger.keep([answer(2)], [])
    assert list(ledger.answers()) == [shown(answer(1)), shown(answer(2))]


def test_a_full_disk_is_an_error_and_all_of_a_batch_or_nothing_is_kept(ledger, catalog_file):
    ledger.keep([answer(1)], [], {SENDER: 1})
    before = all_tables(ledger)
    connection = ledger.store.connection
    pages = connection.execute("PRAGMA page_count").get
    connection.execute(f"PRAGMA max_page_count = {pages + 10}").fetchall()
    batch = [answer(2), answer(3, answer="x" * 1_000_000)]
    assert problem(lambda: ledger.keep(batch, [failure()], {SENDER: 2})) == (
        f"{catalog_file} cannot be written: the disk is full",
        "free some space and try again",
    )
    assert all_tables(ledger) == before
    connection.execute(f"PRAGMA max_page_count = {pages + 1_000}").fetchall()
    ledger.keep(batch, [])
    assert ledger.find(digest(2)) == Found("answer 2", 1)


@contextmanager
def protected(folder):
    """Nothing in the folder, nor the folder, can be written inside; not even by the administrator."""
    for path in (*folder.iterdir(), folder):
        path.chmod(0o555 if path.is_dir() else 0o444)
    is_root = os.geteuid() == 0
    if is_root:
        os.seteuid(NOBODY)
    try:
        yield
    finally:
        if is_root:
            os.seteuid(0)
        for path in (folder, *folder.iterdir()):
            path.chmod(0o755 if path.is_dir() else 0o644)


@pytest.mark.skipif(os.name != "posix", reason="folders are not protected this way")
def test_a_file_that_cannot_be_written_is_read_and_what_its_owner_adds_is_found(time):
    with tempfile.TemporaryDirectory() as name:  # not in pytest's folder: other users may not look there
        folder = Path(name)
        file = folder / "c.sqlite"
        owner, reader = Ledger(file, time), Ledger(file, time)
        owner.keep([answer(1)], [])
        owner.close()
        read_only = (f"{file} cannot be written: it is read-only", "choose a file you may write to")
        with protected(folder):
            assert [reader.find(digest(number)) for number in (1, 2)] == [Found("answer 1", 1), None]
            assert problem(lambda: reader.keep([answer(2)], []), OpenError) == read_only
            assert problem(lambda: reader.purge(None, {}), OpenError) == read_only
            assert list(reader.answers()) == [shown(answer(1))]
        owner.keep([answer(2)], [])
        owner.close()
        with protected(folder):
            assert reader.find(digest(2)) == Found("answer 2", 1)
            assert list(reader.answers()) == [shown(answer(1)), shown(answer(2))]
        reader.keep([answer(3)], [])
        assert reader.find(digest(3)) == Found("answer 3", 1)
        reader.close()


@pytest.mark.parametrize(
    "use",
    [
        lambda ledger: ledger.find(digest(1)),
        lambda ledger: ledger.keep([answer()], []),
        lambda ledger: ledger.purge("1", {}),
        lambda ledger: next(ledger.answers()),
        lambda ledger: ledger.learned("h"),
        lambda ledger: ledger.remember("h", "m", "what", "1"),
    ],
)
def test_a_path_that_is_a_directory_or_no_catalog_is_an_error(tmp_path, time, use):
    assert problem(lambda: use(Ledger(tmp_path, time)), OpenError) == (
        f"{tmp_path} cannot be opened: it is a directory",
        "choose another path",
    )
    notes = tmp_path / "notes"
    notes.write_text("these are notes, not tables\n" * 100)
    assert problem(lambda: use(Ledger(notes, time)), OpenError)[0] == f"{notes} is not a SQLite file"


def test_a_damaged_file_is_an_error(ledger, catalog_file):
    ledger.keep([answer(number) for number in range(1_000)], [])
    ledger.close()
    content = bytearray(catalog_file.read_bytes())
    content[-100_000:] = b"\xff" * 100_000
    catalog_file.write_bytes(content)

    def find_all():
        for number in range(1_000):
            ledger.find(digest(number))

    for use in (find_all, lambda: ledger.purge("answer = ''", {}), lambda: list(ledger.answers())):
        assert problem(use)[0].startswith(f"{catalog_file} is damaged")


# -- several processes -------------------------------------------------------------------------------


def start(file, first, count):
    process = subprocess.Popen(
        [sys.executable, "-c", WRITER, str(file), str(first), str(count)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout.readline() == "ready\n"
    return process


def go(process):
    process.stdin.write("go\n")
    process.stdin.flush()


def test_two_processes_write_at_once_to_a_new_file_while_a_third_reads(ledger, catalog_file):
    writers = [start(catalog_file, first, 100) for first in (0, 100)]
    for writer in writers:
        go(writer)
    seen = 0
    while seen < 200:  # every answer can be found as soon as it is counted
        rows = list(ledger.answers())
        assert len(rows) >= seen
        assert [writer.poll() for writer in writers] == [None, None]
        assert all(ledger.find(bytes.fromhex(row[-1])) == Found(row[5], 1) for row in rows[seen:])
        seen = len(rows)
    assert [writer.communicate("end\n", timeout=60) for writer in writers] == [("kept\n", "")] * 2
    assert sorted(int(row[5]) for row in ledger.answers()) == list(range(200))
    assert list(ledger.usage()) == [("2025-05-11", "p", "h", "m", "t", "", 200, 200, 0, 2_000, 200, 0, 0)]


@pytest.mark.skipif(os.name != "posix", reason="needs SIGKILL")
def test_a_process_killed_right_after_it_kept_answers_loses_none(ledger, catalog_file):
    writer = start(catalog_file, 0, 20)
    go(writer)
    assert writer.stdout.readline() == "kept\n"
    writer.kill()
    assert writer.wait(60) == -signal.SIGKILL
    writer.communicate()
    assert [ledger.find(digest(number)) for number in range(20)] == [
        Found(str(number), 1) for number in range(20)
    ]
    store = open_store(catalog_file, lambda: datetime(2025, 5, 11))
    assert store.rows("PRAGMA integrity_check") == [("ok",)]
    store.close()
