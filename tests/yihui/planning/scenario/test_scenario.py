"""A scenario is worth what the comparison of two register files says of the same stations."""

import csv
import json
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest

from core.faults import FaultError
from geo.datum import Datum
from geo.nearest.index import StationIndex
from geo.register_comparison import extend_hours
from geo.registry.diff import Register
from geo.registry.planning import UPLOADED_DEMAND, DemandFile, Scenario, record_demand_file
from geo.registry.stations import import_stations
from geo.station import Access
from tests.geo.siting.towns import at
from tests.yihui.planning.siting.asking import ZH, exhaustively, order_of
from tests.yihui.planning.siting.test_sites_best import closing_by_day
from tests.yihui.planted_town import Town, stations_of_town
from yihui.bootstrap import Wiring
from yihui.frame.content import Chart, Facts
from yihui.planning.answer import answer_json
from yihui.planning.comparison.request import CompareOrder
from yihui.planning.comparison.run import compare_registers
from yihui.planning.demand.request import CENSUS_DEMAND, DEMANDS, SEARCHES_DEMAND
from yihui.planning.scenario.answer import changes_table, scenario_sections
from yihui.planning.scenario.request import AddedStation, ScenarioChanges, list_takes
from yihui.planning.scenario.run import (
    added_stations,
    apply_changes,
    check_places,
    list_stations,
    measure_scenario,
    rank_longer_hours,
    take_proposals,
)
from yihui.planning.siting.answer import build_siting_answer
from yihui.planning.siting.run import propose_sites
from yihui.planning.text import format_share

EVENING = datetime.fromisoformat("2026-10-09T21:00+08:00")
MORNING = datetime.fromisoformat("2026-10-09T10:00+08:00")
((LON, LAT),) = at((2_000.0, 2_500.0)).tolist()
CHANGES = ScenarioChanges(
    late=("s1", "s3"), closed=("s0",), added=(AddedStation(lon=LON, lat=LAT, hours="每天18:00-23:00"),)
)


def write_register(path: Path, index: StationIndex) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["编号", "名称", "类型", "经度", "纬度", "开放时间", "开放对象"])
        rows.writerows((s.id, s.name, "驿站", s.lon, s.lat, s.hours_text, "公众") for s in index.stations)
    return path


def store_demand(town: Town, wiring: Wiring) -> str:
    """Store the town's file of demand as a planner's upload; return its code."""
    content, options = town.demand_file().read_bytes(), {"demand_datum": "wgs84"}
    file = DemandFile("b" * 32, "住户", "li.min", "370100", "people.csv", options, {}, len(content), EVENING)
    with wiring.database.write() as connection:
        record_demand_file(connection, file, content)
    return f"{UPLOADED_DEMAND}{file.id}"


@pytest.mark.parametrize("is_of_file", [False, True])
def test_a_scenario_is_worth_what_two_register_files_say(
    town: Town, wiring: Wiring, tmp_path: Path, is_of_file: bool
) -> None:
    demand = store_demand(town, wiring) if is_of_file else CENSUS_DEMAND
    today = StationIndex.build(stations_of_town())
    sides = (today, apply_changes(today, CHANGES, EVENING))
    before, after = (write_register(tmp_path / f"{n}.csv", side) for n, side in enumerate(sides))
    asked = Scenario(1, 1, "晚上", "370100", EVENING, 1_000, demand, "", "li.min", EVENING)
    found = measure_scenario(wiring, asked, CHANGES)
    files = compare_registers(
        wiring,
        CompareOrder(
            area="370100",
            before_file=before,
            after_file=after,
            at=EVENING,
            datum=Datum.WGS84,
            demand=demand,
            demand_datum=Datum.WGS84,
        ),
    )
    assert found.chosen.title == files.demand_title
    assert found.served.totals == files.served.totals
    assert found.served.totals["gained"] > 0 < found.served.totals["lost"]
    _, facts, *_ = scenario_sections(asked, CHANGES, found, ZH)
    assert isinstance(facts, Facts)
    told, total = {one.name: one.value for one in facts.facts}, found.served.demand.total
    shares = [format_share(found.served.totals[side] / total) for side in ("before", "after")]
    assert str(told["shares"]).split(" → ") == shares and shares[0] != shares[1]
    assert str(told["nights"]).split(" → ") == [format_share(one) for one in found.nights]
    beside_itself = measure_scenario(wiring, asked, CHANGES, CHANGES)
    assert beside_itself.served.totals["gained"] == 0 == beside_itself.served.totals["lost"]


