"""Inputs of the rooms ingest and index that once went wrong; the comment above each names its module."""

import json
import os
import shutil
import threading
from decimal import Decimal
from pathlib import Path

import apsw
import pytest

from index import lexical, schema
from index.embed import OnnxEmbedder, TorchEmbedder, load_embedder
from index.errors import BadWeights, DataUnavailable, ForeignData
from index.library import Library
from index.model_folder import write_int8
from index.query import understand
from index.search import Searcher
from index.store import Store
from index.vectors import VectorIndex
from ingest.clean import find_noise
from ingest.errors import UnknownEncoding, UnsupportedFormat
from ingest.metadata import read_metadata
from ingest.numbers import dates, document_numbers, quantities
from ingest.places import find_places
from ingest.read import read_document
from ingest.readers.text import decode
from ingest.sections import find_sections
from ingest.years import mentioned_years, relative_years
from tests.index.conftest import ingest
from tests.index.test_e5_weights import container, tensors
from tests.stubs import BigramEmbedder
from tests.waiting import ends

MODEL = BigramEmbedder()


# index/library.py
def test_a_document_that_goes_while_its_copy_is_taken_is_read_from_the_copy(tmp_path: Path) -> None:
    class Gone(Store):
        """Another process removes the document right after the first look at it."""

        def has(self, document_id: str) -> bool:
            known = super().has(document_id)
            if known and not self.is_gone:
                self.is_gone = True
                self.remove(document_id)
            return known

        is_gone = False

    library = Library(Gone(tmp_path / "youju.db"), MODEL, VectorIndex(MODEL.dimension))
    for name in ("a.txt", "b.txt"):
        (tmp_path / name).write_text("通知\n一、要求\n落实各项任务。\n", encoding="utf-8")
    added = library.add(tmp_path / "a.txt")
    again = library.add(tmp_path / "b.txt")
    assert (added.status, again.status) == ("added", "added")
    assert library.store.paths(str(again.document_id)) == [str(tmp_path / "b.txt")]
    assert library.faults() == []
    library.close()


# ingest/numbers.py
@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("12 34", [12, 34]),
        ("招生100\n2023年计划", [100, 2023]),
        ("共100。5个项目", [100, Decimal(5)]),
        ("分别为120，300，450人", [120, 300, 450]),
        ("新增学位8280,500个来自改建", [8280, 500]),
        ("共1,200人", [1200]),
    ],
)
def test_numbers_that_something_stands_between_are_not_joined(text: str, values: list[int]) -> None:
    assert [q.value for q in quantities(text)] == values


@pytest.mark.parametrize("text", ["十分重视", "十分重要的任务"])
def test_ten_in_a_word_is_no_number(text: str) -> None:
    assert quantities(text) == []


@pytest.mark.parametrize("text", ["投入三万", "投入3万"])
def test_a_scale_makes_a_count(text: str) -> None:
    assert [q.value for q in quantities(text)] == [30000]


def test_no_date_begins_inside_a_code() -> None:
    assert dates("索引号：XM04106-02-01-2023-006") == []
    assert (
        read_metadata("索引号:XM04106-02-01-2023-006\n发布机构:某局\n关于加强管理的通知\n", "a.txt", ())[1].year != 4106
    )


def test_round_and_square_brackets_make_the_same_document_number() -> None:
    assert document_numbers("乳政发（2021）6号")[0][0] == document_numbers("乳政发〔2021〕6号")[0][0]


# ingest/years.py
@pytest.mark.parametrize("text", ["海沧区“十四五”教育事业发展规划", "“十四五”的开局之年"])
def test_a_five_year_plan_in_quotation_marks_names_its_years(text: str) -> None:
    assert mentioned_years(text) == {2021, 2022, 2023, 2024, 2025}


@pytest.mark.parametrize("text", ["以前年度结转资金", "目前年均增长", "60周岁及以上年龄", "文明年度评选"])
def test_words_that_contain_a_relative_year_are_none(text: str) -> None:
    assert relative_years(text, 2023) == set()


def test_the_own_year_of_a_plan_is_not_its_last(tmp_path: Path) -> None:
    text = "某区教育发展规划（2021-2025年）\n一、目标\n到2025年,建成教育强区。\n"
    assert read_metadata(text, "a.txt", ())[1].year == 2021


# ingest/places.py
@pytest.mark.parametrize(
    "text",
    [
        "在深化教育评价改革方面",
        "在深入推进的基础上",
        "学校在汉语教学上",
        "创建示范县和示范校",
        "农村义务教育和县乡财政",
        "城区幼儿园提供托位",
    ],
)
def test_words_that_contain_a_name_are_no_places(text: str) -> None:
    assert find_places(text) == []


