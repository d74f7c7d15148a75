"""Generates inputs that make a regular expression backtrack, from the expression itself.

A hard input is a prefix that reaches a repeat, a text that the repeat can take in more than one way, many times, and a
suffix that makes the whole fail. The texts are taken from the parse tree: what each alternative of a repeat's body
matches, words of such texts that can be divided in two ways (Sardinas and Patterson's test for unique decodability),
and what stands between two repeats. Characters stand for classes: one for each set of the sets in the pattern that
have it, those that most sets share first. Not covered: back references, what look-arounds ask for within a text.
"""

import importlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

_parser: Any = importlib.import_module("re._parser")
_compiler: Any = importlib.import_module("re._compiler")
_ops: Any = importlib.import_module("re._constants")

SINGLE = (_ops.LITERAL, _ops.NOT_LITERAL, _ops.ANY, _ops.IN)
REPEATS = (_ops.MAX_REPEAT, _ops.MIN_REPEAT, _ops.POSSESSIVE_REPEAT)
ASSERTIONS = (_ops.ASSERT, _ops.ASSERT_NOT)
COMMON = "a1字 \n，\0"
"""Characters that stand for what no set of a pattern names."""
MOST_CHARACTERS = 3
"""How many characters stand for a set."""
MOST_WORDS = 80
"""How many texts stand for an expression."""
MOST_INPUTS = 600
LONGEST_PUMP = 40

Node = tuple[Any, Any]
Tree = Sequence[Node]


@dataclass(frozen=True)
class HardInput:
    """`prefix`, then `pump` many times, then `suffix`."""

    prefix: str
    pump: str
    suffix: str

    def of(self, times: int) -> str:
        return self.prefix + self.pump * times + self.suffix


@dataclass(frozen=True)
class _Repeat:
    before: str
    body: Tree


def hard_inputs(pattern: str | bytes, flags: int = 0) -> list[HardInput]:
    """Inputs for one pattern, each once, MOST_INPUTS at most; for bytes as Latin-1."""
    return _Generator(pattern, flags).inputs()


class _Generator:
    def __init__(self, pattern: str | bytes, flags: int) -> None:
        self._tree = _parser.parse(pattern, flags & ~(0 if isinstance(pattern, str) else re.UNICODE))
        self._is_text = isinstance(pattern, str)
        self._representatives = self._choose_representatives()
        self._words: dict[int, list[str]] = {}

    def inputs(self) -> list[HardInput]:
        groups = [list(dict.fromkeys(self._for(repeat))) for repeat in self._repeats(self._tree, "")]
        chains = list(dict.fromkeys(self._chains()))
        turns = (group[at] for at in range(max(map(len, [*groups, chains]), default=0)) for group in [*groups, chains] if at < len(group))  # fmt: skip
        return list(dict.fromkeys(turns))[:MOST_INPUTS]

    def _for(self, repeat: _Repeat) -> Iterator[HardInput]:
        words = [word for word in self._texts(repeat.body) if word]
        pumps = [*ambiguous(words), *words]
        stops = self._stops(repeat.body)
        for pump in dict.fromkeys(pumps):
            for suffix in stops:
                for prefix in dict.fromkeys((repeat.before, "")):
                    yield HardInput(prefix, pump, suffix)

    def _chains(self) -> Iterator[HardInput]:
        """From one repeat to the next: what `A[^x]*B[^x]*C` repeats without end in `ABABAB`."""
        repeats = list(self._repeats(self._tree, ""))
        for last, repeat in enumerate(repeats):
            for word in self._texts(repeat.body)[:MOST_CHARACTERS]:
                for first in ("", *(one.before for one in repeats[:last])):
                    pump = repeat.before.removeprefix(first) + word
                    if repeat.before.startswith(first) and 0 < len(pump) <= LONGEST_PUMP:
                        for suffix in self._stops(repeat.body):
                            yield HardInput("", pump, suffix)

    def _stops(self, body: Tree) -> list[str]:
        """Suffixes at which a repeat ends: nothing, a zero byte, a line's end, a character that its body does not take."""
        sets = [node for node in _singles(body)]
        untaken = [c for c in self._representatives if not any(self._takes(node, c) for node in sets)]
        return list(dict.fromkeys(["\0", *untaken[:1], "\n", ""]))

    def _repeats(self, tree: Tree, before: str) -> Iterator[_Repeat]:
        """Every repeat with a text that leads to it, nested ones too."""
        for op, argument in tree:
            if op in REPEATS:
                _, most, body = argument
                if most > 1:
                    yield _Repeat(before, body)
                yield from self._repeats(body, before)
            for part in _parts(op, argument) if op not in REPEATS else ():
                yield from self._repeats(part, before)
            before += next(iter(self._choices((op, argument), leads=not before)), "")

    def _texts(self, tree: Tree) -> list[str]:
        """Texts that a sequence matches: the plainest, then with each part varied on its own."""
        known = self._words.get(id(tree))
        if known is None:
            choices = [self._choices(node) or [""] for node in tree]
            plain = [choice[0] for choice in choices]
            varied = (
                "".join((*plain[:at], other, *plain[at + 1 :]))
                for at, choice in enumerate(choices)
                for other in choice[1:]
            )
            known = list(dict.fromkeys(("".join(plain), *varied)))[:MOST_WORDS]
            self._words[id(tree)] = known
        return known

    def _choices(self, node: Node, leads: bool = False) -> list[str]:
        op, argument = node
        if op in SINGLE:
            return [c for c in self._representatives if self._takes(node, c)][:MOST_CHARACTERS]
        if op in REPEATS:
            least, most, body = argument
            words = self._texts(body)
            once = [word * max(1, least) for word in words]
            twice = [word * (least + 1) for word in words[:1] if most > max(1, least)]
            return [*([""] if least == 0 else []), *once, *twice]
        if op in ASSERTIONS:
            # What a look-behind asks for stands before the match; elsewhere the text before has to fit by itself.
            is_behind = argument[0] < 0 and op is _ops.ASSERT
            return self._texts(argument[1]) if is_behind and leads else [""]
        return [word for part in _parts(op, argument) for word in self._texts(part)] or [""]

    def _choose_representatives(self) -> list[str]:
        """One character for each combination of the pattern's sets, those in most sets first."""
        nodes = list(_singles(self._tree))
        pool = dict.fromkeys((*(c for node in nodes for c in _named(node)), *COMMON))
        self._matchers: dict[str, Any] = {}
        chosen: dict[tuple[bool, ...], str] = {}
        for c in pool:
            if self._is_text or ord(c) < 256:
                chosen.setdefault(tuple(self._takes(node, c) for node in nodes), c)
        return [c for _, c in sorted(chosen.items(), key=lambda item: -sum(item[0]))]

    def _takes(self, node: Node, c: str) -> bool:
        """Whether a set has a character, in the pattern's own flags."""
        key = repr(node)
        if key not in self._matchers:
            state = self._tree.state
            self._matchers[key] = _compiler.compile(_parser.SubPattern(state, [node]), state.flags)
        return self._matchers[key].fullmatch(c if self._is_text else c.encode("latin-1")) is not None


