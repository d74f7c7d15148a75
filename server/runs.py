"""Evaluation runs in the background of a server: one case at a time, and only when nobody else asks.

What is to be asked stands in the ledger, so a restart goes on with the cases that are left. Not covered: keeping runs
(`server.ledger.evaluations`), scoring (`server.evaluate`).
"""

import logging
import threading
from collections.abc import Callable
from dataclasses import replace

from index.errors import IndexingError
from index.store import Store
from ingest.document import Document
from server.answer.answerer import Answerer
from server.answer.finding import Ask
from server.answer.result import Answer
from server.errors import Ending, ServerError
from server.evaluate import Result, by_name, score
from server.ledger import evaluations
from server.ledger.conversations import forget_gone
from server.ledger.evaluations import Pending, Scored
from server.ledger.ledger import Ledger
from server.llm.cancel import Cancel
from server.llm.turns import Holder

HOLDER = Holder("evaluations", most=1, gives_way=True)
RETRY_SECONDS = 30.0
"""After the ledger could not be used."""
Named = Callable[[str], Document | None]
logger = logging.getLogger(__name__)


UNFORESEEN = "内部错误，原因见服务的日志。"


class Runner:
    """Asks the cases of one ledger in a thread of its own; safe for many threads."""

    def __init__(self, ledger: Ledger, answerer: Answerer) -> None:
        self._ledger = ledger
        self._answerer = answerer
        self._wanted = threading.Event()
        self._closed = threading.Event()
        self._lock = threading.Lock()
        self._present: tuple[str, Cancel] | None = None
        self._names: tuple[int, Named] | None = None
        self._thread = threading.Thread(target=self._run, name="evaluate", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def wake(self) -> None:
        """There may be a new run."""
        self._wanted.set()

    def stop(self, run_id: str) -> None:
        """A run has been deleted: do not finish the case that is being asked for it."""
        with self._lock:
            if self._present is not None and self._present[0] == run_id:
                self._present[1].set()

    def end(self) -> None:
        """Tell the thread to end, without waiting for it; what it is asking stays to be asked."""
        self._closed.set()
        self._wanted.set()
        with self._lock:
            if self._present is not None:
                self._present[1].set()

    def close(self) -> None:
        """End the thread."""
        self.end()
        if self._thread.ident is not None:
            self._thread.join()

    def _run(self) -> None:
        while not self._closed.is_set():
            self._wanted.clear()
            try:
                while not self._closed.is_set() and (pending := evaluations.pending(self._ledger)) is not None:
                    self._ask(pending)
            except Ending:
                return
            except IndexingError:
                logger.exception("an evaluation run could not go on")
                self._closed.wait(RETRY_SECONDS)
                continue
            self._wanted.wait()

    def _ask(self, pending: Pending) -> None:
        cancelled = Cancel()
        with self._lock:
            self._present = (pending.run, cancelled)
        if self._closed.is_set():
            return
        try:
            result = score(_Behind(self._answerer, cancelled), pending.case, self._named())
        except Ending:
            raise
        except (ServerError, IndexingError) as error:
            evaluations.keep(self._ledger, pending, Scored("failed", None, str(error), False), ())
            return
        except Exception:  # the model's own fault: this case fails, the others are asked
            logger.exception("a case could not be asked")
            if not cancelled.is_set():
                evaluations.keep(self._ledger, pending, Scored("failed", None, UNFORESEEN, False), ())
            return
        finally:
            with self._lock:
                self._present = None
        if not cancelled.is_set():
            self._keep(pending, result)

    def _keep(self, pending: Pending, result: Result) -> None:
        answer, store = result.answer, self._answerer.store
        evidence = [*(c.evidence for c in answer.citations), *(r.evidence for r in answer.evidence)]
        documents = [*(e.document_id for e in evidence), *store.named_in(answer.text)]
        golds = pending.case.evidence if isinstance(pending.case.evidence, tuple) else ()
        named = self._named()
        present = [named(gold.document) for gold in (*golds, *pending.case.also)]
        documents += [document.id for document in present if document is not None]
        if None in present:  # what a document says that is gone is not kept
            pending = replace(pending, case=replace(pending.case, answers=()))
        timings = answer.timings
        scored = Scored(
            answer.status, answer.reason, answer.text, result.right, result.cites_gold, result.unsupported,
            timings.retrieve_ms, timings.first_token_ms, timings.total_ms,
        )  # fmt: skip
        evaluations.keep(self._ledger, pending, scored, documents)
        forget_gone(self._ledger, store, documents)

    def _named(self) -> Named:
        """The documents by file name, read again when the index has changed."""
        generation = self._answerer.store.generation()
        if self._names is None or self._names[0] != generation:
            self._names = (generation, by_name(self._answerer.store))
        return self._names[1]


class _Behind:
    """Answers when nobody else asks."""

    def __init__(self, answerer: Answerer, cancelled: Cancel) -> None:
        self._answerer = answerer
        self._cancelled = cancelled

    @property
    def store(self) -> Store:
        return self._answerer.store

    def answer(self, ask: Ask) -> Answer:
        return self._answerer.answer(ask, self._cancelled, HOLDER)
