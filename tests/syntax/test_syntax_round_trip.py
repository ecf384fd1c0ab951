"""For any statement: the text it prints parses to the same statement, and a script of them splits again."""

from typing import get_args

from hypothesis import given, settings
from hypothesis import strategies as st

from aisql.schema import ColumnDefinition
from aisql.syntax import dialect, split
from aisql.syntax import statements as s
from aisql.syntax.parse import Parser

# Texts made mostly of what could be mistaken for something else.
PIECES = "'", '"', "`", "[", "]", "(", ")", ";", "--", "/*", "*/", "\\", "\n", "\r\n", " ", ".", "=", "${K}"
PLAIN = (
    "a",
    "M",
    "_",
    "1",
    "é",
    "模",
    "ि",
    "🤖",
    "\u00a0",
    "\0",
    "MODEL",
    "ARRAY",
    "if",
    "not",
    "with",
    "json",
)
texts = st.lists(st.sampled_from(PIECES + PLAIN) | st.characters(codec="utf-8"), max_size=6).map("".join)
comments = st.none() | texts
paths = st.lists(texts, min_size=1, max_size=3).map(tuple)
options = st.lists(st.tuples(texts, texts), max_size=3).map(tuple)
properties = st.sampled_from(("PROVIDER", "BASE_URL", "API_KEY", "_X1", "A$"))

PLAIN_TYPES = """
    STRING, BYTES, BOOLEAN, TINYINT, SMALLINT, INT, BIGINT, FLOAT, DOUBLE, DATE, VARIANT, TIME(0), CHAR(2),
    TIMESTAMP(3), TIMESTAMP_LTZ(6), TIMESTAMP(3) WITH TIME ZONE, INTERVAL DAY(2) TO SECOND(3), ROW<>
"""
plain_types = st.sampled_from([*PLAIN_TYPES.strip().split(","), "DECIMAL(10, 2)"]).map(str.strip)


def nested(types):
    element = st.tuples(types, st.sampled_from(("", " NOT NULL"))).map("".join)
    note = st.just("") | texts.map(lambda text: f" {s.quote_text(text)}")
    field = st.tuples(texts.map(lambda name: f"{s.quote_name(name)} "), element, note).map("".join)
    return (
        st.tuples(st.sampled_from(("ARRAY", "MULTISET")), element).map(lambda made: f"{made[0]}<{made[1]}>")
        | st.tuples(element, element).map(lambda made: f"MAP<{made[0]}, {made[1]}>")
        | st.lists(field, min_size=1, max_size=2).map(lambda fields: f"ROW<{', '.join(fields)}>")
    )


types = st.recursive(plain_types, nested, max_leaves=4)
columns = st.lists(st.builds(ColumnDefinition, texts, types, st.booleans(), comments), max_size=3).map(tuple)
likes = st.none() | st.builds(s.Like, texts, st.booleans(), st.booleans())

CONDITIONS = (
    "model",
    "a = 1",
    "x'00'",
    ":name",
    "a IS NOT NULL",
    "-1",
    "--\n1",
    "/* ; */ 1",
    "CASE WHEN a THEN 1 END",
)
literals = st.sampled_from(CONDITIONS) | texts.map(s.quote_text) | texts.map(s.quote_name)
conditions = st.recursive(
    literals,
    lambda inner: (
        st.tuples(inner, st.sampled_from((" AND ", "||", " -- ;\n=", "\n>= ")), inner).map("".join)
        | inner.map(lambda text: f"(({text}) OR f({text}, 'x'))")
    ),
    max_leaves=3,
).filter(lambda text: not text.startswith(("--", "/*")))

volumes = (
    st.just(s.VolumeName("user"))
    | texts.map(lambda name: s.VolumeName("named", (name,)))
    | paths.map(lambda path: s.VolumeName("table", path))
)
places = st.builds(s.Place, texts, st.booleans())
formats = st.sampled_from(("CSV", "JSON", "PARQUET"))
selections = st.builds(
    s.Selection, st.lists(texts, max_size=2).map(tuple), st.none() | texts, st.none() | texts
)
data = st.builds(s.VolumeData, volumes, formats, options, selections)

