"""An answer over HTTP: begun before the first byte, stopped when its reader leaves or its time is up.

A question that waits for its turn holds no thread: threads work only on questions that have something to do, and those are
not the threads of the other routes. So however many questions wait, every route goes on answering.
Not covered: how an answer is written (`server.api.routes.asking`, `server.api.routes.openai`).
"""

import asyncio
from collections.abc import Generator

from anyio import CapacityLimiter
from anyio.to_thread import run_sync
from fastapi import Request

from server.answer.answerer import Answerer, Event, Waiting
from server.answer.finding import Ask, check_question
from server.answer.result import Answer
from server.api.access import caller_of
from server.api.limits import holder
from server.api.recording import Recording
from server.errors import TooSlow
from server.llm.cancel import Cancel
from server.llm.turns import Ticket


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
        try:
            async with asyncio.timeout(self._seconds):
                # The body has been read: what is left to be received is that the reader has left.
                while (await request.receive())["type"] != "http.disconnect":
                    continue
        except TimeoutError:
            self._late = True
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


class AnswerEvents:
    """The events of an answer for the event loop. Each is made in one of the threads that `answering` counts; while others
    are served first, none is held."""

    def __init__(self, events: Generator[Event], answering: CapacityLimiter) -> None:
        self._events = events
        self._answering = answering
        self._first: Event | None = None
        self._last: Event | None = None

    async def start(self) -> None:
        """Make the first event, so that what it raises is raised here."""
        self._first = await self._next()

    def __aiter__(self) -> "AnswerEvents":
        return self

    async def __anext__(self) -> Event:
        event = self._first or await self._next()
        self._first = None
        if event is None:
            raise StopAsyncIteration
        return event

    async def _next(self) -> Event | None:
        last = self._last
        if isinstance(last, Waiting) and last.ahead and last.ticket is not None:
            await _moved(last.ticket, last.ahead)
        self._last = await run_sync(next, self._events, None, limiter=self._answering)
        return self._last


async def _moved(ticket: Ticket, ahead: int) -> None:
    """Returns when `ahead` is no longer how many are before the ticket."""
    loop, moved = asyncio.get_running_loop(), asyncio.Event()

    def tell() -> None:
        loop.call_soon_threadsafe(moved.set)

    forget = ticket.on_move(ahead, tell)
    try:
        await moved.wait()
    finally:
        forget()


async def begin(
    asked: Ask, answerer: Answerer, request: Request, conversation: str | None = None
) -> tuple[Watch, AnswerEvents]:
    """The events of an answer and who watches over it, to be stopped by whoever reads them.

    A full line and a question that cannot be used are told here, before the first byte. What becomes of it is kept,
    in `conversation` too where one is given.
    """
    cancel = Cancel()
    state, caller = request.app.state.youju, caller_of(request)
    recording = state.saved.recorder.begin(answerer.store, check_question(asked.question), caller.key, conversation)
    made = recording.over(answerer.events(asked, cancel, holder(state, caller)), cancel)
    watch, events = Watch(request, cancel, recording, made), AnswerEvents(made, state.answering)
    try:
        await events.start()
    except BaseException:
        watch.stop()
        raise
    return watch, events


async def finish(watch: Watch, events: AnswerEvents) -> Answer:
    """The answer at the end of its events; raises TooSlow when its time was up."""
    last: Event | None = None
    try:
        async for event in events:
            last = event
    finally:
        watch.stop()
        watch.check()
    assert isinstance(last, Answer)
    return last
