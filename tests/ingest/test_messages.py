"""Messages between a reading process and its parent: what goes in comes out, and what is no message is refused."""

import io
import math
import pickle
from contextlib import suppress
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest import messages
from ingest.document import Metadata
from ingest.errors import Damaged, EmptyFile, Encrypted, IngestError, TooLarge, UnknownEncoding, UnsupportedFormat
from ingest.formats import supported_suffixes
from ingest.messages import Failed, Failure, Malformed, Progress, Reading, Stretch, Unpacked, Unpacking
from ingest.read import Ingested, read_document
from ingest.readers import archive
from tests.conftest import SAMPLES
from tests.rendered.writers import WRITERS

PATH = Path("/资料/要点.txt")
PARTS = st.sampled_from([
    "海沧区2023年工作要点", "\n", "一、学校建设\n", "（一）", "第三条 ", "计划竣工项目6个。", "学校\t学位\n第一小学\t1080\n", "2023年3月2日",
    "厦教〔2023〕5号", "发布机构：海沧区教育局\n", "第 3 页\n", "# 标题\n", "废止《旧办法》。", "𠮷", "😀", " ", "\u3000", "\t", "A", "é",
])  # fmt: skip


def sent(message: messages.Reply) -> Any:
    """What the parent receives of a message."""
    pipe = io.BytesIO()
    messages.send(pipe, message)
    pipe.seek(0)
    received = messages.receive_reply(pipe)
    assert messages.receive_reply(pipe) is None
    return received


def through(read: Ingested, path: Path, content: bytes) -> Ingested:
    return messages.ingested_of(sent(messages.reading_of(read)), path, content)


# -- what goes in comes out --------------------------------------------------------------------------------------------


@settings(deadline=None)
@given(st.lists(PARTS, min_size=1, max_size=60).map("".join).filter(str.strip))
def test_a_document_of_any_text_is_the_same_behind_the_pipe(text: str) -> None:
    content = text.encode()
    try:
        read = read_document(PATH, content)
    except IngestError:
        return
    assert through(read, PATH, content) == read


@pytest.mark.slow
@pytest.mark.parametrize("kind", [kind for kind in WRITERS if kind != "zip"])
def test_a_document_of_every_format_is_the_same_behind_the_pipe(kind: str, tmp_path: Path) -> None:
    path = tmp_path / ("document." + kind.rsplit(".", 1)[-1])
    WRITERS[kind](path)
    read = read_document(path)
    assert through(read, path, path.read_bytes()) == read


@pytest.mark.parametrize("path", sorted(SAMPLES.glob("*.txt")), ids=lambda path: path.name)
def test_every_sample_is_the_same_behind_the_pipe(path: Path) -> None:
    read = read_document(path)
    assert through(read, path, path.read_bytes()) == read


@pytest.mark.parametrize(
    "error",
    [
        Damaged(PATH, "表格结构读不通"), EmptyFile(PATH), Encrypted(PATH), UnknownEncoding(PATH), TooLarge(PATH, 12345, 678),
        UnsupportedFormat(PATH, supported_suffixes()),
    ],
)  # fmt: skip
def test_an_error_is_the_same_behind_the_pipe(error: IngestError) -> None:
    again = messages.error_of(sent(Failed(messages.failure_of(error))).failure, PATH)
    assert (type(again), str(again), again.fields) == (type(error), str(error), error.fields)


def test_the_child_is_told_no_folder() -> None:
    assert b"secret" not in messages.encode(messages.Read(Path("/secret/要点.txt").name, b"text"))


# -- what is no message ------------------------------------------------------------------------------------------------


def framed(body: bytes) -> io.BytesIO:
    return io.BytesIO(len(body).to_bytes(8, "big") + body)


class Runs:
    """Unpickled it would run `print`."""

    def __reduce__(self) -> tuple[Any, ...]:
        return print, ("unpickled",)


