"""Index files for a person: a progress bar, a summary of what became of each, and folders that are followed."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property, partial
from pathlib import Path
from typing import Any

from index.folder import leads_out, walk
from index.library import Library, Outcome, Status
from ingest.formats import is_archive, supported_suffixes
from server.bars import bar
from server.errors import FolderIsEmpty, FolderIsGone
from server.uploads import UPLOADS

COUNTED: tuple[Status, ...] = ("added", "unchanged", "updated", "renamed", "duplicate", "removed", "skipped")
IN_WORDS: dict[Status, str] = {
    "added": "新增",
    "unchanged": "未变",
    "updated": "更新",
    "renamed": "改名",
    "duplicate": "重复",
    "removed": "移除",
}
REASONS = {
    "encrypted": "有密码", "damaged": "已损坏", "empty": "空文件", "no_text": "没有文字", "too_large": "过大", "timed_out": "超时",
    "memory": "内存超限", "crashed": "读取出错", "encoding": "编码不明", "unreadable": "打不开", "name": "文件名无法识别",
    "unsupported": "不支持的格式", "link": "指向文件夹之外的链接", "missing": "不存在",
}  # fmt: skip
LOOK_MILLISECONDS = 500
MOST_NAMES = 20
ALWAYS_SAID = ("added", "unchanged", "updated")
CLOSED = "无法打开这个文件夹（{fault}），里面的文件没有读，索引里的也没有动。请检查权限，或磁盘是否连接正常。"
CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f]")
LINK = "link"
LEADS_OUT = "是指向这个文件夹之外的链接，没有读。需要的话请把原件复制进来，或直接写出它的路径来添加。"
MISSING = "没有这个文件或文件夹。请检查路径。"


@dataclass
class Report:
    """What became of each file. A file of an unknown format is skipped, but one that was named has failed."""

    named: Iterable[Path] = ()
    missing: Iterable[Path] = ()
    outcomes: list[Outcome] = field(default_factory=list)
    found_in: dict[Path, Path] = field(default_factory=dict)
    """The folder that a file was found in, for those that were not named themselves."""

    def leave(self, link: Path) -> None:
        """Note a link that leads out of its folder."""
        self.outcomes.append(Outcome(link, "skipped", None, LEADS_OUT, LINK))

    @property
    def failures(self) -> list[Outcome]:
        failed = [o for o in self.outcomes if self._failed(o)]
        return failed + [Outcome(path, "failed", None, MISSING, "missing") for path in self.missing]

    @property
    def skipped(self) -> list[Outcome]:
        return [o for o in self.outcomes if o.status == "skipped" and not self._failed(o)]

    def _failed(self, outcome: Outcome) -> bool:
        return outcome.status == "failed" or (outcome.status == "skipped" and outcome.path in self._named)

    @cached_property
    def _named(self) -> set[Path]:
        return {path.absolute() for path in self.named}

    @property
    def succeeded(self) -> bool:
        return any(o.status not in ("failed", "skipped") for o in self.outcomes)

    def as_json(self) -> dict[str, Any]:
        counts = Counter(outcome.status for outcome in self.outcomes)
        counts["skipped"] = len(self.skipped)
        return {
            **{status: counts[status] for status in COUNTED},
            "failed": len(self.failures),
            "failures": [_why(outcome) for outcome in self.failures],
            "skips": [_why(outcome) for outcome in self.skipped],
            "gaps": [{"path": str(o.path), "gaps": list(o.gaps)} for o in self.outcomes if o.gaps],
        }

    def text(self) -> str:
        counts = Counter(outcome.status for outcome in self.outcomes)
        parts = [f"{word} {counts[s]}" for s, word in IN_WORDS.items() if counts[s] or s in ALWAYS_SAID]
        unknown = [o for o in self.skipped if o.code != LINK]
        links = [o for o in self.skipped if o.code == LINK]
        parts += [f"不支持 {len(unknown)}"] if unknown else []
        parts += [f"链接 {len(links)}"] if links else []
        lines = ["，".join([*parts, f"失败 {len(self.failures)}"])]
        for code, outcomes in _by_code(self.failures):
            lines.append(f"  {REASONS.get(code, code)} {len(outcomes)} 个")
            lines += [f"    {failure_line(o.path, o.reason or '')}" for o in outcomes]
        if unknown:
            known = " ".join(supported_suffixes())
            lines.append(f"  不支持的格式 {len(unknown)} 个，没有读：{_names(unknown)}。支持 {known}。")
        if links:
            lines.append(f"  {len(links)} 个{LEADS_OUT.removesuffix('。')}：{_names(links)}。")
        incomplete = [f"    {_shown(o.path)}：{gap}" for o in self.outcomes for gap in o.gaps]
        lines += ["  读了但不完整", *incomplete] if incomplete else []
        return "\n".join(lines)


def _names(outcomes: list[Outcome]) -> str:
    more = " 等" if len(outcomes) > MOST_NAMES else ""
    return "、".join(_shown(Path(o.path.name)) for o in outcomes[:MOST_NAMES]) + more


def _shown(path: Path) -> str:
    """The path without what a terminal would take for a command."""
    return CONTROLS.sub("", str(path))


def failure_line(path: Path, message: str) -> str:
    """Path and message, which begins with the file's name: said once."""
    return f"{_shown(path)}：{message.removeprefix(path.name + '：')}"


