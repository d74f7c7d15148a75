"""The page's client over the real application, and over a server that misbehaves."""

import asyncio
import socket
import threading
from collections.abc import Awaitable, Callable, Generator, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any, TypeVar

import gradio as gr
import pytest

from index.embed import Embedder
from server.answer.answerer import Answerer
from tests.conftest import SAMPLES
from tests.server.conftest import open_searcher
from tests.server.serving import ready_app, served
from tests.stubs import SAID, ScriptedModel
from tests.waiting import ends
from ui.asking import _Asking
from ui.client import ApiFailure, Client
from ui.talk import Talk
from ui.words import Language, Words

T = TypeVar("T")
ASKED = "海沧2023年计划竣工几个项目"


@contextmanager
def _client(address: str, language: Language = "zh") -> Generator[Client]:
    """A client whose connections are closed afterwards, which the page, that lives as long as its process, never does."""
    client = Client(address, Words(language))
    try:
        yield client
    finally:
        asyncio.run(client._http.aclose())


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory, embedder: Embedder) -> Iterator[Client]:
    """A client of the real application over one sample; its model has one right reply."""
    folder = tmp_path_factory.mktemp("ui")
    searcher = open_searcher(folder, embedder, [SAMPLES / "2023年海沧区教育工作要点.txt"])
    with served(ready_app(Answerer(searcher, ScriptedModel()), folder)) as address, _client(address) as client:
        yield client


def _got(calling: Awaitable[T]) -> T:
    """What a call gives, each in an event loop of its own."""

    async def call() -> T:
        return await calling

    return asyncio.run(call())


def _asked(client: Client, question: str, **more: Any) -> list[tuple[str, dict[str, Any]]]:
    """The events of an answer until its end."""

    async def ask() -> list[tuple[str, dict[str, Any]]]:
        return [event async for event in client.ask(question, **more)]

    return asyncio.run(ask())


def test_events_of_an_answer_come_parsed_and_in_order(client: Client) -> None:
    events = _asked(client, ASKED)
    assert [name for name, _ in events] == ["evidence", "delta", "final"]
    assert events[1][1] == {"text": SAID}
    assert events[2][1]["status"] == "answered"
    assert events[0][1]["evidence"] == events[2][1]["evidence"]


def test_history_travels_with_the_question(client: Client) -> None:
    history = [
        {"role": "user", "content": "海沧2024年计划竣工几个项目"},
        {"role": "assistant", "content": "资料中没有。"},
    ]
    *_, (name, final) = _asked(client, "那新增学位呢", history=history)
    assert (name, final["reason"]) == ("final", "wrong_year")


def test_documents_and_their_text_are_read(client: Client) -> None:
    found = _got(client.documents(50))
    (document,) = found["documents"]
    assert (found["total"], document["title"]) == (1, "2023年海沧区教育工作要点")
    part = _got(client.text(document["id"], -20, 30))
    assert (part["start"], part["end"], len(part["text"])) == (0, 30, 30)
    assert part["text"] == (SAMPLES / document["name"]).read_text(encoding="utf-8")[:30]


def test_a_problem_becomes_its_sentence(client: Client) -> None:
    with pytest.raises(ApiFailure, match="问题太长"):
        _asked(client, "问" * 20_000)
    with pytest.raises(ApiFailure, match="没有编号为 nowhere 的文档"):
        _got(client.text("nowhere", 0, 5))


def test_a_server_that_is_not_there_becomes_a_sentence() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        with _client(f"http://127.0.0.1:{free.getsockname()[1]}") as client:
            with pytest.raises(ApiFailure, match="youju serve"):
                _asked(client, ASKED)
            with pytest.raises(ApiFailure, match="youju serve"):
                _got(client.documents(1))


