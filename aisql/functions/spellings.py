"""How other systems write calls that have a meaning here: Snowflake, Databricks, BigQuery.

A spelling of its own is a function derived from the one it stands for; any other is a form that one takes
anyway. Where two systems mean different arguments by one call, it means what is documented here.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from aisql.functions.base import Function
from aisql.functions.classify import AI_CLASSIFY
from aisql.functions.complete import AI_COMPLETE
from aisql.functions.filter import AI_FILTER
from aisql.functions.score import AI_SCORE, plan_question
from aisql.functions.sentiment import AI_SENTIMENT

SNOWFLAKE, DATABRICKS, BIGQUERY = "Snowflake", "Databricks", "BigQuery"


@dataclass(frozen=True, slots=True)
class Spelling:
    """A call as a system documents it, what it `means` here, and what `differs`.

    `function` is None where `means` is a function that takes the call as it stands.
    """

    system: str
    written: str
    means: str
    differs: str = ""
    function: Function | None = None


def _without_model(function: Function, name: str, signature: str) -> Function:
    """A function that only the default model serves, and that has no options."""
    count = function.least - 1
    return replace(
        function, name=name, signature=signature, least=count, most=count, has_model=False, example=""
    )


def _by_name(function: Function, signature: str, example: str, *parameters: str) -> Function:
    """A function whose model is the argument ENDPOINT, given by name or left out."""
    return replace(
        function,
        name=signature.partition("(")[0].lower(),
        signature=signature,
        example=f"SELECT {example};",
        most=function.least,
        parameters=("ENDPOINT", *parameters),
        named_only=True,
    )


_SCORE = replace(AI_SCORE, least=2, plan=plan_question)
_MODEL = "the model is named as here"
_OBJECT = "gives the value alone, no object around it"
_JUST_VALUE = "gives the text alone, no STRUCT around it; `connection_id` and the other arguments are refused"

SPELLINGS: Final = (
    Spelling(SNOWFLAKE, "AI_COMPLETE('model', prompt)", "ai_complete(model, prompt)", _MODEL),
    Spelling(
        SNOWFLAKE,
        "PROMPT('... {0} ...', argument, ...)",
        "ai_prompt('... {0} ...', argument, ...)",
        "gives a text, no OBJECT",
    ),
    Spelling(
        SNOWFLAKE, "AI_CLASSIFY(text, ['label', ...])", "ai_classify(text, ARRAY('label', ...))", _OBJECT
    ),
    Spelling(SNOWFLAKE, "AI_SENTIMENT(text)", "ai_sentiment(text)", f"{_OBJECT}; categories are refused"),
    Spelling(
        SNOWFLAKE,
        "AI_EXTRACT(text, {...})",
        "ai_extract(text, json '{...}')",
        f"{_OBJECT}; the questions are written as JSON",
    ),
    Spelling(SNOWFLAKE, "AI_EMBED('model', text)", "ai_embed(model, text)", _MODEL),
    Spelling(SNOWFLAKE, "AI_SIMILARITY(text1, text2)", "ai_similarity(text1, text2)"),
    Spelling(SNOWFLAKE, "AI_FILTER(PROMPT('...', text))", "ai_filter(claim)", "gives 1 or 0, no BOOLEAN"),
    Spelling(SNOWFLAKE, "AI_AGG(text, instruction)", "ai_agg(text, instruction)"),
    Spelling(SNOWFLAKE, "AI_SUMMARIZE_AGG(text)", "ai_summarize_agg(text)"),
    Spelling(SNOWFLAKE, "AI_REDACT(text)", "ai_redact(text)", "with categories the model is named"),
    Spelling(
        SNOWFLAKE,
        "AI_COUNT_TOKENS(function, 'model', text)",
        "ai_count_tokens(model, text)",
        "counts the text alone, for any function",
    ),
    Spelling(
        SNOWFLAKE,
        "AI_TRANSLATE(text, from, to)",
        "",
        "three arguments are ai_translate(model, content, to_lang); write `ai_translate(text, to)`",
    ),
    Spelling(
        SNOWFLAKE, "AI_TRANSCRIBE(file)", "ai_transcribe(audio_url)", "an address in the place of a FILE"
    ),
    Spelling(
        DATABRICKS,
        "ai_query(endpoint, request)",
        "ai_complete(model, prompt)",
        f"{_MODEL}; further arguments are refused",
        replace(
            AI_COMPLETE,
            name="ai_query",
            signature="ai_query(endpoint, request)",
            example="SELECT ai_query('builtin:demo', 'Say hello.');",
            most=2,
            parameters=("ENDPOINT", "REQUEST"),
        ),
    ),
    Spelling(
        DATABRICKS,
        "ai_gen(prompt)",
        "ai_complete(prompt)",
        function=_without_model(AI_COMPLETE, "ai_gen", "ai_gen(prompt)"),
    ),
    Spelling(
        DATABRICKS, "ai_classify(content, ARRAY('label', ...))", "ai_classify(content, ARRAY('label', ...))"
    ),
    Spelling(
        DATABRICKS,
        "ai_extract(content, ARRAY('label', ...))",
        "ai_extract(content, ARRAY('label', ...))",
        'gives JSON, no STRUCT; what is absent is `""`',
    ),
    Spelling(DATABRICKS, "ai_fix_grammar(content)", "ai_fix_grammar(content)"),
    Spelling(DATABRICKS, "ai_mask(content, ARRAY('label', ...))", "ai_mask(content, ARRAY('label', ...))"),
    Spelling(DATABRICKS, "ai_similarity(text1, text2)", "ai_similarity(text1, text2)"),
    Spelling(
        DATABRICKS,
        "ai_summarize(content [, max_words])",
        "ai_summarize(content)",
        "two arguments are a model and a content; with `max_words` the model is named",
    ),
    Spelling(DATABRICKS, "ai_translate(content, to_lang)", "ai_translate(content, to_lang)"),
    Spelling(
        DATABRICKS,
        "ai_analyze_sentiment(content)",
        "ai_sentiment(content)",
        function=_without_model(AI_SENTIMENT, "ai_analyze_sentiment", "ai_analyze_sentiment(content)"),
    ),
    Spelling(
        BIGQUERY,
        "AI.GENERATE(prompt [, endpoint => 'model'])",
        "ai_complete(model, prompt)",
        _JUST_VALUE,
        _by_name(
            AI_COMPLETE,
            "AI.GENERATE(prompt [, endpoint => 'model'])",
            "AI.GENERATE('Say hello.', endpoint => 'builtin:demo')",
            "PROMPT",
        ),
    ),
    Spelling(
        BIGQUERY,
        "AI.CLASSIFY(input, categories => ['label', ...] [, endpoint => 'model'])",
        "ai_classify(model, input, ARRAY('label', ...))",
        "`connection_id`, descriptions of categories and the other arguments are refused",
        _by_name(
            AI_CLASSIFY,
            "AI.CLASSIFY(input, categories => ['label', ...] [, endpoint => 'model'])",
            "AI.CLASSIFY('It came late.', categories => ['price', 'delivery'], endpoint => 'builtin:demo')",
            "INPUT",
            "CATEGORIES",
        ),
    ),
    Spelling(
        BIGQUERY,
        "AI.IF(prompt [, endpoint => 'model'])",
        "ai_filter(model, claim)",
        "gives 1 or 0; `connection_id` and the other arguments are refused",
        _by_name(
            AI_FILTER,
            "AI.IF(prompt [, endpoint => 'model'])",
            "AI.IF('The courier was late: is it about delivery?', endpoint => 'builtin:demo')",
            "PROMPT",
        ),
    ),
    Spelling(
        BIGQUERY,
        "AI.SCORE(prompt [, endpoint => 'model'])",
        "ai_score(model, text, criterion)",
        "a prompt holds both, the number is from 0 to 1; `connection_id` and further arguments are refused",
        _by_name(
            _SCORE,
            "AI.SCORE(prompt [, endpoint => 'model'])",
            "AI.SCORE('How much is it about delivery: The courier was late.', endpoint => 'builtin:demo')",
            "PROMPT",
        ),
    ),
)
"""They by system. Where the model is left out the default model is asked (`ai.default_model`)."""
