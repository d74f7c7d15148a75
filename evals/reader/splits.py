"""Which documents are trained on, tuned on and held: by families of near-duplicates, so that none is on two sides.

A family is what hangs together by shingles of eight characters: two documents of which one holds three tenths of the
other's, a fifth where both are invented office documents, whose editions differ in more words.
Families that hold a document of `never_train.json` are `never`: they are judged only. The others are drawn by the hash of
their first document: 72 % train, 10 % tune, 18 % hold. Questions, claims and dialogues follow their document.

`python -m evals.reader.splits` prints how many there are.
"""

import json
import re
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from hashlib import blake2b
from typing import Any, Literal

from server.settings import ROOT

Split = Literal["train", "tune", "hold", "never"]
SHARED = ROOT.parent / "shared"
OFFICE = "office/"
SHINGLE = 8
SAMPLED = 8
"""One shingle in so many is compared, chosen by its hash."""
ALIKE, ALIKE_OFFICE = 0.3, 0.2
TUNE, HOLD = 72, 82
"""Of a hundred: below the first is trained on, below the second tuned on, the rest held."""


def hashed(text: str) -> int:
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "big")


def shingles(text: str) -> set[int]:
    """A sample of the text's shingles, digits taken as one: another year's edition is a near-duplicate."""
    bare = re.sub(r"[0-9]+", "0", re.sub(r"\s+", "", text))
    found = {hashed(bare[at : at + SHINGLE]) for at in range(len(bare) - SHINGLE + 1)}
    return {shingle for shingle in found if shingle % SAMPLED == 0}


def families(texts: Mapping[str, str]) -> dict[str, str]:
    """Each document's family, named by its first document."""
    of = {name: shingles(text) for name, text in texts.items()}
    holders: dict[int, list[str]] = defaultdict(list)
    for name, found in of.items():
        for shingle in found:
            holders[shingle].append(name)
    common: Counter[tuple[str, str]] = Counter()
    for names in holders.values():
        common.update((a, b) for i, a in enumerate(names) for b in names[i + 1 :])
    parent = {name: name for name in texts}

    def root(name: str) -> str:
        while parent[name] != name:
            name = parent[name]
        return name

    for (a, b), count in common.items():
        alike = ALIKE_OFFICE if a.startswith(OFFICE) and b.startswith(OFFICE) else ALIKE
        if count >= alike * max(1, min(len(of[a]), len(of[b]))):
            first, second = sorted((root(a), root(b)))
            parent[second] = first
    return {name: root(name) for name in texts}


def rows(pattern: str) -> list[dict[str, Any]]:
    """All rows of the files of `shared/reading` that `pattern` names, each with `id` (file and line)."""
    found = []
    for path in sorted((SHARED / "reading").glob(pattern), key=lambda path: (len(path.name), path.name)):
        lines = path.read_text("utf-8").splitlines()
        found += [json.loads(line) | {"id": f"{path.stem}:{number}"} for number, line in enumerate(lines, 1)]
    return found


def questions() -> list[dict[str, Any]]:
    return rows("t*.jsonl") + rows("office*.jsonl")


def claims() -> list[dict[str, Any]]:
    return rows("claims*.jsonl")


def never() -> list[str]:
    told: dict[str, list[str]] = json.loads((SHARED / "reading" / "never_train.json").read_text("utf-8"))
    return told["documents"]


def text_of(document: str) -> str:
    return (SHARED / "corpora" / document).read_text("utf-8-sig", "replace")


@cache
def splits() -> dict[str, Split]:
    """The side of every document that something in `shared/reading` is about, of `never_train.json`, and of all of office."""
    about = {str(row["document"]) for row in (*questions(), *claims(), *rows("dialogues*.jsonl"))}
    office = {f"{OFFICE}{path.name}" for path in (SHARED / "corpora" / "office").iterdir() if path.name != "README.md"}
    kept = set(never())
    return assigned(families({name: text_of(name) for name in sorted(about | office | kept)}), kept)


def assigned(family: Mapping[str, str], kept: Iterable[str]) -> dict[str, Split]:
    judged = {family[name] for name in kept}
    return {name: "never" if root in judged else _drawn(root) for name, root in family.items()}


def _drawn(root: str) -> Split:
    place = hashed(root) % 100
    return "train" if place < TUNE else "tune" if place < HOLD else "hold"


def of_split(found: Sequence[dict[str, Any]], *wanted: Split) -> list[dict[str, Any]]:
    sides = splits()
    return [row for row in found if sides[row["document"]] in wanted]


def main() -> None:
    sides = splits()
    parts = {"documents": [{"document": name} for name in sides], "questions": questions(),
             "claims": claims(), "dialogues": rows("dialogues*.jsonl")}  # fmt: skip
    for name, found in parts.items():
        counted = Counter((sides[row["document"]], row["document"].split("/")[0]) for row in found)
        sys.stdout.write(f"{name}: " + ", ".join(f"{a} {b} {n}" for (a, b), n in sorted(counted.items())) + "\n")


if __name__ == "__main__":
    main()
