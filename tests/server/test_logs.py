"""Log lines: text or JSON, with the request's id, and without what errors say unless that is turned on."""

import json
import logging
import sys
from typing import Any

import pytest

from server.api import request_id
from server.logs import Formatter


def _record(message: str, fields: dict[str, Any] | None = None, raised: bool = False) -> logging.LogRecord:
    raised_now = sys.exc_info() if raised else None
    record = logging.LogRecord("server.test", logging.INFO, __file__, 1, message, (), raised_now)
    if fields is not None:
        record.fields = fields
    return record


def _failed(with_messages: bool, form: Any = "text") -> str:
    try:
        try:
            raise KeyError("机密甲")
        except KeyError as error:
            raise ValueError("机密乙") from error
    except ValueError:
        return Formatter(form, with_messages).format(_record("failed", raised=True))


def test_a_line_of_json_is_one_object_with_the_id_and_the_fields() -> None:
    request_id.begin("mine")
    line = Formatter("json", False).format(_record("request", {"route": "/api/ask", "ms": 1.5}))
    entry = json.loads(line)
    assert entry.pop("time").endswith("+00:00")
    assert entry == {
        "level": "info", "logger": "server.test", "message": "request", "request_id": "mine", "route": "/api/ask", "ms": 1.5
    }  # fmt: skip


def test_a_line_of_text_is_one_line_whatever_its_values_hold() -> None:
    line = Formatter("text", False).format(_record("request", {"key": 'a\n2026 error "b"', "status": 200}))
    assert "\n" not in line
    assert "status=200" in line and 'key="a\\n' in line


@pytest.mark.parametrize("form", ["text", "json"])
def test_what_errors_say_is_not_written(form: str) -> None:
    told = _failed(with_messages=False, form=form)
    assert "机密" not in told
    assert "ValueError" in told and "KeyError" in told
    assert "test_logs.py" in told


def test_what_errors_say_is_written_when_that_is_turned_on() -> None:
    told = _failed(with_messages=True)
    assert "机密甲" in told and "机密乙" in told
