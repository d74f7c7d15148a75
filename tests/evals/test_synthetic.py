"""Copies of an index: as many chunks as asked for, exact spans, unit vectors near their originals."""

from pathlib import Path

import numpy as np

from evals.synthetic import multiply
from index.store import Store
from tests.index.conftest import synthetic, unit_vectors

DIMENSION = 32


def test_copies_differ_from_their_originals_and_keep_their_spans(tmp_path: Path) -> None:
    source, target = Store(tmp_path / "source" / "youju.db"), Store(tmp_path / "target" / "youju.db")
    for seed, name in enumerate(("甲文件", "乙文件")):
        document, chunks = synthetic(name, 30)
        source.add(document, chunks, unit_vectors(seed, 30, DIMENSION), "random")
    multiply(source, target, "random", 100)
    assert (target.count(), target.count_chunks()) == (4, 120)
    for row in target.documents(-1):
        text = target.document(row.id).text
        chunks = target.document_chunks(row.id)
        assert len(chunks) == 30 and all(text[c.start : c.end] == c.text for c in chunks)
    _, vectors = target.vectors(target.vector_rows()[1])
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-3)
    assert len(np.unique(vectors, axis=0)) == 120
    before = target.generation()
    multiply(source, target, "random", 100)
    assert target.generation() == before, "what is there is not made again"
    source.close()
    target.close()
