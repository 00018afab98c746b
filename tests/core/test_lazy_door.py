"""The lazy doors of rooms."""

import ast
from importlib import import_module
from pathlib import Path

import pytest

import store

ROOT = Path(__file__).parents[2]
DOORS = sorted(
    path.parent.relative_to(ROOT).as_posix().replace("/", ".")
    for path in ROOT.glob("[a-z]*/**/__init__.py")
    if "build_door(__name__)" in path.read_text("utf-8")
)


@pytest.mark.parametrize("door", DOORS)
def test_a_door_gives_each_name_that_it_lists(door: str) -> None:
    package = import_module(door)
    tree = ast.parse(Path(str(package.__file__)).read_text("utf-8"))
    block = next(node for node in tree.body if isinstance(node, ast.If))
    for line in block.body:
        assert isinstance(line, ast.ImportFrom)
        home = import_module(str(line.module))
        assert [
            name.name for name in line.names if getattr(package, name.name) is not getattr(home, name.name)
        ] == []


def test_a_door_refuses_a_name_that_it_does_not_list() -> None:
    with pytest.raises(AttributeError, match="module 'store' has no attribute 'nothing'"):
        store.nothing  # noqa: B018
