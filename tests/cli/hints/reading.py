"""Every hint that the source of the program holds, put together without running it.

`hints()` reads the expressions: texts with a sample for each value, both sides of a condition, what a function returns,
what its callers give. What it cannot read it names, so that nothing is left out unseen.
"""

from __future__ import annotations

import ast
import inspect
import itertools
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from ganstudio import errors

ROOT = Path(errors.__file__).parent
SAMPLE = "2"  # of a value: a number, a name and a path
ERRORS = {name for name, one in vars(errors).items() if inspect.isclass(one) and issubclass(one, errors.StudioError)}
_MOST = 200  # spellings of one hint

Function = ast.FunctionDef | ast.AsyncFunctionDef


class Hint(NamedTuple):
    where: str
    text: str


class UnreadableError(Exception):
    pass


class Scope(NamedTuple):
    file: Path
    function: Function | None


@cache
def tree(file: Path) -> ast.Module:
    return ast.parse(file.read_text(encoding="utf-8"))


@cache
def nodes(file: Path) -> tuple[ast.AST, ...]:
    """Every node of a file, each with the one that it stands in as `above`."""
    found: list[ast.AST] = [tree(file)]
    for node in found:  # which grows
        for child in ast.iter_child_nodes(node):
            child.above = node  # type: ignore[attr-defined]
            found.append(child)
    return tuple(found)


@cache
def files() -> tuple[Path, ...]:
    return tuple(sorted(ROOT.rglob("*.py")))


@cache
def calls() -> dict[str, list[tuple[ast.Call, Scope]]]:
    """Every call of the package, by the last part of the name that is called."""
    found: dict[str, list[tuple[ast.Call, Scope]]] = {}
    for file in files():
        for node in nodes(file):
            if isinstance(node, ast.Call):
                found.setdefault(_called(node), []).append((node, Scope(file, _around(node))))
    return found


def hints() -> tuple[list[Hint], list[str]]:
    """Every hint that can be read, and where those stand that cannot."""
    found, unread = [], []
    for expression, scope in expressions():
        name = scope.function.name if scope.function else ""
        where = f"{scope.file.relative_to(ROOT)}:{name}"
        try:
            found += [Hint(f"{where} (line {expression.lineno})", text) for text in read(expression, scope)]
        except UnreadableError:
            unread.append(where)
    return found, unread


def expressions() -> Iterator[tuple[ast.expr, Scope]]:
    """What an error is made with as its hint, or is given later, and what `doctor` advises."""
    for file in files():
        for node in nodes(file) if file.name != "errors.py" else ():
            match node:
                case ast.Assign(targets=[ast.Attribute(attr="hint")], value=value):
                    yield value, Scope(file, _around(node))
                case ast.Call() if place := _place(node, file):
                    scope = Scope(file, _around(node))
                    given = [word.value for word in node.keywords if word.arg == "hint"]
                    yield from ((one, scope) for one in given or node.args[place : place + 1])


def _place(call: ast.Call, file: Path) -> int:
    """Where an error's hint stands among its arguments; 0 for what makes no error."""
    name = _called(call)
    if name == "Check" and file.name == "doctor.py":
        return 4
    if name == "__init__" and isinstance(call.func, ast.Attribute) and _is_error(call):
        return 1
    return 1 if name in ERRORS else 0


def _is_error(call: ast.Call) -> bool:
    node: Any = call
    while node and not isinstance(node, ast.ClassDef):
        node = getattr(node, "above", None)
    return node is not None and any(isinstance(base, ast.Name) and base.id in ERRORS for base in node.bases)


def read(expression: ast.expr, scope: Scope, depth: int = 0) -> list[str]:
    """Every text that an expression may become. Raises UnreadableError."""
    if depth > 12:
        raise UnreadableError
    again = lambda node, where=scope: read(node, where, depth + 1)  # noqa: E731
    match expression:
        case ast.Constant(value=str() as text):
            return [text]
        case ast.Constant(value=None):
            return []
        case ast.JoinedStr(values=parts):
            return _joined(
                "", [_part(part, before, scope, depth) for before, part in zip([None, *parts], parts, strict=False)]
            )
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            return _joined("", [again(left), again(right)])
        case ast.IfExp(body=body, orelse=other):
            return [*again(body), *again(other)]
        case ast.BoolOp(values=values):
            return [text for value in values for text in again(value)]
        case ast.Attribute(attr="hint") | ast.Subscript(slice=ast.Constant(value="hint")):
            return []  # another error's, which is read where that is made
        case ast.Name(id=name):
            return [text for value, where in _values(name, scope) for text in again(value, where)]
        case ast.Call():
            return _answers(expression, scope, depth)
    raise UnreadableError


def _part(part: ast.expr, before: ast.expr | None, scope: Scope, depth: int) -> list[str]:
    """A piece of a text: what a value may be where that is written down, else the sample.

    Raises UnreadableError for a value that the text begins with, an option that it names, and another error's hint.
    """
    if not isinstance(part, ast.FormattedValue):
        return read(part, scope, depth + 1)
    if part.format_spec is not None:
        return [SAMPLE]
    try:
        if _is_hint(part.value):
            raise UnreadableError
        return read(part.value, scope, depth + 1) or [""]
    except UnreadableError:
        named = isinstance(before, ast.Constant) and str(before.value).endswith(("--", "&& "))
        if before is None or named or _is_hint(part.value):
            raise
        return [SAMPLE]


