"""How sources are listed beneath a text, wherever an answer is read as text alone."""

from collections.abc import Sequence

from server.api.schemas import CitationOut


def source_list(citations: Sequence[CitationOut]) -> str:
    """What follows the text: for each number its document, headings and quote, as paragraphs of Markdown."""
    return "".join(f"\n\n{_source(citation)}" for citation in citations)


def _source(citation: CitationOut) -> str:
    place = " > ".join(citation.headings)
    quote = " ".join(citation.quote.split())
    return f"[{citation.number}] 《{citation.title}》{' ' if place else ''}{place}\n> {quote}"
