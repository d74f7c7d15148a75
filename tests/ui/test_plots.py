"""Figures are drawn to scale, say in words what they show, and escape every label."""

import re
from xml.etree import ElementTree

import pytest

from ui.plots import GROUND, LETTERS, TOP, Frame, Spread, bars, columns, ranges, shortened, ticks

FRAME = Frame("k", "各年的文档", "份", "2022 年 1 份，2023 年 3 份。", ["年份", "份数"], "数据表")


def _drawn(html: str) -> ElementTree.Element:
    figure = ElementTree.fromstring(html)
    found = figure.find("svg")
    assert found is not None
    return found


def _rects(html: str, series: int = 1) -> list[dict[str, str]]:
    return [dict(rect.attrib) for rect in _drawn(html).iter("rect") if rect.get("class") == f"yj-series-{series}"]


@pytest.mark.parametrize(
    ("most", "expected"),
    [(0, [0, 1]), (1, [0, 1]), (3, [0, 1, 2, 3]), (7, [0, 2, 4, 6, 8]), (80, [0, 20, 40, 60, 80]), (3000, [0, 1000, 2000, 3000])],
)  # fmt: skip
def test_the_steps_of_a_scale_are_round_and_reach_the_greatest(most: int, expected: list[int]) -> None:
    assert ticks(most) == expected


def test_columns_are_as_high_as_their_numbers() -> None:
    html = columns(FRAME, ["2021", "2022", "2023"], [[0, 2, 4]])
    half, whole = _rects(html)
    assert float(whole["height"]) == pytest.approx(GROUND - TOP) and float(whole["y"]) == pytest.approx(TOP)
    assert float(half["height"]) == pytest.approx((GROUND - TOP) / 2)
    assert float(half["x"].rstrip("%")) < float(whole["x"].rstrip("%"))


def test_series_stand_on_each_other() -> None:
    frame = Frame("d", "每天的提问", "个", "", ["日期", "答了", "拒答"], "数据表")
    html = columns(frame, ["1", "2"], [[1, 0], [3, 4]])
    (answered,), (refused, alone) = _rects(html, 1), _rects(html, 2)
    assert float(answered["y"]) + float(answered["height"]) == pytest.approx(GROUND)
    assert float(refused["y"]) + float(refused["height"]) == pytest.approx(float(answered["y"]))
    assert float(alone["y"]) == pytest.approx(TOP)
    assert "答了" in html and "拒答" in html


def test_many_columns_are_labelled_sparsely_and_the_last_always() -> None:
    years = [str(year) for year in range(1990, 2025)]
    labels = [text.text for text in _drawn(columns(FRAME, years, [[1] * 35])).iter("text") if text.get("text-anchor")]
    assert labels[-1] == "2024" and sum(len(label or "") for label in labels) <= LETTERS


def test_bars_are_as_long_as_their_numbers_and_never_invisible() -> None:
    widths = [float(rect["width"].rstrip("%")) for rect in _rects(bars(FRAME, [("甲", 2000), ("乙", 500), ("丙", 1)]))]
    assert widths == [100, 25, 1]


def test_times_stand_on_a_scale_of_tenfold_steps() -> None:
    spreads = [Spread("检索", 10, 100, 1000), Spread("全部", 100, 1000, 10000)]
    html = ranges(FRAME, spreads, lambda value: f"{value:g} 毫秒")
    first, second = [float(circle.get("cx", "").rstrip("%")) for circle in _drawn(html).iter("circle")]
    ends = [
        float(line.get("x2", "").rstrip("%")) for line in _drawn(html).iter("line") if line.get("class") == "yj-thin"
    ]
    assert second - first == pytest.approx((ends[1] - first) / 3, abs=0.02)
    assert ends == [pytest.approx(ends[1] - (second - first), abs=0.02), 97]
    assert re.findall(r">(\d+ 毫秒)</text>", html)[:4] == ["10 毫秒", "100 毫秒", "1000 毫秒", "10000 毫秒"]


def test_times_that_are_all_alike_and_tiny_are_drawn() -> None:
    assert "<circle" in ranges(FRAME, [Spread("检索", 0.2, 0.2, 0.2)], str)


@pytest.mark.parametrize("hostile", ["<script>alert(1)</script>", '"><svg onload=alert(1)>', "&amp;", "</title></svg>"])
def test_hostile_labels_are_text(hostile: str) -> None:
    frame = Frame("k", hostile, hostile, hostile, [hostile, hostile], hostile, hostile)
    spreads = [Spread(hostile, 1, 2, 3)]
    for html in (
        columns(frame, [hostile], [[1]]),
        bars(frame, [(hostile, 1)]),
        ranges(frame, spreads, lambda _: hostile),
    ):
        figure = ElementTree.fromstring(html)
        assert {element.tag for element in figure.iter()}.isdisjoint({"script", "image", "foreignObject"})
        assert not [name for element in figure.iter() for name in element.attrib if name.startswith("on")]
        assert hostile in "".join(figure.itertext())
        assert _drawn(html).get("aria-label") == hostile


def test_a_figure_says_in_words_and_in_a_table_what_it_shows() -> None:
    figure = ElementTree.fromstring(columns(FRAME, ["2022", "2023"], [[1, 3]]))
    title = figure.find("figcaption/h3")
    assert title is not None and title.get("id") == figure.get("aria-labelledby") and title.text == FRAME.title
    assert _drawn(columns(FRAME, ["2022"], [[1]])).get("role") == "img"
    rows = [["".join(cell.itertext()) for cell in row] for row in figure.iter("tr")]
    assert rows == [["年份", "份数"], ["2022", "1"], ["2023", "3"]]


def test_long_labels_are_cut_by_their_width() -> None:
    assert shortened("厦门市海沧区教育局") == "厦门市海沧区教育局"
    assert len(shortened("海" * 40)) == 18 and shortened("海" * 40).endswith("…")
    assert len(shortened("a" * 40)) > 30
