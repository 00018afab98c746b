"""Riders' pages, benefits and the rest of the core work without the extras; the others name the extra they need."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.events.sending import Sender
from tests.yihui.officer_commands import GOOD
from yihui.runtime.installation import find_missing_extra

ROOT = Path(__file__).parents[2]


def run_lean(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    env = {**os.environ, "YIHUI_DATA_FOLDER": str(folder), "YIHUI_NOW": "2026-10-03T23:10+08:00"}
    env |= {"YIHUI_LANG": "en", "YIHUI_DATABASE_URL": str(folder / "yihui.db")}
    (folder / ".yihui-demo").touch()
    command = [sys.executable, "-m", "tests.yihui.lean_start", *words]
    return subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=False)


@pytest.mark.endure
def test_places_and_pages_of_riders_need_no_extra(tmp_path: Path) -> None:
    (tmp_path / "stations.csv").write_text(GOOD, encoding="utf-8")
    for words in (
        ("stations", "import", str(tmp_path / "stations.csv"), "--datum", "wgs84"),
        ("stations", "nearest", "117.02", "36.67", "--datum", "wgs84"),
        ("stations", "check"),
        ("stations", "export", str(tmp_path / "out.geojson")),
        ("stations", "export", str(tmp_path / "out.xlsx")),
    ):
        done = run_lean(tmp_path, *words)
        assert done.returncode in (0, 1), (words, done.stderr)  # 1: the check has findings
        assert "not installed" not in done.stderr
    asked = ("/", "/?lon=117.02&lat=36.67", "/map/base.json", "/healthz")
    answered = run_lean(tmp_path, "GET", *asked)
    assert answered.stdout.splitlines() == [f"200 {path}" for path in asked], answered.stderr


def test_benefits_need_no_extra(tmp_path: Path) -> None:
    send = Sender()
    events = tmp_path / "events.jsonl"
    events.write_text(send.joined("m-1") + "\n" + send.birthday("m-1") + "\n", encoding="utf-8")
    for words in (
        ("run", str(events)),
        ("benefits", "list", "--member", "m-1"),
        ("report", "benefits"),
        ("ledger", "verify"),
        ("doctor",),
    ):
        done = run_lean(tmp_path, *words)
        assert "not installed" not in done.stderr, words
        assert done.returncode == 0 or words == ("doctor",), (words, done.stderr)


@pytest.mark.endure
@pytest.mark.parametrize(
    ("words", "extra"),
    [
        (("stations", "export", "out.parquet"), "gis"),
        (("plan", "coverage"), "gis"),
    ],
)
def test_what_needs_an_extra_names_it(tmp_path: Path, words: tuple[str, ...], extra: str) -> None:
    (tmp_path / "stations.csv").write_text(GOOD, encoding="utf-8")
    run_lean(tmp_path, "stations", "import", str(tmp_path / "stations.csv"), "--datum", "wgs84")
    done = run_lean(tmp_path, *words)
    assert done.returncode == 3
    assert f"yihui[{extra}]" in done.stderr


def test_a_module_that_no_extra_brings_is_a_defect_and_not_a_missing_part() -> None:
    assert (
        find_missing_extra(ModuleNotFoundError("No module named 'geo.nothing'", name="geo.nothing")) is None
    )
    assert find_missing_extra(ModuleNotFoundError("", name="hypothesis")) is None
    assert find_missing_extra(ModuleNotFoundError("", name="matplotlib.pyplot")) == ("matplotlib", "report")
    assert find_missing_extra(ModuleNotFoundError("", name="folium")) == ("folium", "plan")
