"""Where an installation has its data and models, and how much it may use: plain values for the other modules."""

from dataclasses import dataclass
from pathlib import Path

from ingest.limits import LIMITS, Limits


@dataclass(frozen=True)
class Retention:
    """For how many days the ledger keeps records; 0 keeps them for ever."""

    jobs_days: int = 90
    """From the end of a job."""
    audit_days: int = 365
    statistics_days: int = 365
    """How each question was answered."""
    conversations_days: int = 0
    """From the last change of a conversation."""


@dataclass(frozen=True)
class Installation:
    """`llm_role` names the line of models.txt, `queue` how many questions may wait."""

    data: Path
    models: Path
    model_list: Path
    llm_role: str
    threads: int
    queue: int
    limits: Limits = LIMITS
    """What reading one file may cost."""
    retention: Retention = Retention()
