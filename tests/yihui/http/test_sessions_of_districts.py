"""A course that members of two districts attend: each officer sees, enrols and cancels the own members."""

from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select

from events import InboundEvent, parse_event
from tests.events.sending import Sender
from tests.yihui.http.conftest import OFFICERS, Clock
from tests.yihui.http.test_sessions_api import SESSION, YOGA
from tests.yihui.http.two_districts import read_actor
from yihui.access.tables import audit_entries
from yihui.bootstrap import Wiring
from yihui.http.app import create_app
from yihui.services.benefits.sessions import create_session
from yihui.services.rules.life import RuleService

OFFICER = {"x-actor": "case_worker/inside", "accept-language": "en"}  # of 370102
DEMO = {"x-actor": "demo"}
HERE, THERE = "370102001-00001", "370202001-00017"


@pytest.fixture
def client(wiring: Wiring, tmp_path: Path, clock: Clock) -> TestClient:
    file = tmp_path / "yoga.yaml"
    file.write_text(YOGA.replace("places: 1", "places: 5"), "utf-8")
    create_session(wiring, file, "li.min")
    RuleService(wiring).approve("yoga", "gh-017", seen=True)
    send = Sender()
    lines = [send.imported("m-own", organisation=HERE), send.imported("m-foreign", organisation=THERE)]
    events = [InboundEvent(parse_event(line, clock.now), "roll") for line in lines]
    assert all(not done.dead_letters for done in wiring.runner.run_events(events))
    made = TestClient(create_app(wiring, OFFICERS, read_actor))
    for member in ("m-own", "m-foreign"):
        enrolled = made.post(f"{SESSION}/enrolments", json={"member": member}, headers=DEMO)
        assert enrolled.status_code == 202
    for _ in wiring.runner.run_ingress():
        pass
    return made


def test_an_officer_sees_the_own_members_and_all_places(client: TestClient) -> None:
    seen, all_of_it = (client.get(SESSION, headers=who).json() for who in (OFFICER, DEMO))
    assert [one["member"] for one in seen["members"]] == ["m-own"]
    assert {one["member"] for one in all_of_it["members"]} == {"m-own", "m-foreign"}
    assert seen["places_left"] == all_of_it["places_left"] == 3


def test_a_member_of_another_district_is_neither_enrolled_nor_cancelled(client: TestClient) -> None:
    body = {"member": "m-foreign"}
    gone = {"reason": "家里有事", "by": "member"}
    for answer in (
        client.post(f"{SESSION}/enrolments", json=body, headers=OFFICER),
        client.post(f"{SESSION}/attendance", json=body, headers=OFFICER),
        client.delete(f"{SESSION}/enrolments/m-foreign", params=gone, headers=OFFICER),
    ):
        assert answer.status_code == 404 and "is not on your rolls" in answer.text
    assert len(client.get(SESSION, headers=DEMO).json()["members"]) == 2


@pytest.mark.parametrize(("by", "status"), [(None, 200), ("member", 200), ("zhang.wei", 422)])
def test_who_cancels_is_logged_in_or_it_is_the_members_wish(
    client: TestClient, wiring: Wiring, by: str | None, status: int
) -> None:
    asked = {"reason": "家里有事"} | ({} if by is None else {"by": by})
    answer = client.delete(f"{SESSION}/enrolments/m-own", params=asked, headers=OFFICER)
    assert answer.status_code == status, answer.text
    with wiring.database.read() as connection:
        acts = connection.execute(
            select(audit_entries.c.act, audit_entries.c.actor).where(audit_entries.c.actor == "li.min")
        ).all()
    assert [tuple(one) for one in acts] == [("members.change.cancel_seat", "li.min")] * (status == 200)
