"""Administrative divisions of China: find them in text, know their parents and abbreviations.

Covered: full names (厦门市海沧区), short names (海沧), one-character abbreviations in their usual phrases (在甬).
Not covered: streets, villages and historic names; ordinary words that are also names (公安, 资源, 和平) count
only with their suffix. Names and codes: GB/T 2260, in places.tsv.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from operator import add
from pathlib import Path

import rjieba

SUFFIX = re.compile(r"(特别行政区|自治区|自治州|自治县|自治旗|林区|特区|地区|矿区|新区|省|市|区|县|旗|盟)$")
PEOPLES = re.compile(
    r"(?:(?:壮|回|藏|满|彝|苗|侗|白|傣|羌|瑶|畲|黎|水|佤|土|怒|各|蒙古|土家|布依|朝鲜|哈尼|景颇|傈僳|仡佬|拉祜|纳西|毛南|仫佬"
    r"|哈萨克|达斡尔|鄂温克|东乡|保安|撒拉|裕固|独龙|普米|布朗|塔吉克|柯尔克孜)族|维吾尔|锡伯|蒙古|哈萨克|柯尔克孜|塔吉克)+$"
)
# Short names that are ordinary words: they need their suffix to be a place.
ORDINARY = frozenset([
    "复兴",
    "大名",
    "运河",
    "小店",
    "大同",
    "平定",
    "长子",
    "交口",
    "回民",
    "新民",
    "振兴",
    "宏伟",
    "灯塔",
    "丰满",
    "平房",
    "双城",
    "富裕",
    "友好",
    "前进",
    "东风",
    "新兴",
    "爱民",
    "工农",
    "鼓楼",
    "响水",
    "海盐",
    "开化",
    "天长",
    "大观",
    "无为",
    "三元",
    "清流",
    "平和",
    "莲花",
    "万年",
    "铜鼓",
    "新干",
    "市中",
    "市南",
    "市北",
    "高密",
    "解放",
    "老城",
    "台前",
    "民权",
    "江岸",
    "公安",
    "芙蓉",
    "天心",
    "石门",
    "桃源",
    "洞口",
    "中方",
    "会同",
    "通道",
    "新化",
    "光明",
    "紫金",
    "资源",
    "港口",
    "兴业",
    "乐业",
    "来宾",
    "大新",
    "天等",
    "海棠",
    "天涯",
    "东方",
    "南岸",
    "朝天",
    "安居",
    "南部",
    "前锋",
    "大竹",
    "名山",
    "石棉",
    "小金",
    "黑水",
    "大方",
    "天柱",
    "富民",
    "麒麟",
    "比如",
    "加查",
    "改则",
    "延长",
    "清水",
    "民乐",
    "高台",
    "合作",
    "安定",
    "城中",
    "城北",
    "城东",
    "城西",
    "城南",
    "城关",
    "城区",
    "郊区",
    "平安",
    "互助",
    "海北",
    "同心",
    "利通",
    "和平",
    "新华",
    "红桥",
    "友谊",
    "向阳",
    "元宝",
    "古塔",
    "白塔",
    "钟楼",
    "明光",
    "大田",
    "惠民",
    "方正",
    "木兰",
    "大安",
    "桥东",
    "桥西",
    "河东",
    "河西",
    "路南",
    "路北",
    "铁东",
    "铁西",
    "道里",
    "道外",
    "山阳",
    "西湖",
    "东湖",
    "南湖",
    "中原",
    "东山",
    "长安",
    "新城",
    "新建",
    "新市",
    "柳林",
    "青山",
    "青年",
    "金牛",
    "金山",
    "金湖",
    "太湖",
    "龙门",
    "大兴",
    "建华",
    "建平",
    "武装",
    "安全",
    "团结",
    "胜利",
    "建设",
    "开放",
    "文明",
    "兴安",
    "永安",
    "永定",
    "太平",
    "兴隆",
    "新安",
    "东区",
    "西区",
    "南区",
    "北区",
    "西部",
    "东部",
    "中部",
    "北部",
    "集中",
    "重点",
    "自治",
    "矿区",
    "三门",
    "天台",
    "长治",
    "双桥",
    "安次",
    "平遥",
    "新源",
    "福利",
    "平原",
    "高原",
    "沙河",
    "临时",
    "海港",
    "港区",
    "新河",
    "西城",
    "东城",
    "南城",
    "北城",
    "中山",
    "黄石",
    "黄山",
    "石林",
    "宝塔",
    "龙港",
    "东平",
    "共和",
    "和政",
    "民和",
    "新和",
    "滨海",
    "河口",
    "上林",
    "兴国",
    "同仁",
    "大通",
    "同德",
    "天桥",
    "江南",
    "康乐",
    "泰山",
    "江山",
    "威信",
    "惠农",
    "三江",
    "福安",
    "大关",
    "沿河",
    "临河",
])
# One character stands for a city or province only as a word of its own in such phrases: 在甬高校, 留沪; 正在深入 is none.
ABBREVIATIONS = {
    "京": "110000", "津": "120000", "冀": "130000", "沪": "310000", "浙": "330000", "杭": "330100", "甬": "330200",
    "皖": "340000", "闽": "350000", "榕": "350100", "厦": "350200", "赣": "360000", "鲁": "370000", "鄂": "420000",
    "汉": "420100", "湘": "430000", "粤": "440000", "穗": "440100", "深": "440300", "桂": "450000", "琼": "460000",
    "渝": "500000", "蓉": "510100", "黔": "520000", "滇": "530000", "陕": "610000", "舟": "330900",
}  # fmt: skip
ABBREVIATED = re.compile(
    f"(?:在|留|来|驻|返|赴)(?P<one>[{''.join(ABBREVIATIONS)}])(?![\u4e00-\u9fff]{{0,1}}[省市县区])"
)
SHORTEST = 2


@dataclass(frozen=True)
class Place:
    """A division by its code: `350205` is 海沧区 in `350200` 厦门市 in `350000` 福建省."""

    code: str
    name: str

    @property
    def ancestors(self) -> tuple[str, ...]:
        """Codes of the divisions that this one is part of, the nearest first."""
        above = (self.code[:4] + "00", self.code[:2] + "0000")
        return tuple(dict.fromkeys(code for code in above if code != self.code))


@dataclass(frozen=True)
class Mention:
    """A place named in a text; an ambiguous name (朝阳区) has several candidates."""

    candidates: tuple[Place, ...]
    start: int
    end: int


def short_name(name: str) -> str:
    """海沧区 -> 海沧, 恩施土家族苗族自治州 -> 恩施; a name that would become one character stays."""
    short = SUFFIX.sub("", name)
    if short != name and "自治" in name:
        bare = PEOPLES.sub("", short)
        short = bare if len(bare) >= SHORTEST else short
    return short if len(short) >= SHORTEST else name


@lru_cache(maxsize=1)
def _gazetteer() -> tuple[dict[str, tuple[Place, ...]], dict[str, tuple[str, ...]], dict[str, Place]]:
    """Places by name, names by their first two characters (the longest first), places by code."""
    names: dict[str, list[Place]] = {}
    codes: dict[str, Place] = {}
    for line in (Path(__file__).parent / "places.tsv").read_text(encoding="utf-8").splitlines():
        if line.startswith("#"):
            continue
        code, name = line.split("\t")
        place = codes[code] = Place(code, name)
        names.setdefault(name, []).append(place)
        short = short_name(name)
        if short != name and short not in ORDINARY:
            names.setdefault(short, []).append(place)
    heads: dict[str, list[str]] = {}
    for name in sorted(names, key=len, reverse=True):
        heads.setdefault(name[:SHORTEST], []).append(name)
    # 海南 is the province before it is a district of 乌海, 西安 the city before the district of 辽源.
    ordered = {name: tuple(sorted(places, key=_level)) for name, places in names.items()}
    return ordered, {h: tuple(n) for h, n in heads.items()}, codes


def _level(place: Place) -> int:
    return 0 if place.code.endswith("0000") else 1 if place.code.endswith("00") else 2


def _named(text: str) -> Iterator[tuple[str, int]]:
    """Names in `text` and where they begin, the longest at each place, none inside another.

    Python's `re` tries 6,000 alternatives one after the other; two characters and a dictionary are 30 times as fast.
    """
    _, heads, _ = _gazetteer()
    end = 0
    for position, head in enumerate(map(add, text, text[1:])):
        if position >= end and head in heads:
            name = next((n for n in heads[head] if text.startswith(n, position)), None)
            if name is not None:
                end = position + len(name)
                yield name, position


def find_places(text: str) -> list[Mention]:
    """Places named in `text`, left to right; a place that its parent precedes (厦门市海沧区) resolves to one."""
    names, _, codes = _gazetteer()
    words = _Words(text)
    mentions = []
    for name, start in _named(text):
        candidates, end = names[name], start + len(name)
        full = any(place.name == name for place in candidates)
        # A full name of two characters also stands inside other words: 教育和县乡, 示范县.
        if (full and len(name) > SHORTEST) or (words.bound(start) and (not full or words.bound(end))):
            mentions.append(Mention(candidates, start, end))
    for match in ABBREVIATED.finditer(text):
        start, end = match.span("one")
        if words.bound(start) and words.bound(end):
            mentions.append(Mention((codes[ABBREVIATIONS[match["one"]]],), start, end))
    mentions.sort(key=lambda m: m.start)
    # 城区, 矿区 and 郊区 are names only behind their city.
    return [m for m in _resolve(mentions) if text[m.start : m.end] not in ORDINARY]


class _Words:
    """Where words begin and end: a name that begins inside a word is none (人民共和国 names no 共和县).

    Only the lines that are asked about are cut into words.
    """

    def __init__(self, text: str) -> None:
        self._text = text
        self._line = (0, 0)
        self._bounds: set[int] = {0}

    def bound(self, position: int) -> bool:
        first, last = self._line
        if not first < position <= last:
            first = self._text.rfind("\n", 0, position) + 1
            last = self._text.find("\n", position)
            last = len(self._text) if last < 0 else last
            self._line = first, last
            self._bounds = {first}
            at = first
            for word in rjieba.cut(self._text[first:last]):
                at += len(word)
                self._bounds.add(at)
        return position in self._bounds


def _resolve(mentions: list[Mention]) -> list[Mention]:
    resolved: list[Mention] = []
    for mention in mentions:
        previous = resolved[-1] if resolved else None
        if previous is not None and previous.end == mention.start:
            parents = {place.code for place in previous.candidates}
            inside = tuple(p for p in mention.candidates if parents & set(p.ancestors))
            if inside:
                resolved[-1] = Mention(inside, previous.start, mention.end)
                continue
        resolved.append(mention)
    return resolved


def same_or_inside(inner: Place, outer: Place) -> bool:
    """Whether `inner` is `outer` or a part of it."""
    return inner.code == outer.code or outer.code in inner.ancestors


def full_name(place: Place) -> str:
    """The name, with the nearest parent's before it where several divisions have the same: 长春市朝阳区."""
    names, _, codes = _gazetteer()
    if sum(p.name == place.name for p in names[place.name]) == 1:
        return place.name
    parent = next((codes[code] for code in place.ancestors if code in codes), None)
    return (parent.name if parent else "") + place.name


def parents(place: Place) -> tuple[str, ...]:
    """Names of the divisions that `place` is part of, the nearest first: 海沧区 -> 厦门市, 福建省."""
    _, _, codes = _gazetteer()
    return tuple(codes[code].name for code in place.ancestors if code in codes)


def place_named(name: str) -> Place | None:
    """The division that `full_name` gives this name."""
    for mention in find_places(name):
        if (mention.start, mention.end) == (0, len(name)):
            return mention.candidates[0]
    return None