@contextmanager
def _small_server(answer: Callable[[BaseHTTPRequestHandler], None]) -> Generator[Client]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            answer(self)

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            answer(self)

        def log_message(self, format: str, *args: object) -> None:
            """Keep the test's output clean."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        with _client(f"http://127.0.0.1:{server.server_address[1]}") as client:
            yield client
    finally:
        server.shutdown()
        ends(thread)
        server.server_close()


@pytest.mark.parametrize("body", [b"<html>Bad Gateway</html>", b"[]", b"{}", b"null"])
def test_an_error_that_is_no_problem_becomes_a_sentence_too(body: bytes) -> None:
    def answer(request: BaseHTTPRequestHandler) -> None:
        request.send_response(502)
        request.send_header("Content-Length", str(len(body)))
        request.end_headers()
        request.wfile.write(body)

    with _small_server(answer) as client:
        with pytest.raises(ApiFailure, match="服务答复 502"):
            _asked(client, ASKED)
        with pytest.raises(ApiFailure, match="服务答复 502"):
            _got(client.documents(1))


def test_what_cannot_be_sent_becomes_a_sentence() -> None:
    with _client("http://127.0.0.1:9") as client:
        for identity in ("长" * 70_000, "\ud800" * 70_000):
            with pytest.raises(ApiFailure, match="发不出去"):
                _got(client.conversation(identity))


@pytest.mark.parametrize(("status", "kept"), [(503, gr.skip()), (429, gr.skip()), (401, gr.skip()), (404, "")])
def test_a_conversation_that_cannot_be_opened_stays_in_the_address_unless_it_is_gone(status: int, kept: Any) -> None:
    def answer(request: BaseHTTPRequestHandler) -> None:
        request.send_response(status)
        request.send_header("Content-Length", "0")
        request.end_headers()

    async def last(client: Client) -> tuple[Any, ...]:
        request = gr.Request(headers={})
        *_, shown = [shown async for shown in _Asking(client, Words("zh")).typed("几个", Talk(), "t" * 32, request)]
        return shown

    with _small_server(answer) as client:
        with pytest.raises(ApiFailure) as failed:
            _got(client.session())
        assert failed.value.status == status
        assert asyncio.run(last(client))[4] == kept


def test_a_stream_that_breaks_off_tells_what_came_and_then_a_sentence() -> None:
    def answer(request: BaseHTTPRequestHandler) -> None:
        request.send_response(200)
        request.send_header("Content-Length", "1000")
        request.end_headers()
        request.wfile.write(b'event: evidence\ndata: {"evidence": []}\n\nevent: del')
        request.wfile.flush()
        request.connection.shutdown(socket.SHUT_RDWR)

    with _small_server(answer) as client:

        async def ask() -> None:
            events = client.ask(ASKED)
            assert await anext(events) == ("evidence", {"evidence": []})
            with pytest.raises(ApiFailure, match="youju serve"):
                await anext(events)

        asyncio.run(ask())


def test_an_error_inside_a_stream_becomes_its_sentence() -> None:
    def answer(request: BaseHTTPRequestHandler) -> None:
        body = 'event: error\ndata: {"title": "正忙", "status": 503, "detail": "请稍后再试。"}\n\n'.encode()
        request.send_response(200)
        request.send_header("Content-Length", str(len(body)))
        request.end_headers()
        request.wfile.write(body)

    with _small_server(answer) as client, pytest.raises(ApiFailure) as failed:
        _asked(client, ASKED)
    assert (str(failed.value), failed.value.status) == ("请稍后再试。", 503)


def test_the_english_page_shows_the_apis_english_sentence(client: Client) -> None:
    with _client(str(client._http.base_url), "en") as english:
        with pytest.raises(ApiFailure, match=r"^There is no document with the id nowhere"):
            _got(english.text("nowhere", 0, 5))
        with pytest.raises(ApiFailure, match=r"^The question is too long"):
            _asked(english, "问" * 20_000)
    with _client("http://127.0.0.1:9", "en") as english, pytest.raises(ApiFailure, match="cannot be reached"):
        _got(english.documents(1))


def test_a_proxy_of_the_environment_never_sees_a_question(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    with _client(str(client._http.base_url)) as again:
        assert _got(again.documents(1))["total"] == 1


def test_a_conversation_is_kept_renamed_judged_and_deleted(client: Client) -> None:
    conversation = _got(client.new_conversation())
    *_, (_, final) = _asked(client, "海沧2024年计划竣工几个项目", conversation=conversation)
    _got(client.judge(final["turn"], "right", "", ""))
    _got(client.rename_conversation(conversation, "学校"))
    assert _got(client.conversations(10))["conversations"][0]["title"] == "学校"
    assert _got(client.conversation(conversation))["turns"][0]["id"] == final["turn"]
    _got(client.delete_conversation(conversation))
    with pytest.raises(ApiFailure):
        _got(client.conversation(conversation))


def test_an_id_from_a_browser_stays_one_part_of_the_path(client: Client) -> None:
    for identity in ("../session", "a/b", "", "x?y#z", "文档"):
        with pytest.raises(ApiFailure):
            _got(client.document(identity))
