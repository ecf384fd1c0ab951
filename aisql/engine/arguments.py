"""The arguments of a call in the order its function wants them."""

from __future__ import annotations

import re
from collections.abc import Sequence

from aisql.errors import FunctionError, Span, SyntaxProblem
from aisql.functions.base import Function
from aisql.syntax.calls import Argument, Call, JsonLiteral, ListLiteral

_LITERAL = re.compile(r"(?i)'(?:[^']|'')*'|[-+]?\d[\w.]*|[:@$?]\w*|NULL|TRUE|FALSE")


def arranged(call: Call, function: Function) -> tuple[Argument, ...]:
    """The arguments, those with a name (`INPUT => text`) at its place.

    Raises FunctionError for a name the function does not have, one that is given twice, and one that is left
    out before another, which only the model may be.
    """
    if not function.named_only and not any(argument.keyword for argument in call.arguments):
        return call.arguments
    placed: dict[int, Argument] = {}
    for place, argument in enumerate(call.arguments, int(function.named_only)):
        place = _place(argument, function) if argument.keyword else place
        if place in placed:
            raise _wrong(function, argument.span, f"'{_name(function, place)}' is given twice")
        placed[place] = argument
    first, last = int(not _names_model(call, function)), max(placed, default=0)
    needed = range(first, function.least if function.named_only else last)
    missing = next((place for place in needed if place not in placed), None)
    if missing is not None:
        span = call.arguments[0].span if call.arguments else call.span
        raise _wrong(function, span, f"the argument {_name(function, missing)} is missing")
    return tuple(placed[place] for place in sorted(placed))


def leaves_model_out(call: Call, function: Function, count: int) -> bool:
    """Whether a call of so many arguments leaves its model out, and nothing else."""
    if not function.has_model:
        return True
    if function.named_only or any(argument.keyword for argument in call.arguments):
        return not _names_model(call, function)
    return count == function.least - 1


def _names_model(call: Call, function: Function) -> bool:
    """Whether one of the arguments is the model, where some have a name."""
    if not function.named_only and any(argument.keyword is None for argument in call.arguments[:1]):
        return True
    return any(argument.keyword == function.parameters[0] for argument in call.arguments)


def _place(argument: Argument, function: Function) -> int:
    if argument.keyword not in function.parameters:
        raise _wrong(function, argument.span, f"'{argument.keyword} =>' is not expected here")
    return function.parameters.index(argument.keyword)


def _name(function: Function, place: int) -> str:
    return function.parameters[place] if place < len(function.parameters) else str(place + 1)


def _wrong(function: Function, span: Span, reason: str) -> FunctionError:
    hint = f"the function is called {function.signature}"
    return FunctionError(f"{function.name}: {reason}", span=span, hint=hint)


def constants(arguments: Sequence[Argument], text: str) -> list[str | None]:
    """The texts of the arguments that are plain strings, None for all others."""
    written = [text[argument.span.start : argument.span.end] for argument in arguments]
    return [
        one[1:-1].replace("''", "'") if not argument.nodes and _is_string(one) else None
        for one, argument in zip(written, arguments, strict=True)
    ]


def constant_map(argument: Argument, text: str) -> dict[str, str]:
    """The keys and values of a MAP whose members are plain strings.

    Raises SyntaxProblem for anything else.
    """
    node = argument.nodes[0] if len(argument.nodes) == 1 else None
    if not isinstance(node, ListLiteral) or node.kind != "map" or len(node.arguments) % 2:
        raise SyntaxProblem("the configuration is written MAP['key', 'value', ...]", span=argument.span)
    strings = [string for string in constants(node.arguments, text) if string is not None]
    if len(strings) < len(node.arguments):
        raise SyntaxProblem("keys and values of the configuration are strings", span=argument.span)
    return dict(zip(strings[::2], strings[1::2], strict=True))


def _is_string(written: str) -> bool:
    inside = written[1:-1].replace("''", "")
    return len(written) > 1 and written[0] == written[-1] == "'" and "'" not in inside


def check_constants(values: Sequence[Argument], function: Function, text: str) -> None:
    """Raises FunctionError for an argument behind the model that must be the same in every row, and may not
    be."""
    for place, argument in enumerate(values, int(function.has_model)):
        if place in function.constants and not _is_constant(argument, text):
            raise _wrong(function, argument.span, f"the argument {_name(function, place)} must be a constant")


def _is_constant(argument: Argument, text: str) -> bool:
    """Whether an argument is a literal, a variable, or a list of them."""
    if not argument.nodes:
        return _LITERAL.fullmatch(text, argument.span.start, argument.span.end) is not None
    node = argument.nodes[0]
    if node.span != argument.span:
        return False
    if isinstance(node, ListLiteral):
        return all(_is_constant(member, text) for member in node.arguments)
    return isinstance(node, JsonLiteral)


def no_expression(call: Call, argument: Argument, function: Function) -> SyntaxProblem:
    """The error of an argument that is another thing than an expression."""
    return SyntaxProblem(
        f"an argument of {call.name} must be an expression",
        span=argument.span,
        hint=f"the function is called {function.signature}",
    )
