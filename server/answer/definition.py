"""Questions for what a term means, answered by the sentence that defines it, in its own words.

Covered: X是指…, 本条例所称X，是…, “X”，即…, X（即…）, “X”是以…的…, X，主要是：and the items behind it, shorthand and its
members. Not covered: terms that no sentence defines (the model answers what is said about them).
"""

import re
from collections.abc import Iterator, Sequence

from index.lexical import words
from index.query import Question
from index.store import Store
from ingest.document import Chunk, Document
from ingest.text import fold
from server.answer.evidence import Candidate
from server.answer.heads import Heads, within
from server.answer.outline import clipped
from server.answer.result import Evidence
from server.answer.shorthand import Shorthand, asked_members, shorthand

MEANING = r"(?:意思|含义|概念|东西|定义|说法|玩意儿?)"
LONGEST_BEFORE = 100
WHAT = rf"(?:什么|啥|何|哪些|甚么)(?!时候|日期|时间|样|级|部门|单位|机构|人|地方|条件|措施|要求|规定|办法|内容|原因|关系|情形|材料|用|标准|程序)(?:{MEANING})?"
# LONGEST_BEFORE is more than a term with its lead has, and keeps the search linear.
AFTER = re.compile(
    rf"(?P<x>[^，,。？?；;：:]{{1,{LONGEST_BEFORE}}}?)(?:究竟|到底|具体|又|都)?(?:(?:是|系)?指(?:的)?(?:是)?{WHAT}|(?:是|有)?(?:什么|啥|何){MEANING}|是{WHAT}(?:呢|呀|啊|来着)?[？?。]?$"
    rf"|(?:是)?(?:怎么|怎样|如何)(?:定义|界定|理解|解释)|的定义|的含义|怎么讲)"
)
BEFORE = re.compile(r"(?:什么|啥)(?:是|叫(?:做|作)?)(?P<x>[^，,。？?；;]+?)(?:呢|呀|啊)?(?:[？?。，,]|$)")
LEADING = re.compile(
    r"^.*(?:所称的?|所说的?|说的|提的|提到的|提出的|讲的|规定的|中的|里的|请问|解释(?:一下)?|[里中](?!心))"
)
YEAR = re.compile(r"^.*\d{4}年(?:的)?")
QUOTED = re.compile(r"[“\"「『](?P<x>[^”\"」』]{1,30})[”\"」』]")
KIND_OF = re.compile(r"(?:建设|监管|工程|行动|计划|机制|政策|制度|模式|改革)$")

ROOM = 600
LONGEST = 220
DEPTH = 60
MOST_DOCUMENTS = 12
SPELT_OUT, MEMBERS = 0.75, 0.4
"""How sure it is that a sentence defines shorthand whose members stand beside it, or in a sentence without it."""


def asks_definition(text: str) -> bool:
    """Whether a term's meaning is asked for: “无废城市”是什么意思, 什么叫海绵城市, 所称专利代理是指什么."""
    return term(text) is not None


def term(text: str) -> str | None:
    """The term whose meaning is asked for."""
    text = re.sub(r"[？?。\s]+$", "", text.strip())
    match = BEFORE.search(text) or AFTER.search(text)
    if match is None:
        return asked_members(text)
    found = match["x"]
    quoted = [m["x"] for m in QUOTED.finditer(found)]
    if quoted:
        return quoted[-1]
    # A quotation may hold the comma that ends the clause: “双随机、一公开” does, “放、管，服” would.
    found = YEAR.sub("", LEADING.sub("", found)).strip('“”"的 ')
    return found if 1 < len(found) <= 20 else None


def definition(question: Question, candidates: Sequence[Candidate], store: Store) -> list[Evidence]:
    """The sentence that defines the term asked for, with the items behind it; empty where nothing does."""
    asked = term(question.text)
    if asked is None:
        return []
    for wanted in _forms(asked):
        found = [
            (score, -order, document, span_start)
            for order, document in enumerate(_documents(wanted, question, candidates, store))
            for score, span_start in _defining(store.kept(document.id, _Folded), wanted)
        ]
        if found:
            _, _, document, start = max(found, key=lambda f: (f[0], f[1], -f[3]))
            return _evidence(document, start, store)
    return []


