"""Whatever serves models, behind one protocol."""
