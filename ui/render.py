"""Answers -> HTML. Pure: everything that comes from documents or people is escaped before marks are inserted."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from html import escape
from typing import Any

MARK = re.compile(r"\[(\d+)\]")
AROUND = 160
"""Characters of the document shown before and after a quote."""


@dataclass
class Turn:
    """One question with what has come of it so far."""

    question: str
    step: str = "正在检索…"
    sentences: list[str] = field(default_factory=list)
    evidence: list[dict[str, Any]] = field(default_factory=list)
    final: dict[str, Any] | None = None
    passages: list[tuple[str, str, str]] = field(default_factory=list)
    failure: str | None = None


def conversation(turns: Sequence[Turn]) -> str:
    """All turns, the oldest first."""
    return '<div class="yj-talk" aria-live="polite">' + "".join(_turn(t, i) for i, t in enumerate(turns)) + "</div>"


def _turn(turn: Turn, index: int) -> str:
    parts = [f'<section class="yj-turn"><p class="yj-question">{escape(turn.question)}</p>']
    if turn.failure is not None:
        parts.append(f'<div class="yj-failure">{escape(turn.failure)}</div>')
    elif turn.final is not None:
        parts.append(_final(turn, index))
    else:
        if turn.sentences:
            parts.append(f'<div class="yj-answer">{_marked("".join(turn.sentences), index)}</div>')
        parts.append(f'<p class="yj-step">{escape(turn.step)}</p>')
        parts.append(_evidence(turn.evidence, "找到的段落", is_open=not turn.sentences))
    return "".join(parts) + "</section>"


def _final(turn: Turn, index: int) -> str:
    final = turn.final or {}
    found = final["status"] == "answered"
    kind = "yj-answer" if found else "yj-answer yj-nothing"
    label = "" if found else '<span class="yj-badge">资料中没有</span>'
    if final["reason"] == "smalltalk":
        kind, label = "yj-answer", ""
    seconds = final["timings"]["total_ms"] / 1000
    html = [f'<div class="{kind}">{label}{_marked(final["answer"], index)}</div>']
    for citation, passage in zip(final["citations"], turn.passages, strict=True):
        html.append(_citation(citation, passage, index))
    cited = {(c["document_id"], c["start"]) for c in final["citations"]}
    others = [e for e in final["evidence"] if (e["document_id"], e["start"]) not in cited]
    html.append(_evidence(others, "其他相关段落" if found else "最接近的段落", is_open=not found))
    html.append(f'<p class="yj-meta">用时 {seconds:.1f} 秒</p>')
    return "".join(html)


def _marked(text: str, index: int) -> str:
    """Escaped text whose [n] are links to the citations of this turn."""
    return MARK.sub(rf'<a class="yj-mark" href="#yj-{index}-\1">[\1]</a>', escape(text))


def _citation(citation: dict[str, Any], passage: tuple[str, str, str], index: int) -> str:
    before, quote, after = (escape(part) for part in passage)
    number = int(citation["number"])
    return (
        f'<article class="yj-citation" id="yj-{index}-{number}"><header><span class="yj-number">{number}</span>'
        f'<cite>《{escape(citation["title"])}》</cite><span class="yj-path">{_path(citation["headings"])}</span></header>'
        f'<p class="yj-passage">{before}<mark>{quote}</mark>{after}</p></article>'
    )


def _path(headings: Sequence[str]) -> str:
    return " › ".join(escape(heading) for heading in headings)


def _evidence(evidence: Sequence[dict[str, Any]], label: str, is_open: bool) -> str:
    if not evidence:
        return ""
    cards = "".join(
        f'<li><cite>《{escape(e["title"])}》</cite> <span class="yj-path">{_path(e["headings"])}</span>'
        f"<p>{escape(e['quote'])}</p></li>"
        for e in evidence
    )
    opened = " open" if is_open else ""
    return f'<details class="yj-evidence"{opened}><summary>{escape(label)}（{len(evidence)}）</summary><ul>{cards}</ul></details>'


def passage_of(citation: dict[str, Any], text: str, start: int) -> tuple[str, str, str]:
    """Cut a stretch of the document, which begins at `start`, around the citation; blank lines fold."""
    at, end = citation["start"] - start, citation["end"] - start
    before, quote, after = text[:at], text[at:end], text[end:]
    return _fold(before), _fold(quote), _fold(after)


def _fold(text: str) -> str:
    return re.sub(r"\s*\n\s*", "\n", text)


def overview(documents: dict[str, Any]) -> str:
    """How many documents there are, and the titles of the first."""
    total = documents["total"]
    if not total:
        return '<div class="yj-library"><p class="yj-empty">还没有资料。请在终端运行 <code>youju add 文件夹</code>，然后刷新本页。</p></div>'
    rows = "".join(
        f'<li title="{escape(d["name"], quote=True)}">{escape(d["title"])}</li>' for d in documents["documents"]
    )
    return f'<div class="yj-library"><h2>资料 <span>{total} 份</span></h2><ul>{rows}</ul></div>'
