"""Questions with passages as numbers: `<s> question </s></s> context </s> passage </s>`, with what is known of each token."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from tokenizers import Tokenizer
from torch import Tensor

from evals.reader.examples import Place, Sample
from server.reader.reader import encode

PAD = 1


@dataclass(frozen=True)
class Encoded:
    """Held by the million, so in arrays: ids, and which of them are evidence; what is not known is None."""

    ids: NDArray[np.int32]
    read_from: int
    """Where the question ends and what is read begins."""
    first: int
    """Where the passage begins; it ends before the last token."""
    offsets: list[Place]
    """Of the passage's tokens in its text; empty where the encoder does not keep them."""
    answer: Place | None
    """Its first and last token."""
    evidence: NDArray[np.bool_] | None

    @property
    def passage(self) -> slice:
        return slice(self.first, len(self.ids) - 1)


class Encoder:
    def __init__(self, tokenizer: Tokenizer, keeps_offsets: bool = True) -> None:
        self._tokenizer = tokenizer
        self._keeps_offsets = keeps_offsets

    def encode(self, question: str, sample: Sample) -> Encoded:
        read = encode(self._tokenizer, question, sample.context, sample.text)
        evidence = None
        if sample.evidence:
            held = [any(s < end and start < e for s, e in sample.evidence) for start, end in read.offsets]
            evidence = np.array(held, bool)
        answer = _tokens(sample.answer, read.offsets, read.first)
        offsets = read.offsets if self._keeps_offsets else []
        return Encoded(np.array(read.ids, np.int32), read.read_from, read.first, offsets, answer, evidence)


def _tokens(place: Place | None, offsets: Sequence[Place], first: int) -> Place | None:
    """The first and last token of a place in the passage's text."""
    if place is None:
        return None
    held = [at for at, (start, end) in enumerate(offsets) if start < place[1] and place[0] < end and start < end]
    return (first + held[0], first + held[-1]) if held else None


def batch(found: Sequence[Encoded]) -> tuple[Tensor, Tensor, Tensor]:
    """Numbers, kinds (0 question, 1 what is read) and mask, padded to the longest."""
    length = max(len(one.ids) for one in found)
    ids = torch.full((len(found), length), PAD)
    kinds = torch.zeros((len(found), length), dtype=torch.long)
    mask = torch.zeros((len(found), length), dtype=torch.bool)
    for row, one in enumerate(found):
        ids[row, : len(one.ids)] = torch.from_numpy(one.ids)
        kinds[row, one.read_from : len(one.ids)] = 1
        mask[row, : len(one.ids)] = True
    return ids, kinds, mask
