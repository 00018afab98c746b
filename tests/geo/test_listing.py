from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from geo.filters import Filters, end_of_stay, refusal, status_opening
from geo.hours import Opening, Schedules, Spell
from geo.index import StationIndex
from geo.listing import Listing, Page
from geo.live import Live
from geo.live_status import LiveState, LiveStatus
from geo.station import Access, Kind, State, Station, Status

NOW = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)  # Friday, 10:00 in Beijing
LATER = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)
SHUT = Live(spells=(Spell(NOW, LATER, None, "shut", promised=False),))
BROKEN = Live((LiveStatus(LiveState.BROKEN, NOW, LATER, "", 1, facility="water"),))

STATIONS = st.lists(
    st.builds(
        Station,
        id=st.text("ab/驿", min_size=1, max_size=3),
        name=st.just("驿站"),
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


def _opening(station: Station, live: Live | None, at: datetime) -> tuple[Opening, Schedules]:
    usual = Schedules.compile([(station.hours_text, station.calendar)])
    schedules = usual.with_spells({0: live.spells} if live else {})
    return status_opening(station.status) or schedules.opening(int(schedules.ids[0]), at), schedules


def _slow(stations: list[Station], live: dict[str, Live], asked: Page) -> list[tuple[str, State]]:
    found = []
    for station in sorted(stations, key=lambda one: one.id):
        usable = live[station.id].usable(station) if station.id in live else station
        opening, schedules = _opening(usable, live.get(station.id), asked.at)
        leaves = end_of_stay(lambda at, s=schedules: s.opening(int(s.ids[0]), at), asked.at, asked.filters)
        district = asked.district or ""
        prefix = district[:2] if district.endswith("0000") else district.removesuffix("00")
        code = station.district if station.district and station.district.isdecimal() else ""
        inside = asked.district is None or (len(code) == 6 and code.startswith(prefix))
        passes = refusal(usable, opening, asked.filters, asked.at, leaves) is None
        if passes and inside and station.id > asked.after:
            found.append((station.id, opening.state))
    return found[: asked.limit]


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
    said: Live | None,
) -> None:
    stations = [
        station.model_copy(update={"lon": None, "lat": None}) if number in unplaced else station
        for number, station in enumerate(stations)
    ]
    live = {station.id: said for station in stations[:2] if said}
    asked = Page(filters, NOW, limit, district, after)
    listing = Listing(StationIndex.build(stations, live), stations, live)
    page = listing.page(asked)
    assert [(one.station.id, one.opening.state) for one in page] == _slow(stations, live, asked)
    for station in stations:
        one = listing.one(station.id, NOW)
        assert one is not None
        assert one.opening == _opening(station, live.get(station.id), NOW)[0]
    assert listing.one("nobody", NOW) is None
