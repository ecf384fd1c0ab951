r"""\plot: what is chosen to be drawn, what is refused, and where it goes; and the days of \cost."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

import apsw
import pytest

from aisql.catalog.answers import USAGE_COLUMNS
from aisql.commands.charts import KINDS, chart_of
from aisql.errors import AisqlError
from aisql.render.chart import Bars, Chart
from aisql.result import Column, Result
from aisql.vectors import pack

VALUES: dict[str, list] = {
    "n": [1, 2, 3, 7],
    "m": [4, 1.5, None, 2],
    "far": [0.25, float("inf"), 1e301, -2.25],
    "day": ["2026-01-02", "2026-01-01", "2026-01-04 12:00", None],
    "month": ["2026-01", "2026-02", "2026-03", "2026-04"],
    "zone": ["1970-01-01T02:00:00+02:00", "1970-01-01 00:01", "1970-01-01T00:00:02Z", "1970-01-01T00:00:03"],
    "city": ["Rom", "Ulm", "Rom", None],
    "name": ["a", "b", "c", "d"],
    "v": [pack([3, 0, 0]), pack([0, 0, 0]), None, pack([0, 0, 1])],
    "w": [pack([1, 2]), pack([1, 2, 3]), None, None],
    "mixed": [1, "n/a", 2, 3],
    "none": [None] * 4,
    "blob": [b"\x00"] * 4,
}
MANY = [f"c{number}" for number in range(9)]
VALUES |= {name: [1, 2, 3, 4] for name in MANY}


def chart(columns: str, arguments: str) -> Chart:
    values = [VALUES[name] for name in columns.split()]
    words = arguments.split()
    kind = words.pop(0) if words and words[0] in KINDS else ""
    return chart_of(Result(tuple(map(Column, columns.split())), list(zip(*values, strict=True))), kind, words)


def told(drawn: Chart) -> str:
    """The chart in a line: what it is, its title, its series and what is not drawn."""
    if isinstance(drawn, Bars):
        kind = f"bars {'/'.join(drawn.labels)}"
        series = [" ".join([name, *(f"{number:g}" for number in numbers)]) for name, numbers in drawn.series]
    else:
        kind = "line" if drawn.are_joined else "points"
        series = [
            " ".join([each.name, *(f"{x:g},{y:g}" + (label and f":{label}") for x, y, label in each.points)])
            for each in drawn.series
        ]
    return " | ".join([kind, drawn.title, *series, *drawn.notes])


CHOSEN = {
    "n": "bars 1/2/3/4/5/6/7 | rows by n | rows 1 1 1 0 0 0 1",
    "m": "bars 1.5 to 2.0/2.0 to 2.5/2.5 to 3.0/3.0 to 3.5/3.5 to 4.0 | rows by m | rows 1 1 0 0 1"
    " | left out: 1 NULL",
    "n m": "line | m by n | m 1,4 2,1.5 7,2 | left out: 1 NULL",
    "m n": "points | n by m | n 4,1 1.5,2 2,7 | left out: 1 NULL",
    "n city m": "bars Rom/Ulm/NULL | m by city | m 4 1.5 2 | left out: 1 NULL",
    "n city": "bars Rom/Ulm/Rom/NULL | n by city | n 1 2 3 7",
    "city": "bars Rom/Ulm | rows by city | rows 2 1 | left out: 1 NULL",
    "month": "bars 2026-01/2026-02/2026-03/2026-04 | rows by month | rows 1 1 1 1",
    "city n day": "line | n by day | n 1.76723e+09,2 1.76731e+09,1 1.76753e+09,3 | left out: 1 NULL",
    "zone n": "line | n by zone | n 0,1 2,3 3,7 60,2",
    "none blob city": "bars Rom/Ulm | rows by city | rows 2 1 | left out: 1 NULL",
    "city v name": "points | v in two dimensions, 100% of the variance"
    " | Rom 2.02738,-0.0288651:a | Ulm -0.924479,0.506409:b | NULL -1.1029,-0.477544:d | left out: 1 NULL",
}


@pytest.mark.parametrize("columns", CHOSEN)
def test_what_fits_the_columns_is_drawn(columns):
    assert told(chart(columns, "")) == CHOSEN[columns]


@pytest.mark.parametrize(
    ("columns", "arguments", "drawn"),
    [
        ("n m far", "scatter N FAR", "points | far by n | far 1,0.25 7,-2.25 | left out: 2 infinite"),
        ("n m far", "line", "line | m by n | m 1,4 2,1.5 7,2 | left out: 1 NULL"),
        ("n m", "line m", "line | m by row | m 1,4 2,1.5 4,2 | left out: 1 NULL"),
        (
            "n m far",
            "far n m",
            "points | n, m by far | n 0.25,1 -2.25,7 | m 0.25,4 -2.25,2 | left out: 1 NULL, 2 infinite",
        ),
        (
            "n m city",
            "line m n city",
            "line | n by m | Rom 4,1 | Ulm 1.5,2 | NULL 2,7 | left out: 1 NULL",
        ),
        ("n m name", "scatter n m name", "points | m by n | m 1,4:a 2,1.5:b 7,2:d | left out: 1 NULL"),
        (
            "n city far",
            "n far city",
            "bars Rom/NULL | n, far by city | n 1 7 | far 0.25 -2.25 | left out: 2 infinite",
        ),
        ("n m", "bar n m", "bars 1/2/7 | m by n | m 4 1.5 2 | left out: 1 NULL"),
        ("n", "bar n", "bars 1/2/3/7 | rows by n | rows 1 1 1 1"),
        ("n month", "bar", "bars 2026-01/2026-02/2026-03/2026-04 | n by month | n 1 2 3 7"),
        ("mixed", "bar mixed", "bars 1/n/a/2/3 | rows by mixed | rows 1 1 1 1"),
        ("city n", "histogram", "bars 1/2/3/4/5/6/7 | rows by n | rows 1 1 1 0 0 0 1"),
    ],
)
def test_kinds_and_columns_are_chosen_by_name(columns, arguments, drawn):
    assert told(chart(columns, arguments)) == drawn


@pytest.mark.parametrize(
    ("columns", "arguments", "message", "hint"),
    [
        ("n m", "line n ms", "the result has no column ms", "did you mean m?"),
        ("n m", "scater n m", "the result has no column scater", "did you mean scatter?"),
        ("n m", "zzz", "the result has no column zzz", "its columns: n, m"),
        ("n city", "line n city day", "the result has no column day", "its columns: n, city"),
        (
            "n city",
            "histogram city",
            "column city holds 'Rom', not numbers",
            "CAST(x AS REAL) makes numbers of texts",
        ),
        (
            "n mixed",
            "line n mixed",
            "column mixed holds 'n/a', not numbers",
            None,
        ),
        (
            "n day",
            "scatter n day",
            "column day holds '2026-01-02', not numbers",
            None,
        ),
        ("n v", "bar n v", "column v holds vectors, not numbers", None),
        ("n none", "line n none", "column none holds nothing but NULL, not numbers", None),
        ("n m", "histogram n m", "a histogram is of one column, not 2", None),
        (
            "n name",
            "line n name",
            "column name does not tell lines apart",
            "a column of 2 to 7 different texts does",
        ),
        ("none", "", "the result holds nothing to draw", "\\plot draws numbers, texts and vectors"),
        ("none", "bar none", "there is nothing but NULL and infinity in none", None),
        ("city", "line", "the result has no column of numbers", None),
        (
            "n m far city",
            "scatter n m far city",
            "column city holds texts, which tell the points of one column apart",
            None,
        ),
        (" ".join(MANY), f"line {' '.join(MANY)}", "8 columns are too many to be told apart", "7 at most"),
        (
            "w",
            "w",
            "column w: the vectors have 2 and 3 numbers",
            "vectors that are drawn together come from one model, asked for one dimension",
        ),
    ],
)
def test_what_cannot_be_drawn_is_an_error_that_names_the_column(columns, arguments, message, hint):
    with pytest.raises(AisqlError) as caught:
        chart(columns, arguments)
    assert (caught.value.message, caught.value.hint) == (message, hint)


def test_of_many_values_the_most_frequent_ones_have_bars(typed):
    count = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT {}) SELECT {} FROM n;"
    typed(count.format(50, "'t' || i AS t"))
    assert typed("\\plot").endswith("\n40 of 50 bars are drawn\n")
    typed("\\format jsonl")
    typed(count.format(10_001, "i"))
    assert typed("\\plot").splitlines()[-1] == "drawn are the first 10,000 of 10,001 rows"


# ---------------------------------------------------------------- where it goes

SQL = "SELECT 'Rom' AS \"the city\", 3 AS n UNION ALL SELECT '日本', 1;"
BARS = f"n by the city\nRom  {'█' * 72} 3\n日本 {'█' * 24} 1\n"


def test_a_drawing_goes_where_results_go_and_the_result_stays_the_last(typed):
    typed(SQL)
    assert typed("\\plot") == typed('.plot bar "THE CITY" n;') == BARS
    typed("\\once drawing.txt")
    assert typed("\\plot") == ""
    assert Path("drawing.txt").read_text("utf-8") == BARS
    assert typed("\\last jsonl") == '{"the city": "Rom", "n": 3}\n{"the city": "日本", "n": 1}\n'


def test_without_a_result_or_without_rows_there_is_nothing_to_draw(typed):
    assert typed.error("\\plot") == "error: there is no result yet\nhint: run a statement first"
    typed("SELECT 1 AS n WHERE 0;")
    assert typed.error("\\plot n") == "error: the result has no rows to draw"


def test_a_terminal_has_colours_unless_it_is_told_not_to(open_typed, environment):
    del environment["NO_COLOR"]
    typed = open_typed(size=(20, 24))
    typed(SQL)
    assert typed("\\plot") == f"n by the city\nRom  \x1b[36m{'█' * 12}\x1b[0m 3\n日本 \x1b[36m████\x1b[0m 1\n"
    environment["NO_COLOR"] = "1"
    assert typed("\\plot") == f"n by the city\nRom  {'█' * 12} 3\n日本 ████ 1\n"
    environment["TERM"] = "dumb"
    assert typed("\\plot") == f"n by the city\nRom  {'#' * 12} 3\n日本 #### 1\n"


def test_what_is_drawn_of_hostile_values_reaches_a_terminal_without_escapes(open_typed, environment):
    environment["NO_COLOR"] = "1"
    typed = open_typed(size=(60, 24))
    evil = "char(27) || '[31m' || char(10) || char(8238)"
    typed(f'SELECT {evil} AS "\x1b]0;x\x07", 1 AS n, 2 AS m;')
    typed("\\plot")
    typed("\\plot scatter n m \x1b]0;x\x07")
    assert "\x1b" not in typed.output.getvalue()
    assert typed.output.getvalue().count("\\x1b[31m") == 3


def test_a_picture_is_written_to_a_file(typed):
    typed(SQL)
    assert typed("\\plot bar 'the city' n -o chart.svg") == ""
    assert typed.told == []
    assert ElementTree.parse("chart.svg").getroot().tag == "{http://www.w3.org/2000/svg}svg"
    typed("SELECT 1 AS a UNION ALL SELECT NULL;")
    assert typed.error("\\plot -o chart.PNG a") == "left out: 1 NULL"
    assert Path("chart.PNG").read_bytes()[:4] == b"\x89PNG"


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ("-o", "the name of a file is missing\nhint: \\plot -o chart.svg"),
        ("-o a.pdf", "what kind of picture a.pdf is cannot be told\nhint: names end in .svg or .png"),
        ("-o no/a.svg", "cannot write no/a.svg: No such file or directory"),
        ("-o default.svg", "default.svg is in use for something else\nhint: name another file"),
        ("x -o a.svg", "the result has no column x\nhint: its columns: the city, n"),
    ],
)
def test_a_picture_that_cannot_be_written_is_an_error_and_leaves_no_file(typed, arguments, error):
    typed("\\open default.svg")
    typed(SQL)
    before = sorted(Path().iterdir())
    assert typed.error(f"\\plot {arguments}") == f"error: {error}"
    assert sorted(Path().iterdir()) == before


# ---------------------------------------------------------------- what was spent by day


def spend(day: int, model: str, tokens: int | None) -> None:
    """Counts a request of the year 2026 in the ledger."""
    used = {"provider": "openai", "host": "h", "model": model, "task": "chat/completions", "function": "f"}
    counts = {"requests": 1, "answers": 1, "failures": 0, "output_tokens": 0}
    row = dict.fromkeys(USAGE_COLUMNS, 0) | used | counts | {"input_tokens": tokens}
    row["day"] = f"2026-{1 + day // 28:02}-{1 + day % 28:02}"
    connection = apsw.Connection("catalog.sqlite")
    values = tuple(row.values())
    connection.execute(f"INSERT INTO aisql_usage VALUES ({', '.join('?' * len(values))})", values)
    connection.close()


def test_cost_draws_what_was_spent_by_day_below_the_counts(typed):
    typed("SELECT ai_complete('builtin:demo', 'a');")
    assert typed("\\cost").endswith("\n2 rows in set\n")
    spend(0, "nobody-knows", 1_000)
    assert typed("\\cost").endswith("\n2 rows in set\n")
    spend(1, "gpt-4o", 1_000_000)
    spend(3, "gpt-4o", 2_000_001)
    spend(3, "nobody-knows", 1_000)
    assert typed("\\cost").partition("in set\n")[2] == (
        "cost by day (USD, estimate), all sessions\n"
        f"2026-01-02 {'█' * 30}▌ 2.5\n2026-01-04 {'█' * 61} 5.0001\n"
        "not counted, for no price is known: nobody-knows\n"
    )
    typed("\\format jsonl")
    assert len(typed("\\cost").splitlines()) == 2


def test_cost_draws_the_last_thirty_days_with_spending(typed):
    typed("SELECT ai_complete('builtin:demo', 'a');")
    for day in range(40):
        spend(day, "gpt-4o", 1_000_000)
    bars = typed("\\cost").partition("all sessions\n")[2].splitlines()
    assert (len(bars), bars[0][:10], bars[-1][:10]) == (30, "2026-01-11", "2026-02-12")
