"""Whether the vectors in memory are those of the database, row by row and bit by bit.

Not covered: the database's own faults (`index.integrity`).
"""

import numpy as np

from index.reading import RowIds
from index.store import Store
from index.vectors_memory import VectorMemory

SHOWN = 5
BATCH = 4096


def suspicious_rows(memory: VectorMemory, store: Store) -> RowIds:
    """Rows that only one of the two has, or with another vector; those that were written just now too."""
    _, wanted = store.vector_rows()
    differing = [np.setxor1d(wanted, memory.rows())]
    for rows, vectors in memory.blocks():
        for start in range(0, len(rows), BATCH):
            part, here = rows[start : start + BATCH], vectors[start : start + BATCH]
            found, there = store.vectors(part)
            if not len(found):
                continue
            places = {int(row): place for place, row in enumerate(part)}
            same = here[[places[int(row)] for row in found]] == there.astype(np.float16)
            differing.append(found[~same.all(axis=1)])
    return np.unique(np.concatenate(differing))


def vector_faults(memory: VectorMemory, store: Store, rows: RowIds) -> list[str]:
    """What is wrong with these rows, one sentence a kind; `memory` has been caught up since they were suspected."""
    found, there = store.vectors(rows)
    truth = {int(row): vector.astype(np.float16) for row, vector in zip(found, there, strict=True)}
    here = memory.vectors(rows)
    both = here.keys() & truth.keys()
    kinds = (
        ("缺少数据库里的片段", truth.keys() - both),
        ("还有数据库里没有的片段", here.keys() - both),
        ("与数据库的向量不同的片段", {row for row in both if not np.array_equal(here[row], truth[row])}),
    )
    faults = [f"向量缓存{kind} {len(bad)} 个（{_listed(bad)}）" for kind, bad in kinds if bad]
    present = memory.rows()
    twice = len(present) - len(np.unique(present))
    return [*faults, f"向量缓存有 {twice} 行重复"] if twice else faults


def _listed(rows: set[int]) -> str:
    shown = "、".join(str(row) for row in sorted(rows)[:SHOWN])
    return f"第 {shown} 行" + ("等" if len(rows) > SHOWN else "")
