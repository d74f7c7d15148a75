"""Gradio without its polling, so that a page that nobody uses takes no processor time.

Gradio 6.31 looks for waiting events every millisecond and for progress every ten, in two endless loops for each page: 8 %
of a core with nothing to do. Here an event is begun when it comes, or when another one ends and leaves its place. What an
event does, how it is cancelled and what the browser is told stays Gradio's. It also looks every second through the sessions
of all visitors that it remembers, for state that has not been used for an hour: once a minute is enough.
Progress bars (`gr.Progress`) are not covered: the page has none.
"""

import asyncio
import time
from typing import Any

import gradio as gr
from gradio import route_utils
from gradio.queueing import Queue
from gradio.utils import run_coro_in_background, set_task_name

GRADIO = "6.31.0"
"""The version that this was written against; a test says so when another one is installed."""
SESSIONS = 1000
"""Visits whose state is remembered; an older page finds its conversation again by the id in its address."""
SWEEP_SECONDS = 60.0
PLACES = 1000
"""Events that may run at once. They wait for the API, which has a limit of its own."""


class PromptQueue(Queue):  # type: ignore[misc]  # Gradio has no types
    """Begins events as they come."""

    active_jobs: list[Any]

    def start(self) -> None:
        """Called when the server starts, and again by Gradio's own page: what runs keeps its place."""
        if not self.active_jobs:
            self.active_jobs = [None] * self.max_thread_count

    async def push(self, *args: Any, **more: Any) -> Any:
        pushed = await super().push(*args, **more)
        self._begin_waiting()
        return pushed

    async def process_events(self, *args: Any, **more: Any) -> None:
        try:
            await super().process_events(*args, **more)
        finally:
            self._begin_waiting()

    def _begin_waiting(self) -> None:
        """As `Queue.start_processing` begins an event. Nothing is awaited in between, so no lock is needed."""
        while not self.stopped and None in self.active_jobs and (found := self.get_events()) is not None:
            events, batch, concurrency_id = found
            self.active_jobs[self.active_jobs.index(None)] = events
            waiting, function, begun = self.event_queue_per_concurrency_id[concurrency_id], events[0].fn, time.time()
            waiting.current_concurrency += 1
            waiting.start_times_per_fn[function].add(begun)
            task = run_coro_in_background(self.process_events, events, batch, begun, function)
            set_task_name(task, events[0].session_hash, function._id, events[0]._id, batch)  # /cancel finds it by this
            self._asyncio_tasks.add(task)
            task.add_done_callback(self._asyncio_tasks.discard)


async def _sweep(app: Any) -> None:
    """In place of Gradio's `_delete_state`, which wakes up every second for each page."""
    while True:
        app.state_holder.delete_all_expired_state()
        await asyncio.sleep(SWEEP_SECONDS)


def use_prompt_queue(page: gr.Blocks) -> None:
    """Let `page` begin its events as they come; to be called before it is mounted."""
    page._queue = PromptQueue(
        live_updates=True, concurrency_count=PLACES, update_intervals=1, max_size=None, blocks=page
    )
    page.state_session_capacity = SESSIONS


def sweep_seldom() -> None:
    """Let every page look for unused state once a minute; to be called before the server starts."""
    route_utils._delete_state = _sweep
