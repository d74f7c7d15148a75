"""Keeps the ledger within its retention: prunes at the server's start and once a day while it runs.

Not covered: what is deleted (`server.ledger.retention`).
"""

import logging
import threading

from index.errors import IndexingError
from server.installation import Retention
from server.ledger.ledger import Ledger
from server.ledger.retention import prune

EVERY_SECONDS = 24 * 3600.0
PAUSE_SECONDS = 0.1
"""Between two batches, for whoever waits to write."""
logger = logging.getLogger(__name__)


class Pruner:
    """A thread beside the server's."""

    def __init__(self, ledger: Ledger, retention: Retention, every: float = EVERY_SECONDS) -> None:
        self._ledger = ledger
        self._retention = retention
        self._every = every
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._run, name="retention", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def close(self) -> None:
        """Stop after the present batch."""
        self._closed.set()
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        while not self._closed.is_set():
            try:
                pruned = prune(self._ledger, self._retention, pause=lambda: self._closed.wait(PAUSE_SECONDS))
                if pruned.total:
                    logger.info(
                        "retention: deleted %s jobs, %s audit entries, %s statistics, %s conversations",
                        pruned.jobs, pruned.audit, pruned.statistics, pruned.conversations,
                    )  # fmt: skip
            except IndexingError as error:
                logger.error("retention is put off: %s", type(error).__name__)
            self._closed.wait(self._every)
