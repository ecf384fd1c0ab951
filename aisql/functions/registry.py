"""Every AI function there is. Help, the parser, the engine and the tests read this and keep no list."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from aisql.functions.base import Function
from aisql.functions.classify import AI_CLASSIFY
from aisql.functions.complete import AI_COMPLETE
from aisql.functions.embed import AI_EMBEDDING
from aisql.functions.predict import ML_PREDICT

FUNCTIONS: Mapping[str, Function] = MappingProxyType(
    {function.name: function for function in (AI_COMPLETE, AI_CLASSIFY, AI_EMBEDDING, ML_PREDICT)}
)
