"""Where the files beside a catalog are."""

import subprocess
import sys
from pathlib import Path

import pytest

import aisql
from aisql.catalog.paths import default_table_file, keys_file_path, table_file_path


@pytest.mark.parametrize(
    ("catalog", "tables"),
    [
        ("/home/u/catalog.sqlite", "/home/u/catalog.default_database.sqlite"),
        ("/home/u.d/catalog", "/home/u.d/catalog.default_database.sqlite"),
        ("/home/u/.hidden", "/home/u/.hidden.default_database.sqlite"),
        ("catalog.a.db", "catalog.a.default_database.sqlite"),
        ("C:\\data.d\\catalog", "C:\\data.d\\catalog.default_database.sqlite"),
    ],
)
def test_the_default_tables_are_beside_the_catalog_file(catalog, tables):
    assert default_table_file(catalog) == tables


@pytest.mark.parametrize(
    ("database", "tables"),
    [
        ("sales_2-b", "/c.sales_2-b.sqlite"),
        ("a/b", "/c.a%2fb.sqlite"),
        ("../x", "/c.%2e%2e%2fx.sqlite"),
        ("50%", "/c.50%25.sqlite"),
        ("é", "/c.%c3%a9.sqlite"),
    ],
)
def test_the_name_of_a_database_is_quoted_in_its_file_name(database, tables):
    assert table_file_path("/c.sqlite", database) == tables


def test_names_that_differ_in_case_never_share_a_file_even_where_the_file_system_ignores_case():
    assert table_file_path("/c.db", "Sales").lower() != table_file_path("/c.db", "sales").lower()


def test_the_keys_are_beside_the_catalog_file():
    assert keys_file_path("/home/u/catalog.sqlite") == "/home/u/catalog.sqlite.keys"


def test_the_start_of_the_program_does_not_pay_for_the_catalog():
    root = Path(aisql.__file__).parent.parent
    heavy = {"dataclasses", "pathlib", "typing", "urllib", "apsw", "re", "contextlib"}
    code = (
        f"import sys; sys.path.insert(0, {str(root)!r}); import aisql.catalog.paths;"
        f" print(sorted({heavy} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", code], capture_output=True, text=True, check=True
    )
    assert done.stdout == "[]\n"
