"""An answer over HTTP: begun before the first byte, stopped when its reader leaves or its time is up.

Not covered: how it is written (`server.api.routes.asking`, `server.api.routes.openai`).
"""

import asyncio
import time
from collections.abc import Generator, Iterable, Iterator
from itertools import chain

from fastapi import Request
from starlette.concurrency import run_in_threadpool

from server.answer.answerer import Answerer, Event
from server.answer.finding import Ask, check_question
from server.answer.result import Answer
from server.api.access import caller_of
from server.api.limits import holder
from server.api.recording import Recording
from server.errors import TooSlow
from server.llm.cancel import Cancel

POLL_SECONDS = 0.1


class Watch:
    """Turns an answer's switch when its reader has left or its time is up.

    A task of its own: a thread that waits for the model notices no disconnection by itself.
    """

    def __init__(self, request: Request, cancel: Cancel, recording: Recording, events: Generator[Event]) -> None:
        self.recording = recording
        self._events = events
        self._seconds: float = request.app.state.youju.deadline
        self._late = False
        self._cancel = cancel
        self._task = asyncio.create_task(self._run(request))

    async def _run(self, request: Request) -> None:
        end = time.monotonic() + self._seconds
        while not await request.is_disconnected():
            if time.monotonic() >= end:
                self._late = True
                break
            await asyncio.sleep(POLL_SECONDS)
        self._cancel.set()

    def stop(self) -> None:
        """Nobody reads any further."""
        self._task.cancel()
        self._cancel.set()
        # An answer that was left is kept as cancelled: that writes to the disk.
        asyncio.get_running_loop().run_in_executor(None, self._events.close)

    def check(self) -> None:
        """Raises TooSlow when the time was up: what came after that is no answer."""
        if self._late:
            raise TooSlow(self._seconds)


async def begin(
    asked: Ask, answerer: Answerer, request: Request, conversation: str | None = None
) -> tuple[Watch, Iterator[Event]]:
    """The events of an answer and who watches over it, to be stopped by whoever reads them.

    A full line and a question that cannot be used are told here, before the first byte. What becomes of it is kept,
    in `conversation` too where one is given.
    """
    cancel = Cancel()
    state, caller = request.app.state.youju, caller_of(request)
    recording = state.saved.recorder.begin(answerer.store, check_question(asked.question), caller.key, conversation)
    events = recording.over(answerer.events(asked, cancel, holder(state, caller)), cancel)
    watch = Watch(request, cancel, recording, events)
    try:
        first = await run_in_threadpool(next, events)
    except BaseException:
        watch.stop()
        raise
    return watch, chain([first], events)


async def finish(watch: Watch, events: Iterable[Event]) -> Answer:
    """The answer at the end of its events; raises TooSlow when its time was up."""
    try:
        return await run_in_threadpool(_last, events)
    finally:
        watch.stop()
        watch.check()


def _last(events: Iterable[Event]) -> Answer:
    *_, last = events
    assert isinstance(last, Answer)
    return last
