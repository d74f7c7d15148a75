"""Hold the sections of the law corpus against a straightforward count of line-initial articles.

`python -m evals.laws FOLDER` prints how many articles were found, with the right chapter path, and how many invented.
"""

import argparse
import re
import sys
import time
from pathlib import Path

from ingest.read import Ingested, read_document

NUMBER = "[一二三四五六七八九十百千零〇两]+"
ARTICLE = re.compile(rf"第{NUMBER}条(?:之{NUMBER})?(?=[\s\u3000])")
OUTER = ("编", "章", "节")


def expected(text: str) -> list[tuple[int, str, tuple[str, ...]]]:
    """(offset, article, the 编/章/节 above it) for each line that begins with an article's number.

    Independent of `ingest.sections`: Markdown levels and line beginnings are all that it looks at.
    """
    path: dict[str, str] = {}
    found = []
    offset = 0
    for line in text.split("\n"):
        bare = line.lstrip("#").strip()
        start = offset + line.find(bare) if bare else offset
        offset += len(line) + 1
        article = ARTICLE.match(bare + " ")
        if article is not None:
            found.append((start, article.group(), tuple(path[kind] for kind in OUTER if kind in path)))
            continue
        for depth, kind in enumerate(OUTER):
            # Where a line is a Markdown heading its title may touch the number: `## 第一章总则`.
            match = re.match(rf"第{NUMBER}{kind}" + ("" if line.startswith("#") else r"(?=[\s\u3000])"), bare + " ")
            if match is not None:
                path[kind] = match.group()
                for inner in OUTER[depth + 1 :]:
                    path.pop(inner, None)
    return found


def compare(ingested: Ingested) -> tuple[int, int, int, list[str]]:
    """Expected articles, found with the right path, invented, and a line for each that is wrong."""
    text = ingested.document.text
    truth = expected(text)
    sections: dict[tuple[str, tuple[str, ...]], list[int]] = {}
    for section in ingested.sections:
        articles = [h for h in section.headings if ARTICLE.match(h + " ")]
        if articles:
            outer = tuple(
                match.group()
                for kind in OUTER
                for h in section.headings
                if (match := re.match(rf"第{NUMBER}{kind}", h))
            )
            sections.setdefault((articles[-1], outer), []).append(section.start)
    wrong = []
    right = 0
    unused = {key: list(starts) for key, starts in sections.items()}
    for start, article, path in truth:
        starts = unused.get((article, path), [])
        at = next((s for s in starts if abs(s - start) <= 400 and s <= start), None)
        if at is None:
            wrong.append(f"- {article} {path} @{start}: {text[start : start + 30]!r}")
        else:
            right += 1
    heads = {article for _, article, _ in truth}
    invented = [key for key in sections if key[0] not in heads]
    wrong += [f"+ {key}" for key in invented]
    return len(truth), right, len(invented), wrong


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--show", type=int, default=20)
    arguments = parser.parse_args()
    total = right = invented = characters = 0
    shown = 0
    started = time.perf_counter()
    for path in sorted(arguments.folder.rglob("*.md")):
        ingested = read_document(path)
        characters += len(ingested.document.text)
        counted, good, extra, wrong = compare(ingested)
        total, right, invented = total + counted, right + good, invented + extra
        for line in wrong[: max(0, arguments.show - shown)]:
            sys.stdout.write(f"{path.name} {line}\n")
            shown += 1
    seconds = time.perf_counter() - started
    sys.stdout.write(
        f"articles {total}, right {right} ({right / total:.4%}), invented {invented} ({invented / total:.4%})\n"
    )
    sys.stdout.write(f"{characters:,} characters in {seconds:.1f} s\n")


if __name__ == "__main__":
    main()