@pytest.mark.parametrize("demand", [f"{UPLOADED_DEMAND}{'0' * 32}", SEARCHES_DEMAND])
def test_where_its_demand_is_gone_a_scenario_measures_residents_and_says_so(
    town: Town, wiring: Wiring, demand: str
) -> None:
    residents = Scenario(1, 1, "晚上", "370100", EVENING, 1_000, CENSUS_DEMAND, "", "li.min", EVENING)
    asked = replace(residents, demand=demand)
    found = measure_scenario(wiring, asked, CHANGES)
    assert found.served.totals == measure_scenario(wiring, residents, CHANGES).served.totals
    (note,) = found.chosen.notes
    assert (
        ZH.translate(note.message).partition("{")[0] in scenario_sections(asked, CHANGES, found, ZH)[0].text
    )


@pytest.mark.parametrize(
    ("hours", "until", "extended"),
    [
        ("08:00-18:00", "22:00", "每天08:00-22:00"),
        ("周一至周五 9:00-12:00 13:30-17:00", "24:00", "周一至周五09:00-12:00,13:30-24:00"),
        ("工作日 8:30-17:30", "22:00", "工作日08:30-22:00"),
        ("工作日 8:30-17:30", "all", "工作日00:00-24:00"),
        ("周末9:00-12:00", "22:00", "周六、周日09:00-22:00"),
        ("周一至周五8:30-17:30，节假日休息", "22:00", "周一至周五08:30-22:00，节假日休息"),
        ("Mo-Fr 08:30-17:30; PH off", "22:00", "Mo-Fr 08:30-22:00; PH off"),
        ("24小时", "22:00", "24小时"),
        ("7:00-23:00", "22:00", "7:00-23:00"),
        ("以门口公告为准", "20:00", "每天08:00-20:00"),
        ("08:00-18:00", "all", "24小时"),
    ],
)
def test_a_station_opens_until_the_hour_and_never_shorter(hours: str, until: str, extended: str) -> None:
    one = stations_of_town()[1].model_copy(update={"hours_text": hours})
    changed = apply_changes(
        StationIndex.build([one]), ScenarioChanges.model_validate({"until": until, "late": [one.id]}), EVENING
    )
    assert [station.hours_text for station in changed.stations] == [extended]


def test_a_station_of_unknown_hours_that_opens_longer_is_named_and_counted(
    town: Town, wiring: Wiring
) -> None:
    known, other = (one.model_copy(update={"id": f"new-{one.id}"}) for one in stations_of_town()[1:3])
    unknown = other.model_copy(update={"hours_text": "以门口公告为准"})
    with wiring.database.write() as connection:
        register = Register(name="test", source="test", file="test.csv", digest="9")
        import_stations(connection, register, [unknown, known], EVENING, confirmed=True)
    asked = Scenario(1, 1, "晚上", "370100", EVENING, 1_000, CENSUS_DEMAND, "", "li.min", EVENING)
    changes = ScenarioChanges(late=(unknown.id, known.id))
    assert measure_scenario(wiring, asked, changes).unsure == 1
    table = changes_table(changes, list_stations(wiring, asked, changes))
    assert [bool(table.columns[-1].value(row)) for row in table.rows] == [True, False]


