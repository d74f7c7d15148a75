"""Keep what a language model replied, so that a second run over the same prompts does not ask it again.

Covered: every kind of request that the product makes. Not covered: changes to how the model is run; whoever changes
`server.llm` deletes the folder.
"""

import hashlib
import json
import sqlite3
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from server.installation import Installation
from server.llm.cancel import Cancel
from server.llm.model import LanguageModel, Tokens
from server.llm.template import Message
from server.models import ModelFolder, active, read_list
from server.runtime import open_model
from server.settings import ROOT

REPLIES = ROOT / "dist" / "evals" / "replies"
BUSY_SECONDS = 30.0


class ReplayModel:
    """A language model that asks another only what is not yet known; the other is opened when first needed.

    Latencies over it are meaningless: a known reply comes at once. A reply that was cancelled, abandoned or broken off
    by an error is not kept. Safe for many threads.
    """

    def __init__(self, inner: Callable[[], LanguageModel], folder: Path, name: str) -> None:
        """`name` is the inner model's, which has to be known before it is opened."""
        self.name = name
        self.tokens = Tokens()
        """Of what was replayed none is counted, nor of what the inner model does."""
        self._open = inner
        self._inner: LanguageModel | None = None
        self._pinned: list[Sequence[Message]] = []
        self._asked = self._replayed = 0
        self._lock = threading.Lock()
        folder.mkdir(parents=True, exist_ok=True)
        self._replies = sqlite3.connect(
            folder / "replies.db", timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False
        )
        self._replies.execute("CREATE TABLE IF NOT EXISTS replies (key TEXT PRIMARY KEY, reply TEXT) WITHOUT ROWID")

    @property
    def is_alive(self) -> bool:
        return self._inner is None or self._inner.is_alive

    @property
    def asked(self) -> int:
        """Requests so far."""
        return self._asked

    @property
    def replayed(self) -> int:
        """How many of them were answered from the disk."""
        return self._replayed

    def generate(
        self, messages: Sequence[Message], max_tokens: int, stop: Sequence[str] = (), cancelled: Cancel | None = None
    ) -> Iterator[str]:
        if cancelled is not None and cancelled.is_set():
            return iter(())
        key = self._key("generate", messages, max_tokens, *stop)
        known = self._known(key)
        if known is not None:
            return iter([known] if known else [])
        own = Cancel.following(cancelled)
        return self._keeping(key, self._model().generate(messages, max_tokens, stop, own), cancelled, own)

    def log_odds(self, messages: Sequence[Message], yes: str, no: str, cancelled: Cancel | None = None) -> float:
        if cancelled is not None and cancelled.is_set():
            return 0.0
        key = self._key("log_odds", messages, yes, no)
        known = self._known(key)
        if known is not None:
            return float(known)
        value = self._model().log_odds(messages, yes, no, Cancel.following(cancelled))
        if cancelled is None or not cancelled.is_set():
            self._keep(key, repr(value))
        return value

    def pin(self, messages: Sequence[Message]) -> None:
        """Kept by the inner model once it is opened: what is replayed is not read."""
        self._pinned.append(messages)
        if self._inner is not None:
            self._inner.pin(messages)

    def count_tokens(self, texts: Sequence[str]) -> int:
        return self._model().count_tokens(texts)

    def close(self) -> None:
        """Close the replies, and the inner model if it was ever needed."""
        with self._lock:
            if self._inner is not None:
                self._inner.close()
            self._replies.close()

    def _model(self) -> LanguageModel:
        with self._lock:
            if self._inner is None:
                opened = self._open()
                if opened.name != self.name:
                    opened.close()
                    raise ValueError(f"replies are kept as those of {self.name}, and the model is {opened.name}")
                self._inner = opened
                for messages in self._pinned:
                    opened.pin(messages)
            return self._inner

    def _key(self, kind: str, messages: Sequence[Message], *request: str | int) -> str:
        told = [self.name, kind, [[m.role, m.content] for m in messages], *request]
        return hashlib.sha256(json.dumps(told).encode()).hexdigest()

    def _known(self, key: str) -> str | None:
        with self._lock:
            row = self._replies.execute("SELECT reply FROM replies WHERE key = ?", (key,)).fetchone()
            self._asked += 1
            self._replayed += row is not None
        return None if row is None else str(row[0])

    def _keep(self, key: str, reply: str) -> None:
        with self._lock:
            self._replies.execute("INSERT OR REPLACE INTO replies VALUES (?, ?)", (key, reply))

    def _keeping(self, key: str, pieces: Iterator[str], cancelled: Cancel | None, own: Cancel) -> Iterator[str]:
        """`pieces` as they come; kept behind the last of them, which an abandoned reply never reaches."""
        reply = ""
        try:
            for piece in pieces:
                reply += piece
                yield piece
        finally:
            own.set()
        if cancelled is None or not cancelled.is_set():
            self._keep(key, reply)


def open_replay(installation: Installation, folder: Path = REPLIES) -> ReplayModel:
    """The installation's language model behind its kept replies."""
    model = active(read_list(installation.model_list), installation.llm_role)
    name = ModelFolder(installation.models).path(model).stem
    return ReplayModel(lambda: open_model(installation), folder, name)
