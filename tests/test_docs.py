"""The documentation says what the program does: tables are fresh, links resolve, commands run."""

from __future__ import annotations

import html
import importlib.util
import os
import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import get_args

import pytest

from aisql.commands.registry import COMMANDS
from aisql.engine.system import OCEANBASE_VIEWS, TABLES
from aisql.functions.plain import PLAIN_FUNCTIONS
from aisql.functions.registry import FUNCTIONS
from aisql.functions.search import SEARCHES
from aisql.providers.options import OPTIONS
from aisql.providers.registry import SERVICES
from aisql.render.registry import FORMATS
from aisql.settings import SETTINGS
from aisql.syntax import statements

ROOT = Path(__file__).parent.parent
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")])
README = (ROOT / "README.md").read_text("utf-8")
REFERENCE = "".join(
    (ROOT / "docs" / f"{name}.md").read_text("utf-8") for name in ("reference", "providers", "shell", "data")
)
DIALECT = (ROOT / "docs" / "dialect.md").read_text("utf-8")

STATEMENTS = {
    statements.CreateModel: "CREATE [OR REPLACE] [TEMPORARY] MODEL",
    statements.RenameModel: "ALTER MODEL ... RENAME TO",
    statements.SetModelOptions: "ALTER MODEL ... SET",
    statements.ResetModelOptions: "ALTER MODEL ... RESET",
    statements.DropModel: "DROP [TEMPORARY] MODEL",
    statements.ShowModels: "SHOW MODELS",
    statements.ShowCreateModel: "SHOW CREATE MODEL",
    statements.DescribeModel: "DESCRIBE MODEL",
    statements.CreateCatalog: "CREATE CATALOG",
    statements.DropCatalog: "DROP CATALOG",
    statements.UseCatalog: "USE CATALOG",
    statements.ShowCatalogs: "SHOW CATALOGS",
    statements.ShowCurrentCatalog: "SHOW CURRENT CATALOG",
    statements.ShowCurrentDatabase: "SHOW CURRENT DATABASE",
    statements.CreateDatabase: "CREATE DATABASE",
    statements.DropDatabase: "DROP DATABASE",
    statements.UseDatabase: "USE",
    statements.ShowDatabases: "SHOW DATABASES",
    statements.ShowTables: "SHOW TABLES",
    statements.ShowCreateTable: "SHOW CREATE TABLE",
    statements.DescribeTable: "DESCRIBE",
    statements.CreateConnection: "CREATE API CONNECTION",
    statements.DropConnection: "DROP CONNECTION",
    statements.ShowConnections: "SHOW CONNECTIONS",
    statements.DescribeConnection: "DESCRIBE CONNECTION",
    statements.CreateAiModel: "CALL DBMS_AI_SERVICE.CREATE_AI_MODEL",
    statements.DropAiModel: "CALL DBMS_AI_SERVICE.DROP_AI_MODEL",
    statements.CreateEndpoint: "CALL DBMS_AI_SERVICE.CREATE_AI_MODEL_ENDPOINT",
    statements.AlterEndpoint: "CALL DBMS_AI_SERVICE.ALTER_AI_MODEL_ENDPOINT",
    statements.DropEndpoint: "CALL DBMS_AI_SERVICE.DROP_AI_MODEL_ENDPOINT",
    statements.CreateVolume: "CREATE [EXTERNAL] VOLUME",
    statements.RefreshVolume: "ALTER VOLUME ... REFRESH",
    statements.DropVolume: "DROP VOLUME",
    statements.ShowVolumes: "SHOW VOLUMES",
    statements.DescribeVolume: "DESCRIBE VOLUME",
    statements.ListVolume: "SHOW VOLUME DIRECTORY",
    statements.PutFiles: "PUT",
    statements.GetFiles: "GET",
    statements.RemoveFiles: "REMOVE",
    statements.CopyIntoTable: "COPY INTO table",
    statements.CopyIntoVolume: "COPY INTO VOLUME",
    statements.CopyFrom: "COPY FROM",
    statements.CopyTable: "COPY table TO",
    statements.CopyQuery: "COPY query TO",
    statements.CopyResult: "COPY LAST RESULT TO",
    statements.KeepResult: "CREATE TABLE AS LAST RESULT",
    statements.SetSetting: "SET key = value",
    statements.ShowSettings: "SET",
    statements.ResetSetting: "RESET",
    statements.PurgeAnswers: "PURGE ANSWERS",
    statements.ShowUsage: "SHOW USAGE",
    statements.RetryFailed: "RETRY FAILED",
}
"""What the reference calls each statement."""

