"""aisql: a SQL shell in which AI models are catalog objects and model calls are SQL functions."""

__version__ = "0.1.0"
