"""Asks a server for its health at a steady pace, from a process of its own: what burdens the bench does not burden it."""

import http.client
import multiprocessing
import time
from collections.abc import Generator
from contextlib import contextmanager
from multiprocessing.synchronize import Event
from urllib.parse import urlsplit

EVERY_SECONDS = 0.05
PATIENCE_SECONDS = 30.0
PATH = "/api/health"


class Probe:
    """Seconds until each answer, in the order in which they were asked for; `failed` got none, or another one than 200."""

    def __init__(self) -> None:
        self.seconds: list[float] = []
        self.failed = 0


@contextmanager
def probing(address: str) -> Generator[Probe]:
    """Probes while the block runs; the figures are there after it."""
    context = multiprocessing.get_context("spawn")
    receiver, sender = context.Pipe(duplex=False)
    ended = context.Event()
    process = context.Process(target=_run, args=(address, ended, sender), daemon=True)
    process.start()
    probe = Probe()
    try:
        receiver.recv()  # it has begun
        yield probe
    finally:
        ended.set()
        probe.seconds, probe.failed = receiver.recv()
        process.join()


def _run(address: str, ended: Event, sender: "multiprocessing.connection.Connection") -> None:
    place = urlsplit(address)
    seconds: list[float] = []
    failed = 0
    sender.send(None)
    while not ended.is_set():
        begun = time.perf_counter()
        if not _is_healthy(place.hostname or "", place.port or 0):
            failed += 1
        seconds.append(time.perf_counter() - begun)
        time.sleep(max(0.0, EVERY_SECONDS - seconds[-1]))
    sender.send((seconds, failed))


def _is_healthy(host: str, port: int) -> bool:
    """With a connection of its own, as a supervisor asks."""
    connection = http.client.HTTPConnection(host, port, timeout=PATIENCE_SECONDS)
    try:
        connection.request("GET", PATH)
        return connection.getresponse().status == http.HTTPStatus.OK
    except OSError:
        return False
    finally:
        connection.close()
