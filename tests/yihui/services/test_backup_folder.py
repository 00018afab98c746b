"""Which backups of a folder are kept, and what upkeep does with folders of work."""

import os
import signal
import stat
import subprocess
import sys
import time
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.civil_time import civil_date
from yihui.bootstrap import Settings, Wiring, build_wiring
from yihui.operations.uploads import delete_left_folders, open_work_folder
from yihui.services.operation.backup_folder import (
    Retention,
    choose_kept,
    delete_old_backups,
    find_newest_backup,
)
from yihui.services.operation.upkeep import delete_left_files

INSTANTS = st.lists(
    st.integers(0, 900 * 24).map(lambda hours: datetime(2025, 1, 1, tzinfo=UTC) + timedelta(hours=hours)),
    max_size=60,
    unique=True,
)
COUNTS = st.integers(0, 9)


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def _is_kept(instant: datetime, every: list[datetime], retention: Retention) -> bool:
    """Slowly: it is the newest of all, or the last of one of the newest periods that have any."""
    for count, begin_of in (
        (retention.daily, lambda day: day),
        (retention.weekly, _monday),
        (retention.monthly, lambda day: day.replace(day=1)),
    ):
        ours = begin_of(civil_date(instant))
        later = {begin_of(civil_date(other)) for other in every if begin_of(civil_date(other)) > ours}
        same = [other for other in every if begin_of(civil_date(other)) == ours]
        if instant == max(same) and len(later) < count:
            return True
    return instant == max(every)


@given(INSTANTS, COUNTS, COUNTS, COUNTS)
def test_the_last_of_each_period_is_kept(every: list[datetime], days: int, weeks: int, months: int) -> None:
    retention = Retention(days, weeks, months)
    assert choose_kept(every, retention) == {one for one in every if _is_kept(one, every, retention)}


def test_other_files_of_the_folder_stay(tmp_path: Path) -> None:
    ours = ["yihui-20260101T000000Z.yihui", "yihui-20260102T000000Z.yihui"]
    beside = [f"{ours[0]}.heads.json", f"{ours[0]}.attachments"]
    others = ["monday.yihui", "yihui-2026.yihui", "yihui-20260101T000000Z.yihui.txt", "notes"]
    for name in (*ours, *beside, *others):
        (tmp_path / name).touch()
    assert [path.name for path in delete_old_backups(tmp_path, Retention(1, 0, 0))] == [ours[0]]
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([ours[1], *others])
    assert find_newest_backup(tmp_path) == tmp_path / ours[1]


def test_what_was_just_written_stays_also_after_the_clock_was_set_back(tmp_path: Path) -> None:
    later = [tmp_path / f"yihui-2030010{day}T000000Z.yihui" for day in range(1, 6)]
    written = tmp_path / "yihui-20260101T000000Z.yihui"
    for path in (*later, written):
        path.touch()
    assert delete_old_backups(tmp_path, Retention(2, 0, 0), keep=written) == later[:3]
    assert written.exists()


def test_a_folder_without_backups_has_no_newest_one(tmp_path: Path) -> None:
    assert find_newest_backup(tmp_path) is None
    assert delete_old_backups(tmp_path, Retention(0, 0, 0)) == []


# A process that is in the middle of an act: it says so, and waits to be killed.
IN_THE_ACT = """
import sys
from pathlib import Path
from yihui.bootstrap import Settings, build_wiring
from yihui.operations.uploads import open_work_folder
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
