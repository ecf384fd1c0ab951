"""Text to statements: splitting, deciding what is ours, parsing."""
