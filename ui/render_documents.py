"""The list of documents, its filters, one document's facts -> HTML. Pure: what comes from documents is escaped.

Not covered: jobs and failures (`ui.render_jobs`), reading the text (`ui.reading`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from html import escape
from typing import Any

from ui.icons import icon
from ui.marked import attribute, one_line, plain, shown
from ui.parts import original
from ui.when import day
from ui.words import Words

PAGE = 50
"""Documents that a page of the list shows."""
SORTS = ("title", "-added_at", "-year", "year")
KINDS = ("year", "place", "issuer", "type")
SHARES = {"year": "years", "place": "places", "issuer": "issuers", "type": "types"}
"""Filters, and where the statistics tell their values."""
MOST_HEADINGS = 500


@dataclass(frozen=True)
class Wanted:
    """What the visitor wants to see of the list. `cleared` counts how often the filters were emptied, -1 for
    a server that has forgotten them."""

    q: str = ""
    year: str = ""
    place: str = ""
    issuer: str = ""
    type: str = ""
    sort: str = "title"
    page: int = 1
    cleared: int = 0

    @property
    def is_narrowed(self) -> bool:
        return any((self.q, self.year, self.place, self.issuer, self.type))

    @property
    def parameters(self) -> dict[str, Any]:
        """For GET /api/documents."""
        given = {name: getattr(self, name) for name in ("q", *KINDS) if getattr(self, name)}
        return {**given, "sort": self.sort, "offset": (self.page - 1) * PAGE}

    def changed(self, name: str, value: str) -> "Wanted":
        """With another filter or order, from the first page; what the browser sends is not trusted."""
        if name == "sort":
            return replace(self, sort=value if value in SORTS else "title", page=1)
        if name == "q" or (name in KINDS and len(value) <= 100 and (name != "year" or value.isdecimal() or not value)):
            return self._with({name: value[:200], "page": 1})
        return self

    def _with(self, changed: dict[str, Any]) -> "Wanted":
        return replace(self, **changed)

    def on_page(self, page: str) -> "Wanted":
        return (
            replace(self, page=int(page)) if page.isdecimal() and len(page) <= 7 and 1 <= int(page) <= 10**6 else self
        )

    def without(self) -> "Wanted":
        return Wanted(sort=self.sort, cleared=self.cleared + 1)


def filters(words: Words, holdings: Mapping[str, Any], wanted: Wanted) -> str:
    """The search box, a choice for each kind of fact, and the order."""
    # Another tag each time that the filters were emptied: the browser then takes new fields, and what was typed is gone.
    tag = "aside" if wanted.cleared < 0 else ("div", "section")[wanted.cleared % 2]
    choices = "".join(_choice(words, kind, holdings.get(SHARES[kind], []), wanted) for kind in KINDS)
    sorts = "".join(
        f'<option value="{sort}"{_selected(sort == wanted.sort)}>{escape(words(f"docs.sort.{sort}"))}</option>'
        for sort in SORTS
    )
    return (
        f'<{tag} class="yj-doc-filters" role="search"><label class="yj-doc-search"><span class="yj-unseen">'
        f'{escape(words("docs.search"))}</span>{icon("search")}<input type="search" id="yj-documents-q" data-do="narrow" '
        f'data-name="q" value="{attribute(wanted.q)}" maxlength="200" autocomplete="off" '
        f'placeholder="{attribute(words("docs.search"))}"></label>{choices}'
        f'<label class="yj-doc-choice"><span>{escape(words("docs.sort"))}</span>'
        f'<select id="yj-documents-sort" data-do="narrow" data-name="sort">{sorts}</select></label></{tag}>'
    )  # fmt: skip


def _choice(words: Words, kind: str, counts: Sequence[Mapping[str, Any]], wanted: Wanted) -> str:
    chosen = getattr(wanted, kind)
    found = sorted(counts, key=lambda count: str(count["name"]), reverse=True) if kind == "year" else counts
    options = "".join(
        f'<option value="{attribute(str(count["name"]))}"{_selected(str(count["name"]) == chosen)}>'
        f"{escape(plain(str(count['name'])))}（{int(count['count']):,}）</option>"
        for count in found
        if count["name"]
    )
    return (
        f'<label class="yj-doc-choice"><span>{escape(words(f"docs.{kind}"))}</span>'
        f'<select id="yj-documents-{kind}" data-do="narrow" data-name="{kind}">'
        f'<option value="">{escape(words("docs.any"))}</option>{options}</select></label>'
    )


def _selected(is_so: bool) -> str:
    return " selected" if is_so else ""


def listing(words: Words, found: Mapping[str, Any], wanted: Wanted, may_write: bool, opened: str = "") -> str:
    """A page of the list, how many there are, and where to turn the page."""
    total = int(found["total"])
    if not total:
        if wanted.is_narrowed:
            return f'<div class="yj-empty" role="status"><p>{escape(words("docs.no_match"))}</p>{_clear(words)}</div>'
        told = words("docs.empty") if may_write else words("docs.empty_reader")
        return f'<div class="yj-empty" role="status"><p>{escape(told)}</p></div>'
    said = words("docs.found" if wanted.is_narrowed else "docs.total", total=f"{total:,}")
    rows = "".join(_row(words, document, opened) for document in found["documents"])
    return (
        f'<div class="yj-doc-count"><p role="status">{escape(said)}</p>{_clear(words) if wanted.is_narrowed else ""}</div>'
        f'<ul class="yj-doc-list" id="yj-documents-list">{rows}</ul>{_pager(words, wanted.page, -(-total // PAGE))}'
    )


def _clear(words: Words) -> str:
    return f'<button type="button" class="yj-button yj-plain" data-do="clear">{escape(words("docs.clear"))}</button>'


def _row(words: Words, document: Mapping[str, Any], opened: str) -> str:
    facts = [*_facts(document), words("docs.characters", count=f"{document['characters']:,}")]
    told = "".join(f"<span>{shown(one_line(fact))}</span>" for fact in facts)
    gaps = len(document["gaps"])
    if gaps:
        told += f'<span class="yj-doc-gaps">{icon("warning")}{escape(words("docs.has_gaps", count=gaps))}</span>'
    if not document["has_file"]:
        told += f'<span class="yj-doc-gaps">{escape(words("docs.gone"))}</span>'
    current = ' aria-current="true"' if document["id"] == opened else ""
    return (
        f'<li><button type="button" class="yj-doc-row" data-do="open" data-document="{attribute(document["id"])}"{current}>'
        f'<span class="yj-doc-title">{shown(one_line(document["title"]))}</span>'
        f'<span class="yj-doc-name">{shown(one_line(document["name"]))}</span>'
        f'<span class="yj-doc-facts">{told}</span></button></li>'
    )


def _facts(document: Mapping[str, Any]) -> list[str]:
    """What tells a document from others at a glance."""
    known = document["metadata"]
    found = [str(known["year"] or ""), *(place["value"] for place in known["places"][:1])]
    found += [known[name]["value"] for name in ("issuer", "number") if known[name]]
    return [fact for fact in (*found, str(document["type"]).upper()) if fact]


def _pager(words: Words, page: int, pages: int) -> str:
    if pages <= 1:
        return ""

    def turn(to: int, key: str) -> str:
        off = ' disabled aria-disabled="true"' if not 1 <= to <= pages else ""
        return f'<button type="button" class="yj-button yj-plain" data-do="turn" data-page="{to}"{off}>{escape(words(key))}</button>'

    told = escape(words("docs.page", page=page, pages=pages))
    return (
        f'<nav class="yj-doc-pages" aria-label="{told}">{turn(page - 1, "docs.previous")}<span>{told}</span>'
        f"{turn(page + 1, 'docs.next')}</nav>"
    )


def sheet(words: Words, document: Mapping[str, Any], may_write: bool) -> str:
    """What was understood of one document, its outline, and what can be done with it."""
    title, identity = shown(one_line(document["title"])), attribute(document["id"])
    pairs = "".join(
        f"<div><dt>{escape(words(key))}</dt><dd>{value}</dd></div>" for key, value in _known(words, document)
    )
    gaps = "".join(f"<li>{shown(gap)}</li>" for gap in document["gaps"])
    lacking = (
        f'<section class="yj-sheet-gaps"><h3>{escape(words("sheet.gaps"))}</h3><ul>{gaps}</ul></section>'
        if gaps
        else ""
    )
    return (
        f'<article class="yj-sheet" id="yj-documents-sheet" data-key="{identity}" aria-labelledby="yj-sheet-title"><header><h2 id="yj-sheet-title" '
        f'tabindex="-1">{title}</h2><button type="button" class="yj-button yj-plain yj-sheet-close" data-do="leave" '
        f'aria-label="{attribute(words("sheet.close"))}">{icon("close")}</button></header>'
        f"{_actions(words, document, may_write)}<section><h3>{escape(words('sheet.understood'))}</h3>"
        f'<dl class="yj-facts">{pairs}</dl></section>{lacking}<section><h3>{escape(words("sheet.outline"))}</h3>'
        f"{_outline(words, document['outline'], identity)}</section></article>"
    )


def _actions(words: Words, document: Mapping[str, Any], may_write: bool) -> str:
    identity, title = attribute(document["id"]), attribute(plain(one_line(document["title"])))
    parts = [
        f'<button type="button" class="yj-button" data-do="read" data-document="{identity}" data-start="0">{icon("outline")}'
        f"{escape(words('sheet.read'))}</button>"
    ]
    if document["has_file"]:
        parts.append(original(document, "yj-button yj-plain", words))
    if may_write:
        parts.append(
            f'<button type="button" class="yj-button yj-plain" data-replaces="{identity}" data-title="{title}">{icon("copy")}'
            f"{escape(words('sheet.replace'))}</button>"
            f'<button type="button" class="yj-button yj-plain yj-danger" data-do="remove" data-dialog="yj-remove" '
            f'data-document="{identity}" data-title="{title}">{icon("bin")}{escape(words("sheet.remove"))}</button>'
        )
    return f'<div class="yj-sheet-actions">{"".join(parts)}</div>'


def _known(words: Words, document: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Facts as (key of the word, HTML); those that every document should have are told to be missing too."""
    known = document["metadata"]
    missing = f'<span class="yj-doc-missing">{escape(words("sheet.unknown"))}</span>'

    def value(name: str) -> str:
        return shown(one_line(known[name]["value"])) if known[name] else ""

    dates = [f"{shown(date['label'])} {shown(date['value'])}" for date in known["dates"]]
    places = [shown(" · ".join((place["value"], *place["parents"]))) for place in known["places"]]
    size = words("sheet.size_is", characters=f"{document['characters']:,}", chunks=f"{document['chunks']:,}")
    told = [
        ("sheet.name", shown(one_line(document['name']))),
        ("sheet.number", value("number") or missing), ("sheet.index", value("index_number")),
        ("sheet.issuer", value("issuer") or missing),
        ("docs.dates", "<br>".join(dates) or missing),
        ("sheet.own_year", str(known["year"] or missing)),
        ("sheet.years", escape("、".join(str(year) for year in known["years"]))),
        ("sheet.places", "<br>".join(places) or missing), ("sheet.validity", value("validity")),
        ("sheet.repeals", "<br>".join(shown(repealed["value"]) for repealed in known["repeals"])),
        ("sheet.size", escape(size)), ("sheet.added", day(document["added_at"])),
        ("sheet.copies", str(document["paths"]) if document["paths"] > 1 else ""),
    ]  # fmt: skip
    return [(key, html) for key, html in told if html]


def _outline(words: Words, outline: Sequence[Mapping[str, Any]], identity: str) -> str:
    if not outline:
        return f'<p class="yj-doc-missing">{escape(words("sheet.no_outline"))}</p>'
    items = "".join(
        f'<li class="yj-level-{min(int(one["level"]), 4)}"><button type="button" data-do="read" data-document="{identity}" '
        f'data-start="{int(one["start"])}">{shown(one_line(one["heading"]))}</button></li>'
        for one in outline[:MOST_HEADINGS]
    )
    more = "<li>…</li>" if len(outline) > MOST_HEADINGS else ""
    return f'<ol class="yj-doc-outline">{items}{more}</ol>'
