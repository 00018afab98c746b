"""Measure the shape of the code: ``python -m tools.metrics`` prints files, sizes, names, doors and slivers.

Product code is every Python file of the rooms, of the benches and the tools; migrations, tests and catalogues are not.
"""

import ast
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median, quantiles

ROOT = Path(__file__).parents[1]
ROOMS = ("core", "store", "geo", "rules", "members", "benefits", "events", "maps", "yihui")
BESIDE = ("bench", "tools", "web/src", "hatch_build.py")
SLIVER_LINES = 40  # a module of one definition, one importer and at most so many lines

Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True, slots=True)
class Module:
    """One Python file with its syntax tree."""

    path: str
    lines: int
    tree: ast.Module

    @property
    def name(self) -> str:
        """Return the dotted name."""
        return self.path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")

    @property
    def room(self) -> str:
        """Return the top-level folder."""
        return self.path.split("/")[0]


def read_modules(root: Path) -> list[Module]:
    """Read every tracked Python module of the product; migrations are left out."""
    listed = subprocess.run(
        ["git", "ls-files", *ROOMS, *BESIDE], cwd=root, capture_output=True, text=True, check=True
    )
    found = []
    for path in listed.stdout.splitlines():
        if path.endswith(".py") and "/migrations/" not in path and (root / path).exists():
            text = (root / path).read_text("utf-8")
            found.append(Module(path, text.count("\n"), ast.parse(text)))
    return found


def functions_of(module: Module) -> Iterator[Function]:
    """Yield every function and method of a module, nested ones too."""
    return (node for node in ast.walk(module.tree) if isinstance(node, Function))


def function_lines(function: Function) -> int:
    """Count a function's lines without its decorators."""
    return (function.end_lineno or function.lineno) - function.lineno + 1


def imported_modules(module: Module, known: frozenset[str]) -> Iterator[tuple[str, int]]:
    """Yield each module of ours that a module imports, with the column of the import."""
    for node in ast.walk(module.tree):
        if isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                full = f"{node.module}.{alias.name}"
                name = full if full in known else node.module
                if name in known:
                    yield name, node.col_offset
        elif isinstance(node, ast.Import):
            yield from ((alias.name, node.col_offset) for alias in node.names if alias.name in known)


def past_the_door(modules: Sequence[Module], known: frozenset[str]) -> tuple[int, int]:
    """Count imports into another room: past its ``__init__``, and through it. ``core/`` has no door."""
    past = through = 0
    for module in modules:
        for name, _ in imported_modules(module, known):
            room = name.split(".")[0]
            if room not in (module.room, "core") and room in ROOMS:
                past, through = (past + 1, through) if "." in name else (past, through + 1)
    return past, through


def imports_within_functions(modules: Sequence[Module]) -> int:
    """Count import statements inside functions."""
    return sum(
        isinstance(node, ast.Import | ast.ImportFrom)
        for module in modules
        for function in functions_of(module)
        for node in ast.walk(function)
    )


def public_definitions(module: Module) -> list[str]:
    """Return the public functions and classes that a module defines."""
    return [
        node.name
        for node in module.tree.body
        if isinstance(node, Function | ast.ClassDef) and not node.name.startswith("_")
    ]


def slivers(modules: Sequence[Module], known: frozenset[str]) -> list[str]:
    """Return small modules of one public definition that a single module imports."""
    importers = Counter(
        name for module in modules for name in {name for name, _ in imported_modules(module, known)}
    )
    return [
        module.path
        for module in modules
        if module.lines <= SLIVER_LINES
        and len(public_definitions(module)) == 1
        and importers[module.name] == 1
        and not module.path.endswith("__init__.py")
    ]


def one_word_share(modules: Sequence[Module]) -> tuple[int, int]:
    """Count public functions and methods with a one-word name, and all of them."""
    names = [f.name for module in modules for f in functions_of(module) if not f.name.startswith("_")]
    return sum("_" not in name for name in names), len(names)


def describe_sizes(values: Sequence[int]) -> str:
    """Format a median, a ninetieth percentile and a maximum."""
    return f"median {median(values):g}, p90 {quantiles(values, n=10)[-1]:g}, longest {max(values)}"


def report_lines(modules: Sequence[Module]) -> Iterator[str]:
    """Yield the report, one figure a line."""
    known = frozenset(module.name for module in modules)
    by_room = Counter[str]()
    files = Counter[str]()
    for module in modules:
        by_room[module.room] += module.lines
        files[module.room] += 1
    for room, lines in by_room.most_common():
        yield f"{room:<12} {files[room]:>4} files {lines:>7} lines"
    yield f"{'all':<12} {len(modules):>4} files {sum(by_room.values()):>7} lines"
    sizes = [function_lines(f) for module in modules for f in functions_of(module)]
    yield f"functions: {len(sizes)}; lines: {describe_sizes(sizes)}; over 60: {sum(n > 60 for n in sizes)}"
    yield f"modules: lines: {describe_sizes([m.lines for m in modules])}"
    one, every = one_word_share(modules)
    yield f"public functions and methods: {every}, of one word: {one}"
    past, through = past_the_door(modules, known)
    yield f"imports into another room: past its door {past}, through it {through}"
    yield f"imports within functions: {imports_within_functions(modules)}"
    small = slivers(modules, known)
    yield f"slivers: {len(small)}"
    yield from (f"  {path}" for path in small)


def main() -> None:
    """Print the report."""
    for line in report_lines(read_modules(ROOT)):
        sys.stdout.write(f"{line}\n")


if __name__ == "__main__":
    main()
