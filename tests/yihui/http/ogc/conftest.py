"""One site for all tests of /ogc: they only read."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from fastapi.testclient import TestClient

from tests.yihui.http.conftest import NOW, STATIONS, import_into
from tests.yihui.http.ogc.asking import Get
from yihui.bootstrap import Settings, build_wiring
from yihui.http.app import create_app
from yihui.http.guard.serving import ServingOptions
from yihui.runtime.audiences import Audience

GIS = ServingOptions(chosen=frozenset({Audience.GIS}))


@pytest.fixture(scope="session")
def get(demo_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Get]:
    database = tmp_path_factory.mktemp("ogc") / "yihui.db"
    wiring = build_wiring(Settings(database=str(database), data_folder=demo_data), now=lambda: NOW)
    import_into(wiring, STATIONS)
    site = TestClient(create_app(wiring, GIS))

    def ask(address: str, /, accept: str = "application/json", **params: object) -> httpx.Response:
        path = address if address.startswith(("http", "/")) else f"/ogc/{address}"
        return site.get(path, params=params or None, headers={"Accept": accept, "Accept-Language": "zh"})

    yield ask
    wiring.database.close()
