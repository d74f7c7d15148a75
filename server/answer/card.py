"""The facts of a document's card, 文号, 索引号, issuer and dates, read off its metadata and cited where they stand.

Not covered: facts that the text tells otherwise (`evidence` and the model).
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from index.lexical import words
from index.query import Question
from index.store import Store
from ingest.document import Document, Field
from ingest.numbers import document_numbers
from ingest.sections import HEADER_HEADING
from ingest.text import fold
from server.answer.evidence import Candidate
from server.answer.rarity import Rarity
from server.answer.result import Evidence

IN_FORCE_LABEL = "施行日期"
IN_FORCE = re.compile(
    r"自\s*(?:(?:19|20)\d{2}\s*年\s*\d{1,2}\s*月\s*\d{1,2}\s*日|[公发印颁]布之日|印发之日|通过之日)\s*起\s*(?:正式)?(?:施行|实施|执行|生效)"
)
CARD_FIELDS = (
    (IN_FORCE_LABEL, re.compile(r"(?:什么时候|何时|哪一?[天年日]|几月几[日号]|几时|什么时间)(?:起|开始|正式|才)*(?:施行|实施|执行|生效)(?!意见|方案|细则|办法)|(?:施行|实施|生效)(?:的)?(?:日期|时间)|(?:施行|实施|生效)的?是?(?:哪|什么时候|何时)")),
    ("文号", re.compile(r"文号|发文字号|公文字号|什么字号")),
    ("索引号", re.compile(r"索引号")),
    ("发布机构", re.compile(r"(?:发布|发文|印发|制定|制发)(?:机构|机关|单位|部门)|(?:由)?(?:谁|哪个(?:机构|机关|单位|部门|局))(?:发布|印发|制定|发文|发的|印的)")),
    ("日期", re.compile(r"(?:发布|成文|生成|公布|印发|公开|发文|落款)(?:的)?(?:日期|时间|于哪|是哪)|(?:什么时候|何时|哪天|哪一天|几月几日|几号).{0,6}(?:发布|成文|生成|公布|印发|公开|发文|发的|出台)|(?:发布|印发|公布|成文)(?:的)?(?:是)?(?:什么时候|哪天|何时|日期|时间)")),
)  # fmt: skip
CARD_SHARE = 0.5
ASKS_TITLE = re.compile(
    r"关于(?:什么|啥|哪)|(?:标题|题目|全称|名称|名字)|(?:是|叫)(?:个|份|一份|一个)?(?:什么|啥|哪个|哪份)(?:文件|通知|意见|办法|决定|批复|$|[?？])"
)


@dataclass(frozen=True)
class CardFact:
    """A fact of a document's card that a question asks for, ready to be said and cited."""

    label: str
    value: str
    evidence: Evidence
    also: Evidence | None = None
    """Where the number stands by which the question names the document."""

    @property
    def cited(self) -> tuple[Evidence, ...]:
        return (self.evidence,) if self.also is None else (self.evidence, self.also)

    @property
    def said(self) -> str:
        if self.also is not None:
            return f"{self.value}是《{self.evidence.title}》"
        of = "" if self.label == IN_FORCE_LABEL else f"的{self.label}是"
        return f"《{self.evidence.title}》{of}{self.value}"


def card_fact(question: Question, candidates: Sequence[Candidate], store: Store) -> CardFact | None:
    """The 文号, 索引号, issuer or date that the question asks for, of the best fitting document that has it.

    None when the question asks for nothing of the kind, or no document that fits is meant by its words.
    """
    asked = next((name for name, pattern in CARD_FIELDS if pattern.search(question.text)), None)
    if asked is None:
        return _title_of_number(question, candidates, store)
    pattern = dict(CARD_FIELDS)[asked]
    about = [w for w in words(pattern.sub(" ", question.text)) if w in question.subject and w not in GENERIC]
    for document_id in dict.fromkeys(c.evidence.document_id for c in candidates if c.fits_place):
        document = store.document(document_id)
        if question.years and not question.years & {*document.metadata.years, document.metadata.year}:
            continue
        if about and Rarity(store, about).share(fold(document.title)) < CARD_SHARE:
            continue
        fact = _read_card(document, asked, question.text)
        if fact is not None:
            return fact
    return None


GENERIC = frozenset([
    "哪天",
    "哪一天",
    "一天",
    "何时",
    "几号",
    "日期",
    "时间",
    "什么",
    "时候",
    "文件",
    "通知",
    "文",
    "这份",
    "本",
    "份",
    "字号",
    "编号",
])


def _title_of_number(question: Question, candidates: Sequence[Candidate], store: Store) -> CardFact | None:
    """For `国办发〔2019〕3号是关于什么的`: the title of the document with that number, where it stands in its text."""
    if not question.numbers or not ASKS_TITLE.search(question.text):
        return None
    for document_id in dict.fromkeys(c.evidence.document_id for c in candidates if c.fits_name):
        document = store.document(document_id)
        number = document.metadata.number
        title = re.search(r"\s*".join(map(re.escape, "".join(document.title.split()))), document.text)
        if (
            number is None
            or title is None
            or not {n for n, _, _ in document_numbers(number.value)} & {*question.numbers}
        ):
            continue
        stands = Field(title.group(), title.start(), title.end())
        return CardFact("标题", number.value, _line(document, stands), _line(document, number))
    return None


def _read_card(document: Document, asked: str, text: str) -> CardFact | None:
    metadata = document.metadata
    if asked == IN_FORCE_LABEL:
        found = list(IN_FORCE.finditer(document.text))
        if not found:
            return None
        field = Field(found[-1].group(), found[-1].start(), found[-1].end())
        return CardFact(asked, re.sub(r"\s", "", field.value), _line(document, field))
    if asked == "日期":
        for date in sorted(metadata.dates, key=lambda d: d.label[:2] not in text):
            field = Field(document.text[date.start : date.end], date.start, date.end)
            return CardFact(date.label, field.value, _line(document, field))
        return None
    stored = {"文号": metadata.number, "索引号": metadata.index_number, "发布机构": metadata.issuer}[asked]
    return CardFact(asked, stored.value, _line(document, stored)) if stored is not None else None


def _line(document: Document, field: Field) -> Evidence:
    """The whole line around a field, so that its label is quoted too."""
    start = document.text.rfind("\n", 0, field.start) + 1
    end = document.text.find("\n", field.end)
    end = len(document.text) if end < 0 else end
    while start < field.start and document.text[start].isspace():
        start += 1
    while end > field.end and document.text[end - 1].isspace():
        end -= 1
    return Evidence(document.id, document.title, (HEADER_HEADING,), start, end, document.text[start:end])


# -- the article that says it ---------------------------------------------------------------------------------

ASKS_ARTICLE = re.compile(r"第几条|哪一?条|第几款|哪几条")
ARTICLE = re.compile(r"^第[一二三四五六七八九十百零〇两\d]+条(?:之[一二三四五六七八九十]+)?")
ARTICLE_SHARE = 0.5


def article_of(question: Question, chosen: Sequence[Candidate]) -> tuple[str, tuple[Evidence, ...]] | None:
    """For `第几条规定了…`: the article of the best sentence, in words with the sentence itself, and what is cited."""
    if not ASKS_ARTICLE.search(question.text) or chosen[0].direct < ARTICLE_SHARE:
        return None
    best = chosen[0]
    article = next((m.group() for h in reversed(best.evidence.headings) if (m := ARTICLE.match(h))), None)
    if article is None:
        return None
    told = ARTICLE.sub("", best.shown).strip()
    return f"《{best.evidence.title}》{article}：{told}", best.cited
