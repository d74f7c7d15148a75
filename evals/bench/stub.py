"""`python -m evals.bench.stub SECONDS COMMAND…`: the `youju` command with a language model of a known service time.

The model takes SECONDS for each question and then has no answer, so that what a bench measures is the server and not the
model. Searching, the ledger, the API and the page are the real ones.
"""

import sys
import time
from collections.abc import Iterator, Sequence

import server.runtime
from server.cli import main
from server.installation import Installation
from server.llm.cancel import Cancel
from server.llm.model import LanguageModel, Tokens
from server.llm.template import Message

STEP_SECONDS = 0.02


class SteadyModel:
    """Takes the same time for every question and finds no answer."""

    name = "steady"

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self.tokens = Tokens()
        self.is_alive = True

    def generate(
        self, messages: Sequence[Message], max_tokens: int, stop: Sequence[str] = (), cancelled: Cancel | None = None
    ) -> Iterator[str]:
        return iter(("依据：无",))

    def log_odds(self, messages: Sequence[Message], yes: str, no: str, cancelled: Cancel | None = None) -> float:
        end = time.monotonic() + self._seconds
        while time.monotonic() < end and not (cancelled is not None and cancelled.is_set()):
            time.sleep(STEP_SECONDS)
        return -8.0

    def pin(self, messages: Sequence[Message]) -> None:
        """Nothing is read."""

    def count_tokens(self, texts: Sequence[str]) -> int:
        """A token a character."""
        return sum(map(len, texts))

    def close(self) -> None:
        self.is_alive = False


if __name__ == "__main__":
    model = SteadyModel(float(sys.argv.pop(1)))

    def open_stub(installation: Installation) -> LanguageModel:
        return model

    server.runtime.open_model = open_stub
    main()
