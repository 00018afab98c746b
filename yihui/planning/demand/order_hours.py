"""Read the hours of orders: a column of instants, or one of hours of the week."""

import re
import unicodedata
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from core.civil_time import HOURS_A_WEEK, hour_of_week, parse_civil_instant
from core.faults import Fault, FaultTable
from core.text_marks import N_
from geo.coverage.demand import EVERY_HOUR
from geo.formats.columns import normalize_header
from geo.formats.table import quotable_header
from yihui.planning.demand.table import DemandTable

HOUR_HEADER = "hour_of_week"
INSTANT_HEADERS = ("order_time", "ordered_at", "order_at", "下单时间", "订单时间", "接单时间")
_HOUR = re.compile(r"[0-9]{1,3}")
_WRONG = -2  # no hour, nor an empty cell
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


def read_hours(sheet: DemandTable) -> tuple[NDArray[np.int16] | None, tuple[Fault, ...]]:
    """Return the hour of the week of each row, and faults; no hours where no column holds any. The table notes the column.

    A column with a known header counts if any of its cells has a time of day: a column of days alone says nothing
    about hours. Cells without a zone are civil time; an empty cell is `EVERY_HOUR`. Faults concern only who uses the
    hours. *Shape*: (n,).
    """
    told = _find_hour_columns(sheet)
    if len(told) > 1:
        shown = "、".join(map(quotable_header, told))
        return None, (HOUR_FAULTS.build("two_hours", file=sheet.file, value=shown, header=HOUR_HEADER),)
    if not told:
        return None, ()
    ((header, (hours, texts)),) = told.items()
    _note(sheet, "taken_hours", header)
    code = "no_hour" if is_hour_header(header) else "no_instant"
    wrong = replace(sheet, faults=[])
    wrong.add_faults(
        np.flatnonzero(hours == _WRONG),
        lambda row: HOUR_FAULTS.build(code, field=header, value=texts[row].strip()[:40]),
    )
    return np.where(hours == _WRONG, EVERY_HOUR, hours).astype(np.int16), tuple(wrong.faults)


def note_unused_hours(sheet: DemandTable) -> None:
    """Note a column of hours in a file whose rows name districts, where hours are not used."""
    for header in list(_find_hour_columns(sheet))[:1]:
        _note(sheet, "hours_of_districts", header)


def _note(sheet: DemandTable, code: str, header: str) -> None:
    value = quotable_header(header)
    note = HOUR_FAULTS.build(code, file=sheet.file, field=header, value=value, severity="warning")
    sheet.notes.append(note)


def _find_hour_columns(sheet: DemandTable) -> dict[str, tuple[NDArray[np.int16], list[str]]]:
    """Return the columns that hold hours of the week, or else instants, each with the hour of its cells and its texts."""
    known = {normalize_header(name) for name in INSTANT_HEADERS}
    weekly = [header for header in sheet.headers if is_hour_header(header)]
    timed = [header for header in sheet.headers if normalize_header(header) in known]
    for headers, parse in ((weekly, _parse_hour), (timed, _parse_instant)):
        read = {header: sheet.column(header).to_pylist() for header in headers}
        hours = {
            header: np.fromiter(map(parse, texts), np.int16, len(texts)) for header, texts in read.items()
        }
        if told := {header: (hours[header], read[header]) for header in read if (hours[header] >= 0).any()}:
            return told
    return {}


def _parse_hour(text: str) -> int:
    plain = unicodedata.normalize("NFKC", text).strip()
    if not plain:
        return EVERY_HOUR
    return int(plain) if _HOUR.fullmatch(plain) and int(plain) < HOURS_A_WEEK else _WRONG


def _parse_instant(text: str) -> int:
    """Return the hour of the civil week of a day with a time of day."""
    plain = unicodedata.normalize("NFKC", text).strip()
    if not plain:
        return EVERY_HOUR
    instant = parse_civil_instant(plain)
    return hour_of_week(instant) if instant else _WRONG