copy_options = st.lists(
    st.builds(s.CopyOption, st.sampled_from(("FORMAT", "NULL", "ON_ERROR", "_X1", "A$")), texts), max_size=3
).map(tuple)
copied = {
    "file": st.none() | texts,
    "columns": st.lists(texts, max_size=2).map(tuple),
    "options": copy_options,
    "query": st.sampled_from(("SELECT 1", "SELECT a, ')' FROM (t) -- ;\n", "/* ( */ VALUES (1), (2)", "x")),
}

# A strategy for every field of every statement, by the name of the field.
FIELDS = {
    "path": paths,
    "new_path": paths,
    "source": st.none() | paths,
    "input": columns,
    "output": columns,
    "comment": comments,
    "options": options,
    "keys": st.lists(texts, max_size=3).map(tuple),
    "like": likes,
    "name": texts,
    "params": texts,
    "type": texts,
    "properties": st.lists(st.tuples(properties, texts), min_size=1, max_size=3).map(tuple),
    "location": st.none() | texts,
    "connection": st.none() | texts,
    "directory": st.lists(
        st.tuples(st.sampled_from(("enable", "AUTO_REFRESH")), st.sampled_from(("true", "FALSE"))), max_size=2
    ).map(tuple),
    "recursive": st.none() | st.booleans(),
    "volume": volumes,
    "subdirectory": st.none() | texts,
    "regexp": st.none() | texts,
    "place": places,
    "data": data,
    "format": formats,
    "key": texts,
    "value": texts,
    "where": st.none() | conditions,
} | dict.fromkeys(
    (
        *("temporary", "replace", "if_not_exists", "if_exists", "extended", "cascade", "views", "view"),
        *("external", "overwrite"),
    ),
    st.booleans(),
)
OWN = {
    s.ResetSetting: {"key": st.none() | texts},
    s.PutFiles: {"source": texts, "target": st.none() | places},
    s.GetFiles: {"source": places, "target": texts},
    s.CopyFrom: copied,
    s.CopyTable: copied,
    s.CopyQuery: copied,
    s.CopyResult: copied,
    s.ShowUsage: {"by": st.sampled_from((None, "MODEL", "DAY", "FUNCTION"))},
}
SPANS = {
    "key_span",
    "value_span",
    "where_span",
    "query_span",
    "name_span",
    "params_span",
}  # where a text stood is no part of what it means


def values_of(kind):
    fields = FIELDS | OWN.get(kind, {})
    return st.builds(kind, **{name: fields[name] for name in kind.__dataclass_fields__ if name not in SPANS})


def sound(statement):
    """OR REPLACE and IF NOT EXISTS exclude each other; only a location has a connection; a temporary table is
    in no database of the catalog."""
    if isinstance(statement, s.KeepResult):
        return not statement.temporary or len(statement.path) == 1
    if isinstance(statement, s.CreateVolume):
        return statement.location is not None or statement.connection is None
    return not (isinstance(statement, s.CreateModel) and statement.replace and statement.if_not_exists)


statements = st.one_of([values_of(kind) for kind in get_args(s.Statement)]).filter(sound)
PARSER = Parser()


@settings(max_examples=100)
@given(statements)
def test_the_text_of_any_statement_parses_to_that_statement(statement):
    assert PARSER.statement(statement.to_sql()) == statement


@settings(max_examples=60)
@given(statements)
def test_the_text_of_any_statement_begins_like_ours(statement):
    assert dialect.is_ours(statement.to_sql())


@settings(max_examples=60)
@given(st.lists(statements, max_size=4), st.sampled_from((";", " ;\n", ";;", "; -- done;\n", ";/* ; */")))
def test_statements_joined_by_semicolons_split_again(made, separator):
    written = [statement.to_sql() for statement in made]
    script = "".join(f"{text}{separator}" for text in written)
    assert [piece.text.rstrip() for piece in split.split(script)] == [text.rstrip() for text in written]
    assert all(script.startswith(piece.text, piece.start) for piece in split.split(script))
    assert split.is_complete(script)
