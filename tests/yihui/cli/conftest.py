"""What tests of commands share: a register in a database, the command line over it, a county with members."""

from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

from geo.registry.diff import Register
from geo.registry.stations import import_stations
from geo.station import Station
from tests.members.organisations.acting import event_of
from tests.yihui.commands import Command, commands_through, copy_folder
from tests.yihui.planted_town import town, town_database  # noqa: F401
from yihui.bootstrap import Settings, build_wiring


def write_register(folder: Path, data_folder: Path, *stations: Station) -> Path:
    """Write a database with a register of these stations; return its path."""
    path = folder / "yihui.db"
    wiring = build_wiring(Settings(database=str(path), data_folder=data_folder))
    with wiring.database.write() as connection:
        import_stations(connection, Register("r", "示例名册", "r.csv", "1"), stations, wiring.now())
    wiring.close()
    return path


Now = Callable[[str], None]


@pytest.fixture
def now(monkeypatch: pytest.MonkeyPatch) -> Now:
    """Says on which day the next commands are typed, at ten."""
    return lambda day: monkeypatch.setenv("YIHUI_NOW", f"{day}T10:00:00+08:00")


def run_events(command: Command, folder: Path, lines: Iterable[str], code: int = 0) -> Path:
    """Let `yihui run` handle events; return their file."""
    file = folder / "events.jsonl"
    file.write_text("\n".join(lines) + "\n", "utf-8")
    assert command("run", file).code == code
    return file


@pytest.fixture
def register_file(tmp_path: Path) -> Path:
    """The test's own, where its file makes none for all of its tests."""
    return tmp_path / "yihui.db"


@pytest.fixture
def on_register(
    register_file: Path,
    data_folder: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> Command:
    """Runs a command on the file's own database, and on the data folder that all tests share with its outlines."""
    monkeypatch.setenv("YIHUI_DATA_FOLDER", str(data_folder))
    monkeypatch.setenv("YIHUI_DATABASE_URL", str(register_file))
    return commands_through(capsys)


@pytest.fixture
def prepared(yihui: Command, built: Path, tmp_path: Path) -> Command:
    """Runs a command on a copy of the folder that the file's `built` made once."""
    copy_folder(built, tmp_path)
    return yihui


@pytest.fixture
def county(yihui: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Command:
    """A county's union with two members."""
    monkeypatch.setenv("YIHUI_DATABASE_URL", str(tmp_path / "yihui.db"))
    found = ("organisations", "found", "--code", "370102", "--name", "历下区总工会", "--on", "2010-01-01")
    assert yihui(*found, "--as", "li.min").code == 0
    events = [
        event_of("member.imported", member, "2020-01-01", organisation="370102", joined_on="2020-01-01")
        for member in ("m-1", "m-2")
    ]
    run_events(yihui, tmp_path, [one.event.text for one in events])
    return yihui
