"""How long a keypress waits for its menu, with 1,000 tables of 20 columns.

    python benchmarks/completion.py

types statements key by key and prints percentiles. The bar: 95 % of the keypresses have their menu within
20 ms, on one core.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from statistics import quantiles

from prompt_toolkit.completion import CompleteEvent
from prompt_toolkit.document import Document

from aisql.engine.outline import CatalogNames, Column, Named, Reference, Table
from aisql.repl.completion.adapter import SqlCompleter
from aisql.repl.completion.snapshot import Snapshot
from aisql.syntax.parse import Parser

BAR = 20.0
TABLES, COLUMNS = 1_000, 20
TYPED = (
    "SELECT name_12, amount_3 FROM table_17 WHERE amount_3 > 100 AND name_12 LIKE 'a%' ORDER BY amount_3;",
    "SELECT a.name_1, b.id FROM table_8 a LEFT JOIN table_7 b ON a.parent_id = b.id WHERE b.id IS NULL;",
    "WITH recent AS (SELECT id, name_3 AS l FROM table_900) SELECT l, count(*) FROM recent GROUP BY 1;",
    "SELECT ai_complete('builtin:demo', name_5, json '{\"response.timeout\": 5}') AS answer FROM table_999;",
    "CREATE MODEL m INPUT (text STRING) OUTPUT (label STRING) WITH ('provider' = 'openai', 'seed' = '0');",
    "INSERT INTO table_5 (id, name_1) SELECT id, name_1 FROM table_6 WHERE id IN (SELECT id FROM table_4);",
    "SELECT p.name_1, id FROM 'people.csv' p JOIN read_csv('more.csv', header => true) USING (id);",
    "UPDATE table_77 SET name_1 = upper(name_1) WHERE status_4 = 'new'; DESCRIBE MODEL model_12;",
)


def snapshot() -> Snapshot:
    names = ("id", "parent_id", *(f"{('name', 'amount', 'status')[i % 3]}_{i}" for i in range(COLUMNS - 2)))
    columns = tuple(Column(name, "TEXT") for name in names)
    tables = tuple(
        Table(f"table_{i}", columns, references=(Reference(("parent_id",), f"table_{i - 1}", ("id",)),))
        for i in range(TABLES)
    )
    models = tuple(Named(f"model_{i}", "openai gpt-4o") for i in range(100))
    return Snapshot(tables, CatalogNames(models), following=Parser().following, file=lambda _name: columns)


def keypresses(text: str) -> Iterator[Document]:
    for end in range(1, len(text) + 1):
        yield Document(text[:end], end)


def milliseconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return (time.perf_counter() - start) * 1000


def main() -> None:
    os.sched_setaffinity(0, {0})
    known = snapshot()
    completer = SqlCompleter(lambda: known)
    typing, asking = CompleteEvent(text_inserted=True), CompleteEvent(completion_requested=True)
    list(completer.get_completions(Document("SELECT x"), typing))  # what is computed once for a snapshot
    known.following("CREATE ")
    print(f"{'':<24} {'keys':>6} {'50 %':>7} {'95 %':>7} {'most':>7}   bar {BAR:g} ms")
    for name, event in (("while typing", typing), ("at a Tab", asking)):
        times = [
            milliseconds(lambda each=document, event=event: list(completer.get_completions(each, event)))
            for text in TYPED
            for document in keypresses(text)
        ]
        marks = quantiles(times, n=20)
        print(f"{name:<24} {len(times):>6} {marks[9]:>7.2f} {marks[18]:>7.2f} {max(times):>7.2f}")


if __name__ == "__main__":
    main()
