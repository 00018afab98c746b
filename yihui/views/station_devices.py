"""Devices of stations, and use by hour, as lines, JSON, CSV and a workbook."""

import csv
import io
from collections.abc import Iterator, Sequence

from core.civil_time import format_civil_instant
from core.text_marks import N_
from geo.formats.export import spreadsheet_safe_value
from geo.registry import StationDevice
from yihui.runtime.language import Language
from yihui.services.stations.devices import HoursOfUse

_HEADS = (
    N_("station"),
    N_("name"),
    N_("hour of the day"),
    N_("days measured"),
    N_("days in use"),
    N_("share of time in use, %"),
    N_("share of time locked, %"),
    N_("readings"),
)


def device_json(one: StationDevice) -> dict[str, object]:
    """Return a device as JSON data, without its key."""
    return {
        "device": one.id,
        "station": one.station,
        "label": one.label,
        "created_at": format_civil_instant(one.created_at),
        "last_stated_at": one.last_stated_at and format_civil_instant(one.last_stated_at),
        "revoked_at": one.revoked_at and format_civil_instant(one.revoked_at),
        "stated": {name: stated.value for name, stated in one.state.stated.items()},
    }


def device_line(one: StationDevice, language: Language) -> str:
    """Return a device with when it was heard last."""
    if one.revoked_at is not None:
        state = language.render(N_("revoked {at}"), at=format_civil_instant(one.revoked_at))
    elif one.last_stated_at is None:
        state = language.render(N_("never heard"))
    else:
        state = language.render(N_("heard {at}"), at=format_civil_instant(one.last_stated_at))
    return "  ".join(filter(None, (one.id, one.station, one.label, state)))


def hours_of_use_json(found: HoursOfUse) -> dict[str, object]:
    """Return use by hour as JSON data."""
    return {
        "since": found.since.isoformat(),
        "until": found.until.isoformat(),
        "hours": [
            {
                "station": one.station,
                "name": found.names[one.station],
                "hour": one.hour,
                "days": one.days,
                "occupied_days": one.occupied_days,
                "occupied_percent": _percent(one.occupied, one.watched),
                "locked_percent": _percent(one.locked, one.readings),
                "readings": one.readings,
            }
            for one in found.hours
        ],
    }


def hours_of_use_lines(found: HoursOfUse, language: Language) -> Iterator[str]:
    """Yield a line for each station and hour; nothing is said of use where no reading says."""
    for one in found.hours:
        used = _percent(one.occupied, one.watched)
        share = (
            language.render(N_("no device says whether it is in use"))
            if used is None
            else language.render(
                N_("in use {percent} % of the time, on {used} of {days} days"),
                percent=used, used=one.occupied_days, days=one.days,
            )
        )  # fmt: skip
        locked = language.render(N_("locked {percent} %"), percent=_percent(one.locked, one.readings))
        parts = (
            one.station,
            found.names[one.station],
            f"{one.hour:02}:00",
            share,
            locked if one.locked else "",
        )
        yield "  ".join(filter(None, parts))


def hours_of_use_basis(found: HoursOfUse, language: Language) -> str:
    """Return which days the figures are of, or that there are none."""
    template = (
        N_("from {since} to {until}, by readings of devices; nothing says who was there")
        if found.hours
        else N_("no device reported from {since} to {until}: yihui stations devices list")
    )
    return language.render(template, since=found.since, until=found.until)


def render_hours_of_use_csv(found: HoursOfUse, language: Language) -> str:
    """Render use by hour as CSV."""
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\r\n")
    writer.writerow(language.translate(head) for head in _HEADS)
    writer.writerows([spreadsheet_safe_value(cell) for cell in row] for row in _rows(found))
    return "\ufeff" + file.getvalue()  # the mark tells spreadsheets that it is UTF-8


def render_hours_of_use_xlsx(found: HoursOfUse, language: Language) -> bytes:
    """Render use by hour as a workbook."""
    import xlsxwriter

    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"in_memory": True}) as book:
        sheet = book.add_worksheet(language.translate(N_("use by hour")))
        bold = book.add_format({"bold": True})
        for column, head in enumerate(_HEADS):
            sheet.write_string(0, column, language.translate(head), bold)
        for number, row in enumerate(_rows(found), 1):
            for column, cell in enumerate(row):
                if isinstance(cell, str):
                    sheet.write_string(number, column, str(spreadsheet_safe_value(cell)))
                elif cell is not None:
                    sheet.write_number(number, column, cell)
        sheet.freeze_panes(1, 0)
        sheet.set_column(0, len(_HEADS) - 1, 16)
    return file.getvalue()


def _rows(found: HoursOfUse) -> Iterator[Sequence[str | float | None]]:
    for one in found.hours:
        yield (
            one.station, found.names[one.station], one.hour, one.days,
            one.occupied_days if one.watched else None,
            _percent(one.occupied, one.watched), _percent(one.locked, one.readings), one.readings,
        )  # fmt: skip


def _percent(part: int, whole: int) -> float | None:
    return round(100 * part / whole, 1) if whole else None
