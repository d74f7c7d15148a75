"""The scoring rules, each as its docstring states it."""

import json
from pathlib import Path

import pytest

from index.search import Searcher
from ingest.document import Document, Metadata
from server.answer.answerer import Answerer
from server.answer.result import Answer, Citation, Evidence, Timings
from server.errors import BadCases
from server.evaluate import (
    LONGEST_FACT,
    OUTCOMES,
    Case,
    Gold,
    Outcome,
    Result,
    cites_gold,
    failures,
    holds,
    is_right,
    read_cases,
    run,
    summary,
    unsupported_numbers,
)
from tests.stubs import CONFIRMS, ScriptedModel

ASKED = "海沧2023年计划竣工几个项目"


@pytest.fixture(scope="session")
def searcher(stub_searcher: Searcher) -> Searcher:
    """Without a model."""
    return stub_searcher


def _case(kind: str = "fact", *groups: tuple[str, ...], evidence: str | None = None) -> Case:
    return Case("1", kind, ASKED, groups, evidence)


def _answered(text: str, quote: str = "计划竣工项目6个", total_ms: float = 10.0) -> Answer:
    evidence = Evidence("0123456789abcdef", "2023年海沧区教育工作要点", (), 0, len(quote), quote)
    return Answer("answered", text, (Citation(1, evidence),), (), Timings(1.0, None, total_ms), None)


def _refused(total_ms: float = 10.0) -> Answer:
    return Answer("not_found", "资料中没有。", (), (), Timings(1.0, None, total_ms), "no_match")


@pytest.mark.parametrize(
    ("text", "alternative", "stands"),
    [
        ("计划竣工6个项目", "6个", True),
        ("计划竣工16个项目", "6个", False),
        ("计划竣工项目6", "6", True),
        ("计划竣工项目60", "6", False),
        ("学位 8,280 个", "8280个", True),
        ("学位8280个", "8,280个", True),
        ("覆盖率达到８０％", "80%", True),
        ("厦海教工委〔2023〕16号", "厦海教工委[2023]16号", True),
        ("基建办负责", "基建办", True),
        ("综合科负责", "基建办", False),
    ],
)
def test_an_alternative_stands_whole_whatever_its_width_and_separators(
    text: str, alternative: str, stands: bool
) -> None:
    assert holds(text, alternative) is stands


def test_every_group_needs_one_of_its_alternatives() -> None:
    case = _case("multi", ("6个", "六个"), ("8280个",))
    assert is_right(case, _answered("竣工六个，新增8280个[1]。"))
    assert not is_right(case, _answered("竣工6个[1]。"))


def test_a_mark_is_no_part_of_an_answer() -> None:
    assert not is_right(_case("fact", ("1",)), _answered("竣工项目[1]。"))


def test_a_fact_must_be_short_and_other_types_need_not() -> None:
    long = _answered("计划竣工6个" + "。" * LONGEST_FACT)
    assert not is_right(_case("fact", ("6个",)), long)
    assert is_right(_case("list", ("6个",)), long)


def test_a_question_without_answer_must_be_refused_and_another_must_not() -> None:
    assert is_right(_case("none"), _refused())
    assert not is_right(_case("none"), _answered("竣工6个[1]。"))
    assert not is_right(_case("fact", ("6个",)), _refused())


def test_a_number_is_unsupported_when_neither_citation_nor_question_holds_it() -> None:
    assert unsupported_numbers(_case(), _answered("海沧2023年竣工6个[1]。")) == ()
    assert unsupported_numbers(_case(), _answered("竣工6个，投资35亿元[1]。")) == ("35亿",)


def test_cases_are_read_one_a_line_and_blank_lines_skipped(tmp_path: Path) -> None:
    file = tmp_path / "cases.jsonl"
    first = {"id": "a1", "type": "fact", "question": ASKED, "answers": [["6个", "六个"]], "evidence": "竣工项目6个"}
    second = {"id": "a2", "type": "none", "question": "红烧肉怎么做", "history": ["你好"]}
    file.write_text(f"{json.dumps(first)}\n\n{json.dumps(second, ensure_ascii=False)}\n", encoding="utf-8")
    assert read_cases(file) == [
        Case("a1", "fact", ASKED, (("6个", "六个"),), "竣工项目6个"),
        Case("a2", "none", "红烧肉怎么做", (), None, ("你好",)),
    ]


@pytest.mark.parametrize(
    "line", ["{", '{"id": "a", "type": "fact"}', '{"id": "a", "type": "f", "question": "q", "answers": 3}']
)
def test_a_bad_line_is_named(tmp_path: Path, line: str) -> None:
    file = tmp_path / "cases.jsonl"
    file.write_text(json.dumps({"id": "a", "type": "none", "question": "问"}) + "\n" + line + "\n", encoding="utf-8")
    with pytest.raises(BadCases, match="第 2 行"):
        read_cases(file)


def test_a_file_that_is_missing_empty_or_no_text_is_named(tmp_path: Path) -> None:
    file = tmp_path / "cases.jsonl"
    with pytest.raises(BadCases, match=r"cases\.jsonl"):
        read_cases(file)
    file.write_text("\n", encoding="utf-8")
    with pytest.raises(BadCases, match="没有问题"):
        read_cases(file)
    file.write_bytes(b"\xff\xfe\x00\x80")
    with pytest.raises(BadCases):
        read_cases(file)


