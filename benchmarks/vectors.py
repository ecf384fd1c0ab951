"""The nearest of many stored vectors, against numpy with all of them in memory, in one run.

    python benchmarks/vectors.py

prints a table of ratios: 100,000 vectors of 1,024 numbers, the 10 nearest to one that is given. The bar is at
most 10. The reference is one float32 matrix: products, norms, and argpartition. The database file has some
400 MB.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from statistics import median

import apsw
import numpy as np

from aisql.session import Session
from aisql.settings import Settings
from aisql.vectors import pack

ROWS, DIMENSIONS, NEAREST, ROUNDS = 100_000, 1_024, 10, 5
FORMS = {
    "ORDER BY cosine_similarity": "SELECT id FROM v ORDER BY cosine_similarity(v, :q) DESC LIMIT 10",
    "the same with a sub-query": (
        "SELECT id FROM v ORDER BY cosine_similarity(v, (SELECT v FROM q)) DESC LIMIT 10"
    ),
    "VECTOR_SEARCH": "SELECT id FROM VECTOR_SEARCH(TABLE v, DESCRIPTOR(v), :q, 10)",
}


def store(path: str, matrix: np.ndarray, query: np.ndarray) -> None:
    connection = apsw.Connection(path)
    connection.execute("CREATE TABLE v (id INTEGER PRIMARY KEY, v BLOB); CREATE TABLE q (v BLOB)")
    with connection:
        connection.execute("INSERT INTO q VALUES (?)", (pack(query.tolist()),))
        rows = ((number, pack(numbers.tolist())) for number, numbers in enumerate(matrix))
        connection.executemany("INSERT INTO v VALUES (?, ?)", rows)
    connection.close()


def nearest(matrix: np.ndarray, query: np.ndarray) -> list[int]:
    squares = np.einsum("ij,ij->i", matrix, matrix)
    scores = (matrix @ query) / np.sqrt(squares * (query @ query))
    best = np.argpartition(-scores, NEAREST)[:NEAREST]
    return best[np.argsort(-scores[best])].tolist()


def seconds(work: Callable[[], list[int]], expected: list[int]) -> float:
    start = time.perf_counter()
    found = work()
    taken = time.perf_counter() - start
    assert found == expected, (found, expected)
    return taken


def measure(session: Session, matrix: np.ndarray, query: np.ndarray) -> None:
    expected = nearest(matrix, query)
    for name, sql in FORMS.items():

        def answer(sql: str = sql) -> list[int]:
            (outcome,) = session.run(sql)
            if outcome.error is not None:
                raise outcome.error
            return [row[0] for row in outcome.result.rows]

        answer()
        pairs = [
            (seconds(answer, expected), seconds(lambda: nearest(matrix, query), expected))
            for _ in range(ROUNDS)
        ]
        ratio = median(mine / reference for mine, reference in pairs)
        print(f"{name:<28} {median(mine for mine, _ in pairs):>8.3f} {ratio:>6.1f} {10:>4}")


if __name__ == "__main__":
    generator = np.random.default_rng(1)
    matrix = generator.standard_normal((ROWS, DIMENSIONS), dtype=np.float32)
    query = generator.standard_normal(DIMENSIONS, dtype=np.float32)
    with tempfile.TemporaryDirectory() as folder:
        store(f"{folder}/v.db", matrix, query)
        session = Session(
            Settings({}, {}),
            catalog_file=f"{folder}/catalog.sqlite",
            directory=folder,
            database_file=f"{folder}/v.db",
        )
        session.databases.variables["q"] = pack(query.tolist())
        print(f"{'measure':<28} {'seconds':>8} {'ratio':>6} {'bar':>4}")
        measure(session, matrix, query)
        session.close()
