"""Several shells on one catalog file at once."""

import subprocess
import sys

from aisql.catalog.catalogs import Catalogs
from aisql.catalog.models import Models
from aisql.catalog.objects import Definition, ObjectPath
from aisql.catalog.store import open_store

WRITER = """
import sys
from datetime import datetime
from pathlib import Path
from aisql.catalog.catalogs import Catalogs
from aisql.catalog.models import Models
from aisql.catalog.objects import Definition, ObjectPath

file, prefix, count = sys.argv[1:]
catalogs = Catalogs(Path(file), Path("/"), lambda: datetime(2025, 1, 1))
models = Models(catalogs, lambda key: key == "api-key")
print("ready", flush=True)
sys.stdin.readline()
for number in range(int(count)):
    path = ObjectPath("default_catalog", "default_database", f"{prefix}{number:02}")
    models.create(path, Definition(options={"provider": "x", "api-key": f"sk-{prefix}{number:02}"}))
"""

KILLED = """
import os, signal, sys
from datetime import datetime
from pathlib import Path
from aisql.catalog.store import open_store

store = open_store(Path(sys.argv[1]), lambda: datetime(2025, 1, 1))
with store.transaction() as write:
    write.execute("INSERT INTO aisql_databases (name, created_at) VALUES ('half', 'now')")
    os.kill(os.getpid(), signal.SIGKILL)
"""


def start(script, *arguments):
    return subprocess.Popen(
        [sys.executable, "-c", script, *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def run_together(scripts):
    """Lets every process go at the same moment, once all are ready."""
    for process in scripts:
        assert process.stdout.readline() == "ready\n"
    for process in scripts:
        process.stdin.write("go\n")
        process.stdin.flush()
    return [process.communicate(timeout=60)[1] for process in scripts]


def test_two_processes_that_start_on_a_new_file_lose_nothing(models, catalog_file):
    writers = [start(WRITER, str(catalog_file), prefix, "50") for prefix in ("a", "b")]
    assert run_together(writers) == ["", ""]
    expected = [f"{prefix}{number:02}" for prefix in ("a", "b") for number in range(50)]
    names = models.names("default_catalog", "default_database")
    assert names == expected
    found = [models.find(ObjectPath("default_catalog", "default_database", name)) for name in names]
    assert [models.reveal(model, "api-key").value for model in found] == [f"sk-{name}" for name in names]


def test_six_first_starts_at_once_all_succeed(models, catalog_file):
    writers = [start(WRITER, str(catalog_file), prefix, "1") for prefix in "abcdef"]
    assert run_together(writers) == [""] * 6
    assert models.names("default_catalog", "default_database") == [f"{prefix}00" for prefix in "abcdef"]


def test_a_process_killed_in_the_middle_of_a_transaction_leaves_nothing(catalog_file, clock):
    process = start(KILLED, str(catalog_file))
    assert process.communicate(timeout=60)[1] == ""
    store = open_store(catalog_file, clock)
    assert store.rows("SELECT name FROM aisql_databases") == [("default_database",)]
    store.close()


def test_two_sessions_of_one_process_write_in_turns(catalogs, models, catalog_file, tmp_path, clock):
    other_catalogs = Catalogs(catalog_file, tmp_path, clock)
    other = Models(other_catalogs, lambda key: False)
    for number in range(50):
        for writer, prefix in ((models, "a"), (other, "b")):
            path = ObjectPath("default_catalog", "default_database", f"{prefix}{number:02}")
            writer.create(path, Definition(options={"provider": "x"}))
    assert len(models.names("default_catalog", "default_database")) == 100
    assert other.names("default_catalog", "default_database") == models.names(
        "default_catalog", "default_database"
    )
    other_catalogs.close()
