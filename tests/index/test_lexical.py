"""Chinese words: the same cut for what is indexed and what is asked, and found again by FTS5."""

from pathlib import Path

import pytest

from index.lexical import STOP_WORDS, column, fingerprint, subject_words, words
from index.store import Store
from ingest.read import read_document
from tests.index.conftest import ingest
from tests.stubs import BigramEmbedder

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


TRADITIONAL = "舟山市教育工作要點\n一、學前教育\n2022年學前教育普惠率目標為九十五，新增學位8280個。\n二、其他\n加強管理，辦好每一所學校。\n"
SIMPLE = "舟山市教育工作要点\n一、学前教育\n2022年学前教育普惠率目标为九十五，新增学位8280个。\n二、其他\n加强管理，办好每一所学校。\n"


@pytest.mark.parametrize(
    ("document", "question"),
    [
        (TRADITIONAL.encode("big5"), "2022年学前教育普惠率目标是多少"),
        (TRADITIONAL.encode("big5"), "2022年學前教育普惠率目標是多少"),
        (SIMPLE.encode("utf-8"), "2022年學前教育普惠率目標是多少"),
    ],
)
def test_traditional_and_simplified_find_each_other(
    store: Store, tmp_path: Path, document: bytes, question: str
) -> None:
    path = tmp_path / "要點.txt"
    path.write_bytes(document)
    read = read_document(path)
    model = BigramEmbedder()
    store.add(read.document, read.chunks, model.encode_passages([c.text for c in read.chunks]), model.fingerprint)
    asked = subject_words(question)
    assert {"学前教育", "普惠率", "目标"} <= set(asked)
    ((best, _), *_) = store.match_words(asked, 10, 1.0)
    assert "8280" in store.chunks([best])[best].text
    assert store.chunk_counts(["学前教育"])["学前教育"] > 0
    assert store.document(read.document.id).text == document.decode("big5" if b"\xbe\xc7" in document else "utf-8")


def test_what_folds_and_cuts_is_named_in_the_fingerprint() -> None:
    assert "rjieba" in fingerprint()
    assert "opencc" in fingerprint()
