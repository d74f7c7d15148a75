"""When to say that the documents do not answer: before the model is asked, and after it has drafted an answer.

The decision about a draft is a logistic regression over measured signals; `python -m evals.calibrate` fits its weights
on the project's own questions and writes them to refusal.json. Not covered: how a refusal is worded (`wording`).
"""

import json
import math
import re
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path

from index.query import Question
from index.store import Store
from ingest.text import fold
from server.answer.asking import asks_whether
from server.answer.claims import asked_noun
from server.answer.drafting import Draft
from server.answer.evidence import Candidate
from server.answer.rarity import Rarity
from server.answer.result import Reason

WEIGHTS = Path(__file__).with_name("refusal.json")

UNRELATED_COVERAGE = 0.25
UNRELATED_COSINE = 0.845
"""Below both, no passage is about the question and the model is not asked. Questions that are answered go down to
coverage 0.0 and cosine 0.85 in everyday words; the model and the proof decide about those."""
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
    """The reason to refuse before asking the model, or None when some sentence may answer.

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
class Signals:
    """What speaks for and against a draft; each 0 to 1 but `odds`."""

    odds: float
    """The model's log-odds of quoting something rather than refusing, divided by 10."""
    coverage: float
    """Share of the question's subject, weighted by rarity, in the cited sentences with headings and title."""
    direct: float
    """The same in the sentences alone."""
    missing: float
    """Rarity of the rarest word of the subject that is in neither, against the rarest of all."""
    noun: float
    """Whether what is to be counted stands in the cited sentence (1), above it (0.5) or nowhere (0); 1 if nothing is."""
    cosine: float
    """Similarity of question and cited chunk, 0.8 as 0 and 1.0 as 1."""
    agreement: float
    """Share of the rankings that found the cited chunk."""
    rank: float
    """1 for the best candidate, less for those behind it."""
    elsewhere: float
    """By how much sentences of another year, place or document match better."""
    quoted: float
    """1 where the model's own sentences failed and the evidence is quoted."""
    whether: float
    """1 where yes or no is asked: the odds of quoting are lower then."""


def signals(draft: Draft, question: Question, candidates: Sequence[Candidate], store: Store) -> Signals:
    """What was measured of a draft that has sentences."""
    sources = [source for sentence in draft.sentences for source in sentence.sources]
    rarity = Rarity(store, question.subject or question.words)
    said = fold(" ".join(source.shown for source in sources))
    above = fold(" ".join(" ".join((s.evidence.title, *s.evidence.headings)) for s in sources))
    coverage = rarity.share(f"{said} {above}")
    fitting = [c for c in candidates if c.fits]
    noun = asked_noun(question.text)
    other = max((c.coverage for c in candidates if not c.fits), default=0.0)
    return Signals(
        odds=draft.log_odds / 10,
        coverage=coverage,
        direct=rarity.share(said),
        missing=rarity.missing(f"{said} {above}"),
        noun=1.0 if not noun or noun in said else 0.5 if noun in above else 0.0,
        cosine=max(0.0, (max(s.cosine for s in sources) - 0.8) * 5),
        agreement=max(s.found_by for s in sources) / 2,
        rank=1 / (1 + min(fitting.index(s) for s in sources)),
        elsewhere=max(0.0, other - coverage),
        quoted=float(draft.quoted),
        whether=float(asks_whether(question.text)),
    )


ALIKE_FOR_ALL = ("odds", "whether")
LEAST_OF_ALL = ("missing", "elsewhere", "quoted")
"""Signals that are the same for every draft over the same sentences, and those that are least for the draft that cites them
all; the others are greatest for it."""


@dataclass(frozen=True)
class Regression:
    """A logistic regression over signals by name."""

    bias: float
    weights: dict[str, float]

    def probability(self, measured: dict[str, float]) -> float:
        score = self.bias + sum(weight * measured[name] for name, weight in self.weights.items())
        return 1 / (1 + math.exp(-score))


@dataclass(frozen=True)
class Judge:
    """Whether a draft is shown: at once from `sure` on, never below `hopeless`; between them the model is asked again,
    apart from the draft, which takes a second, and the second regression decides."""

    first: Regression
    second: Regression
    hopeless: float
    sure: float
    threshold: float

    def is_hopeless(self, whole: Signals) -> bool:
        """Whether no draft can be shown at once or be asked about again, told by the signals of one that cites all that
        was chosen: what is more of for a part of it, and what is less of, is taken at its best."""
        best = asdict(whole)
        for name, weight in self.first.weights.items():
            if name in LEAST_OF_ALL and weight > 0:
                best[name] = 1.0
            elif name not in (*LEAST_OF_ALL, *ALIKE_FOR_ALL) and weight < 0:
                best[name] = 0.0
        return self.first.probability(best) < self.hopeless

    def accepts(self, measured: Signals, check: Callable[[], float]) -> bool:
        """`check` asks the model whether the evidence tells what is asked, and gives its log-odds."""
        values = asdict(measured)
        probability = self.first.probability(values)
        if not self.hopeless <= probability < self.sure:
            return probability >= self.sure
        return self.second.probability({**values, "check": check() / 10}) >= self.threshold


@lru_cache(maxsize=1)
def judge() -> Judge:
    """The weights that ship."""
    read = json.loads(WEIGHTS.read_text(encoding="utf-8"))
    first, second = (Regression(**read[name]) for name in ("first", "second"))
    return Judge(first, second, read["hopeless"], read["sure"], read["threshold"])
