"""Questions and answers -> HTML. Pure: everything that comes from documents or people is escaped before marks are put in.

Not covered: the passage that is read (`ui.render_reading`), filters, history and the first screen (`ui.render_side`).
"""

import json
import re
from collections.abc import Sequence
from typing import Any

from ui.icons import icon
from ui.marked import attribute, data, one_line, plain, shown
from ui.parts import folded
from ui.rephrase import rephrasings
from ui.talk import KINDS, Turn
from ui.words import Words

MARK = re.compile(r"\[(\d+)\]")
SHOWN_CARDS = 4
STEPS = ("searching", "waiting", "answering")


def conversation(turns: Sequence[Turn], words: Words) -> str:
    """All turns, the oldest first."""
    return "".join(turn_of(turn, words) for turn in turns)


def turn_of(turn: Turn, words: Words) -> str:
    """One question with what has come of it so far."""
    running = " data-running" if turn.running else ""
    body = _running(turn, words) if turn.running else _ended(turn, words)
    return (
        f'<section class="yj-turn" id="yj-turn-{turn.number}" aria-busy="{str(turn.running).lower()}"{running}>'
        f'<h2 class="yj-question">{shown(turn.question)}</h2>{_understood(turn, words)}{body}</section>'
    )


# -- while it is being answered --------------------------------------------------------------------------------------


def _running(turn: Turn, words: Words) -> str:
    answer = (
        f'<div class="yj-answer yj-growing">{_marked("".join(turn.sentences), turn, words)}</div>'
        if turn.sentences
        else ""
    )
    found = _cards(turn.evidence, turn, words, SHOWN_CARDS)
    found = f'<h3 class="yj-label">{words("turn.found")}</h3>{found}' if found else ""
    return f"{_steps(turn, words)}{answer}{found}"


def _steps(turn: Turn, words: Words) -> str:
    at = STEPS.index(turn.step) if turn.step in STEPS else 0
    if turn.step == "waiting":
        told = words("step.waiting", ahead=turn.ahead)
    elif turn.sentences:
        told = words("step.passed", count=len(turn.sentences))
    else:
        told = words(f"step.{turn.step}")
    shown_steps = [n for n in range(len(STEPS)) if n != 1 or turn.step == "waiting"]
    marks = "".join(_step(words(f"step.{n + 1}"), n - at) for n in shown_steps)
    return f'<div class="yj-steps"><ol>{marks}</ol><p role="status">{told}</p></div>'


def _step(name: str, ahead: int) -> str:
    if ahead == 0:
        return f'<li class="yj-now" aria-current="step">{name}</li>'
    return f"<li>{name}</li>" if ahead > 0 else f'<li class="yj-done">{name}</li>'


# -- when it has ended -----------------------------------------------------------------------------------------------


def _ended(turn: Turn, words: Words) -> str:
    if turn.failure is not None:
        return _failure(turn, words)
    if turn.stopped:
        again = _again(turn, words("turn.ask_again"))
        found = _cards(turn.evidence, turn, words, SHOWN_CARDS)
        found = f'<h3 class="yj-label">{words("turn.found")}</h3>{found}' if found else ""
        return f'<div class="yj-note">{icon("stop")}<p>{words("turn.stopped")}</p>{again}</div>{found}'
    final = turn.final or {}
    if turn.removed:
        return f'<div class="yj-note">{icon("bin")}<p>{words("turn.removed")}</p></div><div class="yj-answer">{shown(final["answer"])}</div>'
    if final["status"] == "answered" or final["reason"] == "smalltalk":
        return _answered(turn, final, words)
    return _refused(turn, final, words)


def _failure(turn: Turn, words: Words) -> str:
    again = _again(turn, words("again"))
    return f'<div class="yj-failure" role="alert">{icon("warning")}<p>{shown(turn.failure or "")}</p>{again}</div>'


def _again(turn: Turn, label: str) -> str:
    return f'<button type="button" class="yj-button yj-plain"{_asking(turn)}>{label}</button>'


