"""What the doctor says of the built streets: whole, of another version, or none."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.street_town import Extract, build_only
from tests.township_town import add_townships
from tests.yihui.commands import Command
from yihui.bootstrap import Settings, build_wiring
from yihui.runtime.health import run_health_checks
from yihui.runtime.health.check_result import HealthCheckResult


@pytest.fixture
def streets(tmp_path: Path, yihui: Command) -> Path:
    folder = tmp_path / "the streets"
    extract = add_townships(Extract()).write(tmp_path / "town.osm.pbf")
    assert yihui("streets", "build", extract, "--to", folder, *build_only("townships")).code == 0
    return folder


def check_streets(tmp_path: Path, folder: Path | None) -> HealthCheckResult:
    return next(check for check in _iter_checks(tmp_path, folder) if check.id == "streets")


def _iter_checks(tmp_path: Path, folder: Path | None) -> Iterator[HealthCheckResult]:
    wiring = build_wiring(
        Settings(database=str(tmp_path / "y.db"), data_folder=tmp_path, language="en", streets=folder)
    )
    yield from run_health_checks(wiring)
    wiring.close()


def test_streets_that_were_just_built_are_sound(tmp_path: Path, streets: Path) -> None:
    found = check_streets(tmp_path, streets)
    assert (found.state, found.detail, found.remedy) == ("ok", "townships", "")


def test_parts_of_another_version_are_named_with_the_command(tmp_path: Path, streets: Path) -> None:
    record = streets / "streets.json"
    content = json.loads(record.read_text("utf-8"))
    content["parts"]["townships"]["form"] -= 1
    record.write_text(json.dumps(content), encoding="utf-8")
    found = check_streets(tmp_path, streets)
    assert (found.state, found.detail) == ("broken", "built by another version: townships")
    assert found.remedy.endswith(f"yihui streets build FILE.osm.pbf --to '{streets}'")


def test_a_folder_without_streets_is_broken_and_none_is_allowed(tmp_path: Path) -> None:
    assert check_streets(tmp_path, tmp_path / "nothing").state == "broken"
    assert check_streets(tmp_path, None).state == "missing"
