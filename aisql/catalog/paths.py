"""Where a catalog keeps its other files. Imported at every start, so it imports nothing itself."""

DEFAULT_CATALOG = "default_catalog"
DEFAULT_DATABASE = "default_database"

_UNCHANGED = frozenset("abcdefghijklmnopqrstuvwxyz0123456789_-")


def default_table_file(catalog_path: str) -> str:
    """The SQLite file with the tables of a catalog's default database."""
    return table_file_path(catalog_path, DEFAULT_DATABASE)


def table_file_path(catalog_path: str, database: str) -> str:
    """The SQLite file with the tables of a database that was made without a path: beside the catalog file."""
    folder, name = _split(catalog_path)
    stem = name[: name.rfind(".")] if "." in name[1:] else name
    return f"{folder}{stem}.{file_name_part(database)}.sqlite"


def keys_file_path(catalog_path: str) -> str:
    """The file with the literal keys of a catalog's models and connections."""
    return f"{catalog_path}.keys"


def volumes_path(catalog_path: str) -> str:
    """The folder with the files of a catalog's volumes: beside the catalog file."""
    return f"{catalog_path}.volumes"


def is_keys_file(path: str) -> bool:
    """Whether a file, by its name, is one that holds keys; its journals end in other ways."""
    return path.endswith(".keys")


def file_name_part(name: str) -> str:
    """A name as part of a file name, percent-quoted.

    Capital letters are quoted too: where a file system ignores case, two names must not share a file.
    """
    quoted = [
        character if character in _UNCHANGED else "".join(f"%{byte:02x}" for byte in character.encode())
        for character in name
    ]
    return "".join(quoted)


def _split(path: str) -> tuple[str, str]:
    cut = max(path.rfind("/"), path.rfind("\\") if "\\" in path and path[1:2] == ":" else -1) + 1
    return path[:cut], path[cut:]
