"""Inspections in a real database: planned, recorded once, with tasks that a later inspection closes."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from geo.registry.diff import Register
from geo.registry.inspections import (
    InspectionPlan,
    InspectionState,
    InspectionTask,
    find_plan,
    last_inspection,
)
from geo.registry.statements import load_live_summaries
from geo.registry.stations import find_station, import_stations
from geo.station import Kind, Station, Status
from store import StoreError
from tests.transactions import read_in, rows_in
from tests.yihui.nouns import count_waiting, do, list_rows
from tests.yihui.refusals import do_at_once, refused
from tests.yihui.services.hardship_office import sent_file
from tests.yihui.services.hotline_desk import officer
from yihui.access.actor import Actor
from yihui.access.roles import Role
from yihui.access.tables import audit_entries
from yihui.bootstrap import Settings, Wiring
from yihui.cases.inspections.acts import (
    PHOTO,
    PLAN,
    PLAN_DISTRICT,
    RECORD,
    WITHDRAW,
    list_checklist,
    list_photos,
)
from yihui.cases.inspections.calls import load_station_inspections
from yihui.cases.inspections.pages import PLANS, REPAIRS, SHARES
from yihui.files.pictures import PicturedFile
from yihui.frame.acts import Act
from yihui.frame.fields import TypedFile
from yihui.frame.looking import NamedPage, show_thing
from yihui.frame.noun import Noun

NINE = datetime(2026, 11, 18, 1, tzinfo=UTC)
TODAY = date(2026, 11, 18)
KEEPER = officer("li.min", "370102", Role.REGISTER_KEEPER)
ABOVE = officer("wang", "370000", Role.REGISTER_KEEPER)


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
    def day(self) -> date:
        return (self.now + timedelta(hours=8)).date()

    def act(self, act: Act[Any, Any], number: int | None, by: Actor = KEEPER, **said: Any) -> int:
        return int(do(self.wiring, by, act, number, **said))

    def plan(self, station: str = "a", by: Actor = KEEPER, **said: Any) -> int:
        return self.act(PLAN, None, by, station=station, **{"due": str(self.day), **said})

    def plan_district(self, district: str, by: Actor = KEEPER, **said: Any) -> list[str]:
        """Plan a district; return the stations that are under a plan then."""
        self.act(PLAN_DISTRICT, None, by, district=district, **said)
        return [row.plan.station for row in self.listed(PLANS, by, district=district)]

    def items(self, number: int) -> tuple[str, ...]:
        with self.wiring.database.read() as connection:
            station = find_station(connection, self.read(number).station)
            assert station is not None
            return list_checklist(connection, station, self.now)

    def record(self, number: int, by: Actor = KEEPER, on: date | None = None, **answers: str) -> None:
        """Record an inspection in which all is well but for the given answers: what is wrong, or a code."""
        said = dict.fromkeys(self.items(number), "yes")
        for item, answer in answers.items():
            said |= {item: answer} if answer in ("yes", "unseen") else {item: "no", f"{item}_note": answer}
        self.act(RECORD, number, by, **said, **({"on": on} if on else {}))

    def read(self, number: int) -> InspectionPlan:
        plan = read_in(self.wiring.database, find_plan, number)
        assert plan is not None
        return plan

    def show(self, number: int, by: Actor = KEEPER) -> NamedPage:
        return show_thing(self.wiring, by, PLANS, number, self.wiring.language)

    def listed(self, noun: Noun, by: Actor = KEEPER, **asked: Any) -> list[Any]:
        return list_rows(self.wiring, by, noun, **asked)

    def waiting(self, noun: Noun, by: Actor = KEEPER) -> int:
        return count_waiting(self.wiring, by, noun)

    def tasks(self, station: str = "a") -> list[InspectionTask]:
        return list(load_station_inspections(self.wiring, station).tasks)

    def broken(self, station: str) -> frozenset[str]:
        live = read_in(self.wiring.database, load_live_summaries, self.now, station=station).get(station)
        return live.broken_facilities if live else frozenset()


@pytest.fixture
def office(target: str, tmp_path: Path) -> Inspectors:
    return Inspectors(target, tmp_path)


def test_a_finding_becomes_a_status_and_a_task_that_a_later_inspection_closes(office: Inspectors) -> None:
    first = office.plan()
    office.record(first, microwave="不加热", sign="褪色")
    assert office.broken("a") == {"microwave"}
    found = read_in(office.wiring.database, last_inspection, "a")
    assert found is not None and found.missing == ("microwave",) and found.on == TODAY
    assert {(task.item, task.note) for task in office.tasks()} == {("microwave", "不加热"), ("sign", "褪色")}

    office.now += timedelta(days=31)
    assert office.waiting(REPAIRS) == 2 == len(office.listed(REPAIRS, overdue=True))
    second = office.plan()
    office.record(second, sign="还没换")
    (left,) = office.tasks()
    assert (left.item, left.opened_by, left.note) == ("sign", first, "褪色")
    assert left.is_overdue(office.day), "a finding that stays keeps its first day"
    assert office.broken("a") == frozenset()


@pytest.mark.parametrize("left_out", ["water", "open"])
def test_an_inspection_that_did_not_see_everything_replaces_no_reports(
    office: Inspectors, left_out: str
) -> None:
    answers = {left_out: "unseen" if left_out == "water" else "门锁着"}
    office.record(office.plan(), medicine="空的", **answers)
    assert office.broken("a") == frozenset()
    assert read_in(office.wiring.database, last_inspection, "a") is None
    assert "medicine" in {task.item for task in office.tasks()}


def test_a_mother_room_has_a_checklist_of_its_own_and_the_page_asks_for_no_more(office: Inspectors) -> None:
    number = office.plan("room")
    room, rest = office.items(number), office.items(office.plan("a"))
    assert {"changing_table", "fridge", "room"} <= set(room) and "microwave" not in room
    assert {"open", "sign", "hours_posted", "clean", "water", "microwave", "medicine"} <= set(rest)
    asked = set(office.show(number).page.asked["record"])
    assert asked == {"on", "tasks_due", "remark", *room, *(f"{item}_note" for item in room)}


def test_a_district_is_planned_at_once_but_for_what_is_planned_shut_or_inspected(office: Inspectors) -> None:
    office.record(office.plan("b"), on=TODAY - timedelta(days=3))
    office.plan("a")
    since = str(TODAY - timedelta(days=5))
    assert sorted(office.plan_district("370102", since=since)) == ["a", "room"]
    assert sorted(office.plan_district("3701", ABOVE)) == ["a", "b", "room"], (
        "the inspected one, since no day was given"
    )
    assert refused(lambda: office.plan_district("370102")) == ["none"]
    assert refused(lambda: office.plan_district("370202")) == ["elsewhere"]


def test_overdue_inspections_are_listed_and_those_of_other_districts_are_refused(office: Inspectors) -> None:
    mine, theirs = office.plan("a"), office.plan("far", ABOVE)
    assert refused(lambda: office.plan("far")) == ["elsewhere"]
    office.now += timedelta(days=30)
    assert (office.waiting(PLANS), office.waiting(PLANS, ABOVE)) == (1, 2)
    assert [row.plan.number for row in office.listed(PLANS, state="overdue")] == [mine]
    assert [row.plan.number for row in office.listed(PLANS, ABOVE, state="overdue")] == [mine, theirs]
    assert [row.plan.number for row in office.listed(PLANS, ABOVE, state="overdue", district="3702")] == [
        theirs
    ]
    assert refused(lambda: office.show(theirs)) == ["elsewhere"]
    assert refused(lambda: office.record(theirs)) == ["elsewhere"]
    assert refused(lambda: office.act(WITHDRAW, theirs, reason="x")) == ["elsewhere"]


def test_a_plan_is_withdrawn_with_a_reason_and_ends_once(office: Inspectors) -> None:
    number = office.plan()
    assert refused(lambda: office.act(WITHDRAW, number, reason=" "))
    office.act(WITHDRAW, number, reason="停业装修")
    found = office.read(number)
    assert found.state is InspectionState.WITHDRAWN and found.outcome and found.outcome.remark == "停业装修"
    assert refused(lambda: office.record(number)) == ["over"] and not office.show(number).page.acts
    assert office.plan() != number, "a withdrawn plan leaves the way free"


def test_a_photo_is_stored_with_an_inspection_and_only_a_picture(office: Inspectors) -> None:
    number = office.plan()
    office.act(PHOTO, number, title="门口", picture=sent_file(b"photo"))
    scan = TypedFile("a.pdf", b"scan", PicturedFile("application/pdf", b"drawn", (b"drawn",)))
    assert refused(lambda: office.act(PHOTO, number, title="合同", picture=scan)) == ["no_photo"]
    stored = read_in(office.wiring.database, list_photos, office.read(number))
    assert [one.title for one in stored] == ["门口"]


def test_each_act_is_recorded_about_its_inspection_or_its_district(office: Inspectors) -> None:
    number = office.plan()
    office.record(number, sign="褪色")
    office.act(WITHDRAW, office.plan("b"), reason="重复")
    office.act(PHOTO, number, title="门口", picture=sent_file(b"photo"))
    office.plan_district("370102")
    c = audit_entries.c
    query = select(c.act, c.object_kind, c.organisation, c.reason, c.changes).order_by(c.sequence)
    rows = rows_in(office.wiring.database, query)
    done = (
        "plan_inspection record_inspection plan_inspection withdraw_inspection attach_photo plan_inspection"
    )
    assert [row.act for row in rows] == [f"stations.change.{act}" for act in done.split()]
    assert [row.object_kind for row in rows] == [*["inspection"] * 5, "district"]
    assert {row.organisation for row in rows} == {"370102"} and rows[3].reason == "重复"
    assert '"wrong":["sign"]' in rows[1].changes and '"count":3' in rows[5].changes


def test_every_fault_of_a_plan_or_a_record_is_named_at_once(office: Inspectors) -> None:
    assert refused(lambda: office.plan(remark="13912345678")) == ["personal"]
    past = str(TODAY - timedelta(days=1))
    assert refused(lambda: office.plan("nowhere", due=past)) == ["past", "station"]
    number = office.plan()
    assert refused(lambda: office.plan()) == ["planned"]
    far, late = str(TODAY + timedelta(days=2000)), str(TODAY + timedelta(days=1))
    wrong = {"sign": "no", "gym": "yes", "on": late, "tasks_due": far}
    assert refused(lambda: office.act(RECORD, number, **wrong)) == ["far", "future", "item", "no_note"]
    said = {"clean_note": "x" * 201, "remark": "电话13912345678"}
    assert refused(lambda: office.act(RECORD, number, **said)) == ["string_too_long", "personal"]
    nothing = {"on": str(TODAY - timedelta(days=90)), "tasks_due": str(TODAY)}
    assert refused(lambda: office.act(RECORD, number, **nothing)) == ["long_ago", "no_answer"]
    assert office.read(number).outcome is None and office.tasks() == []


@pytest.mark.both_databases
def test_of_two_inspectors_at_once_one_is_refused(office: Inspectors) -> None:
    number = office.plan()

    def record(sign: str) -> str:
        office.record(number, sign=sign)
        return "done"

    assert sorted(do_at_once(record, ["褪色"] * 2)) == ["done", "inspection.over"]
    assert len(office.tasks()) == 1


def test_the_share_of_inspected_stations_counts_open_ones_by_district_and_year(office: Inspectors) -> None:
    office.record(office.plan("a"))
    office.record(office.plan("a"), water="unseen")
    office.act(WITHDRAW, office.plan("b"), reason="重复")
    (listed,) = office.listed(SHARES)
    share = listed.share
    assert (share.district, share.stations, share.inspected) == ("370102", 3, 1)
    by_city = [row.share for row in office.listed(SHARES, ABOVE, year=2026)]
    assert [(one.district, one.stations, one.inspected) for one in by_city] == [
        ("370100", 3, 1),
        ("370200", 1, 0),
        ("", 4, 1),
    ]
    by_county = [row.share for row in office.listed(SHARES, ABOVE, district="370200")]
    assert [(one.district, one.inspected) for one in by_county] == [("370202", 0)]
    assert office.listed(SHARES, year="2025")[0].share.inspected == 0


@pytest.mark.parametrize("closed_by", ["NULL", "1"])
def test_a_task_is_closed_once(office: Inspectors, closed_by: str) -> None:
    office.record(office.plan(), sign="褪色")
    office.record(office.plan())
    with pytest.raises((StoreError, DBAPIError)), office.wiring.database.write() as connection:
        connection.execute(text(f"UPDATE inspection_tasks SET closed_by = {closed_by}"))
