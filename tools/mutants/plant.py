"""Plant mutations into a copy of the tree, each behind a switch: ``python -m tools.mutants.plant SAMPLE TREE``."""

import ast
import json
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

from tools.mutants.sample import Mutant, expressions_of, functions_of

PROBE = "yihui_mutant_probe"


def read_sample(path: Path) -> list[Mutant]:
    """Read mutations as ``sample`` writes them."""
    return [Mutant(**entry) for entry in json.loads(path.read_text("utf-8"))]


def plant(mutants: Sequence[Mutant], tree: Path) -> list[str]:
    """Plant all; return the ids of those whose expression is no longer there.

    The switch makes one tree serve all mutations, side by side: `probe.is_on` reads the environment.
    """
    shutil.copy(Path(__file__).with_name("probe.py"), tree / f"{PROBE}.py")
    return [one.id for one in mutants if not _plant_one(one, tree / one.file)]


def _plant_one(mutant: Mutant, path: Path) -> bool:
    if not path.exists():
        return False
    text = path.read_text("utf-8")
    functions = dict(functions_of(ast.parse(text)))
    if mutant.function not in functions:
        return False
    matches = expressions_of(functions[mutant.function], text, mutant.before)
    if len(matches) <= mutant.nth:
        return False
    start, end = _span(text, matches[mutant.nth])
    raw = text.encode("utf-8")
    switch = f'(({mutant.after}) if __import__("{PROBE}").is_on("{mutant.id}") else ({mutant.before}))'
    path.write_bytes(raw[:start] + switch.encode("utf-8") + raw[end:])
    ast.parse(path.read_text("utf-8"))
    return True


def _span(text: str, node: ast.expr) -> tuple[int, int]:
    """Return where an expression begins and ends, in bytes of UTF-8."""
    starts = [0]
    for line in text.splitlines(keepends=True):
        starts.append(starts[-1] + len(line.encode("utf-8")))
    assert node.end_lineno is not None
    assert node.end_col_offset is not None
    return starts[node.lineno - 1] + node.col_offset, starts[node.end_lineno - 1] + node.end_col_offset


if __name__ == "__main__":
    missing = plant(read_sample(Path(sys.argv[1])), Path(sys.argv[2]))
    sys.stdout.write(f"no longer there: {', '.join(missing) or 'none'}\n")
