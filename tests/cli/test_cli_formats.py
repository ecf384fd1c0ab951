"""Results in files and pipes: -o, formats by name, --null, --no-header, readers that leave, Ctrl-C."""

from __future__ import annotations

import gzip
import io
import json
import os
import signal

import pyarrow.parquet
import pytest
from length import long
from run_aisql import DEADLINE, Aisql
from server import ModelServer

ROWS = "SELECT 1 AS a, 'x' AS b UNION ALL SELECT 2, NULL"
MANY = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i, 'row ' || i AS s FROM n"
INSERTS = 'INSERT INTO "{0}" ("a", "b") VALUES (1, \'x\');\nINSERT INTO "{0}" ("a", "b") VALUES (2, NULL);\n'


def test_the_name_of_a_file_tells_its_format_unless_an_option_does(aisql: Aisql) -> None:
    def content(name: str, *options: str) -> str:
        done = aisql("--memory", *options, "-o", name, "-c", ROWS)
        assert (done.stdout, done.stderr, done.status) == (b"", "", 0)
        return (aisql.work / name).read_text("utf-8")

    assert content("a.tsv") == "a\tb\n1\tx\n2\t\n"
    assert content("reviews.sql") == INSERTS.format("reviews")
    assert content("a.csv", "--list", "--null", "-", "--no-header") == "1|x\n2|-\n"
    assert content("a.txt", "--format", "line").startswith("*" * 27)
    assert content("a.txt").startswith("+---+")
    assert content("unknown", "--jsonl") == '{"a": 1, "b": "x"}\n{"a": 2, "b": null}\n'


def test_a_script_leads_results_to_files_of_many_formats(aisql: Aisql) -> None:
    names = ("a.md", "a.htm", "a.json", "a.ndjson", "a.csv.gz", "a.parquet", "a.TAB")
    script = "".join(f"\\once {name}\n{ROWS};\n" for name in names)
    done = aisql("--memory", stdin=script)
    assert (done.stdout, done.stderr, done.status) == (b"", "", 0)
    files = {name: (aisql.work / name).read_bytes() for name in names}
    assert files["a.md"] == b"|   a | b    |\n| --: | ---- |\n|   1 | x    |\n|   2 | NULL |\n"
    assert files["a.htm"].endswith(b"<tr><td>2</td><td>NULL</td></tr>\n</table>\n")
    assert json.loads(files["a.json"]) == [{"a": 1, "b": "x"}, {"a": 2, "b": None}]
    assert files["a.ndjson"] == b'{"a": 1, "b": "x"}\n{"a": 2, "b": null}\n'
    assert gzip.decompress(files["a.csv.gz"]) == b"a,b\n1,x\n2,\n"
    assert pyarrow.parquet.read_table(io.BytesIO(files["a.parquet"])).to_pydict() == {
        "a": [1, 2],
        "b": ["x", None],
    }
    assert files["a.TAB"] == b"a\tb\n1\tx\n2\t\n"


def test_formats_are_named_as_elsewhere_and_insert_takes_the_name_of_a_table(aisql: Aisql) -> None:
    script = f"\\format insert my table\n\\format insert 'my table'\n{ROWS};\n\\format ndjson\n{ROWS};\n"
    done = aisql("--memory", "--on-error", "continue", stdin=script)
    assert done.text == (
        "Output format is insert.\n" + INSERTS.format("my table") + "Output format is jsonl.\n"
        '{"a": 1, "b": "x"}\n{"a": 2, "b": null}\n'
    )
    assert done.first == "<stdin>:1: error: \\format takes 2 arguments, not 3"
    refused = aisql("--memory", "--format", "yaml", "-c", ROWS)
    assert (refused.stdout, refused.first, refused.status) == (
        b"",
        "aisql: error: unknown format: yaml",
        2,
    )


def test_an_empty_line_parts_a_table_in_markdown_from_what_follows(aisql: Aisql) -> None:
    one, two, three = (f"| {each}   |\n| --- |\n" for each in "abc")
    queries = [f"SELECT 'x' AS {each} WHERE false;\n" for each in "abc"]
    script = f"{queries[0]}CREATE TABLE t (a);\n{queries[1]}\\echo text\n{queries[2]}\\format html\n"
    done = aisql("--memory", "--markdown", stdin=script)
    assert (done.text, done.stderr) == (f"{one}\n{two}\ntext\n{three}\nOutput format is html.\n", "")
    script = f"\\o a.md\n{queries[0]}\\once b.md\n{queries[1]}SELECT nosuch;\n{queries[2]}\\o\n{queries[0]}"
    done = aisql("--memory", "--markdown", "--on-error", "continue", stdin=script)
    files = [(aisql.work / name).read_text() for name in ("a.md", "b.md")]
    assert (done.text, files) == (one, [f"{one}\n{three}", two])


