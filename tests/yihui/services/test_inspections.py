"""Inspections in a real database: planned, recorded once, with tasks that a later inspection closes."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from threading import Barrier

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from core.faults import FaultError
from geo.registry import Register, import_stations, last_inspection, load_live_summaries
from geo.registry.inspections import InspectionState, ItemAnswer
from geo.station import Kind, Station, Status
from store import StoreError
from tests.yihui.services.hotline_desk import refused
from yihui.bootstrap import Settings, Wiring
from yihui.services.access.officer_scope import OfficerScope
from yihui.services.stations.desk_inspections import (
    InspectionQuery,
    count_late_tasks,
    count_overdue_inspections,
    load_all_inspections,
    load_inspected_shares,
    load_inspection,
    load_inspection_page,
    load_station_inspections,
    parse_inspection_query,
)
from yihui.services.stations.inspections import (
    DistrictCriteria,
    InspectionRecord,
    PlannedPeriod,
    plan_district_inspections,
    plan_inspection,
    record_inspection,
    withdraw_inspection,
)

NINE = datetime(2026, 11, 18, 1, tzinfo=UTC)
TODAY = date(2026, 11, 18)
IN_A_WEEK = TODAY + timedelta(days=7)
KEEPER = "li.min"
PERIOD = PlannedPeriod(IN_A_WEEK, "", KEEPER)
YES, NOT_LOOKED_AT = ItemAnswer(True), ItemAnswer(None)


class Inspectors:
    """Two stations and a mother room of one district, one of another city, and a clock that stands still."""

    def __init__(self, target: str, folder: Path) -> None:
        self.now = NINE
        self.wiring = Wiring(Settings(target, folder / "data"), lambda: self.now)
        kinds = {"a": Kind.OUTDOOR_STATION, "b": Kind.OUTDOOR_STATION, "room": Kind.MOTHER_ROOM}
        here = [
            Station(id=id_, name=f"驿站{id_}", kind=kind, district="370102", district_name="历下区")
            for id_, kind in kinds.items()
        ]
        far = Station(id="far", name="海边", kind=Kind.OUTDOOR_STATION, district="370202")
        shut = Station(
            id="shut", name="旧", kind=Kind.OUTDOOR_STATION, district="370102", status=Status.CLOSED_FOR_GOOD
        )
        with self.wiring.database.write() as connection:
            register = Register(name="test", source="test", file="test.csv", digest="1")
            import_stations(connection, register, [*here, far, shut], NINE, confirmed=True)

    @property
    def scope(self) -> OfficerScope:
        return OfficerScope(frozenset({"370102"}), self.day)

    @property
    def day(self) -> date:
        return (self.now + timedelta(hours=8)).date()

    def plan(self, station: str = "a") -> int:
        return plan_inspection(self.wiring, self.scope, station, PlannedPeriod(self.day, "", KEEPER))

    def record(self, number: int, *, on: date | None = None, **answers: ItemAnswer) -> None:
        """Record an inspection in which all is well but for the given answers."""
        items = load_inspection(self.wiring, self.scope, number).items
        found = {**dict.fromkeys(items, YES), **answers}
        due = self.day + timedelta(days=30)
        record = InspectionRecord(on or self.day, found, due, "", KEEPER)
        record_inspection(self.wiring, self.scope, number, record)

    def broken(self, station: str) -> frozenset[str]:
        with self.wiring.database.read() as connection:
            live = load_live_summaries(connection, self.now, station=station).get(station)
        return live.broken_facilities if live else frozenset()


@pytest.fixture
def office(target: str, tmp_path: Path) -> Inspectors:
    return Inspectors(target, tmp_path)


def test_a_finding_becomes_a_status_and_a_task_that_a_later_inspection_closes(office: Inspectors) -> None:
    first = office.plan()
    office.record(first, microwave=ItemAnswer(False, "不加热"), sign=ItemAnswer(False, "褪色"))
    assert office.broken("a") == {"microwave"}
    with office.wiring.database.read() as connection:
        found = last_inspection(connection, "a")
    assert found is not None and found.missing == ("microwave",) and found.on == TODAY
    tasks = load_station_inspections(office.wiring, "a").tasks
    assert {(task.item, task.note) for task in tasks} == {("microwave", "不加热"), ("sign", "褪色")}

    office.now += timedelta(days=31)
    assert count_late_tasks_of(office) == 2
    second = office.plan()
    office.record(second, sign=ItemAnswer(False, "还没换"))
    (left,) = load_station_inspections(office.wiring, "a").tasks
    assert (left.item, left.opened_by, left.note) == ("sign", first, "褪色")
    assert left.is_overdue(office.day), "a finding that stays keeps its first day"
    assert office.broken("a") == frozenset()


def count_late_tasks_of(office: Inspectors) -> int:
    with office.wiring.database.read() as connection:
        return count_late_tasks(connection, office.scope)


@pytest.mark.parametrize("left_out", ["water", "open"])
def test_an_inspection_that_did_not_see_everything_replaces_no_reports(
    office: Inspectors, left_out: str
) -> None:
    number = office.plan()
    answers = {left_out: NOT_LOOKED_AT if left_out == "water" else ItemAnswer(False, "门锁着")}
    office.record(number, medicine=ItemAnswer(False, "空的"), **answers)
    assert office.broken("a") == frozenset()
    with office.wiring.database.read() as connection:
        assert last_inspection(connection, "a") is None
    assert "medicine" in {task.item for task in load_station_inspections(office.wiring, "a").tasks}


def test_a_mother_room_has_a_checklist_of_its_own(office: Inspectors) -> None:
    room = load_inspection(office.wiring, office.scope, office.plan("room")).items
    rest = load_inspection(office.wiring, office.scope, office.plan("a")).items
    assert {"changing_table", "fridge", "room"} <= set(room) and "microwave" not in room
    assert {"open", "sign", "hours_posted", "clean", "water", "microwave", "medicine"} <= set(rest)


def test_a_district_is_planned_at_once_but_for_what_is_planned_shut_or_inspected(office: Inspectors) -> None:
    seen = office.plan("b")
    office.record(seen, on=TODAY - timedelta(days=3))
    office.plan("a")
    since = DistrictCriteria("370102", None, TODAY - timedelta(days=5))
    (number,) = plan_district_inspections(office.wiring, office.scope, since, PERIOD)
    assert load_inspection(office.wiring, office.scope, number).plan.station == "room"
    everywhere = OfficerScope(None, TODAY)
    again = plan_district_inspections(office.wiring, everywhere, DistrictCriteria("370102"), PERIOD)
    assert len(again) == 1, "the inspected one, since no day was given"
    assert refused(
        lambda: plan_district_inspections(office.wiring, office.scope, DistrictCriteria("370102"), PERIOD)
    ) == ["none"]
    assert refused(
        lambda: plan_district_inspections(office.wiring, office.scope, DistrictCriteria("370202"), PERIOD)
    ) == ["outside"]


def test_overdue_inspections_are_listed_and_those_of_other_districts_are_unknown(office: Inspectors) -> None:
    mine = office.plan("a")
    theirs = plan_inspection(office.wiring, OfficerScope(None, TODAY), "far", PERIOD)
    office.now += timedelta(days=30)
    with office.wiring.database.read() as connection:
        assert count_overdue_inspections(connection, office.scope) == 1
        assert count_overdue_inspections(connection, OfficerScope(None, office.day)) == 2
    page = load_inspection_page(office.wiring, office.scope, InspectionQuery("overdue"))
    assert [plan.number for plan in page.plans] == [mine] and page.counts["overdue"] == 1
    assert refused(lambda: load_inspection(office.wiring, office.scope, theirs)) == ["unknown"]
    assert refused(lambda: office.record(theirs)) == ["unknown"]
    assert refused(lambda: withdraw_inspection(office.wiring, office.scope, theirs, "x", KEEPER)) == [
        "unknown"
    ]
    plans, _ = load_all_inspections(office.wiring, OfficerScope(None, office.day), InspectionQuery("overdue"))
    assert {plan.number for plan in plans} == {mine, theirs}


def test_a_plan_is_withdrawn_with_a_reason_and_ends_once(office: Inspectors) -> None:
    number = office.plan()
    assert refused(lambda: withdraw_inspection(office.wiring, office.scope, number, " ", KEEPER)) == [
        "no_reason"
    ]
    withdraw_inspection(office.wiring, office.scope, number, "停业装修", KEEPER)
    found = load_inspection(office.wiring, office.scope, number).plan
    assert found.state is InspectionState.WITHDRAWN and found.outcome and found.outcome.remark == "停业装修"
    assert refused(lambda: office.record(number)) == ["over"]
    assert office.plan() != number, "a withdrawn plan leaves the way free"


def test_every_fault_of_a_plan_or_a_record_is_named_at_once(office: Inspectors) -> None:
    bad = PlannedPeriod(TODAY - timedelta(days=1), "13912345678", KEEPER)
    assert refused(lambda: plan_inspection(office.wiring, office.scope, "far", bad)) == [
        "past",
        "personal",
        "station",
    ]
    number = office.plan()
    assert refused(lambda: office.plan()) == ["planned"]
    record = InspectionRecord(
        TODAY + timedelta(days=1),
        {"sign": ItemAnswer(False), "lift": YES, "clean": ItemAnswer(True, "x" * 201)},
        TODAY + timedelta(days=2000),
        "电话13912345678",
        KEEPER,
    )
    assert refused(lambda: record_inspection(office.wiring, office.scope, number, record)) == [
        "far",
        "future",
        "item",
        "too_long",
        "no_note",
        "personal",
    ]
    nothing = InspectionRecord(TODAY - timedelta(days=90), {"sign": NOT_LOOKED_AT}, TODAY, "", KEEPER)
    assert refused(lambda: record_inspection(office.wiring, office.scope, number, nothing)) == [
        "long_ago",
        "no_answer",
    ]
    assert load_inspection(office.wiring, office.scope, number).plan.outcome is None
    assert load_station_inspections(office.wiring, "a").tasks == []
    assert refused(lambda: parse_inspection_query("all", "", 1)) == ["list"]
    assert refused(lambda: parse_inspection_query("done", "37%", 1)) == ["district"]


@pytest.mark.both_databases
def test_of_two_inspectors_at_once_one_is_refused(office: Inspectors) -> None:
    number, gate = office.plan(), Barrier(2)

    def record() -> str:
        gate.wait(timeout=30)
        try:
            office.record(number, sign=ItemAnswer(False, "褪色"))
        except FaultError as error:
            return error.faults[0].short_code
        return "done"

    with ThreadPoolExecutor(2) as pool:
        outcomes = [one.result(timeout=60) for one in (pool.submit(record), pool.submit(record))]
    assert sorted(outcomes) == ["done", "over"]
    assert len(load_station_inspections(office.wiring, "a").tasks) == 1


def test_the_share_of_inspected_stations_counts_open_ones_by_district_and_year(office: Inspectors) -> None:
    office.record(office.plan("a"))
    office.record(office.plan("a"), water=NOT_LOOKED_AT)
    withdraw_inspection(office.wiring, office.scope, office.plan("b"), "重复", KEEPER)
    (share,) = load_inspected_shares(office.wiring, office.scope, "", 2026)
    assert (share.district, share.stations, share.inspected) == ("370102", 3, 1)
    everywhere = OfficerScope(None, TODAY)
    by_city = load_inspected_shares(office.wiring, everywhere, "", 2026)
    assert [(one.district, one.stations, one.inspected) for one in by_city] == [
        ("370100", 3, 1),
        ("370200", 1, 0),
    ]
    by_county = load_inspected_shares(office.wiring, everywhere, "370200", 2026)
    assert [(one.district, one.inspected) for one in by_county] == [("370202", 0)]
    assert load_inspected_shares(office.wiring, office.scope, "", 2025)[0].inspected == 0


@pytest.mark.parametrize("closed_by", ["NULL", "1"])
def test_a_task_is_closed_once(office: Inspectors, closed_by: str) -> None:
    office.record(office.plan(), sign=ItemAnswer(False, "褪色"))
    office.record(office.plan())
    with pytest.raises((StoreError, DBAPIError)), office.wiring.database.write() as connection:
        connection.execute(text(f"UPDATE inspection_tasks SET closed_by = {closed_by}"))