def _asking(turn: Turn, kind: str = "", value: int | str = "") -> str:
    """The data of a button that asks the question again, without what the visitor has removed and without `value`."""
    ignored: dict[str, list[int | str]] = {"years": [*turn.ignored.years], "places": [*turn.ignored.places]}
    if kind:
        ignored[kind].append(value)
    return data(do="ask", question=turn.question, ignored=json.dumps(ignored, ensure_ascii=False))


def _answered(turn: Turn, final: dict[str, Any], words: Words) -> str:
    answer = f'<div class="yj-answer">{_marked(final["answer"], turn, words)}</div>'
    sources = "".join(_source(citation, turn) for citation in final["citations"])
    sources = (
        f'<h3 class="yj-label">{words("turn.sources")}</h3><ol class="yj-sources">{sources}</ol>' if sources else ""
    )
    cited = {(c["document_id"], c["start"]) for c in final["citations"]}
    others = [e for e in turn.evidence if (e["document_id"], e["start"]) not in cited]
    below = _cards(others, turn, words, len(others))
    below = folded(_fold(turn, "others"), "yj-folded", words("turn.others", count=len(others)), below) if others else ""
    return f"{answer}{sources}{_foot(turn, final, words)}{below}"


def _refused(turn: Turn, final: dict[str, Any], words: Words) -> str:
    nearest = _cards(turn.evidence, turn, words, SHOWN_CARDS)
    nearest = f'<h3 class="yj-label">{words("turn.nearest")}</h3>{nearest}' if nearest else ""
    other = "".join(
        f'<li><button type="button" class="yj-chip yj-ask-chip"{data(do="ask", question=question)}>{shown(question)}</button></li>'
        for question in rephrasings(turn.question, final, turn.understood)
    )
    other = f'<ul class="yj-rephrasings">{other}</ul>' if other else ""
    return (
        f'<div class="yj-missing"><p class="yj-badge">{icon("missing")}{words("turn.missing")}</p>'
        f"<p>{_marked(final['answer'], turn, words)}</p></div>"
        f'<div class="yj-rephrase"><h3 class="yj-label">{words("turn.rephrase")}</h3>{other}'
        f'<p class="yj-soft">{words("turn.rephrase_hint")}</p></div>'
        f"{nearest}{_foot(turn, final, words)}"
    )


def _foot(turn: Turn, final: dict[str, Any], words: Words) -> str:
    """What can be done with an answer, and how long it took."""
    timings = final.get("timings")
    took = words("turn.seconds", seconds=f"{timings['total_ms'] / 1000:.1f}") if timings else ""
    copy = f'<button type="button" class="yj-tool" title="{words("turn.copy")}" aria-label="{words("turn.copy")}"{data(copy=copied(turn))}>{icon("copy")}</button>'
    return f'<div class="yj-foot">{copy}{_judging(turn, final, words)}<span class="yj-meta">{took}</span></div>'


def _judging(turn: Turn, final: dict[str, Any], words: Words) -> str:
    if not turn.id:
        return ""
    told = {"do": "judge", "turn": turn.id}
    buttons = "".join(
        f'<button type="button" class="yj-tool" title="{label}" aria-label="{label}" aria-pressed="{str(is_on).lower()}"'
        f"{data(**told, **more)}>{icon(picture)}</button>"
        for picture, label, is_on, more in (
            ("up", words("turn.good"), turn.judged == "right", {"verdict": "right"}),
            (
                "down",
                words("turn.bad"),
                turn.judged not in ("", "right"),
                {"dialog": "yj-judge", "kind": final["status"]},
            ),
        )
    )
    thanks = f'<span class="yj-meta" role="status">{words("turn.thanks")}</span>' if turn.judged else ""
    return buttons + thanks


def copied(turn: Turn) -> str:
    """An answer as plain text, with its sources below."""
    final = turn.final or {}
    lines = [final["answer"], ""]
    for citation in final["citations"]:
        path = "".join(f" › {one_line(heading)}" for heading in citation["headings"])
        lines.append(f"[{citation['number']}] 《{one_line(citation['title'])}》{path}：“{one_line(citation['quote'])}”")
    return "\n".join(lines).strip()


