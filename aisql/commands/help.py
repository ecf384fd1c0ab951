"""Help on every command, function, statement, option, setting and format, from the registries."""

from __future__ import annotations

import re
from collections.abc import Iterator

from aisql.commands.base import Command, Shell
from aisql.errors import UsageError
from aisql.functions.base import Function
from aisql.functions.options import CALL_OPTIONS, CallOption
from aisql.functions.plain import PLAIN_FUNCTIONS, PlainFunction
from aisql.functions.registry import CALLED, FUNCTIONS, TABLE_FUNCTIONS
from aisql.functions.search import SEARCHES, Search
from aisql.functions.sqlite import SQLITE_FUNCTIONS
from aisql.providers.options import OPTIONS, Option
from aisql.render.registry import FORMATS
from aisql.result import listing
from aisql.settings import SETTINGS
from aisql.suggest import did_you_mean
from aisql.syntax.reference import Synopsis, statements

_SAMPLES = {
    "model": "'builtin:demo'",
    "prompt": "'Say hello.'",
    "to_lang": "'fr'",
    "documents": """'["red apples", "blue sky"]'""",
    "query": "'apples'",
}
"""What stands for an argument in an example, where it is not a text."""
_VALUES = {"int": "16", "float": "0.5", "json": '{"top_k": 20}', "headers": '{"X-Team": "search"}'}
"""What stands for the value of an option of that type in an example."""
_ARGUMENT = re.compile(r"(?:\([^)]*\)|\{[^}]*\}|[^(){},])+")
_SQLITE = "https://sqlite.org/lang.html"


def _help(shell: Shell, arguments: str) -> None:
    topic = " ".join(arguments.strip().removesuffix(";").split())
    if not topic:
        _list(shell)
        return
    found = list(_found(shell, topic))
    if not found:
        raise UsageError(f"there is no help on {topic}", code="not_found", hint=_nearest(topic))
    lines = "\n".join(text.rstrip() + "\n" for text in found).splitlines(keepends=True)
    shell.write(lines, wraps=True)


def _list(shell: Shell) -> None:
    """What can be typed, a line each."""
    from aisql.commands.registry import FAMILIES  # which this module is a part of

    commands = [(_typed(each), each.summary) for family in FAMILIES.values() for each in family]
    functions = [(each.name, each.summary) for each in (*FUNCTIONS.values(), *_without_model())]
    others = [
        ("SHOW MODELS;", "any statement, ended by a semicolon"),
        ("\\help NAME", "more on a command, function, statement, option or setting"),
    ]
    shell.show(listing(("type", "what it does"), [*commands, *functions, *others]))


def _without_model() -> list[PlainFunction | Search]:
    return [*PLAIN_FUNCTIONS.values(), *SEARCHES.values()]


def _typed(command: Command) -> str:
    names = ", ".join(f"\\{name}" for name in command.names)
    return f"{names} {command.arguments}".rstrip()


def _found(shell: Shell, topic: str) -> Iterator[str]:
    """Every help text on the topic."""
    from aisql.commands.registry import known

    command = known(topic.lstrip("\\."))
    if command is not None and (topic[0] in "\\." or len(topic) > 1):
        yield _of_command(command)
    lowered = topic.lower().removesuffix("()")
    for function in (*CALLED.values(), *TABLE_FUNCTIONS.values()):
        if function.name.lower() == lowered:
            yield _of_function(function)
    for plain in _without_model():
        if plain.name.lower() == lowered:
            example = plain.example if isinstance(plain, Search) else f"SELECT {plain.example};"
            yield f"{plain.signature}\n  {plain.summary}\nExample: {example}\n"
    yield from map(_of_statement, _statements(topic.upper()))
    for option in OPTIONS:
        if lowered.replace("_", "-") in {option.key, *option.spellings}:
            yield _of_option(option)
    for each in CALL_OPTIONS:
        if lowered in {each.key, each.key.rpartition(".")[2]}:
            yield _of_call_option(each)
    now = dict(shell.settings.items())
    for setting in SETTINGS:
        if lowered in {setting.name, setting.name.removeprefix("ai.")}:
            value = now.get(setting.name, "")
            usual = f"it is '{value}', without a SET '{setting.default}'"
            yield f"{setting.name}: {setting.summary}\n  {usual}\nExample: SET {setting.name} = '{value}';\n"
    if lowered in FORMATS:
        yield f"{lowered}: {FORMATS[lowered].summary}\nExample: \\format {lowered}\n"
    yield from _of_sqlite(shell, lowered)


def _of_command(command: Command) -> str:
    return f"{_typed(command)}\n  {command.summary}\n{command.details}\n"


