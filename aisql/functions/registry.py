"""Every AI function there is. Help, the parser, the engine and the tests read this and keep no list."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from aisql.functions import flink
from aisql.functions.aggregates import AI_AGG, AI_SUMMARIZE_AGG
from aisql.functions.base import Function
from aisql.functions.classify import AI_CLASSIFY
from aisql.functions.complete import AI_COMPLETE
from aisql.functions.embed import AI_EMBED, AI_EMBEDDING
from aisql.functions.extract import AI_EXTRACT
from aisql.functions.extract_table import AI_EXTRACT_TABLE
from aisql.functions.filter import AI_FILTER
from aisql.functions.grammar import AI_FIX_GRAMMAR
from aisql.functions.join import AI_JOIN
from aisql.functions.mask import AI_MASK
from aisql.functions.predict import ML_PREDICT
from aisql.functions.rank import AI_RANK
from aisql.functions.redact import AI_REDACT
from aisql.functions.rerank import AI_RERANK
from aisql.functions.score import AI_SCORE
from aisql.functions.sentiment import AI_SENTIMENT
from aisql.functions.similarity import AI_SIMILARITY
from aisql.functions.spellings import SPELLINGS
from aisql.functions.summarize import AI_SUMMARIZE
from aisql.functions.transcribe import AI_TRANSCRIBE
from aisql.functions.translate import AI_TRANSLATE
from aisql.functions.try_complete import AI_TRY_COMPLETE

_ALL = (
    AI_COMPLETE,
    AI_CLASSIFY,
    AI_SENTIMENT,
    AI_EXTRACT,
    AI_SUMMARIZE,
    AI_TRANSLATE,
    AI_FIX_GRAMMAR,
    AI_MASK,
    AI_TRANSCRIBE,
    AI_EMBEDDING,
    AI_EMBED,
    AI_SIMILARITY,
    AI_RERANK,
    AI_FILTER,
    AI_SCORE,
    AI_RANK,
    AI_JOIN,
    AI_AGG,
    AI_SUMMARIZE_AGG,
    AI_REDACT,
    AI_EXTRACT_TABLE,
    AI_TRY_COMPLETE,
    ML_PREDICT,
)

_SPELLED = tuple(spelling.function for spelling in SPELLINGS if spelling.function is not None)

FUNCTIONS: Mapping[str, Function] = MappingProxyType({function.name: function for function in _ALL})

CALLED: Mapping[str, Function] = MappingProxyType(
    {function.name: function for function in (*_SPELLED, *_ALL)}
)
"""Every name that may be called, those of other systems too."""

_TABLES = (
    flink.CLASSIFY,
    flink.SENTIMENT,
    flink.EXTRACT,
    flink.TRANSLATE,
    flink.SUMMARIZE,
    flink.MASK,
    flink.EMBED,
)

TABLE_FUNCTIONS: Mapping[str, Function] = MappingProxyType({function.name: function for function in _TABLES})
"""Those that stand in FROM as `LATERAL TABLE(AI_X(MODEL m, ...))` (Flink SQL)."""
