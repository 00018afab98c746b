"""What tests of the command line stand on."""

import contextlib
import io
import shutil
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from geo.datum import Datum
from tests.yihui.commands import NOW, Command, commands_through
from tests.yihui.demo_folder import mark_demo
from tests.yihui.officer_commands import GOOD, Desk
from yihui.bootstrap import build_wiring, load_settings
from yihui.cli.station_import import StationImportOrder, import_register_file
from yihui.runtime.demo_marker import DEMO_MARKER_FILE
from yihui.services.stations.station_import import RegisterRequest

# A site answers to the names of its own machine; Starlette's client asks for “testserver” if no name is given.
_, *_rest = TestClient.__init__.__defaults__ or ()
TestClient.__init__.__defaults__ = ("http://127.0.0.1", *_rest)


@pytest.fixture
def yihui(
    data_folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Command:
    """Runs a command on a database of its own."""
    monkeypatch.setenv("YIHUI_DATA_FOLDER", str(tmp_path))
    monkeypatch.setenv("YIHUI_NOW", NOW)
    (tmp_path / DEMO_MARKER_FILE).touch()  # the clock may be stopped
    monkeypatch.delenv("YIHUI_DATABASE_URL", raising=False)
    return commands_through(capsys)


@pytest.fixture(scope="session")
def data_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The user's data folder: a demo's, with nothing else in it."""
    return mark_demo(tmp_path_factory.mktemp("data"))


@pytest.fixture(scope="session")
def demo_data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data folder of a demo, whose own user may do everything on this machine; nothing else is in it."""
    folder = tmp_path_factory.mktemp("demo_data")
    (folder / DEMO_MARKER_FILE).touch()
    return folder


@pytest.fixture
def desk(
    data_folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Desk:
    monkeypatch.setenv("YIHUI_DATA_FOLDER", str(data_folder))
    monkeypatch.delenv("YIHUI_DATABASE_URL", raising=False)
    (data_folder / DEMO_MARKER_FILE).touch()  # --as may name anybody
    return Desk(tmp_path, tmp_path / "yihui.db", capsys)


@pytest.fixture(scope="session")
def filled_database(data_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database into which GOOD was imported, to be copied."""
    folder = tmp_path_factory.mktemp("filled")
    database, file = folder / "yihui.db", folder / "stations.csv"
    file.write_text(GOOD, encoding="utf-8")
    wiring = build_wiring(load_settings({"YIHUI_DATA_FOLDER": str(data_folder)}, str(database)))
    order = StationImportOrder(RegisterRequest(file, Datum.WGS84), False, False, False, False, None, True)
    with contextlib.redirect_stdout(io.StringIO()):
        assert import_register_file(wiring, order) == 0
    wiring.database.close()  # the last connection brings the write-ahead log in
    return database


@pytest.fixture
def filled(desk: Desk, filled_database: Path) -> Desk:
    shutil.copy(filled_database, desk.database)
    return desk
