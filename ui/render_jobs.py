"""Where files come in, what became of them, and which could not be read -> HTML. Pure: file names are escaped."""

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from ui.icons import icon
from ui.marked import attribute, one_line, plain, shown
from ui.parts import dialog, folded
from ui.when import minute
from ui.words import Words

ENDED = frozenset({"done", "failed", "cancelled"})
MOST_LINES = 200
MOST_FAILURES = 100


def intake(words: Words, may_write: bool) -> str:
    """Where files are dropped; `ui/documents.js` takes them, sends them and tells how far it is."""
    if not may_write:
        return f'<p class="yj-doc-reader">{escape(words("docs.read_only"))}</p>'
    said = {
        name: words(f"docs.{key}")
        for name, key in (
            ("sending", "sending"), ("sent", "sent_all"), ("nothing", "nothing"), ("broken", "broken"), ("refused", "refused"),
            ("busy", "busy"), ("unread", "unread"),
        )
    }  # fmt: skip
    told = " ".join(f'data-{name}="{attribute(text)}"' for name, text in said.items())
    return (
        f'<div class="yj-intake" id="yj-documents-drop" {told}><p class="yj-intake-what">{icon("upload")}<strong>{escape(words("docs.drop"))}'
        f'</strong></p><p class="yj-intake-formats">{escape(words("docs.formats"))}</p><p class="yj-intake-choose">'
        f'<label class="yj-button">{escape(words("docs.files"))}<input type="file" id="yj-documents-files" multiple></label>'
        f'<label class="yj-button yj-plain">{escape(words("docs.folder"))}<input type="file" id="yj-documents-folder" webkitdirectory>'
        f'</label></p><button type="button" hidden id="yj-documents-sent" data-do="sent" data-job="" tabindex="-1"></button></div>'
        f'<div class="yj-sending" id="yj-documents-sending" hidden><p role="status"></p><progress max="100" value="0" '
        f'aria-label="{attribute(words("docs.sending"))}"></progress><button type="button" class="yj-button yj-plain">'
        f'{escape(words("docs.stop_sending"))}</button></div>{_dialogs(words)}'
    )  # fmt: skip


def _dialogs(words: Words) -> str:
    file = (
        f'<label class="yj-doc-file"><span>{escape(words("replace.file"))}</span>'
        f'<input type="file" name="file" required></label>'
    )
    return "".join(
        dialog(
            f"yj-{name}", words(f"{name}.title"),
            f'<p class="yj-quoted" data-slot="title"></p><p>{escape(words(f"{name}.what"))}</p>{inside}',
            words("dialog.no"), words(f"dialog.{name}"), kind,
        )
        for name, inside, kind in (("remove", "", "yj-danger"), ("cancel", "", "yj-danger"), ("replace", file, ""))
    )  # fmt: skip


def jobs(words: Words, found: Sequence[Mapping[str, Any]], listed: Mapping[str, Any] | None, may_write: bool) -> str:
    """The jobs, the newest first, those that have ended folded; of `listed` (GET /api/jobs/ID with its lines) every file."""
    opened = listed["id"] if listed else None
    present = [job for job in found if job["state"] not in ENDED or job["id"] == opened]
    past = [job for job in found if job not in present]

    def items(some: Sequence[Mapping[str, Any]]) -> str:
        return "".join(_job(words, job, listed if job["id"] == opened else None, may_write) for job in some)

    now = f"<h2>{escape(words('jobs.title'))}</h2><ul>{items(present)}</ul>" if present else ""
    title = escape(words("jobs.past", count=len(past)))
    before = folded("jobs", "yj-jobs-past", title, f"<ul>{items(past)}</ul>") if past else ""
    return f'<section class="yj-jobs" id="yj-documents-jobs">{now}{before}</section>' if found else ""


