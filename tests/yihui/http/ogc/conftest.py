"""One site for all tests of /ogc: they only read."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.yihui.http.conftest import NOW, STATIONS, import_into
from tests.yihui.http.ogc.asking import Get, asking
from yihui.bootstrap import Settings, build_wiring


@pytest.fixture(scope="session")
def get(demo_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Get]:
    database = tmp_path_factory.mktemp("ogc") / "yihui.db"
    wiring = build_wiring(Settings(database=str(database), data_folder=demo_data), now=lambda: NOW)
    import_into(wiring, STATIONS)
    yield asking(wiring)
    wiring.database.close()
