"""Health at once, ready when everything holds that an answer needs, and what loading went wrong says."""

import os
import shutil
import threading
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from index.errors import DamagedData, EmbeddingChanged
from index.search import Searcher
from server.answer.answerer import Answerer
from server.api.app import create_app
from server.errors import ModelMissing, TooBusy
from server.llm.cancel import Cancel
from server.llm.template import Message
from server.settings import Settings
from tests.server.api.conftest import BASE
from tests.server.api.keyed import bearer
from tests.stubs import ScriptedModel
from tests.waiting import occurs

QUESTION = {"question": "海沧2023年计划竣工几个项目"}


def test_until_everything_is_loaded_it_is_healthy_and_not_ready(searcher: Searcher, tmp_path: Path) -> None:
    go = threading.Event()

    def load() -> Answerer:
        go.wait()
        return Answerer(searcher, ScriptedModel())

    app = create_app(Settings(data=tmp_path), load=load)
    with TestClient(app, base_url=BASE) as client:
        try:
            assert client.get("/api/health").json() == {"status": "ok"}
            for response in (
                client.get("/api/ready"),
                client.post("/api/ask", json=QUESTION),
                client.post("/api/ask", json=QUESTION | {"stream": True}),
                client.get("/api/documents"),
            ):
                assert (response.status_code, response.json()["status"]) == (503, 503)
                assert int(response.headers["Retry-After"]) > 0
                assert response.headers["content-type"] == "application/problem+json"
        finally:
            go.set()
        occurs(app.state.youju.finished)
        ready = client.get("/api/ready")
        assert ready.status_code == 200
        told = ready.json()
        assert [check["ok"] for check in told.pop("checks")] == [True] * 5
        assert told == {
            "status": "ready",
            "documents": 4,
            "chunks": searcher.store.count_chunks(),
            "model": "scripted",
        }


def _unmet(client: TestClient) -> list[str]:
    """The checks that do not hold; the answer is a problem that says so."""
    response = client.get("/api/ready")
    problem = response.json()
    assert (response.status_code, problem["status"]) == (503, 503)
    assert response.headers["content-type"] == "application/problem+json"
    assert int(response.headers["Retry-After"]) > 0
    failed = [check for check in problem["checks"] if not check["ok"]]
    assert all(check["sentence"] in problem["detail"] for check in failed)
    return [check["name"] for check in failed]


def test_a_model_that_has_ended_is_not_ready(searcher: Searcher, tmp_path: Path) -> None:
    model = ScriptedModel()
    app = create_app(Settings(data=tmp_path), load=lambda: Answerer(searcher, model))
    with TestClient(app, base_url=BASE) as client:
        occurs(app.state.youju.finished)
        model.closed = True
        assert _unmet(client) == ["model"]
        assert client.get("/api/health").status_code == 200


def test_a_disk_that_is_nearly_full_is_not_ready(searcher: Searcher, tmp_path: Path) -> None:
    free = shutil.disk_usage(tmp_path).free // 1_000_000
    app = create_app(Settings(data=tmp_path, free_megabytes=free * 2), load=lambda: Answerer(searcher, ScriptedModel()))
    with TestClient(app, base_url=BASE) as client:
        occurs(app.state.youju.finished)
        assert _unmet(client) == ["disk"]


def test_a_data_folder_that_has_gone_is_not_ready(client: TestClient, tmp_path: Path) -> None:
    state = client.app.state.youju  # type: ignore[attr-defined]
    state.installation = replace(state.installation, data=tmp_path / "gone")
    assert _unmet(client) == ["disk"]


