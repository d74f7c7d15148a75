"""Every part of answering can be switched off, and answers go on."""

from pathlib import Path

import pytest

from evals.ablations import PARTS, without
from index.embed import Embedder
from server.answer.answerer import Answerer
from server.answer.finding import Ask
from tests.conftest import SAMPLES
from tests.server.conftest import open_searcher
from tests.stubs import CONFIRMS, PairReader, ScriptedModel


@pytest.mark.parametrize("part", PARTS)
def test_an_answer_is_given_without_any_one_part(part: str, tmp_path: Path, stub_embedder: Embedder) -> None:
    searcher = open_searcher(tmp_path, stub_embedder, [SAMPLES / "2023年海沧区教育工作要点.txt"])
    answerer = Answerer(searcher, ScriptedModel(CONFIRMS), reader=PairReader())
    with without(part, answerer):
        for question in ("海沧2023年计划竣工几个项目", "海沧2023年有哪些教育措施"):
            assert answerer.answer(Ask(question)).status in ("answered", "not_found")
    answerer.close()
