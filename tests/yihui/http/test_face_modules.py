"""A site imports the modules of its faces, and no others."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.yihui.http.conftest import NOW, STATIONS, import_into
from yihui.bootstrap import Settings, build_wiring
from yihui.http.face_routes import BODY_LIMITS, ROUTERS, iter_routers, load_body_limits
from yihui.runtime.audiences import ALL_AUDIENCES, Audience

# In a fresh interpreter: the worker's modules and the app of some faces; then the pages that are asked for.
SITE = """
import json, sys
from pathlib import Path
from fastapi.testclient import TestClient
import yihui.http.worker_process
from yihui.bootstrap import Settings, build_wiring
from yihui.http.app import create_app
from yihui.http.guard.serving import ServingOptions

folder, faces = Path(sys.argv[1]), sys.argv[2]
options = ServingOptions.parse("", "", faces=faces)
wiring = build_wiring(Settings(str(folder / "yihui.db"), folder, audiences=options.audiences))
client = TestClient(create_app(wiring, options), base_url="http://127.0.0.1")
found = [client.get(path).status_code for path in sys.argv[3:]]
print(json.dumps([found, sorted(sys.modules)]))
"""
ASKED = (
    "/",
    "/api/v1/stations/nearest?lon=117&lat=36.6&datum=wgs84",
    "/api/v1/places/search?q=%E6%B3%89%E5%9F%8E",
    "/api/v1/stations/within?bbox=117.0,36.6,117.1,36.7",
    "/api/v1/stations/quancheng",
    "/api/v1/stations/along?lon=117&lat=36.6&to_lon=117.1&to_lat=36.7&datum=wgs84",
)
NEVER = {
    "argon2", "authlib", "folium", "geopandas", "highspy", "joserfc", "kafka", "matplotlib", "openpyxl", "pandas",
    "pyarrow", "pygeoapi", "pyogrio", "pyotp", "pypdfium2", "pypinyin", "scipy", "segno", "typer",
    "weasyprint", "xlsxwriter", "geo.coverage.areas", "geo.gaps", "geo.siting", "yihui.cli", "yihui.http.cards",
    "yihui.http.hardship", "yihui.http.hotline", "yihui.http.login.login", "yihui.http.ogc",
    "yihui.http.vouchers", "yihui.planning.analysis", "yihui.services.applications",
    "yihui.services.desk", "yihui.services.hardship", "yihui.services.money", "yihui.services.mutual_aid",
}  # fmt: skip
MEMBERS_AND_DESK = {"yihui.http.desk.router", "yihui.http.me.router"}


def modules_of(folder: Path, faces: str, *paths: str) -> set[str]:
    command = [sys.executable, "-c", SITE, str(folder), faces, *paths]
    ran = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120)
    statuses, modules = json.loads(ran.stdout)
    assert statuses == [200] * len(paths)
    return set(modules)


def test_a_riders_site_imports_nothing_of_other_faces(tmp_path: Path) -> None:
    wiring = build_wiring(Settings(str(tmp_path / "yihui.db"), tmp_path), now=lambda: NOW)
    import_into(wiring, STATIONS)
    wiring.database.close()
    assert modules_of(tmp_path, "riders", *ASKED) & (NEVER | MEMBERS_AND_DESK) == set()


@pytest.mark.endure
@pytest.mark.parametrize(("faces", "there"), [("members", "me"), ("desk", "desk")])
def test_another_site_imports_its_own_face(tmp_path: Path, faces: str, there: str) -> None:
    assert modules_of(tmp_path, faces) & MEMBERS_AND_DESK == {f"yihui.http.{there}.router"}


def test_the_supervisor_imports_no_module_of_the_site(tmp_path: Path) -> None:
    """What it held would be held twice, beside the worker."""
    listing = "import sys, granian, yihui.http.supervisor; print(*sys.modules)"
    command = [sys.executable, "-P", "-c", listing]
    loaded = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout.split()
    ours = {name for name in loaded if name.partition(".")[0] in ("yihui", "core", "geo", "store")}
    assert ours == {"yihui", "yihui.http", "yihui.http.supervisor"}
    assert {"numpy", "sqlalchemy", "fastapi", "pydantic"} & set(loaded) == set()


def test_every_router_and_limit_of_the_table_is_there() -> None:
    assert len(list(iter_routers(ALL_AUDIENCES))) == len(ROUTERS)
    limits = load_body_limits(ALL_AUDIENCES)
    assert limits.keys() == BODY_LIMITS.keys()
    assert min(limits.values()) > 256 << 10
    assert load_body_limits({Audience.RIDERS}) == {}
