"""A question's one mistyped character put right by the words of the index: `海仓2023年俊工` -> `海沧`, then `竣工`.

Covered: a character typed for another that sounds or looks the same, where the words around it fall to pieces
(海/仓) or a place is none (义务市), and the index knows what results. Not covered: a slip that makes another real
word (教师, 教室), missing or swapped characters, a word that the index lacks, long questions. When in doubt nothing is
changed.
"""

import json
import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.metadata import distribution
from pathlib import Path
from unicodedata import normalize

import rjieba

from index.lexical import STOP_WORDS, words
from ingest.places import place_named, short_name

Known = Callable[[Sequence[str]], dict[str, int]]
"""For words, and phrases of words with blanks between them, in how many chunks each stands (Store.chunk_counts)."""

Rank = tuple[int, bool, int, int]
"""How good a change is: its word's length, whether it is a place where one stands, its phrases, its word's chunks."""

HAN = re.compile(r"[\u4e00-\u9fff]+")
LOOK_ALIKE = (
    "己已巳", "未末", "拔拨", "候侯", "竞竟", "即既", "帐账", "入人", "土士", "历厉", "筒简", "戌戍", "治冶", "折拆", "渴喝",
    "兔免", "晴睛", "辨辩", "贷货", "析折", "住往", "师帅", "日曰", "天夭", "千干", "便使", "晨展", "崇祟", "教敎", "聘骋",
)  # fmt: skip
# These stand alone in any sentence, and words of asking fall to pieces beside them.
FUNCTION = frozenset(
    "的了是在有和与及或也都就把被将这那其它他她我你您请吗呢吧啊呀么哪谁几到从由于给让并等还又很最更只没之多少比不各"
)
# These often do: as the mistyped character they need a phrase of the index.
OFTEN_ALONE = frozenset("中时上下内里后前设人能会应要为可所以对向")
NUMERALS = frozenset("零〇一二两三四五六七八九十百千万亿第")
MEASURES = frozenset("个名所项家人次间条场套期轮年月日号天岁届批类种位组支门册部份亩倍元台辆处座米吨度户张本件节点级")
NUMBER_BEFORE = re.compile(r"(?:[\d%零〇一二两三四五六七八九十百千万亿几哪]|多少|第几)$")
QUOTED = re.compile(r"[“\"《「『‘'〈]([^”\"》」』’'〉]+)[”\"》」』’'〉]")
PLACE = re.compile(r"(?=((?:[\u4e00-\u9fff]{2,3}?)[市区县]))")
MOST_PIECES = 3
LONGEST = 4
LONGEST_TEXT = 200
"""A longer question is left as it is: it has words enough without the mistyped one, and trying all would take a second."""
MOST_GUESSES = 200
"""Each is looked up in the index, in 0.01 to 0.02 ms."""
RARE = 30
"""Frequency in the cutter's dictionary under which a word may be a slip that the dictionary learned."""
CLEARLY = 3
"""How much better known a word has to be than its rival."""
POLYPHONES = frozenset("长行重调会乐厦率系校传参省")
"""Characters with a second reading that is usual; the others' second readings are rare words."""


@dataclass(frozen=True)
class Piece:
    """A word of the dictionary, or one character that belongs to none."""

    text: str
    start: int
    fixed: bool
    """Whether it is no part of a mistyped word: figures, words of asking, what is counted, quoted names."""

    @property
    def end(self) -> int:
        return self.start + len(self.text)


@dataclass(frozen=True)
class Stretch:
    """Neighbours that may be one word in pieces; `around` are phrases of `_` and the words beside it."""

    pieces: Sequence[Piece]
    around: tuple[str, ...]
    where_places_stand: bool

    @property
    def text(self) -> str:
        return "".join(p.text for p in self.pieces)

    @property
    def writings(self) -> tuple[str, ...]:
        """How the index may hold it: as a word of its own, or as a phrase."""
        return self.text, " ".join(p.text for p in self.pieces), " ".join(words(self.text))

    @property
    def typed(self) -> Sequence[Piece]:
        """The pieces with characters that may be mistyped; a function word alone beside a lone character (督到)."""
        function = [p for p in self.pieces if p.fixed]
        return function or [p for p in self.pieces if len(p.text) == 1 or self.is_word]

    @property
    def is_word(self) -> bool:
        return len(self.pieces) == 1


