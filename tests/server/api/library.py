"""A server over an index of its own, that takes uploads in: real embedder, real indexing process, scripted model."""

import time
from collections.abc import Callable, Generator, Iterable
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from fastapi.testclient import TestClient

from index.embed import Embedder
from index.search import Searcher
from index.store import Store
from index.vectors import VectorIndex
from server.answer.answerer import Answerer
from server.api.app import create_app
from server.llm.model import LanguageModel
from server.runtime import DATABASE, VECTORS
from server.settings import Settings
from tests.stubs import ScriptedModel
from tests.waiting import occurs

BASE = "http://127.0.0.1"
Job = dict[str, Any]


def library_app(
    data: Path, embedder: Embedder, models: Path, model: LanguageModel | None = None, **settings: Any
) -> FastAPI:
    """The application over what `data` holds; a model that refuses everything where none is given."""

    def load() -> Answerer:
        vectors = VectorIndex(embedder.dimension, embedder.fingerprint, data / VECTORS)
        return Answerer(Searcher(Store(data / DATABASE), embedder, vectors), model or ScriptedModel())

    return create_app(Settings(data=data, models=models, **settings), load=load)


@contextmanager
def library(data: Path, embedder: Embedder, models: Path, **settings: Any) -> Generator[TestClient]:
    """A client of it that is ready."""
    app = library_app(data, embedder, models, **settings)
    with TestClient(app, base_url=BASE, raise_server_exceptions=False) as client:
        occurs(app.state.youju.finished)
        yield client


def text_of(name: str, figure: int = 6) -> bytes:
    return f"{name}教育局2023年工作要点\n\n一、学校建设\n2023年计划竣工项目{figure}个。\n".encode()


def post(client: TestClient, files: Iterable[tuple[str, bytes]], **headers: str) -> Job:
    """Upload files given as name and content; the job."""
    response = client.post("/api/documents", files=[("files", file) for file in files], headers=headers)
    assert response.status_code == 202, response.text
    job: Job = response.json()
    assert response.headers["Location"] == f"/api/jobs/{job['id']}"
    return job


def wait_for(client: TestClient, job: Job, until: Callable[[Job], bool] | None = None, seconds: float = 120.0) -> Job:
    """The job with all of its lines when it has ended, or when `until` says so."""
    deadline = time.monotonic() + seconds
    path = f"/api/jobs/{job['id']}"
    while True:
        now: Job = client.get(path, params={"limit": 1}).json()
        if until(now) if until is not None else now["ended_at"] is not None:
            whole: Job = client.get(path, params={"limit": 1000}).json()
            return whole
        assert time.monotonic() < deadline, now
        time.sleep(0.05)


def add(client: TestClient, files: Iterable[tuple[str, bytes]]) -> Job:
    """Upload files and wait for their ends."""
    return wait_for(client, post(client, files))


def results(job: Job) -> dict[str, str]:
    """Result by name; of what has failed its code."""
    return {line["name"]: line["code"] if line["result"] == "failed" else line["result"] for line in job["lines"]}
