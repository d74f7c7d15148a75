"""When to say that the documents do not answer: where nothing fits, and where what would be told is not likely enough.

`python -m evals.calibrate` fits the decision on everyday questions over documents that the reader was not trained on, and
writes it to refusal.json. Not covered: how likely a sentence answers (`ranking`), how a refusal is worded (`wording`).
"""

import json
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from server.answer.evidence import Candidate
from server.answer.result import Reason

WEIGHTS = Path(__file__).with_name("refusal.json")

UNRELATED_COVERAGE = 0.25
UNRELATED_COSINE = 0.845
"""Below both, no passage is about the question. Questions that are answered go down to
coverage 0.0 and cosine 0.85 in everyday words; the ranking decides about those."""
CLEAR_COVERAGE = 0.5
"""From here on a sentence of another year or place shows what the question is about."""

SMALLTALK = re.compile(
    r"^(?:(?:你好|您好|请问)[,，!！ ]*)?(?:你好|您好|hi|hello|嗨|哈喽|在吗|在不在|早上好|下午好|晚上好|谢谢|多谢|感谢|再见|拜拜|ok|好的"
    r"|你(?:是(?:谁|什么|干什么的|做什么的)|叫什么(?:名字)?|(?:都)?(?:能|会|可以)(?:帮我)?(?:做|干|回答)?(?:些)?(?:什么|啥)(?:事|问题)?|有什么(?:用|功能))|(?:介绍一下|说说)你自己|有(?:什么|哪些)(?:资料|文件|文档)|怎么(?:使用|用)(?:你)?|帮助|help)(?:啊|呀|吗|呢|了|你|您)?[\s!！?？。.~～,，]*$",
    re.IGNORECASE,
)


def is_smalltalk(text: str) -> bool:
    return SMALLTALK.match(text.strip()) is not None


def why_nothing_fits(candidates: Sequence[Candidate]) -> Reason | None:
    """The reason to refuse before anything is chosen, or None when some sentence may answer.

    Sentences of another place or year that match far better than all that fit show what the question is
    about: then that place or year is what is missing.
    """
    if not candidates:
        return "no_match"
    fitting = max((c.coverage for c in candidates if c.fits), default=0.0)
    nearest = max(c.cosine for c in candidates)
    if any(c.fits for c in candidates) and (fitting >= UNRELATED_COVERAGE or nearest >= UNRELATED_COSINE):
        return None
    return elsewhere(candidates) or "no_match"


def elsewhere(candidates: Sequence[Candidate]) -> Reason | None:
    """The year or the place as what is missing, when sentences of another one match clearly better than all that fit."""
    fitting = max((c.coverage for c in candidates if c.fits), default=0.0)
    other_year = max((c.coverage for c in candidates if c.fits_place and not c.fits_year), default=0.0)
    other_place = max((c.coverage for c in candidates if not c.fits_place), default=0.0)
    if max(other_year, other_place) < max(CLEAR_COVERAGE, fitting + 0.2):
        return None
    return "wrong_year" if other_year >= other_place * 0.8 else "wrong_place"


@dataclass(frozen=True)
class Doubt:
    """What the model is asked: whether `told`, of the document of this title, tells what is asked."""

    told: str
    title: str
    least: float
    """The log-odds of its yes from which on it is shown: of either infinity where it need not be asked."""

    @property
    def is_open(self) -> bool:
        return math.isfinite(self.least)


@dataclass(frozen=True)
class Judge:
    """Whether what would be told is shown: from the probability `sure` on, never below `hopeless`; between them the model
    is a witness, which takes a second."""

    hopeless: float
    sure: float
    witness: float
    """Weight of the model's log-odds beside the log-odds of the probability."""
    least: float
    """What both together have to reach."""

    def needed(self, probability: float) -> float:
        """The model's log-odds from which on is shown what holds the answer with this probability: -inf, whatever it
        says; inf, never."""
        if not self.hopeless <= probability < self.sure:
            return -math.inf if probability >= self.sure else math.inf
        short = self.least - math.log(probability / (1 - probability))
        return short / self.witness if self.witness else math.copysign(math.inf, short)


@lru_cache(maxsize=1)
def judge() -> Judge:
    """The limits that ship."""
    read = json.loads(WEIGHTS.read_text(encoding="utf-8"))
    return Judge(read["hopeless"], read["sure"], read["witness"], read["least"])
