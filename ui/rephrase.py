"""Other questions that the documents may answer: made from their titles and headings, or from what a refusal names.

Pure. The questions are in Chinese, as the documents are.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

NUMBERING = re.compile(
    r"^\s*(?:第[一二三四五六七八九十百零〇\d]+[章节条编部分]+|[（(]?[一二三四五六七八九十\d]{1,3}[)）、.．]|\d+(?:\.\d+)*)\s*[、.．:：]?\s*"
)
LITTLE = re.compile(r"^(?:总则|附则|附件.*|目录|目 录|前言|正文|其他|说明|备注|引言|总体要求)$")
TELLS = re.compile(r"[\u4e00-\u9fff]{3}")
ONLY = re.compile(r"只有(.+?)的相关内容")
YEAR = re.compile(r"(?:19|20)\d{2}")
LONGEST_TITLE, LONGEST_HEADING = 36, 18
MOST = 3


def subject_of(heading: str) -> str:
    """`（一）加快学校建设。` -> `加快学校建设`; "" for one that tells no subject."""
    bare = NUMBERING.sub("", heading).strip(" 。.:：;；，,")
    if (
        not TELLS.search(bare)
        or len(bare) > LONGEST_HEADING
        or LITTLE.match(bare)
        or re.search(r"[，。；?？!！]", bare)
    ):
        return ""
    return bare


def about(title: str, heading: str) -> str:
    """A question about what stands below a heading; "" where the heading tells no subject."""
    subject = subject_of(heading)
    title = " ".join(title.split())
    return f"《{title}》中，{subject}方面有哪些内容？" if subject and len(title) <= LONGEST_TITLE else ""


def examples(documents: Iterable[dict[str, Any]], most: int) -> list[str]:
    """At most `most` questions, from as many documents as there are: each document gives its first telling heading."""
    waiting = [_of(document) for document in documents]
    chosen: list[str] = []
    while waiting and len(chosen) < most:
        found = [(questions, next(questions, "")) for questions in waiting]
        waiting = [questions for questions, question in found if question]
        chosen += [question for _, question in found if question]
    return list(dict.fromkeys(chosen))[:most]


def _of(document: dict[str, Any]) -> Iterator[str]:
    for heading in document["outline"]:
        question = about(document["title"], heading["heading"])
        if question and subject_of(heading["heading"]) not in document["title"]:
            yield question


def rephrasings(question: str, final: dict[str, Any], understood: Mapping[str, Sequence[Any]]) -> list[str]:
    """For a refusal: the same question of a year or place that the documents have, else what stands nearest."""
    have = ONLY.search(final["answer"])
    found: list[str] = []
    if have and final["reason"] == "wrong_year":
        found = [YEAR.sub(year, question) for year in YEAR.findall(have[1])] if YEAR.search(question) else []
    elif have and final["reason"] == "wrong_place":
        asked = [str(place) for place in understood.get("places", ()) if str(place) in question]
        found = [question.replace(asked[0], place) for place in have[1].split("、")] if asked else []
    near = (about(e["title"], heading) for e in final["evidence"] for heading in reversed(e["headings"][-2:]))
    found += [other for other in near if other]
    return [other for other in dict.fromkeys(found) if other != question][:MOST]
