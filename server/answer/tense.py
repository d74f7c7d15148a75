"""Whether a question asks for what was planned or for what was done, and whether a sentence tells the one or the other.

A yearly report of Y tells the results of Y-1 and the targets for Y; the same indicator returns with other values.
"""

import re

ASKS_PLAN = re.compile(
    r"目标|预期|计划|预计|拟|力争|打算|准备|安排|将(?!军)|要(?:求|达到|完成|新增|建|实现|控制|让|组建|打造|多少|几)|规划|任务|提出|部署"
)
# A plan of the year says nothing to these; 新增了多少 is often said of what is to come.
ASKS_FACT = re.compile(r"实际|完成情况|(?:增长|下降|上涨|涨|跌|减少|完成|实现)了(?!吗)")
TELLS_PLAN = re.compile(
    r"目标|预期|力争|计划|拟(?!定)|确保|(?<![主重首纲摘])要(?![求素点])|左右|以内|争取|安排|预计|将"
)
# 全面实现年初确定的主要目标 tells what was done; 确保 and 努力 announce it.
REACHED = re.compile(
    r"(?<!确保)(?<!努力)(?<!力争)(?:完成|实现|达到|超过|好于|高于)了?(?:[^，,。；;要]|主要){0,14}?(?:目标|预期)"
)
ASKS_REACHED = re.compile(
    r"(?:完成|实现|达到|达成|达标|超过|做到|兑现)[^，,。？?]{0,8}?(?:了吗|没有?[?？。]?$)|(?:是否|有没有|有无|是不是)(?:如期|已经?|都|真正)*(?:完成|实现|达到|达成|达标|超过|兑现)"
)

PLANS = re.compile(r"工作报告|计划|规划|要点|安排|方案|意见")


def asks_plan(text: str) -> bool:
    return ASKS_PLAN.search(text) is not None


def asks_fact(text: str) -> bool:
    """Whether only what was really reached answers."""
    return ASKS_FACT.search(text) is not None and not asks_plan(text)


def asks_reached(text: str) -> bool:
    """Whether it is asked if a target was reached: what announces the target says nothing to that."""
    return ASKS_REACHED.search(text) is not None


def tells_plan(shown: str, title: str) -> bool:
    """Whether a sentence of a document's own year announces rather than tells; in a plan or a yearly report all do."""
    return TELLS_PLAN.search(REACHED.sub(" ", shown)) is not None or PLANS.search(title) is not None
