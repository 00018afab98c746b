"""A course over HTTP: enrolment, waiting list, cancelling and attendance; repeated requests change nothing."""

from collections.abc import Iterable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from events import InboundEvent, parse_event
from tests.events.sending import Sender
from tests.yihui.http.conftest import Clock, wire_register
from yihui.bootstrap import Wiring
from yihui.http.app import create_app
from yihui.http.guard.serving import ServingOptions
from yihui.runtime.audiences import Audience
from yihui.services.benefits.sessions import create_session
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


def test_the_public_site_lists_sessions_and_names_nobody(client: TestClient, wiring: Wiring) -> None:
    enrol(client, wiring, "m-1")
    public = ServingOptions(public=frozenset({"127.0.0.1"}))
    with TestClient(create_app(wiring, public), base_url="http://127.0.0.1") as open_:
        assert "m-1" not in open_.get("/api/v1/sessions").text
        assert open_.get(SESSION).status_code in (404, 405)
        assert open_.post(f"{SESSION}/enrolments", json={"member": "m-2"}).status_code in (404, 405)
