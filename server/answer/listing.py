"""Questions for a list or a summary, answered by the document's own structure and in its own words.

Covered: items behind a lead-in, the parts of a section that the question names by its heading or number, sentences
behind a topic sentence. Whether a list is what is asked for, the search's own findings or the model decide. Not covered:
definitions (`definition`), what a document offers (`heads`), what no structure answers clearly, an enumeration inside one
sentence (`quoting`).
"""

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from index.lexical import words
from index.query import Question
from index.store import Store
from ingest.document import Chunk, Document
from ingest.markers import HAN_NUMBER, number
from ingest.text import fold, simplified
from server.answer.asking import ASKS_RESPONSIBLE, LOOSE, asks_list, asks_summary
from server.answer.definition import asks_definition, definition
from server.answer.evidence import Candidate
from server.answer.heads import LEAD, Head, Heads, bare, numbered, numbers, quoted
from server.answer.naming import document_named
from server.answer.outline import Outline
from server.answer.rarity import Rarity
from server.answer.refuse import Doubt
from server.answer.result import Evidence

# What a question for a list says of the list and not of its subject.
ASKING = re.compile(
    r"条|几条|方面|哪些方面|哪几条|部分|主要|内容|主要内容|报告|政府|工作报告|政府工作报告|归纳|概括|总结|简述|概述|梳理|几句|句话|几句话|用几句|简单|讲|讲了|说|说了|写|搞|抓|做|做些|一条"
    r"|这一|这一条|条里|安排|规定|措施|举措|做法|办法|遵守|应当|主要是|采取|提出|指出|中指|报告中|报告里|里面|文件|通知|重点|四件|三项|件事|一些|有些|哪四件|说说|准备|几|哪些"
    r"|种|类|哪类|些|构成|组成|包括|包含"
)
VERBS = re.compile(r"促进|推动|加强|加快|扩大|提高|提升|深化|强化|落实|做好|完善")
PUNISHES = re.compile(r"责令|罚款|处罚|给予处分|吊销|依法追究")
ASKS_PUNISHMENT = re.compile(r"罚|处分|责令|违法|违反|违规|法律责任|后果|吊销|追究|情形|情况|行为")
QUOTED = re.compile(r"[“”\"「『](?P<q>[^“”\"」』]{2,40})[“”\"」』]")

CHAPTER = re.compile(rf"第{HAN_NUMBER}[编章节]")
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
FOUND, MEANT, FOUND_WEIGHT = 0.35, 4.65, 9.0
"""A list is shown at once where FOUND of what the search found best stands in it, else where the model's log-odds that
it tells what is asked and FOUND_WEIGHT times that share reach MEANT (measured in evals/LOG.md: right lists and wrong ones,
made by taking away the right one, do not overlap). Asked with the list repeated as its own answer the model tells much worse."""
BRACKETED = re.compile(r"[（(][^（）()]*[）)]")
"""A remark in a question tells where to look, not what for: （国家统计局1990年那个规定）."""
CERTAIN = Doubt("", "", -math.inf)
MOST_WEIGHT = 6.0


@dataclass(frozen=True)
class _Scored:
    head: Head
    outline: Outline
    score: float
    told: float
    clear: bool
    is_quoted: bool


@dataclass(frozen=True)
class Listing:
    """The items to be quoted, in the document's order, one at least, and whether they tell what is asked."""

    items: Sequence[Evidence]
    doubt: Doubt


def listed(question: Question, candidates: Sequence[Candidate], store: Store) -> Listing | None:
    """The list that is asked for; None when none is, or no structure matches clearly."""
    text = simplified(question.text)
    if ASKS_RESPONSIBLE.search(text):
        return None
    if asks_definition(text):
        found = definition(question, candidates, store)
        if found:
            return Listing(found, CERTAIN)
    summary = asks_summary(text)
    if not (summary or asks_list(text)):
        return None
    documents = [store.kept(document, Heads) for document in _documents(question, candidates, store)]
    path = numbers(text)
    if path:
        outline = documents[0].outline if documents else None
        part = numbered(outline, path) if outline else None
        if outline is None or part is None:
            return None
        certain = _is_certain(question, path, candidates, store) or _found_in(part, outline, candidates) >= FOUND
        return Listing(quoted(part, outline, True), CERTAIN) if certain else None
    best: _Scored | None = None
    for heads in documents:
        found_heads = list(_scored(heads, question, candidates, store))
        first = max(found_heads, key=lambda s: s.score, default=None)
        if first is not None and (best is None or first.score > best.score):
            best = first if summary else _innermost(first, found_heads)
    if best is None or not _answers(best, text, candidates):
        return None
    items = quoted(best.head, best.outline, summary)
    return Listing(items, _doubt(best, items, candidates)) if _is_about(items, best.head.text, text) else None


def _doubt(best: _Scored, items: Sequence[Evidence], candidates: Sequence[Candidate]) -> Doubt:
    """Whether the list tells what is asked: its heading is quoted, the search led to it, or the model has to say so."""
    found = _found_in(best.head, best.outline, candidates)
    if best.is_quoted or found >= FOUND:
        return CERTAIN
    said = " ".join(" ".join(evidence.text.split()).rstrip("；。") + "；" for evidence in items)
    above = dict.fromkeys(" ".join(text.split()) for text in (*items[0].headings[-2:], best.head.text))
    told = "：".join([*(text.rstrip("：:。") for text in above if text not in said), said])
    return Doubt(told, best.outline.document.title, MEANT - FOUND_WEIGHT * found)


