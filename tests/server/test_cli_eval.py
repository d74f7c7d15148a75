"""`youju eval` tells people and programs what came of every question."""

import json
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner, Result

from index.search import Searcher
from index.store import Store
from server.answer.finding import Ask
from server.answer.result import Answer, Citation, Evidence, Timings
from server.cli_eval import OUTCOMES, add_command
from server.evaluate import OUTCOMES as ALL_OUTCOMES
from server.installation import Installation

ASKED, UNKNOWN = "计划竣工几个项目", "计划拆除几个项目"
GOLD, ELSEWHERE = "计划竣工项目6个", "加强党建"
CASES: list[dict[str, Any]] = [
    {"id": "a", "type": "fact", "question": ASKED, "answers": [["6个"]], "evidence": GOLD},
    {"id": "b", "type": "fact", "question": ASKED, "answers": [["高中2个"]], "evidence": GOLD},
    {"id": "c", "type": "fact", "question": ASKED, "answers": [["6个"]], "evidence": ELSEWHERE},
    {"id": "d", "type": "fact", "question": ASKED, "answers": [["9个"]], "evidence": ELSEWHERE},
    {"id": "e", "type": "none", "question": ASKED},
    {"id": "f", "type": "fact", "question": UNKNOWN, "answers": [["6个"]], "evidence": GOLD},
    {"id": "g", "type": "none", "question": UNKNOWN},
]


class OneSentence:
    """Answers `ASKED` with the sentence `GOLD` and refuses everything else."""

    def __init__(self, store: Store) -> None:
        self.store = store

    def warm_up(self) -> None:
        """There is nothing to be read before the first question."""

    def close(self) -> None:
        """The store belongs to all tests."""

    def answer(self, ask: Ask) -> Answer:
        timings = Timings(1.0, None, 2.0)
        if ask.question != ASKED:
            return Answer("not_found", "资料中没有。", (), (), timings, "no_match")
        citation = Citation(1, Evidence("0123456789abcdef", "工作要点", (), 0, len(GOLD), GOLD))
        return Answer("answered", f"{GOLD}[1]。", (citation,), (), timings, None)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    file = tmp_path / "题.jsonl"
    file.write_text("".join(json.dumps(case, ensure_ascii=False) + "\n" for case in CASES), encoding="utf-8")
    return file


def _eval(searcher: Searcher, monkeypatch: pytest.MonkeyPatch, folder: Path, *arguments: str | Path) -> Result:
    monkeypatch.setattr("server.runtime.open_answerer", lambda _: OneSentence(searcher.store))
    app = typer.Typer()
    add_command(app, lambda: Installation(folder / "data", folder / "models", folder / "models.txt", "llm", 1, 1))
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def test_a_person_reads_each_outcome_in_chinese(
    stub_searcher: Searcher, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, file: Path
) -> None:
    done = _eval(stub_searcher, monkeypatch, tmp_path, file)
    assert done.exit_code == 0, done.output
    lines = done.stdout.splitlines()
    assert "结局：对 2/7，缺答 1/5，出处不同 1/5，误导 1/5，误拒 1/5，杜撰 1/2" in lines
    assert [line.split()[:2] for line in lines if line.startswith("[")] == [
        ["[缺答]", "b"],
        ["[出处不同]", "c"],
        ["[误导]", "d"],
        ["[杜撰]", "e"],
        ["[误拒]", "f"],
    ]


def test_a_program_reads_counts_and_the_outcome_of_each_failure(
    stub_searcher: Searcher, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, file: Path
) -> None:
    done = _eval(stub_searcher, monkeypatch, tmp_path, file, "--json")
    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout)
    assert told["outcomes"] == dict.fromkeys(ALL_OUTCOMES, 1) | {"right": 2}
    assert [(failure["id"], failure["outcome"]) for failure in told["failures"]] == [
        ("b", "cut"),
        ("c", "elsewhere"),
        ("d", "misleading"),
        ("e", "made_up"),
        ("f", "wrongly_refused"),
    ]


def test_every_outcome_has_a_word() -> None:
    assert tuple(OUTCOMES) == ALL_OUTCOMES
