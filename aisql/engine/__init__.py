"""Statements to results: SQLite, the catalog and the models at work."""
