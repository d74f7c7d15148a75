"""GET /api/documents: the list in pages, narrowed and sorted, one document, its text by range."""

from datetime import UTC, datetime, timedelta

import pytest
from fastapi.testclient import TestClient

HAICANG, ZHOUSHAN = "2023年海沧区教育工作要点", "中共舟山市委教育工作委员会 舟山市教育局2023年工作要点"


def _first(client: TestClient) -> str:
    return str(client.get("/api/documents").json()["documents"][0]["id"])


def test_documents_are_listed_with_what_they_say_of_themselves(client: TestClient) -> None:
    listed = client.get("/api/documents").json()
    assert listed["total"] == len(listed["documents"]) == 4
    haicang = next(d for d in listed["documents"] if d["title"] == "2023年海沧区教育工作要点")
    told = {
        "id",
        "name",
        "title",
        "sha256",
        "characters",
        "chunks",
        "metadata",
        "gaps",
        "added_at",
        "type",
        "has_file",
        "viewable",
    }
    assert set(haicang) == told
    assert (haicang["type"], haicang["has_file"]) == ("txt", True)
    assert abs(datetime.now(UTC) - datetime.fromisoformat(haicang["added_at"])) < timedelta(hours=2)
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


def test_one_document_is_shown_as_in_the_list_with_its_outline(client: TestClient) -> None:
    for listed in client.get("/api/documents").json()["documents"]:
        shown = client.get(f"/api/documents/{listed['id']}").json()
        outline, paths = shown.pop("outline"), shown.pop("paths")
        assert (shown, paths) == (listed, 1)
        starts = [heading["start"] for heading in outline]
        assert starts == sorted(starts) and len(starts) > 5
        text = client.get(f"/api/documents/{listed['id']}/text").json()["text"]
        assert all("".join(heading["heading"].split()) in "".join(text.split()) for heading in outline)
        assert outline[0]["level"] == 1


@pytest.mark.parametrize(
    ("parameters", "titles"),
    [
        ({"q": "舟山"}, [ZHOUSHAN]),
        ({"q": "厦海教工委〔2023〕16号"}, [HAICANG]),
        ({"q": "海沧区教育工作要点.TXT"}, [HAICANG]),
        ({"q": "没有这样的"}, []),
        ({"q": "%"}, []),
        ({"year": 2023, "place": "厦门"}, [HAICANG]),
        (
            {"year": [2021, 2023], "sort": "-year", "q": "2023年"},
            [HAICANG, ZHOUSHAN],
        ),
        ({"issuer": "义乌教育局"}, ["义乌市教育局2021年重点工作计划"]),
        ({"type": "pdf"}, []),
        ({"place": ["海沧", "舟山"], "type": ".TXT"}, [HAICANG, ZHOUSHAN]),
    ],
)
def test_the_list_is_narrowed_by_what_documents_say_of_themselves(
    client: TestClient, parameters: dict[str, int | str], titles: list[str]
) -> None:
    listed = client.get("/api/documents", params=parameters).json()
    assert [d["title"] for d in listed["documents"]] == titles
    assert listed["total"] == len(titles)
    first = client.get("/api/documents", params={**parameters, "limit": 1}).json()
    assert (first["total"], len(first["documents"])) == (len(titles), min(1, len(titles)))


@pytest.mark.parametrize("sort", ["title", "added_at", "year"])
def test_the_list_is_sorted_either_way(client: TestClient, sort: str) -> None:
    up, down = (client.get("/api/documents", params={"sort": s}).json()["documents"] for s in (sort, "-" + sort))
    key = {"year": lambda d: d["metadata"]["year"], "title": lambda d: d["title"], "added_at": lambda d: d["added_at"]}
    values = [key[sort](d) for d in up]
    known = [value for value in values if value is not None]
    assert known == sorted(known) and values[: len(known)] == known
    assert [key[sort](d) for d in down if key[sort](d) is not None] == known[::-1]
    assert {d["id"] for d in up} == {d["id"] for d in down}


@pytest.mark.parametrize("parameters", [{"sort": "size"}, {"year": "x"}, {"place": "没有的地方"}, {"q": "字" * 201}])
def test_a_filter_that_cannot_be_is_a_problem(client: TestClient, parameters: dict[str, str]) -> None:
    assert client.get("/api/documents", params=parameters).status_code == 422


@pytest.mark.parametrize("part", ["", "/text", "/file", "/text?start=3&end=9"])
def test_what_has_not_changed_is_not_sent_again(client: TestClient, part: str) -> None:
    path = f"/api/documents/{_first(client)}{part}"
    first = client.get(path)
    tag = first.headers["ETag"]
    assert _first(client) in tag
    for known in (tag, f'W/{tag}, "x"', f'"x", {tag}', "*"):
        again = client.get(path, headers={"If-None-Match": known})
        assert (again.status_code, again.content, again.headers["ETag"]) == (304, b"", tag)
    assert client.get(path, headers={"If-None-Match": '"x"'}).content == first.content


@pytest.mark.parametrize(
    "path",
    [
        "/api/documents/nowhere",
        "/api/documents/nowhere/text",
        "/api/documents/nowhere/file",
        "/api/documents/%27%20OR%201=1",
    ],
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
