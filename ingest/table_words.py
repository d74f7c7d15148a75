"""What the cells of Chinese office tables are: names of columns, periods, figures, notes.

Not covered: what a row or a table is (`ingest.tables`' work).
"""

import re

LONGEST_LABEL = 40
DIGITS = "一二三四五六七八九十"
FIGURE = re.compile(r"[\d\s.,，:：/%％‰+\-—–~～年月日时分秒号()（）¥￥$×]*")
VALUE = re.compile(r"[¥￥$+\-—–−<>≥≤约近]?\s*[\d０-９]+(?:[,，]\d{3})*(?:[.．]\d+)?(?:\D{0,4}(?<![数數额額率量值]))")
PLACEHOLDER = re.compile(
    r"无|暂无|待定|不详|未知|未统计|同上|[/\\]|[-—–]+|…+|null|none|nan|n/?a|是|否|有|√|×|已?完成|未完成|合格|不合格",
    re.IGNORECASE,
)
# Column names that begin with a figure or are no nouns: years, months, quarters, days of the week, totals.
PERIOD = re.compile(
    rf"(?:19|20)\d\d(?:\s*[-—–~～至]\s*(?:19|20)?\d\d)?\s*(?:年度?|学年|级|届)?|(?:19|20)\d\d年.{{1,12}}|(?:\d\d?|[{DIGITS}]{{1,2}})\s*月份?"
    rf"|\d\d?\s*[-—–~～至]\s*\d\d?月份?|第?[{DIGITS}1-4]季度?|第[{DIGITS}\d]+(?:学期|节|周|批|年|期|阶段|轮)"
    rf"|[上下](?:半年|午|学期|旬)|中旬|(?:星期|周)[一二三四五六日天]"
    r"|(?:19|20)\d\d[-./]\d\d?(?:[-./]\d\d?)?|合计|总计|小计|全年|累计|同比.*|环比.*|增[长减幅].*|比上年.*|较.*"
)
# Words that end a column's name; the second list only names a column by itself (`第一学校` is a value).
ENDINGS = [
    "名称", "姓名", "单位", "部门", "机构", "机关", "项目", "指标", "类别", "类型", "分类", "种类", "内容", "事项", "任务", "措施", "目标", "标准", "要求", "说明", "备注",
    "序号", "编号", "编码", "号码", "代码", "年份", "年度", "月份", "时间", "日期", "期限", "时限", "工期", "地点", "地址", "住址", "地区", "区域", "数量", "总量", "用量",
    "产量", "人数", "金额", "价格", "单价", "总价", "合计", "小计", "总计", "比例", "占比", "比重", "职务", "职称", "职位", "岗位", "电话", "手机", "邮箱", "邮编", "学历",
    "学位数", "性别", "年龄", "民族", "籍贯", "政治面貌", "负责人", "联系人", "责任人", "经办人", "代表人", "依据", "结果", "状态", "来源", "标题", "文号", "专业", "科目", "节次",
    "规格", "型号", "权重", "分值", "得分", "分数", "评分", "排名", "名次", "等级", "级别", "性质", "用途", "方式", "办法", "程序", "流程", "步骤", "阶段", "进度", "情况",
    "问题", "答案", "建议", "意见", "投资", "资金", "收入", "支出", "预算", "决算", "面积", "长度", "高度", "重量", "规模", "产能", "增速", "增幅", "条件", "范围", "对象",
    "主体", "形式", "权限", "职责", "作者", "摘要", "关键词", "网址", "链接", "附件", "概况", "简介", "效益", "成效", "成果", "领域", "方向", "出生年月", "证号", "院校", "资质",
    "签名", "签字", "盖章", "理由", "原因", "行次", "级次", "栏次",
]  # fmt: skip
ALONE = [
    "名", "号", "数", "率", "类", "值", "村", "学校", "班级", "年级", "课程", "国家", "省份", "城市", "区县", "乡镇", "街道", "社区", "产品", "商品", "品名", "品牌", "材料",
    "设备", "企业", "公司", "法人", "基数", "资产", "负债", "行业", "身份证", "指标名", "县区", "市县", "区（县）", "县（市、区）", "数值", "单", "量", "省", "市", "县", "区",
    "户数", "届次", "事由", "摘要", "出处", "附注", "教师", "学生", "首都",
]  # fmt: skip
EXACT = frozenset(ENDINGS + ALONE)
# Names of a first column, under which other labels stand as values.
GENERIC = frozenset([
    "项目", "指标", "名称", "指标名称", "项目名称", "类别", "科目", "科目名称", "年度", "年份", "内容", "事项", "地区", "单位", "时间", "月份", "序号",
])  # fmt: skip
LABEL = re.compile(
    rf"(?:.*(?:{'|'.join(ENDINGS)})|.{{0,12}}[人事件户家所间面基算行]数|{'|'.join(map(re.escape, ALONE))}|[^\d]{{1,5}}[率号数额量])"
    r"(?:[/、(（\[【].*)?"
)
TOTAL = re.compile(r"(?:合|总|小|共)\s*计|汇总|平均|总额|总数")
NOTE = re.compile(
    rf"(?:注|备\s*注|说\s*明|附注|数据来源|资料来源|制表人?|填表人?|审核人?|其中|第[{DIGITS}]+[章节部类])\s*[:：]?.*"
    rf"|(?:[{DIGITS}]+、|[（(][{DIGITS}]+[）)]).*"
)
SPACED = re.compile(r"(?<=[\u3400-\u9fff])[ \u3000]+(?=[\u3400-\u9fff])")
ONE_BY_ONE = re.compile(r"[\u3400-\u9fff](?:[ \u3000]+[\u3400-\u9fff])+")


def is_figure(cell: str) -> bool:
    return bool(FIGURE.fullmatch(cell) or VALUE.fullmatch(cell))


def is_label(cell: str) -> bool:
    """Whether a cell reads like the name of a column or of a form's field: `责任单位`, `金　额（万元）：`."""
    if len(cell) > LONGEST_LABEL or VALUE.fullmatch(cell):
        return False
    return bool(LABEL.fullmatch(SPACED.sub("", cell).rstrip("：:")))
