"""The words of the grammar that may follow a text, for completion."""

from __future__ import annotations

import pytest

from aisql.syntax.parse import Parser

FOLLOWING = {
    "PURGE ": ("ANSWERS",),
    "CREATE ": (
        *("MODEL", "CATALOG", "DATABASE", "API", "OR", "TEMPORARY", "TEMP", "EXTERNAL", "VOLUME"),
        "TABLE",
    ),
    "CREATE TABLE t AS ": ("LAST",),
    "COPY ": ("OVERWRITE", "INTO", "LAST"),
    "COPY t ": ("FROM", "TO"),
    "COPY t FROM ": ("STDIN",),
    "COPY (SELECT 1) TO ": ("STDOUT",),
    "COPY t TO 'x' ": ("WITH",),
    "CREATE OR REPLACE ": ("MODEL", "TEMPORARY", "TEMP"),
    "CREATE MODEL m ": ("INPUT", "OUTPUT", "COMMENT", "WITH"),
    "CREATE MODEL m COMMENT 'x' ": ("WITH",),
    "CREATE MODEL m WITH ('a' = 'b') ": (),
    "DROP MODEL ": ("IF",),
    "DROP MODEL IF ": ("EXISTS",),
    "DROP MODEL IF EXISTS ": (),
    "DESCRIBE ": ("EXTENDED", "MODEL", "CONNECTION", "VOLUME"),
    "USE ": ("CATALOG",),
    "SHOW MODELS ": ("NOT", "FROM", "IN", "LIKE", "ILIKE"),
    "SHOW USAGE BY ": ("MODEL", "DAY", "FUNCTION"),
    "DROP DATABASE d ": ("RESTRICT", "CASCADE"),
    "SHOW NOSUCH ": (),
    "SHOW 'unclosed": (),
    "SELECT ": (),
}


@pytest.mark.parametrize("text", FOLLOWING)
def test_the_words_that_may_follow(parser: Parser, text: str) -> None:
    assert set(parser.following(text)) == set(FOLLOWING[text])
    assert len(parser.following(text)) == len(FOLLOWING[text])


def test_a_statement_begins_with_words(parser: Parser) -> None:
    assert {"CREATE", "DESCRIBE", "DESC", "SHOW", "SET"} <= set(parser.following(""))
