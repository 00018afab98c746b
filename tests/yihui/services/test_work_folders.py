"""Files of an act are gone after it, and those of a killed process at the next upkeep."""

import os
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest

from yihui.bootstrap import Settings, Wiring, build_wiring
from yihui.services.operation.upkeep import delete_left_files
from yihui.services.operation.work_folders import delete_left_folders, open_work_folder

# A process that is in the middle of an act: it says so, and waits to be killed.
IN_THE_ACT = """
import sys
from pathlib import Path
from yihui.bootstrap import Settings, build_wiring
from yihui.services.operation.work_folders import open_work_folder
with open_work_folder(build_wiring(Settings(database=sys.argv[1], data_folder=Path(sys.argv[2])))) as folder:
    (folder / "payees.csv").write_text("6222 0000 0000 0000")
    print(folder, flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def wiring(tmp_path: Path) -> Wiring:
    return build_wiring(Settings(database=str(tmp_path / "yihui.db"), data_folder=tmp_path / "data"))


def test_a_folder_is_for_its_owner_and_gone_after_the_act(wiring: Wiring) -> None:
    with open_work_folder(wiring) as folder:
        (folder / "payees.csv").write_text("x")
        for one in (folder, folder.parent):
            assert stat.S_IMODE(one.stat().st_mode) == 0o700
    assert list(folder.parent.iterdir()) == []


def test_a_folder_is_gone_after_an_act_that_breaks(wiring: Wiring) -> None:
    with pytest.raises(ZeroDivisionError), open_work_folder(wiring) as folder:
        (folder / "payees.csv").write_text("x")
        raise ZeroDivisionError
    assert list(folder.parent.iterdir()) == []


@pytest.mark.endure
def test_the_files_of_a_killed_process_are_deleted_and_those_of_a_living_one_are_not(wiring: Wiring) -> None:
    settings = wiring.settings
    act = subprocess.Popen(
        [sys.executable, "-c", IN_THE_ACT, settings.database, str(settings.data_folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert act.stdout is not None and act.stdin is not None
    folder = Path(act.stdout.readline().strip())
    assert (folder / "payees.csv").is_file()
    assert delete_left_folders(wiring) == 0 and (folder / "payees.csv").is_file()
    act.send_signal(signal.SIGKILL)
    act.wait()
    act.stdin.close()
    act.stdout.close()
    assert folder.is_dir(), "a kill leaves it"
    delete_left_files(wiring)
    assert list(folder.parent.iterdir()) == []


def test_the_next_act_deletes_what_is_left_of_the_one_before(wiring: Wiring) -> None:
    left = wiring.data_folder / "work" / ("0" * 32)
    left.mkdir(0o700, parents=True)
    (left / "payees.csv").write_text("x")
    Path(f"{left}.lock").touch()
    with open_work_folder(wiring) as folder:
        assert not left.exists() and folder.is_dir()


def test_what_a_killed_backup_left_in_clear_is_deleted_once_it_is_a_day_old(wiring: Wiring) -> None:
    old, young = (wiring.data_folder / f".yihui-backup-{name}" for name in ("old", "young"))
    for folder in (old, young):
        folder.mkdir(parents=True)
        (folder / "yihui-20261003T151000Z.yihui").write_text("a database in clear")
    day_before = time.time() - 25 * 3600
    os.utime(old, (day_before, day_before))
    delete_left_files(wiring)
    assert not old.exists() and young.exists()
