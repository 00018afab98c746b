"""Another distribution with packages of our names is named, with the way out; nobody reads a defect."""

import os
import subprocess
import sys
from pathlib import Path

from yihui.runtime.installation import PACKAGES, describe_foreign_packages, describe_shared_packages

ROOT = Path(__file__).parents[3]


def test_our_own_packages_are_no_foreign_ones() -> None:
    assert describe_foreign_packages() == ""
    assert describe_shared_packages([str(ROOT)]) == ""


def test_a_foreign_package_that_would_be_imported_first_is_named(tmp_path: Path) -> None:
    name = "events"
    (tmp_path / name).mkdir()
    (tmp_path / name / "__init__.py").write_text("")
    environ = {**os.environ, "PYTHONPATH": os.pathsep.join([str(tmp_path), str(ROOT)])}
    command = [sys.executable, "-c", "from yihui.__main__ import main; main()", "--version"]
    done = subprocess.run(command, cwd=tmp_path, env=environ, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (3, "")
    assert f"{name} 来自 {tmp_path / name}" in done.stderr
    assert "pipx" in done.stderr and "Traceback" not in done.stderr


def test_a_folder_without_an_init_file_that_hides_no_package_is_none(tmp_path: Path) -> None:
    (tmp_path / "events").mkdir()  # a folder of data beside a script
    assert describe_foreign_packages([str(tmp_path), str(ROOT)]) == ""


def test_a_distribution_that_wrote_into_our_packages_is_named(tmp_path: Path) -> None:
    for name, files in {
        "eventlib": ["events/__init__.py"],
        "yihui": ["events/__init__.py"],
        "other": ["x.py"],
    }.items():
        info = tmp_path / f"{name}-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        (info / "RECORD").write_text("".join(f"{file},,\n" for file in files))
    told = describe_shared_packages([str(tmp_path)])
    assert "events 来自 eventlib" in told and "other" not in told


def test_the_list_of_packages_is_that_of_the_wheel() -> None:
    import tomllib

    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    assert list(PACKAGES) == project["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]
