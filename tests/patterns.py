"""Finds every regular expression of the program: compiled objects, and calls of `re` in the source.

Covered: patterns that modules and classes hold, also inside containers and dataclasses; the pattern argument of
`re.search` and its like wherever it stands, f-strings and locals evaluated. Not covered: patterns of libraries, and
patterns that pydantic and SQLite are given, which run in engines of linear time.
"""

import ast
import builtins
import importlib
import pkgutil
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

ROOMS = ("ingest", "index", "server", "ui")
FUNCTIONS = frozenset(["compile", "search", "match", "fullmatch", "sub", "subn", "split", "findall", "finditer"])
FLAGS_AT = {"compile": 1, "search": 2, "match": 2, "fullmatch": 2, "findall": 2, "finditer": 2, "sub": 4, "subn": 4, "split": 3}  # fmt: skip
"""Where each function takes its flags when they are given by position."""
REPRESENTATIVES: dict[str, object] = {"n": 4}
"""Stand-ins for parameters that go into a pattern and are not text, by their names."""


class _Parameter(str):
    """Stands in for a parameter that goes into a pattern as text or as an object with texts."""

    title: Any = "规划建设"  # of a document; str has a method of this name

    def __getattr__(self, name: str) -> str:
        return str(self)


TEXT = _Parameter("规划建设")


@dataclass(frozen=True)
class Found:
    """A pattern with the place that it was found in: `server.answer.topic.VERBS` or `server.answer.topic:67`."""

    name: str
    pattern: str | bytes
    flags: int

    @classmethod
    def of(cls, name: str, compiled: "re.Pattern[Any]") -> "Found":
        return cls(name, compiled.pattern, compiled.flags)


class Unevaluated(Exception):
    def __init__(self, where: str, fault: Exception) -> None:
        super().__init__(f"{where}: the pattern cannot be evaluated ({fault!r}); name it or add to REPRESENTATIVES")


@cache
def all_patterns() -> tuple[Found, ...]:
    """Each pattern of the program once, in the order of the modules; raises Unevaluated."""
    found: dict[tuple[str | bytes, int], Found] = {}
    for module in modules():
        for one in (*held(module), *written(module)):
            found.setdefault((one.pattern, one.flags), one)
    return tuple(found.values())


def modules() -> Iterator[ModuleType]:
    """Every module of the rooms, imported."""
    for room in ROOMS:
        package = importlib.import_module(room)
        yield package
        for info in pkgutil.walk_packages(package.__path__, room + "."):
            if not info.name.endswith("__main__"):
                yield importlib.import_module(info.name)


def held(module: ModuleType) -> Iterator[Found]:
    """The compiled patterns that a module's names lead to."""
    seen: set[int] = set()
    imported = _imported(module)
    for name, value in vars(module).items():
        if name not in imported:
            yield from _inside(f"{module.__name__}.{name}", value, seen)


def _imported(module: ModuleType) -> set[str]:
    """Names that stand in a module and are another's."""
    imports = (node for node in ast.walk(_source(module)) if isinstance(node, ast.Import | ast.ImportFrom))
    return {alias.asname or alias.name for node in imports for alias in node.names}


def _source(module: ModuleType) -> ast.Module:
    return ast.parse(Path(str(module.__file__)).read_text(encoding="utf-8"))


def _inside(name: str, value: object, seen: set[int]) -> Iterator[Found]:
    if isinstance(value, re.Pattern):
        yield Found.of(name, value)
        return
    if isinstance(value, str | bytes | int | float | ModuleType) or id(value) in seen:
        return
    seen.add(id(value))
    for key, part in _parts(value):
        yield from _inside(f"{name}{key}", part, seen)


def _parts(value: object) -> Iterator[tuple[str, object]]:
    """What a container, a dataclass or a class of ours holds."""
    if isinstance(value, Mapping):
        for key, part in list(value.items()):
            yield f"[{key!r}]", part
            yield f"[{key!r}]", key
    elif isinstance(value, list | tuple | set | frozenset):
        yield from ((f"[{at}]", part) for at, part in enumerate(value))
    elif isinstance(value, type):
        if value.__module__.split(".")[0] in ROOMS:
            yield from ((f".{key}", part) for key, part in list(vars(value).items()))
    elif is_dataclass(value):
        yield from ((f".{field.name}", getattr(value, field.name, None)) for field in fields(value))


def written(module: ModuleType) -> Iterator[Found]:
    """The patterns that a module's source gives to functions of `re`; raises Unevaluated."""
    for function, call in _calls(_source(module)):
        where = f"{module.__name__}:{call.lineno}"
        names = _Names(vars(module), function, where)
        pattern = names.value(call.args[0])
        if isinstance(pattern, re.Pattern):
            continue
        yield Found.of(where, re.compile(pattern, _flags(call, names)))


def _calls(tree: ast.AST) -> Iterator[tuple[ast.AST | None, ast.Call]]:
    """Calls of `re.search` and its like, with the function that each stands in."""
    stack: list[tuple[ast.AST | None, ast.AST]] = [(None, tree)]
    while stack:
        function, node = stack.pop()
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            function = node
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in FUNCTIONS:
            of = node.func.value
            if isinstance(of, ast.Name) and of.id == "re" and node.args:
                yield function, node
        stack.extend((function, child) for child in ast.iter_child_nodes(node))


def _flags(call: ast.Call, names: "_Names") -> int:
    assert isinstance(call.func, ast.Attribute)
    at = FLAGS_AT[call.func.attr]
    given = [keyword.value for keyword in call.keywords if keyword.arg == "flags"] or call.args[at : at + 1]
    return int(names.value(given[0])) if given else 0


class _Names(dict[str, Any]):
    """The names in a function as a pattern's expression sees them: globals, locals by their assignment, stand-ins."""

    def __init__(self, known: Mapping[str, Any], function: ast.AST | None, where: str) -> None:
        super().__init__()
        self._known = known
        self._where = where
        self._assigned: dict[str, ast.expr] = {}
        for node in ast.walk(function) if function else ():
            if isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
                self._assigned[node.targets[0].id] = node.value

    def value(self, node: ast.expr) -> Any:
        code = compile(ast.Expression(node), self._where, "eval")
        try:
            return eval(code, dict(self._known), self)
        except Exception as error:
            raise Unevaluated(self._where, error) from error

    def __missing__(self, name: str) -> Any:
        if name in REPRESENTATIVES:
            return REPRESENTATIVES[name]
        if name in self._assigned:
            node = self._assigned.pop(name)  # once: an assignment may name itself
            try:
                value = self.value(node)
            except Unevaluated:
                return TEXT
            return value if isinstance(value, str | bytes | re.Pattern) else TEXT
        if name in self._known or name in vars(builtins):
            raise KeyError(name)
        return TEXT
