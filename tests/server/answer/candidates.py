"""Candidates made from plain sentences, for the tests of what is done with them."""

from server.answer.evidence import Candidate
from server.answer.result import Evidence

TITLE = "2023年海沧区教育工作要点"


def candidate(
    text: str,
    *,
    start: int = 0,
    title: str = TITLE,
    headings: tuple[str, ...] = (),
    years: frozenset[int] = frozenset({2023}),
    score: float = 1.0,
    relevance: float = 2.0,
    behind: float = 0.0,
    rank: int = 1,
    figure: bool = False,
    direct: float = 1.0,
    coverage: float = 1.0,
    fits_year: bool = True,
    fits_place: bool = True,
    cosine: float = 0.85,
    lead: str = "",
) -> Candidate:
    """A candidate whose sentence is `text`, as if it stood at `start` of its document, behind `lead`."""
    evidence = Evidence("0123456789abcdef", title, headings, start, start + len(text), text)
    before = Evidence("0123456789abcdef", title, (), 0, len(lead), lead) if lead else None
    return Candidate(
        evidence=evidence,
        shown=lead + text,
        score=score,
        relevance=relevance,
        behind=behind,
        coverage=coverage,
        direct=direct,
        cosine=cosine,
        found_by=2,
        rank=rank,
        figure=figure,
        years=years,
        own_year=2023,
        of_place=True,
        fits_year=fits_year,
        fits_place=fits_place,
        lead=before,
    )
