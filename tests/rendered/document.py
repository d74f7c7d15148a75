"""The document itself: a short work plan, invented."""

TITLE = "2023年东湖区教育工作要点"
NUMBER = "东教委〔2023〕12号"
HEADINGS = ("一、加快学校建设", "二、加强教师队伍")
ITEMS = (
    ("1.推进项目落地。", "2023年计划竣工项目7个，新增学位3240个，由区教育局基建科负责。"),
    ("2.完善校舍安全。", "全年完成校舍抗震加固15栋。"),
    ("3.补充教师。", "2023年公开招聘教师186名，其中小学教师120名。"),
)
SECTIONS = ((HEADINGS[0], ITEMS[:2]), (HEADINGS[1], ITEMS[2:]))
SIGNATURE = ("南昌市东湖区教育局", "2023年3月6日")


def lines() -> list[str]:
    """Its paragraphs in order."""
    body = [line for heading, items in SECTIONS for line in (heading, *("".join(item) for item in items))]
    return [TITLE, NUMBER, *body, *SIGNATURE]
