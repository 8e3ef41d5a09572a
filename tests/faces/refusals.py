"""Every refusal as its source says it: found by reading the source, so that none can be left out.

A text may have holes, written `…`, for what is only known when it is said. What cannot be read is an Unread, not left
out: `Problem(422, other.code, other.vi, other.en)` alone is passed over, since it is found where it was made.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
MADE_BY = {"Problem": 1, "ScheduleRefused": 0, "End": 1}
"""Class → which of its arguments is the code; the sentences follow it."""
HOLE = "…"
SENTENCES = ("_SENTENCES", "SENTENCES")
"""Names of tables from codes to sentences."""

UNFIT = ("Unfit", "AlreadyRunning", "NotEnrolled", "BadCode")
"""What says `Vietnamese / English` in one message, and those that derive from it."""
HEAD = """# Refusals

Every code with which the station or a box says no, and the sentence that goes with it in each language; `…` stands for
what is only known then. Codes are stable, sentences are not. Written by `python -m tests.faces.refusals`.

| code | sentence |
|---|---|"""

Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Refusal:
    """One place that refuses."""

    code: str
    vi: str
    en: str
    where: str


class Unread(Exception):
    """A refusal whose code or sentences are not to be seen in the source."""


PACKAGES = ("broadcast_server", "audio_library", "speaker_client")


@cache
def refusals() -> tuple[Refusal, ...]:
    """All that the product makes and all in its tables."""
    return tuple(one for file in _files() for one in _Reader(file).read())


@cache
def _files() -> Mapping[Path, ast.Module]:
    files = [file for package in PACKAGES for file in sorted((ROOT / package).rglob("*.py"))]
    return {file: ast.parse(file.read_text()) for file in files}


def table_of(module: str) -> set[str]:
    """The codes of a file's table of sentences."""
    return {one.code for one in refusals() if one.where == module}


def looked_up(folder: str, *names: str) -> dict[str, str]:
    """The literal codes with which these classes are made in the files of a folder, each with a place."""
    found = {}
    for file, module in _files().items():
        if file.is_relative_to(ROOT / folder):
            for _, call in _calls(module, set(names)):
                if call.args and isinstance(call.args[0], ast.Constant):
                    found[str(call.args[0].value)] = f"{file.relative_to(ROOT)}:{call.lineno}"
    return found


def document() -> str:
    """All codes by name, once each, with every sentence that goes with them."""
    told: dict[str, list[str]] = {}
    for one in refusals():
        words = f"{one.vi} / {one.en}"
        if words not in told.setdefault(one.code, []):
            told[one.code].append(words)
    lines = [f"| `{code}` | {'<br>'.join(told[code])} |" for code in sorted(told)]
    return "\n".join((HEAD, *lines, ""))


@cache
def unfits() -> Mapping[str, str]:
    """What says of a whole machine or station that it cannot be used: where, and its words in both languages."""
    modules = _files().items()
    classes = [node for _, module in modules for node in ast.walk(module) if isinstance(node, ast.ClassDef)]
    names = {*UNFIT, *(one.name for one in classes if any(ast.unparse(base) in UNFIT for base in one.bases))}
    found = {}
    for file, module in modules:
        reader = _Reader(file)
        for function, call in _calls(module, names):
            known = {**dict(_assigned(module.body)), **_before(function, call)}
            found[f"{file.relative_to(ROOT)}:{call.lineno}"] = reader.text(call.args[0], known)
    return found


@cache
def _callers(name: str) -> tuple[ast.Call, ...]:
    """Everywhere that something of that name is called."""
    nodes = (node for module in _files().values() for node in ast.walk(module))
    return tuple(node for node in nodes if isinstance(node, ast.Call) and _called(node) == name)


