"""CALL DBMS_AI_SERVICE as values: AI models and their endpoints (OceanBase)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeAlias

from aisql.errors import Span
from aisql.schema import quote_text


def _procedure(name: str, *arguments: str) -> str:
    return f"CALL DBMS_AI_SERVICE.{name}({', '.join(map(quote_text, arguments))})"


@dataclass(frozen=True, slots=True)
class CreateAiModel:
    """CALL DBMS_AI_SERVICE.CREATE_AI_MODEL; `params` is JSON as it was written."""

    name: str
    params: str = field(repr=False)
    name_span: Span = field(default=Span(0, 0), compare=False)
    params_span: Span = field(default=Span(0, 0), compare=False)

    def to_sql(self) -> str:
        return _procedure("CREATE_AI_MODEL", self.name, self.params)


@dataclass(frozen=True, slots=True)
class DropAiModel:
    """CALL DBMS_AI_SERVICE.DROP_AI_MODEL."""

    name: str
    name_span: Span = field(default=Span(0, 0), compare=False)

    def to_sql(self) -> str:
        return _procedure("DROP_AI_MODEL", self.name)


@dataclass(frozen=True, slots=True)
class CreateEndpoint:
    """CALL DBMS_AI_SERVICE.CREATE_AI_MODEL_ENDPOINT; `params` may hold a key and stay out of the repr."""

    name: str
    params: str = field(repr=False)
    name_span: Span = field(default=Span(0, 0), compare=False)
    params_span: Span = field(default=Span(0, 0), compare=False)

    def to_sql(self) -> str:
        return _procedure("CREATE_AI_MODEL_ENDPOINT", self.name, self.params)


@dataclass(frozen=True, slots=True)
class AlterEndpoint:
    """CALL DBMS_AI_SERVICE.ALTER_AI_MODEL_ENDPOINT; `params` as above."""

    name: str
    params: str = field(repr=False)
    name_span: Span = field(default=Span(0, 0), compare=False)
    params_span: Span = field(default=Span(0, 0), compare=False)

    def to_sql(self) -> str:
        return _procedure("ALTER_AI_MODEL_ENDPOINT", self.name, self.params)


@dataclass(frozen=True, slots=True)
class DropEndpoint:
    """CALL DBMS_AI_SERVICE.DROP_AI_MODEL_ENDPOINT."""

    name: str
    name_span: Span = field(default=Span(0, 0), compare=False)

    def to_sql(self) -> str:
        return _procedure("DROP_AI_MODEL_ENDPOINT", self.name)


EndpointStatement: TypeAlias = CreateAiModel | DropAiModel | CreateEndpoint | AlterEndpoint | DropEndpoint