def test_longer_hours_that_gain_nothing_yet_are_told_with_the_hour_in_which_most_is_gained(
    town: Town, wiring: Wiring
) -> None:
    changes = ScenarioChanges(late=("s1", "s3"), until="20:00")
    asked = Scenario(1, 1, "晚上", "370100", MORNING, 1_000, CENSUS_DEMAND, "", "li.min", EVENING)
    found, later = measure_scenario(wiring, asked, changes), EVENING.replace(hour=19)
    assert not found.served.totals["gained"] and found.later
    evening = measure_scenario(wiring, replace(asked, at=later), changes)
    assert (found.later.at, found.later.totals) == (later, evening.served.totals)
    assert evening.later is None
    advice, facts, chart = scenario_sections(asked, changes, found, ZH)
    told = {one.name: str(one.value) for one in facts.facts}
    assert "19:00" in advice.text and f"{evening.served.totals['after']:,.0f}" in told["people"]
    assert not told["change"].endswith("+0") and "19:00" in told["change"]
    assert isinstance(chart, Chart) and len(chart.points) == 24
    assert dict(chart.points)[later] == evening.served.totals["after"]


def test_stations_that_gain_most_by_opening_longer_come_first_and_each_counts_beside_those_before_it(
    town: Town, wiring: Wiring
) -> None:
    asked = Scenario(1, 1, "晚上", "370100", MORNING, 1_000, CENSUS_DEMAND, "", "li.min", EVENING)
    ranked, evening = rank_longer_hours(wiring, asked, ScenarioChanges()), replace(asked, at=EVENING)

    def gain(*late: str) -> float:
        return measure_scenario(wiring, evening, ScenarioChanges(late=late)).served.totals["gained"]

    everyone = [one.station.id for one in list_stations(wiring, asked, ScenarioChanges())]
    assert len(ranked) > 1 and gain(ranked[0]) == max(map(gain, everyone))
    assert gain(*ranked) == gain(*everyone)
    assert ranked[0] not in rank_longer_hours(wiring, asked, ScenarioChanges(closed=(ranked[0],)))


def test_stations_open_to_the_public_are_listed_before_rooms_of_others(town: Town, wiring: Wiring) -> None:
    first, second = (
        one.model_copy(update={"id": f"listed-{number}", "name": name, "access": access})
        for number, (one, name, access) in enumerate(
            zip(stations_of_town()[1:3], ("A", "B"), (Access.EMPLOYER, Access.PUBLIC), strict=True)
        )
    )
    with wiring.database.write() as connection:
        register = Register(name="listed", source="test", file="test.csv", digest="10")
        import_stations(connection, register, [first, second], EVENING, confirmed=True)
    asked = Scenario(1, 1, "晚上", "370100", EVENING, 1_000, CENSUS_DEMAND, "", "li.min", EVENING)
    listed = [one.station.id for one in list_stations(wiring, asked, ScenarioChanges())]
    assert listed.index(second.id) < listed.index(first.id)


def test_proposals_keep_their_places_and_are_open_when_they_were_asked_for(
    town: Town, wiring: Wiring
) -> None:
    order = order_of(town, extended_hours=True)
    found = propose_sites(wiring, order, exhaustively)
    told = json.loads(json.dumps(answer_json(build_siting_answer(order, found, ZH), ZH)))
    changes, longer = take_proposals(told, "new"), take_proposals(told, "longer")
    assert [(one.lon, one.lat) for one in changes.added] == [
        (round(one.lon, 6), round(one.lat, 6)) for one in found.proposals
    ]
    assert found.longer_hours is not None
    assert longer.late == tuple(one.id for one in found.longer_hours.doors)
    assert changes.late == () == longer.added
    for taken, opened in ((changes, ("scenario-1", "scenario-2", "scenario-3")), (longer, longer.late)):
        after = apply_changes(StationIndex.build(stations_of_town()), taken, order.at)
        is_open = dict(zip((one.id for one in after.stations), after.states(order.at), strict=True))
        assert all(is_open[id_] == 1 for id_ in opened)


def test_a_proposal_whose_name_holds_a_phone_number_is_told_by_its_point() -> None:
    place = {"lon": LON, "lat": LAT, "hours": "24小时", "place": "老王13800138000小卖部"}
    taken = take_proposals({"at": "2026-10-09T21:00+08:00", "tables": {"sites": [place]}}, "new")
    assert [one.name for one in added_stations(taken)] == [f"{LON:.5f}, {LAT:.5f}"]


