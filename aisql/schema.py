"""What a column of a model is, and how names and texts are quoted; shared by statements and the catalog."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ColumnDefinition:
    """A physical column: `name`, `type` in Flink's canonical spelling (`STRING`, ``ROW<`a` INT>``).

    `nullable` is false for a column declared NOT NULL; `comment` is None where none was given.
    """

    name: str
    type: str
    nullable: bool = True
    comment: str | None = None


def quote_name(name: str) -> str:
    """The name in back quotes."""
    return "`" + name.replace("`", "``") + "`"


def quote_text(text: str) -> str:
    """The text as a SQL string."""
    return "'" + text.replace("'", "''") + "'"
