"""What one visitor's page holds: the conversation so far, the question that is being answered, the filters.

Not covered: showing it (`ui.render`), keeping it (the API's conversations).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

Kind = Literal["documents", "years", "places", "issuers"]
KINDS: tuple[Kind, ...] = ("years", "places", "issuers", "documents")


@dataclass(frozen=True)
class Chosen:
    """What the next questions are restricted to; each value with how it is shown."""

    documents: Mapping[str, str] = field(default_factory=dict)
    years: Mapping[str, str] = field(default_factory=dict)
    places: Mapping[str, str] = field(default_factory=dict)
    issuers: Mapping[str, str] = field(default_factory=dict)

    def of(self, kind: Kind) -> Mapping[str, str]:
        found: Mapping[str, str] = getattr(self, kind)
        return found

    def plus(self, kind: Kind, value: str, shown: str) -> "Chosen":
        return replace(self, **{kind: {**self.of(kind), value: shown}})

    def minus(self, kind: Kind, value: str) -> "Chosen":
        return replace(self, **{kind: {v: shown for v, shown in self.of(kind).items() if v != value}})

    def __bool__(self) -> bool:
        return any(self.of(kind) for kind in KINDS)

    def body(self) -> dict[str, Any]:
        """As keys of POST /api/ask."""
        told: dict[str, Any] = {kind: list(self.of(kind)) for kind in KINDS if self.of(kind)}
        if "years" in told:
            told["years"] = [int(year) for year in told["years"]]
        return told


@dataclass(frozen=True)
class Ignored:
    """What was recognised in a question and is not to count."""

    years: tuple[int, ...] = ()
    places: tuple[str, ...] = ()

    def body(self) -> dict[str, Any]:
        """As keys of POST /api/ask."""
        told = {"without_years": list(self.years), "without_places": list(self.places)}
        return {key: values for key, values in told.items() if values}


@dataclass
class Turn:
    """One question with what has come of it so far."""

    question: str
    number: int
    chosen: Chosen = Chosen()
    ignored: Ignored = Ignored()
    step: Literal["searching", "waiting", "answering", "done"] = "searching"
    ahead: int = 0
    evidence: list[dict[str, Any]] = field(default_factory=list)
    understood: dict[str, list[Any]] = field(default_factory=dict)
    sentences: list[str] = field(default_factory=list)
    final: dict[str, Any] | None = None
    failure: str | None = None
    stopped: bool = False
    judged: str = ""
    id: str = ""
    """Of the turn in its saved conversation, once it is kept."""
    removed: bool = False

    @property
    def running(self) -> bool:
        return self.step != "done"

    def take(self, name: str, payload: dict[str, Any]) -> None:
        """One event of POST /api/ask."""
        if name == "evidence":
            self.evidence, self.step = payload["evidence"], "answering"
            self.understood = payload.get("understood", {})
        elif name == "queue":
            self.ahead, self.step = payload["ahead"], "waiting" if payload["ahead"] else "answering"
        elif name == "delta":
            self.sentences.append(payload["text"])
        elif name == "final":
            self.final, self.evidence, self.step = payload, payload["evidence"], "done"
            self.id = payload.get("turn") or ""

    def fail(self, why: str) -> None:
        self.failure, self.step = why, "done"

    def stop(self) -> None:
        """Nothing more will come of it."""
        if self.running:
            self.stopped, self.step = True, "done"


@dataclass
class Talk:
    """A conversation on the page; `conversation` is its id, "" before the first question."""

    conversation: str = ""
    title: str = ""
    turns: list[Turn] = field(default_factory=list)
    chosen: Chosen = Chosen()

    @property
    def running(self) -> Turn | None:
        return self.turns[-1] if self.turns and self.turns[-1].running else None


def saved_talk(saved: dict[str, Any]) -> Talk:
    """The conversation that the API has kept."""
    turns = [_saved_turn(told, number) for number, told in enumerate(saved["turns"], 1)]
    return Talk(saved["id"], saved["title"], turns)


def _saved_turn(told: dict[str, Any], number: int) -> Turn:
    turn = Turn(
        told["question"], number, step="done", id=told["id"], understood=told["understood"],
        removed=bool(told["removed"]),
    )  # fmt: skip
    if told["status"] == "cancelled":
        turn.stopped = True
    else:
        turn.final, turn.evidence = told, told["evidence"]
    return turn