@pytest.mark.parametrize(
    ("asked", "takes"),
    [
        ({}, ("new",)),
        ({"extended_hours": True}, ("new", "longer")),
        ({"demand": SEARCHES_DEMAND}, ("new",)),
        ({"grid_m": 300.0, "radius_m": 5_000.0}, ("new",)),
        *(
            (asked, ())
            for asked in (
                {"travel": "walk"},
                {"only_register": "test"},
                {"demand": f"{UPLOADED_DEMAND}of-a-wider-area"},
                {"fixed": "none"},
                {"spacing_m": 100.0},
                {"radius_m": 6_000.0},
            )
        ),
    ],
)
def test_a_scenario_takes_proposals_that_answer_its_question(
    asked: dict[str, object], takes: tuple[str, ...]
) -> None:
    order = {"p": 3, "demand": CENSUS_DEMAND, "fixed": "existing", **asked}
    places = ("sites", "370100"), ("sites", "370102"), ("sites", "370000"), ("coverage", "370102")
    assert [list_takes(*place, order, DEMANDS) for place in places] == [takes, takes, (), ()]


def test_a_plan_s_closings_are_closed(town: Town, wiring: Wiring) -> None:
    order = closing_by_day(town, p=1, at_most_close=4)
    found = propose_sites(wiring, order, exhaustively)
    told = json.loads(json.dumps(answer_json(build_siting_answer(order, found, ZH), ZH)))
    assert take_proposals(told, "new").closed == tuple(one.id for one in found.closed) != ()
    assert take_proposals(told, "longer").closed == ()


@pytest.mark.parametrize(("at_hour", "until"), [("10:00", "22:00"), ("21:00", "22:00"), ("23:10", "24:00")])
def test_longer_hours_hold_when_they_were_asked_for(at_hour: str, until: str) -> None:
    told = {"at": f"2026-10-09T{at_hour}+08:00", "tables": {"open_longer": [{"id": "s1"}]}}
    assert take_proposals(told, "longer").until == until


@pytest.mark.parametrize(
    ("hours", "extended"), [("12:00-18:00", "每天08:00-22:00"), ("12:00-23:00", "每天08:00-23:00")]
)
def test_a_station_that_opens_too_late_for_the_instant_opens_earlier(hours: str, extended: str) -> None:
    index = StationIndex.build([stations_of_town()[1].model_copy(update={"hours_text": hours})])
    assert extend_hours(index, 0, "22:00", MORNING) == extended


@pytest.mark.parametrize(
    ("asked", "fields"),
    [
        ({"late": ["s1"], "closed": ["nobody"]}, ["late"]),
        ({"added": [{"lon": LON, "lat": LAT}, {"lon": 0, "lat": 0}, {"lon": 0, "lat": 90}]},
         ["added.1.lon", "added.2.lon"]),
    ],
)  # fmt: skip
def test_what_lies_beyond_the_area_is_refused(
    wiring: Wiring, asked: dict[str, object], fields: list[str]
) -> None:
    check_places(wiring, "370100", 1_000, CHANGES)
    changes = ScenarioChanges.model_validate(asked)
    with pytest.raises(FaultError) as refused:
        check_places(wiring, "370100", 1_000, changes)
    assert [fault.field for fault in refused.value.faults] == fields
    check_places(wiring, "370100", 1_000, ScenarioChanges(closed=("gone",)), ScenarioChanges(late=("gone",)))


def test_what_stands_beside_an_added_station_is_named(town: Town, wiring: Wiring) -> None:
    asked = Scenario(1, 1, "晚上", "370100", EVENING, 1_000, CENSUS_DEMAND, "", "li.min", EVENING)
    stands = stations_of_town()[1]
    added = [{"lon": stands.lon, "lat": stands.lat}, {"lon": LON, "lat": LAT}]
    for closed, named in (([], [stands.name]), ([stands.id], [])):
        changes = ScenarioChanges.model_validate({"added": added, "closed": closed})
        assert measure_scenario(wiring, asked, changes).beside == named
