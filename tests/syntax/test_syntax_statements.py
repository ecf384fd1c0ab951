"""Statements: the text becomes a value, and the value the canonical text."""

from pathlib import Path
from typing import get_args

import pytest

from aisql.errors import Span, SyntaxProblem
from aisql.schema import ColumnDefinition
from aisql.syntax import statements as s

IDENTITY = Path(__file__).with_name("identity.sql").read_text(encoding="utf-8").splitlines()

# Many spellings of one statement; the first is the canonical one.
SAME = [
    (
        "SHOW MODELS",
        "show models",
        "Show\n\tModels",
        "SHOW/* a */MODELS -- b",
        "-- a\nSHOW -- b\r\n MODELS\r\n",
    ),
    (
        "CREATE TEMPORARY MODEL `m` WITH ('a' = 'b')",
        "create temp model m with ('a'='b')",
        "CREATE Temporary MODEL `m` WITH('a'='b')",
        "CREATE TEMP MODEL \"m\" /* no columns */ WITH (\n  'a' = 'b'\n)",
        "CREATE TEMP MODEL [m] WITH ( 'a' -- the key\n = 'b' )",
    ),
    (
        "CREATE MODEL `m`",
        "CREATE MODEL m",
        "CREATE MODEL m WITH ()",
        "CREATE MODEL m INPUT () OUTPUT () WITH ()",
    ),
    ("DESCRIBE MODEL `m`", "DESC MODEL m", "describe model m", "desc model [m]"),
    ("DESCRIBE MODEL EXTENDED `m`", "DESC MODEL EXTENDED m", "desc model extended m"),
    ("DESCRIBE EXTENDED `t`", "desc extended t", "desc extended 't'"),
    ("DESCRIBE `it's.csv`", "describe 'it''s.csv'", 'desc "it\'s.csv"'),
    ("DESCRIBE CONNECTION `c`", "DESC CONNECTION c", "describe connection c"),
    ("DROP TEMPORARY MODEL IF EXISTS `m`", "drop temp model if exists m"),
    ("DROP CONNECTION IF EXISTS `c`", "DROP API CONNECTION IF EXISTS c", "drop api connection if exists c"),
    ("DROP DATABASE `db`", "DROP DATABASE db RESTRICT", "drop database db restrict"),
    ("SHOW MODELS FROM `c`.`db`", "SHOW MODELS IN c.db", "show models in c . db"),
    ("SHOW TABLES FROM `db` NOT ILIKE 'x'", "show tables in db not ilike 'x'"),
    (
        "CREATE API CONNECTION `c` TYPE `ai_function` PROVIDER = 'openai' API_KEY = 'k'",
        "create api connection c type ai_function provider='openai' api_key='k'",
        "CREATE API CONNECTION c\nTYPE ai_function\nPROVIDER = 'openai'\nApi_Key = 'k'",
    ),
    (
        """CALL DBMS_AI_SERVICE.CREATE_AI_MODEL('m', '{"type": "rerank"}')""",
        """call dbms_ai_service.create_ai_model('m', '{"type": "rerank"}')""",
        """CALL `DBMS_AI_SERVICE` . Create_AI_Model ( 'm', JSON '{"type": "rerank"}' ) -- made""",
    ),
    (
        "CALL DBMS_AI_SERVICE.DROP_AI_MODEL_ENDPOINT('e')",
        "Call /* it */ dbms_ai_service.drop_ai_model_endpoint('e')",
        "CALL dbms_ai_service.drop_ai_model_endpoint(json 'e')",
    ),
    (
        "SET 'ai.concurrency' = '32'",
        "SET ai.concurrency = 32",
        "set ai.concurrency=32",
        "SET 'ai.concurrency' = 32",
        "SET ai.concurrency = '32' -- many",
    ),
    ("RETRY FAILED", "retry failed", "Retry /* them */ Failed -- all"),
    ("SHOW USAGE", "show usage", "Show /* all */ Usage"),
    ("SHOW USAGE BY MODEL", "show usage by model", "SHOW USAGE\nBY -- which\nModel"),
    ("PURGE ANSWERS WHERE a = 1", "purge answers where a = 1", "PURGE ANSWERS/**/WHERE/**/a = 1 -- b"),
    ("RESET 'ai.timeout'", "RESET ai.timeout", "reset 'ai.timeout'"),
    ("USE `a``b`", 'USE "a`b"', "USE [a`b]"),
    ('USE `a"b`', 'USE "a""b"', 'USE [a"b]'),
]

