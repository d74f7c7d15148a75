"""Sentences in Chinese and English, and errors that have both.

Covered: the templates of an error's sentence and putting its fields in. Not covered: which language a reader gets
(`server.api.language`); commands and logs always take the Chinese one.
"""

import re
import string
from collections.abc import Mapping
from typing import ClassVar, Literal, NamedTuple

Language = Literal["zh", "en"]


class Text(NamedTuple):
    """The same words in both languages; as a field of an error it is put in by language."""

    zh: str
    en: str

    def told(self, language: Language) -> str:
        """The words in `language`."""
        return self.zh if language == "zh" else self.en


class BilingualError(Exception):
    """The base of all errors; `zh` and `en` are templates (`str.format`) over the same fields.

    An error that was made from a whole sentence, as one that comes from another process, has that sentence in both
    languages.
    """

    zh: ClassVar[str] = ""
    en: ClassVar[str] = ""
    fields: Mapping[str, object] | None = None

    def __init__(self, *sentence: str, **fields: object) -> None:
        """Either the `fields` of the templates or a whole `sentence`."""
        if not sentence:
            self.fields = fields
        super().__init__(*(sentence or (self.told("zh"),)))

    def told(self, language: Language) -> str:
        """The sentence in `language`."""
        if self.fields is None:
            return str(self)
        return (
            Text(self.zh, self.en)
            .told(language)
            .format(**{name: _in(language, value) for name, value in self.fields.items()})
        )

    @property
    def text(self) -> Text:
        """The sentence in both languages."""
        return Text(self.told("zh"), self.told("en"))


def _in(language: Language, value: object) -> object:
    return value.told(language) if isinstance(value, Text) else value


def translated(sentence: str, kind: type[BilingualError]) -> str:
    """The English of a Chinese `sentence` that an error of `kind` told earlier; the same where it told another one.

    The fields are read back from their places in the template: `a.pdf：文件有密码保护。…` by `{name}：文件有密码保护。…`
    gives `name` = `a.pdf`. What follows the template's end is left out.
    """
    pattern, known = "", set[str]()
    for text, field, _, _ in string.Formatter().parse(kind.zh):
        pattern += re.escape(text)
        if field:
            pattern += f"(?P={field})" if field in known else f"(?P<{field}>.*?)"
            known.add(field)
    found = re.match(pattern, sentence, re.DOTALL)
    if found is None:
        return sentence
    english = string.Formatter().parse(kind.en)
    return "".join(text + (found[field] if field else "") for text, field, _, _ in english)
