"""How log lines are written: text for people, JSON for machines, both with the id of the request.

Covered: our own lines at the level that is set, those of libraries from warnings on. No question, no text of a document
and no value of an error is written unless `log_questions` is on: of what was raised a line tells the kind and where it
was, for its message may repeat what was asked.
"""

import json
import logging
import sys
import traceback
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Literal

from server.api.request_id import request_id

Format = Literal["text", "json"]
OWN = ("server", "index", "ingest", "ui")
Raised = tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]


class Formatter(logging.Formatter):
    """One line a record; what was raised follows (text) or stands in `error` (JSON)."""

    def __init__(self, form: Format, with_messages: bool) -> None:
        """`with_messages`: tell errors' messages too."""
        super().__init__()
        self._form = form
        self._with_messages = with_messages

    def format(self, record: logging.LogRecord) -> str:
        entry: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            "request_id": request_id(),
            **getattr(record, "fields", {}),
        }
        error = self.formatException(record.exc_info) if record.exc_info else ""
        if self._form == "json":
            return json.dumps(entry | ({"error": error} if error else {}), ensure_ascii=False, default=str)
        head = f"{entry.pop('time')} {entry.pop('level')} {entry.pop('logger')} {entry.pop('message')}"
        # A value that holds a line's end must not begin a line that looks like one of ours.
        shown = {name: value for name, value in entry.items() if value not in ("", None)}
        told = " ".join(f"{name}={json.dumps(value, ensure_ascii=False, default=str)}" for name, value in shown.items())
        return "\n".join(part for part in (f"{head} {told}".rstrip(), error) if part)

    def formatException(self, ei: Raised) -> str:
        """Where it was raised, and of what kind; its message, and those behind it, only `with_messages`."""
        if self._with_messages:
            return super().formatException(ei)
        told, error = [], ei[1]
        while error is not None:
            frames = traceback.extract_tb(error.__traceback__)
            told.append("\n".join([type(error).__qualname__, *(f"  {f.filename}:{f.lineno} {f.name}" for f in frames)]))
            error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
        return "\n".join(told)


def configure(level: str, form: Format, log_questions: bool) -> None:
    """Write the process's log lines to stderr; for a command that serves, never at import."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(Formatter(form, log_questions))
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    for name in OWN:
        logging.getLogger(name).setLevel(level.upper())