def _parts(op: Any, argument: Any) -> list[Tree]:
    """The expressions inside a node."""
    if op is _ops.BRANCH:
        return list(argument[1])
    if op in REPEATS:
        return [argument[2]]
    if op is _ops.SUBPATTERN:
        return [argument[3]]
    if op in ASSERTIONS:
        return [argument[1]]
    if op is _ops.ATOMIC_GROUP:
        return [argument]
    return [part for part in argument[1:] if part] if op is _ops.GROUPREF_EXISTS else []


def _singles(tree: Tree) -> Iterator[Node]:
    """Every node that matches one character."""
    for op, argument in tree:
        if op in SINGLE:
            yield op, argument
        for part in _parts(op, argument):
            yield from _singles(part)


def _named(node: Node) -> Iterator[str]:
    """The characters that a set names, of a range both ends."""
    op, argument = node
    for kind, value in argument if op is _ops.IN else [node]:
        if kind in (_ops.LITERAL, _ops.NOT_LITERAL):
            yield chr(value)
        elif kind is _ops.RANGE:
            yield from map(chr, value)


def ambiguous(words: Sequence[str], most: int = 20) -> list[str]:
    """Texts that can be divided into `words` in two ways, by Sardinas and Patterson's method; `most` at most.

    What one division is ahead of the other is a suffix of a word; where it is itself a word, both end together.

    >>> ambiguous(["需要", "需", "要"])
    ['需要']
    """
    known = dict.fromkeys(word for word in words if word)
    ahead = {longer[len(shorter) :]: longer for shorter in known for longer in known if longer != shorter and longer.startswith(shorter)}  # fmt: skip
    found: list[str] = []
    todo = list(ahead)
    while todo and len(found) < most:
        rest = todo.pop(0)
        text = ahead[rest]
        if rest in known and len(text) <= LONGEST_PUMP:
            found.append(text)
        for word in known:
            if word != rest and (word.startswith(rest) or rest.startswith(word)):
                is_longer = len(word) > len(rest)
                left = word[len(rest) :] if is_longer else rest[len(word) :]
                if left not in ahead:
                    ahead[left] = text + left if is_longer else text
                    todo.append(left)
    return found
