"""Original files, whole and in parts, and documents that are deleted: from the index, the disk and every cache."""

import threading
import zipfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

import pytest
from fastapi.testclient import TestClient

from index.embed import Embedder
from index.library import Library
from index.store import Store
from index.vectors import VectorIndex
from server.api.sending import PDF_POLICY
from server.runtime import DATABASE
from server.uploads import UPLOADS
from tests.rendered.writers import write_pdf
from tests.server.api.library import add, library, text_of
from tests.waiting import ends

NAME = "海沧区 2023年“要点”.txt"
CONTENT = text_of("海沧区")


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.fixture
def client(data: Path, embedder: Embedder, models_folder: Path) -> Iterator[TestClient]:
    with library(data, embedder, models_folder) as client:
        yield client


@pytest.fixture
def take(data: Path, embedder: Embedder, client: TestClient) -> Iterator[Library]:
    """Adds files of a folder, as `youju add` does, to the index that the client asks."""
    library = Library(Store(data / DATABASE), embedder, VectorIndex(embedder.dimension))
    yield library
    library.close()


def put(take: Library, folder: Path, name: str = NAME, content: bytes = CONTENT) -> tuple[Path, str]:
    """A file in a folder of the user's, added; its path and the document's address."""
    file = folder / name
    file.write_bytes(content)
    outcomes = [outcome for outcome in take.take(file) if outcome.document_id]
    return file, f"/api/documents/{outcomes[0].document_id}"


# -- original files ---------------------------------------------------------------------------------------------


def test_a_file_comes_as_it_was_for_saving(client: TestClient, take: Library, tmp_path: Path) -> None:
    _, address = put(take, tmp_path)
    response = client.get(address + "/file")
    assert (response.status_code, response.content) == (200, CONTENT)
    assert response.headers["Content-Type"] == "text/plain"
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Accept-Ranges"] == "bytes"
    disposition = response.headers["Content-Disposition"]
    assert disposition.startswith('attachment; filename="')
    assert unquote(disposition.partition("filename*=UTF-8''")[2]) == NAME
    assert disposition.isascii() and disposition.count('"') == 2


@pytest.mark.parametrize(
    ("name", "content", "kind"),
    [
        (NAME, CONTENT, "inline"),
        (
            "网页.html",
            f"<html><body><script>alert(1)</script><p>{CONTENT.decode()}</p></body></html>".encode(),
            "attachment",
        ),
    ],
)
def test_a_file_is_shown_by_the_browser_only_where_it_can_do_nothing(
    client: TestClient, take: Library, tmp_path: Path, name: str, content: bytes, kind: str
) -> None:
    _, address = put(take, tmp_path, name, content)
    response = client.get(address + "/file?inline=true")
    assert (response.status_code, response.content) == (200, content)
    assert response.headers["Content-Disposition"].startswith(f"{kind}; filename=")
    assert ("sandbox" in response.headers["Content-Security-Policy"]) is (kind == "inline")
    assert client.get(address).json()["viewable"] is (kind == "inline")


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
def test_a_text_that_is_shown_names_its_encoding(
    client: TestClient, take: Library, tmp_path: Path, encoding: str
) -> None:
    _, address = put(take, tmp_path, content=CONTENT.decode().encode(encoding))
    shown = client.get(address + "/file?inline=true", headers={"Range": "bytes=0-8"})
    assert (shown.status_code, shown.headers["Content-Type"]) == (206, f"text/plain; charset={encoding}")
    assert client.get(address + "/file").headers["Content-Type"] == "text/plain"


