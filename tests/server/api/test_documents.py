"""GET /api/documents: the list in pages, one document, its text by range."""

import pytest
from fastapi.testclient import TestClient


def _first(client: TestClient) -> str:
    return str(client.get("/api/documents").json()["documents"][0]["id"])


def test_documents_are_listed_with_what_they_say_of_themselves(client: TestClient) -> None:
    listed = client.get("/api/documents").json()
    assert listed["total"] == len(listed["documents"]) == 4
    haicang = next(d for d in listed["documents"] if d["title"] == "2023年海沧区教育工作要点")
    assert set(haicang) == {"id", "name", "title", "sha256", "characters", "chunks", "metadata", "gaps"}
    assert haicang["name"] == "2023年海沧区教育工作要点.txt"
    assert haicang["sha256"].startswith(haicang["id"])
    assert haicang["metadata"]["number"]["value"] == "厦海教工委〔2023〕16号"
    assert haicang["metadata"]["year"] == 2023


def test_the_list_comes_in_pages_that_together_are_the_whole(client: TestClient) -> None:
    whole = client.get("/api/documents", params={"limit": 1000}).json()["documents"]
    pages = [client.get("/api/documents", params={"limit": 3, "offset": o}).json() for o in (0, 3, 6)]
    assert [len(page["documents"]) for page in pages] == [3, 1, 0]
    assert all(page["total"] == 4 for page in pages)
    assert [d for page in pages for d in page["documents"]] == whole


@pytest.mark.parametrize(
    "parameters", [{"limit": 0}, {"limit": 1001}, {"offset": -1}, {"limit": "all"}, {"offset": 2**64}]
)
def test_a_page_that_cannot_be_is_a_problem(client: TestClient, parameters: dict[str, int | str]) -> None:
    response = client.get("/api/documents", params=parameters)
    assert response.status_code == 422
    assert next(iter(parameters)) in response.json()["detail"]


def test_one_document_is_shown_as_in_the_list(client: TestClient) -> None:
    listed = client.get("/api/documents").json()["documents"][0]
    assert client.get(f"/api/documents/{listed['id']}").json() == listed


@pytest.mark.parametrize(
    "path", ["/api/documents/nowhere", "/api/documents/nowhere/text", "/api/documents/%27%20OR%201=1"]
)
def test_an_unknown_document_is_a_problem_that_names_it(client: TestClient, path: str) -> None:
    response = client.get(path)
    assert (response.status_code, response.json()["status"]) == (404, 404)
    assert response.headers["content-type"] == "application/problem+json"
    assert "没有编号为" in response.json()["detail"]


def test_a_path_that_does_not_exist_is_a_problem_too(client: TestClient) -> None:
    for response in (client.get("/api/nothing"), client.delete("/api/ask")):
        assert response.headers["content-type"] == "application/problem+json"
        assert response.json()["status"] == response.status_code


def test_text_is_read_by_code_points_and_clipped_to_the_document(client: TestClient) -> None:
    path = f"/api/documents/{_first(client)}/text"
    whole = client.get(path).json()
    text, length = whole["text"], whole["length"]
    assert (whole["start"], whole["end"], len(text)) == (0, length, length)
    for start, end in ((10, 50), (0, 0), (length - 5, length + 1000), (length + 10, length + 20), (50, 10)):
        part = client.get(path, params={"start": start, "end": end}).json()
        assert part["text"] == text[start:end]
        assert part["length"] == length
        assert part["text"] == text[part["start"] : part["end"]]
    assert client.get(path, params={"start": length - 7}).json()["text"] == text[-7:]


@pytest.mark.parametrize("parameters", [{"start": -1}, {"end": -1}, {"start": 2**64}, {"start": "x"}])
def test_a_range_that_cannot_be_is_a_problem(client: TestClient, parameters: dict[str, int | str]) -> None:
    assert client.get(f"/api/documents/{_first(client)}/text", params=parameters).status_code == 422


def test_files_that_could_not_be_read_are_listed_with_their_reasons(client: TestClient) -> None:
    assert client.get("/api/documents/failures").json() == {"failures": [], "total": 0}