def _is_about(items: Sequence[Evidence], head: str, text: str) -> bool:
    """Whether what would be quoted holds the term that the question puts in quotation marks, and is more than a table of
    chapters where the chapters are not asked for."""
    if all(CHAPTER.match(evidence.text) for evidence in items) and not (asks_summary(text) or "章" in text):
        return False
    told = fold(head + " ".join(" ".join((e.title, *e.headings, e.text)) for e in items))
    return all(fold(term["q"]) in told for term in QUOTED.finditer(text))


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
    named = document_named(question, found, store)
    return [named] if named else found[:MOST_DOCUMENTS]


def _is_certain(
    question: Question, path: Sequence[tuple[str, int]], candidates: Sequence[Candidate], store: Store
) -> bool:
    """Whether it is clear of which document a numbered part is meant: named, or all good candidates are of one."""
    near = [c.evidence.document_id for c in candidates if c.fits][:NEAR]
    if len(set(near)) == 1 or (near and document_named(question, near, store)):
        return True
    return bool(near) and path[0][0] != "条" and bool(question.years or question.places)


def missing_article(question: Question, candidates: Sequence[Candidate], store: Store) -> str | None:
    """`《专利代理条例》没有第三十五条` where the question asks for an article or a chapter that the document named there lacks."""
    asked = re.search(rf"第({HAN_NUMBER}|\d{{1,3}})([条章])", question.text)
    if asked is None:
        return None
    near = list(dict.fromkeys(c.evidence.document_id for c in candidates))
    document_id = document_named(question, near, store)
    if document_id is None:
        return None
    counted = store.kept(document_id, _counted)[asked[2]]
    if len(counted) < 3 or number(asked[1]) in counted:
        return None
    title = re.sub(r"[（(]\d{4}-\d\d-\d\d[）)]$", "", store.document(document_id).title)
    return f"《{title}》没有第{asked[1]}{asked[2]}"


def _counted(document: Document, chunks: Sequence[Chunk]) -> dict[str, frozenset[int]]:
    """Numbers of the articles (条) and chapters (章) that a document's text speaks of."""
    found = re.findall(rf"第({HAN_NUMBER}|\d{{1,3}})([条章])", document.text)
    return {kind: frozenset(number(counted) or 0 for counted, of in found if of == kind) for kind in ("条", "章")}


# -- how well a head matches ----------------------------------------------------------------------------------


class _Asked:
    """The question as one document sees it: words of its own title tell none of its parts from another."""

    def __init__(self, question: Question, outline: Outline, store: Store) -> None:
        text = simplified(question.text)
        asked = fold(BRACKETED.sub("", text)) or fold(text)
        named = [w for w in question.subject if w in asked] or list(question.subject)
        subject = [w for w in named if not ASKING.fullmatch(w)] or named
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


def _scored(heads: Heads, question: Question, candidates: Sequence[Candidate], store: Store) -> Iterator[_Scored]:
    """The document's heads that hold some of the question."""
    outline = heads.outline
    asked = _Asked(question, outline, store)
    near = [c for c in candidates[: 3 * NEAR] if c.evidence.document_id == outline.document.id and c.fits]
    summary, title = asks_summary(asked.text), bare(outline.document.title)
    # What is quoted is compared without its marks, so that no words of the question need stand there.
    traces = re.compile(r"") if asked.quoted else asked.parts.traces
    for head in heads.find(traces, asked.parts.share, LEAST):
        text = fold(head.text)
        is_quoted = bool(asked.quoted) and bare(head.text) in asked.quoted
        told = 1.0 if is_quoted else asked.parts.share(text)
        if told < LEAST or (PUNISHES.search(head.text) and not ASKS_PUNISHMENT.search(asked.text)):
            continue
        if bare(head.text) == title and not summary:
            continue  # a document as a whole lists nothing in particular
        context = fold(" ".join((outline.document.title, head.context)))
        whole = asked.whole.share(text + " " + context)
        score = told + CONTEXT * whole + EXACT * _exact(text, asked.about) + SUPPORT * _support(head, outline, near)
        score += is_quoted + OF_YEAR * asked.of_year - UNMARKED * _is_unmarked(head, outline, asked.text)
        clear = is_quoted or (told >= ENOUGH and whole >= asked.enough)
        yield _Scored(head, outline, score, told, clear, is_quoted)


def _exact(text: str, about: Sequence[str]) -> float:
    """Share of a head's words that the question has too."""
    named = [w for w in words(text) if len(w) > 1]
    return sum(any(w in a or a in w for a in about) for w in named) / max(len(named), 1)


def _support(head: Head, outline: Outline, near: Sequence[Candidate]) -> float:
    """Share of the candidates, the better ones counting more, that stand at the head or below it."""
    document, start, end = outline.document.id, outline.units[head.at].start, outline.units[head.last - 1].end
    weights = [1 / (rank + 2) for rank in range(len(near))]
    found = [c.evidence for c in near]
    inside = [w for w, e in zip(weights, found, strict=True) if e.document_id == document and start <= e.start < end]
    return sum(inside) / sum(weights) if weights else 0.0


def _found_in(head: Head, outline: Outline, candidates: Sequence[Candidate]) -> float:
    """The same of all candidates that fit, whatever document they are of."""
    return _support(head, outline, [c for c in candidates if c.fits][: 3 * NEAR])


def _is_unmarked(head: Head, outline: Outline, text: str) -> bool:
    if head.kind == "lead":
        return LEAD.search(head.text) is None
    articles = bool(head.items) and outline.units[head.items[0]].kind == "条"
    return head.kind == "section" and articles and not asks_summary(text)
