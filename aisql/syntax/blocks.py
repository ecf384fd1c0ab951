"""What the rows of words and brackets in a query say: its blocks, their clauses and names.

No grammar of SELECT is needed for it. A bracket with a verb in it is a query block; the words of its own row
divide it into clauses.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from lark import Token, Tree

from aisql.syntax.tokens import Element, unquote

_VERBS = frozenset(("SELECT", "VALUES", "INSERT", "REPLACE", "UPDATE", "DELETE", "CREATE", "PRAGMA"))
_SOURCES = frozenset(("WITH", "FROM", "JOIN", "ON"))
_CLAUSES = _SOURCES | frozenset(
    ("WHERE", "GROUP", "HAVING", "WINDOW", "SELECT", "SET", "VALUES", "ORDER", "LIMIT", "OFFSET", "RETURNING")
)
_BEFORE_NAMES = frozenset(
    ("INTO", "TABLE", "EXISTS", "VIEW", "INDEX", "TRIGGER", "REFERENCES", "UPDATE", "WITH", "RECURSIVE")
)
COMPOUND = frozenset(("UNION", "INTERSECT", "EXCEPT"))


def clauses_of(elements: Sequence[Element]) -> list[tuple[int, str]]:
    """The number of the block and the clause every element stands in."""
    found, block, clause, previous = [], 0, "FROM", ""
    for name in keywords(elements):
        if name in COMPOUND or (name == "CONFLICT" and previous == "ON"):
            block += 1
        elif name in _CLAUSES and previous != "DISTINCT":  # IS DISTINCT FROM is no clause
            clause = name
        previous = name
        found.append((block, clause))
    return found


# ---------------------------------------------------------------- names


def used_name(elements: Sequence[Element], index: int) -> str | None:
    """The name an element is, unless it is part of a longer one."""
    name = identifier(elements[index])
    around = (*elements[max(index - 1, 0) : index], *elements[index + 1 : index + 2])
    return None if any(text_of(element) == "." for element in around) else name


def identifier(element: Element) -> str | None:
    """The name an element is, in small letters; None when it is none."""
    if isinstance(element, Tree) and element.data == "token":
        token = element.children[0]
        if isinstance(token, Token) and token.type in {"WORD", "QUOTED_NAME"}:
            return unquote(token).lower()
    return None


def table_name(elements: Sequence[Element], index: int) -> str | None:
    """The name of the common table expression whose query is the element."""
    if not is_call(elements[index]) or name_of(elements[index]) not in {"AS", "MATERIALIZED"}:
        return None
    index -= 1
    while index > 0 and name_of(elements[index]) in {"AS", "NOT"}:
        index -= 1
    element = elements[index]
    if is_call(element):
        return name_of(element).lower()
    if isinstance(element, Tree) and element.data == "group" and index > 0:
        element = elements[index - 1]
    return identifier(element)


def is_recursive(elements: Sequence[Element], index: int) -> bool:
    """Whether the element is the query of a common table expression that names itself."""
    name = table_name(elements, index)
    return name is not None and any(identifier(tree) == name for tree in trees([elements[index]]))


# ---------------------------------------------------------------- elements


def trees(elements: Sequence[Element]) -> Iterator[Tree[Token]]:
    """Every tree below the elements, and the elements that are one."""
    for element in elements:
        if isinstance(element, Tree):
            yield from element.iter_subtrees()


def verb_of(elements: Sequence[Element]) -> Token | None:
    """The word that tells what a query block does; None for a bracket that is no block."""
    # A function may be named like a verb, `replace(a, b, c)`; VALUES stands before a bracket.
    words = (_word(element) for element in elements if not is_call(element) or name_of(element) == "VALUES")
    return next((word for word in words if word is not None and word.upper() in _VERBS), None)


def inner(element: Element) -> Sequence[Element]:
    """The elements directly inside a bracket, arguments and commas laid out flat."""
    if isinstance(element, Token) or element.data == "token":
        return ()
    found: list[Element] = []
    for child in element.children:
        if isinstance(child, Tree) and child.data == "argument":
            found += child.children
        elif child is not None:
            found.append(child)
    return found


def arguments_of(element: Element) -> Iterator[Tree[Token]]:
    """The arguments of a call or a list; none for anything else."""
    children = element.children if isinstance(element, Tree) else ()
    return (child for child in children if isinstance(child, Tree) and child.data == "argument")


def is_call(element: Element) -> bool:
    """Whether a name with a bracket after it is meant, `AS (` too."""
    return isinstance(element, Tree) and element.data == "call"


def is_function(elements: Sequence[Element], index: int) -> bool:
    """Whether the element calls a function; a name before a bracket may be a table's, `INTO map (k)`."""
    if not is_call(elements[index]):
        return False
    before = elements[index - 1] if index else None
    if before is not None and (name_of(before) in _BEFORE_NAMES or text_of(before) == "."):
        return False
    if before is not None and name_of(before) == "ON" and "INDEX" in map(name_of, elements[1:3]):
        return False  # CREATE INDEX i ON map (k)
    after = elements[index + 1] if index + 1 < len(elements) else None
    return after is None or not is_call(after) or name_of(after) != "AS"  # WITH map (a) AS (...)


def text_of(element: Element) -> str:
    """The text of a single word, number, name or sign; empty for more."""
    if isinstance(element, Tree) and element.data == "token":
        return str(element.children[0])
    return str(element) if isinstance(element, Token) else ""


def _word(element: Element) -> Token | None:
    """The word an element begins with: a bare word, or the name of a call (`FROM(...)` reads as one)."""
    if isinstance(element, Tree) and element.data in {"token", "call"}:
        token = element.children[0]
        return token if isinstance(token, Token) and token.type in {"WORD", "CALL_NAME"} else None
    return None


def name_of(element: Element) -> str:
    """The word an element begins with, upper-case; empty when it begins with none."""
    word = _word(element)
    return "" if word is None else word.upper()


def keywords(elements: Sequence[Element]) -> list[str]:
    """The word every element begins with, upper-case; empty where it is part of a longer name, `t.offset`."""
    names = [name_of(element) for element in elements]
    for index, element in enumerate(elements):
        if text_of(element) == ".":
            names[max(index - 1, 0) : index + 2] = [""] * len(names[max(index - 1, 0) : index + 2])
    return names
