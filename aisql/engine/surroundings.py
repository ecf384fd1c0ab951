"""What a statement finds around it, for the one who rewrites it."""

from __future__ import annotations

from aisql.engine.database import Database
from aisql.engine.models import ModelFinder, ModelUse
from aisql.engine.row_tables import RowTables
from aisql.engine.views import common_tables
from aisql.engine.volume_tables import VolumeTables
from aisql.errors import SqlError
from aisql.functions.base import Column, Function
from aisql.syntax.volume_nodes import VolumeNode


class Surroundings:
    """Models, tables, columns and volumes, as one statement sees them.

    `text` is the statement; `default_model` names the model of calls that name none, '' for none.
    """

    def __init__(
        self,
        text: str,
        database: Database,
        models: ModelFinder,
        default_model: str,
        rows: RowTables,
        volumes: VolumeTables,
    ) -> None:
        self._database = database
        self._models = models
        self._default_model = default_model
        self._rows = rows
        self._volumes = volumes
        self._common = common_tables(text)

    def model(self, names: tuple[str, ...], function: Function) -> ModelUse:
        """The model `MODEL name` names. Raises what `ModelFinder.by_name` does."""
        return self._models.by_name(names, function.task)

    def default_model(self, function: Function) -> ModelUse | None:
        """The model of a call that names none. Raises what `ModelFinder.by_coordinate` does."""
        if not self._default_model:
            return None
        return self._models.by_coordinate(self._default_model, function.task)

    def columns(self, query: str) -> tuple[str, ...] | None:
        """The columns of a query, None where nobody can tell."""
        try:
            _, found = self._database.open(query)
        except SqlError:
            return None  # a table of a query further out, or none at all: running the statement tells
        return tuple(column.name for column in found)

    def is_table(self, name: str) -> bool:
        """Whether a name in FROM is that of a table, and no view or common table."""
        return name.lower() not in self._common and self._database.is_table(name)

    def rows_table(self, columns: tuple[Column, ...], *, one_value: bool = False) -> str:
        """The name of the table with these columns that lays out the rows it is given, or one value."""
        return self._rows.name_of(columns, one_value=one_value)

    def volume_sql(self, node: VolumeNode) -> str:
        """What stands in SQL for a volume or its files."""
        return self._volumes.sql(node)
