"""Asking in words: a question becomes SQL, a statement becomes sentences. SQL cannot call it."""

from __future__ import annotations

import re

from aisql.functions.answers import plain_text
from aisql.functions.base import Ask, Function, Known, first_text
from aisql.functions.prompts import prompt
from aisql.functions.registry import FUNCTIONS
from aisql.providers.base import CHAT, Reply
from aisql.result import Value

_BLOCK = re.compile(r"```(?:[\w+-]*[ \t]*\n|(?:sql)?[ \t]*)(.*?)(?:```|\Z)", re.DOTALL)
_BEGINS = re.compile(
    r"""(?imx)^[ \t]*(?: --
      | (?:SELECT|WITH|VALUES|INSERT|REPLACE|UPDATE|DELETE|CREATE|ALTER|DROP|EXPLAIN|SHOW|DESC|DESCRIBE|SET
          |RESET|USE|CALL|LIST|PUT|GET|REMOVE|COPY|PURGE|RETRY|PRAGMA|ATTACH|DETACH|ANALYZE|REINDEX|VACUUM
          |BEGIN|COMMIT|ROLLBACK|SAVEPOINT|RELEASE)\b )"""
)
_ENDS = re.compile(r";[ \t]*(?:--[^\n]*)?$", re.MULTILINE)
_BLANK_LINES = re.compile(r"\n(?: *\n)+")
_TAB = 4


def asked(question: str, statement: str, tables: str, models: str) -> Ask:
    """What asks for SQL; where there is a statement the question is about a change of it."""
    functions = "\n".join(f"{each.signature}: {each.summary}" for each in FUNCTIONS.values())
    around = prompt("ask.v1", tables=tables, models=models, functions=functions)
    if statement:
        question = prompt("ask_statement.v1", question=question, statement=statement).system.rstrip("\n")
    return Ask(question, _sql, around.system, heading=around.heading, whole=True)


def asked_again(ask: Ask, answer: str, error: str) -> Ask:
    """The same, with what was answered and why that cannot be run."""
    again = prompt("ask_again.v1", question=ask.text, answer=answer, error=error)
    return ask._replace(text=again.system.rstrip("\n"))


def explained(statement: str, tables: str) -> Ask:
    """What asks for sentences about a statement."""
    around = prompt("explain.v1", tables=tables)
    return Ask(statement, _sentences, around.system, heading=around.heading, whole=True)


def sql_in(answer: str) -> str:
    """The SQL of an answer: its first code block, else what stands between sentences before and behind it.

    Lines without anything are left out, so that nothing is pushed from the screen.
    """
    text = answer.replace("\r\n", "\n").strip("\ufeff \t\n")
    block = _BLOCK.search(text)
    if block is not None:
        text = block[1]
    else:
        begin = _BEGINS.search(text)
        text = text if begin is None else text[begin.start() :]
        ends = [end.end() for end in _ENDS.finditer(text)]
        text = text[: ends[-1]] if ends else text
    return _BLANK_LINES.sub("\n", text.expandtabs(_TAB)).strip()


def _sql(reply: Reply) -> Value:
    return sql_in(str(first_text(reply)))


def _sentences(reply: Reply) -> Value:
    return plain_text(reply, "")


def _no_plan(_arguments: object) -> Known:
    return Known(None)


def _spoken(name: str, signature: str, summary: str) -> Function:
    """What the ledger and errors call it by. It is asked as above, not planned."""
    return Function(name, signature, summary, CHAT, 1, 1, _no_plan)


ASK = _spoken("ask", "\\ask TEXT", "SQL for a question")
EXPLAIN = _spoken("explain", "\\explain STATEMENT", "sentences about a statement")
