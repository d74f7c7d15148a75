"""Documents, jobs and figures become HTML in which nothing that files or people wrote is markup."""

import asyncio
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from typing import Any

import gradio as gr
import pytest

from tests.ui.test_render import HOSTILE
from tests.ui.test_render import _Reader as Reader
from ui.client import ApiFailure, Client
from ui.documents import Act, Desk, Shown, _Documents
from ui.render_documents import PAGE, Wanted, filters, listing, sheet
from ui.render_jobs import failures, intake, jobs
from ui.render_overview import overview, shortlist, with_gaps
from ui.words import TEXTS, Words

ZH, EN = Words("zh"), Words("en")
OUTSIDE = {"script", "img", "iframe", "svg:script", "image", "foreignobject", "object", "embed", "base", "link", "meta"}


def _document(text: str = "要点", **changed: Any) -> dict[str, Any]:
    fact = {"value": text, "start": 0, "end": 2}
    metadata = {
        "number": fact, "index_number": fact, "issuer": fact, "dates": [{"label": text, **fact}], "year": 2023,
        "years": [2023], "places": [{**fact, "parents": [text]}], "validity": fact, "repeals": [fact],
    }  # fmt: skip
    return {
        "id": "0123456789abcdef", "name": text, "title": text, "characters": 1234, "chunks": 5, "metadata": metadata,
        "gaps": [text], "added_at": "2026-11-22T20:30:00Z", "type": "pdf", "has_file": True, "viewable": True, "paths": 2,
        "outline": [{"heading": text, "level": 1, "start": 7}],
    } | changed  # fmt: skip


def _job(text: str = "甲.txt", **changed: Any) -> dict[str, Any]:
    return {
        "id": "9f3c", "kind": "add", "state": "running", "created_at": "2026-11-22T20:30:00Z", "files": 3, "files_ended": 1,
        "bytes": 100, "bytes_ended": 40, "results": {"added": 1}, "total": 2,
        "lines": [
            {"name": text, "state": "done", "result": "added", "reason": None},
            {"name": text, "state": "failed", "result": "failed", "reason": text},
        ],
    } | changed  # fmt: skip


def _statistics(text: str = "海沧区") -> dict[str, Any]:
    counts = [{"name": text, "count": 2}]
    phases = {phase: {"p50": 20.0, "p95": 80.0, "p99": 90.0} for phase in ("retrieve_ms", "first_token_ms", "total_ms")}
    asked = {"question": text, "status": "not_found", "reason": "wrong_year", "asked_at": "2026-11-20T08:00:00+00:00"}
    return {
        "documents": {
            "total": 2, "characters": 9000, "chunks": 40, "years": [{"name": "2023", "count": 2}], "places": counts,
            "issuers": counts, "types": counts, "sizes": [{"name": "0", "count": 1}, {"name": "5000", "count": 1}],
        },
        "questions": {
            "since": "2026-11-16T00:00:00+00:00", "total": 1, "statuses": [{"name": "not_found", "count": 1}],
            "reasons": [{"name": "wrong_year", "count": 1}, {"name": "smalltalk", "count": 4}],
            "days": [{"date": "2026-11-20", "answered": 0, "not_found": 1, "cancelled": 0}],
            "latency": {"answers": 1, **phases}, "refused_topics": counts, "recent": [asked], "refusals": [asked],
        },
    }  # fmt: skip


@pytest.mark.parametrize("hostile", HOSTILE)
def test_hostile_text_anywhere_is_shown_and_is_no_markup(hostile: str) -> None:
    document, job = _document(hostile), _job(hostile)
    counted = {kind: [{"name": hostile, "count": 1}] for kind in ("years", "places", "issuers", "types")}
    pages = [
        listing(ZH, {"documents": [document], "total": 1}, Wanted(), True), sheet(ZH, document, True),
        filters(ZH, counted, Wanted(q=hostile, place=hostile)), jobs(ZH, [job], job, True),
        failures(ZH, {"total": 1, "failures": [{"path": hostile, "reason": hostile}]}),
        overview(ZH, _statistics(hostile), 7, date(2026, 11, 22)),
    ]  # fmt: skip
    for html in pages:
        page = Reader(html)
        assert {tag for tag, _ in page.elements}.isdisjoint(OUTSIDE)
        attributes = [item for _, found in page.elements for item in found.items()]
        assert not [name for name, _ in attributes if name.startswith("on") or name in ("src", "style")]
        assert all((value or "").startswith("/api/documents/") for name, value in attributes if name == "href")


