"""Which language a request's errors are told in, by its Accept-Language header."""

import pytest

from server.api.language import negotiated

HEADERS = [
    ("", "zh"),
    ("*", "zh"),
    ("fr-CA, fr;q=0.9", "zh"),
    ("en", "en"),
    ("EN-gb", "en"),
    ("en-US,en;q=0.9,zh-CN;q=0.8", "en"),
    ("en-US,zh;q=0.5", "en"),
    ("zh-Hans-CN,zh;q=0.9,en;q=0.8", "zh"),
    ("de;q=1.0, en;q=0.001", "en"),
    ("zh;q=0.3 , en ; q=0.7", "en"),
    ("zh,en", "zh"),
    ("en,zh", "en"),
    ("en;q=0.3,*;q=0.5", "zh"),
    ("zh;q=0.3,*;q=0.5", "en"),
    ("zh;q=0", "en"),
    ("zh;q=0,en;q=0", "zh"),
    ("en;q=2, zh;q=x", "zh"),
    (";;,,q=,\x00", "zh"),
    ("a" * 100_000, "zh"),
    ("a," * 50_000, "zh"),
]


@pytest.mark.parametrize(("header", "expected"), HEADERS)
def test_the_language_with_the_highest_weight_is_taken_and_chinese_where_neither_is_wanted(
    header: str, expected: str
) -> None:
    assert negotiated(header) == expected