def _forms(asked: str) -> Iterator[str]:
    yield "".join(fold(asked).split())
    shorter = KIND_OF.sub("", asked)
    if shorter != asked and len(shorter) > 2:
        yield "".join(fold(shorter).split())


def _documents(wanted: str, question: Question, candidates: Sequence[Candidate], store: Store) -> list[Document]:
    """Those that may hold the term: of the candidates that fit, or where the question names no year or place, of all."""
    fitting = list(dict.fromkeys(c.evidence.document_id for c in candidates if c.fits))
    if not question.years and not question.places:
        rows = [row for row, _ in store.match_words(words(wanted), DEPTH, 0.5)]
        chunks = store.chunks(rows)
        fitting += [chunks[row].document_id for row in rows if row in chunks]
    return [store.document(document) for document in list(dict.fromkeys(fitting))[:MOST_DOCUMENTS]]


def _patterns(wanted: str) -> list[tuple[float, re.Pattern[str]]]:
    x = r'"?' + re.escape(wanted) + r'"?'
    return [
        (1.0, re.compile(rf"(?:所称(?:的)?|所指的?){x}[,,]?(?:是指|是|指|包括|系指|为)")),
        (0.95, re.compile(rf"{x}[^,。;]{{0,6}}[,,]?(?:是指|系指|指的是)")),
        (0.9, re.compile(rf"(?:^|[。;:]){x}[,,]?(?:是以|是一种|是由|是为|是对|即|指)")),
        (0.85, re.compile(rf"{x}[^,。;]{{0,4}}(?:,即|\(即|\(指|,也就是|,就是|,指)")),
        (0.8, re.compile(rf"{x}[^,。;]{{0,6}},(?:主要是|具体是|包括|分别是|主要包括):?")),
        (0.7, re.compile(rf"(?:^|[。;:]){x}是(?!否|在|要|由于|因|今年|当前|我们|做好|实现|推动)")),
        (
            0.5,
            re.compile(
                rf'(?:推行|实行|实施|建立|推广|采用|采取)"{re.escape(wanted)}"[^,。;]{{0,4}},[^,。;]{{4,}},[^,。;]{{4,}}'
            ),
        ),
    ]


class _Folded:
    """A document's text, folded and without white space, as a whole and by sentence."""

    def __init__(self, document: Document, chunks: Sequence[Chunk]) -> None:
        self.sentences = [
            (line.start(), "".join(fold(line.group()).split()))
            for line in re.finditer(r"[^。！？\n]+[。！？]?", document.text)
        ]
        self.whole = "".join(text for _, text in self.sentences)
        """A term may be broken off at a line's end."""


def _defining(folded: _Folded, wanted: str) -> Iterator[tuple[float, int]]:
    """(how sure, where the sentence begins) of the sentences that define the term."""
    if wanted not in folded.whole:
        return
    patterns, short = _patterns(wanted), shorthand(wanted)
    for start, text in folded.sentences:
        if wanted not in text and (short is None or short.shared[0] not in text):
            continue
        sure = next((score for score, pattern in patterns if wanted in text and pattern.search(text)), 0.0)
        if short is not None:
            sure = max(sure, _spelling_out(short, text))
        if sure:
            yield sure, start


def _spelling_out(short: Shorthand, text: str) -> float:
    if short.term in text and short.spelt_out(text):
        return SPELT_OUT
    return MEMBERS if short.names_members(text) else 0.0


def _evidence(document: Document, start: int, store: Store) -> list[Evidence]:
    outline = store.kept(document.id, Heads).outline
    units = outline.units
    at = next((i for i, unit in enumerate(units) if unit.end > start), None)
    if at is None:
        return []
    # A unit that commas carry over many lines may begin far before what defines.
    begin = start if units[at].end - units[at].start > LONGEST else units[at].start
    spans = [(at, clipped(document.text, max(begin, units[at].start), units[at].end, LONGEST))]
    if units[at].text.endswith(("：", ":")) and at + 1 < len(units):
        last = outline.block_end(at)
        items = outline.items(at + 1, last, 1)
        stop = next((j for j in range(at + 2, last) if outline.is_topic(j)), last)
        spans += [(i, outline.clip(i)) for i in (items or range(at + 1, min(stop, at + 9)))]
    return within(outline, spans, ROOM)
