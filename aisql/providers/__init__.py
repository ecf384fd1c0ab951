"""Whatever serves models, behind one protocol; and models as Python objects, for `create_model`."""

from aisql.providers.classes import DashScopeProvider, OpenAICompatProvider

__all__ = ["OpenAICompatProvider", "DashScopeProvider"]