def test_other_formats_are_utf_8_in_a_locale_that_is_not(aisql: Aisql) -> None:
    script = "".join(f"\\format {name}\nSELECT 'é中' AS a;\n" for name in ("box", "list", "markdown"))
    done = aisql("--memory", stdin=script, env={"LC_ALL": "en_US.ISO-8859-1", "LANG": None})
    assert done.text == (
        "Output format is box.\n┌─────┐\n│ a   │\n├─────┤\n│ é中 │\n└─────┘\n1 row in set\n"
        "Output format is list.\na\né中\nOutput format is markdown.\n| a   |\n| --- |\n| é中 |\n"
    )


def test_parquet_takes_one_result_and_leaves_no_half_of_a_file(aisql: Aisql) -> None:
    done = aisql("--memory", "--parquet", "-c", ROWS, "-c", ROWS)
    assert pyarrow.parquet.read_table(io.BytesIO(done.stdout)).num_rows == 2
    assert (done.first, done.status) == (
        "<command>:1: error: the file holds a result already, and can hold one",
        2,
    )
    mixed = "SELECT 1 AS a UNION ALL SELECT 'x'"
    done = aisql("--memory", "-o", "mixed.parquet", "-c", mixed)
    assert (done.first, done.status) == (
        "<command>:1: error: column a has values of several types, which Parquet cannot hold",
        1,
    )
    assert list(aisql.work.iterdir()) == []


@pytest.mark.parametrize("name", ["csv", "tsv"])
def test_values_that_are_written_are_read_again_from_a_file(aisql: Aisql, name: str) -> None:
    values = (
        'SELECT -9223372036854775808 AS i, 0.1 AS r, \'{"a": [1, "x\\n"]}\' AS j, '
        "'a,b' || char(9, 10, 13) || '\"' AS t "
        "UNION ALL SELECT 9223372036854775807, 1e300, NULL, '👩‍👩‍👧' UNION ALL SELECT 0, -9e999, '', ''"
    )
    written = aisql("--memory", "-o", f"h.{name}", "-c", values)
    assert (written.stderr, written.status) == ("", 0)
    read = aisql("--memory", f"h.{name}", "--jsonl", "-c", "SELECT * FROM h")
    assert [tuple(json.loads(line).values()) for line in read.text.splitlines()] == [
        (-9223372036854775808, 0.1, '{"a": [1, "x\\n"]}', 'a,b\t\n\r"'),
        (9223372036854775807, 1e300, None, "👩‍👩‍👧"),
        (0, float("-inf"), None, None),
    ]


def test_a_full_disk_and_a_missing_folder_are_errors(aisql: Aisql) -> None:
    for name, reason in (
        ("/dev/full", "No space left on device"),
        ("no/a.csv", "No such file or directory"),
        ("no/a.csv.gz", "No such file or directory"),
        ("a.csv.zst", "what is written is packed by gzip only"),
    ):
        done = aisql("--memory", "-o", name, "--csv", "-c", ROWS)
        assert (done.first, done.status) == (f"<command>:1: error: cannot write {name}: {reason}", 2)


def test_a_program_that_has_read_enough_ends_the_statement_and_its_requests(
    aisql: Aisql, server: ModelServer
) -> None:
    server.answer = lambda body: "x" * 50_000
    make = "CREATE TABLE t AS WITH RECURSIVE g (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM g LIMIT 5000)"
    query = "SELECT i, ai_complete('openai:m', 'text ' || i) AS a FROM t"
    environment = {"OPENAI_BASE_URL": server.url, "OPENAI_API_KEY": "sk-test"}
    done = aisql(
        "--memory",
        "--concurrency",
        "8",
        "--csv",
        "-o",
        "| head -1",
        "-c",
        f"{make} SELECT i FROM g",
        "-c",
        query,
        env=environment,
    )
    assert (done.stdout, done.stderr, done.status) == (b"i,a\n", "", 0)
    assert len(server.requests) < 5_000 / 10  # a pipe holds one or two rows; what is looked ahead grows


@pytest.mark.parametrize("option", ["--csv", *long("--insert", "--vertical")])
def test_ctrl_c_ends_the_output_with_a_whole_row(aisql: Aisql, option: str) -> None:
    process = aisql.start("--memory", option, "-c", MANY)
    assert process.stdout is not None
    assert process.stderr is not None
    with process:
        content = os.read(process.stdout.fileno(), 1_000)
        process.send_signal(signal.SIGINT)
        content += process.stdout.read()
        assert (process.wait(DEADLINE), process.stderr.read()) == (130, b"")
    *_, last = content.decode().rstrip("\n").splitlines()
    number = "".join(filter(str.isdigit, last.partition("row ")[2]))
    wholes = {"--csv": f"{number},row {number}", "--vertical": f"s: row {number}"}
    assert content.endswith(b"\n")
    assert last == wholes.get(option, f'INSERT INTO "t" ("i", "s") VALUES ({number}, \'row {number}\');')
