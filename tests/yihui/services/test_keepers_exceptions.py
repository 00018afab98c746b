"""One gets in now although the hours say closed: the exceptions that say so leave the regular hours as they are."""

from datetime import datetime, timedelta

import pytest

from core.civil_time import CIVIL_TIME, civil_date, end_of_day, start_of_day
from core.faults import FaultError
from geo.hours import Schedules, SpecialHours
from geo.registry.reports import NumberedReport
from geo.station import Station
from geo.status.live import LiveSummary
from geo.status.statements import ReporterRole, ReportKind, StatusReport
from yihui.services.stations.keepers import KeeperStation

NIGHT, LATE = "18:00-02:00", "22:00-06:00"


def at(day: int, clock: str) -> datetime:
    hour, minute = map(int, clock.split(":"))
    return datetime(2026, 11, day, hour, minute, tzinfo=CIVIL_TIME)


def announce(now: datetime, hours: str) -> NumberedReport:
    day, before = civil_date(now), now - timedelta(minutes=5)
    said = StatusReport(
        "1", "a", before, ReporterRole.KEEPER, ReportKind.HOURS, "k", first=day, last=day, hours_text=hours
    )
    return NumberedReport("n", said)


def enter(hours: str, now: datetime, until: str, earlier: str = "") -> tuple[list[str], Schedules]:
    """A keeper says until when one gets in; return the exceptions, and the hours as riders then read them."""
    station = Station.model_validate({"id": "a", "name": "驿站", "kind": "library", "hours_text": hours})
    words = [announce(now, earlier)] if earlier else []
    said = KeeperStation(station, LiveSummary(), words, [], None, now).open_today_until(until)
    laid = tuple(SpecialHours(start_of_day(one.day), end_of_day(one.day), one.hours_text) for one in said)
    schedules = Schedules.compile([(hours, station.calendar)]).with_special_hours({0: laid})
    return [f"{one.day.day}: {one.hours_text}" for one in said], schedules


@pytest.mark.parametrize("hours", [NIGHT, "8:00-次日2:00", LATE, "8:00-18:00"])
@pytest.mark.parametrize("until", ["7:50", "24:00", "01:00"])
def test_the_regular_hours_stay_outside_of_the_time_in_which_one_gets_in(hours: str, until: str) -> None:
    now = at(18, "7:00") if until == "7:50" else at(18, "21:30" if hours == LATE else "18:30")
    if hours in (NIGHT, "8:00-次日2:00") and until != "7:50":
        now = at(18, "7:00")
    _, told = enter(hours, now, until)
    plain = Schedules.compile([(hours, Station.model_fields["calendar"].default)])
    end = at(18, "7:50") if until == "7:50" else at(19, "0:00" if until == "24:00" else "1:00")
    for minutes in range(0, 3 * 1440, 10):
        moment = at(18, "0:00") + timedelta(minutes=minutes)
        expected = "open" if now <= moment < end else plain.opening(0, moment).state
        assert told.opening(int(told.ids[0]), moment).state == expected, moment


def test_a_small_hour_that_is_over_is_the_next_mornings() -> None:
    assert enter("9:00-17:00", at(18, "23:30"), "01:00")[0] == [
        "18: 09:00–17:00、23:30–24:00",
        "19: 00:00–01:00、09:00–17:00",
    ]
    assert enter(NIGHT, at(18, "12:00"), "01:00")[0] == ["18: 00:00–02:00、12:00–24:00"], "its night says it"
    for now, until in (("12:00", "11:00"), ("3:00", "2:30")):
        with pytest.raises(FaultError):
            enter("9:00-10:00", at(18, now), until)


def test_a_morning_that_is_in_part_unknown_is_refused_and_not_called_closed() -> None:
    now = datetime(2026, 9, 30, 23, 30, tzinfo=CIVIL_TIME)
    assert enter("周一至周五 9:00-17:00", now, "24:00")[0] == ["30: 09:00–17:00、23:30–24:00"]
    with pytest.raises(FaultError) as refused:
        enter("周一至周五 9:00-17:00", now, "01:00")
    assert refused.value.short_code == "until_morning"


def test_a_place_that_is_open_around_the_clock_is_so_again_the_next_day() -> None:
    assert enter("24小时", at(18, "13:00"), "")[0] == []
    said, told = enter("24小时", at(18, "13:00"), "15:00", earlier="10:00-12:00")
    assert said == ["18: 10:00–12:00、13:00–15:00"]
    assert [told.opening(int(told.ids[0]), at(day, "1:00")).state for day in (18, 19)] == ["closed", "open"]
