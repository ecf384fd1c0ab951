"""What volumes are in the SQL of one statement: files become temporary tables while it runs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress

from aisql.data.base import Table
from aisql.engine import volume_data
from aisql.engine.database import Database
from aisql.engine.file_tables import create_temporary
from aisql.engine.volume_statements import LISTED, listed
from aisql.engine.volumes import Volumes, uri_of
from aisql.errors import AisqlError, SqlError, StatementError
from aisql.schema import quote_text
from aisql.syntax.calls import Node, walk
from aisql.syntax.volume_nodes import VolumeNode
from aisql.syntax.volumes import ListVolume, VolumeData, VolumeName


class VolumeTables:
    """The tables of one statement. What they hold is read once, so that every scan of it sees the same."""

    def __init__(self, database: Database, volumes: Volumes, identities: Iterator[int]) -> None:
        self._database = database
        self._volumes = volumes
        self._identities = identities
        self._names: dict[VolumeNode, str] = {}

    def sql(self, node: VolumeNode) -> str:
        """What stands in SQL for a volume, its files or their rows.

        Raises CatalogError, VolumeError, OptionError or SqlError, with the place of the node.
        """
        try:
            if isinstance(node.value, VolumeName):
                self._volumes.folder(node.value)  # a wrong name is wrong even where there is no row
                return volume_text(node)
            name = self._names.get(node) or self._made(node, node.value)
        except AisqlError as error:
            error.span = node.span
            raise
        return f"SELECT * FROM temp.{name}" if isinstance(node.value, ListVolume) else f"temp.{name}"

    def _made(self, node: VolumeNode, value: ListVolume | VolumeData) -> str:
        name = f"aisql_volume_{next(self._identities)}"
        create_temporary(self._database, name, self._table(value))
        self._names[node] = name
        return name

    def _table(self, value: ListVolume | VolumeData) -> Table:
        if isinstance(value, VolumeData):
            return volume_data.read(self._volumes, value)
        names, types = zip(*LISTED, strict=True)
        return Table(names, types, listed(self._volumes, value))

    def drop(self) -> bool:
        """Drops the tables; false where a statement that is not over holds one."""
        for node, name in list(self._names.items()):
            with suppress(SqlError):
                self._database.run(f"DROP TABLE IF EXISTS temp.{name}")
                del self._names[node]
        return not self._names


def refuse_files(nodes: Sequence[Node]) -> None:
    """Raises StatementError for files of a volume among the nodes of a statement that SQLite keeps."""
    for node in walk(nodes):
        if isinstance(node, VolumeNode):
            volume_text(node)


def volume_text(node: VolumeNode) -> str:
    """The URI of a volume as a string: what GET_PRESIGNED_URL takes in its place.

    Raises StatementError for files, which SQLite cannot keep in a view or a trigger.
    """
    if isinstance(node.value, VolumeName):
        return quote_text(uri_of(node.value))
    raise StatementError(
        "the files of a volume cannot be read in a view or a trigger",
        span=node.span,
        hint="CREATE TABLE ... AS SELECT, or COPY INTO a table, keeps their rows",
    )
