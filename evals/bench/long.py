"""What one long document costs: the same questions over the samples and a short document, and over them and a long one.

Both documents are generated and about the same: school building of one district in one year. Timed is what happens
before the language model: until the evidence is known, and until the document's own structure has answered or not.
The first time that a question is asked is told apart, because then the long document is read and divided. Times are of
the processor, not of the clock, so that others on the machine count less. Without `--real` the embedder is one of
character pairs, so that no model is needed. Not covered: reading a file (`evals.files`).
"""

import json
import random
import statistics
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from evals.bench.options import parser
from evals.embedding import PairEmbedder
from index.embed import Embedder
from index.library import Library
from index.search import Searcher
from index.store import Store
from index.vectors import VectorIndex
from server.answer.card import card_fact
from server.answer.finding import Ask, Finder
from server.answer.listing import listed, missing_article
from server.reader.reader import shipped
from server.runtime import open_embedder
from server.settings import ROOT, load

SEED = 7
CHARACTERS, SHORT = 1_500_000, 3_000
HITS = 240
QUESTIONS = {
    "year": "海沧2023年计划竣工几个教育项目",
    "year, figure": "2023年海沧区新增学位多少个",
    "no year": "海沧区怎么保障学校食品安全",
    "list": "海沧2023年学校建设的主要措施有哪些",
    "article": "海沧区教育项目汇编第三条有哪些内容",
    "definition": "什么是集团化办学",
}
TASKS = (
    "学校建设", "学前教育", "教师队伍", "校园安全", "食品安全", "课后服务", "教育督导", "经费保障", "体育锻炼", "艺术展演", "劳动实践", "科学普及", "心理健康", "阅读推广",
    "家校沟通", "特殊教育", "职业培训", "社区学习", "语言文字", "信息技术", "图书装备", "实验教学", "考试招生", "学籍管理", "卫生防疫", "消防演练", "交通护送", "餐厅改造",
    "操场翻新", "宿舍维修", "绿化养护", "节能降耗", "档案整理", "财务审计", "干部轮岗", "党员学习", "廉政谈话", "志愿活动", "国防教育", "生态环保", "非遗传承", "乡土课程",
)  # fmt: skip
VERBS = (
    "推进", "完成", "启动", "落实", "改造", "验收", "规范", "优化", "开展", "举办", "组织", "制定", "修订", "检查", "评估", "总结", "推广", "试行", "扩大", "统筹",
)  # fmt: skip
BODIES = (
    "教育局", "街道办", "督导室", "教研室", "后勤科", "财务科", "人事科", "少年宫", "图书馆", "考试院", "电教站", "保健所",
)  # fmt: skip
ENDS = (
    "明确责任分工和完成时限", "每季度向社会公布进展", "听取教师和家长的意见", "发现问题当场整改", "结果报区里备案", "与年度考核挂钩",
    "聘请专家现场指导", "形成可以复制的经验", "分三个阶段进行", "做好记录和留存", "优先安排偏远学校", "所需费用列入预算",
)  # fmt: skip
FIGURES = (
    "计划竣工{}个项目", "新增学位{}个", "投入资金{}万元", "培训教师{}名", "覆盖学生{}人", "改造教室{}间", "更新器材{}套", "组织活动{}场",
)  # fmt: skip


def text(characters: int) -> str:
    """A compilation of about so many characters, always the same: articles with paragraphs, lists and figures."""
    chance = random.Random(SEED)
    written = ["海沧区2023年教育项目汇编", "发布机构：厦门市海沧区教育局", "发文日期：2023-03-02"]
    length = 0
    for number in range(1, characters):
        if length >= characters:
            break
        section = list(_section(number, chance))
        written += section
        length += sum(map(len, section)) + len(section)
    return "\n".join(written) + "\n"


def _section(number: int, chance: random.Random) -> Iterator[str]:
    """An article with two paragraphs and, every other time, a list."""
    yield f"第{_han(number)}条 {chance.choice(TASKS)}第{number}批"
    yield ("2023年，" if number % 5 == 0 else "") + "".join(_sentence(chance) for _ in range(3))
    if number % 50 == 0:
        yield f"集团化办学是指由{number}所学校组成一个集团，共同管理教师和经费，统一安排课程和教研活动。"
    yield "".join(_sentence(chance) for _ in range(4))
    if number % 2:
        yield f"{chance.choice(TASKS)}的主要措施如下："
        yield from (f"（{_han(item)}）{_sentence(chance)}" for item in range(1, chance.randint(4, 6)))


def _sentence(chance: random.Random) -> str:
    one, other = chance.sample(TASKS, 2)
    figure = chance.choice(FIGURES).format(chance.randint(2, 900)) + "，" if chance.random() < 0.3 else ""
    return (
        f"{chance.choice(BODIES)}{chance.choice(VERBS)}{one}，{figure}{chance.choice(VERBS)}{other}，"
        f"{chance.choice(ENDS)}，{chance.choice(ENDS)}。"
    )