def test_the_summary_counts_what_was_right_refused_cited_and_how_fast() -> None:
    fact, none = _case("fact", ("6个",), evidence="竣工项目6个"), _case("none")
    results = [
        Result(fact, _answered("竣工6个[1]。", total_ms=10), True, True, ()),
        Result(fact, _answered("竣工9个[1]。", total_ms=20), False, False, ("9",)),
        Result(fact, _refused(total_ms=30), False, None, ()),
        Result(none, _refused(total_ms=40), True, None, ()),
    ]
    assert summary(results) == {
        "questions": 4,
        "answerable": 3,
        "right": 1,
        "wrongly_refused": 1,
        "unanswerable": 1,
        "refused": 1,
        "outcomes": {"right": 2, "cut": 0, "elsewhere": 0, "misleading": 1, "wrongly_refused": 1, "made_up": 0},
        "by_type": {"fact": {"right": 1, "of": 3}, "none": {"right": 1, "of": 1}},
        "cites_gold": 1,
        "cites_gold_of": 2,
        "unsupported_numbers": 1,
        "latency_p50_ms": 25,
        "latency_p95_ms": 40,
    }
    assert list(failures(results)) == results[1:3]


@pytest.mark.parametrize(
    ("kind", "text", "quote", "evidence", "outcome"),
    [
        ("fact", "竣工6个[1]。", "计划竣工项目6个", "竣工项目6个", "right"),
        ("fact", "竣工6个[1]。", "计划竣工项目6个", None, "right"),
        ("fact", "竣工一批[1]。", "计划竣工项目6个", "竣工项目6个", "cut"),
        ("fact", "竣工6个" + "。" * LONGEST_FACT, "计划竣工项目6个", "竣工项目6个", "cut"),
        ("fact", "竣工6个[1]。", "全年竣工6个", "竣工项目6个", "elsewhere"),
        ("fact", "开工9个[1]。", "计划开工项目9个", "竣工项目6个", "misleading"),
        ("fact", "开工9个[1]。", "计划开工项目9个", None, "misleading"),
        ("fact", None, "", "竣工项目6个", "wrongly_refused"),
        ("fact", None, "", None, "wrongly_refused"),
        ("none", None, "", None, "right"),
        ("none", "竣工6个[1]。", "计划竣工项目6个", None, "made_up"),
        ("none", "竣工6个[1]。", "计划竣工项目6个", "竣工项目6个", "made_up"),
    ],
)
def test_what_is_said_and_cited_decides_the_outcome(
    kind: str, text: str | None, quote: str, evidence: str | None, outcome: Outcome
) -> None:
    case = _case(kind, *([] if kind == "none" else [("6个",)]), evidence=evidence)
    answer = _refused() if text is None else _answered(text, quote)
    result = Result(case, answer, is_right(case, answer), cites_gold(case, answer, lambda _: None), ())
    assert result.outcome == outcome
    assert summary([result])["outcomes"] == {name: int(name == outcome) for name in OUTCOMES}
    assert list(failures([result])) == ([] if outcome == "right" else [result])


@pytest.mark.parametrize("kind", ["fact", "none"])
def test_a_case_that_has_failed_comes_to_no_outcome_and_is_told(kind: str) -> None:
    result = Result(_case(kind), _refused(), False, None, (), failed=True)
    assert result.outcome is None
    assert summary([result])["outcomes"] == dict.fromkeys(OUTCOMES, 0)
    assert list(failures([result])) == [result]


def test_a_right_answer_with_a_number_without_support_is_told() -> None:
    result = Result(_case(), _answered("竣工6个，投资35亿元[1]。"), True, True, ("35亿",))
    assert result.outcome == "right" and list(failures([result])) == [result]


def test_cases_are_asked_with_their_history_and_scored(searcher: Searcher) -> None:
    cases = [
        Case("1", "fact", ASKED, (("6个",),), "计划竣工项目6个"),
        Case("2", "fact", "那新增学位呢", (("8280",),), "加强党建", (ASKED,)),
        Case("3", "none", "海沧2024年计划竣工几个项目", (), None),
    ]
    told: list[Result] = []
    results = run(Answerer(searcher, ScriptedModel(CONFIRMS)), cases, told.append)
    assert told == results
    assert [r.right for r in results] == [True, True, True]
    assert [r.cites_gold for r in results] == [True, False, None]
    assert [r.outcome for r in results] == ["right", "elsewhere", "right"]
    assert all(r.unsupported == () for r in results)


@pytest.mark.parametrize(
    "line",
    [
        "[1]",
        '"x"',
        '{"id":"a","type":"fact","question":"问","answers":["6个"]}',
        '{"id":"a","type":"fact","question":5}',
    ],
)
def test_a_line_of_another_shape_is_named(tmp_path: Path, line: str) -> None:
    file = tmp_path / "c.jsonl"
    file.write_text(line, encoding="utf-8")
    with pytest.raises(BadCases, match="第 1 行"):
        read_cases(file)


@pytest.mark.parametrize(
    ("name", "start", "quote", "cited"),
    [
        ("a.txt", 0, "计划竣工项目6个,含高中2个", True),
        ("a.txt", 40, "计划竣工项目6个,含高中2个", True),
        ("a.txt", 40, "计划开工项目9个,含初中2个", False),
        ("b.txt", 0, "计划竣工项目6个,含高中2个", False),
    ],
)
def test_gold_evidence_is_cited_where_it_stands_or_as_the_same_words_elsewhere(
    name: str, start: int, quote: str, cited: bool
) -> None:
    document = Document("0123456789abcdef", "a.txt", "0" * 64, "要点", "计划竣工项目 6 个,含高中2个", Metadata())
    case = Case("g", "fact", ASKED, (("6个",),), (Gold(document=name, start=0, end=len(document.text)),))
    evidence = Evidence("fedcba9876543210", "要点", (), start, start + len(quote), quote)
    answer = Answer("answered", "6个[1]", (Citation(1, evidence),), (), Timings(1.0, None, 1.0), None)
    assert cites_gold(case, answer, {"a.txt": document}.get) is cited
