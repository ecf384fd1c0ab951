"""A prompt asks before a statement sends more than ai.confirm_calls requests; scripts are not asked."""

from __future__ import annotations

from run_aisql import Aisql
from screen import ENTER, Window, ctrl
from server import ModelServer

READY = b"\x1b[?2004h"
QUESTION = "This has sent 12 requests (60 tokens, $0.0001) and needs more. Go on? [y/N]"
NOTE = "More rows need more requests. Leave the pager to be asked whether to go on."
REFUSED = "error: the statement needs more calls than ai.confirm_calls = 12, and was not to go on"


def asking(what: str, word: str, rows: int = 20) -> str:
    """A statement that asks once for each of its rows."""
    texts = ", ".join(f'"{word} {row}"' for row in range(rows))
    call = "ai_complete('openai:gpt-4o-mini', value)"
    return f"SELECT {what.format(call)} AS a FROM json_each('[{texts}]');"


class User(Window):
    """Somebody at a prompt who is asked."""

    def asked(self, keys: str) -> None:
        """Presses keys; waits for the question."""
        self.type(keys)
        self.until(lambda: self.lines[-1:] == [QUESTION], "the question")

    def prompted(self, keys: str, mark: str) -> None:
        """Presses keys; waits for the next prompt, and for what is shown before it."""
        prompts = self.raw.count(READY)
        self.type(keys)
        self.until(lambda: self.raw.count(READY) > prompts, "the next prompt")
        self.ready()
        self.shows(mark)


def test_a_prompt_asks_and_goes_on_for_y_alone(aisql: Aisql, server: ModelServer) -> None:
    aisql.write("more.sql", asking("count({})", "d"))
    user = User(aisql, "--memory", PAGER="less", lines=12, OPENAI_BASE_URL=server.url, OPENAI_API_KEY="k")
    try:
        user.ready()
        user.prompted("SET ai.confirm_calls = 12;" + ENTER, "OK")
        for word, answer in (("a", ctrl("c")), ("b", ctrl("d")), ("c", "no" + ENTER)):
            user.asked(asking("count({})", word) + ENTER)
            user.prompted(answer, REFUSED)
        assert len(server.requests) == 3 * 12

        user.asked(asking("count({})", "e") + ENTER)
        user.prompted("y" + ENTER, "| 20 |\n+----+\n1 row in set\n")
        assert len(server.requests) == 3 * 12 + 20

        user.type(ctrl("l") + asking("{}", "f") + ENTER)
        user.until(lambda: user.lines[-1:] == [":"], "the line of less")
        user.type("G")
        user.shows(NOTE)
        user.asked("q")
        user.prompted("y" + ENTER, "| echo: f 19 |\n+------------+\n20 rows in set\n")

        user.prompted(ctrl("l") + "\\i more.sql" + ENTER, "| 20 |\n+----+\n1 row in set\n")
        assert len(server.requests) == 3 * 12 + 3 * 20
    finally:
        user.close()


def test_a_script_is_never_asked(aisql: Aisql, server: ModelServer) -> None:
    done = aisql(
        "--memory",
        "--csv",
        stdin=f"SET ai.confirm_calls = 2; {asking('count({})', 'x', 5)}",
        env={"OPENAI_BASE_URL": server.url, "OPENAI_API_KEY": "k"},
    )
    assert (done.text, done.stderr, done.status, len(server.requests)) == ("a\n5\n", "", 0, 5)
