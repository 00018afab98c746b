"""Read the hours of orders: a column of instants, or one of hours of the week."""

import re
import unicodedata

import numpy as np
from numpy.typing import NDArray

from core.civil_time import HOURS_A_WEEK, hour_of_week, parse_civil_instant
from core.faults import Fault, FaultTable
from core.text_marks import N_
from geo.coverage.demand import EVERY_HOUR
from geo.formats.columns import normalize_header
from geo.formats.table import quotable_header
from yihui.planning.demand.table import DemandTable, iter_row_faults

HOUR_HEADER = "hour_of_week"
INSTANT_HEADERS = ("order_time", "ordered_at", "order_at", "下单时间", "订单时间", "接单时间")
_HOUR = re.compile(r"[0-9]{1,3}")
HOUR_FAULTS = FaultTable(
    "demand",
    {
        "no_hour": (
            N_("“{value}” is no hour of a week"),
            N_("write 0 (Monday 0:00) to 167, or nothing where the hour is not known"),
        ),
        "no_instant": (
            N_("“{value}” is no day with a time of day"),
            N_("write such as 2026-10-03 12:30, or nothing where the hour is not known"),
        ),
        "taken_hours": (
            N_(
                "the hours of the demand are taken from the column {value}; they count in a mixture with residents"
            ),
            N_("give the column another name if it says something else"),
        ),
        "hours_of_districts": (
            N_(
                "the hours in the column {value} are not used: rows that name a district only count in all hours alike"
            ),
            N_("give the rows coordinates where their hours are to count"),
        ),
        "two_hours": (
            N_("several columns say when: {value}"),
            N_("leave one of them; {header} goes before the others"),
        ),
    },
)


def is_hour_header(header: str) -> bool:
    """Return whether a column is one of hours of the week."""
    return normalize_header(header) == normalize_header(HOUR_HEADER)


def read_hours(sheet: DemandTable) -> tuple[NDArray[np.int16] | None, tuple[Fault, ...], tuple[Fault, ...]]:
    """Return the hour of the week of each row, notes, and faults; no hours where no column holds any.

    A column with a known header counts if any of its cells has a time of day: a column of days alone says nothing
    about hours. Cells without a zone are civil time; an empty cell is `EVERY_HOUR`. Faults concern only who uses the
    hours. *Shape*: (n,).
    """
    known = {normalize_header(name) for name in INSTANT_HEADERS}
    weekly = [header for header in sheet.headers if is_hour_header(header)]
    timed = [header for header in sheet.headers if normalize_header(header) in known]
    for headers, is_number in ((weekly, True), (timed, False)):
        read = {header: _read_column(sheet, header, is_number=is_number) for header in headers}
        told = [header for header, (hours, _) in read.items() if (hours >= 0).any()]
        if told:
            break
    else:
        return None, (), ()
    if len(told) > 1:
        shown = "、".join(quotable_header(header) for header in told)
        return None, (), (HOUR_FAULTS.build("two_hours", file=sheet.file, value=shown, header=HOUR_HEADER),)
    hours, wrong = read[told[0]]
    note = HOUR_FAULTS.build(
        "taken_hours", file=sheet.file, field=told[0], value=quotable_header(told[0]), severity="warning"
    )
    texts = sheet.column(told[0])
    code = "no_hour" if is_number else "no_instant"
    faults = iter_row_faults(
        sheet,
        wrong,
        lambda row: HOUR_FAULTS.build(code, field=told[0], value=texts[row].as_py().strip()[:40]),
    )
    return hours, (note,), tuple(faults)


def note_unused_hours(sheet: DemandTable) -> tuple[Fault, ...]:
    """Return a note on a column of hours in a file whose rows name districts, where hours are not used."""
    hours, notes, _ = read_hours(sheet)
    if hours is None:
        return ()
    header = notes[0].field or ""
    return (
        HOUR_FAULTS.build(
            "hours_of_districts",
            file=sheet.file,
            field=header,
            value=quotable_header(header),
            severity="warning",
        ),
    )


def _read_column(
    sheet: DemandTable, header: str, *, is_number: bool
) -> tuple[NDArray[np.int16], NDArray[np.intp]]:
    """Return the hour of each cell, and the rows that hold something else. *Shape*: (n,) and (faults,)."""
    parse = _parse_hour if is_number else _parse_instant
    hours = np.full(len(sheet), EVERY_HOUR, dtype=np.int16)
    wrong = []
    for row, text in enumerate(sheet.column(header).to_pylist()):
        plain = unicodedata.normalize("NFKC", text or "").strip()
        if not plain:
            continue
        found = parse(plain)
        if found is None:
            wrong.append(row)
        else:
            hours[row] = found
    return hours, np.array(wrong, dtype=np.intp)


def _parse_hour(text: str) -> int | None:
    return int(text) if _HOUR.fullmatch(text) and int(text) < HOURS_A_WEEK else None


def _parse_instant(text: str) -> int | None:
    """Return the hour of the civil week of a day with a time of day."""
    instant = parse_civil_instant(text)
    return hour_of_week(instant) if instant else None
