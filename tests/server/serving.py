"""The real application behind a real socket of this machine, in a thread."""

import threading
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import uvicorn
from fastapi import FastAPI

from server.answer.answerer import Answerer
from server.api.app import create_app
from server.api.guard import address
from server.serving import config_of
from server.settings import Settings
from tests.waiting import ends, occurs, until


def ready_app(answerer: Answerer, data: Path) -> FastAPI:
    """The application over `answerer`; it is ready soon after it starts."""
    return create_app(Settings(data=data), load=lambda: answerer)


@contextmanager
def served(app: FastAPI, port: int = 0, certificate: Path | None = None, key: Path | None = None) -> Generator[str]:
    """The address of `app` while it is served, on any free port where none is given; returns when it has loaded."""
    config = config_of(app, "127.0.0.1", port, ("127.0.0.1", "::1"), certificate, key)
    # A browser keeps a stream open as long as its page is: ending does not wait for it.
    config.ws, config.timeout_graceful_shutdown = "none", 2
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, name="served")
    thread.start()
    try:
        until(lambda: server.started or not thread.is_alive())
        assert server.started, "the server ended before it had started"
        occurs(app.state.youju.finished)
        port = server.servers[0].sockets[0].getsockname()[1]
        yield address("127.0.0.1", port, certificate is not None)
    finally:
        server.should_exit = True
        ends(thread)
