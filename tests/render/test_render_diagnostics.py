"""Errors as they are shown: the first line, the excerpt with its carets, the hint, and no key."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aisql.errors import AisqlError, Span
from aisql.render.diagnostics import draw, warning
from aisql.render.escape import cell_width
from aisql.syntax.hints import MISTAKES


def drawn(source: str, place: str, name: str | None = None) -> list[str]:
    """The lines of an error about the place marked in the source as «place»."""
    assert source.count(place) == 1
    at = source.index(place)
    error = AisqlError("bad", span=Span(at, at + len(place)))
    return draw(error, source=source, name=name, line=1).split("\n")


def test_an_error_in_a_file_has_the_place_the_line_the_carets_and_the_hint():
    source = "create table t(name, x);\n\nselect nam from t where x = 3;\n"
    error = AisqlError("no such column: nam", span=Span(7, 10), hint='did you mean "name"?')
    assert draw(error, source=source, name="script.sql", line=3, start=26) == (
        "script.sql:3: error: no such column: nam\n"
        "  3 | select nam from t where x = 3;\n"
        "    |        ^^^\n"
        'hint: did you mean "name"?'
    )


def test_on_a_terminal_with_colours_the_code_is_painted_and_what_is_wrong_is_red():
    source = "select 'sk-0123456789abcdefghijklmnop', nam from t"
    at = source.index("nam")
    error = AisqlError("no such column: nam", span=Span(at, at + 3))
    plain = draw(error, source=source, name=None, line=1)
    painted = draw(error, source=source, name=None, line=1, paint=lambda code: f"<{code}>")
    code = plain.split("\n")[1].removeprefix("  1 | ")
    assert painted == (
        "\x1b[1;31merror:\x1b[0m no such column: nam\n"
        f"  1 | <{code}>\n"
        f"    | {' ' * code.index('nam')}\x1b[1;31m^^^\x1b[0m"
    )
    assert "0123456789" not in painted


def test_the_statement_alone_gives_the_same_excerpt_as_the_whole_script():
    error = AisqlError("bad", span=Span(7, 10))
    script = draw(error, source="select 1;\nselect nam", name="a.sql", line=2, start=10)
    assert script == draw(error, source="select nam", name="a.sql", line=2)


def test_an_error_at_the_prompt_has_no_place_in_its_first_line():
    assert drawn("select nam", "nam") == ["error: bad", "  1 | select nam", "    |        ^^^"]


def test_an_error_without_a_span_has_no_excerpt_and_tells_the_line_of_its_statement():
    assert draw(AisqlError("bad"), source="select 1", name="a.sql", line=7) == "a.sql:7: error: bad"


def test_the_line_is_that_of_the_place_not_that_of_the_statement():
    source = "select a,\n  b,\n  nam\nfrom t"
    at = source.index("nam")
    error = AisqlError("bad", span=Span(at, at + 3))
    assert draw(error, source=source, name="a.sql", line=98) == (
        "a.sql:100: error: bad\n  100 |   nam\n      |   ^^^"
    )


def test_carets_count_terminal_cells():
    assert drawn("select '中文', 名字, 1", "名字")[1:] == [
        "  1 | select '中文', 名字, 1",
        "    |                ^^^^",
    ]


def test_a_tab_takes_the_same_room_in_both_lines():
    assert drawn("\tselect\tnam", "nam")[1:] == ["  1 |     select    nam", "    |               ^^^"]


def test_a_control_character_before_the_place_is_shown_and_counted():
    assert drawn("select '\x1b', nam", "nam")[1:] == [r"  1 | select '\x1b', nam", "    |                ^^^"]


def test_a_place_over_several_lines_is_marked_on_its_first_line():
    assert drawn("select (a\n+ b)", "(a\n+ b)")[1:] == ["  1 | select (a", "    |        ^^"]


def test_windows_line_ends_do_not_show():
    assert drawn("select 1,\r\nnam\r\nfrom t", "nam")[1:] == ["  2 | nam", "    | ^^^"]


@pytest.mark.parametrize("source", ["select (", "select (\n", "select (\n\n   \n"])
def test_the_end_of_the_text_is_the_place_behind_its_last_character(source):
    error = AisqlError("unfinished", span=Span(len(source), len(source)))
    assert draw(error, source=source, name="a.sql", line=1) == (
        "a.sql:1: error: unfinished\n  1 | select (\n    |         ^"
    )


def test_an_empty_place_has_one_caret():
    error = AisqlError("bad", span=Span(7, 7))
    assert draw(error, source="select nam", name=None, line=1).split("\n")[2] == "    |        ^"


def test_a_very_long_line_is_cut_around_the_place():
    excerpt, carets = drawn("x, " * 1000 + "nam" + ", y" * 1000, "nam")[1:]
    assert excerpt.startswith("  1 | ...")
    assert excerpt.endswith("...")
    assert len(excerpt) == len("  1 | ") + 200
    at = excerpt.index("nam")
    assert carets == f"    |{' ' * (at - 5)}^^^"


def test_a_very_long_place_is_cut_too():
    excerpt, carets = drawn("select " + "n" * 500, "n" * 500)[1:]
    assert excerpt == f"  1 | select {'n' * 190}..."
    assert carets == f"    |        {'^' * 100}"


@pytest.mark.parametrize(
    ("source", "place", "width", "excerpt"),
    [
        ("select one, two, nam from t", "nam", 33, ["select one, two, nam from t", " " * 17 + "^^^"]),
        ("select one, two, nam from t", "nam", 32, ["...ct one, two, nam from t", " " * 16 + "^^^"]),
        ("select one, two, nam, three, four", "nam", 26, ["...two, nam, thre...", " " * 8 + "^^^"]),
        ("select nam, 'two', 'three', 'four'", "nam", 26, ["select nam, 'two'...", " " * 7 + "^^^"]),
        ("select '中文中文中文', nam", "nam", 26, ["...文中文中文', nam", " " * 16 + "^^^"]),
        ("select '\x1b\x1b\x1b', nam", "nam", 26, ["...x1b\\x1b\\x1b', nam", " " * 17 + "^^^"]),
        ("select nam, " + "n" * 90, "n" * 90, 26, ["..., nnnnnnnnnnnn...", " " * 5 + "^" * 10]),
        ("select one, two,", "", 23, ["select one, two,", " " * 16 + "^"]),
        ("select one, two,", "", 22, ["...ct one, two,", " " * 15 + "^"]),
        ("select nam, three", "nam", 1, ["... nam, ...", "    ^^^"]),
    ],
)
def test_a_line_is_cut_to_the_width_of_the_terminal(source, place, width, excerpt):
    at = source.index(place) if place else len(source)
    error = AisqlError("bad", span=Span(at, at + len(place)))
    lines = draw(error, source=source, name=None, line=1, width=width).split("\n")
    assert [line[6:] for line in lines[1:]] == excerpt
    assert all(cell_width(line) <= max(width, 18) for line in lines[1:])


def test_messages_keep_their_lines_and_lose_their_control_characters():
    error = AisqlError("first\nsecond\x1b[0m\n", hint="one\ntwo")
    assert draw(error, source="", name="a\n.sql", line=1) == (
        "a\\n.sql:1: error: first\n  second\\x1b[0m\nhint: one\n  two"
    )


def test_a_warning_looks_like_an_error():
    assert warning("odd\nvery", "a.sql", 3) == "a.sql:3: warning: odd\n  very"
    assert warning("odd", None, 3) == "warning: odd"


# --- secrets

STATEMENT = "create model m with ('api-key' = 'abc''d', 'task' = 'x') nam"


def test_the_caret_stands_under_its_place_behind_a_masked_key():
    assert drawn(STATEMENT, "nam")[1:] == [
        "  1 | create model m with ('api-key' = '******', 'task' = 'x') nam",
        "    |                                                          ^^^",
    ]


def test_a_key_that_is_itself_the_place_is_marked_by_the_width_of_its_mask():
    assert drawn(STATEMENT, "'abc''d'")[1:] == [
        "  1 | create model m with ('api-key' = '******', 'task' = 'x') nam",
        "    |                                  ^^^^^^^^",
    ]


def test_a_place_inside_a_key_is_marked_at_its_mask():
    assert drawn("select sk-abcdefghijkl, 1", "def")[1:] == [
        "  1 | select ******, 1",
        "    |        ^",
    ]


def test_a_reference_to_a_variable_is_marked_where_it_stands():
    assert drawn("set ('api-key' = '${MY_KEY}')", "${MY_KEY}")[1:] == [
        "  1 | set ('api-key' = '${MY_KEY}')",
        "    |                   ^^^^^^^^^",
    ]


def test_a_key_over_several_lines_does_not_show_on_any_of_them():
    source = "create model m with ('api-key' =\n'first\nsecond', nam)"
    assert drawn(source, "nam", "a.sql") == [
        "a.sql:3: error: bad",
        "  3 | '******', nam)",
        "    |           ^^^",
    ]


def test_a_message_keeps_how_an_option_is_written_and_loses_what_looks_like_a_key():
    error = AisqlError("write 'api-key' = 'value', not https://me:pw@host", hint="sk-abcdefghijk is no key")
    assert draw(error, source="", name=None, line=1) == (
        "error: write 'api-key' = 'value', not https://******@host\nhint: ****** is no key"
    )
    assert warning("write 'api-key' = 'value', not sk-abcdefghijk", None, 1) == (
        "warning: write 'api-key' = 'value', not ******"
    )


@pytest.mark.parametrize("message", [message for message, _ in MISTAKES])
def test_what_is_said_about_a_mistake_is_shown_as_it_is(message):
    error = AisqlError(message, hint=message)
    assert draw(error, source="", name=None, line=1) == f"error: {message}\nhint: {message}"


@pytest.mark.parametrize(
    ("source", "message", "shown"),
    [
        ("select 'pwd' 'it-is-zk' x", "near \"'it-is-zk'\": syntax error", "near \"'******'\": syntax error"),
        ("set my.token zkabcdefghij", "unexpected 'zkabcdefg...'", "unexpected '******'"),
        ("set my.token zkabc", "zkabcd and azkabc are other words", "zkabcd and azkabc are other words"),
        ("create model m with ('pwd' = 'x')", "no x", "no x"),
    ],
)
def test_a_message_that_repeats_a_secret_of_the_source_loses_it(source, message, shown):
    for error in (AisqlError(message), AisqlError(message, span=Span(0, 3))):
        assert draw(error, source=source, name=None, line=1).split("\n")[0] == f"error: {shown}"


@given(
    st.text(st.characters(codec="utf-8") | st.sampled_from("'\"\n\t中 "), max_size=60),
    st.integers(0, 70),
    st.integers(0, 20),
)
def test_the_carets_never_leave_the_line_and_there_is_always_one(source, start, length):
    error = AisqlError("bad", span=Span(start, start + length))
    first, excerpt, carets = draw(error, source=source, name=None, line=1).split("\n")
    assert first == "error: bad"
    assert carets.strip(" |").strip("^") == ""
    assert carets.endswith("^")
    assert len(carets) <= cell_width(excerpt) + 1


@given(
    st.lists(
        st.sampled_from(
            ["'api-key' = 'k''1'", "'task'='x'", "API_KEY='q'", "'", "\n", "sk-abcdefgh99", "中", '"a":']
        )
    ),
    st.lists(st.sampled_from(["'api-key'='zzz'", ",", "\n", "'"])),
)
def test_the_caret_finds_its_word_behind_any_masked_text(before, after):
    source = " ".join([*before, "\n@WORD@", *after])
    at = source.index("@WORD@")
    error = AisqlError("bad", span=Span(at, at + 6))
    _, excerpt, carets = draw(error, source=source, name=None, line=1).split("\n")
    number, shown = excerpt.split(" | ", 1)
    indent = " " * len(number)
    if "@WORD@" in shown:
        assert carets == f"{indent} | {' ' * cell_width(shown[: shown.index('@WORD@')])}^^^^^^"
    else:
        assert carets.startswith(f"{indent} | ")
