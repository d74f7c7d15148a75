"""What the running server holds: nothing while the models load, then the answerer."""

import threading
from collections.abc import Callable

from server.answer.answerer import Answerer
from server.errors import NotReady


class State:
    """Loads in a thread of its own, so that health answers at once; `answerer` raises NotReady until it is done."""

    def __init__(self, load: Callable[[], Answerer], deadline: float) -> None:
        """`deadline` is how many seconds an answer may take."""
        self.deadline = deadline
        self._load = load
        self._answerer: Answerer | None = None
        self._failure: Exception | None = None
        self.finished = threading.Event()

    def start(self) -> None:
        threading.Thread(target=self._run, name="load", daemon=True).start()

    def _run(self) -> None:
        try:
            answerer = self._load()
            answerer.warm_up()
            self._answerer = answerer
        except Exception as error:  # ruff: ignore[blind-except]  kept: every later request raises it again
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

    def close(self) -> None:
        if self._answerer is not None:
            self._answerer.close()
