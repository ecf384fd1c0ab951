"""The built parser is kept between runs, and whatever the cache holds does no harm."""

import pytest

from aisql.syntax.parse import Parser, _cached
from aisql.syntax.statements import ShowModels

# As good as the real one for everything but the parsing.
SMALL = """
statement: "SHOW"i "MODELS"i
query: "SELECT"i
type: "INT"i
%ignore " "
"""


def parse(directory, grammar=SMALL):
    return _cached(grammar, str(directory)).parse("show models", start="statement").data


def test_the_parser_is_written_once_and_used_again(tmp_path):
    directory = tmp_path / "deep" / "cache"
    assert Parser(str(directory)).statement("SHOW MODELS") == ShowModels()
    (file,) = directory.iterdir()
    before = file.stat()
    again = Parser(str(directory))
    assert again.statement("SHOW MODELS") == ShowModels()
    assert again.query("SELECT ai_complete('m', 1)", {"ai_complete"}).verb == "SELECT"
    assert [*directory.iterdir()] == [file]
    assert (file.stat().st_mtime_ns, file.stat().st_ino) == (before.st_mtime_ns, before.st_ino)


def test_a_parser_from_the_cache_explains_mistakes_as_a_built_one_does(tmp_path):
    messages = []
    for _ in range(2):
        with pytest.raises(Exception, match="unexpected") as caught:
            Parser(str(tmp_path)).statement("ALTER MODEL m ADD x")
        messages.append(str(caught.value))
    assert messages == ["unexpected 'ADD': expected RENAME TO, SET or RESET"] * 2


def test_nothing_is_read_or_written_before_the_first_statement(tmp_path):
    Parser(str(tmp_path))
    assert [*tmp_path.iterdir()] == []


def test_another_grammar_has_another_file(tmp_path):
    parse(tmp_path)
    parse(tmp_path, SMALL + "\n// changed")
    assert len([*tmp_path.iterdir()]) == 2


@pytest.mark.parametrize(
    "damage",
    [
        lambda content: b"",
        lambda content: b"\n",
        lambda content: content[: len(content) // 2],
        lambda content: content[:-1],
        lambda content: content + b"x",
        lambda content: content.partition(b"\n")[2],
        lambda content: content.replace(b"statement", b"statemenu"),
        lambda content: b"\0" * len(content),
        lambda content: b"cos\nsystem\n(S'exit 1'\ntR.",
    ],
)
def test_a_damaged_file_is_built_anew(tmp_path, damage):
    assert parse(tmp_path) == "statement"
    (file,) = tmp_path.iterdir()
    sound = file.read_bytes()
    file.write_bytes(damage(sound))
    assert parse(tmp_path) == "statement"
    assert [*tmp_path.iterdir()] == [file]
    written = file.read_bytes()
    assert parse(tmp_path) == "statement"
    assert file.read_bytes() == written != damage(sound)


def test_a_folder_that_cannot_be_written_is_no_reason_to_fail(tmp_path):
    regular = tmp_path / "file"
    regular.write_text("here")
    assert parse(regular) == "statement"
    assert parse(regular / "below") == "statement"
    assert regular.read_text() == "here"


def test_without_a_folder_nothing_is_kept():
    assert _cached(SMALL, None).parse("show models", start="statement").data == "statement"


def test_one_program_builds_a_grammar_once(tmp_path):
    built = _cached(SMALL, None)
    assert _cached(SMALL, None) is built
    assert _cached(SMALL, str(tmp_path)) is built
    kept = _cached(SMALL, str(tmp_path))
    assert _cached(SMALL, str(tmp_path)) is kept
