"""The head of a document: its first lines, and facts that stand behind a label (`索引号：XM04106`)."""

import re
from dataclasses import dataclass

from ingest.document import Field, Span
from ingest.text import overlapping

HEAD_LINES = 60
HEAD_CHARACTERS = 3000
ANY_LABEL = re.compile(r"^[•·\s]*[\u4e00-\u9fff/ \u3000]{2,12}[:：]")


@dataclass(frozen=True)
class Line:
    """A trimmed line of the document's head."""

    text: str
    start: int

    @property
    def end(self) -> int:
        return self.start + len(self.text)


def head_lines(text: str, noise: tuple[Span, ...]) -> list[Line]:
    lines = []
    for match in re.finditer(r"[^\n]+", text[:HEAD_CHARACTERS]):
        stripped = match.group().strip()
        start = match.start() + match.group().find(stripped)
        end = start + len(stripped)
        if stripped and not any(n.start <= start and end <= n.end for n in overlapping(noise, start, end)):
            lines.append(Line(stripped, start))
    return lines[:HEAD_LINES]


def labelled(lines: list[Line], labels: tuple[str, ...]) -> Field | None:
    """The value behind a label, on the same line (other labels may follow on it) or alone on the next."""
    for label in labels:
        spaced = r"[ \u3000]{0,4}".join(
            map(re.escape, label.replace(" ", ""))
        )  # `文　　号` stands as wide as `成文日期`
        pattern = re.compile(rf"(?:^|[•·\s]){spaced}(?:\s*[:：]\s*|\s+)(?P<value>\S+)?")
        for i, line in enumerate(lines):
            match = pattern.search(line.text)
            if match is None:
                continue
            value = match["value"]
            if value:
                start = line.start + match.start("value")
                return Field(value, start, start + len(value))
            if i + 1 < len(lines) and not ANY_LABEL.match(lines[i + 1].text) and match.end() >= len(line.text):
                return Field(lines[i + 1].text, lines[i + 1].start, lines[i + 1].end)
    return None
