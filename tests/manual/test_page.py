"""The page for man: made without a warning, and nothing is missing from it."""

from __future__ import annotations

import re
import shutil
import subprocess

import pytest

from aisql.arguments import endings, make_parser
from aisql.commands.registry import COMMANDS
from aisql.manual.arguments import arguments
from aisql.manual.facts import EXIT_STATUSES, FOLDERS, VARIABLES
from aisql.manual.page import manual_page
from aisql.repl.preferences import PREFERENCES
from aisql.settings import SETTINGS


@pytest.fixture(scope="module")
def rendered() -> str:
    """The page as a reader sees it, in one very wide line for each paragraph."""
    if shutil.which("groff") is None:
        pytest.skip("groff is not installed")
    done = subprocess.run(
        ["groff", "-man", "-Tutf8", "-ww", "-P-cbou", "-rLL=900n"],
        input=manual_page(make_parser(), endings()),
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=True,
    )
    assert done.stderr == ""
    return done.stdout


def test_everything_with_a_name_is_on_the_page(rendered: str) -> None:
    names = [name for argument in arguments(make_parser(), endings()) for name in argument.names]
    names += [f"\\{name}" for name in COMMANDS]
    names += [setting.name for setting in SETTINGS]
    names += [preference.name for preference in PREFERENCES]
    names += [variable for variable, _ in VARIABLES] + [folder for folder, *_ in FOLDERS]
    missing = [name for name in names if not re.search(rf"(?m)^ +.*{re.escape(name)}(?![\w-])", rendered)]
    assert missing == []
    statuses = re.findall(r"(?m)^ +(\d+) +(.*)$", rendered[rendered.index("EXIT STATUS") :])
    assert statuses == [(str(status), text) for status, text in EXIT_STATUSES]


def test_no_sign_becomes_another_one(rendered: str) -> None:
    assert "aisql reviews.csv --json -c 'SELECT * FROM reviews LIMIT 3'" in rendered
    assert "requests one statement may make; '' is no limit (usually '')" in rendered
    assert "~/.local/share/aisql\n" in rendered
