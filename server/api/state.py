"""What the running server holds: the ledger at once; nothing else while the models load, then the answerer."""

import logging
import threading
from collections.abc import Callable
from pathlib import Path

from anyio import CapacityLimiter

from ingest.bilingual import Text
from server.answer.answerer import Answerer
from server.api.entrance import Entrance
from server.api.readiness import Check
from server.api.saved import Saved
from server.errors import NotReady
from server.installation import Installation
from server.jobs import Runner
from server.ledger.ledger import Ledger
from server.policy import Policy
from server.retention import Pruner
from server.runtime import DATABASE, LEDGER, VECTORS, open_ledger

ANSWERING = 16
"""Threads for questions: one works with the model, the others search, which keeps the processor busy by itself."""
logger = logging.getLogger(__name__)


class State:
    """Loads in a thread of its own, so that health answers at once; `answerer` raises NotReady until it is done."""

    def __init__(
        self, load: Callable[[], Answerer], installation: Installation, deadline: float, policy: Policy | None = None
    ) -> None:
        """`deadline` is how many seconds an answer may take."""
        self.deadline = deadline
        self.answering = CapacityLimiter(ANSWERING)
        """Counts the threads of questions apart from those of the other routes."""
        self.installation = installation
        self.ledger: Ledger = open_ledger(installation)
        self.policy = policy or Policy()
        self.entrance = Entrance(self.ledger, self.policy)
        self.saved = Saved(self.ledger, self.policy.keep_questions)
        self._load = load
        self._answerer: Answerer | None = None
        self._failure: Exception | None = None
        self.finished = threading.Event()
        self.ending = threading.Event()
        """Set when the server was told to stop: what runs is finished, nothing new is begun."""
        self.jobs = Runner(installation, self.ledger, self.ending)
        self.pruner = Pruner(self.ledger, installation.retention)
        self.damage: Text | None = None
        """What was found to be damaged since the start, as a sentence."""
        self.probing = threading.Lock()
        self.probed: tuple[float, Check] | None = None
        """When `server.api.readiness` has last looked at the index, and what it found."""
        self.free_bytes = 0
        """With less room on the data's disk the server is not ready and takes no uploads."""
        self.on_loaded: list[Callable[[Answerer], None]] = [self.saved.start]
        """Called with the answerer before its first question."""

    def start(self) -> None:
        self.load()
        self.jobs.start()
        self.pruner.start()

    def load(self) -> None:
        """Load what answers and no more: jobs are left to the server."""
        threading.Thread(target=self._run, name="load", daemon=True).start()

    def _run(self) -> None:
        try:
            answerer = self._load()
            answerer.warm_up()
            for listener in self.on_loaded:
                listener(answerer)
            self._answerer = answerer
        except Exception as error:  # kept: every later request raises it again
            logger.exception("loading failed")
            self._failure = error
        finally:
            self.finished.set()

    @property
    def failure(self) -> Exception | None:
        return self._failure

    @property
    def answerer(self) -> Answerer:
        if self._failure is not None:
            raise self._failure.with_traceback(None)
        if self._answerer is None:
            raise NotReady
        return self._answerer

    @property
    def is_loaded(self) -> bool:
        return self._answerer is not None

    @property
    def loaded(self) -> Answerer:
        """The answerer; an AssertionError before `is_loaded`."""
        assert self._answerer is not None
        return self._answerer

    @property
    def is_ready(self) -> bool:
        """Whether questions are taken; `server.api.readiness` looks closer."""
        return self.is_loaded and not self.ending.is_set()

    def files(self) -> dict[str, Path]:
        """Where the data is, by what it is."""
        folder = self.installation.data
        return {"index": folder / DATABASE, "vectors": folder / VECTORS, "ledger": folder / LEDGER}

    def end(self) -> None:
        """Begin nothing new; what runs goes on. Waits for nothing and may be called again: the event loop does."""
        self.ending.set()
        self.saved.end()
        if self._answerer is not None:
            self._answerer.end()

    def cancel(self) -> None:
        """Stop the questions that still run."""
        if self._answerer is not None:
            self._answerer.cancel()

    @property
    def is_idle(self) -> bool:
        """Whether no question is being answered or waits."""
        return self._answerer is None or self._answerer.in_line == 0

    def close(self) -> None:
        self.jobs.close()
        self.pruner.close()
        self.saved.close()
        if self._answerer is not None:
            self._answerer.close()
        self.entrance.close()
        self.ledger.close()