# The canonical spelling of a type, and others for it.
TYPES = [
    ("STRING", "string", "VARCHAR(2147483647)", "varchar( 2147483647 )"),
    ("BYTES", "VARBINARY(2147483647)"),
    ("INT", "INTEGER", "int", "Integer"),
    ("ARRAY<INT>", "INT ARRAY", "integer array"),
    ("MULTISET<ARRAY<STRING>>", "STRING ARRAY MULTISET"),
    ("RAW('a.B', 'AE==')", "raw ( 'a.B','AE==' )"),
    ("DECIMAL(10, 0)", "DECIMAL", "DEC", "NUMERIC", "DECIMAL(10)", "dec(10,0)"),
    ("DECIMAL(5, 2)", "NUMERIC(5,2)", "DEC(5, 2)"),
    ("CHAR(1)", "CHAR", "char(1)"),
    ("VARCHAR(1)", "VARCHAR"),
    ("BINARY(1)", "BINARY"),
    ("VARBINARY(1)", "VARBINARY"),
    ("DOUBLE", "DOUBLE PRECISION", "double precision"),
    ("TIME(0)", "TIME", "TIME WITHOUT TIME ZONE"),
    ("TIMESTAMP(6)", "TIMESTAMP", "TIMESTAMP WITHOUT TIME ZONE", "timestamp(6) without time zone"),
    ("TIMESTAMP_LTZ(6)", "TIMESTAMP_LTZ", "TIMESTAMP WITH LOCAL TIME ZONE"),
    ("TIMESTAMP_LTZ(3)", "TIMESTAMP(3) WITH LOCAL TIME ZONE", "timestamp_ltz(3)"),
    ("TIMESTAMP(6) WITH TIME ZONE", "timestamp with time zone"),
    ("INTERVAL DAY(2) TO SECOND(3)", "interval day(2) to second(3)"),
    ("ARRAY<FLOAT>", "array<float>", "ARRAY < FLOAT >", "ARRAY<FLOAT NULL>"),
    ("MAP<STRING, INT>", "map<varchar(2147483647),integer>"),
    ("MULTISET<INT NOT NULL>", "multiset<integer not null>"),
    (
        "ROW<`a` INT, `b` STRING>",
        "ROW<a INT, b STRING>",
        "row(a integer, [b] string)",
        'ROW("a" INT, b STRING NULL)',
    ),
    ("ROW<`a` INT NOT NULL 'it''s'>", "ROW<a INTEGER NOT NULL 'it''s'>"),
    ("ROW<>", "ROW()", "row< >"),
    ("ROW<`row` ROW<`map` MAP<INT, INT>>>", "ROW<row ROW(map MAP<INT,INT>)>"),
]

# Every word of the grammar, and names of types, functions and SQL that could be taken for one.
WORDS = """
    IF NOT EXISTS EXTENDED MODEL MODELS CONNECTION CONNECTIONS CATALOG CATALOGS TYPE DATABASE DATABASES API
    INPUT OUTPUT COMMENT WITH OR REPLACE TEMPORARY TEMP AS RENAME TO SET RESET ALTER DROP CREATE SHOW USE
    CURRENT CASCADE RESTRICT TABLE TABLES VIEW VIEWS FROM IN LIKE ILIKE NULL DESC DESCRIBE ROW INTERVAL
    DOUBLE PRECISION LOCAL WITHOUT TIME ZONE STRING ARRAY MAP json ai_complete select
    USAGE BY DAY FUNCTION
"""