def test_a_pdf_is_shown_outside_the_sandbox_also_the_second_time(
    client: TestClient, take: Library, tmp_path: Path
) -> None:
    write_pdf(tmp_path / "要点.pdf")
    _, address = put(take, tmp_path, "要点.pdf", (tmp_path / "要点.pdf").read_bytes())
    first = client.get(address + "/file?inline=true")
    again = client.get(address + "/file?inline=true", headers={"If-None-Match": first.headers["ETag"]})
    part = client.get(address + "/file?inline=true", headers={"Range": "bytes=0-8"})
    assert [answer.status_code for answer in (first, again, part)] == [200, 304, 206]
    assert {answer.headers["Content-Security-Policy"] for answer in (first, again, part)} == {PDF_POLICY}
    assert "sandbox" in client.get(address + "/file").headers["Content-Security-Policy"]


@pytest.mark.parametrize(
    ("asked", "start", "end"),
    [
        ("bytes=0-8", 0, 9),
        ("bytes=9-", 9, None),
        ("bytes=-6", -6, None),
        ("bytes=0-999999", 0, None),
        ("bytes=-999999", 0, None),
        ("bytes=5-5", 5, 6),
    ],
)
def test_a_range_is_answered_in_part(
    client: TestClient, take: Library, tmp_path: Path, asked: str, start: int, end: int | None
) -> None:
    _, address = put(take, tmp_path)
    response = client.get(address + "/file", headers={"Range": asked})
    assert (response.status_code, response.content) == (206, CONTENT[start:end])
    first = start % len(CONTENT) if start else 0
    last = first + len(response.content) - 1
    assert response.headers["Content-Range"] == f"bytes {first}-{last}/{len(CONTENT)}"
    assert response.headers["Content-Length"] == str(len(response.content))


@pytest.mark.parametrize("asked", ["bytes=0-1,3-4", "lines=0-1", "bytes=-", "bytes=5-2", "bytes=x-y", "nonsense"])
def test_what_is_no_single_range_gets_the_whole(client: TestClient, take: Library, tmp_path: Path, asked: str) -> None:
    _, address = put(take, tmp_path)
    response = client.get(address + "/file", headers={"Range": asked})
    assert (response.status_code, response.content) == (200, CONTENT)


@pytest.mark.parametrize("asked", ["bytes=999999-", "bytes=-0"])
def test_a_range_outside_the_file_is_a_problem(client: TestClient, take: Library, tmp_path: Path, asked: str) -> None:
    _, address = put(take, tmp_path)
    response = client.get(address + "/file", headers={"Range": asked})
    assert response.status_code == 416
    assert response.headers["Content-Range"] == f"bytes */{len(CONTENT)}"


def test_a_range_of_another_version_gets_the_whole(client: TestClient, take: Library, tmp_path: Path) -> None:
    _, address = put(take, tmp_path)
    tag = client.get(address + "/file").headers["ETag"]
    for known, status in ((tag, 206), ('"other"', 200)):
        assert client.get(address + "/file", headers={"Range": "bytes=0-1", "If-Range": known}).status_code == status


def test_a_file_that_is_gone_or_changed_says_so(client: TestClient, take: Library, tmp_path: Path) -> None:
    file, address = put(take, tmp_path)
    assert client.get(address + "/file").status_code == 200
    file.write_bytes(CONTENT.replace(b"6", b"7"))
    changed = client.get(address + "/file")
    assert (changed.status_code, NAME in changed.json()["detail"]) == (409, True)
    file.unlink()
    gone = client.get(address + "/file")
    assert (gone.status_code, "移走或删除" in gone.json()["detail"]) == (404, True)
    assert client.get(address).json()["has_file"] is False


def test_a_second_file_of_the_same_bytes_serves_when_the_first_is_gone(
    client: TestClient, take: Library, tmp_path: Path
) -> None:
    file, address = put(take, tmp_path)
    put(take, tmp_path, "副本.txt")
    assert client.get(address).json()["paths"] == 2
    file.unlink()
    assert client.get(address + "/file").content == CONTENT
    assert client.get(address).json()["has_file"] is True