@pytest.mark.parametrize("text", ["在杭州召开", "在汉中召开", "在赣州召开"])
def test_a_name_behind_a_preposition_is_one_place(text: str) -> None:
    assert len(find_places(text)) == 1


def test_inner_mongolia_has_a_short_name() -> None:
    assert [m.candidates[0].name for m in find_places("内蒙古的学校")] == ["内蒙古自治区"]


# ingest/clean.py
def test_a_list_without_stops_is_no_page_mark() -> None:
    text = "申请材料\n1、身份证原件\n2、户口簿原件\n3、申请表一份\n4、近期照片两张\n"
    assert find_noise(text) == ()


# ingest/sections.py
@pytest.mark.parametrize("line", ["一、二级幼儿园在园幼儿占比85%。", "3、4月份开展检查。"])
def test_an_enumeration_at_a_line_start_is_no_heading(line: str) -> None:
    assert all(line[:2] not in "".join(s.headings) for s in find_sections("d", f"总则\n{line}\n", (), 0))


# ingest/sections.py
def test_run_in_headings_may_hold_quotation_marks() -> None:
    read = read_document(Path(__file__).parent.parent.parent / "samples" / "义乌市教育局2021年重点工作计划.txt")
    assert [s.headings[1] for s in read.sections if len(s.headings) > 1 and s.headings[0][0] == "二"] == [
        "做好“十四五”规划编制工作", "大力实施教育项目", "继续招大引强", "推进智慧教育建设",
    ]  # fmt: skip


# ingest/read.py
def test_given_bytes_do_not_make_a_format_supported() -> None:
    with pytest.raises(UnsupportedFormat):
        read_document(Path("a.xyz"), b"text")


# ingest/readers_text.py
def test_a_text_with_a_nul_is_refused() -> None:
    with pytest.raises(UnknownEncoding):
        decode(("甲" * 1500 + "\x00乙方。").encode(), Path("a.txt"))


# index/query.py
def test_a_question_about_a_matter_in_depth_names_no_shenzhen() -> None:
    question = understand("海沧区在深化教育评价改革方面有什么举措")
    assert [m.candidates[0].name for m in question.places] == ["海沧区"]
    assert "深化" in question.subject


@pytest.mark.parametrize("text", ["建立15年特殊教育体系了吗", "满20年班主任有什么奖励", "近10年的变化"])
def test_a_duration_is_no_year(text: str) -> None:
    assert understand(text).years == set()


# index/search.py
@pytest.mark.parametrize(
    ("printed", "asked"),
    [
        ("舟教〔2020〕7号", "请问舟教〔2020〕7号要求什么"),
        ("舟教〔2020〕7号", "舟教（2020）7号要求什么"),
        ("舟教 〔2020〕 7号", "舟教〔2020〕7号要求什么"),
    ],
)
def test_a_document_number_is_recognised_however_it_is_asked(
    library: Library, searcher: Searcher, tmp_path: Path, printed: str, asked: str
) -> None:
    body = "各学校：\n一、要求\n加强学校管理，落实各项要求。\n"
    wanted = library.add(
        Path(ingest(tmp_path, "a.txt", f"某市教育局关于加强管理的通知\n{printed}\n{body}").document.path)
    )
    for i in (5, 6, 8, 9):
        name, number = f"{i}.txt", printed.replace("7", str(i))
        library.add(Path(ingest(tmp_path, name, f"某市教育局关于加强管理的通知\n{number}\n{body}").document.path))
    hits = searcher.search(asked, 10)
    scores = {hit.chunk.document_id: hit.score for hit in hits}
    others = [score for document, score in scores.items() if document != wanted.document_id]
    assert scores[str(wanted.document_id)] > max(others) + 0.01


# index/store.py
def test_two_programs_may_open_new_data_at_once(tmp_path: Path) -> None:
    path = tmp_path / "youju.db"
    first = apsw.Connection(str(path))
    first.execute("PRAGMA journal_mode = WAL")
    first.execute("BEGIN IMMEDIATE")
    opened: list[Store | BaseException] = []

    def open_it() -> None:
        try:
            opened.append(Store(path))
        except Exception as error:  # ruff: ignore[blind-except]  compared below
            opened.append(error)

    second = threading.Thread(target=open_it)
    second.start()
    second.join(timeout=0.3)
    for statement in schema.SCHEMA:
        first.execute(statement)
    first.execute("INSERT INTO facts VALUES ('generation', '0')")
    first.execute(f"PRAGMA application_id = {schema.APPLICATION_ID}")
    first.execute(f"PRAGMA user_version = {schema.SCHEMA_VERSION}")
    first.execute("COMMIT")
    ends(second)
    assert isinstance(opened[0], Store), opened


