"""The model proposes, code proves; after a draft that fails, what it points at, one more try, or the evidence's own words."""

import pytest

from index.query import understand
from server.answer.drafting import HOPELESS, LONGEST_QUOTE, WORTH_ANOTHER, Drafter, answers, attempt, quotation
from server.answer.each import each_quotation
from server.answer.verify import Proved
from server.llm.cancel import Cancel
from tests.server.answer.candidates import candidate
from tests.stubs import REFUSES, SURE, ScriptedModel

QUESTION = understand("海沧2023年计划竣工几个项目")
FINISHED = candidate("2023年计划竣工项目6个、续建项目5个,可新增学位8280个;")
CRISP = candidate("2023年计划竣工项目6个,推进教育优质均衡;", start=300)
OTHER = candidate("加强教师队伍建设", start=100)
RIGHT = "依据：[1]计划竣工项目6个,含高中2个、小学1个、幼儿园3个\n回答：海沧2023年计划竣工6个项目。"
WRONG = "依据：[1]计划竣工项目6个,含高中2个、小学1个、幼儿园3个\n回答：海沧2023年计划竣工16个项目。"


class Hopeless(ScriptedModel):
    """Sure that nothing answers."""

    def log_odds(self, *args: object, **named: object) -> float:
        return HOPELESS - 1


class Doubtful(ScriptedModel):
    """Rather sure that nothing answers."""

    def log_odds(self, *args: object, **named: object) -> float:
        return WORTH_ANOTHER - 1


def test_a_draft_that_is_proved_is_kept() -> None:
    model = ScriptedModel(RIGHT)
    draft = Drafter(model).draft(QUESTION, [FINISHED])
    assert draft.sentences == (Proved("海沧2023年计划竣工6个项目。", (FINISHED,)),)
    assert (draft.log_odds, draft.quoted) == (SURE, False)
    assert len(model.asked) == 1


ELSEWHERE = "依据：[2]加强教师队伍建设\n回答：海沧2023年计划竣工16个项目。"


def test_a_draft_that_fails_is_tried_once_more_with_what_it_lacks() -> None:
    model = ScriptedModel(ELSEWHERE, RIGHT)
    draft = Drafter(model).draft(QUESTION, [FINISHED])
    assert [s.text for s in draft.sentences] == ["海沧2023年计划竣工6个项目。"]
    assert not draft.quoted
    assert "16个" in model.prompts[1]
    assert model.asked[1][: len(model.asked[0]) - 1] == model.asked[0][:-1]


def test_after_two_drafts_that_fail_the_evidence_is_quoted() -> None:
    model = ScriptedModel(ELSEWHERE, ELSEWHERE, RIGHT)
    draft = Drafter(model).draft(QUESTION, [FINISHED, OTHER])
    assert len(model.asked) == 2
    assert draft.quoted
    assert draft.sentences[0].text in FINISHED.shown
    assert "6个" in draft.sentences[0].text


def test_a_draft_that_says_wrongly_what_it_quotes_is_not_asked_for_again() -> None:
    model = ScriptedModel("依据：[1]竣工项目6个、续建项目5个\n回答：海沧2023年计划竣工16个项目。", RIGHT)
    draft = Drafter(model).draft(QUESTION, [FINISHED, OTHER])
    assert len(model.asked) == 1
    assert (draft.quoted, draft.sentences[0].sources) == (True, (FINISHED,))


def test_a_draft_that_is_hardly_believed_is_not_asked_for_again() -> None:
    model = Doubtful(ELSEWHERE, RIGHT)
    draft = Drafter(model).draft(QUESTION, [FINISHED, OTHER])
    assert len(model.asked) == 1
    assert "6个" in draft.sentences[0].text


def test_the_model_need_not_write_out_a_sentence_that_tells_just_what_is_asked() -> None:
    draft = Drafter(ScriptedModel("依据：[2]")).draft(QUESTION, [OTHER, CRISP])
    assert draft.sentences == (Proved("2023年计划竣工项目6个", (CRISP,)),)
    assert not draft.quoted


def test_of_several_years_the_model_says_which_is_asked() -> None:
    both = candidate("2022年竣工项目5个,2023年6个。")
    draft = Drafter(ScriptedModel("依据：[1]2023年6个\n回答：2023年竣工项目6个。")).draft(
        understand("2023年竣工项目几个"), [both]
    )
    assert [s.text for s in draft.sentences] == ["2023年竣工项目6个。"]