class _Api(Client):
    """Says what an API over one document says; `meanwhile` is what happens while the list is fetched."""

    def __init__(self, role: str = "write", jobs: tuple[dict[str, Any], ...] = ()) -> None:
        super().__init__("http://127.0.0.1:9", ZH)
        self.role, self.jobs, self.refused = role, jobs, 0
        self.meanwhile: Callable[[], object] = lambda: None

    def visited(self, cookie: str | None) -> Client:
        return self

    async def get(self, path: str, parameters: Any = None) -> dict[str, Any]:
        if self.refused:
            raise ApiFailure("不行", self.refused)
        if path == "/api/documents":
            self.meanwhile()
        answers: dict[str, dict[str, Any]] = {
            "/api/session": {"key": None, "name": "", "role": self.role}, "/api/statistics": _statistics(),
            "/api/documents": {"documents": [_document()], "total": 1}, "/api/jobs": {"jobs": list(self.jobs)},
            "/api/documents/failures": {"total": 0, "failures": []},
        }  # fmt: skip
        return answers.get(path, _job())

    async def delete(self, path: str) -> dict[str, Any]:
        return {}


def _view(api: Client) -> _Documents:
    async def build() -> _Documents:
        # Inside a loop: outside of one Gradio makes loops of its own, which it never closes.
        await asyncio.sleep(0)
        with gr.Blocks(), gr.Tabs(), gr.Tab() as tab:
            return _Documents(api, ZH, tab)

    # In a thread: the browser's driver keeps a loop running in this one.
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, build()).result()


def _done(view: _Documents, act: Act, desk: Desk, event: gr.EventData) -> Shown:
    """What an event shows."""

    async def done() -> Shown:
        return await view._guarded(act)(desk, event, gr.Request(headers={}))

    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, done()).result()


def _event(**told: str) -> gr.EventData:
    return gr.EventData(None, told)


def test_the_first_event_of_a_new_session_learns_the_role_and_shows_the_filters_that_hold() -> None:
    view, desk = _view(_Api()), Desk()
    first = _done(view, view._narrow, desk, _event(name="year", value="2023"))
    assert desk.may_write and '<option value="2023" selected>' in first[view._filters]
    assert 'type="file"' in first[view._intake] and first[view._filters].startswith("<aside ")
    second = _done(view, view._narrow, desk, _event(name="q", value="甲"))
    assert second.keys() == {view._notice, view._list} and (desk.wanted.year, desk.wanted.q) == ("2023", "甲")


def test_what_changes_while_the_timer_looks_is_not_put_back() -> None:
    api = _Api()
    view, desk = _view(api), Desk(entered=True, running=frozenset({"9f3c"}))
    api.meanwhile = lambda: setattr(desk, "wanted", desk.wanted.changed("q", "甲"))
    shown = _done(view, view._tick, desk, _event())
    assert desk.wanted.q == "甲" and view._list not in shown and 'value="甲"' in shown[view._filters]
    assert desk.running == frozenset()


@pytest.mark.parametrize(("status", "ends"), [(401, True), (403, True), (503, False)])
def test_the_timer_ends_where_it_may_not_look(status: int, ends: bool) -> None:
    api = _Api()
    view, api.refused = _view(api), status
    shown = _done(view, view._tick, Desk(entered=True), _event())
    assert (view._timer in shown, "不行" in shown[view._notice]) == (ends, True)


def test_a_removed_title_cannot_turn_the_notice_around() -> None:
    view = _view(_Api())
    shown = _done(view, view._remove, Desk(), _event(document="d", title="甲\u202e<b>"))
    assert "U+202E" in shown[view._notice] and "\u202e" not in shown[view._notice] and "<b>" not in shown[view._notice]


def test_options_titles_and_labels_name_what_would_turn_them() -> None:
    turned = "甲\u202e乙"
    counted = {kind: [{"name": turned, "count": 1}] for kind in ("years", "places", "issuers", "types")}
    chosen = re.sub(r'value="[^"]*"', "", filters(ZH, counted, Wanted()))
    for html in (chosen, sheet(ZH, _document(turned), True), overview(ZH, _statistics(turned), 7, date(2026, 11, 22))):
        assert "\u202e" not in html and "U+202E" in html


def test_text_that_turns_or_hides_other_text_is_named() -> None:
    html = listing(ZH, {"documents": [_document("甲\u202egpj.exe")], "total": 1}, Wanted(), True)
    assert "\u202e" not in html and "U+202E" in html


