"""Questions for a list or a summary, answered by the document's own structure and in its own words.

Covered: items behind a lead-in, the parts of a section that the question names by its heading or number, sentences
behind a topic sentence. Definitions are in `definition`, what a document offers in `heads`. Not covered: what no structure answers clearly (the
model does), wording, proof.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from index.lexical import words
from index.query import Question
from index.store import Store
from ingest.markers import HAN_NUMBER, number
from ingest.text import fold, simplified
from server.answer.definition import asks_definition, definition
from server.answer.evidence import ASKS_RESPONSIBLE, Candidate, Rarity
from server.answer.heads import LEAD, Head, bare, find_heads, numbered, numbers, quoted
from server.answer.outline import Outline
from server.answer.result import Evidence

LIST = re.compile(
    r"哪些|哪几(?![年天月日号])|哪[一二两三四五六七八九十]{1,2}(?:大|个|项|条|件|类|种|方面|点|步|档|级|款|块)|哪(?:几)?[类种]"
    r"|有(?:什么|啥|何)(?!时候|用|不同|区别|差别|变化|关系)|几(?:个方面|方面|条措施|档|大类)|分(?:成|为)?(?:几|哪)[个类档种级步]"
    r"|(?:条件|情形|情况|措施|举措|任务|原则|要求|内容|职责|义务|权利|程序|步骤|材料|要点|做法|安排|办法|重点)(?:都|分别)?(?:是|有|包括)?(?:什么|啥|哪)"
    r"|包括(?:什么|啥|哪)|(?:做|干|抓|搞|要)(?:些)?(?:什么|啥)|(?:什么|啥)(?:条件|措施|要求|办法|安排|规定|优惠|做法|材料|情形)"
    r"|(?:怎么|怎样|如何)(?!定义|理解|办(?:理)?$|称呼|叫|写|查|处罚|罚|处理|处分|算|计算|收费|收取|来的)|列(?:举|出|一下)"
)
SUMMARY = re.compile(
    r"概括|归纳|总结|概述|简述|梳理|摘要|主要内容|几句话|一句话|大意|(?<!工作)要点|主要(?:讲|说|写|规定|做|有|包括)|重点(?:讲|说|内容)"
    r"|(?:讲|说|写|规定|提|谈)(?:了|到|的是|的)?(?:些|了些)?(?:什么|啥|哪)|(?:内容|要求)是(?:什么|啥)|怎么(?:规定|要求|说|写|讲)"
)
FIGURE = re.compile(
    r"多少|多大|多长|多久|多高|百分之几|几(?:所|名|元|年|天|日|月|次|人|小时|倍|成|岁|万|亿|号|点(?!要|内容))|(?<!哪)几(?:个(?!方面)|项|家)"
)
LOOSE = re.compile(r"(?:怎么|怎样|如何)(?!规定|要求)|哪(?:一|两|二)?(?:个|所|家)")
"""Questions of this form may as well ask for one thing: their structure has to match more clearly."""

# What a question for a list says of the list and not of its subject.
ASKING = re.compile(
    r"条|几条|方面|哪些方面|哪几条|部分|主要|内容|主要内容|报告|政府|工作报告|政府工作报告|归纳|概括|总结|简述|概述|梳理|几句|句话|几句话|用几句|简单|讲|讲了|说|说了|写|搞|抓|做|做些|一条"
    r"|这一|这一条|条里|安排|规定|措施|举措|做法|办法|遵守|应当|主要是|采取|提出|指出|中指|报告中|报告里|里面|文件|通知|重点|四件|三项|件事|一些|有些|哪四件|说说|准备|几|哪些"
    r"|种|类|哪类|些"
)
VERBS = re.compile(r"促进|推动|加强|加快|扩大|提高|提升|深化|强化|落实|做好|完善")
PUNISHES = re.compile(r"责令|罚款|处罚|给予处分|吊销|依法追究")
ASKS_PUNISHMENT = re.compile(r"罚|处分|责令|违法|违反|违规|法律责任|后果|吊销|追究|情形|情况|行为")
QUOTED = re.compile(r"[“”\"「『](?P<q>[^“”\"」』]{2,40})[“”\"」』]")

MOST_DOCUMENTS = 3
NEAR = 8
CONTEXT, EXACT, SUPPORT, OF_YEAR = 0.3, 0.25, 0.25, 0.2
"""What counts beside the head's own words: those around it, how few others it has, the candidates inside it, and that
the document is of the year asked about."""
UNMARKED = 0.25
"""Taken from a sentence that stands before items and does not announce them, and from chapters of articles."""
LEAST = 0.2
ENOUGH, ENOUGH_LIST = 0.4, 0.55
"""Shares of the question's words that a head has to hold, by itself and with what stands around it. The project's own
questions have 0.41 and more, and with its surroundings 0.56 for lists and 0.44 for summaries."""
AHEAD = 0.2
"""By how much more of the question a single sentence has to hold than the list's own head, to answer instead."""
SAME = 0.05
MOST_WEIGHT = 6.0


