"""Around Gradio's page: our head and language, our files and no others, both languages, only the routes that are needed."""

import re
from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient

from index.search import Searcher
from server.answer.answerer import Answerer
from tests.paged import with_page
from tests.server.serving import ready_app
from tests.stubs import ScriptedModel
from ui.shell import FOLDER, Shell

pytestmark = pytest.mark.slow

BASE = "http://127.0.0.1"


@pytest.fixture(scope="module")
def client(searcher: Searcher, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    app = ready_app(Answerer(searcher, ScriptedModel()), tmp_path_factory.mktemp("shell"))
    with TestClient(with_page(app, BASE), base_url=BASE) as client:
        yield client


@pytest.mark.parametrize(("path", "language", "word"), [("/", "zh-CN", "问答"), ("/en/", "en", "Ask")])
def test_the_page_comes_in_its_language_with_our_files_in_its_head(
    client: TestClient, path: str, language: str, word: str
) -> None:
    html = client.get(path).text
    head = html[: html.index("</head>")]
    assert f'<html lang="{language}"' in head and word in html
    files = re.findall(r'(?:src|href)="(/ui/[^"]+)"', head)
    assert {"/ui/style.css", "/ui/page.js"} <= {file.partition("?")[0] for file in files}
    for file in files:
        answer = client.get(file)
        assert answer.status_code == 200 and answer.headers["content-type"].split(";")[0] in {
            "text/css",
            "text/javascript",
        }


def test_the_page_names_no_other_host(client: TestClient) -> None:
    html = client.get("/").text
    assert "gradio_config" in html
    assert not re.findall(r'<(?:link|script|meta|img|iframe)[^>]*"https?://[^>]*>', html)


@pytest.mark.parametrize("name", ["app.py", "../server/cli.py", "%2e%2e%2fpyproject.toml", "login.html", "none.css"])
def test_nothing_else_beside_our_files_is_served(client: TestClient, name: str) -> None:
    assert client.get(f"/ui/{name}").status_code == 404


@pytest.mark.parametrize("mount", ["", "/en"])
@pytest.mark.parametrize(
    "path",
    [
        "/gradio_api/upload", "/gradio_api/file=/etc/passwd", "/gradio_api/file/etc/passwd", "/gradio_api/info",
        "/gradio_api/proxy=http://evil.example/", "/gradio_api/component_server", "/gradio_api/openapi.json",
        "/gradio_api/call/ask", "/gradio_api/vibe-code", "/monitoring", "/gradio_api/runs", "/gradio_api/stream/x",
    ],
)  # fmt: skip
def test_what_gradio_brings_besides_is_closed(client: TestClient, mount: str, path: str) -> None:
    assert client.get(mount + path).status_code in {404, 405}
    assert client.post(mount + path).status_code in {404, 405}


def test_text_of_a_page_that_looks_different_is_left_alone() -> None:
    shell = Shell(lambda *_: None, "zh-CN")  # type: ignore[arg-type]
    assert shell.dressed("<p>文字</p>") == "<p>文字</p>"


def test_styles_and_scripts_load_nothing_from_elsewhere() -> None:
    for file in (*FOLDER.glob("*.css"), *FOLDER.glob("*.js")):
        text = file.read_text(encoding="utf-8")
        assert not re.search(r"https?://|@import|url\(|\beval\(|innerHTML", text), file