class _Reader:
    """Reads one file."""

    def __init__(self, file: Path) -> None:
        self._name = str(file.relative_to(ROOT))
        self._module = _files()[file]
        self._constants = dict(_assigned(self._module.body))

    def read(self) -> Iterator[Refusal]:
        for name in set(SENTENCES) & self._constants.keys():
            yield from self._table(self._constants[name])
        for function, call in _calls(self._module):
            for bound in self._bindings(function, call):
                yield from self._one(call, function, bound)

    def _table(self, table: ast.expr) -> Iterator[Refusal]:
        assert isinstance(table, ast.Dict), self._name
        for key, value in zip(table.keys, table.values, strict=True):
            assert key
            vi, en = _elements(value)
            yield Refusal(self.text(key), self.text(vi), self.text(en), self._name)

    def _one(self, call: ast.Call, function: Function | None, bound: Mapping[str, ast.expr]) -> Iterator[Refusal]:
        known = {**self._constants, **_before(function, call), **bound}
        for told in self._rows(call, known):
            where = f"{self._name}:{call.lineno}"
            if _passed_on(call, [_behind(one, {**_before(function, call), **bound}) for one in told]):
                continue
            try:
                code, vi, en = told
                for one in self._codes(code, function, known):
                    yield Refusal(one, self.text(vi, known), self.text(en, known), where)
            except (Unread, ValueError) as error:
                raise Unread(f"{where}: {ast.unparse(call)}: {error}") from error

    def _rows(self, call: ast.Call, known: Mapping[str, ast.expr]) -> list[list[ast.expr]]:
        """Code and sentences; several of them where a table is looked into."""
        rows: list[list[ast.expr]] = [[]]
        for argument in call.args[MADE_BY.get(_name(call) or "", 1) :]:
            if not isinstance(argument, ast.Starred):
                rows = [[*row, argument] for row in rows]
                continue
            value = _behind(argument.value, known)
            choices = [value]
            if isinstance(value, ast.Call) and isinstance(value.func, ast.Attribute) and value.func.attr == "get":
                table = _behind(value.func.value, known)
                assert isinstance(table, ast.Dict), ast.unparse(value)
                choices = [_behind(one, known) for one in (*table.values, value.args[1])]
            rows = [[*row, *_elements(choice)] for row in rows for choice in choices]
        return [row[:3] for row in rows]

    def _codes(self, code: ast.expr, function: Function | None, known: Mapping[str, ast.expr]) -> list[str]:
        """One, or those that an exception may carry which a parameter is."""
        if function and isinstance(code, ast.Attribute) and isinstance(code.value, ast.Name) and code.attr == "code":
            kinds = {one.arg: ast.unparse(one.annotation) for one in function.args.args if one.annotation}
            made = _callers(kinds.get(code.value.id, ""))
            return sorted({self.text(one.args[0]) for one in made})
        return [self.text(code, known)]

    def _bindings(self, function: Function | None, call: ast.Call) -> Iterator[Mapping[str, ast.expr]]:
        """What the parameters stand for that the code speaks of: once for each call of its function."""
        parameters = [one.arg for one in function.args.args if one.arg != "self"] if function else []
        codes = [code for row in self._rows(call, {}) for code in row[:1] if not isinstance(code, ast.Attribute)]
        spoken_of = {node.id for code in codes for node in ast.walk(code) if isinstance(node, ast.Name)}
        if function is None or spoken_of.isdisjoint(parameters):
            yield {}
            return
        callers = _callers(function.name)
        if function.name.startswith("_"):
            callers = tuple(one for one in ast.walk(self._module) if one in callers and isinstance(one, ast.Call))
        if not callers:
            raise Unread(f"{self._name}:{call.lineno}: nobody calls {function.name}")
        for caller in callers:
            yield dict(zip(parameters, caller.args, strict=False))

    def text(self, value: ast.expr, known: Mapping[str, ast.expr] | None = None) -> str:
        known = self._constants if known is None else known
        match value:
            case ast.Constant(value=str(text)):
                return text
            case ast.JoinedStr(values=parts):
                return "".join(self._part(part, known) for part in parts)
            case ast.Name(id=name) if name in known:
                return self.text(known[name], {other: known[other] for other in known if other != name})
            case ast.Call(func=ast.Attribute(value=form, attr="format")):
                return self.text(form, known)
        raise Unread(ast.unparse(value))

    def _part(self, part: ast.expr, known: Mapping[str, ast.expr]) -> str:
        try:
            return self.text(part.value if isinstance(part, ast.FormattedValue) else part, known)
        except Unread:
            return HOLE


