"""`youju feedback export` writes a file that `youju eval` reads."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from index.library import Library
from index.store import Store
from index.vectors import VectorIndex
from server.cli_feedback import commands
from server.errors import ServerError
from server.evaluate import read_cases
from server.installation import Installation
from server.ledger import feedback
from server.ledger.feedback import Feedback
from server.ledger.ledger import Ledger
from server.runtime import DATABASE, LEDGER
from tests.server.ledger.conftest import QUESTION, added, quoted
from tests.stubs import BigramEmbedder

MODEL = BigramEmbedder()
TEXT = "教育工作要点\n一、学校建设\n计划竣工项目五个。\n"


@pytest.fixture
def installation(tmp_path: Path) -> Installation:
    """With an index of one document, feedback on an answer from it, and feedback on one from a document that has gone."""
    installation = Installation(tmp_path / "data", tmp_path / "models", tmp_path / "models.txt", "llm", 1, 1)
    library = Library(Store(installation.data / DATABASE), MODEL, VectorIndex(MODEL.dimension, MODEL.fingerprint))
    ledger = Ledger(installation.data / LEDGER)
    ids = [added(library, tmp_path, text) for text in (TEXT, TEXT.replace("教育", "卫生"))]
    for document in ids:
        cited = quoted(library.store, document)
        feedback.give(ledger, Feedback("right", QUESTION, "answered", cited.answer, cited.citations))
    library.store.remove(ids[1])
    ledger.close()
    library.close()
    return installation


def test_feedback_becomes_a_file_of_cases_without_what_is_gone(installation: Installation, tmp_path: Path) -> None:
    file = tmp_path / "题.jsonl"
    done = CliRunner().invoke(commands(lambda: installation), ["export", str(file)])
    assert done.exit_code == 0, done.output
    assert f"已写 1 题到 {file}" in done.output
    (case,) = read_cases(file)
    assert (case.question, case.type) == (QUESTION, "feedback")


def test_a_file_that_cannot_be_written_is_told(installation: Installation, tmp_path: Path) -> None:
    done = CliRunner().invoke(commands(lambda: installation), ["export", str(tmp_path / "no" / "x.jsonl")])
    assert isinstance(done.exception, ServerError) and "写不了" in str(done.exception)