def test_a_folder_that_cannot_be_written_to_is_not_ready(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.access", lambda _path, mode: not mode & os.W_OK)  # root may write everywhere
    assert _unmet(client) == ["disk"]


def test_asking_whether_it_is_ready_writes_nothing(
    client: TestClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    client.get("/api/ready")
    changed = tmp_path.stat().st_mtime_ns  # a file that is made and deleted changes the folder
    monkeypatch.setattr("tempfile.TemporaryFile", None)
    for _ in range(3):
        assert client.get("/api/ready").status_code == 200
    assert tmp_path.stat().st_mtime_ns == changed


def _without_details(client: TestClient, status: int) -> list[str]:
    """What a stranger is told is missing."""
    response = client.get("/api/ready")
    told = response.json()
    assert response.status_code == status
    assert all(check["sentence"] is None for check in told["checks"])
    assert all(told.get(name) is None for name in ("documents", "chunks", "model"))
    return [check["name"] for check in told["checks"] if not check["ok"]]


def test_strangers_learn_only_whether_it_is_ready(client: TestClient, tmp_path: Path) -> None:
    app = client.app
    assert isinstance(app, FastAPI)
    key = bearer(app, "read")
    assert _without_details(client, 200) == []
    assert client.get("/api/ready", headers=key).json()["documents"] == 4
    state = app.state.youju
    state.installation = replace(state.installation, data=tmp_path / "gone")
    assert _without_details(client, 503) == ["disk"]
    assert str(tmp_path) not in client.get("/api/ready").text
    told = client.get("/api/ready", headers=key).json()
    assert "数据文件夹" in told["detail"]


def test_strangers_learn_no_path_of_what_could_not_be_loaded(tmp_path: Path) -> None:
    def load() -> Answerer:
        raise ModelMissing("qwen", Path("/srv/models/qwen.gguf"))

    app = create_app(Settings(data=tmp_path), load=load)
    with TestClient(app, base_url=BASE) as client:
        app.state.youju.finished.wait()
        key = bearer(app, "read")
        assert "loaded" in _without_details(client, 503)
        assert "qwen" not in client.get("/api/ready").text
        assert "/srv/models/qwen.gguf" in client.get("/api/ready", headers=key).json()["detail"]


def test_damage_that_a_request_met_stays_known(client: TestClient) -> None:
    state = client.app.state.youju  # type: ignore[attr-defined]

    @client.app.get("/api/damaged")  # type: ignore[attr-defined, untyped-decorator]
    def damaged() -> None:
        raise DamagedData(Path("youju.db"), "page 7")

    assert client.get("/api/damaged").status_code == 503
    assert _unmet(client) == ["index"]
    assert "page 7" in state.damage.zh


def test_a_server_that_ends_is_not_ready_and_takes_no_questions(client: TestClient) -> None:
    client.app.state.youju.end()  # type: ignore[attr-defined]
    assert _unmet(client) == ["accepting"]
    for body in (QUESTION, QUESTION | {"stream": True}):
        refused = client.post("/api/ask", json=body)
        assert (refused.status_code, refused.json()["title"]) == (503, "正在停止")
        assert int(refused.headers["Retry-After"]) > 0
    assert client.get("/api/documents").status_code == 200


@pytest.mark.parametrize(
    ("error", "status"),
    [(ModelMissing("qwen", Path("models/qwen.gguf")), 500), (EmbeddingChanged("a int8", "b int8"), 503)],
)
def test_what_went_wrong_while_loading_is_told_with_its_cure(tmp_path: Path, error: Exception, status: int) -> None:
    def load() -> Answerer:
        raise error

    app = create_app(Settings(data=tmp_path), load=load)
    with TestClient(app, base_url=BASE) as client:
        occurs(app.state.youju.finished)
        assert client.get("/api/health").status_code == 200
        for response, expected in ((client.get("/api/ready"), 503), (client.post("/api/ask", json=QUESTION), status)):
            assert response.status_code == expected
            assert response.json()["detail"] == str(error)
            assert "youju" in response.json()["detail"]


class _BusyModel(ScriptedModel):
    """Has no room for another question."""

    def log_odds(self, messages: Sequence[Message], yes: str, no: str, cancelled: Cancel | None = None) -> float:
        raise TooBusy(16, 64)


@pytest.mark.usefixtures("doubtful")
def test_a_full_queue_is_a_problem_with_the_time_to_wait(searcher: Searcher, tmp_path: Path) -> None:
    app = create_app(Settings(data=tmp_path), load=lambda: Answerer(searcher, _BusyModel()))
    with TestClient(app, base_url=BASE) as client:
        occurs(app.state.youju.finished)
        response = client.post("/api/ask", json=QUESTION)
        assert (response.status_code, response.headers["Retry-After"]) == (503, "64")
        assert "16 个问题在排队" in response.json()["detail"]
        streamed = client.post("/api/ask", json=QUESTION | {"stream": True}).text
        assert "event: evidence" in streamed
        assert "event: error" in streamed
        assert "event: final" not in streamed


def test_closing_the_server_closes_the_model(searcher: Searcher, tmp_path: Path) -> None:
    model = ScriptedModel()
    app = create_app(Settings(data=tmp_path), load=lambda: Answerer(searcher, model))
    with TestClient(app, base_url=BASE):
        occurs(app.state.youju.finished)
        assert not model.closed
    assert model.closed


def test_the_api_describes_itself_and_loads_nothing_from_elsewhere(client: TestClient) -> None:
    described = client.get("/api/openapi.json").json()
    assert {"/api/ask", "/api/search", "/api/documents", "/api/health", "/api/ready"} <= set(described["paths"])
    assert client.get("/docs").status_code == client.get("/redoc").status_code == 404
