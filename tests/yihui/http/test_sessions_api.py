"""A course over HTTP: enrolment, waiting list, cancelling and attendance; repeated requests change nothing."""

from collections.abc import Iterable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select

from events import InboundEvent, parse_event
from tests.yihui.http.conftest import OFFICERS, Clock, wire_register
from tests.yihui.http.two_districts import read_actor
from tools.servers.sending import Sender
from yihui.access.tables import audit_entries
from yihui.bootstrap import Wiring
from yihui.http.app import create_app
from yihui.http.guard.serving import ServingOptions
from yihui.runtime.audiences import Audience
from yihui.services.benefits.sessions import close_session, create_session
from yihui.services.rules.life import RuleService

YOGA = """
id: yoga
title: 瑜伽课
kind: course
station: quancheng
owner: "370000"
basis: [{kind: example, note: 测试用}]
from: 2026-11-16
until: 2026-11-30
weekdays: [5, 6]
begins: "18:00"
ends: "19:30"
places: 1
enrolment: {mode: first_come, from: 2026-11-16, until: 2026-11-28}
"""
SITE = ServingOptions(chosen=frozenset({Audience.OFFICERS, Audience.RIDERS}))
SESSION = "/api/v1/sessions/yoga"
OFFICER = {"x-actor": "case_worker/inside", "accept-language": "en"}  # of 370102
DEMO = {"x-actor": "demo"}
HERE, THERE = "370102001-00001", "370202001-00017"


