"""The weights that ship: what they read, and that their card is about them."""

from hashlib import sha256

from ingest.read import read_document
from server.answer.leadin import passage
from server.reader.reader import MODEL, TOKENIZER, WEIGHTS, shipped
from tests.conftest import SAMPLES

ASKED = "海沧2023年计划竣工几个项目"
HAICANG = read_document(next(SAMPLES.glob("*海沧*")))
PASSAGES = [passage(HAICANG.document, chunk) for chunk in HAICANG.chunks]
MOST_MEGABYTES = 45


def test_the_passage_and_the_sentence_that_answer_come_first() -> None:
    read = shipped().read(ASKED, PASSAGES)
    best = max(range(len(read)), key=lambda n: read[n].relevance)
    assert "竣工项目6个" in PASSAGES[best].text
    pieces = read[best].pieces
    told = PASSAGES[best].pieces[max(range(len(pieces)), key=lambda n: pieces[n])]
    assert "竣工项目6个" in PASSAGES[best].text[told.start : told.end]


def test_a_passage_is_read_alike_whatever_is_read_beside_it() -> None:
    together = shipped().read(ASKED, PASSAGES[:6])
    assert together == [shipped().read(ASKED, [passage])[0] for passage in PASSAGES[:6]]


def test_no_passages_and_an_empty_question_are_no_errors() -> None:
    assert shipped().read(ASKED, []) == []
    assert len(shipped().read("", PASSAGES[:1])) == 1


def test_the_card_is_about_these_weights_and_they_are_small_enough() -> None:
    card = (WEIGHTS / "README.md").read_text(encoding="utf-8")
    for name in (MODEL, TOKENIZER):
        assert sha256((WEIGHTS / name).read_bytes()).hexdigest() in card
    assert sum(path.stat().st_size for path in WEIGHTS.iterdir()) <= MOST_MEGABYTES * 1e6
