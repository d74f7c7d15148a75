"""What Prometheus is told: of requests and answers as they happen, of everything else when it asks.

Covered: a registry for each application, so that tests and several applications in one process stay apart. Labels
hold only templates, codes and states: no question, no name of a document or a key.
"""

import platform
import threading
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import psutil
from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from index.database import LOGS
from server.answer.result import Answer
from server.ledger.ledger import Ledger

if TYPE_CHECKING:
    from server.api.state import State

SECONDS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 1.5, 2.0, 3.0, 5.0, 8.0, 13.0, 20.0, 30.0, 60.0, 120.0)
"""Retrieval takes hundredths, an answer about two seconds, a full queue a minute."""

FAMILIES = {
    "youju_phase_seconds": ("直方图", "phase", "一次回答各阶段的用时：retrieve 检索，first_token 到模型的第一个字，model 模型，total 全程"),
    "youju_queue_wait_seconds": ("直方图", "", "等待模型的时间；不需要等的不计"),
    "youju_answers_total": ("计数", "status, reason", "回答的个数；stopped 是中途停止的"),
    "youju_http_requests_total": ("计数", "method, route, status", "HTTP 请求数，route 是路由模板"),
    "youju_http_request_seconds": ("直方图", "route", "HTTP 请求的用时"),
    "youju_model_tokens_total": ("计数", "direction", "语言模型读（read，不含缓存里已有的）和写（written）的词元数"),
    "youju_queue_length": ("瞬时值", "", "正在回答和排队的问题数"),
    "youju_ready": ("瞬时值", "", "1 为已就绪（索引和模型都已载入，没有在停止）"),
    "youju_documents": ("瞬时值", "", "索引中的文档数"),
    "youju_chunks": ("瞬时值", "", "索引中的段落数"),
    "youju_data_bytes": ("瞬时值", "file", "数据文件的字节数：index 索引，vectors 向量缓存，ledger 账本"),
    "youju_parse_failures": ("瞬时值", "code", "没有读成的文件数，按原因"),
    "youju_jobs": ("瞬时值", "state", "添加文档的任务数，按状态"),
    "youju_process_resident_bytes": ("瞬时值", "", "进程占用的内存"),
    "youju_process_threads": ("瞬时值", "", "进程的线程数"),
    "youju_build_info": ("瞬时值", "version, python", "恒为 1，标签是版本"),
}  # fmt: skip
"""Each metric's kind, labels and meaning: its help text here, a row of the table in docs/operation.md."""


class Metrics:
    """The numbers of one application; safe for many threads."""

    def __init__(self, version: str) -> None:
        self.registry = CollectorRegistry()
        self._version = version
        self._phases = self._histogram("youju_phase_seconds", "phase")
        self._waits = self._histogram("youju_queue_wait_seconds")
        self._answers = self._counter("youju_answers_total", "status", "reason")
        self._requests = self._counter("youju_http_requests_total", "method", "route", "status")
        self._durations = self._histogram("youju_http_request_seconds", "route")

    def _counter(self, name: str, *labels: str) -> Counter:
        return Counter(name, FAMILIES[name][2], labels, registry=self.registry)

    def _histogram(self, name: str, *labels: str) -> Histogram:
        return Histogram(name, FAMILIES[name][2], labels, registry=self.registry, buckets=SECONDS)

    def requested(self, method: str, route: str, status: int, seconds: float) -> None:
        """One request was answered; `route` is a template."""
        self._requests.labels(method, route, str(status)).inc()
        self._durations.labels(route).observe(seconds)

    def answered(self, answer: Answer | None) -> None:
        """One question has its answer, or was stopped on the way to it."""
        if answer is None:
            self._answers.labels("stopped", "").inc()
            return
        timings = answer.timings
        self._answers.labels(answer.status, answer.reason or "").inc()
        phases = {"retrieve": timings.retrieve_ms, "total": timings.total_ms}
        if timings.first_token_ms is not None:
            phases["first_token"] = timings.first_token_ms
            phases["model"] = timings.total_ms - timings.retrieve_ms - timings.waited_ms
        for phase, milliseconds in phases.items():
            self._phases.labels(phase).observe(milliseconds / 1000)
        if timings.waited_ms:
            self._waits.observe(timings.waited_ms / 1000)

    def follow(self, state: "State") -> None:
        """Tell of `state` too, each time that somebody asks."""
        self.registry.register(_Present(state, self._version))

    def text(self) -> bytes:
        """All of it in Prometheus' text format."""
        return generate_latest(self.registry)


class _Present(Collector):
    """Reads the state of the moment."""

    def __init__(self, state: "State", version: str) -> None:
        self._state = state
        self._version = version

    def describe(self) -> Iterable[Metric]:
        """Nothing is read when it is registered."""
        return ()

    def collect(self) -> Iterator[Metric]:
        state = self._state
        yield _gauge("youju_build_info", [((self._version, platform.python_version()), 1)], "version", "python")
        yield _gauge("youju_process_resident_bytes", [((), psutil.Process().memory_info().rss)])
        yield _gauge("youju_process_threads", [((), threading.active_count())])
        yield _gauge("youju_ready", [((), state.is_ready)])
        sizes = [((name,), _size(path)) for name, path in state.files().items()]
        yield _gauge("youju_data_bytes", sizes, "file")
        yield _gauge("youju_jobs", _jobs(state.ledger), "state")
        if not state.is_loaded:
            return
        answerer = state.loaded
        yield _gauge("youju_queue_length", [((), answerer.in_line)])
        yield _gauge("youju_documents", [((), answerer.store.count())])
        yield _gauge("youju_chunks", [((), answerer.store.count_chunks())])
        failures = [((code,), count) for code, count in answerer.store.failure_counts().items()]
        yield _gauge("youju_parse_failures", failures, "code")
        tokens = CounterMetricFamily(
            "youju_model_tokens", FAMILIES["youju_model_tokens_total"][2], labels=["direction"]
        )
        tokens.add_metric(["read"], answerer.tokens.read)
        tokens.add_metric(["written"], answerer.tokens.written)
        yield tokens


def _gauge(name: str, values: Iterable[tuple[tuple[str, ...], float]], *labels: str) -> GaugeMetricFamily:
    family = GaugeMetricFamily(name, FAMILIES[name][2], labels=labels)
    for label, value in values:
        family.add_metric(list(label), value)
    return family


def _jobs(ledger: Ledger) -> list[tuple[tuple[str], int]]:
    """How many jobs are in each state."""
    rows = ledger.rows("SELECT state, count(*) FROM jobs GROUP BY state")
    return [((str(state),), int(count)) for state, count in rows]


def _size(path: Path) -> int:
    """Bytes of a file and of the log beside it; 0 for one that is not there."""
    files = (path, *(path.with_name(path.name + log) for log in LOGS))
    return sum(file.stat().st_size for file in files if file.exists())