def _job(words: Words, job: Mapping[str, Any], listed: Mapping[str, Any] | None, may_write: bool) -> str:
    ended, state, identity = job["state"] in ENDED, str(job["state"]), attribute(job["id"])
    what = words("jobs.replace") if job["kind"] == "replace" else words("jobs.add", files=f"{job['files']:,}")
    done = words("jobs.done_of", ended=f"{job['files_ended']:,}", files=f"{job['files']:,}")
    counts = [
        words("jobs.count", what=words(f"jobs.result.{result}"), count=f"{count:,}")
        for result, count in job["results"].items()
        if count
    ]
    told = " · ".join(counts) if ended and counts else done
    bar = (
        "" if ended else f'<progress max="{max(int(job["bytes"]), 1)}" value="{int(job["bytes_ended"])}" '
        f'aria-label="{attribute(done)}"></progress>'
    )  # fmt: skip
    cancel = (
        f'<button type="button" class="yj-button yj-plain" data-do="cancel" data-dialog="yj-cancel" data-job="{identity}" '
        f'data-title="{attribute(what)}">{escape(words("jobs.cancel"))}</button>'
        if may_write and not ended
        else ""
    )
    toggle = (
        f'<button type="button" class="yj-button yj-plain" data-do="show" data-job="{"" if listed else identity}" '
        f'aria-expanded="{"true" if listed else "false"}">{escape(words("jobs.hide" if listed else "jobs.show"))}</button>'
    )
    when = minute(job["created_at"])
    return (
        f'<li class="yj-job yj-job-{attribute(state)}"><div class="yj-job-head"><strong>{escape(what)}</strong>'
        f'<span class="yj-doc-badge">{escape(words(f"jobs.state.{state}"))}</span><time>{when}</time></div>'
        f'<p class="yj-job-told" role="status">{escape(told)}</p>{bar}<div class="yj-job-do">{toggle}{cancel}</div>'
        f"{_lines(words, listed) if listed else ''}</li>"
    )


def _lines(words: Words, job: Mapping[str, Any]) -> str:
    """Failed files first: they are what somebody has to do something about."""
    lines = sorted(job["lines"], key=lambda line: line["state"] != "failed")
    rows = "".join(_line(words, line) for line in lines[:MOST_LINES])
    left = int(job["total"]) - min(len(lines), MOST_LINES)
    more = f'<li class="yj-job-more">{escape(words("jobs.more", count=f"{left:,}"))}</li>' if left > 0 else ""
    return f'<ul class="yj-job-lines">{rows}{more}</ul>'


def _line(words: Words, line: Mapping[str, Any]) -> str:
    state, result = str(line["state"]), line["result"]
    told = words(f"jobs.result.{result}") if result else words(f"jobs.state.{state}")
    kind = "failed" if state == "failed" else "running" if state == "running" else "other"
    reason = f'<span class="yj-job-why">{shown(line["reason"])}</span>' if line["reason"] else ""
    return (
        f'<li class="yj-line-{kind}"><span class="yj-job-file">{shown(one_line(line["name"]))}</span>'
        f'<span class="yj-job-state">{escape(told)}</span>{reason}</li>'
    )


def failures(words: Words, found: Mapping[str, Any]) -> str:
    """Files that could not be read, each with why; nothing where there are none."""
    total = int(found["total"])
    if not total:
        return ""
    rows = "".join(
        f'<li><span class="yj-job-file" title="{attribute(plain(one["path"]))}">{shown(one_line(_name(one["path"])))}</span>'
        f'<span class="yj-job-why">{shown(one["reason"])}</span></li>'
        for one in found["failures"][:MOST_FAILURES]
    )
    more = total - MOST_FAILURES
    last = f'<li class="yj-job-more">{escape(words("failures.more", count=f"{more:,}"))}</li>' if more > 0 else ""
    title = f"{icon('warning')}{escape(words('failures.title', count=f'{total:,}'))}"
    return folded("failures", "yj-failures", title, f"<ul>{rows}{last}</ul>")


def _name(path: str) -> str:
    return path.replace("\\", "/").rsplit("/", 1)[-1]
