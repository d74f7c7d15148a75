"""Every error that the API can tell has one code, both languages with the same fields, and a line in docs/api.md."""

import re
import string
from collections import Counter
from pathlib import Path

from evals.codes import FILE, Kind, documented, kinds
from index.errors import IndexingError
from ingest.bilingual import BilingualError, Text, translated
from ingest.errors import Damaged, Encrypted, IngestError, TooLarge
from server.errors import CommandError, ServerError

CHINESE = re.compile(r"[\u4e00-\u9fff]")


def _below(base: type[BilingualError]) -> list[type[BilingualError]]:
    return [kind for child in base.__subclasses__() for kind in (child, *_below(child))]


def _leaves(base: type[BilingualError]) -> list[type[BilingualError]]:
    """The product's classes below `base` from which no other is derived, without those of the command line."""
    return [
        kind
        for kind in _below(base)
        if not kind.__subclasses__() and not issubclass(kind, CommandError) and not kind.__module__.startswith("tests")
    ]


def _fields(template: str) -> set[str]:
    return {field for _, field, _, _ in string.Formatter().parse(template) if field}


def test_every_error_has_a_sentence_in_both_languages_with_the_same_fields() -> None:
    for kind in _leaves(BilingualError):
        assert CHINESE.search(kind.zh), f"{kind.__name__} has no Chinese sentence"
        assert kind.en and kind.en != kind.zh, f"{kind.__name__} has no English sentence"
        assert _fields(kind.zh) == _fields(kind.en), kind.__name__


def test_every_error_has_a_title_in_both_languages() -> None:
    for kind in kinds():
        for place in kind.__mro__:
            assert ("title" in vars(place)) == ("title_en" in vars(place)), place.__name__
        assert CHINESE.search(kind.title) and not CHINESE.search(kind.title_en)


def test_every_error_has_a_code_of_its_own() -> None:
    for kind in (*_leaves(ServerError), *_leaves(IndexingError)):
        assert "code" in vars(kind), f"{kind.__name__} has no code of its own"
    counted = Counter(kind.code for kind in kinds())
    assert [code for code, count in counted.items() if count > 1] == []
    assert all(re.fullmatch(r"[a-z][a-z0-9_]*", code) for code in counted)


def test_the_codes_are_documented_as_they_are() -> None:
    page = FILE.read_text(encoding="utf-8")
    assert documented(page) == page, "run python -m evals.codes"
    assert all(page.count(f"\n| `{kind.code}` | {kind.status} |") == 1 for kind in kinds())


class _Told(BilingualError):
    zh = "{name}：{count:,} 处{fault}。"
    en = "{name}: {count:,} times {fault}."


def test_fields_are_put_in_by_language() -> None:
    error = _Told(name="甲{b}", count=1234, fault=Text("坏", "broken"))
    assert str(error) == error.told("zh") == "甲{b}：1,234 处坏。"
    assert error.told("en") == "甲{b}: 1,234 times broken."


def test_an_error_made_from_a_sentence_has_it_in_both_languages() -> None:
    assert _Told("坏了").text == Text("坏了", "坏了")


def test_a_stored_sentence_is_translated_by_the_template_that_made_it() -> None:
    large = TooLarge(Path("大（甲）.pdf"), 1234567, 1000)
    assert translated(str(large), TooLarge) == large.told("en")
    removed = str(Encrypted(Path("a.docx"))) + "索引里原来的版本已移除。"
    assert translated(removed, Encrypted).startswith("a.docx: the file is protected by a password")
    assert translated("别的话", Damaged) == "别的话"
    for kind in _leaves(IngestError):
        assert translated("没有这样的模板", kind) == "没有这样的模板"


def test_kinds_are_found_wherever_they_are_defined() -> None:
    names = {kind.code for kind in kinds()}
    assert {"invalid_api_key", "model_not_found", "not_text", "unknown_path", "unknown_document", "no_files"} <= names
    assert isinstance(kinds()[0], type) and Kind is not None
