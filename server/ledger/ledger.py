"""The ledger's database file: opened here, its tables used by the modules beside this one.

SQLite as for the index (`index.database`): a connection for each thread, one writer at a time across processes,
nothing committed is lost, deleted text is zeroed.
"""

from collections.abc import Iterable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from index.database import Connection, Database, Row
from server.ledger.schema import LEDGER


class Ledger(Database):
    """One ledger file; made when it is missing. Raises the errors of `index.database.Database`."""

    def __init__(self, path: Path) -> None:
        super().__init__(path, LEDGER)
        self.purge(0)  # a program that was killed has left its log

    def rows(self, statement: str, values: Iterable[Any] = ()) -> list[Row]:
        """All rows of a query."""
        return self._rows(statement, values)

    def row(self, statement: str, values: Iterable[Any] = ()) -> Row | None:
        """The first row of a query."""
        return self._row(statement, values)

    def writing(self) -> AbstractContextManager[Connection]:
        """One transaction: all of it or nothing."""
        return self._writing()