def _calls(module: ast.Module, names: Set[str] = MADE_BY.keys()) -> Iterator[tuple[Function | None, ast.Call]]:
    """What makes a refusal of these names, with the innermost function around it."""
    inside: dict[ast.AST, Function] = {}
    heir: set[ast.AST] = set()
    for node in ast.walk(module):  # outer before inner
        if isinstance(node, Function):
            inside |= dict.fromkeys(ast.walk(node), node)
        if isinstance(node, ast.ClassDef) and any(isinstance(b, ast.Name) and b.id in names for b in node.bases):
            heir |= set(ast.walk(node))
    for node in ast.walk(module):
        if isinstance(node, ast.Call) and (_name(node) in names or (node in heir and _called(node) == "__init__")):
            yield inside.get(node), node


def _name(call: ast.Call) -> str | None:
    return call.func.id if isinstance(call.func, ast.Name) else None


def _called(call: ast.Call) -> str | None:
    return getattr(call.func, "attr", getattr(call.func, "id", None))


def _behind(value: ast.expr, known: Mapping[str, ast.expr]) -> ast.expr:
    """What a name stands for; anything else itself."""
    return known.get(value.id, value) if isinstance(value, ast.Name) else value


def _passed_on(call: ast.Call, told: list[ast.expr]) -> bool:
    """Whether code and sentences are those of one and the same other refusal."""
    if any(one.arg is None and isinstance(one.value, ast.Subscript) for one in call.keywords):
        return True
    if any(isinstance(one, ast.Call) and _called(one) == "partition" for one in told):
        return True  # the words of an Unfit
    parts = [(ast.unparse(one.value), _part_of(one)) for one in told if isinstance(one, ast.Attribute | ast.Subscript)]
    return len({whole for whole, _ in parts}) == 1 and [part for _, part in parts] == ["code", "vi", "en"]


def _part_of(value: ast.Attribute | ast.Subscript) -> object:
    if isinstance(value, ast.Attribute):
        return value.attr
    return value.slice.value if isinstance(value.slice, ast.Constant) else None


def _before(function: Function | None, call: ast.Call) -> dict[str, ast.expr]:
    """The last values of the function's names above the call."""
    if function is None:
        return {}
    statements = [one for one in ast.walk(function) if isinstance(one, ast.Assign) and one.lineno < call.lineno]
    return dict(_assigned(sorted(statements, key=lambda one: one.lineno)))


def _assigned(statements: list[ast.stmt] | list[ast.Assign]) -> Iterator[tuple[str, ast.expr]]:
    for statement in statements:
        targets = statement.targets if isinstance(statement, ast.Assign) else [getattr(statement, "target", None)]
        value = getattr(statement, "value", None)
        for target in targets:
            if isinstance(target, ast.Name) and value is not None:
                yield target.id, value
            elif isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple):
                yield from ((getattr(one, "id", ""), part) for one, part in zip(target.elts, value.elts, strict=True))
            elif isinstance(target, ast.Tuple) and isinstance(value, ast.Call):
                yield from ((getattr(one, "id", ""), value) for one in target.elts)


def _elements(value: ast.expr) -> list[ast.expr]:
    return value.elts if isinstance(value, ast.Tuple) else [value]


if __name__ == "__main__":
    (ROOT / "deploy" / "refusals.md").write_text(document())
