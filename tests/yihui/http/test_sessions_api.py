"""Courses as riders and members find them over HTTP."""

from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from events import InboundEvent, parse_event
from tests.yihui.http.conftest import Clock, wire_register
from tools.servers.sending import Sender
from yihui.bootstrap import Wiring
from yihui.http.app import create_app
from yihui.http.guard.serving import ServingOptions
from yihui.runtime.audiences import Audience
from yihui.services.benefits.sessions import close_session, create_session, enrol_member
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


def test_places_left_are_told_and_no_member_is_named(client: TestClient, wiring: Wiring) -> None:
    for member in ("m-1", "m-2"):
        enrol_member(wiring, "yoga", member)
    (listed,) = client.get("/api/v1/sessions", params={"station": "quancheng"}).json()["sessions"]
    assert (listed["places_left"], listed["waiting"]) == (0, 1)
    assert listed["this_week"] == ["2026-11-20", "2026-11-21"] and "members" not in listed
    one = client.get("/api/v1/stations/quancheng").json()
    assert [session["id"] for session in one["sessions"]] == ["yoga"]
    assert client.get("/api/v1/stations/night").json()["sessions"] == []


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
