"""aisql: a SQL shell in which AI models are catalog objects and model calls are SQL functions.

Programs begin with `aisql.connect()`, and with the classes of `aisql.providers`.
"""

__version__ = "0.1.0"
__all__ = ["connect", "Connection"]

TYPE_CHECKING = False
if TYPE_CHECKING:
    from aisql.api import Connection, connect
else:

    def __getattr__(name):
        # By its name as a text: what only asks for the version is not to depend on all there is.
        if name not in __all__:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        from importlib import import_module

        return getattr(import_module("aisql.api"), name)
