"""Questions made of passages ask for a figure in the passage's own words, and only that passage tells it."""

import random
from pathlib import Path

import pytest

from evals.reader import cloze
from evals.reader.corpus import Read
from ingest.read import read_document
from server.answer.leadin import passage

PLAN = """东湖区2023年教育工作要点

一、学校建设

其中新增省定标准化学校80所，为全区中小学新增纸质图书100万册。加强队伍建设。

二、职业教育

创建品牌专业10个，安排培训经费2,500万元。

三、其他

全区适龄儿童入园率达到98.5%。
"""
LATER = PLAN.replace("2023年", "2024年").replace("100万册", "120万册")
TABLE = "岗位,人数,学历\n护士,5,本科\n药师,2,硕士\n"
OTHER = """西山市2022年民政工作计划

一、养老

新增护理床位350张，改造养老院4所。
"""


@pytest.fixture
def documents(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    read = {}
    for name, text in {"a.txt": PLAN, "b.txt": OTHER, "c.txt": LATER, "d.csv": TABLE}.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
        ingested = read_document(tmp_path / name)
        read[name] = Read(ingested.document, ingested.chunks, [passage(ingested.document, c) for c in ingested.chunks])
    monkeypatch.setattr(cloze, "corpus", lambda: read)
    return list(read)


def test_a_figure_is_asked_for_in_the_words_around_it(documents: list[str]) -> None:
    made = [group for seed in range(20) for group in cloze.groups(documents, 10, random.Random(seed))]
    asked = [group.question for group in made]
    for words in ("新增省定标准化学校多少所", "全区中小学新增纸质图书多少册", "全区适龄儿童入园率达到多少"):
        assert any(question.endswith(words) for question in asked)
    assert not any(figure in question for question in asked for figure in ("80所", "100万册", "98.5%"))


def test_a_cell_is_asked_for_by_its_row_and_column(documents: list[str]) -> None:
    made = [group for seed in range(20) for group in cloze.groups(["d.csv"], 10, random.Random(seed))]
    told = {(group.question, sample.text[slice(*sample.answer)])
            for group in made for sample in group.samples if sample.answer}  # fmt: skip
    assert any("护士" in question and "学历" in question and answer == "本科" for question, answer in told)
    assert any("药师" in question and "人数" in question and answer == "2" for question, answer in told)


def test_a_question_that_names_its_year_is_not_answered_by_another_years_edition(documents: list[str]) -> None:
    made = [group for seed in range(40) for group in cloze.groups(documents, 10, random.Random(seed))]
    books = [group for group in made if "图书" in group.question and group.answered]
    dated = [group for group in books if "2023年" in group.question]
    assert any("120万册" in sample.text for group in dated for sample in group.samples[1:])
    assert not any("120万册" in sample.text for group in books if "年" not in group.question for sample in group.samples[1:]
                   if "100万册" in group.samples[0].text)  # fmt: skip


def test_where_a_question_is_answered_the_first_passage_tells_it_and_no_other(documents: list[str]) -> None:
    made = [group for seed in range(20) for group in cloze.groups(documents, 10, random.Random(seed))]
    assert {group.answered for group in made} == {True, False}
    for group in made:
        if not group.answered:
            continue
        gold, *others = group.samples
        assert gold.answer is not None and gold.evidence
        figure = gold.text[slice(*gold.answer)]
        (start, end), *_ = gold.evidence
        assert start <= gold.answer[0] and gold.answer[1] <= end
        assert not any(figure in other.text for other in others)
