"""Claims made at no cost: a sentence of a passage, and the same sentence with one thing in it turned.

What is turned is a figure or a body for another one of the same passage, a year, or a word of a closed list (modality,
bound, direction), in both directions, so that the claim alone does not tell which it is.
"""

import random
import re
from collections.abc import Iterator, Sequence

from evals.reader.corpus import corpus
from evals.reader.examples import Claims, Sample
from server.reader.passage import Passage

SHORTEST, LONGEST = 12, 80
PAIRS = 2
"""At most, of one passage."""
MARK = re.compile(r"^(?:第[一二三四五六七八九十百]+[条章节]\s*|[（(]?[一二三四五六七八九十\d]{1,3}[）)、.．]\s*)+")
FIGURE = re.compile(r"(?<![\d.])\d+(?:,\d{3})*(?:\.\d+)?(?![\d.年月日])")
YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?=年)")
BODY = re.compile(
    r"(?<=[，。；、由经向报])[\u4e00-\u9fff]{1,6}(?:局|厅|委员会|办公室|中心|政府|法院|检察院|学校|公司|医院|部门|机构|机关|协会|处)"
)
TURNED = (
    ("应当", "可以"), ("不得", "可以"), ("必须", "不必"), ("有权", "无权"), ("以上", "以下"), ("以内", "以外"),
    ("之前", "之后"), ("不超过", "不少于"), ("不低于", "不高于"), ("不得低于", "不得高于"), ("增长", "下降"), ("增加", "减少"),
    ("完成", "未完成"), ("上升", "下降"), ("高于", "低于"), ("包括", "不包括"), ("适用", "不适用"), ("同意", "不同意"),
    ("计划", "已经"), ("至少", "至多"), ("提前", "推迟"), ("全部", "部分"), ("或者", "并且"), ("免费", "收费"),
)  # fmt: skip


def corrupted(documents: Sequence[str], count: int, chance: random.Random) -> Iterator[Claims]:
    """Claims by `count` passages of the documents, drawn at random."""
    passages = [passage for document in documents for passage in corpus()[document].passages]
    chance.shuffle(passages)
    made = 0
    for passage in passages:
        if made == count:
            return
        told = [claim for pair in _pairs(passage, chance) for claim in pair]
        if told:
            made += 1
            yield Claims(Sample(passage.context, passage.text), tuple(told))


def _pairs(passage: Passage, chance: random.Random) -> Iterator[tuple[tuple[str, bool], tuple[str, bool]]]:
    pieces = list(passage.pieces)
    chance.shuffle(pieces)
    made = 0
    for piece in pieces:
        sentence = MARK.sub("", passage.text[piece.start : piece.end]).strip()
        if not SHORTEST <= len(sentence) <= LONGEST or made == PAIRS:
            continue
        ways = [way(sentence, passage.text, chance) for way in (_figure, _body, _year, _word, _word)]
        turned = [one for one in ways if one is not None and one not in passage.text]
        if turned:
            made += 1
            wrong = chance.choice(turned)
            if chance.random() < 0.5:  # shorter, so that being verbatim to the end tells nothing
                sentence, wrong = (one.rstrip("。；;") for one in (sentence, wrong))
            yield (sentence, True), (wrong, False)


def _swapped(pattern: re.Pattern[str], sentence: str, others: Sequence[str], chance: random.Random) -> str | None:
    """The sentence with one of what `pattern` finds in it replaced by one of `others`."""
    found = list(pattern.finditer(sentence))
    if not found:
        return None
    one = chance.choice(found)
    different = [other for other in others if other not in sentence]
    return sentence[: one.start()] + chance.choice(different) + sentence[one.end() :] if different else None


def _figure(sentence: str, text: str, chance: random.Random) -> str | None:
    others = FIGURE.findall(text)
    own = FIGURE.findall(sentence)
    if own and chance.random() < 0.3:
        digits = own[0].replace(",", "")
        others = [str(int(digits) + chance.choice((1, 2, 10)))] if digits.isdigit() else others
    return _swapped(FIGURE, sentence, others, chance)


def _body(sentence: str, text: str, chance: random.Random) -> str | None:
    return _swapped(BODY, sentence, BODY.findall(text), chance)


def _year(sentence: str, text: str, chance: random.Random) -> str | None:
    years = YEAR.findall(sentence)
    return _swapped(YEAR, sentence, [str(int(year) + step) for year in years[:1] for step in (-1, 1)], chance)


def _word(sentence: str, text: str, chance: random.Random) -> str | None:
    held = [(a, b) for pair in TURNED for a, b in (pair, pair[::-1]) if a in sentence and b not in sentence]
    if not held:
        return None
    word, other = chance.choice(held)
    return sentence.replace(word, other, 1)
