"""Why files failed, as it was stored, in the language of the request.

The index and the ledger keep the Chinese sentence with its code. Its English is made from the template of the error that
told it; what readers say of a fault in brackets stays as it is.
"""

from index.errors import IndexingError
from ingest.bilingual import BilingualError, translated
from ingest.errors import IngestError
from server.api.language import language


def reason_out(sentence: str) -> str:
    """`sentence`, or its English; a sentence that no error tells stays Chinese."""
    if language() == "zh":
        return sentence
    for kind in _kinds(IngestError) + _kinds(IndexingError):
        english = translated(sentence, kind)
        if english != sentence:
            return english
    return sentence


def _kinds(base: type[BilingualError]) -> list[type[BilingualError]]:
    """The classes below `base` that have a sentence."""
    below = [kind for child in base.__subclasses__() for kind in (child, *_kinds(child))]
    return [kind for kind in below if kind.zh]
