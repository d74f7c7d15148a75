"""The lexical side: FTS5's ranking against BM25 written out, counts, common words, the self-test."""

import math
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from index import matching
from index.errors import LexicalIndexBroken
from index.lexical import column, is_han, words
from index.store import Store
from ingest.document import Chunk, Document, Metadata
from tests.index.conftest import synthetic, unit_vectors

TEXTS = (
    "全年计划竣工项目六个，新增学位八千个。",
    "竣工项目验收以后，竣工资料归档，竣工图纸移交。",
    "面向社会公开招聘教师，提高教师待遇，稳定教师队伍。",
    "加强学校食堂管理，保障学生用餐安全。",
    "推进教育项目建设，改造教室灯光，添置教学设备，修缮操场，更新图书，配齐教师，扩大优质教育资源的覆盖面。",
    "学位。",
)
HEADINGS = ("一、学校建设", "一、学校建设", "二、教师队伍", "三、后勤管理", "一、学校建设", "竣工")
TITLE = "教育工作要点"
K1, B = 1.2, 0.75


def filled(store: Store) -> None:
    chunks, start = [], 0
    for i, (text, heading) in enumerate(zip(TEXTS, HEADINGS, strict=True)):
        chunks.append(Chunk(f"c{i}", "d", (heading,), start, start + len(text), text))
        start += len(text) + 1
    store.add(Document("d", "/d.txt", "d", TITLE, "\n".join(TEXTS), Metadata()), chunks, unit_vectors(1, 6, 8), "m")


def bm25(terms: list[str], weight: float) -> dict[int, float]:
    """BM25 by Robertson's formula with FTS5's inverse document frequency, at least 1e-6; both columns' words count for
    a chunk's length, a hit in the title or heading `weight` times."""
    contexts = [column(f"{TITLE}\n{heading}").split() for heading in HEADINGS]
    bodies = [column(text).split() for text in TEXTS]
    lengths = [len(context) + len(body) for context, body in zip(contexts, bodies, strict=True)]
    average = sum(lengths) / len(lengths)
    scores: dict[int, float] = {}
    for term in terms:
        told = [weight * Counter(c)[term] + Counter(b)[term] for c, b in zip(contexts, bodies, strict=True)]
        holding = sum(1 for c, b in zip(contexts, bodies, strict=True) if term in c or term in b)
        rarity = max(math.log((len(TEXTS) - holding + 0.5) / (holding + 0.5)), 1e-6)
        for i, frequency in enumerate(told):
            if term in contexts[i] or term in bodies[i]:
                scores.setdefault(i + 1, 0.0)
                long = K1 * (1 - B + B * lengths[i] / average)
                scores[i + 1] += rarity * frequency * (K1 + 1) / (frequency + long)
    return scores


@pytest.mark.parametrize("terms", [["竣工"], ["教师", "待遇"], ["竣工", "学位", "教师"], ["学校", "教育", "食堂"]])
@pytest.mark.parametrize("weight", [0.5, 1.0, 2.0])
def test_the_ranking_is_bm25(store: Store, terms: list[str], weight: float) -> None:
    filled(store)
    expected = bm25(terms, weight)
    found = store.match_words(terms, 10, weight)
    assert dict(found) == pytest.approx(expected, rel=1e-9)
    assert [row for row, _ in found] == sorted(expected, key=lambda row: (-dict(found)[row], row))


def test_only_allowed_rows_are_ranked_and_as_before(store: Store) -> None:
    filled(store)
    everything = store.match_words(["竣工", "教师"], 10, 0.5)
    allowed = np.array([2, 3, 4], np.int64)
    assert store.match_words(["竣工", "教师"], 10, 0.5, allowed) == [hit for hit in everything if hit[0] in (2, 3, 4)]
    assert store.match_words(["竣工", "教师"], 1, 0.5, allowed) == everything[:1]
    assert store.match_words(["竣工"], 10, 0.5, np.empty(0, np.int64)) == []


def test_common_words_are_left_out_where_all_stand_in_too_many_chunks(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    filled(store)
    words = ["教育", "学校", "教师", "竣工", "学位", "食堂"]  # the title's 教育 stands in all
    assert store.chunk_counts(words) == {"教育": 6, "学校": 4, "教师": 2, "竣工": 3, "学位": 2, "食堂": 1}
    rare = store.match_words(["食堂", "教师", "学位"], 10, 0.5)
    assert store.match_words(words, 10, 0.5) != rare
    monkeypatch.setattr(matching, "MOST_POSTINGS", 5)
    assert store.match_words(words, 10, 0.5) == rare
    monkeypatch.setattr(matching, "MOST_POSTINGS", 1)
    assert store.match_words(words, 10, 0.5) == rare, "the three rarest are always searched for"
    assert store.match_words(["教育"], 10, 0.5) != []
    monkeypatch.setattr(matching, "MOST_POSTINGS", 4)
    few = np.array([1], np.int64)
    assert store.match_words(["教育", "学校", "新增", "项目"], 10, 0.5, few) != store.match_words(
        ["项目"], 10, 0.5, few
    )


def test_counts_follow_what_is_written_and_removed(store: Store) -> None:
    filled(store)
    assert store.chunk_counts(["学位", "没有"]) == {"学位": 2, "没有": 0}
    document, chunks = synthetic("学位", 3)
    store.add(document, chunks, unit_vectors(2, 3, 8), "m")
    more = store.chunk_counts(["学位"])["学位"]
    assert more > 2
    store.remove(document.id)
    assert store.chunk_counts(["学位"]) == {"学位": 2}


def test_the_self_test_passes_over_chunks_without_words(store: Store) -> None:
    store.test_words()
    filled(store)
    text = "1.5 2.0\n3.5"
    chunk = Chunk("n", "n", (), 0, len(text), text)
    store.add(Document("n", "/n.txt", "n", "表", text, Metadata()), [chunk], unit_vectors(3, 1, 8), "m")
    assert words(text) and not any(map(is_han, words(text)))
    store.test_words()


def test_an_index_of_whole_clauses_is_refused(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("index.lexical.column", lambda text: text)
    filled(store)
    monkeypatch.undo()
    with pytest.raises(LexicalIndexBroken, match="youju check --repair"):
        store.test_words()


def test_an_index_that_lacks_its_words_is_refused(tmp_path: Path, store: Store) -> None:
    filled(store)
    with store._writing() as db:
        db.execute("DELETE FROM words")
    with pytest.raises(LexicalIndexBroken, match=r"“.+”查不到"):
        store.test_words()
