"""Pieces against the schedules that they are cut from, at any instant."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.calendars import Calendar
from core.civil_time import civil_date, start_of_day
from geo.hours import SpecialHours
from geo.nearest.index import StationIndex
from geo.nearest.query import NearestQuery
from geo.region import RegionCell, build_region_timetable
from geo.station import Kind, Station
from geo.status.live import LiveSummary
from tests.tiers import ENDURES

DAYS = 15
TEXTS = (
    "", "24小时", "周一至周五9:00-17:00", "8:30-17:30", "周一至周日18:00-6:00", "随缘开放", "工作日 9:00-12:00 13:00-17:00",
    "周六、周日休息，其余8:00-20:00", "节假日9:00-16:00", "Mo-Fr 08:00-12:00,14:00-18:00; We off", "工作日8:30-17:30，节假日休息",
)  # fmt: skip
STARTS = (
    datetime(2026, 11, 20, 2, tzinfo=UTC),
    datetime(2026, 12, 24, tzinfo=UTC),
    datetime(2028, 2, 20, tzinfo=UTC),
)
HOURS_OWN = (None, "照常", "10:00-15:00", "20:00-03:00", "看通知")


def stations() -> list[Station]:
    pairs = [(text, calendar) for text in TEXTS for calendar in Calendar]
    return [
        Station(
            id=f"s{n:03}",
            name="n",
            kind=Kind.LIBRARY,
            lon=117.0 + n / 1000,
            lat=36.6,
            hours_text=t,
            calendar=c,
        )
        for n, (t, c) in enumerate(pairs)
    ]


INDEX = StationIndex.build(stations())


@st.composite
def spells(draw: st.DrawFn, now: datetime) -> SpecialHours:
    minutes = st.integers(-3 * 1440, 18 * 1440)
    start = now + timedelta(minutes=draw(minutes), seconds=draw(st.integers(0, 59)))
    long = timedelta(minutes=draw(st.integers(1, 4 * 1440)))
    hours, reason = (
        draw(st.sampled_from(HOURS_OWN)),
        draw(st.sampled_from(("", "closed just now (keeper, {time})"))),
    )
    return SpecialHours(
        start, start + long, hours, reason, (("time", "10:00"),), promised=draw(st.booleans())
    )


@pytest.mark.deeper
@settings(deadline=None, max_examples=25 if ENDURES else 2)
@given(data=st.data())
def test_pieces_say_at_any_instant_what_the_index_says(data: st.DataObject) -> None:
    now = data.draw(st.sampled_from(STARTS))
    ids = data.draw(st.lists(st.sampled_from([s.id for s in INDEX.stations]), max_size=6, unique=True))
    live = {
        id: LiveSummary(spells=tuple(data.draw(st.lists(spells(now), min_size=1, max_size=3)))) for id in ids
    }
    index = INDEX.with_live(live)
    first = civil_date(now)
    timetable = build_region_timetable(index, RegionCell.from_id("117.0_36.5"), first, DAYS)
    assert len(timetable.numbers) == len(index)
    rng = np.random.default_rng(data.draw(st.integers(0, 2**32 - 1)))
    seconds = rng.integers(0, DAYS * 86_400, 20)
    turns = [turn for pieces in timetable.schedules for turn in (pieces[rng.integers(len(pieces))].start,)]
    instants = [start_of_day(first) + timedelta(seconds=int(s)) for s in seconds]
    instants += [t + timedelta(seconds=s) for t in turns for s in (0, -1) if t > start_of_day(first)][:40]
    everything = np.array([[s.lon, s.lat] for s in index.stations])
    for at in instants:
        hits = index.nearest(everything, NearestQuery(at, 1))
        for hit in (answer.results[0] for answer in hits):
            pieces = timetable.schedules[timetable.numbers[hit.station.id]]
            assert [p.opening for p in pieces if p.start <= at][-1] == hit.opening, (hit.station, at)


def test_equal_hours_are_one_schedule() -> None:
    first = civil_date(STARTS[0])
    timetable = build_region_timetable(INDEX, RegionCell.from_id("117.0_36.5"), first, DAYS)
    assert len(set(map(str, timetable.schedules))) == len(timetable.schedules) < len(INDEX)


def test_a_region_ends_at_its_box() -> None:
    assert (
        build_region_timetable(INDEX, RegionCell.from_id("118.0_36.5"), civil_date(STARTS[0]), DAYS).numbers
        == {}
    )
