"""Uploads and the disk: what would fill it, or queue without end, is refused and leaves nothing; what is taken lasts."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from server.api import receiving
from server.uploads import UPLOADS
from tests.server.api.keyed import bearer, client_of, unloaded

MEGA = 1_000_000
FORM = {"Content-Type": "multipart/form-data; boundary=b"}
HEAD = b'--b\r\nContent-Disposition: form-data; name="files"; filename="a.txt"\r\n\r\n'


@pytest.fixture
def app(tmp_path: Path) -> Iterator[FastAPI]:
    with unloaded(tmp_path / "data", free_megabytes=200, queued_files_per_key=2) as app:
        yield app


@pytest.fixture
def client(app: FastAPI) -> TestClient:
    return client_of(app)


def left(data: Path) -> list[Path]:
    """Whatever is below the folder of uploads."""
    return sorted((data / UPLOADS).rglob("*"))


class Disk:
    """A small disk: what lies in the folder is missing from its free space."""

    def __init__(self, room: int) -> None:
        self.room = room

    def __call__(self, folder: Path) -> int:
        return self.room - sum(
            path.stat().st_size for path in folder.rglob("*") if path.is_file() and "uploads" in str(path)
        )


def assert_refused(
    client: TestClient, data: Path, status: int, told: str, response_of: "Iterator[bytes] | bytes", **headers: str
) -> None:
    response = client.post("/api/documents", content=response_of, headers=FORM | headers)
    assert (response.status_code, response.json()["status"]) == (status, status), response.text
    assert told in response.json()["detail"]
    assert left(data) == []
    assert client.get("/api/jobs").json()["total"] == 0


def test_an_upload_that_is_larger_than_what_is_free_is_refused_before_it_is_read(
    client: TestClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(receiving, "free_bytes", Disk(300 * MEGA))
    headers = {"Content-Length": str(150 * MEGA)}
    assert_refused(client, tmp_path / "data", 507, "只剩 300 MB，这次上传还要 150.0 MB", b"", **headers)


def test_an_upload_that_fills_the_disk_while_it_comes_in_leaves_nothing(
    client: TestClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(receiving, "free_bytes", Disk(211 * MEGA))

    def body() -> Iterator[bytes]:  # its length is not told
        yield HEAD
        for _ in range(20):
            yield b"x" * MEGA
        yield b"\r\n--b--\r\n"

    assert_refused(client, tmp_path / "data", 507, "free_megabytes", body())
    monkeypatch.setattr(receiving, "free_bytes", Disk(230 * MEGA))
    assert client.post("/api/documents", content=body(), headers=FORM).status_code == 202
    assert [path.stat().st_size for path in left(tmp_path / "data") if path.is_file()] == [20 * MEGA]


def test_a_key_with_as_many_files_waiting_as_it_may_have_is_told_to_come_back(
    app: FastAPI, client: TestClient, tmp_path: Path
) -> None:
    first, second = bearer(app, "write", "甲"), bearer(app, "write", "乙")

    def send(count: int, key: dict[str, str]) -> int:
        response = client.post(
            "/api/documents", files=[("files", (f"{n}.txt", b"x")) for n in range(count)], headers=key
        )
        if response.status_code == 429:
            assert int(response.headers["retry-after"]) > 0
            assert "queued_files_per_key" in response.json()["detail"]
        return response.status_code

    assert send(3, first) == 429
    assert left(tmp_path / "data") == []
    assert [send(1, first), send(2, first), send(1, first), send(1, first)] == [202, 429, 202, 429]
    assert send(2, second) == 202
    assert len([path for path in left(tmp_path / "data") if path.is_file()]) == 4


def test_every_folder_on_the_way_to_a_file_is_made_durable(
    client: TestClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[Path] = []
    monkeypatch.setattr(receiving, "sync_folder", synced.append)
    files = [("files", (name, b"x")) for name in ("a.txt", "b.txt")]
    job = client.post("/api/documents", files=files).json()["id"]
    data = (tmp_path / "data").absolute()
    uploads = data / UPLOADS
    assert set(synced) == {data, uploads, uploads / job, uploads / job / "1", uploads / job / "2"}
