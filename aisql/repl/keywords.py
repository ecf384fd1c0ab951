"""The words of SQLite and of our statements, for colours and for quoting."""

from __future__ import annotations

RESERVED = frozenset(
    (
        *("ADD", "ALL", "ALTER", "AND", "AS", "AUTOINCREMENT", "BETWEEN", "CASE", "CAST", "CHECK", "COLLATE"),
        *("COMMIT", "CONSTRAINT", "CREATE", "CROSS", "DEFAULT", "DEFERRABLE", "DELETE", "DISTINCT"),
        *("DROP", "ELSE", "ESCAPE", "EXCEPT", "EXISTS", "FOREIGN", "FROM", "FULL", "GROUP", "HAVING"),
        *("IN", "INDEX", "INNER", "INSERT", "INTERSECT", "INTO", "IS", "ISNULL", "JOIN", "LEFT", "LIMIT"),
        *("NATURAL", "NOT", "NOTHING", "NOTNULL", "NULL", "ON", "OR", "ORDER", "OUTER", "PRIMARY", "RAISE"),
        *("REFERENCES", "RETURNING", "RIGHT", "SELECT", "SET", "TABLE", "THEN", "TO", "TRANSACTION"),
        *("UNION", "UNIQUE", "UPDATE", "USING", "VALUES", "WHEN", "WHERE"),
    )
)
"""Words that SQLite takes for a name in quotes only."""

WORDS = RESERVED | frozenset(
    (
        *("ABORT", "ACTION", "AFTER", "ALWAYS", "ANALYZE", "ASC", "ATTACH", "BEFORE", "BEGIN", "BY"),
        *("CASCADE", "COLUMN", "CONFLICT", "CURRENT", "CURRENT_DATE", "CURRENT_TIME"),
        *("CURRENT_TIMESTAMP", "DATABASE", "DEFERRED", "DESC", "DETACH", "DO", "EACH", "END", "EXCLUDE"),
        *("EXCLUSIVE", "EXPLAIN", "FAIL", "FALSE", "FILTER", "FIRST", "FOLLOWING", "FOR", "GENERATED"),
        *("GLOB", "GROUPS", "IF", "IGNORE", "IMMEDIATE", "INDEXED", "INITIALLY", "INSTEAD", "KEY"),
        *("LAST", "LIKE", "MATCH", "MATERIALIZED", "NO", "NULLS", "OF", "OFFSET", "OTHERS", "OVER"),
        *("PARTITION", "PLAN", "PRAGMA", "PRECEDING", "QUERY", "RANGE", "RECURSIVE", "REGEXP"),
        *("REINDEX", "RELEASE", "RENAME", "REPLACE", "RESTRICT", "ROLLBACK", "ROW", "ROWS", "SAVEPOINT"),
        *("STRICT", "TEMP", "TEMPORARY", "TIES", "TRIGGER", "TRUE", "UNBOUNDED", "VACUUM", "VIEW"),
        *("VIRTUAL", "WINDOW", "WITH", "WITHOUT"),
    )
)
"""All words of SQLite's."""

OURS = frozenset(
    (
        *("ANSWERS", "API", "CALL", "CATALOG", "CATALOGS", "COMMENT", "CONNECTION", "CONNECTIONS"),
        *("COPY", "DATABASES", "DAY", "DESCRIBE", "DESCRIPTOR", "DIRECTORY", "EXTENDED", "EXTERNAL"),
        *("FAILED", "FILE", "FILES", "FILE_FORMAT", "FUNCTION", "GET", "ILIKE", "INPUT", "INTERVAL"),
        *("LATERAL", "LIST", "LOCAL", "LOCATION", "MODEL", "MODELS", "OPTIONS", "OUTPUT", "OVERWRITE"),
        *("PRECISION", "PROMPT", "PURGE", "PUT", "RAW", "REFRESH", "REMOVE", "RESET", "RESULT"),
        *(
            "RETRY",
            "SHOW",
            "STDIN",
            "STDOUT",
            "SUBDIRECTORY",
            "TABLES",
            "TYPE",
            "USAGE",
            "USE",
            "USER",
            "VIEWS",
            "VOLUME",
            "VOLUMES",
            "ZONE",
        ),
    )
)
"""The words of our own statements."""

TYPES = (
    *("ARRAY", "BIGINT", "BINARY", "BLOB", "BOOLEAN", "BYTES", "CHAR", "DATE", "DECIMAL", "DOUBLE", "FLOAT"),
    *("INT", "INTEGER", "MAP", "MULTISET", "NUMERIC", "REAL", "SMALLINT", "STRING", "TEXT", "TIME"),
    *("TIMESTAMP", "TINYINT", "VARBINARY", "VARCHAR", "VARIANT"),
)
"""The names of types."""
