"""Choose small mutations of product code by a seed: ``python -m tools.mutants.sample 60 > build/sample.json``.

A mutation replaces one expression of a function's body by another. It is described by the function, the text of
the expression and its number among equal texts of that function, so that it still fits when lines move.
"""

import ast
import json
import random
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
LEDGER_ROOMS = ("benefits", "events", "rules", "members", "store")
OTHER_ROOMS = ("geo", "core", "maps", "yihui")
LEDGER_SHARE = 35 / 60

_COMPARISONS: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
}
_OPERATORS: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.FloorDiv,
    ast.FloorDiv: ast.Mult,
}


@dataclass(frozen=True, slots=True)
class Mutant:
    """One expression of a function and what stands in its place."""

    id: str
    file: str
    function: str
    before: str
    nth: int
    after: str
    kind: str


def mutants_of(file: str, text: str) -> Iterator[Mutant]:
    """Yield every mutation that this module knows for a file."""
    for qualified, function in functions_of(ast.parse(text)):
        counted: dict[str, int] = {}
        for node in _expressions(function):
            before = ast.get_source_segment(text, node) or ""
            nth = counted.get(before, 0)
            counted[before] = nth + 1
            for kind, changed in _changes(node, _is_statement(function, node)):
                after = ast.unparse(changed)
                yield Mutant("", file, qualified, before, nth, after, kind)


def functions_of(
    tree: ast.AST, outer: str = ""
) -> Iterator[tuple[str, ast.FunctionDef | ast.AsyncFunctionDef]]:
    """Yield the functions of a module and of its classes with their qualified names; those inside others are part of them."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield outer + node.name, node
        elif isinstance(node, ast.ClassDef):
            yield from functions_of(node, f"{outer}{node.name}.")


def expressions_of(function: ast.AST, text: str, wanted: str) -> list[ast.expr]:
    """Return the expressions of a function whose text is ``wanted``, in their order."""
    return [node for node in _expressions(function) if ast.get_source_segment(text, node) == wanted]


def _expressions(function: ast.AST) -> Iterator[ast.expr]:
    """Yield the expressions of the body: no default values, no annotations, no decorators, no parts of f-strings."""
    assert isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef)
    waiting: list[ast.AST] = list(reversed(function.body))
    while waiting:
        node = waiting.pop()
        if isinstance(
            node, ast.JoinedStr | ast.TemplateStr if hasattr(ast, "TemplateStr") else ast.JoinedStr
        ):
            continue
        if isinstance(node, ast.expr):
            yield node
        skipped: list[ast.AST] = [node.annotation] if isinstance(node, ast.AnnAssign) else []
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            waiting += reversed(node.body)
            continue
        if isinstance(node, ast.Match):
            skipped += [case.pattern for case in node.cases]
        waiting += [child for child in reversed(list(ast.iter_child_nodes(node))) if child not in skipped]


def _is_statement(function: ast.AST, node: ast.expr) -> bool:
    return any(isinstance(one, ast.Expr) and one.value is node for one in ast.walk(function))


def _changes(node: ast.expr, is_statement: bool) -> Iterator[tuple[str, ast.expr]]:
    if isinstance(node, ast.Compare) and len(node.ops) == 1 and type(node.ops[0]) in _COMPARISONS:
        other = _COMPARISONS[type(node.ops[0])]()
        yield "comparison", ast.Compare(node.left, [other], node.comparators)
    elif isinstance(node, ast.BoolOp):
        yield "condition", ast.BoolOp(ast.Or() if isinstance(node.op, ast.And) else ast.And(), node.values)
        yield "condition", ast.BoolOp(node.op, node.values[:-1]) if len(node.values) > 2 else node.values[0]
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        yield "condition", node.operand
    elif isinstance(node, ast.IfExp):
        yield "condition", ast.IfExp(node.test, node.orelse, node.body)
    elif isinstance(node, ast.BinOp) and type(node.op) in _OPERATORS and not _is_text(node):
        yield "arithmetic", ast.BinOp(node.left, _OPERATORS[type(node.op)](), node.right)
    elif isinstance(node, ast.Constant) and type(node.value) is int:
        yield "constant", ast.Constant(node.value + 1)
    elif isinstance(node, ast.Constant) and type(node.value) is bool:
        yield "constant", ast.Constant(not node.value)
    elif isinstance(node, ast.Call):
        if is_statement:
            yield "removed call", ast.Constant(None)
        if len(node.args) >= 2 and not any(isinstance(one, ast.Starred) for one in node.args):
            first, second, *rest = node.args
            if ast.dump(first) != ast.dump(second):
                yield "swapped arguments", ast.Call(node.func, [second, first, *rest], node.keywords)


def _is_text(node: ast.BinOp) -> bool:
    return any(
        isinstance(one, ast.JoinedStr) or (isinstance(one, ast.Constant) and isinstance(one.value, str))
        for one in (node.left, node.right)
    )


def choose(number: int, seed: int, root: Path = ROOT) -> list[Mutant]:
    """Return so many mutations: as many of each kind as can be, the files chosen by their lines."""
    chance = random.Random(seed)
    ledger = round(number * LEDGER_SHARE)
    chosen = [
        *_choose_from(LEDGER_ROOMS, ledger, chance, root),
        *_choose_from(OTHER_ROOMS, number - ledger, chance, root),
    ]
    return [
        Mutant(f"m{n:03}", *(value for name, value in asdict(one).items() if name != "id"))
        for n, one in enumerate(chosen, 1)
    ]


def _choose_from(rooms: tuple[str, ...], number: int, chance: random.Random, root: Path) -> list[Mutant]:
    listed = subprocess.run(["git", "ls-files", *rooms], cwd=root, capture_output=True, text=True, check=True)
    files = [
        file
        for file in listed.stdout.splitlines()
        if file.endswith(".py") and "/migrations/" not in file and not file.endswith("__init__.py")
    ]
    known = {file: (root / file).read_text("utf-8") for file in files}
    weights = [text.count("\n") for text in known.values()]
    found: list[Mutant] = []
    kinds = ["comparison", "condition", "constant", "arithmetic", "removed call", "swapped arguments"]
    while len(found) < number:
        file = chance.choices(files, weights)[0]
        kind = kinds[len(found) % len(kinds)]
        fitting = [one for one in mutants_of(file, known[file]) if one.kind == kind]
        if fitting and file not in {one.file for one in found}:
            found.append(chance.choice(fitting))
    return found


def main(number: int, seed: int) -> None:
    """Print the sample as JSON."""
    chosen = [asdict(one) for one in choose(number, seed)]
    sys.stdout.write(json.dumps(chosen, ensure_ascii=False, indent=1) + "\n")


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 38)