def test_what_was_understood_is_told_and_what_was_not_is_told_to_be_missing() -> None:
    text = Reader(sheet(ZH, _document(), True)).text
    assert "1,234 字，分成 5 段" in text and "没有读出来的部分" in text
    empty: dict[str, Any] = {"number": None, "index_number": None, "issuer": None, "dates": [], "year": None, "years": [], "places": [],
             "validity": None, "repeals": []}  # fmt: skip
    bare = Reader(sheet(EN, _document(metadata=empty, gaps=[], outline=[], has_file=False, paths=1), False))
    assert bare.text.count("Not found") == 5 and "no headings" in bare.text
    assert not [a for tag, a in bare.elements if tag == "a" or a.get("data-do") == "remove" or "data-replaces" in a]


def test_a_page_of_the_list_tells_how_many_there_are_and_where_to_turn() -> None:
    html = Reader(listing(ZH, {"documents": [_document()] * PAGE, "total": 120}, Wanted(page=2), True))
    assert "共 120 份" in html.text and "第 2 / 3 页" in html.text
    assert [a["data-page"] for _, a in html.elements if a.get("data-do") == "turn"] == ["1", "3"]
    last = Reader(listing(ZH, {"documents": [_document()], "total": 101}, Wanted(page=3), True))
    assert [a.get("aria-disabled") for _, a in last.elements if a.get("data-do") == "turn"] == [None, "true"]


def test_an_empty_list_says_what_to_do() -> None:
    none = {"documents": [], "total": 0}
    assert "拖到上面" in listing(ZH, none, Wanted(), True)
    assert "管理员" in listing(ZH, none, Wanted(), False)
    assert 'data-do="clear"' in listing(ZH, none, Wanted(q="甲"), True)


def test_what_a_browser_wants_is_not_believed() -> None:
    wanted = Wanted(page=3)
    assert wanted.changed("q", "甲") == Wanted(q="甲") and wanted.changed("year", "2023").page == 1
    assert (
        wanted.changed("year", "2023 OR 1") == wanted.changed("page", "1") == wanted.changed("cleared", "7") == wanted
    )
    assert wanted.changed("sort", "id; DROP").sort == "title" and wanted.on_page("-1") == wanted.on_page("x") == wanted
    assert Wanted(q="甲", sort="-year").without() == Wanted(sort="-year", cleared=1)
    assert Wanted(q="甲", year="2023", page=2).parameters == {
        "q": "甲",
        "year": "2023",
        "sort": "title",
        "offset": PAGE,
    }


def test_cleared_filters_are_new_elements_for_the_browser() -> None:
    first, cleared = filters(ZH, {}, Wanted()), filters(ZH, {}, Wanted().without())
    assert first[:5] == "<div " and cleared[:5] == "<sect"


def test_jobs_tell_how_far_they_are_and_failed_files_come_first() -> None:
    html = jobs(ZH, [_job()], _job(), True)
    assert "已处理 1 / 3" in html and 'max="100" value="40"' in html and 'data-do="cancel"' in html
    assert html.index("yj-line-failed") < html.index("yj-line-other")
    assert 'data-do="cancel"' not in jobs(ZH, [_job()], None, False)
    ended = jobs(ZH, [_job(state="done", results={"added": 2, "failed": 1})], None, True)
    assert "新增 2 · 失败 1" in ended and "<progress" not in ended and "以前的任务（1）" in ended
    assert jobs(ZH, [], None, True) == ""


def test_only_who_may_write_is_offered_to_add() -> None:
    assert 'type="file"' in intake(ZH, True)
    assert 'type="file"' not in intake(ZH, False) and "只能查看" in intake(ZH, False)


def test_figures_need_documents_and_questions() -> None:
    told = _statistics()
    html = overview(ZH, told, 7, date(2026, 11, 22))
    assert html.count("<figure") == 9 and "寒暄" not in html
    assert "2026-11" in overview(ZH, told, 366, date(2026, 11, 22))
    told["documents"]["total"] = told["questions"]["total"] = 0
    bare = overview(ZH, told, 7, date(2026, 11, 22))
    assert "<figure" not in bare and "先在“文档”里添加" in bare and "这段时间没有提问" in bare


def test_years_between_are_drawn_and_many_names_are_summed() -> None:
    assert with_gaps([("2023", 3), ("2021", 1)]) == [("2021", 1), ("2022", 0), ("2023", 3)]
    assert with_gaps([("1900", 1), ("2021", 1)]) == [("1900", 1), ("2021", 1)]
    counts = [(f"第{n}", 20 - n) for n in range(12)]
    assert shortlist(ZH, counts, 10)[-1] == ("其他（3 项）", 11 + 10 + 9) and shortlist(ZH, counts, 12) == counts


def test_every_text_is_there_in_both_languages() -> None:
    assert [key for key, (zh, en) in TEXTS.items() if not zh.strip() or not en.strip()] == []
