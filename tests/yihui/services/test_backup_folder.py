"""Which backups of a folder are kept, against a slow search of the same sentence."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from core.civil_time import civil_date
from yihui.services.operation.backup_folder import (
    Retention,
    choose_kept,
    delete_old_backups,
    find_newest_backup,
)

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
