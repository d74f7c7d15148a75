"""POST and PUT /api/documents: files come in whole or not at all, and each is accounted for."""

import io
import os
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from index.embed import Embedder
from server.caller import ROLES
from server.uploads import UPLOADS
from tests.server.api.keyed import bearer
from tests.server.api.library import Job, add, library, post, results, text_of, wait_for

BOUNDARY = "b"
FORM = {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"}


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.fixture
def client(data: Path, embedder: Embedder, models_folder: Path) -> Iterator[TestClient]:
    with library(data, embedder, models_folder, upload_megabytes=1, request_megabytes=2) as client:
        yield client


def zipped(files: dict[str, bytes]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return packed.getvalue()


def part(name: bytes, content: bytes = b"x", field: bytes = b"files") -> bytes:
    head = b'--b\r\nContent-Disposition: form-data; name="' + field + b'"; filename="' + name + b'"\r\n\r\n'
    return head + content + b"\r\n"


def stored(data: Path) -> list[str]:
    """Names of the files below the folder of uploads, some of which may just be deleted."""
    return sorted(name for _, _, files in os.walk(data / UPLOADS) for name in files)


def assert_stored(data: Path, names: list[str]) -> None:
    """These files are kept and no others, soon after the job has ended."""
    deadline = time.monotonic() + 10
    while stored(data) != sorted(names) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert stored(data) == sorted(names)


# -- what becomes of files --------------------------------------------------------------------------------------


def test_each_file_of_an_upload_is_accounted_for(client: TestClient, data: Path) -> None:
    inside = {"内/甲.txt": text_of("甲区"), "乙.txt": text_of("乙区"), "丙.xyz": b"x"}
    job = add(
        client,
        [
            ("资料/2023/要点.txt", text_of("海沧区")),
            ("再来.txt", text_of("海沧区")),
            ("坏.pdf", b"%PDF-1.4 junk"),
            ("表.xyz", b"x"),
            ("包.zip", zipped(inside)),
            ("空.zip", zipped({})),
        ],
    )
    assert job["state"] == "done"
    assert (job["files"], job["files_ended"], job["bytes"]) == (6, 6, job["bytes_ended"])
    assert results(job) == {
        "资料/2023/要点.txt": "added",
        "再来.txt": "duplicate",
        "坏.pdf": "damaged",
        "表.xyz": "unsupported",
        "包.zip": "unpacked",
        "包.zip/内/甲.txt": "added",
        "包.zip/乙.txt": "added",
        "包.zip/丙.xyz": "skipped",
        "空.zip": "empty",
    }
    assert job["results"] == {"added": 3, "duplicate": 1, "failed": 3, "skipped": 1}
    assert all(line["reason"] for line in job["lines"] if line["result"] in ("failed", "skipped"))
    listed = client.get("/api/documents").json()
    assert {d["name"] for d in listed["documents"]} == {"要点.txt", "甲.txt", "乙.txt"}
    assert all(d["has_file"] and d["type"] == "txt" for d in listed["documents"])
    assert_stored(data, ["包.zip", "要点.txt"])  # nothing for what failed or was there already
    assert client.get("/api/documents/failures").json()["total"] == 1, "only what the archive that is kept holds"


def test_where_the_server_keeps_its_files_only_an_admin_is_told(client: TestClient, data: Path) -> None:
    add(client, [("包.zip", zipped({"内/甲.txt": text_of("甲区"), "内/坏.pdf": b"%PDF-1.4 junk"}))])
    app = client.app
    assert isinstance(app, FastAPI)
    told = {role: client.get("/api/documents/failures", headers=bearer(app, role)).json()["failures"] for role in ROLES}
    assert [failure["path"] for failure in told["read"]] == ["坏.pdf"] == [failure["path"] for failure in told["write"]]
    assert str(data) not in str(told["read"]) + str(told["write"])
    assert told["admin"][0]["path"].startswith(str(data))


def test_a_job_of_which_nothing_went_well_has_failed(client: TestClient, data: Path) -> None:
    job = add(client, [("a.docx", b"PK junk"), ("b.txt", b" ")])
    assert job["state"] == "failed"
    assert_stored(data, [])


def test_what_was_uploaded_is_found_at_once(client: TestClient) -> None:
    add(client, [("一.txt", text_of("海沧区", 6))])
    hits = client.post("/api/search", json={"question": "海沧2023年计划竣工几个项目"}).json()["hits"]
    assert "竣工项目6个" in "".join(hit["text"] for hit in hits)


def test_lines_come_in_pages_and_jobs_the_newest_first(client: TestClient) -> None:
    first = add(client, [("包.zip", zipped({"甲.txt": text_of("甲区"), "乙.txt": text_of("乙区")})), ("丙.txt", b"")])
    second = post(client, [("丁.txt", text_of("丁区"))])
    pages = [client.get(f"/api/jobs/{first['id']}", params={"limit": 2, "offset": o}).json() for o in (0, 2, 4)]
    assert [line["name"] for page in pages for line in page["lines"]] == [line["name"] for line in first["lines"]]
    assert all(page["total"] == 4 for page in pages)
    jobs = client.get("/api/jobs").json()
    assert (jobs["total"], [job["id"] for job in jobs["jobs"]]) == (2, [second["id"], first["id"]])
    assert client.get("/api/jobs", params={"limit": 1, "offset": 1}).json()["jobs"][0]["id"] == first["id"]


# -- sent again -------------------------------------------------------------------------------------------------


def test_the_same_key_with_the_same_files_gives_the_same_job(client: TestClient, data: Path) -> None:
    files = [("a.txt", text_of("甲区")), ("b.txt", text_of("乙区"))]
    job = post(client, files, **{"Idempotency-Key": "k1"})
    assert post(client, files, **{"Idempotency-Key": "k1"})["id"] == job["id"]
    wait_for(client, job)
    assert post(client, files, **{"Idempotency-Key": "k1"})["id"] == job["id"]
    assert len(stored(data)) == 2
    for other in ([files[0]], [files[1], files[0]], [("a.txt", b"z"), files[1]], [("c.txt", files[0][1]), files[1]]):
        again = client.post(
            "/api/documents", files=[("files", file) for file in other], headers={"Idempotency-Key": "k1"}
        )
        assert again.status_code == 422
        assert "Idempotency-Key" in again.json()["detail"]
    assert post(client, files, **{"Idempotency-Key": "k2"})["id"] != job["id"]
    assert client.get("/api/jobs").json()["total"] == 2


@pytest.mark.parametrize("key", ["", "两字".encode().decode("latin-1"), "a b", "x" * 201])
def test_a_key_that_cannot_be_is_a_problem(client: TestClient, key: str) -> None:
    response = client.post(
        "/api/documents", files=[("files", ("a.txt", b"x"))], headers={b"Idempotency-Key": key.encode("latin-1")}
    )
    assert response.status_code == 422


# -- what is refused leaves nothing behind ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "status", "told"),
    [
        (b"", 400, "没有结尾"),
        (b"--b--\r\n", 422, "没有文件"),
        (b"nonsense", 400, "multipart"),
        (part(b"a.txt"), 400, "没有结尾"),
        (part(b"a.txt")[:-4], 400, "没有结尾"),
        (part(b"a.txt", field=b"file") + b"--b--\r\n", 422, "file"),
        (part(b"a.txt") + part(b"b.txt", field=b"note") + b"--b--\r\n", 422, "note"),
        (part(b"", b"") + b"--b--\r\n", 422, "没有文件"),
        (b"--b\r\nContent-Disposition: attachment\r\n\r\nx\r\n--b--\r\n", 400, "form-data"),
        (b"--b\r\n\r\nx\r\n--b--\r\n", 400, "form-data"),
        (b"--b\r\nX: " + b"y" * 100_000 + b"\r\n\r\nx\r\n--b--\r\n", 400, "multipart"),
        (b"--c\r\n" + part(b"a.txt") + b"--b--\r\n", 400, "multipart"),
    ],
)
def test_a_form_that_is_none_is_a_problem(client: TestClient, data: Path, body: bytes, status: int, told: str) -> None:
    response = client.post("/api/documents", content=body, headers=FORM)
    assert (response.status_code, response.json()["status"]) == (status, status), response.text
    assert told in response.json()["detail"]
    assert response.headers["content-type"] == "application/problem+json"
    assert_stored(data, [])
    assert client.get("/api/jobs").json()["total"] == 0


@pytest.mark.parametrize(
    "kind", ["application/json", "multipart/form-data", "multipart/form-data; boundary=", "text/plain; boundary=b"]
)
def test_another_type_of_content_is_a_problem(client: TestClient, kind: str) -> None:
    response = client.post("/api/documents", content=part(b"a") + b"--b--\r\n", headers={"Content-Type": kind})
    assert response.status_code == 415
    assert "curl -F" in response.json()["detail"]


def test_a_file_or_a_request_that_is_too_large_is_a_problem(client: TestClient, data: Path) -> None:
    mega = b"x" * 1024 * 1024
    for files, setting in (
        ([("a.txt", b"1"), ("大.txt", mega + b"x")], "upload_megabytes"),
        ([("a.txt", mega), ("b.txt", mega), ("c.txt", b"x")], "request_megabytes"),
    ):
        response = client.post("/api/documents", files=[("files", file) for file in files])
        assert response.status_code == 413
        assert setting in response.json()["detail"]
        assert_stored(data, [])
    told = client.post("/api/documents", content=b"", headers={**FORM, "Content-Length": str(10**18)})
    assert told.status_code == 413
    assert client.get("/api/jobs").json()["total"] == 0


def test_an_empty_field_of_a_browsers_form_is_no_file(client: TestClient) -> None:
    body = part(b"", b"") + part("甲.txt".encode("gb18030"), text_of("甲区")) + b"--b--\r\n"
    job = client.post("/api/documents", content=body, headers=FORM).json()
    assert [line["name"] for line in wait_for(client, job)["lines"]] == ["甲.txt"]


# -- new versions -----------------------------------------------------------------------------------------------


def _put(client: TestClient, document: str, name: str, content: bytes, **headers: str) -> Job:
    response = client.put(f"/api/documents/{document}", files={"file": (name, content)}, headers=headers)
    assert response.status_code == 202, response.text
    return wait_for(client, response.json())


def test_a_new_version_takes_the_place_of_the_old_one(client: TestClient, data: Path) -> None:
    add(client, [("要点.txt", text_of("海沧区", 6))])
    (old,) = client.get("/api/documents").json()["documents"]
    job = _put(client, old["id"], "要点.txt", text_of("海沧区", 7))
    assert (job["kind"], job["replaces"], job["results"]) == ("replace", old["id"], {"updated": 1})
    (new,) = client.get("/api/documents").json()["documents"]
    assert new["id"] != old["id"]
    assert client.get(f"/api/documents/{old['id']}").status_code == 404
    assert "竣工项目7个" in client.get(f"/api/documents/{new['id']}/text").json()["text"]
    assert_stored(data, ["要点.txt"])
    again = _put(client, new["id"], "别名.txt", text_of("海沧区", 7))
    assert again["results"] == {"unchanged": 1}
    assert client.get("/api/documents").json()["documents"] == [new]
    assert_stored(data, ["要点.txt"])


def test_a_version_that_cannot_be_read_leaves_the_old_one(client: TestClient, data: Path) -> None:
    add(client, [("要点.txt", text_of("海沧区"))])
    (old,) = client.get("/api/documents").json()["documents"]
    job = _put(client, old["id"], "要点.pdf", b"%PDF junk")
    assert job["state"] == "failed"
    assert client.get("/api/documents").json()["documents"] == [old]
    assert_stored(data, ["要点.txt"])


def test_without_replacing_the_same_name_with_other_content_is_another_document(client: TestClient) -> None:
    add(client, [("要点.txt", text_of("海沧区", 6))])
    job = add(client, [("要点.txt", text_of("海沧区", 7))])
    assert results(job) == {"要点.txt": "added"}
    assert [d["name"] for d in client.get("/api/documents").json()["documents"]] == ["要点.txt", "要点.txt"]


def test_a_version_is_one_file_of_a_document_that_is_there(client: TestClient, data: Path) -> None:
    assert client.put("/api/documents/nowhere", files={"file": ("a.txt", b"x")}).status_code == 404
    add(client, [("要点.txt", text_of("海沧区"))])
    (old,) = client.get("/api/documents").json()["documents"]
    path = f"/api/documents/{old['id']}"
    for files in ([("file", ("a.txt", b"x")), ("file", ("b.txt", b"x"))], [("file", ("a.zip", b"x"))]):
        response = client.put(path, files=files)
        assert response.status_code == 422
        assert "一个文件" in response.json()["detail"]
    assert client.put(path, files={"files": ("a.txt", b"x")}).status_code == 422
    assert_stored(data, ["要点.txt"])


# -- cancelling -------------------------------------------------------------------------------------------------


def test_cancelling_leaves_what_is_done_and_ends_the_rest(client: TestClient, data: Path) -> None:
    job = post(client, [(f"{n}.txt", text_of(f"{n}区")) for n in range(60)])
    wait_for(client, job, until=lambda now: now["files_ended"] >= 3)
    assert client.delete(f"/api/jobs/{job['id']}").status_code == 200
    ended = wait_for(client, job)
    assert ended["state"] == "cancelled"
    assert ended["files_ended"] == 60
    added = [line for line in ended["lines"] if line["result"] == "added"]
    assert 3 <= len(added) < 60
    assert {line["state"] for line in ended["lines"] if line["result"] is None} == {"cancelled"}
    names = {line["name"] for line in added}
    assert {d["name"] for d in client.get("/api/documents").json()["documents"]} == names
    assert_stored(data, list(names))
    assert client.delete(f"/api/jobs/{job['id']}").json()["state"] == "cancelled", "cancelling again changes nothing"
    assert results(add(client, [("后来.txt", text_of("后来区"))])) == {"后来.txt": "added"}


@pytest.mark.parametrize("method", ["GET", "DELETE"])
def test_an_unknown_job_is_a_problem(client: TestClient, method: str) -> None:
    response = client.request(method, "/api/jobs/0123456789abcdef")
    assert response.status_code == 404
    assert "任务" in response.json()["detail"]
