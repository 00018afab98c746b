"""A course that members of two districts attend: each officer sees, enrols and cancels the own members."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select

from tests.yihui.http.conftest import OFFICERS, Clock, wire_register
from tests.yihui.http.test_sessions_api import SESSION, YOGA, create_course
from tests.yihui.http.two_districts import read_actor
from yihui.access.tables import audit_entries
from yihui.bootstrap import Wiring
from yihui.http.app import create_app

OFFICER = {"x-actor": "case_worker/inside", "accept-language": "en"}  # of 370102
DEMO = {"x-actor": "demo"}
HERE, THERE = "370102001-00001", "370202001-00017"


@pytest.fixture(scope="module")
def course_file(register_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
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
def wiring(course_file: Path, tmp_path: Path, clock: Clock) -> Iterator[Wiring]:
    made = wire_register(course_file, tmp_path, clock)
    yield made
    made.close()


@pytest.fixture
def client(wiring: Wiring) -> TestClient:
    return TestClient(create_app(wiring, OFFICERS, read_actor))


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


def acts_of_officer(wiring: Wiring) -> list[str]:
    query = select(audit_entries.c.act).where(audit_entries.c.actor == "li.min")
    with wiring.database.read() as connection:
        return list(connection.execute(query).scalars())


@pytest.mark.parametrize("by", [{}, {"by": "member"}])
def test_who_cancels_is_logged_in_or_it_is_the_members_wish(
    client: TestClient, wiring: Wiring, by: dict[str, str]
) -> None:
    before = acts_of_officer(wiring)
    path, asked = f"{SESSION}/enrolments/m-own", {"reason": "家里有事"}
    assert client.delete(path, params={**asked, "by": "zhang.wei"}, headers=OFFICER).status_code == 422
    assert acts_of_officer(wiring) == before
    assert client.delete(path, params={**asked, **by}, headers=OFFICER).status_code == 200
    assert acts_of_officer(wiring) == [*before, "members.change.cancel_seat"]
