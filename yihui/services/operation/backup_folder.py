"""A folder of backups: each night's under its own name, and which of them are kept."""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

from core.civil_time import civil_date
from store import BackupSummary
from yihui.bootstrap import Wiring
from yihui.files.attachment_store import archive_path
from yihui.files.ledger_heads import heads_path
from yihui.services.operation.backup import back_up_database

_NAME = re.compile(r"yihui-(\d{8}T\d{6}Z)\.yihui")
_INSTANT = "%Y%m%dT%H%M%SZ"


@dataclass(frozen=True, slots=True)
class Retention:
    """Of how many days, weeks and months the last backup is kept; the newest one always is."""

    daily: int
    weekly: int
    monthly: int


def back_up_into_folder(
    wiring: Wiring, folder: Path, retention: Retention, *, recipients: Sequence[str]
) -> tuple[BackupSummary, list[Path]]:
    """Write a backup that is named by this instant; return it, and the older ones that were deleted after it.

    *Raises*: BackupRefused; FaultError; OSError. Then nothing is deleted.
    """
    to = folder / f"yihui-{wiring.now().astimezone(UTC).strftime(_INSTANT)}.yihui"
    made = back_up_database(wiring, to, force=False, recipients=recipients)
    return made, delete_old_backups(folder, retention, keep=to)


def find_newest_backup(folder: Path) -> Path | None:
    """Return the newest backup of a folder; None if it has none."""
    return max(_list_backups(folder), key=lambda path: path.name, default=None)


def delete_old_backups(folder: Path, retention: Retention, keep: Path | None = None) -> list[Path]:
    """Delete the backups that needn't be kept, with the files beside them; all other files of the folder stay.

    ``keep`` stays in any case: it was just written, perhaps after the clock was set back.
    """
    by_instant = {_instant_of(path): path for path in _list_backups(folder)}
    kept = choose_kept(by_instant, retention)
    gone = [path for instant, path in sorted(by_instant.items()) if instant not in kept and path != keep]
    for path in gone:
        for one in (
            archive_path(path),
            heads_path(path),
            path,
        ):  # the backup last: by it a later run finds them
            one.unlink(missing_ok=True)
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


def _instant_of(path: Path) -> datetime:
    found = _NAME.fullmatch(path.name)
    assert found is not None
    return datetime.strptime(found[1], _INSTANT).replace(tzinfo=UTC)
