"""How long an archive's members may take, each, in a row and together; nothing of it is dropped silently."""

import time
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from index import patience as patience_module
from index.embed import Progress, Vectors
from index.library import Library
from index.patience import HASTY_AFTER, HASTY_SECONDS, MOST_TIMEOUTS, Patience
from index.store import Store
from index.vectors import VectorIndex
from ingest.errors import ArchiveTimedOut
from ingest.limits import Limits
from tests.stubs import BigramEmbedder

LIMITS = Limits(idle_seconds=120, total_seconds=7200, member_seconds=1800, archive_seconds=10_000)
MEMBER = Path("包.zip/件.pdf")
TEXT = "教育工作要点\n一、学校建设\n计划竣工项目{}个。\n"


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_member_has_limits_of_its_own_and_no_more_than_what_is_left_for_the_archive() -> None:
    clock = Clock()
    patience = Patience(LIMITS, clock=clock)
    assert patience.limits(MEMBER) == Limits(120, 1800, member_seconds=1800, archive_seconds=10_000)
    clock.now = 9950
    assert (patience.limits(MEMBER).idle_seconds, patience.limits(MEMBER).total_seconds) == (50, 50)
    clock.now = 10_000
    with pytest.raises(
        ArchiveTimedOut, match=r"件\.pdf：没有读取（处理整个压缩包超过 10,000 秒.*请解压后单独添加"
    ) as caught:
        patience.limits(MEMBER)
    assert caught.value.reason == "timed_out"


def test_what_was_spent_before_an_interruption_counts() -> None:
    assert Patience(LIMITS, spent=9000, clock=Clock()).limits(MEMBER).total_seconds == 1000
    with pytest.raises(ArchiveTimedOut):
        Patience(LIMITS, spent=10_000, clock=Clock()).limits(MEMBER)


def test_timeouts_in_a_row_make_it_hasty_and_then_end_it_and_a_member_that_is_read_calms_it() -> None:
    patience = Patience(LIMITS, timeouts=HASTY_AFTER - 1)
    assert patience.limits(MEMBER).idle_seconds == 120
    patience.ended(timed_out=True)
    assert patience.limits(MEMBER).idle_seconds == HASTY_SECONDS
    patience.ended(timed_out=False)
    assert (patience.timeouts, patience.limits(MEMBER).idle_seconds) == (0, 120)
    for _ in range(MOST_TIMEOUTS):
        patience.limits(MEMBER)
        patience.ended(timed_out=True)
    with pytest.raises(ArchiveTimedOut, match=f"连续 {MOST_TIMEOUTS} 个文件读取超时"):
        patience.limits(MEMBER)


def packed(path: Path, count: int) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for n in range(count):
            archive.writestr(f"{n}.txt", TEXT.format(n))
    return path


Make = Callable[[Limits], Library]


@pytest.fixture
def make(store: Store) -> Make:
    embedder = BigramEmbedder()
    return lambda limits: Library(store, embedder, VectorIndex(embedder.dimension), limits)


def test_members_that_hang_one_after_the_other_end_the_archive_and_each_is_told(
    make: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(patience_module, "MOST_TIMEOUTS", 2)
    path = packed(tmp_path / "包.zip", 5)
    hasty = make(Limits(member_seconds=-1))
    outcomes = list(hasty.take(path))
    hasty.stop_reading()
    assert [(o.path.name, o.status, o.code) for o in outcomes] == [
        (f"{n}.txt", "failed", "timed_out") for n in range(5)
    ]
    assert ["连续 2 个文件读取超时" in str(o.reason) for o in outcomes] == [False, False, True, True, True]


def test_what_was_not_tried_is_tried_the_next_time(make: Make, tmp_path: Path) -> None:
    path = packed(tmp_path / "包.zip", 3)
    library = make(Limits())
    outcomes = list(library.take(path, patience=Patience(Limits(), spent=1e9)))
    assert [(o.status, o.code) for o in outcomes] == [("failed", "timed_out")] * 3
    assert [o.status for o in library.take(path)] == ["added"] * 3
    assert library.store.failures() == []
    library.stop_reading()


def test_members_that_are_done_are_passed_over_and_stay(make: Make, tmp_path: Path) -> None:
    path = packed(tmp_path / "包.zip", 3)
    library = make(Limits())
    first = next(library.take(path))
    assert [(o.path.name, o.status) for o in library.take(path, done={"0.txt"})] == [
        ("1.txt", "added"),
        ("2.txt", "added"),
    ]
    assert (first.status, library.store.count()) == ("added", 3)
    library.stop_reading()


class SlowEmbedder(BigramEmbedder):
    """Takes a second and a half longer than `SECONDS`."""

    def encode_passages(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
        time.sleep(SECONDS + 1.5)
        return super().encode_passages(texts, progress)


SECONDS = 6.0


@pytest.mark.slow
def test_embedding_counts_for_the_seconds_that_a_file_may_take(store: Store, tmp_path: Path) -> None:
    (tmp_path / "长.txt").write_text(TEXT.format(1), encoding="utf-8")
    embedder = SlowEmbedder()
    library = Library(store, embedder, VectorIndex(embedder.dimension), Limits(total_seconds=SECONDS))
    outcome = library.add(tmp_path / "长.txt")
    assert (outcome.status, outcome.code) == ("failed", "timed_out")
    assert store.count() == 0
    library.stop_reading()


def test_a_file_that_another_process_has_added_meanwhile_is_a_duplicate(store: Store, tmp_path: Path) -> None:
    for name in ("甲.txt", "乙.txt"):
        (tmp_path / name).write_text(TEXT.format(1), encoding="utf-8")
    other = Library(Store(store.path), BigramEmbedder(), VectorIndex(64))

    class Overtaken(BigramEmbedder):
        def encode_passages(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
            assert other.add(tmp_path / "甲.txt").status == "added"
            return super().encode_passages(texts, progress)

    library = Library(store, Overtaken(), VectorIndex(64))
    outcome = library.add(tmp_path / "乙.txt")
    assert outcome.status == "duplicate"
    assert store.document_row(str(outcome.document_id)).path == str(tmp_path / "甲.txt")
    assert len(store.paths(str(outcome.document_id))) == 2
    library.stop_reading()
    other.close()
