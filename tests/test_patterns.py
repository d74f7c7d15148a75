"""No regular expression of the program takes time that grows faster than with the square of its input's length."""

import re

import pytest

from tests.backtracking import Growth, fastest_growths
from tests.hard_inputs import ambiguous, hard_inputs
from tests.patterns import Found, all_patterns

pytestmark = pytest.mark.slow

EXPONENTIAL = (
    r"(a+)+$",
    r"(a|aa)+$",
    r"(?:ab|c|a|bc)*$",
    r"(?:的|定|到|定到|需要?|要)+$",
    rb"\A(?:<!--.*?-->\s*)*<html",
    r"(.*?,){11}P",
)
CUBIC = (r"\s*\s*\s*$", r"\s*\s*$", r"A[^x]*B[^x]*C", r"\w+\d+\w+@", r"\d*页?\s*\d*共")
HARMLESS = (
    r"(?>a+)+$",
    r"(?:aa|b)+$",
    r"(?:ab|c|bc)*+$",
    r"(?:需|要)++$",
    rb"\A(?:<!--(?:(?!-->).)*+-->\s*+)*+<html",
    r"a*b",
    r"《[^》]*》",
    r"\s*+\S",
    r"[一-九]{1,3}[、.]",
)


def growths(patterns: tuple[str | bytes, ...]) -> dict[str | bytes, Growth]:
    found = fastest_growths([Found(repr(pattern), pattern, re.compile(pattern).flags) for pattern in patterns])
    return {growth.found.pattern: growth for growth in found}


def test_no_pattern_of_the_program_is_slower_than_quadratic() -> None:
    patterns = all_patterns()
    assert len(patterns) > 400
    faults = [str(growth) for growth in fastest_growths(patterns) if growth.is_fault]
    assert not faults, "\n".join(faults)


def test_patterns_are_found_in_modules_containers_classes_and_functions() -> None:
    names = {found.name.split(":")[0].split("[")[0] for found in all_patterns()}
    assert {
        "server.answer.topic.VERBS",  # a module's
        "ingest.markers.MARKERS",  # in dataclasses in a tuple
        "server.answer.definition",  # made by a function for its argument
        "ingest.readers.legacy.HTML",  # of bytes
    } <= names


def test_patterns_that_take_exponential_or_cubic_time_are_told() -> None:
    found = growths(EXPONENTIAL + CUBIC)
    assert {pattern for pattern, growth in found.items() if growth.is_fault} == {*EXPONENTIAL, *CUBIC}
    told = found[r"(a|aa)+$"]
    assert "(a|aa)+$" in str(told)
    assert set(told.hard.pump) == {"a"}


def test_patterns_that_take_quadratic_time_at_most_pass() -> None:
    assert [str(growth) for growth in growths(HARMLESS).values() if growth.is_fault] == []


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["需要", "需", "要"], ["需要"]),
        (["ab", "c", "a", "bc"], ["abc"]),
        (["aa", "a"], ["aa"]),
        (["ab", "b"], []),
        (["a", "ab"], []),
    ],
)
def test_texts_that_can_be_divided_in_two_ways_are_found(words: list[str], expected: list[str]) -> None:
    assert ambiguous(words)[: len(expected)] == expected
    assert bool(ambiguous(words)) is bool(expected)


def test_hard_inputs_reach_a_repeat_behind_what_has_to_stand_before_it() -> None:
    assert any(re.search(r"标题：\d+", hard.of(9)) for hard in hard_inputs(r"标题：\d+号"))
