"""The words that the model reads: instructions and worked examples first, so that they stay in its cache.

The model quotes before it answers; what it quotes and says is checked by `verify`, never trusted.
"""

import re
from collections.abc import Sequence

from server.answer.evidence import Candidate
from server.llm.template import Message

REFUSAL = "无"
QUOTE, REPLY = "依据：", "回答："
ANSWERS = "["
"""What the reply goes on with when the model finds an answer: the number of a sentence."""
MARK = re.compile(r"\[\d*\]?")
MAX_TOKENS = 160

INSTRUCTIONS = (
    "你是公文问答助手，只依据给出的资料回答。先在“依据”里照抄资料中直接回答问题的原文片段，再在“回答”里用一句完整、简短的话作答。"
    "数字、日期、单位必须与原文完全一致。资料里没有问到的内容，就写“依据：无”。"
)
EXAMPLES = (
    (
        "资料：\n《东湖区2022年民政工作计划》\n[1] 3.完善养老服务：全年新建社区食堂12家,改造提升养老院4所,新增护理床位350张。\n"
        "[2] 3.完善养老服务：培训护理员600人次。\n问题：东湖区2022年新增护理床位多少张",
        "依据：[1]新增护理床位350张\n回答：东湖区2022年新增护理床位350张。",
    ),
    (
        "资料：\n《东湖区2022年民政工作计划》\n[1] 5.加强资金管理：加强福利彩票公益金预算管理,提高使用效益。\n"
        "[2] 3.完善养老服务：改造提升养老院4所。\n问题：东湖区2022年福利彩票销售额是多少",
        "依据：无",
    ),
    (
        "资料：\n《西山市人民政府关于促进旅游发展的意见》\n[1] (二)优化交通：开通景区直通车线路,完善停车设施和旅游标识。\n"
        "[2] (二)优化交通：建设旅游公路3条。(责任单位:市交通局)\n问题：西山市在旅游交通方面有哪些措施",
        "依据：[1]开通景区直通车线路,完善停车设施和旅游标识 [2]建设旅游公路3条\n"
        "回答：开通景区直通车线路，完善停车设施和旅游标识，建设旅游公路3条。",
    ),
)


def static_messages() -> list[Message]:
    """What every prompt begins with."""
    messages = [Message("system", INSTRUCTIONS)]
    for asked, answered in EXAMPLES:
        messages += [Message("user", asked), Message("assistant", answered)]
    return messages


def build(question: str, chosen: Sequence[Candidate]) -> list[Message]:
    """The conversation that asks `question` over the chosen sentences, numbered from 1 in their order."""
    lines, title, above, lead = ["资料："], "", "", None
    for number, candidate in enumerate(chosen, 1):
        if candidate.evidence.title != title:
            title = candidate.evidence.title
            lines.append(f"《{title}》")
            above = ""
        # What leads to several items is read once, and so is the heading above several sentences.
        shown = candidate.item if lead is not None and candidate.lead == lead else candidate.shown
        lead = candidate.lead
        label = _label(candidate)
        lines.append(f"[{number}] {label if label != above else ''}{shown}")
        above = label
    return [*static_messages(), Message("user", "\n".join(lines) + f"\n问题：{question}")]


def _label(candidate: Candidate) -> str:
    """The heading above a sentence, and the year that it speaks of where that is not the document's own."""
    heading = candidate.evidence.headings[-1] if candidate.evidence.headings else ""
    label = f"{heading}：" if heading and heading not in candidate.shown else ""
    year = next(iter(candidate.years)) if len(candidate.years) == 1 else None
    if year is None or year == candidate.own_year or str(year) in label + candidate.shown:
        return label
    return f"（{year}年）{label}"


def forced(messages: Sequence[Message]) -> list[Message]:
    """The reply's first words, written for the model, with the choice of refusing taken away: what shows that the
    evidence answers is decided by more than the model."""
    return [*messages, Message("assistant", QUOTE + ANSWERS)]


YES, NO = "是", "否"
CHECKER = (
    f"你是严格的审核员，判断一段原文里有没有写明问题所问的内容：写明了就答“{YES}”，没有写明或说的是别的事就答“{NO}”。"
)
LONGEST_CHECKED = 360


def checking_messages() -> list[Message]:
    """What every check begins with."""
    return [Message("system", CHECKER)]


def check(question: str, told: str, title: str) -> list[Message]:
    """A conversation of its own that asks whether a text from a document of this title tells what is asked: beside the
    worked examples the model says yes to everything, and so it does where the text is repeated as an answer."""
    asked = f"原文：{told[:LONGEST_CHECKED]}（出自《{title}》）\n问题：{question}\n原文里写明了吗？"
    return [*checking_messages(), Message("user", asked)]


def parse(reply: str) -> tuple[str, str]:
    """The model's quote and its answer, both empty when it refused."""
    quote, _, answer = reply.partition(REPLY)
    quote = quote.partition(QUOTE)[2].strip() if QUOTE in quote else quote.strip()
    quoted = MARK.sub("", quote).strip("。 ")
    if quoted == REFUSAL or not (quoted or answer.strip()):
        return "", ""
    return quote, answer.strip()
