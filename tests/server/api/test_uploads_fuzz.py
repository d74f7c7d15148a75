"""Uploads that mean harm or are broken: each is a problem or a file that failed with a reason; the server lives, and
nothing is written outside the data folder."""

import io
import os
import random
import unicodedata
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from index.embed import Embedder
from ingest import child
from ingest.formats import READERS
from server.uploads import INVISIBLE, UPLOADS
from tests.conftest import SAMPLES
from tests.rendered.writers import WRITERS
from tests.server.api.library import BASE, Job, add, library, post, results, text_of, wait_for

FORM = {"Content-Type": "multipart/form-data; boundary=b"}
SLOW = {"scan.pdf", "png"}
"""Pictures of text, which take seconds each to read."""
NAMES = [
    b"../../../outside.txt",
    b"/tmp/outside.txt",
    rb"..\..\outside.txt",
    rb"C:\Windows\outside.txt",
    b"a\x00b.txt",
    b"\x00",
    b"..",
    b".",
    b"/",
    b"....//....//outside.txt",
    "字".encode() * 500 + b".txt",
    b"x" * 500 + b".txt",
    "\u202egpj.\u202ctxt".encode(),
    "\u2066\u2069\u200f.txt".encode(),
    b"con.txt",
    b"NUL",
    b"aux.pdf.txt",
    b"\xff\xfe\xfd.txt",
    "要点.txt".encode("gb18030"),
    b"%2e%2e%2foutside.txt",
    b"a;b=c.txt",
    b"a%22b.txt",
    b"-rf.txt",
    b"~$a.txt",
    b"youju.db",
    b"a.txt/",
    b" . . ",
    "🙂\u200d🙂.txt".encode(),
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Around the data folder, which nothing may change; temporary files of every process would show there too."""
    folder = tmp_path_factory.mktemp("fuzz")
    (folder / "temporary").mkdir()
    (folder / "outside.txt").write_text("不许动", encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def server(folder: Path, embedder: Embedder, models_folder: Path) -> Iterator[TestClient]:
    before = os.environ.get("TMPDIR")
    os.environ["TMPDIR"] = str(folder / "temporary")
    try:
        with library(folder / "data", embedder, models_folder, parse_seconds=20, parse_megabytes=768) as client:
            yield client
    finally:
        if before is None:
            del os.environ["TMPDIR"]
        else:
            os.environ["TMPDIR"] = before


@pytest.fixture
def client(server: TestClient, folder: Path) -> Iterator[TestClient]:
    """The server, which lives afterwards; around its data everything is as it was."""
    before = _around(folder)
    yield server
    assert server.get("/api/ready").status_code == 200
    assert _around(folder) == before
    assert (folder / "outside.txt").read_text(encoding="utf-8") == "不许动"
    for parent, folders, files in os.walk(folder / "data" / UPLOADS):  # which jobs may still tidy: no `rglob`
        for name in folders + files:
            assert Path(parent, name).resolve().is_relative_to(folder / "data" / UPLOADS)


def _around(folder: Path) -> list[Path]:
    """What lies outside the data, but for the empty folders of readers that are kept for the next file."""
    beside = [path for path in folder.iterdir() if path.name != "data"]
    outside = sorted(inner for path in beside for inner in (path, *path.rglob("*")))
    return [path for path in outside if not _is_in_use(path)]


def _is_in_use(path: Path) -> bool:
    owner = path.name.removeprefix(child.FOLDER).split("-")[0]
    return path.name.startswith(child.FOLDER) and psutil.pid_exists(int(owner))


def _accounted(job: Job) -> None:
    """Each file has one outcome, and what failed a reason for people."""
    assert job["files_ended"] == job["files"]
    for line in job["lines"]:
        assert line["state"] in ("done", "failed")
        assert line["result"] is not None
        if line["result"] in ("failed", "skipped"):
            assert line["code"] and line["reason"]


def _part(name: bytes, content: bytes) -> bytes:
    return b'--b\r\nContent-Disposition: form-data; name="files"; filename="' + name + b'"\r\n\r\n' + content + b"\r\n"


def _raw(client: TestClient, parts: list[bytes]) -> Job:
    response = client.post("/api/documents", content=b"".join(parts) + b"--b--\r\n", headers=FORM)
    assert response.status_code == 202, response.text
    return wait_for(client, response.json())


# -- content ----------------------------------------------------------------------------------------------------


def test_random_bytes_under_every_ending(client: TestClient) -> None:
    chance = random.Random(1)
    endings = [*READERS, ".zip", ".exe", ""]
    job = add(
        client, [(f"{n}{ending}", chance.randbytes(chance.randrange(1, 5000))) for n, ending in enumerate(endings)]
    )
    _accounted(job)
    assert job["state"] == "failed"


def _damaged(content: bytes, chance: random.Random) -> list[bytes]:
    """The beginning of it, and all of it with some bits turned."""
    flipped = bytearray(content)
    for _ in range(max(3, len(content) // 2000)):
        flipped[chance.randrange(len(flipped))] ^= 1 << chance.randrange(8)
    return [content[: chance.randrange(1, len(content))], bytes(flipped)]


def test_real_files_cut_short_and_with_bits_turned(client: TestClient, tmp_path: Path) -> None:
    chance = random.Random(2)
    files: list[tuple[str, bytes]] = []
    for name, write in WRITERS.items():
        path = tmp_path / f"要点.{name}"
        write(path)
        damaged = _damaged(path.read_bytes(), chance)
        files += [(f"{n}.{name}", content) for n, content in enumerate(damaged[: 1 if name in SLOW else 2])]
    for sample in sorted(SAMPLES.glob("*.txt")):
        files += [(f"{n}{sample.name}", content) for n, content in enumerate(_damaged(sample.read_bytes(), chance))]
    _accounted(add(client, files))


def _zip(files: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", method) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return packed.getvalue()


def _nested(depth: int) -> bytes:
    inner = _zip({"a.txt": b"x" * 1_000_000})
    for level in range(depth):
        inner = _zip({f"{level}-{n}.zip": inner for n in range(3)})
    return inner


LAUGHS = (
    '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY a0 "哈哈哈哈哈哈哈哈哈哈">'
    + "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 12))
    + "]><a>&a11;</a>"
)
OUTSIDE = '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>'
BOMBS: dict[str, Callable[[], bytes]] = {
    "弹.zip": lambda: _zip({"a.txt": b"0" * 100_000_000}),
    "套.zip": lambda: _nested(4),
    "弹.docx": lambda: _zip({
        "word/document.xml": b"<a>" + b" " * 100_000_000 + b"</a>",
        "[Content_Types].xml": b"<a/>",
    }),
    "弹.xlsx": lambda: _zip({"xl/workbook.xml": LAUGHS.encode()}),
    "笑.xml": lambda: LAUGHS.encode(),
    "外.xml": lambda: OUTSIDE.encode(),
    "笑.html": lambda: LAUGHS.encode(),
    "深.html": lambda: b"<div>" * 200_000,
    "深.xml": lambda: b"<a>" * 200_000,
    "多.zip": lambda: _zip({f"{n}": b"" for n in range(300)}, zipfile.ZIP_STORED),
    "出.zip": lambda: _zip({"../../outside.txt": b"x", "/etc/outside.txt": b"y", r"C:\outside.txt": b"z"}),
}


def test_bombs_of_every_kind(client: TestClient) -> None:
    job = wait_for(client, post(client, [(name, make()) for name, make in BOMBS.items()]), seconds=400)
    _accounted(job)
    found = results(job)
    for name in ("弹.zip", "弹.docx", "弹.xlsx"):
        assert found[name] not in ("added", "unpacked"), name
    listed = client.get("/api/documents", params={"limit": 1000}).json()["documents"]
    for document in listed:
        assert "root:" not in client.get(f"/api/documents/{document['id']}/text").json()["text"]


# -- names and forms --------------------------------------------------------------------------------------------


def test_names_that_lead_elsewhere_or_mislead(client: TestClient) -> None:
    job = _raw(client, [_part(name, text_of(f"第{n}区")) for n, name in enumerate(NAMES)])
    _accounted(job)
    assert job["files"] == len(NAMES)
    for line in job["lines"]:
        assert not any(unicodedata.category(c) in INVISIBLE for c in line["name"])
        assert ".." not in line["name"].split("/")
    for document in client.get("/api/documents", params={"limit": 1000}).json()["documents"]:
        assert not set(document["name"]) & set('/\\:*?"<>|\0')
        assert UPLOADS not in document["name"]
        assert client.get(f"/api/documents/{document['id']}/file").status_code == 200


def test_duplicates_in_one_request(client: TestClient) -> None:
    content = text_of("重复区")
    job = add(client, [("同.txt", content), ("同.txt", content), ("又.txt", content), ("同.txt", content + b"x")])
    _accounted(job)
    assert [line["result"] for line in job["lines"]] == ["added", "duplicate", "duplicate", "added"]


PIECES = [
    b"--b\r\n", b"--b--\r\n", b"--b", b"\r\n", b"\r\n\r\n", b"\0", b"Content-Disposition: form-data",
    b'; name="files"', b'; filename="a.txt"', b'; filename="../a.txt"', b"; filename*=UTF-8''..%2Fa.txt",
    b'; name="other"', b"Content-Type: text/plain\r\n", b"x" * 300, b"Content-Length: 5\r\n", b":", b"\xff",
]  # fmt: skip


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(pieces=st.lists(st.one_of(st.sampled_from(PIECES), st.binary(max_size=20)), max_size=14))
def test_forms_of_any_bytes(client: TestClient, pieces: list[bytes]) -> None:
    response = client.post("/api/documents", content=b"".join(pieces), headers=FORM)
    assert response.status_code in (202, 400, 413, 415, 422), response.text
    if response.status_code != 202:
        assert response.headers["content-type"] == "application/problem+json"


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(name=st.text(max_size=60), content=st.binary(max_size=40))
def test_forms_of_any_name(client: TestClient, name: str, content: bytes) -> None:
    raw = name.encode("utf-8", "surrogatepass")
    response = client.post("/api/documents", content=_part(raw, content) + b"--b--\r\n", headers=FORM)
    assert response.status_code in (202, 400, 422), response.text


def test_after_all_that_everything_is_accounted_for(client: TestClient) -> None:
    last = post(client, [("最后.txt", text_of("最后区"))])
    assert results(wait_for(client, last)) == {"最后.txt": "added"}
    jobs = client.get("/api/jobs", params={"limit": 1000}).json()["jobs"]
    assert all(job["ended_at"] is not None and job["files"] == job["files_ended"] for job in jobs)
    assert client.base_url == BASE