@dataclass(frozen=True)
class _Scored:
    head: Head
    outline: Outline
    score: float
    told: float
    clear: bool


def asks_list(text: str) -> bool:
    """Whether several things are asked for: 有哪些, 哪四件事, 应当具备什么条件; not 多少个."""
    text = simplified(text)
    return bool(LIST.search(text)) and not FIGURE.search(text)


def asks_summary(text: str) -> bool:
    """Whether the gist of something is asked for: 主要讲了什么, 概括一下, 第十二条怎么规定的."""
    text = simplified(text)
    return bool(SUMMARY.search(text)) and not FIGURE.search(text)


def listed(question: Question, candidates: Sequence[Candidate], store: Store) -> list[Evidence]:
    """The items to be quoted, in the document's order; empty when none is asked for or no structure matches clearly."""
    text = simplified(question.text)
    if ASKS_RESPONSIBLE.search(text):
        return []
    if asks_definition(text):
        found = definition(question, candidates, store)
        if found:
            return found
    summary = asks_summary(text)
    if not (summary or asks_list(text)):
        return []
    outlines = [Outline(store.document(i), store) for i in _documents(question, candidates, store)]
    path = numbers(text)
    if path:
        part = numbered(outlines[0], path) if _is_certain(question, path, candidates, store) else None
        return quoted(part, outlines[0], True) if part is not None else []
    best: _Scored | None = None
    for outline in outlines:
        found_heads = list(_scored(outline, question, candidates, store))
        first = max(found_heads, key=lambda s: s.score, default=None)
        if first is not None and (best is None or first.score > best.score):
            best = first if summary else _innermost(first, found_heads)
    if best is None or not _answers(best, text, candidates):
        return []
    return quoted(best.head, best.outline, summary)


def _innermost(outer: _Scored, found: Sequence[_Scored]) -> _Scored:
    """The part of a section that by itself holds as much of the question: its parts are meant, not those beside it."""
    if outer.head.kind != "section":
        return outer
    inside = [s for s in found if s.head.at in outer.head.items and s.told >= outer.told - SAME and s.clear]
    return max(inside, key=lambda s: s.score, default=outer)


def _answers(best: _Scored, text: str, candidates: Sequence[Candidate]) -> bool:
    summary = asks_summary(text)
    fewest = 1 if summary or best.head.kind == "section" else 2
    if len(best.head.items) < fewest or not best.clear:
        return False
    if LOOSE.search(text) and not summary and best.told < ENOUGH_LIST:
        return False
    if summary or best.head.kind == "lead":
        return True
    single = max((c.direct for c in candidates[:NEAR] if c.fits), default=0.0)
    return single < best.told + AHEAD


# -- which documents ------------------------------------------------------------------------------------------


def _documents(question: Question, candidates: Sequence[Candidate], store: Store) -> list[str]:
    """The named one, else those of the best candidates that fit."""
    found = list(dict.fromkeys(c.evidence.document_id for c in candidates if c.fits))
    named = named_document(question, found, store)
    return [named] if named else found[:MOST_DOCUMENTS]


def _is_certain(
    question: Question, path: Sequence[tuple[str, int]], candidates: Sequence[Candidate], store: Store
) -> bool:
    """Whether it is clear of which document a numbered part is meant: named, or all good candidates are of one."""
    near = [c.evidence.document_id for c in candidates if c.fits][:NEAR]
    if len(set(near)) == 1 or (near and named_document(question, near, store)):
        return True
    return bool(near) and path[0][0] != "条" and bool(question.years or question.places)


def named_document(question: Question, documents: Sequence[str], store: Store) -> str | None:
    """That of `documents` whose name stands in the question; None for none, or several of the same name."""
    asked = re.sub(r"[《》<>\s]", "", fold(question.text))
    found: dict[str, int] = {}
    for document in dict.fromkeys(documents):
        lengths = [len(name) for name in _names(store.document_row(document).title) if _is_named(name, asked)]
        found[document] = max(lengths, default=0)
    longest = max(found.values(), default=0)
    named = [document for document, length in found.items() if length == longest]
    return named[0] if longest and len(named) == 1 else None


OTHER_LAW = re.compile(r"的?(?:实施|施行|若干|修正|解释|细则|办法|条例|规定|决定)")


def _is_named(name: str, asked: str) -> bool:
    """`name` stands in `asked` and is no part of another's: 煤炭法 is none in 实施煤炭法办法."""
    start = asked.find(name)
    return (
        start >= 0 and not OTHER_LAW.match(asked, start + len(name)) and asked[start - 1 : start] not in {*"省市区县州"}
    )


