"""Whether the server can answer now, and if not, what is missing: one check each for what may fail by itself.

Covered: index and models are loaded, the index opens and finds something quickly, no damage has been met, the model's
thread is alive, the data folder may be written to and has room. Nothing is written: everybody may ask. Not covered:
whether every page of the database is whole (`youju check`), which takes minutes.
"""

import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from index.errors import IndexingError
from ingest.bilingual import Text
from server.errors import NotReady, ServerError
from server.platform import free_bytes

if TYPE_CHECKING:
    from server.api.state import State

SLOW_SECONDS = 5.0
"""A search takes some 20 ms; one of seconds means a disk or a machine that is overwhelmed."""
WORD = "的"
PROBE_SECONDS = 1.0
MODEL_ENDED = Text(
    "语言模型的线程已经结束，无法再回答。请重新启动服务，并查看日志里的原因。",
    "The language model's thread has ended and answers no more. Restart the server; the reason is in its log.",
)
LOADING_FAILED = Text(
    "载入时出错。请查看日志里的原因，然后重新启动服务。",
    "Loading failed. See the reason in the log, then restart the server.",
)

Name = Literal["loaded", "index", "model", "disk", "accepting"]


@dataclass(frozen=True)
class Check:
    """One thing that has to hold, and a sentence that says how it is or what to do."""

    name: Name
    ok: bool
    sentence: Text


def checks(state: "State") -> list[Check]:
    """Every check, in the order in which they depend on each other; what cannot be looked at yet has failed."""
    return [_accepting(state), _loaded(state), *_of_answerer(state), _disk(state.installation.data, state.free_bytes)]


def _accepting(state: "State") -> Check:
    if state.ending.is_set():
        return Check(
            "accepting",
            False,
            Text("服务正在停止，不再接受新的问题。", "The server is stopping and takes no new questions."),
        )
    return Check("accepting", True, Text("接受新的问题。", "Questions are taken."))


def _loaded(state: "State") -> Check:
    if state.failure is not None:
        return Check("loaded", False, told(state.failure))
    if not state.is_loaded:
        return Check("loaded", False, NotReady().text)
    return Check("loaded", True, Text("模型和索引都已载入。", "The models and the index are loaded."))


def _of_answerer(state: "State") -> Iterator[Check]:
    if not state.is_loaded:
        yield Check("index", False, Text("索引还没有打开。", "The index is not open yet."))
        yield Check("model", False, Text("语言模型还没有载入。", "The language model is not loaded yet."))
        return
    yield _index(state)
    if state.loaded.is_alive:
        name = state.loaded.model_name
        yield Check("model", True, Text(f"语言模型 {name} 在工作。", f"The language model {name} is working."))
    else:
        yield Check("model", False, MODEL_ENDED)


def _index(state: "State") -> Check:
    """Looked at once a second at most: everybody may ask, and it costs what a search costs."""
    if state.damage is not None:
        return Check("index", False, state.damage)
    with state.probing:
        if state.probed is None or time.monotonic() - state.probed[0] > PROBE_SECONDS:
            state.probed = (time.monotonic(), _probe(state))
        return state.probed[1]


def _probe(state: "State") -> Check:
    begun = time.perf_counter()
    try:
        documents = state.loaded.store.count()
        state.loaded.searcher.search(WORD, 1)
    except IndexingError as error:
        return Check("index", False, error.text)
    seconds = time.perf_counter() - begun
    if seconds > SLOW_SECONDS:
        slow = Text(
            f"索引答得太慢（{seconds:.1f} 秒）。请检查磁盘和机器的负载。",
            f"The index is too slow ({seconds:.1f} seconds). Check the disk and the machine's load.",
        )
        return Check("index", False, slow)
    found = Text(
        f"索引里有 {documents} 份文档，可以检索。", f"The index has {documents} documents and can be searched."
    )
    return Check("index", True, found)


def _disk(folder: Path, floor: int) -> Check:
    try:
        free = free_bytes(folder)
    except OSError as error:
        fault = error.strerror or error
        closed = Text(
            f"数据文件夹打不开：{fault}。请检查磁盘和权限。",
            f"The data folder cannot be opened: {fault}. Check the disk and the permissions.",
        )
        return Check("disk", False, closed)
    if not os.access(folder, os.W_OK | os.X_OK):  # also where the file system was mounted read-only after an error
        unwritable = Text(
            "数据文件夹写不进去。请检查磁盘和权限。",
            "The data folder cannot be written. Check the disk and the permissions.",
        )
        return Check("disk", False, unwritable)
    if free < floor:
        scarce = Text(
            f"数据所在的磁盘只剩 {free / 1e6:,.0f} MB，低于下限 {floor / 1e6:,.0f} MB。请清理磁盘，或用 free_megabytes 调低下限。",
            f"The data's disk has {free / 1e6:,.0f} MB left, less than the {floor / 1e6:,.0f} MB of the setting "
            "free_megabytes. Free some space, or lower the setting.",
        )
        return Check("disk", False, scarce)
    room = Text(
        f"数据文件夹可以写入，还有 {free / 1e9:,.1f} GB。",
        f"The data folder can be written and has {free / 1e9:,.1f} GB left.",
    )
    return Check("disk", True, room)


def told(error: Exception) -> Text:
    """Our errors tell what to do themselves; others may hold anything and stay in the log."""
    if isinstance(error, ServerError | IndexingError):
        return error.text
    return LOADING_FAILED
