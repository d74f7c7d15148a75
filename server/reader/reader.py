"""The reader: a small encoder that scores passages for a question (relevance, evidence sentences, answer span), and whether
a claim follows from a passage.

Its weights stand in `weights/` (an int8 ONNX file and its tokenizer); `evals.reader.train` and `evals.reader.export` make
them. Each passage is read by itself, so that its scores do not depend on what is read beside it.
Not covered: what a passage is (`server.reader.passage`), what is made of the scores (`server.answer`).
"""

import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from ingest.onnx import load_onnxruntime
from server.errors import ReaderBroken
from server.reader.passage import Passage

WEIGHTS = Path(__file__).with_name("weights")
MODEL, TOKENIZER = "reader.onnx", "tokenizer.json"
START, STOP = 0, 2
QUESTION_TOKENS, CONTEXT_TOKENS, PASSAGE_TOKENS = 64, 128, 288
LONGEST_ANSWER = 40
"""Tokens."""
BEGIN, END, EVIDENCE = 0, 1, 2
Floats = NDArray[np.float32]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Span:
    """Where the likeliest answer stands in a passage's text, and the logarithm of its share among all spans."""

    start: int
    end: int
    score: float


@dataclass(frozen=True)
class Reading:
    """What the reader makes of a passage.

    `relevance` is the logarithm of the odds that the passage answers; `pieces` has for each of its sentences the mean of its
    tokens' log-odds of being evidence. Sentences beyond the token limit are not scored and get -inf.
    """

    relevance: float
    pieces: tuple[float, ...]
    span: Span


class Reader(Protocol):
    """Reads passages; safe for many threads."""

    fingerprint: str

    def read(self, question: str, passages: Sequence[Passage]) -> list[Reading]:
        """What it makes of each passage."""
        ...

    def follows(self, claims: Sequence[str], passage: Passage) -> list[float]:
        """The logarithm of the odds that each claim follows from the passage."""
        ...


@dataclass(frozen=True)
class Encoded:
    """`first` is where the passage's tokens begin, `offsets` are theirs in its text, `read_from` where the question ends."""

    ids: list[int]
    read_from: int
    first: int
    offsets: list[tuple[int, int]]


@dataclass(frozen=True)
class Scores:
    """What the network gives for a passage: `relevance` and `follows` as log-odds, `tokens` (tokens of the passage, 3)."""

    encoded: Encoded
    relevance: float
    follows: float
    tokens: Floats


def encode(tokenizer: Any, question: str, context: str, text: str) -> Encoded:
    """`<s> question </s></s> context </s> passage </s>` as tokens; what is too long is cut, a context at its beginning."""
    asked, above, passage = tokenizer.encode_batch([question, context, text], add_special_tokens=False)
    before = [START, *asked.ids[:QUESTION_TOKENS], STOP]
    head = [*before, STOP, *above.ids[-CONTEXT_TOKENS:], STOP]
    return Encoded(
        [*head, *passage.ids[:PASSAGE_TOKENS], STOP], len(before), len(head), list(passage.offsets[:PASSAGE_TOKENS])
    )


class OnnxReader:
    """Runs the ONNX model in `folder`, loaded on first use, in a pool of `threads` threads shared by all callers. Raises
    ReaderBroken."""

    def __init__(self, folder: Path = WEIGHTS, threads: int = 2) -> None:
        self._folder = folder
        self._pool = ThreadPoolExecutor(threads, "reader")
        self._lock = threading.Lock()
        self._loaded: tuple[Any, Any] | None = None
        self.fingerprint = _fingerprint(folder)

    def _load(self) -> tuple[Any, Any]:
        with self._lock:
            if self._loaded is None:
                self._loaded = self._opened()
            return self._loaded

    def _opened(self) -> tuple[Any, Any]:
        from tokenizers import Tokenizer

        onnxruntime = load_onnxruntime()
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.log_severity_level = 3
        try:
            tokenizer = Tokenizer.from_file(str(self._folder / TOKENIZER))
            session = onnxruntime.InferenceSession(self._folder / MODEL, options, ["CPUExecutionProvider"])
        except Exception as error:  # whatever the libraries raise for a file that is absent or broken
            raise ReaderBroken(self._folder, str(error)) from error
        return session, tokenizer

    def encoded(self, question: str, passage: Passage) -> Encoded:
        """What the network reads."""
        return encode(self._load()[1], question, passage.context, passage.text)

    def scores(self, question: str, passage: Passage) -> Scores:
        """What the network gives for one passage, or for a claim in the question's place."""
        session, _ = self._load()
        encoded = self.encoded(question, passage)
        ids: Ints = np.array([encoded.ids], np.int64)
        kinds = np.zeros_like(ids)
        kinds[0, encoded.read_from :] = 1
        relevance, follows, tokens = session.run(None, {"ids": ids, "kinds": kinds})
        last = encoded.first + len(encoded.offsets)
        return Scores(encoded, float(relevance[0]), float(follows[0]), tokens[0, encoded.first : last])

    def read(self, question: str, passages: Sequence[Passage]) -> list[Reading]:
        def one(passage: Passage) -> Reading:
            told = self.scores(question, passage)
            return Reading(told.relevance, _pieces(passage, told), best_span(told.encoded.offsets, told.tokens))

        return list(self._pool.map(one, passages))

    def follows(self, claims: Sequence[str], passage: Passage) -> list[float]:
        return [told.follows for told in self._pool.map(lambda claim: self.scores(claim, passage), claims)]


@lru_cache(maxsize=1)
def shipped() -> OnnxReader:
    """The reader with the weights in `WEIGHTS`, opened once."""
    return OnnxReader()


def _fingerprint(folder: Path) -> str:
    digest = sha256()
    for name in (MODEL, TOKENIZER):
        if (folder / name).is_file():
            digest.update((folder / name).read_bytes())
    return digest.hexdigest()[:12]


def _pieces(passage: Passage, told: Scores) -> tuple[float, ...]:
    """The mean of the evidence scores of each sentence's tokens."""
    starts = [start for start, _ in told.encoded.offsets]
    scores = []
    for piece in passage.pieces:
        first, last = np.searchsorted(starts, [piece.start, piece.end])
        scores.append(float(told.tokens[first:last, EVIDENCE].mean()) if last > first else -np.inf)
    return tuple(scores)


def best_span(offsets: Sequence[tuple[int, int]], tokens: Floats) -> Span:
    """The likeliest span of at most `LONGEST_ANSWER` tokens."""
    if not offsets:
        return Span(0, 0, -np.inf)
    begin, end = tokens[:, BEGIN], tokens[:, END]
    begin, end = begin - np.logaddexp.reduce(begin), end - np.logaddexp.reduce(end)
    together = begin[:, None] + end[None, :]
    allowed = np.triu(np.ones_like(together, bool)) & ~np.triu(np.ones_like(together, bool), LONGEST_ANSWER)
    at = int(np.where(allowed, together, -np.inf).argmax())
    first, last = divmod(at, len(offsets))
    return Span(offsets[first][0], offsets[last][1], float(together[first, last]))