PLACES = [
    "CREATE MODEL {0}",
    "CREATE TEMP MODEL IF NOT EXISTS {0}.{0}.{0} INPUT ({0} STRING, {0} ROW<{0} INT>) WITH ('a' = 'b')",
    "CREATE OR REPLACE MODEL {0}.{0} INPUT ({0} STRING) OUTPUT ({0} DOUBLE) WITH ()",
    "CREATE MODEL m INPUT ({0} INTERVAL DAY, {0} ROW({0} INT 'x'), {0} INT NOT NULL) COMMENT 'x'",
    "ALTER MODEL {0} RENAME TO {0}.{0}",
    "ALTER MODEL IF EXISTS {0} RENAME TO {0}",
    "ALTER MODEL {0}.{0} SET ('a' = 'b')",
    "ALTER MODEL IF EXISTS {0} RESET ('a')",
    "DROP MODEL {0}",
    "DROP TEMPORARY MODEL IF EXISTS {0}.{0}",
    "SHOW MODELS FROM {0} NOT LIKE 'x'",
    "SHOW CREATE MODEL {0}",
    "DESCRIBE MODEL {0}",
    "DESC MODEL EXTENDED {0}.{0}.{0}",
    "CREATE CATALOG {0} WITH ('a' = 'b')",
    "CREATE CATALOG IF NOT EXISTS {0} COMMENT 'x'",
    "DROP CATALOG {0}",
    "DROP CATALOG IF EXISTS {0}",
    "USE CATALOG {0}",
    "CREATE DATABASE {0}",
    "CREATE DATABASE IF NOT EXISTS {0}.{0} COMMENT 'x'",
    "DROP DATABASE {0} CASCADE",
    "DROP DATABASE IF EXISTS {0}.{0} RESTRICT",
    "USE {0}",
    "USE {0}.{0}",
    "SHOW DATABASES IN {0} ILIKE 'x'",
    "SHOW TABLES FROM {0}.{0}",
    "SHOW VIEWS FROM {0} LIKE 'x'",
    "SHOW CREATE TABLE {0}",
    "SHOW CREATE VIEW {0}.{0}",
    "DESCRIBE {0}",
    "DESCRIBE {0}.{0}",
    "DESC EXTENDED {0}",
    "CREATE API CONNECTION {0} TYPE {0} PROVIDER = 'x' {0} = 'y'",
    "CREATE API CONNECTION IF NOT EXISTS {0} TYPE {0} PROVIDER = 'x'",
    "DROP CONNECTION {0}",
    "DROP API CONNECTION IF EXISTS {0}",
    "DESCRIBE CONNECTION {0}",
    "DESC CONNECTION EXTENDED {0}",
]

WRONG = [
    (
        "CREATE MODEL a.b.c.d WITH ('a' = 'b')",
        "'a.b.c.d' has 4 parts; a name has at most three, catalog.database.name",
        "a.b.c.d",
        None,
    ),
    (
        "CREATE MODEL m INPUT (a STRING, b AS `a c`) OUTPUT (c STRING)",
        "Column `b` AS `a c` can only be a physical column.",
        "b AS `a c`",
        "give the column a name and a type",
    ),
    (
        "CALL DBMS_AI_SERVICE.ALTER_AI_MODEL('m', '{}')",
        "there is no procedure DBMS_AI_SERVICE.ALTER_AI_MODEL",
        "CALL DBMS_AI_SERVICE.ALTER_AI_MODEL('m', '{}')",
        "those of DBMS_AI_SERVICE are CREATE_AI_MODEL, CREATE_AI_MODEL_ENDPOINT, ALTER_AI_MODEL_ENDPOINT, "
        "DROP_AI_MODEL, DROP_AI_MODEL_ENDPOINT",
    ),
    (
        "CALL dbms_ai_service.create_ai_model('m')",
        "the procedure is called DBMS_AI_SERVICE.CREATE_AI_MODEL('name', '{...}')",
        "CALL dbms_ai_service.create_ai_model('m')",
        None,
    ),
    (
        "CALL dbms_ai_service.drop_ai_model()",
        "the procedure is called DBMS_AI_SERVICE.DROP_AI_MODEL('name')",
        "CALL dbms_ai_service.drop_ai_model()",
        None,
    ),
    (
        "CREATE OR REPLACE MODEL IF NOT EXISTS m",
        "OR REPLACE and IF NOT EXISTS exclude each other",
        None,
        None,
    ),
]

WRONG_TYPES = [
    ("STRNG", "there is no type 'STRNG'", "STRNG", "did you mean STRING?"),
    (
        "quux",
        "there is no type 'quux'",
        "quux",
        "types are STRING, BIGINT, DOUBLE, ARRAY<FLOAT>, ...",
    ),
    ("ARRY<INT>", "there is no type 'ARRY<...>'", "ARRY", "did you mean ARRAY?"),
    ("int(3)", "type INT takes no length", "int", None),
    ("CHAR(1, 2)", "type CHAR takes at most 1 number(s)", "CHAR", None),
    ("DATE WITH TIME ZONE", "type DATE has no time zone", "DATE", None),
    ("MAP<INT>", "type MAP takes 2 type(s), not 1", "MAP", None),
    ("ARRAY<INT, INT>", "type ARRAY takes 1 type(s), not 2", "ARRAY", None),
    ("INTERVAL FORTNIGHT", "an interval has no field 'FORTNIGHT'", "FORTNIGHT", None),
    ("INTERVAL SECOND(2, 3)", "field SECOND takes at most 1 number(s)", "SECOND", None),
]