def _why(outcome: Outcome) -> dict[str, str | None]:
    return {"path": str(outcome.path), "code": outcome.code, "reason": outcome.reason}


def _by_code(outcomes: list[Outcome]) -> list[tuple[str, list[Outcome]]]:
    grouped: dict[str, list[Outcome]] = {}
    for outcome in outcomes:
        grouped.setdefault(outcome.code or "", []).append(outcome)
    return sorted(grouped.items())


def take(library: Library, files: list[Path], report: Report, retry: bool = False) -> None:
    """Add `files` one after the other, with a bar over their bytes.

    One that was found in a folder may have become a link since: it is looked at again.
    """
    sizes = [_size(path) for path in files]
    with bar(sum(sizes), "添加", "B") as progress:
        for path, size in zip(files, sizes, strict=True):
            end = progress.n + size
            progress.set_postfix_str(path.name[-24:], refresh=False)
            folder = report.found_in.get(path)
            if folder is not None and leads_out(path, folder):
                report.leave(path)
                continue
            report.outcomes.extend(library.take(path, partial(_advance, progress, size), retry))
            progress.update(end - progress.n)


def _advance(progress: Any, size: int, share: float) -> None:
    progress.update(share * size)


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:  # gone since the folder was walked: reading it will say so
        return 0


def synchronise(library: Library, folder: Path, empty: bool = False, retry: bool = False) -> Report:
    """Make the index hold what `folder` holds.

    Raises FolderIsGone, or FolderIsEmpty where the folder is empty and the index is not: a disk that is not
    connected looks so.
    """
    folder = folder.absolute()
    if not folder.is_dir():
        raise FolderIsGone(folder)
    report = Report()
    files = collect([folder], report)
    closed = {str(outcome.path) for outcome in report.outcomes if outcome.code != LINK}
    # Walking leaves uploads out, so that they would look as if they were gone.
    below = library.store.paths_under(str(folder))
    uploads = {path for path in below if UPLOADS in Path(path).parts}
    known = [path for path in below if path not in uploads]
    if not files and not closed and known and not empty:
        raise FolderIsEmpty(folder, len(known))
    take(library, files, report, retry)
    links = {str(outcome.path) for outcome in report.outcomes if outcome.code == LINK}
    seen = ({str(path) for path in files} | {str(outcome.path) for outcome in report.outcomes}) - links | uploads
    # What an archive holds was compared when it was taken; what stands in a closed folder nobody knows.
    inside = {str(path) for path in files if is_archive(path)} | closed
    seen.update(path for path in known if any(str(parent) in inside for parent in Path(path).parents))
    report.outcomes.extend(library.prune(folder, seen))
    return report


def collect(paths: Iterable[Path], report: Report) -> list[Path]:
    """The files that are named and those in folders.

    Folders that cannot be looked into are failures; links that lead out of their folder are skipped.
    """

    def closed(error: OSError) -> None:
        path = Path(error.filename).absolute()
        report.outcomes.append(Outcome(path, "failed", None, CLOSED.format(fault=error.strerror), "unreadable"))

    files = []
    for path in paths:
        for file in walk([path], closed, lambda link: report.leave(link.absolute())):
            files.append(file)
            if file != path:
                report.found_in[file] = path
    return files


def follow(library: Library, folder: Path, empty: bool = False, retry: bool = False) -> Iterator[Report]:
    """A report on `folder` as it is, then one for each time that something in it changes, forever.

    The watching begins before the first comparison, which may take an hour: what changes meanwhile is not missed.
    Every change is answered by comparing the whole folder: renamed folders are told differently on every system.
    """
    from watchfiles import watch

    changed = watch(folder, debounce=2000, step=200, rust_timeout=LOOK_MILLISECONDS, yield_on_timeout=True)
    next(changed)
    yield synchronise(library, folder, empty, retry)
    for changes in changed:
        if not changes:
            continue
        try:
            report = synchronise(library, folder)
        except (FolderIsEmpty, FolderIsGone) as error:
            report = Report(outcomes=[Outcome(folder, "failed", None, str(error), "empty_folder")])
        if any(outcome.status != "unchanged" for outcome in report.outcomes):
            yield report