def _is_hint(value: ast.expr) -> bool:
    return isinstance(value, ast.Attribute) and value.attr == "hint"


def _joined(between: str, pieces: list[list[str]]) -> list[str]:
    texts = (between.join(filter(None, one)) for one in itertools.product(*pieces))
    return list(filter(None, itertools.islice(texts, _MOST)))


def _values(name: str, scope: Scope) -> Iterator[tuple[ast.expr, Scope]]:
    """What a name is given: in its function, by the callers of that, or in its module, or the one it is from."""
    if scope.function is not None:
        own = [value for node in ast.walk(scope.function) if (value := _assigned(node, name))]
        if own:
            yield from ((value, scope) for value in own)
            return
        names = [argument.arg for argument in (*scope.function.args.args, *scope.function.args.kwonlyargs)]
        if name in names:
            yield from _given(name, names.index(name), scope.function)
            return
    for node in tree(scope.file).body:
        if value := _assigned(node, name):
            yield value, Scope(scope.file, None)
            return
    if home := _imported(name, scope):
        yield from _values(name, Scope(home, None))
        return
    raise UnreadableError


def _given(name: str, place: int, function: Function) -> Iterator[tuple[ast.expr, Scope]]:
    found = False
    for call, scope in calls().get(function.name, []):
        given = [word.value for word in call.keywords if word.arg == name] or call.args[place : place + 1]
        for one in given:
            found = True
            yield one, scope
    if not found:
        raise UnreadableError


def _assigned(node: ast.AST, name: str) -> ast.expr | None:
    """What `node` gives to the variable `name`; None where it gives it nothing."""
    match node:
        case ast.Assign(targets=[ast.Tuple(elts=targets)], value=ast.Tuple(elts=values)):
            pairs = zip(targets, values, strict=False)
        case ast.Assign(targets=[target], value=value) | ast.NamedExpr(target=target, value=value):
            pairs = zip([target], [value], strict=True)
        case ast.AnnAssign(target=target, value=ast.expr() as value):
            pairs = zip([target], [value], strict=True)
        case _:
            return None
    return next((value for target, value in pairs if isinstance(target, ast.Name) and target.id == name), None)


def _answers(call: ast.Call, scope: Scope, depth: int) -> list[str]:
    name = _called(call)
    match call.func:
        case ast.Attribute(value=ast.Constant(value=str() as between), attr="join"):
            return _joined(between, _items(call.args[0], scope, depth))
        case ast.Attribute(value=ast.Name(id=table), attr="get"):
            pairs = [value for value, _ in _values(table, scope) if isinstance(value, ast.Dict)]
            every = [*(value for pair in pairs for value in pair.values), *call.args[1:]]
            return [text for value in every for text in read(value, scope, depth + 1)]
        case ast.Name(id="quoted" | "as_setting"):
            return [SAMPLE]
        case ast.Name(id="str"):
            return read(call.args[0], scope, depth + 1)
        case ast.Name():
            home, function = _function(name, scope)
            values = [node.value for node in ast.walk(function) if isinstance(node, ast.Return) and node.value]
            return [text for value in values for text in read(value, Scope(home, function), depth + 1)]
    raise UnreadableError


def _items(given: ast.expr, scope: Scope, depth: int) -> list[list[str]]:
    """The pieces of a list that is joined; of what is made in a loop none, or one."""
    match given:
        case ast.List(elts=elements) | ast.Tuple(elts=elements):
            return [piece for element in elements for piece in _items_of(element, scope, depth)]
        case ast.GeneratorExp(elt=element) | ast.ListComp(elt=element):
            return [["", *read(element, scope, depth + 1)]]
        case ast.Name(id=name):
            return [piece for value, where in _values(name, scope) for piece in _items(value, where, depth + 1)]
    raise UnreadableError


def _items_of(element: ast.expr, scope: Scope, depth: int) -> list[list[str]]:
    if isinstance(element, ast.Starred):
        return _items(element.value, scope, depth)
    if isinstance(element, ast.Attribute):
        return [[SAMPLE]]
    return [read(element, scope, depth + 1)]


def _function(name: str, scope: Scope) -> tuple[Path, Function]:
    home = scope.file
    if not (found := _defined(home, name)):
        home = _imported(name, scope) or home
        found = _defined(home, name)
    if not found:
        raise UnreadableError
    return home, found


def _defined(file: Path, name: str) -> Function | None:
    return next((node for node in tree(file).body if isinstance(node, Function) and node.name == name), None)


def _imported(name: str, scope: Scope) -> Path | None:
    for node in nodes(scope.file):
        if isinstance(node, ast.ImportFrom) and any(alias.name == name for alias in node.names):
            file = ROOT.parent.joinpath(*str(node.module).split(".")).with_suffix(".py")
            return file if file.is_file() and file != scope.file else None
    return None


def _called(call: ast.Call) -> str:
    match call.func:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
    return ""


def _around(node: Any) -> Function | None:
    while node is not None and not isinstance(node, Function):
        node = getattr(node, "above", None)
    return node