@dataclass(frozen=True)
class Change:
    """One character put in another's place, the word that comes of it, and the phrases it makes with its neighbours."""

    position: int
    typed: str
    character: str
    word: str
    phrases: tuple[str, ...] = ()
    doubtful: bool = False
    """Whether only a phrase of the index makes it credible."""
    where_places_stand: bool = False
    """At the beginning or before a figure: `义屋2021年` means 义乌, though 义务 is better known."""


def corrected(text: str, known: Known) -> str:
    """`text` with the one character changed that makes a word of the index from pieces that it lacks, else `text`."""
    if len(text) > LONGEST_TEXT:
        return text
    pieces = _pieces(text, _quoted(text, known))
    stretches = _unknown(_stretches(pieces), known)
    # Words of the dictionary first: they are the better guess where there are too many.
    guesses = sorted(_words(stretches), key=lambda change: not rjieba.has_word(change.word))[:MOST_GUESSES]
    best = _best(list(_places(text, pieces, known)), known) or _best(guesses, known)
    return text if best is None else text[: best.position] + best.character + text[best.position + 1 :]


def _best(changes: Sequence[Change], known: Known) -> Change | None:
    """The change with the longest word, in the most phrases of the index; None where another is about as good."""
    counts = known(list(dict.fromkeys(change.word for change in changes)))
    found = [change for change in changes if counts[change.word]]
    counts |= known(list(dict.fromkeys(told for change in found for told in (*change.phrases, change.typed))))

    def rank(change: Change) -> Rank:
        is_place = change.where_places_stand and place_named(change.word) is not None
        return len(change.word), is_place, sum(counts[phrase] for phrase in change.phrases), counts[change.word]

    # A word that no dictionary has is not better than the character that stands there: 作些 for 做些.
    credible = [
        change
        for change in found
        if (not change.doubtful or rank(change)[2])
        and (rjieba.has_word(change.word) or counts[change.word] > counts[change.typed])
    ]
    best = max(credible, key=rank, default=None)
    if best is None:
        return None
    others = [c for c in found if (c.position, c.character) != (best.position, best.character)]
    return best if all(_clear(rank(best), rank(other)) for other in others) else None


def _clear(best: Rank, other: Rank) -> bool:
    """Whether the rank `best` leaves no doubt: a longer word, a place, or told `CLEARLY` times as often as the other."""
    if best[:2] != other[:2]:
        return best > other
    return best[2] >= CLEARLY * other[2] if best[2] or other[2] else best[3] >= CLEARLY * other[3]


def _quoted(text: str, known: Known) -> list[range]:
    """Where names stand in quotes that the index holds as they are."""
    stretches = [match.span(1) for match in QUOTED.finditer(text)]
    phrases = {stretch: " ".join(words(text[slice(*stretch)])) for stretch in stretches}
    counts = known(list(dict.fromkeys(phrases.values()))) if phrases else {}
    return [range(*stretch) for stretch, phrase in phrases.items() if counts[phrase]]


def _pieces(text: str, quoted: Sequence[range]) -> list[Piece]:
    """`text` cut by the dictionary alone: guessing would make one word of 海仓."""
    pieces: list[Piece] = []
    start = 0
    for word in rjieba.cut(text, False):
        counted = word in MEASURES and NUMBER_BEFORE.search(text[:start])
        fixed = bool(
            not HAN.fullmatch(word)
            or (len(word) > 1 and word in STOP_WORDS)
            or word in FUNCTION | NUMERALS
            or counted
            or any(start in stretch for stretch in quoted)
        )
        pieces.append(Piece(word, start, fixed))
        start += len(word)
    return pieces


def _stretches(pieces: Sequence[Piece]) -> list[Stretch]:
    """Up to three neighbours with a lone character among them, or one word that hardly anybody writes (幼儿圆)."""
    found = []
    for first in range(len(pieces)):
        for last in range(first + 1, min(first + MOST_PIECES, len(pieces)) + 1):
            stretch = pieces[first:last]
            lone = [p for p in stretch if len(p.text) == 1]
            if stretch[-1].end - stretch[0].start > LONGEST:
                break
            fixed = [p for p in stretch if p.fixed]
            function = len(fixed) == 1 and fixed[0].text in FUNCTION and len(stretch) == len(lone) == 2
            rare = len(stretch) == 1 and not lone and HAN.fullmatch(stretch[0].text)
            if (rare and not fixed and rjieba.suggest_freq(stretch[0].text) < RARE) or (
                len(stretch) > 1 and lone and (not fixed or function)
            ):
                leads = first == 0 or (last < len(pieces) and pieces[last].text[0].isdigit())
                found.append(Stretch(stretch, _around(pieces, first, last), leads))
    return found


