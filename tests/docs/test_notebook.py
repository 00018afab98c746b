"""The notebook of the Python API runs from top to bottom without a network, and says what it says in the repository."""

import ast
import os
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

NOTEBOOK = Path(__file__).parents[2] / "docs" / "coverage.ipynb"


@pytest.fixture(scope="module")
def written() -> nbformat.NotebookNode:
    return nbformat.read(NOTEBOOK, as_version=4)


@pytest.fixture(scope="module")
def run(
    written: nbformat.NotebookNode, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[nbformat.NotebookNode]:
    """Its code, run anew in a process of its own, whose proxies lead nowhere."""
    folder = tmp_path_factory.mktemp("data")
    notebook = nbformat.v4.new_notebook(
        cells=[_bare(cell) for cell in written.cells], metadata=written.metadata
    )
    nowhere = dict.fromkeys(("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"), "http://127.0.0.1:9")
    env = {**os.environ, **nowhere, "YIHUI_DATA_FOLDER": str(folder)}
    client = NotebookClient(
        notebook, timeout=300, kernel_name="python3", resources={"metadata": {"path": str(folder)}}
    )
    with client.setup_kernel(env=env):
        for number, cell in enumerate(notebook.cells):
            client.execute_cell(cell, number)
    yield notebook


def _bare(cell: nbformat.NotebookNode) -> nbformat.NotebookNode:
    made = nbformat.v4.new_code_cell if cell.cell_type == "code" else nbformat.v4.new_markdown_cell
    return made(cell.source)


def texts(cell: nbformat.NotebookNode) -> list[str]:
    """What a cell prints and shows, but for pictures and their sizes."""
    outputs: list[dict[str, Any]] = cell.get("outputs", [])
    said = [output.get("text") or output.get("data", {}).get("text/plain", "") for output in outputs]
    return [text for text in said if "<Figure" not in text]


@pytest.mark.endure
def test_every_figure_that_it_shows_is_computed_again_and_is_the_same(
    written: nbformat.NotebookNode, run: nbformat.NotebookNode
) -> None:
    shown = [texts(cell) for cell in written.cells]
    assert [texts(cell) for cell in run.cells] == shown
    assert any("全市覆盖率" in text for cell in shown for text in cell)


def test_it_needs_nothing_but_the_installed_package(written: nbformat.NotebookNode) -> None:
    """No file of the repository, no change of the search path, and no package that the wheel leaves out."""
    code = "\n".join(cell.source for cell in written.cells if cell.cell_type == "code")
    tree = ast.parse(code)
    modules = {name.name for node in ast.walk(tree) if isinstance(node, ast.Import) for name in node.names}
    modules |= {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    wheel = tomllib.loads((NOTEBOOK.parents[1] / "pyproject.toml").read_text("utf-8"))
    ours = {*wheel["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]}
    left_out = {path.parent.name for path in NOTEBOOK.parents[1].glob("*/__init__.py")} - ours
    assert left_out >= {"tools", "tests"}
    assert not {name.partition(".")[0] for name in modules} & left_out
    assert "geo.frames" in modules
    assert not any(word in code for word in ("sys.path", "__file__", "pyproject", "../"))
