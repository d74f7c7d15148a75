"""Stand-ins for the three models that implement their interfaces, so that what follows can be checked to the character.

`BigramEmbedder` is an `index.embed.Embedder`, `ScriptedModel` a `server.llm.model.LanguageModel`, `PairReader` a
`server.reader.reader.Reader`; none reads a file.
"""

from collections.abc import Iterator, Sequence

import numpy as np

from evals.embedding import PairEmbedder
from index.embed import Progress, Vectors
from server.answer.refuse import Judge
from server.llm.cancel import Cancel
from server.llm.model import Tokens
from server.llm.template import Message
from server.reader.passage import Passage
from server.reader.reader import Reading, Span

REFUSES, CONFIRMS = "依据：无", "依据：[1]"
SAID = "计划竣工项目6个[1]。"
"""What is quoted out of the samples for 海沧2023年计划竣工几个项目."""
SURE = 8.0
DOUBTFUL = Judge(hopeless=0.0, sure=1.0, witness=1.0, least=0.0)
"""Asks the model about every quotation."""
EVERYTHING = Judge(hopeless=0.0, sure=0.0, witness=0.0, least=0.0)
"""Shows every quotation."""


class BigramEmbedder(PairEmbedder):
    """Texts that share pairs of characters are near each other. No randomness."""

    def __init__(self, dimension: int = 64, fingerprint: str = "bigrams 64", alike: float = 0.0) -> None:
        """`alike`: cosine of texts that share nothing. With e5 it is about 0.83 for official documents, and refusals are fitted to that."""
        super().__init__(dimension, fingerprint=fingerprint)
        self._alike = alike

    def encode_passages(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
        vectors = super().encode_passages(texts, progress)
        if self._alike and len(texts):
            vectors *= np.sqrt(1 - self._alike, dtype=np.float32)
            vectors[:, 0] = np.sqrt(1 - (vectors[:, 1:] ** 2).sum(axis=1))
        return vectors


class PairReader:
    """Finds a text the more relevant the more pairs of the question's characters stand in it."""

    fingerprint = "pairs"

    def read(self, question: str, passages: Sequence[Passage]) -> list[Reading]:
        def one(passage: Passage) -> Reading:
            pieces = (passage.text[piece.start : piece.end] for piece in passage.pieces)
            telling = tuple(_shared(question, piece) for piece in pieces)
            return Reading(_shared(question, passage.context + passage.text), telling, Span(0, len(passage.text), -1.0))

        return [one(passage) for passage in passages]

    def follows(self, claims: Sequence[str], passage: Passage) -> list[float]:
        return [_shared(claim, passage.text) for claim in claims]


def _shared(question: str, text: str) -> float:
    """Log-odds: 0 where a third of the pairs stand in the text."""
    pairs = [question[at : at + 2] for at in range(len(question) - 1)]
    return 12 * sum(pair in text for pair in pairs) / max(len(pairs), 1) - 4


class ScriptedModel:
    """Writes the given replies one after the other, a character at a time, then refuses; keeps what it was asked.

    Like the real model it ends at a stop word, after `max_tokens` pieces, and when it is cancelled; a
    conversation without a question, as warming up sends it, gets no reply.
    """

    def __init__(self, *replies: str, name: str = "scripted") -> None:
        self.name = name
        self.asked: list[list[Message]] = []
        self.checked: list[list[Message]] = []
        """What its log-odds were asked about."""
        self.cancels: list[Cancel | None] = []
        self.closed = False
        self.tokens = Tokens()
        self._replies = list(replies)

    def generate(
        self, messages: Sequence[Message], max_tokens: int, stop: Sequence[str] = (), cancelled: Cancel | None = None
    ) -> Iterator[str]:
        if messages[-1].role == "user" and "问题：" not in messages[-1].content:
            return iter(())
        self.asked.append(list(messages))
        self.cancels.append(cancelled)
        reply = self._replies.pop(0) if self._replies else REFUSES
        begun = messages[-1].content if messages[-1].role == "assistant" else ""
        self.tokens.read += sum(len(message.content) for message in messages)
        return self._write(reply.removeprefix(begun), max_tokens, stop, cancelled)

    def _write(self, reply: str, max_tokens: int, stop: Sequence[str], cancelled: Cancel | None) -> Iterator[str]:
        ends = [at for word in stop if (at := reply.find(word)) >= 0]
        for piece in reply[: min([*ends, max_tokens, len(reply)])]:
            if cancelled is not None and cancelled.is_set():
                return
            self.tokens.written += 1
            yield piece

    def log_odds(self, messages: Sequence[Message], yes: str, no: str, cancelled: Cancel | None = None) -> float:
        """Sure of what it will write next: `yes` unless that is a refusal; it writes that all the same."""
        self.checked.append(list(messages))
        self.cancels.append(cancelled)
        return -SURE if not self._replies or self._replies[0].startswith(REFUSES) else SURE

    def pin(self, messages: Sequence[Message]) -> None:
        """Nothing is read, so there is nothing to keep."""

    def count_tokens(self, texts: Sequence[str]) -> int:
        """One a character."""
        return sum(map(len, texts))

    def close(self) -> None:
        self.closed = True

    @property
    def is_alive(self) -> bool:
        return not self.closed

    @property
    def prompts(self) -> list[str]:
        """The last message of each conversation: the evidence and the question."""
        return [next(m.content for m in reversed(messages) if m.role == "user") for messages in self.asked]