@pytest.mark.parametrize("version", [0, 1, 9])
def test_a_foreign_database_is_refused_whatever_its_version_and_not_touched(tmp_path: Path, version: int) -> None:
    path = tmp_path / "foreign.db"
    connection = apsw.Connection(str(path))
    connection.execute("CREATE TABLE notes (text TEXT)")
    connection.execute(f"PRAGMA user_version = {version}")
    connection.close()
    before = path.read_bytes()
    with pytest.raises(ForeignData):
        Store(path)
    assert path.read_bytes() == before


def test_a_full_disk_is_told_and_leaves_nothing(store: Store, tmp_path: Path) -> None:
    read = ingest(tmp_path, "a.txt", "某某学校教育工作。" * 5000)
    store._connection().execute("PRAGMA max_page_count = 40")
    with pytest.raises(DataUnavailable, match="剩余空间"):
        store.add(read.document, read.chunks, MODEL.encode_passages([c.text for c in read.chunks]), MODEL.fingerprint)
    assert store.count() == 0


# index/lexical.py
def test_a_form_that_begins_with_underscores_is_no_broken_index(store: Store, tmp_path: Path) -> None:
    read = ingest(tmp_path, "表.txt", "________（单位）____年____月____日\n")
    store.add(read.document, read.chunks, MODEL.encode_passages([c.text for c in read.chunks]), MODEL.fingerprint)
    store.test_words()
    assert store.chunk_counts(["单位"]) == {"单位": 1}


def test_figures_with_a_point_are_counted(store: Store, tmp_path: Path) -> None:
    read = ingest(tmp_path, "a.txt", "推动97.14%以上乡镇建有老年学校。\n")
    store.add(read.document, read.chunks, MODEL.encode_passages([c.text for c in read.chunks]), MODEL.fingerprint)
    assert store.match_words(["97.14%"], 5, 1.0)
    assert store.chunk_counts(["97.14%"]) == {"97.14%": 1}
    assert lexical.words("97.14%") == ("97.14%",)


# index/library.py
def test_a_file_whose_name_is_no_text_fails_like_any_bad_file(library: Library, tmp_path: Path) -> None:
    name = os.path.join(os.fsencode(tmp_path), "海沧".encode("gbk") + b".txt")
    with open(name, "wb") as file:
        file.write("海沧区教育工作。".encode())
    assert library.add(Path(os.fsdecode(name))).status == "failed"


def test_a_path_that_comes_to_hold_a_known_document_is_updated(library: Library, tmp_path: Path) -> None:
    one, two = tmp_path / "a.txt", tmp_path / "b.txt"
    one.write_text("甲校通知\n", encoding="utf-8")
    two.write_text("乙校通知\n", encoding="utf-8")
    library.add(one)
    library.add(two)
    two.write_text("甲校通知\n", encoding="utf-8")
    assert library.add(two).status == "updated"
    assert library.store.count() == 1


# index/embed.py
@pytest.mark.parametrize("mode", ["mean", "cls"])
def test_a_folder_saved_by_the_present_sentence_transformers_gets_a_faithful_twin(
    tiny_folder: Path, tmp_path: Path, mode: str
) -> None:
    folder = tmp_path / "saved"
    shutil.copytree(tiny_folder, folder)
    (folder / "sentence_bert_config.json").write_text(json.dumps({"transformer_task": "feature-extraction"}), "utf-8")
    pooling = {"embedding_dimension": 32, "pooling_mode": mode, "include_prompt": True}
    (folder / "1_Pooling" / "config.json").write_text(json.dumps(pooling), encoding="utf-8")
    write_int8(folder)
    twin = load_embedder(folder, 1)
    assert isinstance(twin, OnnxEmbedder)
    texts = ["海沧区教育工作要点", "计划竣工项目6个"]
    # 0.93 to 0.97 on a processor without VNNI, where products of 8-bit numbers saturate: random weights are the worst case.
    assert (twin.encode_passages(texts) * TorchEmbedder(folder).encode_passages(texts)).sum(axis=1).min() > 0.9


# index/e5_weights.py
def test_an_unknown_type_of_tensor_is_refused(tmp_path: Path) -> None:
    from index.e5_weights import read_weights

    path = tmp_path / "weights.bin"
    dtype, values, packed = tensors()["emb.word"]
    assert dtype == 1
    path.write_bytes(container({**tensors(), "emb.word": (2, values, packed)}))
    with pytest.raises(BadWeights, match=r"emb\.word"):
        read_weights(path)