@pytest.mark.parametrize("line", IDENTITY)
def test_canonical_text_comes_back_unchanged(parser, line):
    statement = parser.statement(line)
    assert statement.to_sql() == line
    assert parser.statement(statement.to_sql()) == statement


def test_the_canonical_texts_cover_every_statement(parser):
    kinds = {type(parser.statement(line)) for line in IDENTITY}
    assert kinds == set(get_args(s.Statement))


@pytest.mark.parametrize("spellings", SAME, ids=lambda spellings: spellings[0])
def test_many_spellings_are_one_statement(parser, spellings):
    assert {parser.statement(spelling).to_sql() for spelling in spellings} == {spellings[0]}
    assert len({parser.statement(spelling) for spelling in spellings}) == 1


@pytest.mark.parametrize("spellings", TYPES, ids=lambda spellings: spellings[0])
def test_many_spellings_are_one_type(parser, spellings):
    for spelling in spellings:
        statement = parser.statement(f"CREATE MODEL m INPUT (a {spelling})")
        assert statement == s.CreateModel(("m",), input=(ColumnDefinition("a", spellings[0]),))


@pytest.mark.parametrize("place", PLACES)
def test_every_word_can_be_a_name_everywhere(parser, place):
    for word in WORDS.lower().split():
        bare, quoted = place.format(word), place.format(s.quote_name(word))
        if "PROVIDER" in place:
            quoted = quoted.replace(f"`{word}` = 'y'", f"{word} = 'y'")
        assert parser.statement(bare) == parser.statement(quoted)


def test_names_in_other_scripts_need_no_quotes(parser):
    for name in ("模型", "überschrift", "हिंदी", "🤖", "_x", "a$b", "m1"):
        assert parser.statement(f"SHOW CREATE MODEL db.{name}") == s.ShowCreateModel(("db", name))


def test_a_space_of_another_script_ends_a_name(parser):
    assert parser.statement("USE\u00a0CATALOG\u3000c") == s.UseCatalog("c")


def test_properties_are_upper_case_and_keep_their_order(parser):
    statement = parser.statement("CREATE API CONNECTION c TYPE ai_function b = '2' A = '1' b = '3'")
    assert statement == s.CreateConnection("c", "ai_function", (("B", "2"), ("A", "1"), ("B", "3")))


def test_a_setting_remembers_where_it_stands(parser):
    text = "SET 'ai.timeout' = 5s"
    statement = parser.statement(text)
    assert (text[slice(*statement.key_span)], text[slice(*statement.value_span)]) == ("'ai.timeout'", "5s")
    assert parser.statement("RESET ai.timeout").key_span == Span(6, 16)


def test_a_condition_is_kept_as_it_was_written(parser):
    text = "purge answers -- old\n where( a='x;--' /* y */ and\tB ) -- z"
    statement = parser.statement(text)
    assert statement == s.PurgeAnswers("( a='x;--' /* y */ and\tB )")
    assert text[slice(*statement.where_span)] == statement.where
    assert parser.statement("Purge Answers").where_span is None


def test_options_and_keys_stay_out_of_the_repr(parser):
    for text in (
        "CREATE MODEL m WITH ('api-key' = 'sk-1')",
        "ALTER MODEL m SET ('api-key' = 'sk-1')",
        "CREATE API CONNECTION c TYPE ai_function API_KEY = 'sk-1'",
    ):
        assert "sk-1" not in repr(parser.statement(text))


@pytest.mark.parametrize(("text", "message", "place", "hint"), WRONG)
def test_a_statement_that_parses_and_means_nothing_is_refused(parser, text, message, place, hint):
    with pytest.raises(SyntaxProblem) as caught:
        parser.statement(text)
    span = caught.value.span
    assert (caught.value.message, span and text[slice(*span)], caught.value.hint) == (message, place, hint)


@pytest.mark.parametrize(("type_", "message", "place", "hint"), WRONG_TYPES)
def test_a_type_that_is_none_is_refused(parser, type_, message, place, hint):
    text = f"CREATE MODEL m INPUT (content {type_}) OUTPUT (label STRING)"
    with pytest.raises(SyntaxProblem) as caught:
        parser.statement(text)
    error = caught.value
    assert (error.message, text[slice(*error.span)], error.hint) == (message, place, hint)
