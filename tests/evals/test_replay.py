"""Replies are asked for once, kept only when whole, and told apart by everything that makes a request."""

from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path

import pytest

from evals.replay import ReplayModel
from server.llm.cancel import Cancel
from server.llm.model import Tokens
from server.llm.template import Message

ASKED = [Message("system", "公文问答"), Message("user", "问题：竣工几个项目")]
EXACTLY = pytest.approx(2 / 3, rel=0, abs=0)
OTHER = [Message("system", "公文问答"), Message("user", "问题：新增多少学位")]


class CountingModel:
    """Replies with how often it was asked, in three pieces; turns its switch when done, as the real model does."""

    name = "counting"
    tokens, is_alive = Tokens(), True

    def __init__(self) -> None:
        self.requests = 0
        self.stopped: list[Cancel] = []
        self.closed = False
        self.pinned: list[Message] = []

    def generate(
        self, messages: Sequence[Message], max_tokens: int, stop: Sequence[str] = (), cancelled: Cancel | None = None
    ) -> Iterator[str]:
        self.requests += 1
        return self._pieces(cancelled or Cancel())

    def _pieces(self, cancel: Cancel) -> Iterator[str]:
        try:
            for piece in ("第", str(self.requests), "次"):
                if cancel.is_set():
                    return
                yield piece
        finally:
            cancel.set()
            self.stopped.append(cancel)

    def log_odds(self, messages: Sequence[Message], yes: str, no: str, cancelled: Cancel | None = None) -> float:
        self.requests += 1
        return self.requests / 3

    def pin(self, messages: Sequence[Message]) -> None:
        self.pinned = list(messages)

    def count_tokens(self, texts: Sequence[str]) -> int:
        return sum(map(len, texts))

    def close(self) -> None:
        self.closed = True


def _model(folder: Path, inner: CountingModel) -> ReplayModel:
    return ReplayModel(lambda: inner, folder, inner.name)


def _never() -> CountingModel:
    raise AssertionError("the model was opened")


def test_a_known_reply_comes_without_opening_the_model(tmp_path: Path) -> None:
    inner = CountingModel()
    with closing(_model(tmp_path, inner)) as first:
        assert list(first.generate(ASKED, 10)) == ["第", "1", "次"]
        assert first.log_odds(ASKED, "是", "否") == EXACTLY
        assert (first.asked, first.replayed) == (2, 0)
    assert inner.closed
    with closing(ReplayModel(_never, tmp_path, inner.name)) as second:
        assert "".join(second.generate(ASKED, 10)) == "第1次"
        assert second.log_odds(ASKED, "是", "否") == EXACTLY
        assert (second.asked, second.replayed) == (2, 2)


def test_a_request_differs_by_messages_length_stops_and_kind(tmp_path: Path) -> None:
    with closing(_model(tmp_path, CountingModel())) as model:
        for messages, most, stop in ((ASKED, 10, ()), (OTHER, 10, ()), (ASKED, 11, ()), (ASKED, 10, ("\n",))):
            list(model.generate(messages, most, stop))
        model.log_odds(ASKED, "是", "否")
        model.log_odds(ASKED, "否", "是")
        assert (model.asked, model.replayed) == (6, 0)


def test_another_model_has_other_replies(tmp_path: Path) -> None:
    with closing(_model(tmp_path, CountingModel())) as model:
        list(model.generate(ASKED, 10))
    inner = CountingModel()
    inner.name = "larger"
    with closing(_model(tmp_path, inner)) as model:
        list(model.generate(ASKED, 10))
        assert model.replayed == 0


def test_a_model_of_another_name_than_announced_is_refused(tmp_path: Path) -> None:
    inner = CountingModel()
    with closing(ReplayModel(lambda: inner, tmp_path, "announced")) as model:
        with pytest.raises(ValueError, match="announced"):
            model.generate(ASKED, 10)
        assert inner.closed


def test_an_abandoned_reply_is_not_kept_and_stops_the_model(tmp_path: Path) -> None:
    inner = CountingModel()
    with closing(_model(tmp_path, inner)) as model:
        pieces = model.generate(ASKED, 10)
        assert next(pieces) == "第"
        del pieces
        assert len(inner.stopped) == 1
        assert list(model.generate(ASKED, 10)) == ["第", "2", "次"]
        assert model.replayed == 0


def test_a_cancelled_reply_is_not_kept(tmp_path: Path) -> None:
    with closing(_model(tmp_path, CountingModel())) as model:
        cancel = Cancel()
        pieces = model.generate(ASKED, 10, (), cancel)
        assert next(pieces) == "第"
        cancel.set()
        assert list(pieces) == []
        assert list(model.generate(ASKED, 10)) == ["第", "2", "次"]


def test_a_finished_reply_leaves_the_askers_switch_alone(tmp_path: Path) -> None:
    with closing(_model(tmp_path, CountingModel())) as model:
        cancel = Cancel()
        list(model.generate(ASKED, 10, (), cancel))
        assert not cancel.is_set()
        assert list(model.generate(ASKED, 10, (), cancel)) == ["第1次"]
        assert model.replayed == 1


def test_nothing_is_asked_for_once_the_switch_is_turned(tmp_path: Path) -> None:
    with closing(ReplayModel(_never, tmp_path, "counting")) as model:
        cancel = Cancel()
        cancel.set()
        assert list(model.generate(ASKED, 10, (), cancel)) == []
        assert model.log_odds(ASKED, "是", "否", cancel) == 0


def test_what_is_pinned_before_the_model_is_opened_is_pinned_then(tmp_path: Path) -> None:
    inner = CountingModel()
    with closing(_model(tmp_path, inner)) as model:
        model.pin([Message("system", "开头")])
        assert inner.pinned == []
        list(model.generate([Message("user", "问")], 8))
        assert inner.pinned == [Message("system", "开头")]