@pytest.fixture(scope="module")
def course_file(register_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with a course and two members, to be copied."""
    folder = tmp_path_factory.mktemp("course")
    made = wire_register(register_file, folder)
    create_course(made, YOGA, [("m-1", {}), ("m-2", {})])
    made.close()
    return folder / "yihui.db"


def create_course(wiring: Wiring, course: str, members: Iterable[tuple[str, dict[str, object]]]) -> None:
    """Approve a course, and enter members on the rolls."""
    file = wiring.data_folder / "yoga.yaml"
    file.write_text(course, "utf-8")
    create_session(wiring, file, "li.min")
    RuleService(wiring).approve("yoga", "gh-017", seen=True)
    send = Sender()
    lines = [send.imported(member, **data) for member, data in members]
    events = [InboundEvent(parse_event(line, wiring.now()), "roll") for line in lines]
    assert all(not done.dead_letters for done in wiring.runner.run_events(events))


@pytest.fixture
def wiring(course_file: Path, tmp_path: Path, clock: Clock) -> Iterator[Wiring]:
    made = wire_register(course_file, tmp_path, clock)
    yield made
    made.close()


@pytest.fixture
def client(wiring: Wiring) -> TestClient:
    return TestClient(create_app(wiring, SITE))


def enrol(client: TestClient, wiring: Wiring, member: str) -> None:
    assert client.post(f"{SESSION}/enrolments", json={"member": member}).status_code == 202
    for _ in wiring.runner.run_ingress():
        pass


def members(client: TestClient) -> dict[str, str]:
    return {one["member"]: one["state"] for one in client.get(SESSION).json()["members"]}


def test_who_waits_moves_up_when_a_member_cancels(client: TestClient, wiring: Wiring) -> None:
    for member in ("m-1", "m-2", "m-1"):
        enrol(client, wiring, member)
    assert members(client) == {"m-1": "enrolled", "m-2": "waiting"}
    (listed,) = client.get("/api/v1/sessions", params={"station": "quancheng"}).json()["sessions"]
    assert (listed["places_left"], listed["waiting"]) == (0, 1)
    assert listed["this_week"] == ["2026-11-20", "2026-11-21"] and "members" not in listed
    one = client.get("/api/v1/stations/quancheng").json()
    assert [session["id"] for session in one["sessions"]] == ["yoga"]
    assert client.get("/api/v1/stations/night").json()["sessions"] == []
    gone = client.delete(f"{SESSION}/enrolments/m-1", params={"reason": "家里有事"})
    assert gone.status_code == 200
    assert members(client) == {"m-2": "enrolled"}
    assert client.delete(f"{SESSION}/enrolments/m-1", params={"reason": "家里有事"}).status_code == 409
    enrol(client, wiring, "m-1")
    assert members(client) == {"m-2": "enrolled", "m-1": "waiting"}


def test_a_wish_repeated_later_is_the_same_event(client: TestClient, wiring: Wiring, clock: Clock) -> None:
    for path in ("enrolments", "attendance"):
        for _ in "ab":
            assert client.post(f"{SESSION}/{path}", json={"member": "m-1"}).status_code == 202
            clock.now += timedelta(seconds=5)
        letters = [letter for done in wiring.runner.run_ingress() for letter in done.dead_letters]
        assert letters == []
    assert client.get(SESSION).json()["members"][0]["attended"] == ["2026-11-20"]


def test_what_can_not_be_is_refused(client: TestClient) -> None:
    for method, path, body, status in (
        ("GET", "/api/v1/sessions/nothing", None, 404),
        ("POST", f"{SESSION}/enrolments", {"member": "m-9"}, 422),
        ("DELETE", f"{SESSION}/enrolments/m-1", None, 422),
    ):
        answer = client.request(method, path, json=body)
        assert answer.status_code == status and answer.json()["errors"][0]["remedy"], path


def test_a_draft_and_a_closed_course_are_listed_nowhere(client: TestClient, wiring: Wiring) -> None:
    for course in ("draft", "closed"):
        file = wiring.data_folder / f"{course}.yaml"
        file.write_text(YOGA.replace("id: yoga", f"id: {course}").replace("瑜伽课", "别的课"), "utf-8")
        create_session(wiring, file, "li.min")
    RuleService(wiring).approve("closed", "gh-017", seen=True)
    close_session(wiring, "closed", "gh-017", "教室装修")
    for path in ("/api/v1/sessions", "/api/v1/stations/quancheng", "/?station=quancheng"):
        shown = client.get(path).text
        assert "瑜伽课" in shown and "别的课" not in shown, path


# --- members of two districts attend: each officer sees, enrols and cancels the own members


@pytest.fixture(scope="module")
def shared_course(register_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with a course that a member of each district attends, to be copied."""
    folder = tmp_path_factory.mktemp("course")
    wiring = wire_register(register_file, folder)
    rolls = [("m-own", {"organisation": HERE}), ("m-foreign", {"organisation": THERE})]
    create_course(wiring, YOGA.replace("places: 1", "places: 5"), rolls)
    made = TestClient(create_app(wiring, OFFICERS, read_actor))
    for member in ("m-own", "m-foreign"):
        enrolled = made.post(f"{SESSION}/enrolments", json={"member": member}, headers=DEMO)
        assert enrolled.status_code == 202
    for _ in wiring.runner.run_ingress():
        pass
    wiring.close()
    return folder / "yihui.db"


@pytest.fixture
def districts(shared_course: Path, tmp_path: Path, clock: Clock) -> Iterator[Wiring]:
    made = wire_register(shared_course, tmp_path, clock)
    yield made
    made.close()


@pytest.fixture
def desk(districts: Wiring) -> TestClient:
    return TestClient(create_app(districts, OFFICERS, read_actor))


def test_an_officer_sees_the_own_members_and_all_places(desk: TestClient) -> None:
    seen, all_of_it = (desk.get(SESSION, headers=who).json() for who in (OFFICER, DEMO))
    assert [one["member"] for one in seen["members"]] == ["m-own"]
    assert {one["member"] for one in all_of_it["members"]} == {"m-own", "m-foreign"}
    assert seen["places_left"] == all_of_it["places_left"] == 3


def test_a_member_of_another_district_is_neither_enrolled_nor_cancelled(desk: TestClient) -> None:
    body = {"member": "m-foreign"}
    gone = {"reason": "家里有事", "by": "member"}
    for answer in (
        desk.post(f"{SESSION}/enrolments", json=body, headers=OFFICER),
        desk.post(f"{SESSION}/attendance", json=body, headers=OFFICER),
        desk.delete(f"{SESSION}/enrolments/m-foreign", params=gone, headers=OFFICER),
    ):
        assert answer.status_code == 404 and "is not on your rolls" in answer.text
    assert len(desk.get(SESSION, headers=DEMO).json()["members"]) == 2


def acts_of_officer(wiring: Wiring) -> list[str]:
    query = select(audit_entries.c.act).where(audit_entries.c.actor == "li.min")
    with wiring.database.read() as connection:
        return list(connection.execute(query).scalars())


@pytest.mark.parametrize("by", [{}, {"by": "member"}])
def test_who_cancels_is_logged_in_or_it_is_the_members_wish(
    desk: TestClient, districts: Wiring, by: dict[str, str]
) -> None:
    before = acts_of_officer(districts)
    path, asked = f"{SESSION}/enrolments/m-own", {"reason": "家里有事"}
    assert desk.delete(path, params={**asked, "by": "zhang.wei"}, headers=OFFICER).status_code == 422
    assert acts_of_officer(districts) == before
    assert desk.delete(path, params={**asked, **by}, headers=OFFICER).status_code == 200
    assert acts_of_officer(districts) == [*before, "members.change.cancel_seat"]
