"""Riders' pages, benefits and the rest of the core work without the extras; the others name the extra they need.

What each kind of command may load: each library that it doesn't need is a wait at every start.
"""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.yihui.officer_commands import GOOD
from tools.servers.sending import Sender
from yihui.runtime.installation import find_missing_extra

ROOT = Path(__file__).parents[2]


def run_lean(folder: Path, *commands: Sequence[str]) -> list[tuple[int, str]]:
    """Run commands one after another in one process; return each one's exit code and errors."""
    env = {**os.environ, "YIHUI_DATA_FOLDER": str(folder), "YIHUI_NOW": "2026-10-03T23:10+08:00"}
    env |= {"YIHUI_LANG": "en", "YIHUI_DATABASE_URL": str(folder / "yihui.db")}
    (folder / ".yihui-demo").touch()
    command = [sys.executable, "-m", "tests.yihui.lean_start"]
    typed = "".join(json.dumps(words) + "\n" for words in commands)
    done = subprocess.run(
        command, cwd=ROOT, env=env, input=typed, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return [tuple(json.loads(line)) for line in done.stdout.splitlines()]


def test_places_and_pages_of_riders_need_no_extra(tmp_path: Path) -> None:
    (tmp_path / "stations.csv").write_text(GOOD, encoding="utf-8")
    *done, (refused, paths) = run_lean(
        tmp_path,
        ("stations", "import", str(tmp_path / "stations.csv"), "--datum", "wgs84"),
        ("stations", "nearest", "117.02", "36.67", "--datum", "wgs84"),
        ("stations", "check"),
        ("stations", "export", str(tmp_path / "out.geojson")),
        ("stations", "export", str(tmp_path / "out.xlsx")),
        ("GET", "/", "/?lon=117.02&lat=36.67", "/map/base.json", "/healthz"),
    )
    assert [code for code, _ in done] == [0] * 5, done
    assert [err for _, err in done if "not installed" in err] == []
    assert refused == 0, paths


def test_benefits_need_no_extra(tmp_path: Path, migrated_file: Path) -> None:
    shutil.copy(migrated_file, tmp_path / "yihui.db")
    send = Sender()
    events = tmp_path / "events.jsonl"
    events.write_text(send.joined("m-1") + "\n" + send.birthday("m-1") + "\n", encoding="utf-8")
    *done, doctor = run_lean(
        tmp_path,
        ("run", str(events)),
        ("benefits", "list", "--member", "m-1"),
        ("members", "export", "m-1", "--reason", "her own wish", "--to", str(tmp_path / "m-1.json")),
        ("report", "benefits"),
        ("ledger", "verify"),
        ("doctor",),
    )
    assert [code for code, _ in done] == [0] * 5, done
    assert [err for _, err in (*done, doctor) if "not installed" in err] == []


@pytest.mark.endure
def test_what_needs_an_extra_names_it(tmp_path: Path) -> None:
    (tmp_path / "stations.csv").write_text(GOOD, encoding="utf-8")
    _, *refused = run_lean(
        tmp_path,
        ("stations", "import", str(tmp_path / "stations.csv"), "--datum", "wgs84"),
        ("stations", "export", "out.parquet"),
        ("plan", "coverage"),
    )
    for code, err in refused:
        assert code == 3 and "yihui[gis]" in err


def test_a_module_that_no_extra_brings_is_a_defect_and_not_a_missing_part() -> None:
    assert (
        find_missing_extra(ModuleNotFoundError("No module named 'geo.nothing'", name="geo.nothing")) is None
    )
    assert find_missing_extra(ModuleNotFoundError("", name="hypothesis")) is None
    assert find_missing_extra(ModuleNotFoundError("", name="weasyprint.urls")) == ("weasyprint", "report")
    assert find_missing_extra(ModuleNotFoundError("", name="highspy")) == ("highspy", "plan")


_RUN = """
import io, json, sys
told, sys.stdout = sys.stdout, io.StringIO()
from yihui.cli import run_command_line
code = run_command_line(sys.argv[1:], "en")
json.dump([code, sorted(sys.modules)], told)
"""
GEOMETRY = {"numpy", "scipy", "pyproj", "shapely", "pandas", "geopandas"}
STORES = {"sqlalchemy", "psycopg", "rules", "geo", "members", "benefits", "events", "store"}
EVERY_DIALECT_AND_COUNTRY = {"sqlalchemy.dialects.postgresql", "holidays.countries"}
SERVERS = EVERY_DIALECT_AND_COUNTRY | {"fastapi", "starlette", "kafka", "faust", "weasyprint"}


@pytest.mark.parametrize(
    ("arguments", "forbidden"),
    [
        (("--version",), STORES | GEOMETRY | SERVERS | {"pydantic"}),
        (("--help",), STORES | GEOMETRY | SERVERS | {"pydantic"}),
        (("plan", "--help"), STORES - {"geo"} | GEOMETRY | SERVERS | {"pydantic"}),
        (("hotline", "list"), GEOMETRY | SERVERS | {"events", "rules", "geo.station"}),
        (("benefits", "list", "--member", "nobody"), GEOMETRY | SERVERS | {"events"}),
        (("ledger", "balances"), GEOMETRY | SERVERS | {"events", "rules", "geo"}),
        (("payout", "list"), GEOMETRY | SERVERS | {"rules", "yaml"}),
        (("doctor",), GEOMETRY | SERVERS | {"alembic"}),
        (("stations", "nearest", "117", "36", "--datum", "wgs84"), SERVERS | {"pandas", "geopandas", "shapely", "rules"}),
    ],
)  # fmt: skip
def test_a_command_loads_no_library_that_it_does_not_need(
    arguments: tuple[str, ...], forbidden: set[str], migrated_file: Path, tmp_path: Path
) -> None:
    shutil.copy(migrated_file, tmp_path / "yihui.db")
    environ = {**os.environ, "YIHUI_DATA_FOLDER": str(tmp_path)}
    command = [sys.executable, "-c", _RUN, *arguments]
    done = subprocess.run(command, env=environ, capture_output=True, text=True, check=True)
    code, loaded = json.loads(done.stdout)
    assert code in (0, 1) or arguments == ("doctor",), done.stderr
    assert not [name for name in loaded if any(f"{name}.".startswith(f"{part}.") for part in forbidden)]
