"""Change a station of the register for whoever may: what officers' acts and keepers' pages share."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from math import ceil
from typing import TYPE_CHECKING

from core.calendars import DayKind, WorkdayTable, workday_table
from core.civil_time import civil_date, end_of_day, start_of_day
from core.faults import Fault, FaultError
from yihui.cases.stations.forms import STATION_FORM_FAULTS, TYPED_POINT_REMEDY, PointForm, StationForm
from yihui.services.stations.upkeep import STATION_FAULTS, PlacingRequest, build_placing

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from geo.registry.hand_changes import Placing
    from geo.registry.photos import StationPhoto
    from geo.registry.stations import StationHistoryEntry
    from geo.station import Station
    from geo.status.live import LiveSummary
    from geo.status.pins import PinProposal
    from geo.status.statements import StatusReport
    from yihui.bootstrap import Wiring
    from yihui.files.pictures import PicturedFile
    from yihui.runtime.language import Language
    from yihui.services.events.special_dates import SpecialDays
    from yihui.views.hours_by_day import DayStretch

_PIN_DAYS = 90
_PHOTO_PX = 1_200  # the longer side
_WEEKS_AHEAD, _SATURDAY = 8, 5
_AFTER, _MOST_SPECIAL = timedelta(days=365), 6  # of the days that differ from an ordinary week
_SURE_PINS = 3  # riders who set pins at one place, on which a position may rest


@dataclass(frozen=True, slots=True)
class RegisteredStation:
    """A station with its history, the oldest entry first, and where enough riders agree that it is, if elsewhere.

    ``revocable`` are the changes by hand that an officer can take back, ``words`` all that is said of it ``at`` an
    instant, ``announced`` what was ever announced of its days, the oldest first.
    """

    station: "Station"
    history: "Sequence[StationHistoryEntry]"
    pin: "PinProposal | None" = None
    photos: "Sequence[StationPhoto]" = ()
    revocable: "Sequence[StationHistoryEntry]" = ()
    words: "Sequence[StatusReport]" = ()
    at: datetime | None = None
    announced: "Sequence[StatusReport]" = ()

    def list_notices(self) -> "list[StatusReport]":
        """List the announcements that set the hours of a day from today on, and that no later one covers."""
        from geo.hours import USUAL_HOURS
        from geo.status.notices import ANNOUNCED, list_replacement_notices

        if self.at is None:
            return []
        told = [one for one in self.words if one.what in ANNOUNCED and one.hours_text != USUAL_HOURS]
        return [one for one in told if list_replacement_notices(self.words, one, civil_date(self.at))]

    @property
    def version(self) -> int:
        """The numbers of the last change and of the last announcement: each grows alone, and so does their sum."""
        return self.history[-1].sequence + (int(self.announced[-1].id) if self.announced else 0)


def lock_register(_: "Wiring", connection: "Connection") -> None:
    """Wait until nobody else changes the register; what is read after that holds until the transaction ends."""
    from store import lock_exclusive

    lock_exclusive(connection, "import of stations")


def load_registered(connection: "Connection", id: str, now: datetime) -> RegisteredStation:
    """Load a station by its id, or by one that is linked with it. *Raises*: FaultError if there is none."""
    from geo.registry.photos import list_photos
    from geo.registry.reports import load_announcements, load_pins, load_valid_reports
    from geo.registry.statements import list_revocable
    from geo.registry.stations import find_station, load_station_history
    from geo.status.pins import build_pin_proposals

    station = find_station(connection, id)
    if station is None:
        raise FaultError(STATION_FAULTS.build("unknown", field="ID", value=id[:40]))
    pins = load_pins(connection, now - timedelta(days=_PIN_DAYS), station.id)
    sure = [
        one
        for one in build_pin_proposals([station], pins)
        if one.agreeing >= _SURE_PINS and one.agreeing == len(one.pins)
    ]
    history, photos = load_station_history(connection, station.id), list_photos(connection, station.id)
    revocable = list_revocable(connection, history, station)
    words = [one.status_report for one in load_valid_reports(connection, station.id, now)]
    announced = load_announcements(connection, station.id)
    return RegisteredStation(
        station, history, sure[0] if sure else None, photos, revocable, words, now, announced
    )


def change_fields(
    connection: "Connection", station: "Station", form: StationForm, by: str, at: datetime
) -> "Station":
    """Change what a form says of a station; return it as it is then. *Raises*: FaultError if it is gone."""
    from geo.registry.hand_changes import change_by_hand

    return change_by_hand(connection, station.id, form.values(station), by, at)


def place(
    wiring: "Wiring",
    connection: "Connection",
    found: RegisteredStation,
    form: PointForm,
    by: str,
    at: datetime,
    most_m: int | None = None,
) -> "Station":
    """Place a station; return it as it is then. *Raises*: FaultError for a point that can't be right.

    ``most_m``: how far at most from where an import or an officer last placed it, whatever the stated district.
    """
    from geo.registry.hand_changes import place_station

    confirmed = form.outside or most_m is not None
    wish = PlacingRequest(found.station.id, form.point, None, form.datum, by, confirmed)
    try:
        placing = build_placing(wiring.outlines, found.station, wish)
    except FaultError as error:
        raise FaultError([_name_typed_point(fault) for fault in error.faults]) from error
    if most_m is not None:
        _require_near(found, placing, most_m)
    return place_station(connection, found.station.id, placing, at)


def _name_typed_point(fault: Fault) -> Fault:
    """Return the fault at the form's field; what coordinates in files need is no remedy for a typed point."""
    remedy = TYPED_POINT_REMEDY if fault.code.startswith("coordinates.") else fault.remedy
    return replace(fault, field="point", remedy=remedy)


