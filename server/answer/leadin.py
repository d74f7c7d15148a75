"""What an item of a list continues: `下列各项不列入工资总额的范围：` says what `(五)稿费、讲课费` is about; and what a
penalty is for: `违反前款规定的，处…罚款`; and a chunk as it is read, with what leads to its first item.

Pure functions over a document. Not covered: collecting the items behind a lead-in (`listing`), penalties that
name another article (违反本条例第九条).
"""

import re

from ingest.document import Chunk, Document, Span
from ingest.text import trim
from server.reader.passage import Passage, passage_of

ITEM = re.compile(r"[（(](?:[一二三四五六七八九十]{1,3}|\d{1,2})[）)]|\d{1,2}[.．、](?!\d)|[①-⑳]")
LEADS = re.compile(r"[：:]$")
SENTENCE_END = re.compile(r"[。；;！？!?]")
FARTHEST = 3000
LONGEST = 120
STATEMENT_END = re.compile(r"[。！？!?]|\n\s*\n")
LONGEST_STATEMENT = 600
LONGEST_OPENING = 40
PUNISHES = re.compile(r"违反(?:前款|前项|本款|本条|上述|以上)?的?规定")
LONGEST_RULE = 200
LEAD_CHARACTERS = 80
"""Of a lead-in, from its end, that are read with a passage."""


def lead_in(text: str, item: Span) -> Span | None:
    """The sentence ending in a colon that `item`, of a list or of the same statement, hangs on."""
    if ITEM.match(text, item.start) is None:
        return _same_statement(text, item)
    line_end = text.rfind("\n", 0, item.start)
    while line_end > 0 and item.start - line_end <= FARTHEST:
        line_start = text.rfind("\n", 0, line_end) + 1
        line = trim(text, line_start, line_end)
        line_end = line_start - 1
        if line is None or ITEM.match(text, line.start):
            continue
        if not LEADS.search(text[line.start : line.end]):
            # What stands between items belongs to the item before it, unless it is the paragraph before the list.
            if _opens_list(text, item, line):
                return None
            continue
        return _last_sentence(text, line)
    return None


def punished(text: str, penalty: Span) -> Span | None:
    """The rule whose breach `penalty`, or the sentence that it is part of, punishes: what stands before `违反规定的` in
    its paragraph, else the one before."""
    line_start = text.rfind("\n", 0, penalty.start) + 1
    ends = [match.end() for match in STATEMENT_END.finditer(text, line_start, penalty.start)]
    begun = trim(text, ends[-1] if ends else line_start, penalty.end)
    if begun is None or PUNISHES.match(text, begun.start) is None:
        return None
    rule = trim(text, line_start, begun.start)
    if rule is None:
        head = text[max(0, line_start - FARTHEST) : line_start].rstrip()
        end = max(0, line_start - FARTHEST) + len(head)
        rule = trim(text, text.rfind("\n", 0, end) + 1, end)
    # Of a list only the last item would stand there, which says nothing of the others.
    if rule is None or ITEM.match(text, rule.start) or rule.end - rule.start > LONGEST_RULE:
        return None
    return rule


def passage(document: Document, chunk: Chunk) -> Passage:
    """The chunk as reader input; where its first sentence continues an earlier lead-in, that is added to the context."""
    read = passage_of(document, chunk)
    lead = lead_in(document.text, read.pieces[0].span) if read.pieces else None
    if lead is None or lead.end > chunk.start:
        return read
    words = " ".join(document.text[lead.start : lead.end].split())
    return passage_of(document, chunk, words[-LEAD_CHARACTERS:])


def _same_statement(text: str, item: Span) -> Span | None:
    """What opens the statement of which `item` is a later part: `今年的主要目标是：国内生产总值增长5.5%；城镇…`."""
    before = text[max(0, item.start - LONGEST_STATEMENT) : item.start].rstrip()
    if before[-1:] not in ("：", ":", "；", ";", "，", ","):
        return None
    ends = [match.end() for match in STATEMENT_END.finditer(before)]
    opened = before[ends[-1] if ends else 0 :]
    colon = re.search(r"[：:](?!\d)", opened)
    if colon is None or not ends:
        return None
    start = item.start - len(text[max(0, item.start - LONGEST_STATEMENT) : item.start]) + ends[-1]
    span = trim(text, start, start + colon.end())
    return span if span is not None and span.end - span.start <= LONGEST_OPENING else None


def _opens_list(text: str, item: Span, line: Span) -> bool:
    """Whether no item stands between `line` and `item`: then the list has no lead-in."""
    between = text[line.end : item.start]
    return not any(ITEM.match(part.strip()) for part in between.split("\n") if part.strip())


def _last_sentence(text: str, line: Span) -> Span | None:
    ends = [match.end() for match in SENTENCE_END.finditer(text, line.start, line.end)]
    span = trim(text, ends[-1] if ends else line.start, line.end)
    return span if span is not None and span.end - span.start <= LONGEST else None
