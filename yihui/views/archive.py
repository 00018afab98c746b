"""Archived months and those in the database, as lines and as JSON."""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import TYPE_CHECKING

from core.text_marks import N_
from yihui.runtime.language import Language

if TYPE_CHECKING:
    from events.archiving import ArchivedMonth
    from yihui.services.ledger.archive import ArchiveState

_EARLIER = N_("before there were months")
_IN_DATABASE = N_("{month}: about {rows} rows in the database, {size} MB")
_OPEN = N_("{month}: open; about {rows} rows in the database, {size} MB")
_IN_FILES = N_("{month}: {rows} rows in files, {carried} stayed in the database")
_ARCHIVED = N_("{month}: {rows} rows archived; {carried} stay in the database, being still open")
_NOTHING = N_("no month is old enough to be archived")


def archive_lines(state: "ArchiveState", language: Language) -> Iterator[str]:
    """Yield a line for each month, the archived ones first."""
    for month, rows, carried in _archived(state):
        yield language.render(_IN_FILES, month=_name(month, language), rows=rows, carried=carried)
    for month, rows, size in _stored(state):
        template = _OPEN if month == state.open_month else _IN_DATABASE
        yield language.render(template, month=_name(month, language), rows=rows, size=round(size / 1e6, 1))


def archive_json(state: "ArchiveState") -> dict[str, object]:
    """Return the months in files and in the database."""
    return {
        "open": state.open_month.isoformat(),
        "archived": [
            {"month": month.isoformat(), "rows": rows, "carried": carried}
            for month, rows, carried in _archived(state)
        ],
        "stored": [
            {"month": month.isoformat(), "rows": rows, "bytes": size} for month, rows, size in _stored(state)
        ],
    }


def archived_lines(done: "Sequence[ArchivedMonth]", language: Language) -> Iterator[str]:
    """Yield a line for each month that was archived now."""
    for one in done:
        yield language.render(
            _ARCHIVED, month=_name(one.month, language), rows=one.row_count, carried=one.carried_count
        )
    if not done:
        yield language.translate(_NOTHING)


def archived_json(done: "Sequence[ArchivedMonth]") -> list[dict[str, object]]:
    """Return the months that were archived now, with their files."""
    return [
        {
            "month": one.month.isoformat(),
            "rows": one.row_count,
            "carried": one.carried_count,
            "files": [{"name": file.name, "sha256": file.digest} for file in one.files],
        }
        for one in done
    ]


def _archived(state: "ArchiveState") -> Iterator[tuple[date, int, int]]:
    for month in sorted({one.month for one in state.files}):
        files = [one for one in state.files if one.month == month]
        yield month, sum(one.row_count for one in files), sum(one.carried_count for one in files)


def _stored(state: "ArchiveState") -> Iterator[tuple[date, int, int]]:
    for month in sorted({one.month for one in state.partitions}):
        partitions = [one for one in state.partitions if one.month == month]
        yield month, sum(one.row_estimate for one in partitions), sum(one.size_bytes for one in partitions)


def _name(month: date, language: Language) -> str:
    return language.translate(_EARLIER) if month == date.min else f"{month:%Y-%m}"
