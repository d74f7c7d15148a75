"""Which sentences decide a question that is answered by yes or no.

A sentence decides when the clause that speaks of what is asked allows, forbids, demands, includes or denies: 不得拒收
支票 decides 能拒收支票吗, a list of what is punished does not. Not covered: whether a question is of this kind
(`asking`), and yes or no itself, which is the evidence's to say.
"""

import re

from ingest.text import fold
from server.answer.asking import CLAUSE, asks_whether
from server.answer.rarity import Rarity

ASKS_LEAVE = re.compile(
    r"(?<![功性节职智产动才])能(?![源力量耗效级])|可以|可否|可不可|允许|[准许]|行不行|要不要|[必应]|需|用不用|该不该|得不得|还要"
)
"""Of what may or must be done; anything else is of what is so."""
LEAVE = re.compile(
    r"不得|不能|不可(?!或缺|避免|抗)|不[准许予受再必]|不允许|不需|不超过|不适用|不承担|不享受|不属于|不[列计纳]入|不包[括含]|不[缴征收办]"
    r"|禁止|严禁|可以|允许|准许|准予|有权|无权|方可|应(?!急|用|届|聘|税|纳税|收|付)|必须|[^必]须|无需|免[收征予缴除费交]"
)
STATE = re.compile(
    r"未|没有|尚无|不变|持平|完成|实现|达到|达标|超过|提高|上升|上涨|增[加长]|扩大|下降|下调|降低|减少|缩小|属于|[列计纳]入|包[括含]|视为|免费"
)
GOVERNS = re.compile(r"(?:下列|以下|如下)[^，,；;：:。]*[：:]$")
"""What leads to a list and says of all its items what it says."""
ASKS_REACHED = re.compile(
    r"(?:完成|实现|达到|达成|达标|超过|做到|兑现)[^，,。？?]{0,8}?(?:了吗|没有?[?？。]?$)|(?:是否|有没有|有无|是不是)(?:如期|已经?|都|真正)*(?:完成|实现|达到|达成|达标|超过|兑现)"
)


def asks_reached(question: str) -> bool:
    """Whether it is asked if a target was reached: what announces the target says nothing to that."""
    return ASKS_REACHED.search(question) is not None


def decides(question: str, lead: str, item: str, rarity: Rarity) -> float:
    """Share of the question's subject in the clause of a sentence that decides it, 0 to 1; `lead` leads to `item`.

    `不得对现金结算给予优惠；不得拒收支票` decides 能拒收支票吗 by its second clause.
    """
    if not asks_whether(question):
        return 0.0
    leave = ASKS_LEAVE.search(question) is not None
    governed = GOVERNS.search(lead)
    if governed and _says(governed_clause(lead), leave):
        return rarity.share(fold(governed_clause(lead) + item))
    clauses = [match.group() for match in CLAUSE.finditer(item)]
    return max((rarity.share(fold(clause)) for clause in clauses if _says(clause, leave)), default=0.0)


def governed_clause(lead: str) -> str:
    """The last clause of what leads to a list."""
    return [match.group() for match in CLAUSE.finditer(lead)][-1]


def _says(clause: str, leave: bool) -> bool:
    return LEAVE.search(clause) is not None or (not leave and STATE.search(clause) is not None)
