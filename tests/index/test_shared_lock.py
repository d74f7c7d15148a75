"""Readers side by side, writers alone and first."""

import threading

from index.shared_lock import SharedLock
from tests.waiting import ends, until


def test_readers_share_and_a_writer_waits_for_them_and_goes_before_new_ones() -> None:
    lock = SharedLock()
    order: list[str] = []

    def write() -> None:
        with lock.writing():
            order.append("writer")

    def read() -> None:
        with lock.reading():
            order.append("late reader")

    with lock.reading(), lock.reading():
        writer = threading.Thread(target=write)
        writer.start()
        until(lambda: lock._waiting)
        reader = threading.Thread(target=read)
        reader.start()
        reader.join(0.05)
        assert order == []
    ends(writer)
    ends(reader)
    assert order == ["writer", "late reader"]


def test_what_one_writes_no_other_sees_half_done() -> None:
    lock = SharedLock()
    pair = [0, 0]
    torn: list[tuple[int, int]] = []

    def write() -> None:
        for _ in range(300):
            with lock.writing():
                pair[0] += 1
                pair[1] += 1

    def read() -> None:
        for _ in range(300):
            with lock.reading():
                if pair[0] != pair[1]:
                    torn.append((pair[0], pair[1]))

    threads = [threading.Thread(target=work) for work in (write, write, read, read)]
    for thread in threads:
        thread.start()
    ends(*threads)
    assert pair == [600, 600] and torn == []
