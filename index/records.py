"""Documents' facts as JSON columns, and back."""

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import Any

from ingest.document import DateField, Field, Layout, Metadata, PlaceField, Row, Span, StyledHeading


def digest(parts: Iterable[Any]) -> str:
    """SHA-256 over strings, numbers and bytes, each with its length before it."""
    total = hashlib.sha256()
    for part in parts:
        raw = part if isinstance(part, bytes) else str(part).encode()
        total.update(len(raw).to_bytes(8, "little") + raw)
    return total.hexdigest()


def dump(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def dump_metadata(metadata: Metadata) -> str:
    return dump(asdict(metadata))


def load_metadata(stored: str) -> Metadata:
    """The inverse of `dump_metadata`; facts that an older version did not know are absent."""
    raw = json.loads(stored)

    def field(name: str) -> Field | None:
        value = raw.get(name)
        return Field(**value) if value else None

    return Metadata(
        number=field("number"),
        index_number=field("index_number"),
        issuer=field("issuer"),
        dates=tuple(DateField(**d) for d in raw["dates"]),
        year=raw["year"],
        years=tuple(raw["years"]),
        places=tuple(PlaceField(p["value"], tuple(p.get("parents", ())), p["start"], p["end"]) for p in raw["places"]),
        validity=field("validity"),
        repeals=tuple(Field(**f) for f in raw.get("repeals", ())),
    )


def dump_spans(spans: Sequence[Span]) -> str:
    return dump([[s.start, s.end] for s in spans])


def load_spans(stored: str) -> tuple[Span, ...]:
    return tuple(Span(*pair) for pair in json.loads(stored))


def dump_layout(layout: Layout, text: str) -> str:
    """A row that reads as it stands is stored without its reading."""
    rows: list[list[Any]] = [
        [r.start, r.end] if text[r.start : r.end] == r.reading else [r.start, r.end, r.reading] for r in layout.rows
    ]
    return dump({"headings": [[h.start, h.end, h.level] for h in layout.headings], "rows": rows})


def load_layout(stored: str, text: str) -> Layout:
    raw = json.loads(stored)
    return Layout(
        headings=tuple(StyledHeading(*h) for h in raw.get("headings", ())),
        rows=tuple(Row(r[0], r[1], r[2] if len(r) > 2 else text[r[0] : r[1]]) for r in raw.get("rows", ())),
    )