def test_a_member_of_an_archive_is_unpacked(client: TestClient, take: Library, tmp_path: Path) -> None:
    archive = tmp_path / "包.zip"
    with zipfile.ZipFile(archive, "w") as packed:
        packed.writestr("内/要点.txt", CONTENT)
    (outcome,) = take.take(archive)
    address = f"/api/documents/{outcome.document_id}/file"
    assert client.get(address).content == CONTENT
    part = client.get(address, headers={"Range": "bytes=3-8"})
    assert (part.status_code, part.content) == (206, CONTENT[3:9])
    with zipfile.ZipFile(archive, "w") as packed:
        packed.writestr("内/要点.txt", b"other")
    assert client.get(address).status_code == 409
    archive.write_bytes(b"junk")
    assert client.get(address).status_code == 409
    archive.unlink()
    assert client.get(address).status_code == 404


# -- deleting ---------------------------------------------------------------------------------------------------


def test_what_is_deleted_is_gone_everywhere(client: TestClient, data: Path) -> None:
    add(client, [("要点.txt", CONTENT), ("别的.txt", text_of("舟山市", 8))])
    question = {"question": "海沧2023年计划竣工几个项目"}
    hits = client.post("/api/search", json=question).json()["hits"]
    document = next(hit["document_id"] for hit in hits if "6个" in hit["text"])
    assert client.delete(f"/api/documents/{document}").status_code == 204
    for path in ("", "/text", "/file"):
        assert client.get(f"/api/documents/{document}{path}").status_code == 404
    assert client.delete(f"/api/documents/{document}").status_code == 404
    assert document not in str(client.post("/api/search", json=question).json())
    assert [path.name for path in (data / UPLOADS).rglob("*.txt")] == ["别的.txt"]
    assert client.get("/api/documents").json()["total"] == 1
    entry = client.get("/api/audit").json()["entries"][0]
    assert (entry["action"], entry["subject"], entry["detail"]) == ("document.remove", document, "要点.txt")


def test_a_file_of_a_folder_is_left_alone(client: TestClient, take: Library, tmp_path: Path) -> None:
    file, address = put(take, tmp_path)
    assert client.delete(address).status_code == 204
    assert file.read_bytes() == CONTENT


def test_an_archive_goes_with_the_last_document_in_it(client: TestClient, data: Path, tmp_path: Path) -> None:
    archive = tmp_path / "包.zip"
    with zipfile.ZipFile(archive, "w") as packed:
        packed.writestr("甲.txt", text_of("甲区"))
        packed.writestr("乙.txt", text_of("乙区"))
    add(client, [("包.zip", archive.read_bytes())])
    first, second = client.get("/api/documents").json()["documents"]
    assert client.delete(f"/api/documents/{first['id']}").status_code == 204
    assert client.get(f"/api/documents/{second['id']}/file").status_code == 200
    assert client.delete(f"/api/documents/{second['id']}").status_code == 204
    assert list((data / UPLOADS).rglob("*")) == []


def test_others_search_while_documents_are_deleted(client: TestClient) -> None:
    add(client, [(f"{n}.txt", text_of(f"第{n}区", n)) for n in range(12)])
    documents = [d["id"] for d in client.get("/api/documents").json()["documents"]]
    gone: set[str] = set()
    faults: list[str] = []
    done = threading.Event()

    def search() -> None:
        while not done.is_set():
            before = set(gone)
            response = client.post("/api/search", json={"question": "计划竣工几个项目", "limit": 50})
            found = {hit["document_id"] for hit in response.json()["hits"]}
            if response.status_code != 200 or found & before:
                faults.append(response.text)

    threads = [threading.Thread(target=search) for _ in range(2)]
    for thread in threads:
        thread.start()
    for document in documents:
        assert client.delete(f"/api/documents/{document}").status_code == 204
        gone.add(document)
    done.set()
    ends(*threads)
    assert faults == []
    assert client.post("/api/search", json={"question": "竣工"}).json()["hits"] == []