# -- parts -----------------------------------------------------------------------------------------------------------


def _understood(turn: Turn, words: Words) -> str:
    """What the question was taken to be about, each with a way to say no; what it was restricted to; what was dropped."""
    parts = []
    for kind in ("years", "places"):
        for value in turn.understood.get(kind, ()):
            name = words("year", year=value) if kind == "years" else str(value)
            label = attribute(plain(words("turn.ignore", value=name)))
            parts.append(
                f'<li class="yj-chip">{shown(name)}<button type="button" class="yj-drop" title="{label}" aria-label="{label}"'
                f"{_asking(turn, kind, value)}>{icon('close')}</button></li>"
            )
    dropped = [words("year", year=year) for year in turn.ignored.years] + list(turn.ignored.places)
    notes = "".join(f"<li>{shown(words('turn.ignored', value=value))}</li>" for value in dropped)
    within = [name for kind in KINDS for name in turn.chosen.of(kind).values()]
    notes += f"<li>{words('turn.within')}：{shown('、'.join(within))}</li>" if within else ""
    label = f"<li>{words('turn.understood')}</li>" if parts else ""
    return f'<ul class="yj-understood">{label}{"".join(parts)}{notes}</ul>' if parts or notes else ""


def _marked(text: str, turn: Turn, words: Words) -> str:
    """Escaped text whose [n] open what they cite: a citation, or while none is told the card it will be."""
    cited = {c["number"]: c for c in (turn.final or {}).get("citations", ())}

    def mark(match: re.Match[str]) -> str:
        number = int(match[1])
        if number not in cited:
            return f'<sup class="yj-mark">[{number}]</sup>'
        label = attribute(plain(words("turn.source", number=number, title=one_line(cited[number]["title"]))))
        place = _place(cited[number], turn)
        return f'<a class="yj-mark" href="#yj-{turn.number}-{number}" aria-label="{label}"{place}>[{number}]</a>'

    return MARK.sub(mark, shown(text)).replace("\n", "<br>")


def _place(quoted: dict[str, Any], turn: Turn) -> str:
    """Where a citation or a piece of evidence stands, for the reading panel."""
    return data(do="read", document=quoted["document_id"], start=quoted["start"], end=quoted["end"], turn=turn.number)


def _source(citation: dict[str, Any], turn: Turn) -> str:
    number = int(citation["number"])
    mark = f'<span class="yj-number">{number}</span>'
    return f'<li id="yj-{turn.number}-{number}">{_card(citation, turn, mark)}</li>'


def _cards(evidence: Sequence[dict[str, Any]], turn: Turn, words: Words, most: int) -> str:
    if not evidence:
        return ""
    cards = [f"<li>{_card(e, turn, '')}</li>" for e in evidence]
    first = f'<ol class="yj-cards">{"".join(cards[:most])}</ol>'
    rest = f'<ol class="yj-cards">{"".join(cards[most:])}</ol>'
    if not cards[most:]:
        return first
    return first + folded(_fold(turn, "more"), "yj-folded", words("turn.more", count=len(cards) - most), rest)


def _card(quoted: dict[str, Any], turn: Turn, number: str) -> str:
    headings = "".join(f"<span>{shown(one_line(heading))}</span>" for heading in quoted["headings"])
    path = f'<span class="yj-path">{headings}</span>' if headings else ""
    return (
        f'<button type="button" class="yj-card"{_place(quoted, turn)}>'
        f'<span class="yj-from">{number}<cite>《{shown(one_line(quoted["title"]))}》</cite>{path}</span>'
        f'<span class="yj-quote">{shown(one_line(quoted["quote"]))}</span></button>'
    )


def _fold(turn: Turn, part: str) -> str:
    return f"{part} {turn.number} {plain(turn.question)}"