def _around(pieces: Sequence[Piece], first: int, last: int) -> tuple[str, ...]:
    before = [f"{p.text} _" for p in pieces[max(first - 1, 0) : first] if not p.fixed and len(p.text) > 1]
    return (*before, *(f"_ {p.text}" for p in pieces[last : last + 1] if not p.fixed and len(p.text) > 1))


def _unknown(stretches: Sequence[Stretch], known: Known) -> list[Stretch]:
    """Those that the index lacks, and that have a lone character which no known neighbours explain (家校)."""
    counts = known(list(dict.fromkeys(writing for stretch in stretches for writing in stretch.writings)))
    held = [any(counts[writing] for writing in stretch.writings) for stretch in stretches]
    explained = {piece for stretch, is_held in zip(stretches, held, strict=True) if is_held for piece in stretch.pieces}

    def is_open(stretch: Stretch) -> bool:
        return any(not p.fixed and p not in explained for p in stretch.pieces if len(p.text) == 1 or stretch.is_word)

    return [stretch for stretch, is_held in zip(stretches, held, strict=True) if not is_held and is_open(stretch)]


def _words(stretches: Sequence[Stretch]) -> Iterator[Change]:
    """Changes of one character of a stretch, to be words if the index knows them."""
    for stretch in stretches:
        old, first = stretch.text, stretch.pieces[0].start
        for at in (p.start - first + i for p in stretch.typed for i in range(len(p.text))):
            for character in _alike(old[at]):
                word = old[:at] + character + old[at + 1 :]
                named = at >= 2 and at == len(old) - 1 and character in "省市区县"
                if named or (len(word) == LONGEST and not rjieba.has_word(word)):
                    continue
                phrases = tuple(phrase.replace("_", word) for phrase in stretch.around)
                doubtful = old[at] in OFTEN_ALONE or any(p.fixed for p in stretch.pieces)
                yield Change(first + at, old[at], character, word, phrases, doubtful, stretch.where_places_stand)


def _places(text: str, pieces: Sequence[Piece], known: Known) -> Iterator[Change]:
    """Changes that make a division's full name of what is none: `义务市` -> `义乌市`."""
    fixed = {position for piece in pieces if piece.fixed for position in range(piece.start, piece.end)}
    bounds = {piece.start for piece in pieces}
    for match in PLACE.finditer(text):
        name, start = match[1], match.start()
        if start not in bounds or fixed & set(range(start, start + len(name))) or place_named(name) is not None:
            continue
        if any(known([name, f"{name[:-1]} {name[-1]}"]).values()):
            continue
        for position, character in ((p, c) for p in range(len(name) - 1) for c in _alike(name[p])):
            other = name[:position] + character + name[position + 1 :]
            if place_named(other) is not None:
                yield Change(start + position, name[position], character, other)
                yield Change(start + position, name[position], character, short_name(other))


@lru_cache(maxsize=4096)
def _alike(character: str) -> tuple[str, ...]:
    """Characters that sound (whatever the tone) or look like it."""
    sounds, spoken = _sounds()
    alike = [other for sound in sounds.get(character, ()) for other in spoken[sound]]
    alike += [other for group in LOOK_ALIKE if character in group for other in group]
    return tuple(other for other in dict.fromkeys(alike) if other != character)


@lru_cache(maxsize=1)
def _sounds() -> tuple[dict[str, tuple[str, ...]], dict[str, list[str]]]:
    """Readings without tones of the characters of GB 2312, and the characters of each reading."""
    # Importing the package would load its phrases too: 0.3 s instead of 0.03 s.
    file = Path(str(distribution("pypinyin").locate_file("pypinyin/pinyin_dict.json")))
    table: dict[str, str] = json.loads(file.read_text(encoding="utf-8"))
    sounds: dict[str, tuple[str, ...]] = {}
    spoken: dict[str, list[str]] = defaultdict(list)
    for row, column in ((row, column) for row in range(0xB0, 0xF8) for column in range(0xA1, 0xFF)):
        character = bytes([row, column]).decode("gb2312", errors="ignore")
        readings = table.get(str(ord(character))) if character else None
        if readings:
            bare = "".join(c for c in normalize("NFD", readings).replace("u\u0308", "v") if c.isascii())
            usual = 2 if character in POLYPHONES else 1
            sounds[character] = tuple(dict.fromkeys(bare.split(",")))[:usual]
            for sound in sounds[character]:
                spoken[sound].append(character)
    return sounds, spoken
