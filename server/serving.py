"""uvicorn that ends in order: what runs is finished within some seconds or cancelled, new questions are refused.

On the first SIGTERM or SIGINT new questions get a problem (503 with Retry-After) while those in the line are answered;
then, or when the time is up and they are cancelled, sockets are closed and the application is shut down. A second
signal cancels at once. The process ends with exit code 0 in both cases.
"""

import asyncio
import logging
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from types import FrameType
from typing import Protocol

import uvicorn
from starlette.types import ASGIApp

from server.api.connection import behind_proxies

LAST_SECONDS = 3
"""For the last bytes of cancelled answers; pages that only listen are cut off then."""
SECONDS, ENDING_SECONDS = 1.0, 0.1
"""Between two ticks, while it serves and while it ends."""
logger = logging.getLogger(__name__)


class Endable(Protocol):
    """What is told to end: the application's state."""

    def end(self) -> None:
        """Begin nothing new."""
        ...

    def cancel(self) -> None:
        """Stop what runs."""
        ...

    @property
    def is_idle(self) -> bool:
        """Whether nothing runs."""
        ...


class Server(uvicorn.Server):
    """Serves until it is told to end."""

    def __init__(self, config: uvicorn.Config, state: Endable, patience: float) -> None:
        """`patience`: seconds that questions have to be answered in once it shall end."""
        super().__init__(config)
        self._state = state
        self._patience = patience
        self._until: float | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._told = asyncio.Event()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Called in a signal handler: only notes what is to be done."""
        now = time.monotonic()
        self._until = now + self._patience if self._until is None else now
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._told.set)

    async def main_loop(self) -> None:
        """Tick once a second, and often once it is told to end: uvicorn's own loop wakes an idle machine ten times a second."""
        self._loop = asyncio.get_running_loop()
        while not await self.on_tick(0):
            with suppress(TimeoutError):
                await asyncio.wait_for(self._told.wait(), SECONDS)
            if self._told.is_set():
                await asyncio.sleep(ENDING_SECONDS)

    async def on_tick(self, counter: int) -> bool:
        """At each tick; uvicorn counts ten of them a second, and renews the headers' date where `counter` is one of ten."""
        if self._until is not None and not self.should_exit:
            self._state.end()
            if self._state.is_idle:
                self.should_exit = True
            elif time.monotonic() >= self._until:
                logger.warning("questions cancelled: the server ends")
                self._state.cancel()
                self.should_exit = True
        return await super().on_tick(counter)


def config_of(
    app: ASGIApp,
    host: str,
    port: int,
    proxies: Sequence[str] = (),
    certificate: Path | None = None,
    key: Path | None = None,
) -> uvicorn.Config:
    """How `app` is served: where, which proxies are trusted, and over TLS where there is a certificate."""
    return uvicorn.Config(
        behind_proxies(app, proxies), host=host, port=port, log_config=None, access_log=False, server_header=False,
        proxy_headers=False, ssl_certfile=certificate, ssl_keyfile=key,
    )  # fmt: skip


def serve(config: uvicorn.Config, state: Endable, patience: float) -> None:
    """Serve until SIGTERM or SIGINT and return when all has ended."""
    config.timeout_graceful_shutdown = LAST_SECONDS
    Server(config, state, patience).run()