def _names(title: str) -> Iterator[str]:
    """`中华人民共和国疫苗管理法(2019-06-29)` is 疫苗管理法 too; what is too short to be a name is none."""
    full = re.sub(r"[(\[].*?[)\]]|[《》<>#\s]", "", fold(title))
    for name in {full, full.removeprefix("中华人民共和国"), re.sub(r"^.*关于", "", full)}:
        if len(name) > 4 or (len(name) > 2 and name.endswith("法")):
            yield name
    for name in {re.sub(r"\d{4}年", "", full), re.sub(r"^.{2,8}?(?:省|市|自治区)", "", full)}:
        if len(name) > 7:
            yield name


def missing_article(question: Question, candidates: Sequence[Candidate], store: Store) -> str | None:
    """`《专利代理条例》没有第三十五条` where the question asks for an article that the document named there lacks."""
    asked = re.search(rf"第({HAN_NUMBER}|\d{{1,3}})条", question.text)
    if asked is None:
        return None
    near = list(dict.fromkeys(c.evidence.document_id for c in candidates))
    document_id = named_document(question, near, store)
    if document_id is None:
        return None
    document = store.document(document_id)
    articles = {int(number(m[1]) or 0) for m in re.finditer(rf"第({HAN_NUMBER}|\d{{1,3}})条", document.text)}
    if len(articles) < 3 or number(asked[1]) in articles:
        return None
    title = re.sub(r"[（(]\d{4}-\d\d-\d\d[）)]$", "", document.title)
    return f"《{title}》没有第{asked[1]}条"


# -- how well a head matches ----------------------------------------------------------------------------------


class _Asked:
    """The question as one document sees it: words of its own title tell none of its parts from another."""

    def __init__(self, question: Question, outline: Outline, store: Store) -> None:
        text = simplified(question.text)
        subject = [w for w in question.subject if not ASKING.fullmatch(w)] or list(question.subject)
        title = fold(outline.document.title)
        known = [w for w, count in store.chunk_counts(subject).items() if count]
        about = [w for w in known if w not in title and not VERBS.fullmatch(w)]
        self.text = text
        self.about = about or known or list(subject)
        self.parts, self.whole = _capped(store, self.about), _capped(store, subject)
        self.of_year = outline.document.metadata.year in question.years
        self.enough = ENOUGH if asks_summary(text) and len(known) == len(subject) else ENOUGH_LIST
        self.quoted = {bare(m["q"]) for m in QUOTED.finditer(text)} - {"", bare(title)}


def _capped(store: Store, subject: Sequence[str]) -> Rarity:
    """A word that stands nowhere is often a wrong cut (吸烟|点要|遵守) and shall not outweigh all others;
    a single character stands in many words that mean something else."""
    rarity = Rarity(store, subject)
    rarity.weights = {word: min(weight, MOST_WEIGHT) / (1 + (len(word) < 2)) for word, weight in rarity.weights.items()}
    return rarity


def _scored(outline: Outline, question: Question, candidates: Sequence[Candidate], store: Store) -> Iterator[_Scored]:
    """The document's heads that hold some of the question."""
    asked = _Asked(question, outline, store)
    near = [c for c in candidates[: 3 * NEAR] if c.evidence.document_id == outline.document.id and c.fits]
    for head in find_heads(outline, asked.parts.share, LEAST):
        text, context = fold(head.text), fold(" ".join((outline.document.title, head.context)))
        is_quoted = bare(head.text) in asked.quoted
        told = 1.0 if is_quoted else asked.parts.share(text)
        if told < LEAST or (PUNISHES.search(head.text) and not ASKS_PUNISHMENT.search(asked.text)):
            continue
        whole = asked.whole.share(text + " " + context)
        score = told + CONTEXT * whole + EXACT * _exact(text, asked.about) + SUPPORT * _support(head, outline, near)
        score += is_quoted + OF_YEAR * asked.of_year - UNMARKED * _is_unmarked(head, outline, asked.text)
        clear = is_quoted or (told >= ENOUGH and whole >= asked.enough)
        yield _Scored(head, outline, score, told, clear)


def _exact(text: str, about: Sequence[str]) -> float:
    """Share of a head's words that the question has too."""
    named = [w for w in words(text) if len(w) > 1]
    return sum(any(w in a or a in w for a in about) for w in named) / max(len(named), 1)


def _support(head: Head, outline: Outline, near: Sequence[Candidate]) -> float:
    """Share of the candidates, the better ones counting more, that stand at the head or below it."""
    start, end = outline.units[head.at].start, outline.units[head.last - 1].end
    weights = [1 / (rank + 2) for rank in range(len(near))]
    inside = [w for w, c in zip(weights, near, strict=True) if start <= c.evidence.start < end]
    return sum(inside) / sum(weights) if weights else 0.0


def _is_unmarked(head: Head, outline: Outline, text: str) -> bool:
    if head.kind == "lead":
        return LEAD.search(head.text) is None
    articles = bool(head.items) and outline.units[head.items[0]].kind == "条"
    return head.kind == "section" and articles and not asks_summary(text)
