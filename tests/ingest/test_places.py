"""Administrative divisions in text."""

import pytest

from ingest.places import find_places, place_named, same_or_inside, short_name
from ingest.read import Ingested


def found(text: str) -> list[tuple[str, list[str]]]:
    """(what is written, full names of the candidates)."""
    return [(text[m.start : m.end], [p.name for p in m.candidates]) for m in find_places(text)]


@pytest.mark.parametrize("text", ["厦门市海沧区", "厦门海沧", "福建省厦门市海沧区"])
def test_a_place_behind_its_parents_is_one_place(text: str) -> None:
    (mention,) = find_places(f"中共{text}委教育工委")
    (place,) = mention.candidates
    assert (place.code, place.name) == ("350205", "海沧区")
    assert mention.end - mention.start == len(text)


def test_a_district_is_inside_its_city_and_province_and_not_the_reverse() -> None:
    haicang, xiamen, fujian, zhoushan = (place_named(n) for n in ("海沧区", "厦门市", "福建省", "舟山市"))
    assert haicang and xiamen and fujian and zhoushan
    assert haicang.ancestors == (xiamen.code, fujian.code)
    assert same_or_inside(haicang, xiamen) and same_or_inside(haicang, fujian) and same_or_inside(haicang, haicang)
    assert not same_or_inside(xiamen, haicang)
    assert not same_or_inside(haicang, zhoushan)


def test_a_place_is_found_by_its_short_name() -> None:
    assert found("海沧2023年计划竣工几个项目") == [("海沧", ["海沧区"])]
    assert found("义乌教育将全面贯彻") == [("义乌", ["义乌市"])]


def test_the_peoples_republic_names_no_county() -> None:
    assert found("《中华人民共和国教育法》") == []
    assert found("青海省共和县") == [("青海省共和县", ["共和县"])]


def test_an_abbreviation_counts_in_its_phrase_only() -> None:
    assert found("在甬高校毕业生") == [("甬", ["宁波市"])]
    assert found("在舟高校服务地方") == [("舟", ["舟山市"])]
    assert found("甬江水质") == []
    assert found("正在深入推进改革") == []


@pytest.mark.parametrize("text", ["公安机关", "教育资源配置", "和平发展", "光明前景", "东部地区", "团结一致"])
def test_ordinary_words_that_are_also_names_are_no_places(text: str) -> None:
    assert found(text) == []


def test_such_a_name_counts_with_its_suffix() -> None:
    assert found("荆州市公安县") == [("荆州市公安县", ["公安县"])]


def test_a_parent_decides_between_places_of_one_name() -> None:
    assert [names for _, names in found("朝阳区教育局")] == [["朝阳区", "朝阳区"]]
    (beijing,) = find_places("北京市朝阳区教育局")
    (changchun,) = find_places("长春市朝阳区教育局")
    assert [p.code for p in beijing.candidates] == ["110105"]
    assert [p.code for p in changchun.candidates] == ["220104"]


def test_two_places_are_told_apart() -> None:
    assert [names for _, names in found("比较舟山市和义乌市的学位")] == [["舟山市"], ["义乌市"]]


@pytest.mark.parametrize(
    ("name", "short"),
    [("海沧区", "海沧"), ("恩施土家族苗族自治州", "恩施"), ("广西壮族自治区", "广西"), ("和县", "和县")],
)
def test_short_names(name: str, short: str) -> None:
    assert short_name(name) == short


def test_the_samples_name_their_own_places(samples: dict[str, Ingested]) -> None:
    for stem, name in {"舟山市教育局2023年工作要点": "嵊泗县", "2023年海沧区教育工作要点": "海沧区"}.items():
        text = samples[stem].document.text
        assert name in {place.name for mention in find_places(text) for place in mention.candidates}
