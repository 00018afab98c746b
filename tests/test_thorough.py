"""The list of tests that `make test` leaves to `make test-all` names tests that there are."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
LINES = (ROOT / "tests" / "thorough.txt").read_text("utf-8").splitlines()
LISTED = [line.split()[0] for line in LINES]


@pytest.mark.parametrize("file", sorted({name.partition("::")[0] for name in LISTED}))
def test_every_listed_test_exists(file: str) -> None:
    tree = ast.parse((ROOT / file).read_text("utf-8"))
    defined = {
        node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }
    assigned = {ast.unparse(node.targets[0]) for node in ast.walk(tree) if isinstance(node, ast.Assign)}
    listed = {tuple(name.split("::")[1:]) for name in LISTED if name.startswith(f"{file}::")}
    assert {names for names in listed if not {names[0]} & (defined | assigned)} == set()


def test_the_list_is_sorted_and_names_nothing_twice() -> None:
    assert sorted(set(LISTED)) == LISTED
