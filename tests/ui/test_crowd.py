"""Many visitors at once, over a slow API in the same process: nobody waits for a thread that another one holds.

The API stands in for the real one with routes of the same kind: ordinary functions, for which the framework has forty
threads. The server is a child process, so that one that hangs can be ended.
"""

import asyncio
import socket
import subprocess
import sys
import time
from collections.abc import Iterator

import httpx
import pytest

from evals.bench.visit import Visitor
from tests.conftest import ROOT

pytestmark = pytest.mark.slow

CHILD = """
import sys, time
import uvicorn
from fastapi import FastAPI
from ui.app import mount

port = int(sys.argv[1])
api = FastAPI()

def slow(answer):
    def route():
        time.sleep(0.1)
        return answer
    return route

@api.get("/api/health")
async def health():
    return {"status": "ok"}

for path, answer in {
    "/api/session": {"key": None, "name": "", "role": "admin"},
    "/api/documents": {"documents": [], "total": 0},
    "/api/conversations": {"conversations": [], "total": 0},
}.items():
    api.add_api_route(path, slow(answer))

mounted = mount(api, f"http://127.0.0.1:{port}")
uvicorn.run(mounted, host="127.0.0.1", port=port, log_level="critical")
"""
VISITORS = 60
"""Each with two events when the page has loaded: 120 at once."""
DEADLINE = 180
START_DEADLINE = 300


@pytest.fixture
def address() -> Iterator[str]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    child = subprocess.Popen([sys.executable, "-c", CHILD, str(port)], cwd=ROOT)
    try:
        _wait_until_healthy(f"http://127.0.0.1:{port}", child)
        yield f"http://127.0.0.1:{port}"
    finally:
        child.kill()
        child.wait()


def _wait_until_healthy(address: str, child: "subprocess.Popen[bytes]") -> None:
    end = time.monotonic() + START_DEADLINE
    while time.monotonic() < end and child.poll() is None:
        try:
            if httpx.get(f"{address}/api/health", trust_env=False).status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.1)
    raise AssertionError("the server did not start")


def test_many_page_events_at_once_all_end_and_health_and_other_routes_answer_meanwhile(address: str) -> None:
    async def visits() -> list[list[str]]:
        async with httpx.AsyncClient(base_url=address, trust_env=False, timeout=DEADLINE) as http:
            visitors = [Visitor(http) for _ in range(VISITORS)]
            await asyncio.gather(*(visitor.open() for visitor in visitors))
            ended = asyncio.gather(*(visitor.raise_load() for visitor in visitors))
            healthy = 0
            while not ended.done():
                assert (await http.get("/api/health")).status_code == 200
                healthy += 1
                await asyncio.sleep(0.02)
            assert healthy > 1
            assert (await http.get("/api/session")).status_code == 200
            return [visitor.visit.events for visitor in await ended]

    async def in_time() -> list[list[str]]:
        async with asyncio.timeout(DEADLINE):
            return await visits()

    assert asyncio.run(in_time()) == [[]] * VISITORS
