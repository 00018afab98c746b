"""A folder of backups: each night's under its own name, and which of them are kept."""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

from core.civil_time import civil_date
from store import BackupRefused, BackupSummary
from store.backup_file import BACKUP_FAULTS
from yihui.bootstrap import Wiring
from yihui.files.whole_files import check_output_path
from yihui.runtime.backup_time import hold_backup_folder, note_backup
from yihui.services.operation.backup import FILES_BESIDE, back_up_database

_NAME = re.compile(r"yihui-(\d{8}T\d{6}Z)\.yihui")
_INSTANT = "%Y%m%dT%H%M%SZ"


@dataclass(frozen=True, slots=True)
class Retention:
    """Of how many days, weeks and months the last backup is kept; the newest one always is."""

    daily: int
    weekly: int
    monthly: int


@dataclass(frozen=True, slots=True)
class FolderBackup:
    """A backup in a folder, and the older files deleted after it."""

    summary: BackupSummary
    deleted: Sequence[Path]


def back_up_into_folder(
    wiring: Wiring, folder: Path, retention: Retention, *, recipients: Sequence[str]
) -> FolderBackup:
    """Write a backup that is named by this instant, and delete the older ones that needn't be kept.

    *Raises*: BackupRefused; FaultError; OSError. Then nothing is deleted.
    """
    check_output_path(folder / "yihui")
    with hold_backup_folder(wiring.data_folder, folder):
        to = folder / _build_name(wiring.now())
        written = back_up_database(wiring, to, force=False, recipients=recipients)
        note_backup(wiring.data_folder, folder)
        deleted = delete_old_backups(folder, retention, keep=to)
    return FolderBackup(written, deleted)


def find_newest_backup(folder: Path) -> Path | None:
    """Return the newest backup of a folder; None if it has none."""
    return max(_list_backups(folder), key=_instant_of, default=None)


def require_newest_backup(folder: Path) -> Path:
    """Return the newest backup of a folder. *Raises*: BackupRefused if it has none."""
    newest = find_newest_backup(folder)
    if newest is None:
        raise BackupRefused(BACKUP_FAULTS.build("empty_folder", folder=folder))
    return newest


def delete_old_backups(folder: Path, retention: Retention, keep: Path | None = None) -> list[Path]:
    """Delete the backups that needn't be kept, with the files beside them; all other files of the folder stay.

    ``keep`` stays: it was just written, perhaps after the clock was set back.
    """
    found = sorted(_list_backups(folder), key=_instant_of)
    kept = choose_kept(map(_instant_of, found), retention) | (
        {_instant_of(keep)} if keep is not None else set()
    )
    gone = [path for path in found if _instant_of(path) not in kept]
    for path in gone:
        for name_of in FILES_BESIDE:  # the backup last: by it a later run finds them
            name_of(path).unlink(missing_ok=True)
    return gone


def choose_kept(instants: Iterable[datetime], retention: Retention) -> set[datetime]:
    """Return the instants to keep: the last of each of the newest days, weeks (from Monday) and months that have any."""
    newest_first = sorted(instants, reverse=True)
    kept = set(newest_first[:1])
    periods: tuple[tuple[int, Callable[[date], tuple[int, ...]]], ...] = (
        (retention.daily, lambda day: (day.toordinal(),)),
        (retention.weekly, lambda day: tuple(day.isocalendar()[:2])),
        (retention.monthly, lambda day: (day.year, day.month)),
    )
    for count, period_of in periods:
        last_of: dict[tuple[int, ...], datetime] = {}
        for instant in newest_first:
            last_of.setdefault(period_of(civil_date(instant)), instant)
        kept.update(list(last_of.values())[:count])
    return kept


def _list_backups(folder: Path) -> list[Path]:
    return [path for path in folder.iterdir() if _NAME.fullmatch(path.name) and path.is_file()]


def _build_name(now: datetime) -> str:
    return f"yihui-{now.astimezone(UTC).strftime(_INSTANT)}.yihui"


def _instant_of(path: Path) -> datetime:
    found = _NAME.fullmatch(path.name)
    assert found is not None
    return datetime.strptime(found[1], _INSTANT).replace(tzinfo=UTC)
