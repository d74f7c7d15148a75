"""What breaks lines for readers of lines stands escaped in an event, with the same value."""

import json

from server.api.lines import one_line


def test_an_event_is_one_line_to_every_reader_and_says_the_same() -> None:
    text = "甲\u2028乙\u2029丙\x85丁"
    written = one_line(json.dumps({"text": text}, ensure_ascii=False))
    assert len(written.splitlines()) == 1
    assert json.loads(written) == {"text": text}
