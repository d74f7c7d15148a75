"""What a running server keeps besides documents, and who works on it: the recorder, evaluation runs, blanking."""

from server.answer.answerer import Answerer
from server.api.recording import Recorder
from server.errors import NotReady
from server.ledger.asked import Keep
from server.ledger.following import Follower
from server.ledger.ledger import Ledger
from server.runs import Runner
from server.statistics import Shelves


class Saved:
    """Over one ledger; its threads begin when there is an answerer."""

    def __init__(self, ledger: Ledger, keep: Keep) -> None:
        """`keep` says whose questions stand in the statistics."""
        self.recorder = Recorder(ledger, keep)
        self.shelves = Shelves()
        self._ledger = ledger
        self._follower: Follower | None = None
        self._runner: Runner | None = None

    def start(self, answerer: Answerer) -> None:
        """Blank what was removed while no server ran, and go on with the evaluation runs that are left."""
        self._follower = Follower(self._ledger, answerer.store)
        self._follower.look()
        self._follower.start()
        self._runner = Runner(self._ledger, answerer)
        self._runner.start()

    def look(self) -> None:
        """Before quotes are shown: blank those of documents that have left the index by now. Raises NotReady."""
        if self._follower is None:
            raise NotReady
        self._follower.look()

    def wake(self) -> None:
        """There is a new evaluation run."""
        if self._runner is not None:
            self._runner.wake()

    def stop(self, run_id: str) -> None:
        """An evaluation run has been deleted."""
        if self._runner is not None:
            self._runner.stop(run_id)

    def end(self) -> None:
        """Tell the threads to end, without waiting for them."""
        for worker in (self._runner, self._follower):
            if worker is not None:
                worker.end()

    def close(self) -> None:
        """End the threads, before the answerer is closed."""
        for worker in (self._runner, self._follower):
            if worker is not None:
                worker.close()
