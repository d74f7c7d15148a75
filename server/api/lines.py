"""JSON in one line of an event stream."""

BREAKS = str.maketrans({"\u2028": "\\u2028", "\u2029": "\\u2029", "\x85": "\\u0085"})
"""Line ends to many a reader of lines (Python's splitlines, httpx), though not to the standard of event streams."""


def one_line(text: str) -> str:
    """The same value, with the characters that JSON may hold as they are and that break lines written as escapes."""
    return text.translate(BREAKS)
