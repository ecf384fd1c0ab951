r"""`\tutorial`: six steps through what there is, with the offline model and a temporary table."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from aisql.commands.base import Command, Shell, only_word
from aisql.errors import UsageError


@dataclass(frozen=True, slots=True)
class Step:
    """A sentence, and what to run to see it."""

    text: str
    statement: str


BEGIN = """\
CREATE TEMPORARY TABLE IF NOT EXISTS tutorial_reviews AS
WITH reviews (id, body) AS (VALUES
  (1, 'I love this lamp, it is beautiful.'),
  (2, 'Delivery took three weeks. Terrible.'),
  (3, 'The price is fair and support was friendly.'),
  (4, 'It broke on the second day, I want a refund.'),
  (5, 'I love this lamp, it is beautiful.'))
SELECT * FROM reviews;"""
END = (
    "DROP TABLE IF EXISTS temp.tutorial_reviews;",
    "DROP TEMPORARY MODEL IF EXISTS tutorial_model;",
)
LAST_WORDS = "That was all. \\connect finds a model of your own, \\? lists what can be typed."

STEPS: tuple[Step, ...] = (
    Step("Tables are SQLite's. This one has five reviews.", "SELECT * FROM tutorial_reviews;"),
    Step(
        "A model is called as a function, row by row. 'builtin:demo' needs no key.",
        "SELECT id, ai_sentiment('builtin:demo', body) AS mood\n  FROM tutorial_reviews;",
    ),
    Step(
        "A call stands wherever a value may. Here it makes the groups.",
        "SELECT count(*) AS reviews, ai_classify('builtin:demo', body,\n"
        "  ARRAY['price', 'quality', 'support']) AS topic\n"
        "  FROM tutorial_reviews GROUP BY topic;",
    ),
    Step(
        "Answers are kept. \\explain counts what is still to be asked.",
        "\\explain SELECT ai_sentiment('builtin:demo', body) FROM tutorial_reviews",
    ),
    Step(
        "CREATE MODEL names a model together with what it is told to do.",
        "CREATE OR REPLACE TEMPORARY MODEL tutorial_model\n"
        "  INPUT (body STRING) OUTPUT (summary STRING)\n"
        "  WITH ('provider' = 'builtin',\n"
        "  'user-prompt' = 'Summarize in at most 4 words:');\n"
        "SELECT id, ai_complete('tutorial_model', body) AS summary\n  FROM tutorial_reviews;",
    ),
    Step("\\cost tells what the calls came to.", "\\cost"),
)


def _tutorial(shell: Shell, arguments: str) -> None:
    number = _number(only_word(arguments, "step"))
    if not shell.is_interactive or not shell.can_ask:
        steps = [number] if number else range(1, len(STEPS) + 1)
        shell.write(f"{line}\n" for line in _printed(steps))
        return
    _go_to(shell, number or shell.tutorial + 1)


def _number(word: str) -> int:
    """The step that is meant, 0 for none. Raises UsageError."""
    steps = {str(number): number for number in range(1, len(STEPS) + 1)}
    if word and word not in steps:
        raise UsageError(f"there is no step {word}", hint=f"there are 1 to {len(STEPS)}")
    return steps.get(word, 0)


def _go_to(shell: Shell, number: int) -> None:
    """Shows a step, with its statement in the next line; what comes behind the last one is the end."""
    if number > len(STEPS):
        for statement in END:
            shell.answer(statement)
        shell.tutorial = 0
        shell.say(LAST_WORDS)
        return
    step = STEPS[number - 1]
    shell.answer(BEGIN)
    shell.tutorial = number
    shell.say(f"{number}/{len(STEPS)}  {step.text}")
    shell.propose(step.statement)
    shell.follow(_then(shell, step))


def _then(shell: Shell, step: Step) -> Callable[[str], None]:
    """Goes on to the next step where this one was run; who runs something else comes back by himself."""

    def go_on(text: str) -> None:
        if text.strip() == step.statement:
            _go_to(shell, shell.tutorial + 1)

    return go_on


def _printed(numbers: Iterable[int]) -> Iterator[str]:
    """The steps as a script."""
    yield BEGIN
    for number in numbers:
        yield f"-- {number}/{len(STEPS)}  {STEPS[number - 1].text}"
        yield STEPS[number - 1].statement
    yield from END


COMMANDS = (
    Command(
        ("tutorial",),
        "[STEP]",
        "six steps through what there is, with the offline model",
        _tutorial,
        "Every step stands in the input line, to be run with Enter; then comes the next one. Who has run\n"
        "something else goes on with \\tutorial. In a script all steps are written. Example: \\tutorial 3",
    ),
)
