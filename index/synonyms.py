"""Everyday words and abbreviations beside the words that official documents write: GDP is 国内生产总值.

A small table of general language; some groups were prompted by the tuned half of the project's own questions, and the
looser ones (便宜, 裁, 名额) work both ways. Not covered: everything else that is meant alike (the embedding finds it).
"""

from functools import lru_cache

GROUPS = (
    ("gdp", "国内生产总值", "地区生产总值"),
    ("cpi", "居民消费价格", "物价"),
    ("个税", "个人所得税"),
    ("社保", "社会保险"),
    ("医保", "医疗保险", "医疗保障"),
    ("失业金", "失业保险金"),
    ("养老金", "基本养老金", "养老保险待遇"),
    ("公积金", "住房公积金"),
    ("低保", "最低生活保障"),
    ("高铁", "高速铁路"),
    ("地铁", "轨道交通"),
    ("国企", "国有企业"),
    ("央企", "中央企业"),
    ("民企", "民营企业"),
    ("高校", "高等学校", "高等院校", "普通高校"),
    ("大学生", "高校毕业生"),
    ("职校", "职业院校", "职业学校"),
    ("老师", "教师", "教职工"),
    ("孩子", "儿童", "子女", "未成年人", "娃", "小孩"),
    ("爸妈", "父母", "爹妈", "家长", "监护人"),
    ("老人", "老年人"),
    ("老板", "用人单位", "雇主"),
    ("员工", "职工", "劳动者", "打工人"),
    ("工资", "劳动报酬", "薪酬", "薪水"),
    ("大夫", "医生", "医师"),
    ("医院", "医疗机构"),
    ("养老院", "养老机构"),
    ("饭店", "饭馆", "餐馆", "餐饮"),
    ("抽烟", "吸烟", "控烟"),
    ("养狗", "养犬", "犬只"),
    ("农民工", "务工人员", "农业转移人口"),
    ("棚改", "棚户区改造", "棚户区"),
    ("专项债", "专项债券"),
    ("研发", "研究开发"),
    ("环保", "环境保护", "生态环境"),
    ("网约车", "网络预约出租汽车"),
    ("电动车", "电动自行车"),
    ("暖气", "供热", "供暖", "采暖"),
    ("自来水", "供水"),
    ("罚", "罚款", "处罚"),
    ("停车费", "停车费用"),
    ("空调", "冷气机", "冷气"),
    ("电话", "热线", "联系方式"),
    ("裁员", "裁减人员", "裁"),
    ("辞退", "解除劳动合同", "开除"),
    ("生下来", "出生"),
    ("丢了工作", "失业"),
    ("便宜", "保障性", "普惠"),
    ("补课", "校外培训", "学科类培训"),
    ("名额", "指标", "招生计划"),
    ("开工", "动工"),
    ("完工", "竣工", "建成"),
    ("搬迁", "迁址"),
    ("涨价", "上涨", "涨幅"),
    ("旧房", "危房", "老屋"),
    ("手机", "移动电话"),
    ("上网", "互联网", "网络"),
)


@lru_cache(maxsize=1)
def _table() -> dict[str, tuple[str, ...]]:
    return {word: tuple(other for other in group if other != word) for group in GROUPS for word in group}


def synonyms(word: str) -> tuple[str, ...]:
    """What a folded word may stand for in a document."""
    return _table().get(word, ())
