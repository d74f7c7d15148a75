"""Upkeep of the index for a person: delete, check and repair, back up, put back; with progress, and what to do next."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from index.backup import back_up, restore
from index.errors import UnknownDocument
from index.integrity import Cure, Fault
from index.library import Library
from index.store import Store
from ingest.sandbox.confinement import LAYERS, Layer
from server.bars import bar
from server.installation import Installation
from server.ledger import jobs
from server.ledger.conversations import reconcile
from server.ledger.retention import Pruned, prune
from server.removal import remove_document
from server.runtime import DATABASE, VECTORS, open_ledger, open_store
from server.uploads import Uploads

CANNOT: dict[Cure, str] = {
    "restore": "数据库文件本身有损坏，修不了。请先停止服务，再用 youju restore 备份文件 恢复；没有备份时移走数据库，用 youju add 重新添加。",
    "read again": "原文的数据坏了，而原来的文件已不在或变了。请用 youju remove 删除这份文档，再添加一次，或从备份恢复。",
}
CAN = "可用 youju check --repair 修复。"
STILL = "修复后仍有问题。请从备份恢复（youju restore），或删除有问题的文档后重新添加。"
NOT_YET = "；有程序正在读数据库，文件里旧的字节还在，等它读完后运行一次 youju list 和 youju keys list 即可抹去"
MOST_SHOWN = 50
LAYERS_IN_WORDS: dict[Layer, str] = {
    "limits": "内存、处理器时间和文件大小有上限",
    "privileges": "不能取得更多权限",
    "files": "读不到、也写不了别的文件",
    "system calls": "没有网络，不能启动程序，碰不到别的进程",
}


@dataclass(frozen=True)
class Checked:
    """Faults that are left, whether a repair was made, and how many it mended."""

    faults: Sequence[Fault]
    mended: int = 0
    repaired: bool = False

    def as_json(self) -> dict[str, Any]:
        return {"faults": [fault.text for fault in self.faults], "repaired": self.repaired}

    def lines(self) -> list[str]:
        """A line a fault; of very many the first."""
        more = len(self.faults) - MOST_SHOWN
        return [fault.text for fault in self.faults[:MOST_SHOWN]] + ([f"……另有 {more} 处"] if more > 0 else [])

    def text(self) -> str:
        """What was found in all, and what to do about what is left."""
        if not self.faults:
            return f"修复了 {self.mended} 处，现在没有问题。" if self.repaired else "没有发现问题。"
        cures = {fault.cure for fault in self.faults}
        hopeless = [sentence for cure, sentence in CANNOT.items() if cure in cures]
        if self.repaired:
            hopeless = hopeless or [STILL]
        elif cures - {"restore"}:
            hopeless = [*(s for s in hopeless if s == CANNOT["restore"]), CAN]
        return "\n".join([f"有 {len(self.faults)} 处问题。", *hopeless])


@dataclass(frozen=True)
class Confinement:
    """What the process that reads files is confined by on this system."""

    active: Sequence[Layer]

    @property
    def missing(self) -> list[Layer]:
        return [layer for layer in LAYERS if layer not in self.active]

    def as_json(self) -> dict[str, Any]:
        return {"active": list(self.active), "missing": self.missing}

    def text(self) -> str:
        told = f"读取文件的进程：{'；'.join(LAYERS_IN_WORDS[layer] for layer in self.active) or '没有隔离'}。"
        if self.missing:
            told += f"这个系统没有：{'；'.join(LAYERS_IN_WORDS[layer] for layer in self.missing)}。"
            told += "来历不明的文件请在 Linux（内核 5.13 以上，x86-64 或 AArch64）上读。"
        return told


def confinement(library: Library) -> Confinement:
    """Start the reading process and ask it."""
    return Confinement(library.reader_layers())


def remove(installation: Installation, documents: Sequence[str]) -> Iterator[str]:
    """Delete documents, their uploaded files, and the file of vectors, which the next search makes again; a line on each.

    Raises UnknownDocument before any is deleted.
    """
    store, ledger, uploads = open_store(installation), open_ledger(installation), Uploads(installation.data)
    try:
        for document_id in documents:
            if not store.has(document_id):
                raise UnknownDocument(document_id)
        for document_id in dict.fromkeys(documents):
            gone = remove_document(store, ledger, uploads, document_id)
            (installation.data / VECTORS).unlink(missing_ok=True)
            yield f"已删除 {document_id}" + ("" if gone else NOT_YET)
    finally:
        ledger.close()
        store.close()


def check(library: Library, repair: bool) -> Checked:
    """Look for faults, mend them where `repair` says so, and look again."""
    faults = library.faults()
    if repair and not faults:
        library.rebuild()  # drops what another model has begun and nobody needs any more
    if not faults or not repair:
        return Checked(faults)
    with bar(library.to_repair(faults), "重建", "份") as progress:
        library.repair(faults, progress.update)
    left = library.faults()
    return Checked(left, max(0, len(faults) - len(left)), True)


def tidy(installation: Installation) -> Pruned:
    """Delete what the retention settings no longer keep."""
    ledger = open_ledger(installation)
    try:
        return prune(ledger, installation.retention)
    finally:
        ledger.close()


def save(store: Store, file: Path) -> str:
    """Back up into `file`; what was saved."""
    with bar(1, "备份", "份") as progress:
        back_up(store, file, progress.update)
    return f"已备份 {store.count()} 份文档到 {file}（{file.stat().st_size / 1e6:.1f} MB，已检查）。"


def settle(installation: Installation, store: Store) -> bool:
    """Blank saved quotes of documents that are no longer in `store`; whether their bytes are gone too."""
    ledger = open_ledger(installation)
    try:
        return reconcile(ledger, store)
    finally:
        ledger.close()


def put_back(file: Path, installation: Installation) -> str:
    """Restore from `file`; what was put back, and where a damaged database went."""
    with bar(1, "恢复", "份") as progress:
        restored = restore(file, installation.data / DATABASE, progress.update)
    store = open_store(installation)
    count = store.count()
    settled = settle(installation, store)
    aside = _set_aside(installation, store)
    store.close()
    not_yet = "" if restored.purged and settled else NOT_YET
    told = f"已从 {file} 恢复 {count} 份文档{not_yet}。正在运行的服务会自动用上。"
    if restored.kept is not None:
        told += f"原来损坏的数据库留在 {restored.kept}，确认不再需要后可以删除；服务请重新启动。"
    if aside is not None:
        told += f"备份里没有的上传文件移到了 {aside}，需要的请重新添加，其余可以删除。"
    return told


def _set_aside(installation: Installation, store: Store) -> Path | None:
    ledger = open_ledger(installation)
    try:
        known = partial(jobs.is_awaited, ledger)
        return Uploads(installation.data).set_aside(store, known)
    finally:
        ledger.close()
