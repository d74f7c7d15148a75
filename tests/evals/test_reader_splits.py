"""Documents that are alike stand on one side, and what is kept for judging is on no side that is learned from."""

from pathlib import Path

import pytest

from evals.reader import examples
from evals.reader.corpus import Read
from evals.reader.examples import Own
from evals.reader.splits import Split, assigned, families
from ingest.read import read_document
from server.answer.leadin import passage

RULES = "。".join(f"第{n}条 城市道路的第{n * 7}项养护由主管部门负责，费用列入预算" for n in range(60))
OTHER = "。".join(f"小学第{n}年级的语文课每周{n + 3}节，教师由学校安排，家长可以旁听" for n in range(60))


def test_editions_of_one_text_are_a_family_and_another_text_is_not() -> None:
    found = families({"laws/a.md": RULES, "laws/b.md": RULES + "。附则：本规定由市政部门解释", "laws/c.md": OTHER})
    assert found["laws/a.md"] == found["laws/b.md"] == "laws/a.md"
    assert found["laws/c.md"] == "laws/c.md"


def test_another_years_figures_do_not_make_another_family() -> None:
    later = RULES.replace("7", "9").replace("4", "8")
    found = families({"office/a_2021.txt": RULES, "office/a_2022.txt": later})
    assert len(set(found.values())) == 1


def test_a_family_with_a_document_that_is_kept_for_judging_is_only_judged() -> None:
    family = {name: "laws/a.md" for name in ("laws/a.md", "laws/b.md")} | {"laws/c.md": "laws/c.md"}
    sides = assigned(family, ["laws/b.md"])
    assert sides["laws/a.md"] == sides["laws/b.md"] == "never"
    assert sides["laws/c.md"] in ("train", "tune", "hold")


def test_no_passage_of_another_side_is_learned_from(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sides: dict[str, Split] = {
        "own.txt": "train",
        "near.txt": "train",
        "tuned.txt": "tune",
        "held.txt": "hold",
        "kept.txt": "never",
    }
    read = {}
    for number, name in enumerate(sides):
        path = tmp_path / name
        path.write_text(f"养护办法\n\n一、费用\n\n第{number}类道路的养护费由主管部门列入预算。\n", encoding="utf-8")
        ingested = read_document(path)
        read[name] = Read(ingested.document, ingested.chunks, [passage(ingested.document, c) for c in ingested.chunks])
    monkeypatch.setattr(examples, "corpus", lambda: read)
    monkeypatch.setattr(examples, "splits", lambda: sides)
    row = {
        "id": "t1:1",
        "document": "own.txt",
        "question": "养护费谁出",
        "answerable": True,
        "evidence": ["第0类道路"],
        "answer": None,
    }
    found = {"t1:1": [(name, number) for name, one in read.items() for number in range(len(one.chunks))]}
    assert {document for document, _ in Own([row], found).negatives(row)} <= {"own.txt", "near.txt"}
    assert any(document == "near.txt" for document, _ in Own([row], found).negatives(row))