@pytest.mark.parametrize(
    "body",
    [
        b"", b"\xc1", b"loud" * 99, b"\x91" * 100_000, pickle.dumps(Runs()), msgspec.msgpack.encode([1, 2]),
        msgspec.msgpack.encode({"type": "unheard of"}), msgspec.msgpack.encode({"type": "progress", "share": "much"}),
        msgspec.msgpack.encode({"type": "progress"}), msgspec.msgpack.encode({"type": "unpacked", "name": b"a", "content": b""}),
        msgspec.msgpack.encode({"type": "convert", "content": b"", "suffix": ".sh", "target": "docx"}),
        msgspec.msgpack.encode({"type": "failed", "failure": {"code": ["Damaged"]}}),
        messages.encode(Progress(0.5)) + b"\0",
    ],
)  # fmt: skip
def test_bytes_that_are_no_message_are_refused(body: bytes, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(Malformed):
        messages.receive_reply(framed(body))
    assert capsys.readouterr().out == ""


@settings(deadline=None)
@given(st.binary(max_size=200))
def test_no_bytes_whatever_raise_anything_but_malformed(body: bytes) -> None:
    with suppress(Malformed):
        messages.receive_reply(framed(body))


def test_a_length_that_no_reply_has_is_refused_before_a_byte_is_read() -> None:
    class Endless(io.RawIOBase):
        asked = 0

        def read(self, size: int = -1) -> bytes:
            self.asked += size
            return (1 << 62).to_bytes(8, "big")[:size]

    pipe: Any = Endless()
    with pytest.raises(Malformed):
        messages.receive_reply(pipe)
    assert pipe.asked == 8


@pytest.mark.parametrize("length", [0, 3, 7])
def test_a_pipe_that_ends_inside_a_message_has_ended(length: int) -> None:
    assert messages.receive_reply(io.BytesIO((9).to_bytes(8, "big")[:length])) is None
    assert messages.receive_reply(io.BytesIO((9).to_bytes(8, "big") + b"x" * length)) is None


TEXT = "一、总则\n二、附则\n"
GOOD: dict[str, Any] = {
    "title": "", "text": TEXT, "metadata": {}, "noise": [], "headings": [], "rows": [], "gaps": [],
    "sections": [[["一、总则"], 0, 5], [["二、附则"], 5, 10]], "chunks": [[["一、总则"], 0, 4], [["二、附则"], 5, 9]],
}  # fmt: skip
FIELD = {"value": "甲", "start": 0, "end": 4}
BAD: dict[str, dict[str, Any]] = {
    "a span behind the end": {"noise": [{"start": 0, "end": 99}]},
    "a span before the beginning": {"noise": [{"start": -1, "end": 2}]},
    "a span that ends before it starts": {"noise": [{"start": 3, "end": 2}]},
    "a span of truths": {"noise": [{"start": False, "end": True}]},
    "a span of parts of numbers": {"noise": [{"start": 0.0, "end": 1.5}]},
    "a heading without level": {"headings": [{"start": 0, "end": 4}]},
    "a heading of a level that there is not": {"headings": [{"start": 0, "end": 4, "level": 0}]},
    "a row behind the end": {"rows": [{"start": 0, "end": 99, "reading": "甲"}]},
    "a field behind the end": {"metadata": {"issuer": FIELD | {"end": 99}}},
    "a date behind the end": {"metadata": {"dates": [FIELD | {"label": "日期", "end": 99}]}},
    "a place behind the end": {"metadata": {"places": [FIELD | {"parents": [], "end": 99}]}},
    "a year in words": {"metadata": {"year": "今年"}},
    "a chunk behind the end": {"chunks": [[[], 0, 99]]},
    "an empty chunk": {"chunks": [[[], 3, 3]]},
    "chunks that overlap": {"chunks": [[[], 0, 5], [[], 4, 9]]},
    "sections with a hole": {"sections": [[[], 0, 5], [[], 6, 10]]},
    "sections that end early": {"sections": [[[], 0, 5]]},
    "no section": {"sections": []},
    "a chunk that is longer than chunks are": {
        "text": "甲" * 400, "sections": [[[], 0, 400]], "chunks": [[[], 0, 400]]
    },
    "a number huger than any": {"noise": [{"start": 0, "end": 1 << 63}]},
    "text that is bytes": {"text": TEXT.encode()},
    "no text": {"text": None},
}  # fmt: skip


def parsed(fields: dict[str, Any]) -> Ingested:
    reading = messages.receive_reply(framed(msgspec.msgpack.encode({"type": "reading"} | GOOD | fields)))
    assert isinstance(reading, Reading)
    return messages.ingested_of(reading, PATH, TEXT.encode())


@pytest.mark.parametrize("fields", BAD.values(), ids=BAD)
def test_a_document_that_no_reader_could_have_found_is_refused(fields: dict[str, Any]) -> None:
    assert [c.text for c in parsed({}).chunks] == ["一、总则", "二、附则"]
    with pytest.raises(Malformed):
        parsed(fields)


def test_what_the_parent_knows_itself_is_not_the_childs_to_say() -> None:
    told = parsed({"id": "f" * 16, "path": "/etc/passwd", "sha256": "f" * 64, "chunks": [[["一"], 0, 4]]})
    assert told.document.path == str(PATH)
    assert told.document.sha256.startswith(told.document.id) and "f" * 16 not in told.document.sha256
    assert [(c.document_id, c.text) for c in told.chunks] == [(told.document.id, "一、总则")]


@pytest.mark.parametrize(
    "failure",
    [
        Failure("KeyboardInterrupt"), Failure("SystemExit", ("1",)), Failure("Damaged"), Failure("Damaged", (1,)),
        Failure("TooLarge", ("1", "2")), Failure("EmptyFile", ("more",)), Failure("TimedOut", (1,)), Failure(""),
    ],
)  # fmt: skip
def test_a_failure_that_no_reader_reports_is_refused(failure: Failure) -> None:
    with pytest.raises(Malformed):
        messages.error_of(failure, PATH)


def test_the_words_of_a_failure_are_one_short_line() -> None:
    told = str(messages.error_of(Failure("Damaged", ("甲\n\x1b[31m乙\u202e" + "长" * 9999,)), PATH))
    assert told.isprintable() and len(told) < 500


def test_members_keep_to_their_archive_and_its_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("", "/etc/passwd", "../a.txt", "a/../../b.txt", "C:/a.txt", "a\nb.txt", "甲" * 5000):
        with pytest.raises(Malformed):
            Unpacking().member(Unpacked(name, b""))
    unpacking = Unpacking()
    assert unpacking.member(Unpacked("子/a.txt", b"text")).content == b"text"
    with pytest.raises(Malformed):
        unpacking.member(Unpacked("子/a.txt", b"text"))
    monkeypatch.setattr(archive, "MOST_MEMBERS", 2)
    unpacking.member(Unpacked("b.txt", b""))
    with pytest.raises(Malformed):
        unpacking.member(Unpacked("c.txt", b""))
    monkeypatch.setattr(archive, "LARGEST_TOTAL", 3)
    with pytest.raises(Malformed):
        Unpacking().member(Unpacked("a.txt", b"text"))


@pytest.mark.parametrize("share", [-0.1, 1.1, math.nan, math.inf])
def test_progress_is_a_share(share: float) -> None:
    with pytest.raises(Malformed):
        messages.share_of(sent(Progress(share)))


def test_a_document_without_metadata_has_none() -> None:
    assert parsed({}).document.metadata == Metadata()
    assert Stretch(("a",), 0, 1) == msgspec.msgpack.decode(b"\x93\x91\xa1a\x00\x01", type=Stretch)
