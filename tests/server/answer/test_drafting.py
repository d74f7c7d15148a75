"""The model's part: the gist in its own words as far as it is proved, and its word as a witness."""

import pytest

from index.query import understand
from server.answer.drafting import Drafter, proved
from server.answer.quoting import Quotation
from server.answer.verify import Proved
from server.llm.cancel import Cancel
from tests.server.answer.candidates import candidate
from tests.stubs import REFUSES, SURE, ScriptedModel

QUESTION = understand("概括海沧2023年的竣工项目")
FINISHED = candidate("2023年计划竣工项目6个、续建项目5个,可新增学位8280个;")
OTHER = candidate("加强教师队伍建设", start=100)
RIGHT = "依据：[1]计划竣工项目6个\n回答：海沧2023年计划竣工6个项目。"


def test_what_is_proved_is_kept_with_what_proves_it() -> None:
    model = ScriptedModel(RIGHT)
    assert Drafter(model).draft(QUESTION, [FINISHED, OTHER]) == (Proved("海沧2023年计划竣工6个项目。", (FINISHED,)),)
    assert len(model.asked) == 1


def test_of_a_reply_only_the_proved_sentences_are_kept() -> None:
    assert [s.text for s in proved(RIGHT + "总投资35亿元。", QUESTION, [FINISHED])] == ["海沧2023年计划竣工6个项目。"]


@pytest.mark.parametrize("reply", [RIGHT.replace("6个项目", "16个项目"), REFUSES, ""])
def test_a_reply_that_nothing_proves_is_no_draft(reply: str) -> None:
    assert proved(reply, QUESTION, [FINISHED]) == ()


def test_a_quote_without_an_answer_is_proved_itself() -> None:
    assert [s.text for s in proved("依据：[1]计划竣工项目6个", QUESTION, [FINISHED])] == ["计划竣工项目6个"]


def test_the_first_word_is_told_when_the_model_writes() -> None:
    told: list[int] = []
    Drafter(ScriptedModel(RIGHT)).draft(QUESTION, [FINISHED], lambda: told.append(1))
    assert told


def test_what_a_cancelled_model_had_written_is_not_taken() -> None:
    cancel = Cancel()
    cancel.set()
    assert Drafter(ScriptedModel(RIGHT)).draft(QUESTION, [FINISHED], cancelled=cancel) == ()


def test_the_model_is_a_witness_without_writing() -> None:
    model = ScriptedModel(RIGHT)
    quotation = Quotation((Proved(FINISHED.shown, (FINISHED,)),), 0.5)
    assert Drafter(model).odds(QUESTION, quotation.doubt) == SURE
    assert Drafter(ScriptedModel(REFUSES)).odds(QUESTION, quotation.doubt) == -SURE
    assert model.asked == []
