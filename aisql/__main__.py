"""`python -m aisql` is the `aisql` command."""

from aisql.cli import run

run()