def _han(number: int) -> str:
    """`125` -> 一百二十五, below 10,000."""
    digits, units = "零一二三四五六七八九", ("千", "百", "十", "")
    parts = [(int(digit), unit) for digit, unit in zip(f"{number:04}", units, strict=True)]
    written = "".join(digits[digit] + (unit if digit else "") for digit, unit in parts).strip("零")
    return written.replace("零零", "零")


def opened(folder: Path, characters: int, embedder: Embedder) -> Searcher:
    """The samples and a generated document in an index of their own."""
    folder.mkdir()
    file = folder / "汇编.txt"
    file.write_text(text(characters), encoding="utf-8")
    library = Library(Store(folder / "youju.db"), embedder, VectorIndex(embedder.dimension))
    for path in (*sorted((ROOT / "samples").glob("*.txt")), file):
        outcome = library.add(path)
        if outcome.status != "added":
            raise RuntimeError(f"{path.name}: {outcome.reason}")
    library.stop_reading()
    return Searcher(library.store, embedder, library.vectors)


def ask(searcher: Searcher, question: str) -> tuple[float, float]:
    """Milliseconds until the evidence is known, and from then on until only the model could answer."""
    finder = Finder(searcher, shipped())
    start = time.process_time()
    found = [finder.find(part, Ask(question)) for part in finder.parts(Ask(question))]
    evidence = time.process_time()
    for part in found:
        card_fact(part.question, part.candidates, searcher.store)
        missing_article(part.question, part.candidates, searcher.store)
        listing = listed(part.question, part.candidates, searcher.store)
        for quoted in listing.items if listing else ():
            finder.shown(quoted)
        part.choose()
    return (evidence - start) * 1000, (time.process_time() - evidence) * 1000


def compare(short: Searcher, long: Searcher, repeats: int) -> dict[str, Any]:
    """Medians in milliseconds of every question, both indexes in turn, with the first time and the ratio."""
    measured: dict[str, Any] = {}
    for name, question in QUESTIONS.items():
        first = {"short": ask(short, question), "long": ask(long, question)}
        again = [(ask(short, question), ask(long, question)) for _ in range(repeats)]
        for at, phase in enumerate(("evidence", "structure")):
            low, high = (statistics.median(pair[which][at] for pair in again) for which in (0, 1))
            measured.setdefault(name, {})[phase] = {
                "short": round(low, 2), "long": round(high, 2), "ratio": round(high / low, 2),
                "first_short": round(first["short"][at], 2), "first_long": round(first["long"][at], 2),
            }  # fmt: skip
    return measured


def hits(long: Searcher) -> dict[str, float]:
    """Milliseconds to read `HITS` chunks of the long document, by a store that was just opened and once more."""
    document = max(long.store.documents(-1), key=lambda row: row.characters)
    every = long.store.rows_of([document.id]).tolist()
    rows = every[:: max(1, len(every) // HITS)][:HITS]
    store = Store(long.store.path)
    try:
        return {
            "chunks": len(rows),
            "first": _timed(lambda: store.chunks(rows)),
            "again": _timed(lambda: store.chunks(rows)),
        }
    finally:
        store.close()


def _timed(work: Callable[[], object]) -> float:
    start = time.process_time()
    work()
    return round((time.process_time() - start) * 1000, 2)


def report(measured: dict[str, Any]) -> str:
    lines = [f"{measured['characters']} characters, {measured['chunks']} chunks; milliseconds of one core\n"]
    for name, phases in measured["questions"].items():
        for phase, told in phases.items():
            lines.append(
                f"  {name:<13} {phase:<10} short {told['short']:8.2f}   long {told['long']:8.2f}   ratio {told['ratio']:6.2f}"
                f"   first time {told['first_short']:8.1f} and {told['first_long']:8.1f}\n"
            )
    told = measured["hits"]
    lines.append(f"  {told['chunks']} hits read: first {told['first']:.2f}, again {told['again']:.2f}\n")
    lines.append(f"evidence, long / short, median of the questions: {measured['ratio']:.2f}\n")
    return "".join(lines)


def main(arguments: Sequence[str]) -> None:
    options = parser("long", __doc__)
    options.add_argument("--characters", type=int, default=CHARACTERS, help="of the long document")
    options.add_argument(
        "--repeats", type=int, default=15, help="how often each question is asked after the first time"
    )
    options.add_argument("--real", action="store_true", help="the real embedding model, which takes some minutes")
    options.add_argument("--json", type=Path, help="write the figures there, too")
    chosen = options.parse_args(arguments)
    embedder = open_embedder(load().installation()) if chosen.real else PairEmbedder()
    with TemporaryDirectory() as folder:
        short = opened(Path(folder) / "short", SHORT, embedder)
        long = opened(Path(folder) / "long", chosen.characters, embedder)
        questions = compare(short, long, chosen.repeats)
        measured = {
            "characters": chosen.characters, "chunks": long.store.count_chunks(), "questions": questions,
            "hits": hits(long),
            "ratio": round(statistics.median(phases["evidence"]["ratio"] for phases in questions.values()), 2),
        }  # fmt: skip
        for searcher in (short, long):
            searcher.vectors.close()
            searcher.store.close()
    sys.stdout.write(report(measured))
    if chosen.json:
        chosen.json.write_text(json.dumps(measured, ensure_ascii=False, indent=1), encoding="utf-8")
