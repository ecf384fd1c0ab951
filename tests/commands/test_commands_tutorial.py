r"""`\tutorial`: each step is run as a user runs it, and what it shows is compared."""

from __future__ import annotations

import pytest

from aisql.commands.tutorial import BEGIN, END, LAST_WORDS, STEPS

SHOWN = (
    "+----+----------------------------------------------+\n"
    "| id | body                                         |\n"
    "+----+----------------------------------------------+\n"
    "|  1 | I love this lamp, it is beautiful.           |\n"
    "|  2 | Delivery took three weeks. Terrible.         |\n"
    "|  3 | The price is fair and support was friendly.  |\n"
    "|  4 | It broke on the second day, I want a refund. |\n"
    "|  5 | I love this lamp, it is beautiful.           |\n"
    "+----+----------------------------------------------+\n"
    "5 rows in set\n",
    "+----+----------+\n| id | mood     |\n+----+----------+\n"
    "|  1 | positive |\n|  2 | negative |\n|  3 | positive |\n|  4 | negative |\n|  5 | positive |\n"
    "+----+----------+\n5 rows in set\n",
    "+---------+---------+\n| reviews | topic   |\n+---------+---------+\n"
    "|       1 | price   |\n|       3 | quality |\n|       1 | support |\n"
    "+---------+---------+\n3 rows in set\n",
    "+-----------------------+\n| plan                  |\n+-----------------------+\n"
    "| SCAN tutorial_reviews |\n+-----------------------+\n1 row in set\n"
    "+-------+-------------+----------+\n| calls | from_ledger | requests |\n"
    "+-------+-------------+----------+\n|     4 |           4 |        0 |\n"
    "+-------+-------------+----------+\n1 row in set\n",
    "OK\n"
    "+----+----------------------------+\n| id | summary                    |\n"
    "+----+----------------------------+\n"
    "|  1 | I love this lamp           |\n|  2 | Delivery took three weeks. |\n"
    "|  3 | The price is fair          |\n|  4 | It broke on the            |\n"
    "|  5 | I love this lamp           |\n"
    "+----+----------------------------+\n5 rows in set\n",
    "+-----------------+----------------+---------+\n| spent           | last statement | session |\n"
    "+-----------------+----------------+---------+\n"
    "| calls           |              4 |      16 |\n"
    "| from the ledger |              0 |       4 |\n"
    "| failed          |              0 |       0 |\n"
    "| requests        |              4 |      12 |\n"
    "| input tokens    |             74 |     422 |\n"
    "| output tokens   |             16 |      24 |\n"
    "| cost (USD)      |            0.0 |     0.0 |\n"
    "+-----------------+----------------+---------+\n7 rows in set\n",
)
"""What each step shows in a usual terminal, where nothing was asked before."""


def head(number: int) -> str:
    return f"{number}/6  {STEPS[number - 1].text}\n"


IN_WORDS = "note: after SET ai.default_model = 'CONNECTION:MODEL' it is explained in words too"


def left_behind(user) -> list[tuple[object, ...]]:
    tables = list(user.shell.answer("SELECT name FROM temp.sqlite_schema WHERE name LIKE 'tutorial%'").rows)
    return tables + list(user.shell.answer("SHOW MODELS").rows)


def test_six_steps_lead_through_all_and_leave_nothing_behind(open_typed):
    typed = open_typed(size=(80, 24))
    assert typed("\\tutorial") == head(1)
    for number, shown in enumerate(SHOWN, 1):
        statement = typed.shell.take_proposal()
        assert statement == STEPS[number - 1].statement
        after = head(number + 1) if number < len(STEPS) else f"{LAST_WORDS}\n"
        assert typed(statement) == shown + after, number
    told = [each.replace("\n  ", " ") for each in typed.told]
    assert (typed.shell.take_proposal(), told, left_behind(typed)) == ("", [IN_WORDS], [])
    assert typed("\\tutorial") == head(1)


@pytest.mark.parametrize("step", STEPS, ids=lambda step: step.text)
def test_a_step_fits_into_a_usual_terminal(step):
    lines = [f"1/6  {step.text}", f"aisql> {step.statement.split(chr(10))[0]}"]
    lines += [f"   -> {line}" for line in step.statement.split("\n")[1:]]
    assert [line for line in lines if len(line) >= 80] == []


def test_each_step_runs_by_itself(open_typed):
    for number in range(1, len(STEPS) + 1):
        user = open_typed()
        assert user(f"\\tutorial {number}") == head(number)
        user(user.shell.take_proposal())
        told = [IN_WORDS] if "\\explain" in STEPS[number - 1].statement else []
        assert (user.told, user.shell.status) == (told, 0)


def test_who_runs_something_else_comes_back_by_himself(typed):
    typed("\\tutorial")
    typed.shell.take_proposal()
    assert typed("SELECT 1;").endswith("1 row in set\n")
    assert typed.shell.take_proposal() == ""
    assert typed("\\tutorial") == head(2)
    assert typed("\\tutorial") == head(3)
    assert typed("\\tutorial 6") == head(6)
    assert typed("\\tutorial") == f"{LAST_WORDS}\n"
    assert left_behind(typed) == []


def test_tables_of_the_user_stay_as_they_are(typed):
    typed("CREATE TABLE tutorial_reviews (mine); INSERT INTO tutorial_reviews VALUES ('x');")
    typed("\\tutorial 6")
    typed("\\tutorial")
    assert "| x    |" in typed("SELECT * FROM tutorial_reviews;")


@pytest.mark.parametrize("word", ["0", "7", "two", "-1"])
def test_other_steps_there_are_not(typed, word):
    assert typed.error(f"\\tutorial {word}") == f"error: there is no step {word}\nhint: there are 1 to 6"


def test_a_script_is_given_all_steps_as_a_script(open_typed):
    user = open_typed(size=(80, 24), answers=None)
    script = user("\\tutorial")
    steps = [f"-- {head(number)}{step.statement}\n" for number, step in enumerate(STEPS, 1)]
    assert script == f"{BEGIN}\n{''.join(steps)}{END[0]}\n{END[1]}\n"
    assert user("\\tutorial 2") == f"{BEGIN}\n{steps[1]}{END[0]}\n{END[1]}\n"
    assert user(script) == "OK\n" + "".join(SHOWN) + "OK\nOK\n"
    assert left_behind(user) == []
