"""The reader's own word table: those pieces of the embedding model's tokenizer that Chinese official texts are made of.

Every piece of one character that stands for Chinese, Latin, digits or signs is kept, so that no text of that kind becomes
unknown; longer pieces where they occur in what is trained on.
"""

import json
import unicodedata
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tokenizers import Tokenizer

LEAST = 3
"""Occurrences from which on a longer piece is kept."""
SPECIAL = 4
"""<s>, <pad>, </s>, <unk> come first, as they do in the large table."""


@dataclass(frozen=True)
class Vocabulary:
    tokenizer: Tokenizer
    kept: list[int]
    """The old number of each new one."""


def pruned(file: Path, texts: Iterable[str]) -> Vocabulary:
    """The tokenizer of `file`, cut down to what is needed for texts like `texts`."""
    whole = Tokenizer.from_file(str(file))
    counts: Counter[int] = Counter()
    for encoding in whole.encode_batch(list(texts), add_special_tokens=False):
        counts.update(encoding.ids)
    data: dict[str, Any] = json.loads(file.read_text("utf-8"))
    table = data["model"]["vocab"]
    kept = [n for n, (piece, _) in enumerate(table) if n < SPECIAL or counts[n] >= LEAST or _is_basic(piece)]
    data["model"]["vocab"] = [table[n] for n in kept]
    data["added_tokens"] = [token for token in data["added_tokens"] if token["id"] < SPECIAL]
    data["post_processor"] = None
    return Vocabulary(Tokenizer.from_str(json.dumps(data)), kept)


def _is_basic(piece: str) -> bool:
    """A single character of those that such texts may hold."""
    bare = piece.removeprefix("▁") or piece
    if len(bare) != 1:
        return False
    code = ord(bare)
    signs = unicodedata.category(bare)[0] in "PSN"
    return code < 0x250 or 0x3000 <= code <= 0x30FF or 0x4E00 <= code <= 0x9FFF or 0xFF00 <= code <= 0xFFEF or signs
