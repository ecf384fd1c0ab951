"""Our statements as help shows them: how each is written, and its examples, both from the grammar."""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass
from importlib.resources import files

_RULE = re.compile(
    r"^(?P<example>(?://[^\n]*\n)*)[?!]?(?P<name>\w+): (?P<body>[^\n]*(?:\n +\|[^\n]*)*)", re.MULTILINE
)
_PART = re.compile(r'"(?P<word>[^"]+)"i?|_?(?P<terminal>[A-Z][A-Z_]*)|(?P<rule>[a-z_]+)|(?P<sign>[][()|*+?])')
_KEPT = frozenset({"path", "name", "column", "condition"})
"""Rules that are shown by their names."""
_TERMINALS = {"STRING": "'text'", "NAME": "name", "SETTING": "setting", "JSON_LITERAL": "json '...'"}
_FORM = re.compile(r"\n +\| *")
_OPTIONAL = re.compile(r" ?\[[^][]*\]")
_LIST = re.compile(r"(?P<item>[^\s(\[][^()\[]*?) \(, (?P=item)\)\*")


@dataclass(frozen=True, slots=True)
class Synopsis:
    """A statement: its first words, how it is written in each of its forms, and examples."""

    title: str
    forms: tuple[str, ...]
    examples: tuple[str, ...]


def statements() -> tuple[Synopsis, ...]:
    """Every statement of ours, in the order of the grammar."""
    text = files("aisql.grammar").joinpath("aisql.lark").read_text("utf-8")
    rules = {match["name"]: match for match in _RULE.finditer(text)}
    names = re.findall(r"\w+", rules["statement"]["body"])
    return tuple(_synopsis(rules, name) for name in names)


def _synopsis(rules: dict[str, re.Match[str]], name: str) -> Synopsis:
    forms = tuple(_written(rules, each) for each in _FORM.split(rules[name]["body"]))
    lines = "   ".join(line[2:].strip() for line in rules[name]["example"].splitlines())
    title = _title(forms[0])
    begins = title[:4]  # DESC is as good as DESCRIBE
    return Synopsis(
        title, forms, tuple(each for each in re.split(r" {3,}", lines) if each.startswith(begins))
    )


def _title(form: str) -> str:
    """The words a statement begins with, without those that may be missing."""
    while _OPTIONAL.search(form):
        form = _OPTIONAL.sub("", form)
    return " ".join(itertools.takewhile(str.isupper, form.split()))


def _written(rules: dict[str, re.Match[str]], body: str) -> str:
    """One form of a rule in words, the rules in it resolved."""
    text = " ".join(_part(rules, match) for match in _PART.finditer(body.split(" -> ")[0]))
    text = re.sub(r"(?<=[\[(]) | (?=[\])*+,])", "", text).replace(" . ", ".")
    return _LIST.sub(r"\g<item>, ...", text).replace("+", " ...")


def _part(rules: dict[str, re.Match[str]], match: re.Match[str]) -> str:
    if match["terminal"]:
        terminal = match["terminal"]
        if terminal in rules and terminal not in _TERMINALS:
            return f"({' | '.join(re.findall(r'[A-Z]+', rules[terminal]['body']))})"
        return _TERMINALS.get(terminal, terminal)
    name = match["rule"]
    if name is None:
        return match["word"] or match["sign"]
    if name in _KEPT or name not in rules:
        return name
    first = _FORM.split(rules[name]["body"])[0]
    return _written(rules, first if "(" in first else first.split(" | ")[0])
