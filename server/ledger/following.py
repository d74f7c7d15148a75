"""Blank what quotes documents that have left the index by whatever way: another program, a sync, a restore.

The index counts its changes, so looking costs one row. Not covered: the blanking itself (`conversations`).
"""

import logging
import threading

from index.errors import IndexingError
from index.store import Store
from server.ledger.conversations import reconcile
from server.ledger.ledger import Ledger

EVERY_SECONDS = 5.0
logger = logging.getLogger(__name__)


class Follower:
    """Follows one index in a thread of its own; safe for many threads."""

    def __init__(self, ledger: Ledger, store: Store, every: float = EVERY_SECONDS) -> None:
        self._ledger = ledger
        self._store = store
        self._every = every
        self._lock = threading.Lock()
        self._seen: tuple[str, int] | None = None
        self._purged = True
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._run, name="follow", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def look(self) -> None:
        """Blank what is to be blanked, if the index has changed since the last look."""
        with self._lock:
            present = (self._store.identity(), self._store.generation())
            if present != self._seen:
                reconcile(self._ledger, self._store)
                self._seen, self._purged = present, False
            if not self._purged:  # also what another program has blanked while this one was reading
                self._purged = self._ledger.purge(0)

    def _run(self) -> None:
        while not self._closed.is_set():
            try:
                self.look()
            except IndexingError:
                logger.exception("quotes of removed documents could not be blanked")
            self._closed.wait(self._every)

    def end(self) -> None:
        """Tell the thread to end, without waiting for it."""
        self._closed.set()

    def close(self) -> None:
        """End the thread."""
        self.end()
        if self._thread.ident is not None:
            self._thread.join()