def _require_near(found: RegisteredStation, placing: "Placing", most_m: int) -> None:
    """Refuse a point too far from where others placed the station, or if none did. *Raises*: FaultError."""
    import numpy as np

    from geo.geodesy import geodesic_m
    from geo.registry.statements import find_surveyed_point

    surveyed = find_surveyed_point(found.history)
    if surveyed is None:
        raise FaultError(STATION_FORM_FAULTS.build("unplaced", field="point"))
    metres = geodesic_m(np.array([surveyed]), np.array([(placing.lon, placing.lat)]))[0]
    if metres > most_m:
        kilometres = f"{ceil(metres / 100) / 10:,}"  # never down to what is allowed
        raise FaultError(STATION_FORM_FAULTS.build("far", field="point", kilometres=kilometres, most=most_m))


def read_photo(pictured: "PicturedFile") -> bytes:
    """Return a file that was drawn as a photo for phones. *Raises*: FaultError for a document."""
    from geo.registry.photos import PHOTO_FAULTS
    from yihui.files.pictures import shrink_picture

    if pictured.media_type != "image/jpeg":
        raise FaultError(PHOTO_FAULTS.build("no_photo", field="picture"))
    return shrink_picture(pictured.content, _PHOTO_PX)


def preview_week(
    station: "Station", values: Mapping[str, object], now: datetime, language: "Language"
) -> Sequence[tuple[str, str]]:
    """Return days and hours as a station's changed hours would have them, without announcements.

    An ordinary week comes first, then what holds on days off, then a few holidays and dates to come whose hours are
    known and differ from the week.
    """
    from geo.status.live import LiveSummary
    from yihui.views.hours_by_day import (
        format_day_span,
        format_weekdays,
        render_days_off,
        render_hours_by_day,
    )

    changed = station.model_copy(update=dict(values))
    table, today = workday_table(station.calendar), civil_date(now)
    first = _find_ordinary_week(table, today)
    week = render_hours_by_day(changed, LiveSummary(), first, first + timedelta(days=6), language)
    near = render_hours_by_day(changed, LiveSummary(), today, today + _AFTER, language)
    usual = {day.weekday(): one.words for one in week for day in _list_days(one)}
    special: list[DayStretch] = []
    for one in (one for one in near if one.is_sure):
        for day in _list_days(one):
            if not table.covers(day.year) or usual[day.weekday()] == one.words:
                continue
            if special and special[-1].words == one.words and special[-1].last + timedelta(days=1) == day:
                special[-1] = replace(special[-1], last=day)
            else:
                special.append(replace(one, first=day, last=day))
    return [
        *((format_weekdays(one, language), one.words) for one in week),
        render_days_off(changed, language),
        *((format_day_span(one.first, one.last, language), one.words) for one in special[:_MOST_SPECIAL]),
    ]


def preview_days(
    station: "Station", live: "LiveSummary", found: "SpecialDays", language: "Language"
) -> Sequence[tuple[str, str]]:
    """Return days with hours of their own as riders will read them, days and hours."""
    from geo.hours import SpecialHours
    from geo.status.live import LiveSummary
    from yihui.views.hours_by_day import format_day_span, render_hours_by_day

    end = end_of_day(found.last)
    spell = SpecialHours(start_of_day(found.first), end, found.hours_text or None, "x")
    announced = LiveSummary(spells=(*live.spells, spell))
    return [
        (format_day_span(one.first, one.last, language), one.words)
        for one in render_hours_by_day(station, announced, found.first, found.last, language)
    ]


def _list_days(stretch: "DayStretch") -> list[date]:
    return [stretch.first + timedelta(days=n) for n in range((stretch.last - stretch.first).days + 1)]


def _find_ordinary_week(table: WorkdayTable, today: date) -> date:
    """Return the Monday of the next week without a holiday or a made-up work-day; this week's if there is none soon."""
    this_week = today - timedelta(days=today.weekday())
    for week in range(_WEEKS_AHEAD):
        monday = this_week + timedelta(weeks=week)
        if all(_is_ordinary(table, monday + timedelta(days=n)) for n in range(7)):
            return monday
    return this_week


def _is_ordinary(table: WorkdayTable, day: date) -> bool:
    usual = DayKind.DAY_OFF if day.weekday() >= _SATURDAY else DayKind.WORKDAY
    return not table.is_unsure(day) and table.kind_of_day(day) in (usual, DayKind.UNKNOWN)
