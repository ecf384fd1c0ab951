"""The SQL of the offline provider: one query on one table, by the words of the question."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from aisql.providers.builtin_questions import Question
from aisql.providers.lexicon import stem

_NAME: Final = r"(?:\"(?:[^\"]|\"\")+\"|`[^`]+`|\[[^\]]+\]|[\w$]+)"
_TABLES: Final = re.compile(r"^Tables:\n(.*?)(?:\n\nModels: |\Z)", re.DOTALL | re.MULTILINE)
_CREATE: Final = re.compile(
    rf"(?is)\bCREATE\s+(?:TEMP(?:ORARY)?\s+)?(?:TABLE|VIEW)\s+(?:IF\s+NOT\s+EXISTS\s+)?({_NAME})\s*"
    r"(?:\((.*?)\)\s*\w*\s*;$|(?=AS\b))",
    re.MULTILINE,
)
_COLUMN: Final = re.compile(rf"(?s)\s*(?:--[^\n]*\n\s*)*({_NAME})(.*)")
_COMMA: Final = re.compile(r"(?:[^,()']|'[^']*'|\((?:[^()]|\([^()]*\))*\))+")
_RULE: Final = re.compile(r"(?i)\s*(?:PRIMARY|FOREIGN|UNIQUE|CHECK|CONSTRAINT)\b")
_STATEMENT: Final = re.compile(
    r"^The user begins with this statement\.[^\n]*\n(.*?)(?:\n\n|\Z)", re.DOTALL | re.M
)

_AGGREGATES: Final = (
    ("avg", r"average|mean|avg"),
    ("sum", r"sum|total"),
    ("max", r"highest|largest|maximum|max|latest|newest"),
    ("min", r"lowest|smallest|minimum|min|earliest|oldest"),
)
_COUNTS: Final = r"(?i)\b(?:how many|number of|count)\b"
_GOOD: Final = r"(?i)\b(?:good|great|happy|positive)\b"
_BAD: Final = r"(?i)\b(?:bad|poor|unhappy|angry|negative)\b"
_STARS: Final = r"(?i)stars?|rating|score|grade"
_TEXTS: Final = r"(?i)body|text|review|comment|note|message|content|description"
_TIMES: Final = r"(?i)(?:.*_)?(?:date|time|day|created|at|on)"
_TIME_TYPES: Final = r"(?i)\s*(?:DATE|TIME)"
_NUMBERS: Final = r"(?i)\s*(?:\w*INT|REAL|FLOA|DOUB|NUM|DEC)"
_PERIODS: Final = {
    "today": ("'now'", "'now', '+1 day'"),
    "yesterday": ("'now', '-1 day'", "'now'"),
    "this month": ("'now', 'start of month'", "'now', 'start of month', '+1 month'"),
    "last month": ("'now', 'start of month', '-1 month'", "'now', 'start of month'"),
    "this year": ("'now', 'start of year'", "'now', 'start of year', '+1 year'"),
    "last year": ("'now', 'start of year', '-1 year'", "'now', 'start of year'"),
    "last week": ("'now', '-7 days'", "'now'"),
}
_COMPARED: Final = (
    (">=", r"at least|or more"),
    ("<=", r"at most"),
    (">", r"over|above|more than|greater than|after"),
    ("<", r"under|below|less than|fewer than|before"),
)
_UNITS: Final = {"day": "%Y-%m-%d", "month": "%Y-%m", "year": "%Y"}
_FIRST: Final = r"(?i)\b(?:first|top|some) (\d{1,6})\b"


@dataclass(frozen=True, slots=True)
class _Table:
    name: str
    columns: tuple[tuple[str, str], ...]

    def like(self, name: str, kind: str = "") -> str | None:
        """The first column with such a name, or of such a type."""
        named = (each for each, _ in self.columns if re.fullmatch(name, _bare(each)))
        typed = (each for each, its in self.columns if kind and re.match(kind, its))
        return next(named, None) or next(typed, None)

    def spoken(self, text: str) -> str | None:
        """The column whose name a text has first."""
        words = [stem(word) for word in re.findall(r"\w+", text.lower())]
        places = {
            name: words.index(stem(_bare(name).lower()))
            for name, _ in self.columns
            if stem(_bare(name).lower()) in words
        }
        return min(places, key=lambda name: places[name], default=None)


def write_sql(asked: Question) -> str:
    """A query for the question, or the comment that there is nothing to ask about."""
    tables = list(_tables(asked.instruction))
    question = asked.text.partition("\n")[0]
    if not tables:
        return "-- there is no table to ask about"
    table = next((each for each in tables if _speaks_of(question, each.name)), tables[0])
    conditions = list(_conditions(question, table))
    begun = _STATEMENT.search(asked.text)
    if begun is not None:
        return _changed(begun[1].strip().rstrip(";"), conditions)
    group = _group(question, table)
    value = _value(question, table, is_grouped=bool(group))
    lines = [f"SELECT {', '.join(filter(None, (group, value)))}", f"FROM {table.name}"]
    lines += [f"WHERE {' AND '.join(conditions)}"] if conditions else []
    lines += ["GROUP BY 1", "ORDER BY 1"] if group else []
    if (limit := re.search(_FIRST, question)) is not None:
        lines.append(f"LIMIT {limit[1]}")
    return "\n".join(lines) + ";"


def _changed(statement: str, conditions: Sequence[str]) -> str:
    if not conditions:
        return f"{statement};"
    if re.search(r"(?i)\b(?:WHERE|GROUP|ORDER|LIMIT|UNION)\b", statement):
        statement = f"SELECT *\nFROM ({statement})"
    return f"{statement}\nWHERE {' AND '.join(conditions)};"


def _tables(instruction: str) -> Iterator[_Table]:
    section = _TABLES.search(instruction)
    for name, body in _CREATE.findall(section[1] if section is not None else ""):
        parts = [part for part in _COMMA.findall(body) if not _RULE.match(part)]
        columns = [found for part in parts if (found := _COLUMN.match(part)) is not None]
        yield _Table(name, tuple((column[1], column[2]) for column in columns))


def _bare(name: str) -> str:
    return name[1:-1] if name[0] in '"`[' else name


def _speaks_of(question: str, name: str) -> bool:
    words = {stem(word) for word in re.findall(r"[^\W_]+", question.lower())}
    return {stem(word) for word in re.findall(r"[^\W_]+", _bare(name).lower())} <= words


def _value(question: str, table: _Table, *, is_grouped: bool) -> str:
    """What is counted or computed; everything where nothing is."""
    for function, pattern in _AGGREGATES:
        found = re.search(rf"(?i)\b(?:{pattern})\b(.*)", question)
        column = None if found is None else table.spoken(found[1]) or _number(table)
        if column is not None:
            return f"{function}({column})"
    return "count(*)" if is_grouped or re.search(_COUNTS, question) else "*"


def _number(table: _Table) -> str | None:
    numbers = [name for name, kind in table.columns if re.match(_NUMBERS, kind) and "KEY" not in kind.upper()]
    return numbers[0] if numbers else None


def _group(question: str, table: _Table) -> str:
    found = re.search(r"(?i)\b(?:per|by|for each|in each) (.*)", question)
    if found is None:
        return ""
    unit, moment = found[1].split(None, 1)[0].strip(".?!,").lower(), table.like(_TIMES, _TIME_TYPES)
    if unit in _UNITS and moment is not None:
        return f"strftime('{_UNITS[unit]}', {moment}) AS {unit}"
    return table.spoken(found[1]) or ""


def _conditions(question: str, table: _Table) -> Iterator[str]:
    """What rows have to meet: plain SQL first, what asks a model last."""
    for sign, pattern in _COMPARED:
        for found in re.finditer(rf"(?i)(\w+) (?:is |are |was )?(?:{pattern}) (\d+(?:\.\d+)?)\b", question):
            if (column := table.spoken(found[1])) is not None:
                yield f"{column} {sign} {found[2]}"
    moment = table.like(_TIMES, _TIME_TYPES)
    period = next((each for each in _PERIODS if re.search(rf"(?i)\b{each}\b", question)), None)
    if moment is not None and period is not None:
        begin, end = _PERIODS[period]
        yield f"{moment} >= date({begin}) AND {moment} < date({end})"
    for pattern, limit, mood in ((_BAD, "<= 2", "negative"), (_GOOD, ">= 4", "positive")):
        if re.search(pattern, question):
            yield from _judged(table, limit, mood)


def _judged(table: _Table, limit: str, mood: str) -> Iterator[str]:
    """A condition on how good a row is: by its stars, else by the mood of its text."""
    stars, text = table.like(_STARS), table.like(_TEXTS, r"(?i)\s*(?:TEXT|STRING|VARCHAR)")
    if stars is not None:
        yield f"{stars} {limit}"
    elif text is not None:
        yield f"ai_sentiment('builtin:demo', {text}) = '{mood}'"