BLOCK = re.compile(r"^```(\w+)\n(.*?)^```\n(?:\n?```text\n(.*?)^```\n)?", re.DOTALL | re.MULTILINE)
NEEDS_NETWORK = re.compile(r"pip install -e|_API_KEY|ollama")


def loaded(name: str) -> ModuleType:
    """A script of the folder docs as a module."""
    spec = importlib.util.spec_from_file_location(f"docs_{name}", ROOT / "docs" / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def anchors(page: Path) -> set[str]:
    """The anchors of a page's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", page.read_text("utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def shell_blocks() -> list[tuple[str, str]]:
    """The commands of the README that can run here, and what it says they print ('' where it does not)."""
    found = []
    for language, commands, printed in BLOCK.findall(README):
        if language != "sh" or NEEDS_NETWORK.search(commands):
            continue
        lines = [line for line in commands.splitlines(keepends=True) if "-m venv" not in line]
        found.append(("".join(lines).replace(".venv/bin/", ""), printed))
    return found


def run_in_shell(commands: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Runs commands of a user whose path has `aisql` on it."""
    program = folder / "bin" / "aisql"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m aisql "$@"\n', "utf-8")
    program.chmod(0o755)
    homes = {f"XDG_{kind}_HOME": str(folder / kind.lower()) for kind in ("DATA", "CACHE", "STATE", "CONFIG")}
    path = f"{program.parent}{os.pathsep}{os.environ['PATH']}"
    return subprocess.run(
        ["/bin/sh", "-e", "-c", commands],
        cwd=ROOT,
        env=os.environ | homes | {"PATH": path},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize(
    "name", ["README.md", "docs/reference.md", "docs/providers.md", "docs/shell.md", "docs/data.md"]
)
def test_generated_tables_are_fresh(name: str) -> None:
    text = (ROOT / name).read_text("utf-8")
    assert loaded("build_reference").refreshed(text) == text, "run python docs/build_reference.py"


@pytest.mark.parametrize("name", loaded("build_reference").FILES)
def test_generated_files_are_fresh(name: str) -> None:
    made = loaded("build_reference").FILES[name]()
    assert (ROOT / name).read_text("utf-8") == made, "run python docs/build_reference.py"


def test_every_generated_table_is_in_the_reference() -> None:
    regions = set(re.findall(r"<!-- begin (\w+) -->", REFERENCE))
    assert regions == set(loaded("build_reference").REGIONS)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_every_function_has_a_heading(name: str) -> None:
    assert f"\n### {name}\n" in DIALECT


@pytest.mark.parametrize(
    "name",
    [
        *(setting.name for setting in SETTINGS),
        *(option.key for option in OPTIONS),
        *(service.name for service in SERVICES),
        *(f"--{name}" for name in FORMATS),
    ],
)
def test_everything_with_a_name_has_a_row(name: str) -> None:
    assert f"\n| `{name}` |" in REFERENCE


@pytest.mark.parametrize("name", [*PLAIN_FUNCTIONS, *(search.name for search in SEARCHES.values())])
def test_every_plain_function_has_a_row(name: str) -> None:
    assert f"\n| `{name}(" in REFERENCE


@pytest.mark.parametrize("name", COMMANDS)
def test_every_meta_command_is_in_a_row(name: str) -> None:
    assert f"`\\{name}`" in REFERENCE


@pytest.mark.parametrize("name", TABLES)
def test_every_table_of_the_session_is_in_a_row_with_its_columns(name: str) -> None:
    assert f"\n| `aisql.{name}` | {', '.join(TABLES[name][0])} |\n" in DIALECT


@pytest.mark.parametrize("name", OCEANBASE_VIEWS)
def test_every_view_of_oceanbase_is_named_with_its_columns(name: str) -> None:
    assert f"`oceanbase.{name}`" in DIALECT
    columns = [column for column, _ in OCEANBASE_VIEWS[name][0] if column != "TENANT_ID"]
    assert f"{', '.join(columns)} |\n" in DIALECT


def test_every_option_of_the_command_line_is_in_the_reference(tmp_path: Path) -> None:
    options = set(re.findall(r"--[a-z][a-z-]*", run_in_shell("aisql --help", tmp_path).stdout))
    assert options - set(re.findall(r"--[a-z][a-z-]*", REFERENCE)) == set()


def test_every_statement_has_a_name_in_the_reference() -> None:
    assert set(STATEMENTS) == set(get_args(statements.Statement))


@pytest.mark.parametrize("name", STATEMENTS.values())
def test_every_statement_has_a_row(name: str) -> None:
    assert re.search(rf"^\| `{re.escape(name)}`", REFERENCE, re.MULTILINE)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_resolve(page: Path) -> None:
    text = re.sub(r"```.*?```", "", page.read_text("utf-8"), flags=re.DOTALL)
    broken = []
    for link in re.findall(r"\]\((?!https?:)([^)\s]+)\)", text):
        file, _, anchor = link.partition("#")
        target = (page.parent / file).resolve() if file else page
        if not target.exists() or (anchor and anchor not in anchors(target)):
            broken.append(link)
    assert broken == []


def test_the_readme_shows_the_commands_that_continuous_integration_runs() -> None:
    assert (
        "<!-- main job -->\n```sh\n"
        "python3 -m venv .venv && .venv/bin/pip install .\n"
        ".venv/bin/aisql --memory examples/reviews.csv examples/reviews.sql\n```\n"
    ) in README
    assert (
        "<!-- tests -->\n```sh\n"
        "python3 -m venv .venv\n"
        ".venv/bin/pip install -e '.[dev]' && PATH=$PWD/.venv/bin:$PATH ./check\n```\n"
    ) in README


@pytest.mark.parametrize(("commands", "printed"), shell_blocks(), ids=lambda text: text[:40].split("\n")[0])
def test_commands_of_the_readme_run_and_print_what_it_says(
    commands: str, printed: str, tmp_path: Path
) -> None:
    done = run_in_shell(commands, tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == (printed or done.stdout)
    assert done.stdout


def test_the_first_table_of_the_readme_is_that_of_the_main_job() -> None:
    golden = (ROOT / "tests" / "golden_examples" / "reviews.txt").read_text("utf-8")
    shown = re.search(r"The first table:\n\n```text\n(.*?)```", README, re.DOTALL)
    assert shown is not None
    assert golden.startswith(shown[1])


def test_examples_of_functions_print_what_the_dialect_page_says(tmp_path: Path) -> None:
    examples = [
        (sql, printed) for language, sql, printed in BLOCK.findall(DIALECT) if language == "sql" and printed
    ]
    assert len(examples) == len(FUNCTIONS) + 1  # and one of the functions in FROM
    script = tmp_path / "examples.sql"
    script.write_text("".join(sql for sql, _ in examples), "utf-8")
    done = run_in_shell(f"aisql --memory '{script}'", tmp_path)
    assert done.stdout == "".join(printed for _, printed in examples)


def test_examples_of_vectors_print_what_their_page_says(tmp_path: Path) -> None:
    page = (ROOT / "docs" / "vectors.md").read_text("utf-8")
    examples = [
        (sql, printed) for language, sql, printed in BLOCK.findall(page) if language == "sql" and printed
    ]
    script = tmp_path / "examples.sql"
    script.write_text("".join(sql for sql, _ in examples), "utf-8")
    done = run_in_shell(f"aisql --memory '{script}'", tmp_path)
    assert len(examples) == 3
    assert done.stdout == "".join(printed for _, printed in examples)


def test_the_drawing_of_the_shell_page_is_what_its_commands_draw(tmp_path: Path) -> None:
    page = (ROOT / "docs" / "shell.md").read_text("utf-8")
    ((commands, printed),) = [found[1:] for found in BLOCK.findall(page) if found[2]]
    assert run_in_shell(commands, tmp_path).stdout == printed


@pytest.mark.long
def test_the_picture_shows_what_its_commands_print_today() -> None:
    script = loaded("draw_session")
    picture = html.unescape(script.PICTURE.read_text("utf-8")).replace("\xa0", " ")
    lines = [
        line
        for command in script.COMMANDS
        for line in (command + "\n" + script.output_of(command)).splitlines()
    ]
    assert [line for line in lines if line not in picture] == []
