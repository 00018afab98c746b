"""The phone's answers from a pack against the index's own, and a pack that is kept up to date by differences."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from shutil import copy
from urllib.parse import parse_qs, urlencode

import numpy as np
import pytest

from core.civil_time import civil_date
from geo.messages import Answer
from geo.nearest.index import StationIndex
from geo.region import RegionCell, build_region_timetable
from geo.station import Access, Kind, Station
from geo.status.devices import DeviceReading, DoorState
from geo.status.live import LiveSummary, build_live_summary
from geo.status.statements import ReporterRole, ReportKind, StatusReport
from tests.front import call_each
from tests.geo.nearest.brute_force import NOW, register
from tests.geo.nearest.test_index_changes import LIVE_KINDS, live
from tests.geo.nearest.whole_registers import INSTANTS, Register, read_demo, read_taiwan
from tests.tiers import ENDURES, budget
from tests.yihui.http.conftest import Clock, import_into
from tests.yihui.http.keeper_pages import app_of
from tests.yihui.offline.asking import ON_THE_PHONE, Fields, differences, questions
from yihui.bootstrap import Settings, Wiring, build_wiring
from yihui.http.rider.request import RiderPageForm
from yihui.runtime.language import load_language
from yihui.services.stations.nearest import find_nearest
from yihui.services.stations.served_area import ServedArea
from yihui.views.region_pack import PACK_DAYS, RegionPack, build_region_limits, build_region_pack
from yihui.views.stations import build_nearest_answers

QUESTIONS = budget(300)
ENGLISH = load_language("en")
_MANY = {"kind", "facility", "entry", "access", "benefit"}


def packed(
    stations: StationIndex, said: dict[str, LiveSummary], cell_id: str = "117.0_36.5", now: datetime = NOW
) -> RegionPack:
    cell = RegionCell.from_id(cell_id)
    timetable = build_region_timetable(stations.with_live(said), cell, civil_date(now), PACK_DAYS)
    there = [s for s in stations.stations if s.id in timetable.numbers]
    return build_region_pack(cell, "1.0", there, timetable, said, {})


def by_index(index: StationIndex, queries: list[str], now: datetime = NOW) -> list[Fields]:
    answers = []
    for query in queries:
        fields = {name: v if name in _MANY else v[-1] for name, v in parse_qs(query).items()}
        asked = RiderPageForm.model_validate(fields)
        assert asked.point is not None
        found = find_nearest(index, [asked.point], asked.nearest_query(asked.datum, now))
        answers.append(dict(build_nearest_answers([{}], found, asked.datum, ENGLISH)[0]))
    return answers


def by_phone(pack: RegionPack, queries: list[str], now: datetime = NOW) -> list[Fields]:
    (told,) = call_each(ON_THE_PHONE, "answered", [[pack, queries, now.timestamp() * 1000]])
    assert isinstance(told, list)
    return told


def hits(answer: Fields) -> list[Fields]:
    assert isinstance(answer["results"], list)
    return answer["results"]


@pytest.mark.parametrize(
    "seed",
    [
        pytest.param(1, marks=pytest.mark.deeper),
        *(pytest.param(n, marks=pytest.mark.endure) for n in (2, 3)),
    ],
)
def test_the_phone_finds_says_and_skips_what_the_index_does(seed: int) -> None:
    rng = np.random.default_rng(seed)
    plain = StationIndex.build(register(seed, 900))
    some = rng.choice([s.id for s in plain.stations], 60)
    said = {str(id): live(LIVE_KINDS[rng.integers(len(LIVE_KINDS))]) for id in some}
    queries = questions(rng, QUESTIONS, NOW)
    told = by_phone(packed(plain, said), queries)
    pairs = zip(queries, by_index(plain.with_live(said), queries), told, strict=True)
    wrong = {q: d for q, server, phone in pairs if phone["is_whole"] and (d := differences(server, phone))}
    assert not wrong, next(iter(wrong.items()))
    assert sum(phone["is_whole"] is True for phone in told) > QUESTIONS / 2


# Jinan; Qingdao by the sea; Heze, at the edge of the province.
_DEMO = [("117.0_36.5", (117.02, 36.66)), ("120.0_36.0", (120.38, 36.07)), ("115.0_35.0", (115.48, 35.24))]
# Taipei; Kaohsiung; Kinmen, an island by itself.
_TAIWAN = [
    ("121.5_25.0", (121.54, 25.04)),
    ("120.0_22.5", (120.3, 22.63)),
    ("118.0_24.0", (118.32, 24.43)),
]


@pytest.mark.deeper
def test_the_phone_answers_over_the_demos_own_register_as_the_index_does(tmp_path: Path) -> None:
    _assert_alike(read_demo(tmp_path), _DEMO)


@pytest.mark.endure
@pytest.mark.needs("shared")
def test_the_phone_answers_over_a_real_register_as_the_index_does() -> None:
    _assert_alike(read_taiwan(), _TAIWAN)


def _assert_alike(whole: Register, regions: list[tuple[str, tuple[float, float]]]) -> None:
    """Both orders at night, on National Day, in Spring Festival, and as doors close; a pack of each day and region."""
    rng, count = np.random.default_rng(4), 0
    for number, now in enumerate(INSTANTS if ENDURES else INSTANTS[:2]):
        for cell, town in regions if ENDURES else [regions[number]]:
            asked = questions(rng, 40, now, town)
            told = by_phone(packed(whole.index, {}, cell, now), asked, now)
            pairs = zip(asked, by_index(whole.index, asked, now), told, strict=True)
            wrong = {
                q: d for q, server, phone in pairs if phone["is_whole"] and (d := differences(server, phone))
            }
            assert not wrong, (cell, now, next(iter(wrong.items())))
            count += sum(phone["is_whole"] is True for phone in told)
    assert count > 20


@pytest.mark.parametrize("clock", ["11:00", "12:00", "14:00", "20:00"])
def test_the_phone_knows_no_more_than_the_index_of_a_day_off_that_the_hours_leave_open(clock: str) -> None:
    now = datetime.fromisoformat(f"2026-10-01T{clock}+08:00")
    hours = {
        "twice": "周一至周五8:30-12:00，13:30-17:30",
        "none": "",
        "usual": "8:30-20:00",
        "always": "24小时",
    }
    facts = {"kind": Kind.OUTDOOR_STATION, "access": Access.PUBLIC, "lat": 36.66}
    stations = [
        Station(id=f"{name}{n}", name=name, lon=117.0 + place + n / 500, hours_text=text, **facts)
        for place, n in ((0.0, 1), (0.3, 2))
        for name, text in hours.items()
    ]
    index = StationIndex.build(stations)
    asked = [
        urlencode({"lon": lon, "lat": "36.66", "at": now.isoformat(), "order": "distance", **more})
        for lon in ("117.0", "117.12", "117.6")
        for more in ({}, {"open": "true"}, {"usable": "false"}, {"travel": "walk", "stay_min": "30"})
    ]
    told = by_phone(packed(index, {}, now=now), asked, now)
    pairs = zip(by_index(index, asked, now), told, strict=True)
    assert [differences(*pair) for pair in pairs] == [[] for _ in asked]
    assert any(answer["beyond"] for answer in told)


def test_the_phone_tells_of_the_areas_border_where_the_server_does() -> None:
    """But for the kilometre or two to which the phone knows the border, within which it tells."""
    served, cell, rng = ServedArea.load("370000"), RegionCell.from_id("117.5_34.5"), np.random.default_rng(3)
    timetable = build_region_timetable(StationIndex.build([]), cell, civil_date(NOW), PACK_DAYS)
    pack = build_region_pack(cell, "1.0", [], timetable, {}, {}, limits=build_region_limits(cell, served))
    points = rng.uniform((117.2, 34.2), (118.3, 35.3), (400, 2)).round(4).tolist()
    asked = [[point, round(rng.uniform(200, 15_000))] for point in points]
    (told,) = call_each(ON_THE_PHONE, "toldOfBorder", [[pack, asked, NOW.timestamp() * 1000]])
    assert isinstance(told, list)
    inside = served.outlines.assign(points).code
    for (point, metres), is_told, code in zip(asked, told, inside, strict=True):
        if code == "370000":  # outside all is told, on the phone as far as its cards reach to the border
            assert is_told or not served.may_miss(tuple(point), metres), (point, metres)
            assert served.may_miss(tuple(point), metres + 2_500) or not is_told, (point, metres)
    assert 50 < sum(told) < 350


def test_what_was_said_lapses_on_the_phone_at_its_end() -> None:
    plain = StationIndex.build(register(1, 300))
    said = {station.id: live("broken") for station in plain.stations[::2]}
    pack, queries = (
        packed(plain, said),
        ["lon=117.02&lat=36.66&facility=water&usable=false", "lon=117&lat=36.6&k=20"],
    )
    for minutes, holds in ((20, said), (61, {})):
        later = NOW + timedelta(minutes=minutes)
        expected = by_index(plain.with_live(holds), queries, later)
        assert any(hit["live"] for answer in expected for hit in hits(answer)) == bool(holds)
        told = by_phone(pack, queries, later)
        assert [differences(*pair) for pair in zip(expected, told, strict=True)] == [[], []]


def test_who_answered_a_report_and_what_is_told_on_the_phone_as_by_the_server() -> None:
    plain = StationIndex.build(register(1, 300))
    report = StatusReport("1", "s", NOW, ReporterRole.RIDER, ReportKind.LOCKED, "rider")
    answers = [(Answer.CORRECTED, ReporterRole.KEEPER), (Answer.ON_IT, ReporterRole.OFFICER)]
    lives = [
        build_live_summary([replace(report, answer=answer, answered_by=by)], NOW) for answer, by in answers
    ]
    said = {station.id: lives[n % 2] for n, station in enumerate(plain.stations)}
    query = ["lon=117&lat=36.6&k=20"]
    expected, told = by_index(plain.with_live(said), query), by_phone(packed(plain, said), query)
    assert {note["reason"] for hit in hits(expected[0]) for note in hit["live"]} == {
        "1 person said the door is locked (16:50); answered by keeper: It was corrected",
        "1 person said the door is locked (16:50); answered by the union: We see to it",
    }
    assert differences(expected[0], told[0]) == []


def test_beyond_what_is_saved_the_phone_says_that_it_does_not_know() -> None:
    pack = packed(StationIndex.build(register(1, 300)), {})
    later = NOW + timedelta(days=16)
    query = f"lon=117.02&lat=36.66&datum=wgs84&at={later.isoformat().replace('+', '%2B')}"
    (told,) = by_phone(pack, [query])
    reasons = {hit["reason"] for hit in hits(told) if hit["state"] == "unknown"}
    assert reasons == {"what is saved says nothing of that time"}


def test_what_could_be_nearer_outside_of_the_box_is_told() -> None:
    pack = packed(StationIndex.build(register(1, 300)), {})
    edge = "lon=117.9999&lat=36.66&datum=wgs84"
    (told,) = by_phone(pack, [edge])
    assert told["is_whole"] is False


@pytest.mark.parametrize(
    "later",
    [
        timedelta(days=13, hours=-6),
        *(
            pytest.param(after, marks=pytest.mark.endure)
            for after in (timedelta(hours=7), timedelta(days=2, hours=-6))
        ),
    ],
)
def test_a_forms_hours_at_night_and_weekdays_on_special_days_are_answered_alike(later: timedelta) -> None:
    """The night of a Friday, a make-up Sunday, and National Day."""
    texts = (
        "0:00-23:59",
        "24小时",
        "00:00-00:00",
        "周一至周五9:00-17:00",
        "8:00-24:00",
        "周一至周六9:00-17:00",
    )
    stations = [
        station.model_copy(update={"hours_text": texts[n % len(texts)], "access": Access.PUBLIC})
        for n, station in enumerate(register(1, 300))
    ]
    plain, queries = (
        StationIndex.build(stations),
        [
            f"lon=117.02&lat=36.66&k=8&{rest}"
            for rest in ("", "open=true", "open=true&usable=false", "usable=false")
        ],
    )
    expected = by_index(plain, queries, NOW + later)
    told = by_phone(packed(plain, {}), queries, NOW + later)
    assert [differences(*pair) for pair in zip(expected, told, strict=True)] == [[]] * len(queries)
    reasons = {str(hit["reason"]) for answer in expected for hit in hits(answer)}
    assert reasons - {""}


DEVICES: list[tuple[DoorState, int | None]] = [("closed", None), ("open", 3), ("open", None), ("closed", 0)]


@pytest.mark.endure
@pytest.mark.parametrize("minutes", [0, 39, 40, 41, 180, 400])
def test_what_devices_stated_holds_and_falls_silent_on_the_phone_as_on_the_server(minutes: int) -> None:
    """Their readings are twenty minutes old when the pack is made, and none comes any more."""
    plain, at = StationIndex.build(register(1, 300)), NOW - timedelta(minutes=20)
    states = {s.id: [DeviceReading(at, *DEVICES[n // 2 % 4])] for n, s in enumerate(plain.stations) if n % 2}

    def said(now: datetime) -> dict[str, LiveSummary]:
        return {id: build_live_summary([], now, readings=of) for id, of in states.items()}

    later = NOW + timedelta(minutes=minutes)
    queries = [
        f"lon=117.02&lat=36.66&datum=wgs84&k=20&{rest}"
        for rest in ("", "open=true", "usable=true&stay_min=60", "facility=water", "usable=false")
    ]
    expected = by_index(plain.with_live(said(later)), queries, later)
    told = by_phone(packed(plain, said(NOW)), queries, later)
    assert [differences(*pair) for pair in zip(expected, told, strict=True)] == [[]] * len(queries)
    states_told = {str(note["state"]) for hit in hits(expected[-1]) for note in hit["live"]}  # type: ignore[attr-defined]
    # A closed door is closed to whoever arrives within an hour of the reading.
    expected_states = {0: {"sensed", "closed"}, 39: {"sensed"}}
    assert states_told == expected_states.get(minutes, {"silent"})


CELL = "/api/v1/stations/regions/117.0_36.5"
HOURS = ("", "24小时", "8:30-17:30", "周一至周五9:00-17:00", "看通知")
STEPS = budget(16)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def site(migrated_file: Path, tmp_path: Path, clock: Clock) -> Iterator[Wiring]:
    database = str(copy(migrated_file, tmp_path / "yihui.db"))
    made = build_wiring(Settings(database=database, data_folder=tmp_path), now=clock)
    yield made
    made.database.close()


def station(rng: np.random.Generator, number: int) -> Station:
    lon, lat = rng.normal((117.0, 36.7), (0.7, 0.5))  # some outside of the box
    place = {"lon": float(lon), "lat": float(lat)} if rng.random() < 0.9 else {}
    id = f"{'站😀s'[rng.integers(3)]}{number:03}"  # ids whose order differs in UTF-16
    return Station(
        id=id,
        name=f"驿站 {rng.integers(1000)}",
        kind=list(Kind)[rng.integers(3)],
        hours_text=HOURS[rng.integers(len(HOURS))],
        facilities=frozenset({"water", "toilet"}) if rng.random() < 0.5 else frozenset(),
        **place,
    )


def changed(rng: np.random.Generator, there: dict[str, Station]) -> dict[str, Station]:
    """Some go, some come, some become another."""
    left = {id: one for id, one in there.items() if rng.random() < 0.9}
    others = [station(rng, int(rng.integers(300))) for _ in range(rng.integers(0, 12))]
    return left | {one.id: one for one in others}


@pytest.mark.parametrize(
    "seed",
    [
        pytest.param(1, marks=pytest.mark.deeper),
        *(pytest.param(n, marks=pytest.mark.endure) for n in (2, 3)),
    ],
)
def test_a_difference_makes_of_the_old_what_is_sent_whole(site: Wiring, clock: Clock, seed: int) -> None:
    rng = np.random.default_rng(seed)
    there = {one.id: one for one in (station(rng, n) for n in range(200))}
    steps: list[tuple[object, object]] = []
    client = app_of(site)
    import_into(site, list(there.values()))
    held = client.get(CELL).json()
    version, first = held["version"], held
    for _ in range(STEPS):
        there = changed(rng, there)
        clock.now += timedelta(hours=int(rng.integers(0, 30)))
        import_into(site, list(there.values()))
        difference = client.get(CELL, params={"since": version}).json()
        assert difference["since"] == version
        steps.append((difference, client.get(CELL).json()))
        version = difference["version"]
    (same,) = call_each(ON_THE_PHONE, "sameAfterEach", [[first, steps]])
    assert same == [True] * STEPS


def test_a_difference_to_something_else_is_not_applied(site: Wiring) -> None:
    rng = np.random.default_rng(7)
    one, other = ([station(rng, n) for n in range(40)] for _ in range(2))
    client = app_of(site)
    import_into(site, one)
    before = client.get(CELL).json()
    import_into(site, other)
    difference = client.get(CELL, params={"since": before["version"]}).json()
    before["version"] = "0.0"
    (same,) = call_each(ON_THE_PHONE, "sameAfterEach", [[before, [(difference, None)]]])
    assert same == [True], "null, as the whole has to be fetched"