def test_a_list_is_quoted_to_its_end_and_not_said_again() -> None:
    things = ["完善养老服务设施,新增护理床位。", "开展养老护理员培训。", "发放高龄老人津贴。"]
    chosen = [candidate(text, start=100 * i) for i, text in enumerate(things)]
    quote = "依据：" + "\n".join(f"[{i}]{text}" for i, text in enumerate(things, 1))
    model = ScriptedModel(f"{quote}\n回答：完善养老服务设施，以及其他。")
    draft = Drafter(model).draft(understand("养老服务有哪些措施"), chosen)
    said = "".join(s.text for s in draft.sentences)
    assert all(word in said for word in ("护理床位", "护理员培训", "高龄老人津贴"))
    assert "以及其他" not in said


def test_yes_or_no_is_not_told_by_a_heading_or_a_long_sentence_as_a_whole() -> None:
    question = understand("企业可以申请补助吗")
    heading = candidate("三、补助")
    long = candidate("可以申请补助的单位，" + "应当具备规定的条件，" * 20 + "由主管部门审核。")
    draft = Drafter(ScriptedModel("依据：[2]可以申请补助的单位\n回答：可以。")).draft(question, [heading, long])
    assert all(len(s.text) <= LONGEST_QUOTE for s in draft.sentences)
    assert draft.sentences


def test_a_quote_that_goes_on_and_on_is_cut_short() -> None:
    endless = "依据：[1]" + "推进教育优质均衡发展，" * 60
    draft = Drafter(ScriptedModel(endless, endless)).draft(QUESTION, [OTHER])
    assert draft.sentences == ()


def test_nothing_is_drafted_when_no_evidence_holds_the_figure() -> None:
    draft = Drafter(ScriptedModel(WRONG, WRONG)).draft(QUESTION, [OTHER])
    assert draft.sentences == ()


def test_a_model_that_is_sure_that_nothing_answers_need_not_write() -> None:
    model = Hopeless(RIGHT)
    draft = Drafter(model).draft(QUESTION, [FINISHED])
    assert (draft.sentences, draft.log_odds, model.asked) == ((), HOPELESS - 1, [])


def test_a_refusal_is_told_as_odds_and_does_not_end_the_draft() -> None:
    draft = Drafter(ScriptedModel(REFUSES)).draft(QUESTION, [FINISHED])
    assert draft.log_odds == -SURE
    assert "6个" in draft.sentences[0].text


def test_the_first_word_is_told_when_the_model_writes_and_not_before() -> None:
    told: list[int] = []
    Drafter(Hopeless(RIGHT)).draft(QUESTION, [FINISHED], lambda: told.append(1))
    assert told == []
    Drafter(ScriptedModel(RIGHT)).draft(QUESTION, [FINISHED], lambda: told.append(1))
    assert told


def test_what_a_cancelled_model_had_written_is_not_taken() -> None:
    cancel = Cancel()
    cancel.set()
    draft = Drafter(ScriptedModel(WRONG, WRONG)).draft(QUESTION, [FINISHED], cancelled=cancel)
    assert all("16" not in sentence.text for sentence in draft.sentences)


def test_of_a_reply_only_the_proved_sentences_are_kept() -> None:
    proved, lacks = attempt(RIGHT + "总投资35亿元。", QUESTION, [FINISHED])
    assert [s.text for s in proved] == ["海沧2023年计划竣工6个项目。"]
    assert lacks == ""


@pytest.mark.parametrize(
    ("reply", "lacks"),
    [
        (WRONG, "依据里没有“16个”"),
        ("依据：[1]推进\n回答：海沧2023年计划竣工项目。", "没有回答所问的内容"),
        (REFUSES, "没有回答所问的内容"),
        ("", "没有回答所问的内容"),
    ],
)
def test_a_reply_without_an_answer_says_what_it_lacks(reply: str, lacks: str) -> None:
    assert attempt(reply, QUESTION, [FINISHED]) == ((), lacks)


def test_a_figure_in_the_quote_answers_for_an_answer_that_repeats_the_question() -> None:
    reply = "依据：[1]计划竣工项目6个\n回答：海沧2023年计划竣工项目。"
    proved, _ = attempt(reply, QUESTION, [FINISHED])
    assert [s.text for s in proved] == ["计划竣工项目6个"]


