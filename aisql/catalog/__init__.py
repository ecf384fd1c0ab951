"""What exists: databases, models and connections, kept in SQLite files, and the keys kept beside them."""
