"""Parse tree to statements about files and tables. One method per grammar rule, with the rule's name."""

from __future__ import annotations

from lark import Token, Transformer, Tree, v_args

from aisql.errors import Span, SyntaxProblem
from aisql.syntax import copies as c
from aisql.syntax import statements as s
from aisql.syntax.pieces import Path
from aisql.syntax.tokens import span_of, unquote


@v_args(inline=True)
class CopyBuilder(Transformer[Token, s.Statement]):
    """Turns the trees of COPY, and of the table that keeps a result, into values."""

    _text: str

    def keep_result(self, temporary: bool | None, if_not_exists: bool | None, path: Path) -> c.KeepResult:
        if temporary and len(path) > 1:
            raise SyntaxProblem("a temporary table has its name alone, without a database")
        return c.KeepResult(path, bool(temporary), bool(if_not_exists))

    def copy_from(
        self,
        path: Path,
        columns: tuple[str, ...] | None,
        file: str | None,
        options: c.CopyOptions | None,
    ) -> c.CopyFrom:
        return c.CopyFrom(path, file, columns or (), options or ())

    def copy_table(
        self,
        path: Path,
        columns: tuple[str, ...] | None,
        file: str | None,
        options: c.CopyOptions | None,
    ) -> c.CopyTable:
        return c.CopyTable(path, file, columns or (), options or ())

    def copy_query(self, query: Span, file: str | None, options: c.CopyOptions | None) -> c.CopyQuery:
        return c.CopyQuery(self._text[slice(*query)], file, options or (), query)

    def copy_result(self, file: str | None, options: c.CopyOptions | None) -> c.CopyResult:
        return c.CopyResult(file, options or ())

    @v_args(tree=True)
    def copied(self, tree: Tree[Token]) -> Span:
        start, end = span_of(tree)
        return Span(start + 1, end - 1)

    def copy_columns(self, *columns: str) -> tuple[str, ...]:
        return columns

    def copy_file(self, name: Token) -> str:
        return unquote(name)

    def stdin(self) -> None:
        return None

    stdout = stdin

    def copy_options(self, *options: c.CopyOption) -> c.CopyOptions:
        return options

    def copy_option(self, key: Token, value: Token | None) -> c.CopyOption:
        place = Span(key.start_pos, (value or key).end_pos)
        return c.CopyOption(key.upper(), "true" if value is None else unquote(value), place)

    def copy_value(self, token: Token) -> Token:
        return token
