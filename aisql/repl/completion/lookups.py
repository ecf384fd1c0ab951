"""The columns of files that are typed: looked up on a thread of their own, and given once they are known."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from queue import Queue
from threading import Thread

from aisql.engine.outline import Column


class Lookups:
    """Nobody waits for a file here, and the program ends without it: a disk may never answer.

    `find` gives the columns of a file by the name that a query has for it, and costs little where the file
    has not changed. `arrived` is called, on the thread that looks, when there are others than before.
    """

    def __init__(self, find: Callable[[str], tuple[Column, ...]], arrived: Callable[[], None]) -> None:
        self.known: Mapping[str, tuple[Column, ...]] = {}
        """What is known by now; another object when that is something else."""
        self._find = find
        self._arrived = arrived
        self._wanted: Queue[str] = Queue()
        self._waiting: set[str] = set()
        self._worker: Thread | None = None

    def columns(self, name: str) -> tuple[Column, ...]:
        """What is known of a file, none at first; it is looked at again meanwhile."""
        if name not in self._waiting:
            self._waiting.add(name)
            self._wanted.put(name)
        if self._worker is None:
            self._worker = Thread(target=self._look, name="aisql-files", daemon=True)
            self._worker.start()
        return self.known.get(name, ())

    def wait(self) -> None:
        """Waits for what is being looked up."""
        self._wanted.join()

    def _look(self) -> None:
        while True:
            name = self._wanted.get()
            self._waiting.discard(name)
            found = self._find(name)
            if found != self.known.get(name, ()):
                self.known = {**self.known, name: found}
                self._arrived()
            self._wanted.task_done()
