"""The switch that ends an answer: a closed connection, the Stop button, a deadline."""

import threading
from collections.abc import Callable


class Cancel:
    """A switch that one thread turns and the generating thread obeys."""

    def __init__(self) -> None:
        self._event = threading.Event()
        self._listeners: list[Callable[[], None]] = []

    def set(self) -> None:
        self._event.set()
        for listener in list(self._listeners):
            listener()

    def is_set(self) -> bool:
        return self._event.is_set()

    def on_set(self, listener: Callable[[], None]) -> None:
        """Call `listener` when the switch is turned, at once when it was; perhaps twice when that is just now."""
        self._listeners.append(listener)
        if self.is_set():
            listener()

    @staticmethod
    def following(other: "Cancel | None") -> "Cancel":
        """A switch that turns with `other`, and can be turned without it."""
        own = Cancel()
        if other is not None:
            other.on_set(own.set)
        return own