def test_a_question_for_yes_or_no_is_answered_with_the_whole_sentence_of_the_evidence() -> None:
    question = understand("扣除方式一年内能不能变更")
    held = candidate("具体扣除方式在一个纳税年度内不能变更。")
    proved, _ = attempt("依据：[1]在一个纳税年度内不能变更\n回答：可以变更。", question, [held])
    assert proved == (Proved("具体扣除方式在一个纳税年度内不能变更。", (held,)),)
    assert attempt("依据：[1]可以随时变更\n回答：可以变更。", question, [held]) == ((), "没有照抄原文")


def test_an_answer_holds_what_is_asked() -> None:
    assert answers([Proved("计划竣工项目6个", (FINISHED,))], QUESTION)
    assert not answers([Proved("计划竣工项目", (FINISHED,))], QUESTION)
    assert not answers([], QUESTION)


def test_a_quotation_is_short_and_of_the_best_sentences() -> None:
    long = candidate("计划竣工项目" + "优质均衡" * LONGEST_QUOTE + "6个")
    assert quotation(QUESTION, [long]) == ()
    assert quotation(QUESTION, [OTHER, OTHER, OTHER, FINISHED]) == ()
    (quoted,) = quotation(QUESTION, [OTHER, FINISHED])
    assert quoted.sources == (FINISHED,)


EACH = understand("工业用水和商业用水的价格分别是多少元")
LEAD = "水价按照下列标准执行："
INDUSTRY = candidate("（一）工业用水每吨3元；", start=20, lead=LEAD)
TRADE = candidate("（二）商业用水每吨5元。", start=40, lead=LEAD)


def test_the_items_of_a_list_are_quoted_where_each_of_several_things_has_a_figure() -> None:
    model = ScriptedModel("依据：[1]每吨5元\n回答：工业用水5元，商业用水3元。")
    draft = Drafter(model).draft(EACH, [INDUSTRY, TRADE, OTHER])
    assert draft.quoted and model.asked == []
    assert [s.text for s in draft.sentences] == [INDUSTRY.item.rstrip("；"), TRADE.item]


def test_one_figure_of_two_is_no_answer_and_the_sentence_with_both_is_quoted() -> None:
    both = candidate("城区工业用水每吨3元，商业用水每吨5元。")
    model = ScriptedModel(*["依据：[1]每吨3元\n回答：工业用水每吨3元。"] * 2)
    draft = Drafter(model).draft(EACH, [both, OTHER])
    assert draft.quoted
    assert [s.text for s in draft.sentences] == ["城区工业用水每吨3元", "商业用水每吨5元。"]


def test_nothing_is_quoted_for_several_things_where_a_figure_is_missing() -> None:
    assert each_quotation(EACH, [INDUSTRY, OTHER]) == ()
    assert each_quotation(QUESTION, [FINISHED]) == ()


def test_the_sentence_that_decides_is_quoted_instead_of_one_beside_it() -> None:
    question = understand("网吧可以接待未成年人吗")
    decides = candidate("网吧不得接待未成年人。", score=0.9, decides=0.8)
    beside = candidate("接待未成年人的网吧，由文化部门处理。", start=50, score=1.0)
    far = candidate("网吧可以经营。", start=90, score=0.2, decides=0.9)
    reply = "依据：[1]接待未成年人的网吧，由文化部门处理\n回答：可以。"
    assert [p.text for p in attempt(reply, question, [beside, decides, far])[0]] == [decides.shown]
    assert [p.text for p in attempt(reply, question, [beside, far])[0]] == [beside.shown]


def test_what_the_model_pointed_at_is_quoted_before_what_merely_stands_first() -> None:
    first = candidate("续建项目5个。", start=60)
    model = ScriptedModel(*["依据：[2]竣工项目6个、续建项目5个\n回答：海沧2023年计划竣工16个项目。"] * 2)
    draft = Drafter(model).draft(QUESTION, [first, FINISHED])
    assert draft.quoted
    assert draft.sentences[0].sources == (FINISHED,)


@pytest.mark.parametrize(
    ("quote", "tells"),
    [
        ("计划竣工项目6个", True),
        ("教育项目17个", False),
        ("计划竣工项目6个,含高中2个", False),
        ("计划竣工项目16个", False),
    ],
)
def test_no_more_is_written_when_the_quote_tells_the_one_figure_of_all_that_is_asked_about(
    quote: str, tells: bool
) -> None:
    held = candidate("2023年计划推进教育项目17个:计划竣工项目6个,含高中2个")
    reply = f"依据：[1]{quote}\n回答：海沧2023年计划竣工6个项目。"
    model = ScriptedModel(reply, reply)
    sentences = Drafter(model).draft(QUESTION, [held]).sentences
    assert (sentences[0].text == quote) is tells
