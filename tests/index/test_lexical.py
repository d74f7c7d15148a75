"""Chinese words: the same cut for what is indexed and what is asked, and found again by FTS5."""

from pathlib import Path

import pytest

from index.lexical import STOP_WORDS, column, subject_words, words
from index.store import Store
from tests.index.conftest import BigramEmbedder, ingest

SENTENCE = "2023年计划推进教育项目17个，竣工6个，新增学位8280个，达标率超过75％。"


def test_index_and_question_are_cut_alike() -> None:
    assert column(SENTENCE).split(" ") == list(words(SENTENCE))
    assert set(subject_words(SENTENCE)) == set(words(SENTENCE)) - STOP_WORDS


def test_width_case_and_brackets_make_no_other_words() -> None:
    assert words("Ａ级校〔２０２３〕，达８０％") == words("a级校[2023],达80%")


def test_a_compound_is_found_by_its_parts() -> None:
    assert {"教育局", "教育"} <= set(words("海沧区教育局"))


def test_punctuation_gives_no_words() -> None:
    assert words("。，；：“”（）—……《》\n\u3000") == ()


def test_words_of_asking_are_no_subject() -> None:
    assert subject_words("请问海沧区计划竣工多少个项目呢？") == ("海沧", "海沧区", "计划", "竣工", "项目")


@pytest.mark.parametrize("word", ["学位", "竣工", "海沧", "17", "8280", "教育"])
def test_two_character_words_and_figures_are_found(store: Store, tmp_path: Path, word: str) -> None:
    read = ingest(tmp_path, "要点.txt", f"海沧区工作要点\n一、学校建设\n{SENTENCE}\n二、其他\n加强管理。\n")
    model = BigramEmbedder()
    store.add(read.document, read.chunks, model.encode_passages([c.text for c in read.chunks]), model.fingerprint)
    (term,) = words(word)
    found = [row for row, _ in store.match_words([term], 10, 1.0)]
    holding = {row for row, chunk in store.chunks(found).items() if word in chunk.text}
    assert holding
    assert store.chunk_counts([term])[term] == len(found)
    store.test_words()
