from datetime import UTC, datetime, timedelta
from functools import partial

from hypothesis import given
from hypothesis import strategies as st

from geo.hours import Opening, Schedules, SpecialHours
from geo.nearest.filters import Filters, find_stay_end, opening_for_status, refusal_reason
from geo.nearest.index import StationIndex
from geo.nearest.listing import ListingQuery, StationListing
from geo.station import Access, Kind, OpeningState, Station, Status
from geo.status.live import LiveSummary
from geo.status.live_status import LiveState, LiveStatus
from tests.profile import searched

NOW = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)  # Friday, 10:00 in Beijing
LATER = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)
SHUT = LiveSummary(spells=(SpecialHours(NOW, LATER, None, "shut", promised=False),))
BROKEN = LiveSummary((LiveStatus(LiveState.BROKEN, NOW, LATER, "", (), 1, facility="water"),))

STATIONS = st.lists(
    st.builds(
        Station,
        id=st.text("ab/驿", min_size=1, max_size=3),
        name=st.sampled_from(["驿站", "书房", "b", "ab"]),
        kind=st.sampled_from([Kind.OUTDOOR_STATION, Kind.LIBRARY]),
        lon=st.just(117.0),
        lat=st.just(36.6),
        district=st.sampled_from([None, "370102", "370103", "371722", "37010", "abcdef"]),
        hours_text=st.sampled_from(["24小时", "08:00-18:00", "20:00-23:00", "看门口"]),
        access=st.sampled_from([Access.PUBLIC, Access.EMPLOYER]),
        facilities=st.sampled_from([frozenset(), frozenset({"water"})]),
        status=st.sampled_from(list(Status)),
    ),
    max_size=12,
    unique_by=lambda station: station.id,
)
FILTERS = st.builds(
    Filters,
    kinds=st.sampled_from([frozenset(), frozenset({Kind.LIBRARY})]),
    facilities=st.sampled_from([frozenset(), frozenset({"water"})]),
    open_only=st.booleans(),
    not_closed=st.booleans(),
    stay_min=st.sampled_from([0, 600]),
)


def _opening(station: Station, live: LiveSummary | None, at: datetime) -> tuple[Opening, Schedules]:
    usual = Schedules.compile([(station.hours_text, station.calendar)])
    schedules = usual.with_special_hours({0: live.spells} if live else {})
    return opening_for_status(station.status) or schedules.opening(int(schedules.ids[0]), at), schedules


def _slow(
    stations: list[Station], live: dict[str, LiveSummary], asked: ListingQuery
) -> list[tuple[str, OpeningState]]:
    found = []
    for station in sorted(stations, key=lambda one: one.id):
        usable = live[station.id].without_broken_facilities(station) if station.id in live else station
        opening, schedules = _opening(usable, live.get(station.id), asked.at)
        leaves = find_stay_end(partial(schedules.opening, int(schedules.ids[0])), asked.at, asked.filters)
        district = asked.district or ""
        prefix = district[:2] if district.endswith("0000") else district.removesuffix("00")
        code = station.district if station.district and station.district.isdecimal() else ""
        inside = asked.district is None or (len(code) == 6 and code.startswith(prefix))
        passes = refusal_reason(usable, opening, asked.filters, asked.at, leaves) is None
        if passes and inside and station.id > asked.after:
            found.append((station.id, opening.state))
    return found[: asked.limit]


def _some_unplaced(stations: list[Station], numbers: set[int]) -> list[Station]:
    return [
        station.model_copy(update={"lon": None, "lat": None}) if number in numbers else station
        for number, station in enumerate(stations)
    ]


@searched(100, anew=True)
@given(
    STATIONS,
    st.sets(st.integers(0, 11)),
    FILTERS,
    st.sampled_from([None, "370000", "370100", "370102"]),
    st.text("ab/驿", max_size=2),
    st.integers(1, 5),
    st.sampled_from([None, SHUT, BROKEN]),
)
def test_a_page_is_what_going_through_all_stations_gives_placed_or_not(
    stations: list[Station],
    unplaced: set[int],
    filters: Filters,
    district: str | None,
    after: str,
    limit: int,
    said: LiveSummary | None,
) -> None:
    stations = _some_unplaced(stations, unplaced)
    live = {station.id: said for station in stations[:2] if said}
    asked = ListingQuery(filters, NOW, limit, district, after)
    listing = StationListing(StationIndex.build(stations, live), stations, live, {})
    page = listing.page(asked)
    assert [(one.station.id, one.opening.state) for one in page] == _slow(stations, live, asked)
    for station in stations:
        one = listing.find(station.id, NOW)
        assert one is not None
        assert one.opening == _opening(station, live.get(station.id), NOW)[0]
    assert listing.find("nobody", NOW) is None


@searched(100, anew=True)
@given(
    STATIONS,
    st.sets(st.integers(0, 11)),
    FILTERS,
    st.sampled_from([None, "370000", "370100", "370102"]),
    st.integers(1, 5),
    st.dictionaries(st.integers(0, 11), st.sampled_from([SHUT, BROKEN]), max_size=3),
    st.integers(0, 86_399),
)
def test_open_ones_first_is_sorting_all_that_pass_by_state_name_and_id(
    stations: list[Station],
    unplaced: set[int],
    filters: Filters,
    district: str | None,
    limit: int,
    said: dict[int, LiveSummary],
    second: int,
) -> None:
    stations = _some_unplaced(stations, unplaced)
    live = {station.id: said[number] for number, station in enumerate(stations) if number in said}
    at = NOW + timedelta(seconds=second)
    by_id = {station.id: station for station in stations}
    passing = _slow(stations, live, ListingQuery(filters, at, len(stations), district))
    order = [OpeningState.OPEN, OpeningState.UNKNOWN, OpeningState.CLOSED]
    ids = [id for id, _ in sorted(passing, key=lambda one: (order.index(one[1]), by_id[one[0]].name, one[0]))]
    listing = StationListing(StationIndex.build(stations, live), stations, live, {})
    found = listing.open_first(ListingQuery(filters, at, limit, district))
    assert [one.station.id for one in found.first] == ids[:limit]
    assert found.count == len(ids)
    for one in found.first:
        told = live.get(one.station.id)
        assert one.station == (
            told.without_broken_facilities(by_id[one.station.id]) if told else by_id[one.station.id]
        )
        assert one.opening == _opening(one.station, told, at)[0]
    placed = next((id for id in ids if by_id[id].is_placed), None)
    assert (found.placed.id if found.placed else None) == placed
    shut = listing.open_first(ListingQuery(filters, at, limit, district, closed_only=True))
    closed = {id for id, state in passing if state is OpeningState.CLOSED}
    assert [one.station.id for one in shut.first] == [id for id in ids if id in closed][:limit]
    assert shut.count == len(closed)
