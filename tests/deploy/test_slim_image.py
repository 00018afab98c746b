"""The image lacks only what no process of ours uses."""

import json
import re
import shutil
import subprocess
import sys
from importlib.metadata import distribution
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

import pytest

from tests.front import ROOT

SCRIPT = ROOT / "deploy" / "slim_image.py"


def load_script() -> Any:
    spec = spec_from_file_location("slim_image", SCRIPT)
    assert spec is not None and spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


slim_image = load_script()
BLOCKED = sorted(part.replace("/", ".") for part in slim_image.UNUSED_PARTS if part.startswith("scipy/"))
_PROLOGUE = """
import importlib, pkgutil, sys
class Blocker:
    def find_spec(self, name, path=None, target=None):
        if any(name == one or name.startswith(one + ".") for one in sys.argv[1:]):
            raise ImportError(f"not in the image: {name}")
sys.meta_path.insert(0, Blocker())
"""
_ALL_MODULES = """
for room in "core store rules geo maps members benefits events yihui".split():
    for module in pkgutil.walk_packages(importlib.import_module(room).__path__, room + "."):
        if "migrations" not in module.name and not module.name.endswith("__main__"):
            try:
                importlib.import_module(module.name)
            except ModuleNotFoundError as error:
                print("an extra is missing:", error)
"""
_WHAT_WE_CALL = """
import numpy as np
from scipy.sparse import block_array, coo_array, csr_array, eye_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree
tree = cKDTree(np.eye(3))
assert tree.query([1, 0, 0])[1] == 0 and tree.query_ball_point([1, 0, 0], 0.1) == [0]
near = tree.sparse_distance_matrix(tree, 2.0, output_type="coo_matrix")
assert connected_components(coo_array(near))[0] == 1
assert block_array([[csr_array(eye_array(3)), None], [None, near]]).sum() > 3
"""


@pytest.mark.endure
@pytest.mark.parametrize("code", [_ALL_MODULES, _WHAT_WE_CALL], ids=["all modules", "what we call of scipy"])
def test_our_modules_do_without_the_parts_that_are_taken_out(code: str) -> None:
    called = [sys.executable, "-c", _PROLOGUE + code, *BLOCKED]
    done = subprocess.run(called, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "not in the image" not in done.stdout + done.stderr


@pytest.mark.endure
def test_the_calendars_are_the_same_without_other_languages(tmp_path: Path) -> None:
    code = """
from core.calendars import Calendar, workday_table
for table in map(workday_table, Calendar):
    print(sorted(table.days_off), sorted(table.makeup_days))
"""
    there = Path(str(distribution("holidays").locate_file("holidays")))
    shutil.copytree(there, tmp_path / "holidays", ignore=shutil.ignore_patterns("__pycache__"))
    for part in slim_image.UNUSED_PARTS:
        for path in tmp_path.glob(part):
            slim_image.delete(path)
    assert len(list((tmp_path / "holidays/locale").iterdir())) < len(list((there / "locale").iterdir()))
    said = []
    for path in (tmp_path, ROOT):
        environ = {"PYTHONPATH": f"{path}:{ROOT}"}
        done = subprocess.run(
            [sys.executable, "-c", code], cwd=ROOT, env=environ, capture_output=True, text=True, check=True
        )
        said.append(done.stdout)
    assert len(said[0]) > 5_000 and said[0] == said[1]


def test_files_of_unused_packages_go_and_those_of_others_stay(tmp_path: Path) -> None:
    info = tmp_path / "var/lib/dpkg/info"
    for name, files in {
        "perl": ["usr/bin/perl", "usr/bin/both"],
        "grep": ["usr/bin/grep", "usr/bin/both"],
    }.items():
        for file in files:
            (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / file).write_text("x")
        info.mkdir(parents=True, exist_ok=True)
        (info / f"{name}.list").write_text("".join(f"/{file}\n" for file in ["usr/bin", *files]))
    status = info.parent / "status"
    status.write_text("Package: grep\nStatus: ok\n\nPackage: perl\nStatus: ok\n")
    (tmp_path / "usr/share/man").mkdir(parents=True)
    slim_image.slim_system(tmp_path)
    assert sorted(path.name for path in (tmp_path / "usr/bin").iterdir()) == ["both", "grep"]
    assert [path.name for path in info.iterdir()] == ["grep.list"]
    assert "perl" not in status.read_text() and "grep" in status.read_text()
    assert not (tmp_path / "usr/share/man").exists()
    assert slim_image.measure(tmp_path / "usr/bin") == 2


@pytest.mark.endure
def test_the_list_of_materials_in_the_image_has_every_package_that_is_installed(tmp_path: Path) -> None:
    """As `make sbom` writes it."""
    lock, to = ROOT / "requirements" / "stack.lock", tmp_path / "yihui.cdx.json"
    program = Path(sys.executable).with_name("cyclonedx-py")
    arguments = ["requirements", str(lock), "--pyproject", "pyproject.toml", "--output-file", str(to)]
    subprocess.run([str(program), *arguments], cwd=ROOT, check=True, capture_output=True)
    listed = {(one["name"], one["version"]) for one in json.loads(to.read_text("utf-8"))["components"]}
    locked = set(re.findall(r"(?m)^([\w.-]+)==([\w.]+)", lock.read_text("utf-8")))
    assert len(locked) > 50 and locked <= listed
    assert "cyclonedx-py requirements requirements/stack.lock" in (ROOT / "Makefile").read_text("utf-8")
    assert "COPY build/yihui.cdx.json" in (ROOT / "deploy" / "Containerfile").read_text("utf-8")
