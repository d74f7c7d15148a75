"""A mistyped character is put right where the index leaves no doubt, and nothing else is touched."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from index.store import Store
from index.typos import LONGEST_TEXT, corrected
from ingest.read import read_document
from tests.conftest import SAMPLES
from tests.index.conftest import ingest
from tests.stubs import BigramEmbedder


@pytest.fixture(scope="module")
def samples(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """The words of the sample documents; the vectors do not matter."""
    store = Store(tmp_path_factory.mktemp("samples") / "youju.db")
    model = BigramEmbedder()
    for path in sorted(SAMPLES.glob("*.txt")):
        read = read_document(path)
        store.add(read.document, read.chunks, model.encode_passages([c.text for c in read.chunks]), model.fingerprint)
    yield store
    store.close()


MISTYPED = [
    ("海仓2023年计划竣工几个项目", "海沧2023年计划竣工几个项目"),
    ("海沧2023年计划俊工几个项目", "海沧2023年计划竣工几个项目"),
    ("海沧2023年可新增学为多少个", "海沧2023年可新增学位多少个"),
    ("周山市2023年教育工作要点有哪些", "舟山市2023年教育工作要点有哪些"),
    ("义务市2021年招聘多少名教师", "义乌市2021年招聘多少名教师"),
    ("义乌市2021年计划招骋多少名备案制教师", "义乌市2021年计划招聘多少名备案制教师"),
    ("义乌2021年计划招聘多少名备按制教师", "义乌2021年计划招聘多少名备案制教师"),
    ("乳山到2025年要打早几个教育集团", "乳山到2025年要打造几个教育集团"),
    ("如山市学前三年毛入园率要达到多少", "乳山市学前三年毛入园率要达到多少"),
    ("义乌2021年全年评定五星级党足织多少个", "义乌2021年全年评定五星级党组织多少个"),
    ("义乌2021年发展党圆多少名", "义乌2021年发展党员多少名"),
    ("海沧区怎样落实校长负则制", "海沧区怎样落实校长负责制"),
    ("海沧区如何加强党员干步队伍建设", "海沧区如何加强党员干部队伍建设"),
    ("海沧区意识型态工作有什么要求", "海沧区意识形态工作有什么要求"),
    ("海沧区怎么推进校园食品安权工作", "海沧区怎么推进校园食品安全工作"),
    ("乳山市民办教育怎样加强机构监关", "乳山市民办教育怎样加强机构监管"),
    ("乳山市职业教育怎样推进产教荣合", "乳山市职业教育怎样推进产教融合"),
    ("乳山市校外陪训机构怎么管理", "乳山市校外培训机构怎么管理"),
    ("乳山市怎样建设学习形社会", "乳山市怎样建设学习型社会"),
    ("义乌市舆晴风险怎么处置", "义乌市舆情风险怎么处置"),
    ("义乌市2021年新增中小幼学未多少个", "义乌市2021年新增中小幼学位多少个"),
    ("义乌安装教室空条多少台", "义乌安装教室空调多少台"),
    ("义乌完成普通教室灯光改早多少间", "义乌完成普通教室灯光改造多少间"),
    ("义乌市怎样推进智惠教育建设", "义乌市怎样推进智慧教育建设"),
    ("义乌公办幼儿圆覆盖率要达到多少", "义乌公办幼儿园覆盖率要达到多少"),
    ("义乌市如何办好特书教育", "义乌市如何办好特殊教育"),
    ("舟山市怎样推动托幼义体化", "舟山市怎样推动托幼一体化"),
    ("舟山市2023年要新增多少拖位", "舟山市2023年要新增多少托位"),
    ("舟山市2023年义务教育优质军衡怎么推进", "舟山市2023年义务教育优质均衡怎么推进"),
    ("舟山市2023年怎样开展劳动教郁", "舟山市2023年怎样开展劳动教育"),
    ("海沧区2023年思想正治工作怎么开展", "海沧区2023年思想政治工作怎么开展"),
    ("海沧区教育局的发布时见是哪天", "海沧区教育局的发布时间是哪天"),
    ("海沧区2023年体育中考改格有哪些内容", "海沧区2023年体育中考改革有哪些内容"),
    ("乳山市教师轮岗交刘怎么安排", "乳山市教师轮岗交流怎么安排"),
    ("乳山市绩校考核怎么做", "乳山市绩效考核怎么做"),
    ("乳山市教育督到怎么开展", "乳山市教育督导怎么开展"),
    ("义乌市学生进视率怎么控制", "义乌市学生近视率怎么控制"),
    ("舟山市教师继序教育有什么规定", "舟山市教师继续教育有什么规定"),
    ("海沧区双减政册怎么落实", "海沧区双减政策怎么落实"),
    ("海沧区课后付务有什么要求", "海沧区课后服务有什么要求"),
    ("乳山市招商引资和联和办学", "乳山市招商引资和联合办学"),
    ("义乌市教师师得师风建设", "义乌市教师师德师风建设"),
]


@pytest.mark.parametrize(("typed", "meant"), MISTYPED)
def test_a_character_that_sounds_or_looks_alike_is_put_right(samples: Store, typed: str, meant: str) -> None:
    assert corrected(typed, samples.chunk_counts) == meant


@pytest.mark.parametrize("meant", [meant for _, meant in MISTYPED])
def test_a_question_without_a_slip_stays(samples: Store, meant: str) -> None:
    assert corrected(meant, samples.chunk_counts) == meant


@pytest.mark.parametrize(
    "question",
    [
        "海沧区的房价是多少",  # the documents know nothing of these
        "义乌市税务局2021年有几名公务员",
        "舟山市水产品出口了多少吨",
        "杭州西湖边上有几家咖啡馆",
        "老王家的猫叫什么名字",
        "海沧区教室里有多少个编织袋",  # real words, though 教师 and 编制 are known
        "舟山今年招几个老师",
        "2023年建几所学校",
        "义乌市学校办得好不好",
        "abc XM04106-02-00-2023-006 5G",
        "8280 97.14%",
        "？",
        "",
    ],
)
def test_what_is_no_slip_stays(samples: Store, question: str) -> None:
    assert corrected(question, samples.chunk_counts) == question


def test_a_long_question_stays(samples: Store) -> None:
    long = "海仓2023年计划竣工几个项目" + "，请问" * LONGEST_TEXT
    assert corrected(long, samples.chunk_counts) == long


def test_a_slip_that_is_a_word_itself_stays(samples: Store) -> None:
    """心里 is as good a word as 心理: what was meant is not known."""
    assert corrected("海沧区心里健康教育怎样做", samples.chunk_counts) == "海沧区心里健康教育怎样做"


def test_a_place_that_the_index_lacks_is_not_put_in(store: Store, tmp_path: Path) -> None:
    add(store, tmp_path, "甲市教育要点\n甲市新增学位100个，竣工项目6个。\n")
    assert corrected("周山市竣工几个项目", store.chunk_counts) == "周山市竣工几个项目"


def test_a_place_is_meant_where_places_stand(store: Store, tmp_path: Path) -> None:
    add(
        store,
        tmp_path,
        "教育要点\n义务教育优质均衡，依法履行义务。\n一、义务教育\n义务教育入学率。\n二、其他\n义乌市工作。\n",
    )
    assert corrected("义屋2021年入学率是多少", store.chunk_counts) == "义乌2021年入学率是多少"


def test_a_name_in_quotes_that_the_index_holds_stays(store: Store, tmp_path: Path) -> None:
    add(store, tmp_path, "海沧区教育要点\n实施“俊工计划”，竣工项目6个。\n新建竣工项目。\n")
    assert corrected("“俊工计划”是什么", store.chunk_counts) == "“俊工计划”是什么"
    assert corrected("海沧俊工项目是什么", store.chunk_counts) == "海沧俊工项目是什么"


def test_one_character_of_the_text_changes_at_most_and_few_batches_are_asked(samples: Store) -> None:
    batches: list[int] = []

    def counted(words: Sequence[str]) -> dict[str, int]:
        batches.append(len(words))
        return samples.chunk_counts(words)

    for typed, _ in MISTYPED:
        batches.clear()
        found = corrected(typed, counted)
        assert len(found) == len(typed)
        assert sum(a != b for a, b in zip(found, typed, strict=True)) <= 1
        assert len(batches) <= 8
        assert sum(batches) <= 600


def add(store: Store, folder: Path, text: str) -> None:
    read = ingest(folder, "要点.txt", text)
    vectors = BigramEmbedder().encode_passages([c.text for c in read.chunks])
    store.add(read.document, read.chunks, vectors, "bigrams 64")
