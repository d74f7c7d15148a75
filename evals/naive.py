"""The usual framework pipeline over the same documents with the same models, to compare with.

Texts cut recursively into chunks of 500 characters with 50 of overlap, the four nearest to the question by the embedding
alone, one plain Chinese prompt, the reply as it is written. Not covered: everything that the product adds; an Ask's
restrictions to documents and years are not looked at.

`python -m evals.naive --questions F --documents D…` scores a file of questions as `evals.run` does.
"""

import argparse
import json
import re
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from evals.replay import open_replay
from evals.run import DATA, chosen
from index.embed import Embedder
from index.store import Store
from ingest.document import Document, Span
from server import evaluate
from server.answer.finding import Ask
from server.answer.result import Answer, Citation, Evidence, Ranked, Timings
from server.llm.model import LanguageModel
from server.llm.template import Message
from server.runtime import open_library, open_model
from server.settings import load

SIZE = 500
OVERLAP = 50
SEPARATORS = ("\n\n", "\n", "。", "")
NEAREST = 4
MAX_TOKENS = 256
SYSTEM = "你是一个有用的助手。"
PROMPT = "根据以下资料回答问题。回答要准确、简洁。如果资料中没有答案，请说不知道。\n\n资料：\n{context}\n\n问题：{question}\n回答："
REFUSES = re.compile(r"不知道|没有|无法|未提及|未提到|未提供|未找到|未明确|不清楚|不确定|不包含|抱歉|对不起")
WHERE_IT_REFUSES = 20


def split(text: str) -> Iterator[Span]:
    """Chunks of at most SIZE characters, bare of white space around them, as LangChain's recursive splitter makes
    them with its separators kept at the ends."""
    for span in _split(text, Span(0, len(text)), SEPARATORS):
        inner = text[span.start : span.end]
        start = span.start + len(inner) - len(inner.lstrip())
        if inner.strip():
            yield Span(start, start + len(inner.strip()))


def _split(text: str, whole: Span, separators: Sequence[str]) -> Iterator[Span]:
    """Cut at the first separator that occurs; what is too long is cut at the next ones, the rest is packed."""
    at = next(i for i, s in enumerate(separators) if text.find(s, whole.start, whole.end) >= 0)
    short: list[Span] = []
    for piece in _cut(text, whole, separators[at]):
        if piece.end - piece.start <= SIZE:
            short.append(piece)
            continue
        yield from _pack(short)
        short = []
        yield from _split(text, piece, separators[at + 1 :])
    yield from _pack(short)


def _cut(text: str, whole: Span, separator: str) -> Iterator[Span]:
    start = whole.start
    while start < whole.end:
        found = text.find(separator, start, whole.end)
        end = whole.end if found < 0 else found + max(len(separator), 1)
        yield Span(start, end)
        start = end


def _pack(pieces: Sequence[Span]) -> Iterator[Span]:
    """Neighbouring pieces together up to SIZE; a chunk begins with the last OVERLAP characters' pieces of the one before."""
    first = 0
    for i, piece in enumerate(pieces):
        if piece.end - pieces[first].start > SIZE:
            yield Span(pieces[first].start, pieces[i - 1].end)
            while first < i and (
                pieces[i - 1].end - pieces[first].start > OVERLAP or piece.end - pieces[first].start > SIZE
            ):
                first += 1
    if pieces:
        yield Span(pieces[first].start, pieces[-1].end)


class NaivePipeline:
    """Answers from the four nearest chunks of a store's texts; chunks and vectors are kept in memory only."""

    def __init__(self, store: Store, embedder: Embedder, model: LanguageModel) -> None:
        self.store = store
        self._embedder = embedder
        self._model = model
        self._chunks = [chunk for row in store.documents(-1) for chunk in _chunks(store.document(row.id))]
        self._vectors = embedder.encode_passages([chunk.text for chunk in self._chunks])

    def answer(self, ask: Ask) -> Answer:
        """The model's reply; all chunks that it was shown are its citations, unmarked in the text."""
        start = time.perf_counter()
        scores = self._vectors @ self._embedder.encode_queries([ask.question])[0]
        nearest = [int(i) for i in np.argsort(-scores, kind="stable")[:NEAREST]]
        evidence = tuple(Ranked(self._chunks[i], round(float(scores[i]), 4)) for i in nearest)
        retrieved = _since(start)
        context = "\n\n".join(ranked.evidence.text for ranked in evidence)
        asked = Message("user", PROMPT.format(context=context, question=ask.question))
        reply, first_token = "", None
        for piece in self._model.generate([Message("system", SYSTEM), *ask.history, asked], MAX_TOKENS):
            first_token = _since(start) if first_token is None else first_token
            reply += piece
        timings = Timings(retrieved, first_token, _since(start))
        if refuses(reply):
            return Answer("not_found", reply, (), evidence, timings, "unsupported")
        citations = tuple(Citation(number, ranked.evidence) for number, ranked in enumerate(evidence, 1))
        return Answer("answered", reply, citations, evidence, timings, None)


def refuses(reply: str) -> bool:
    """Whether a reply says near its beginning that it has no answer, or says nothing."""
    return not reply.strip() or REFUSES.search(reply.strip()[:WHERE_IT_REFUSES]) is not None


def _chunks(document: Document) -> Iterator[Evidence]:
    for span in split(document.text):
        text = document.text[span.start : span.end]
        yield Evidence(document.id, document.title, (), span.start, span.end, text)


def _since(start: float) -> float:
    return round((time.perf_counter() - start) * 1000, 1)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--questions", type=Path, required=True)
    parser.add_argument("--documents", nargs="+", required=True, help="files, folders, or FOLDER:200")
    parser.add_argument("--name", default="samples", help="the data folder below dist/evals, as for evals.run")
    parser.add_argument(
        "--replay", action="store_true", help="take known replies from dist/evals/replies: no latencies"
    )
    parser.add_argument("--json", type=Path, help="write every result there")
    arguments = parser.parse_args()
    installation = load().model_copy(update={"data": DATA / arguments.name}).installation()
    library = open_library(installation)
    for path in chosen(arguments.documents):
        for outcome in library.take(path):
            if outcome.reason is not None:
                sys.stderr.write(f"{outcome.reason}\n")
    library.stop_reading()
    model = open_replay(installation) if arguments.replay else open_model(installation)
    pipeline = NaivePipeline(library.store, library.embedder, model)
    results = evaluate.run(pipeline, evaluate.read_cases(arguments.questions), lambda _: None)
    model.close()
    library.close()
    sys.stdout.write(json.dumps(evaluate.summary(results), ensure_ascii=False) + "\n")
    if arguments.json:
        rows = [
            {"id": r.case.id, "right": r.right, "status": r.answer.status, "answer": r.answer.text,
             "cites_gold": r.cites_gold, "unsupported": r.unsupported, "total_ms": r.answer.timings.total_ms}
            for r in results
        ]  # fmt: skip
        arguments.json.write_text("\n".join(json.dumps(row, ensure_ascii=False) for row in rows), encoding="utf-8")


if __name__ == "__main__":
    main()