def _of_function(function: Function) -> str:
    task = f"task of the model: {function.task or 'any'}"
    options = "".join(f"  {each.key}: {each.summary}\n" for each in CALL_OPTIONS)
    is_told = "json '{...}'" in function.signature
    told = f'options, json \'{{"model.params": {{"temperature": 0.2}}}}\':\n{options}' if is_told else ""
    text = f"{function.signature}\n  {function.summary}\n  {task}\n{told}"
    return f"{text}Example: {example(function)}\n"


def example(function: Function) -> str:
    """A statement with a call of the function: its own, or one made of its signature."""
    if function.example:
        return function.example
    if function.signature.startswith("ML_PREDICT"):
        return "SELECT * FROM ML_PREDICT(TABLE reviews, MODEL sentiment, DESCRIPTOR(body));"
    inside = re.sub(r" ?\[.*", "", function.signature.partition("(")[2].removesuffix(")"))
    arguments = [_sample(each) for each in _ARGUMENT.findall(inside)]
    return f"SELECT {function.name}({', '.join(arguments)});"


def _sample(argument: str) -> str:
    """A value for an argument, for the first one where a signature offers several."""
    word = argument.partition(" | ")[0].strip()
    if word.startswith(("ARRAY", "json")):
        return word.replace(", ...", ", 'other'" if word[0] == "A" else "")
    return _SAMPLES.get(word, f"'some {word}'")


def _statements(topic: str) -> list[Synopsis]:
    """The statements that begin with the topic, all with that title first."""
    topic = re.sub(r"^DESC\b", "DESCRIBE", topic)
    ours = [each for each in statements() if f"{each.title} ".startswith(f"{topic} ")]
    return [each for each in ours if each.title == topic] or ours


def _of_statement(synopsis: Synopsis) -> str:
    forms = "".join(f"  {form}\n" for form in synopsis.forms)
    examples = "".join(f"Example: {each};\n" for each in synopsis.examples)
    return f"{synopsis.title}\n{forms}{examples}"


def _of_option(option: Option) -> str:
    kind = ", ".join(option.choices) or option.type
    default = "" if option.default is None else f", without it '{option.default}'"
    sample = option.default or (option.choices[0] if option.choices else _VALUES.get(option.type, "..."))
    given = f"'provider' = 'openai', '{option.key}' = '{sample}'"
    if option.key == "provider":
        given = "'provider' = 'openai'"
    return (
        f"'{option.key}': {option.summary}\n  {kind}{default}\n"
        f"Example: CREATE MODEL m INPUT (text STRING) OUTPUT (label STRING) WITH ({given});\n"
    )


def _of_call_option(option: CallOption) -> str:
    sample = "true" if "true" in option.valid else "1"
    call = f"ai_complete('builtin:demo', 'Say hello.', json '{{\"{option.key}\": {sample}}}')"
    return (
        f"{option.key}: {option.summary}\n  {option.valid}, in the last argument of a call\n"
        f"Example: SELECT {call};\n"
    )


def _of_sqlite(shell: Shell, name: str) -> Iterator[str]:
    for each in SQLITE_FUNCTIONS:
        if each.name == name and name not in FUNCTIONS:
            yield f"{each.signature}\n  {each.summary}\n  a function of SQLite, {_SQLITE}\n"
            return
    counts = shell.databases.current.select(
        "SELECT DISTINCT narg FROM pragma_function_list WHERE name = ? ORDER BY narg", (name,)
    )
    if counts and name not in FUNCTIONS:
        told = ", ".join("any number" if count == -1 else str(count) for (count,) in counts)
        yield f"{name}: a function of SQLite\n  arguments: {told}\n  {_SQLITE}\n"
    if name.partition(" ")[0] in {
        "select",
        "insert",
        "update",
        "delete",
        "with",
        "pragma",
        "explain",
        "attach",
    }:
        yield f"{name.upper()}: a statement of SQLite\n  {_SQLITE}\n"


def topics() -> Iterator[str]:
    """Every name there is help on, but for SQLite's own."""
    from aisql.commands.registry import COMMANDS

    yield from (f"\\{name}" for name in COMMANDS)
    yield from (*CALLED, *TABLE_FUNCTIONS, *PLAIN_FUNCTIONS, *SEARCHES)
    yield from (each.title for each in statements())
    yield from (option.key for option in OPTIONS)
    yield from (option.key for option in CALL_OPTIONS)
    yield from (setting.name for setting in SETTINGS)
    yield from FORMATS


def _nearest(topic: str) -> str:
    return did_you_mean(topic, topics()) or "\\? lists what there is"


COMMANDS = (
    Command(
        ("?", "help", "h"),
        "[NAME]",
        "this table, or help on a name",
        _help,
        "NAME is a command, function, statement, option, setting or format. Example: \\help ai_classify",
        completes="function",
        takes_line=True,
    ),
)
