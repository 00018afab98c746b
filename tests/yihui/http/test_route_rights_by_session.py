"""The officers' routes with real officers, roles and sessions in the database: what counts is how they stand now."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from tests.members.organisations.acting import NOW
from tests.yihui.access.officers import add_officer, appoint
from tests.yihui.http.conftest import OFFICERS
from tests.yihui.http.two_districts import FOREIGN, HERE, MOVED, OWN, TODAY, TwoDistricts, build_two_districts
from yihui.access.sessions import SessionKind, open_session
from yihui.access.tables import officer_sessions, role_assignments
from yihui.http.app import create_app
from yihui.http.login.cookies import SESSION_COOKIE
from yihui.runtime.demo_marker import DEMO_MARKER_FILE

YESTERDAY, TOMORROW = TODAY - timedelta(days=1), TODAY + timedelta(days=1)


_numbers = count(1)


class Desk:
    """A site that is no demo, and the browser of an officer whom no other test knows."""

    def __init__(self, union: TwoDistricts, client: TestClient) -> None:
        self.union, self.client, self.officer = union, client, f"officer.{next(_numbers)}"
        self.now = NOW
        union.wiring.now = lambda: self.now
        client.cookies.clear()

    def log_in(self, **assignment: object) -> None:
        with self.union.wiring.database.write() as connection:
            account = add_officer(connection, self.officer)
            appoint(connection, self.officer, "case_worker", HERE, **assignment)
            session = open_session(
                connection,
                officer_id=self.officer,
                account_id=account,
                kind=SessionKind.BROWSER,
                factors=("pwd", "otp"),
                device="Firefox",
                provider_session=None,
                now=self.now,
            )
        self.client.cookies.set(SESSION_COOKIE, session.token)

    def statuses(self, *members: str) -> list[int]:
        return [self.client.get(f"/api/v1/members/{one}/memberships").status_code for one in members]


@pytest.fixture(scope="module")
def site(
    tmp_path_factory: pytest.TempPathFactory, migrated_file: Path
) -> Iterator[tuple[TwoDistricts, TestClient]]:
    folder = tmp_path_factory.mktemp("union")
    union = build_two_districts(folder, migrated_file)
    (folder / DEMO_MARKER_FILE).unlink(missing_ok=True)
    yield union, TestClient(create_app(union.wiring, OFFICERS), base_url="http://127.0.0.1")
    union.wiring.close()


@pytest.fixture
def desk(site: tuple[TwoDistricts, TestClient]) -> Desk:
    return Desk(*site)


def test_an_officer_who_is_logged_in_reads_the_own_members(desk: Desk) -> None:
    assert desk.statuses(OWN, FOREIGN) == [401, 401]
    desk.log_in()
    assert desk.statuses(OWN, FOREIGN, MOVED) == [200, 404, 404]
    assert desk.client.get("/metrics").status_code == 403


def test_a_role_that_ends_at_midnight_ends_in_a_session_that_goes_on(desk: Desk) -> None:
    desk.now = datetime.fromisoformat("2026-10-03T23:55+08:00")
    desk.log_in(until=TODAY)
    assert desk.statuses(OWN) == [200]
    desk.now += timedelta(minutes=10)
    assert desk.statuses(OWN) == [403]


def test_what_is_withdrawn_or_ended_counts_at_the_next_request(desk: Desk) -> None:
    desk.log_in()
    assert desk.statuses(OWN) == [200]
    with desk.union.wiring.database.write() as connection:
        mine = role_assignments.update().where(role_assignments.c.officer_id == desk.officer)
        connection.execute(mine.values(withdrawn_at=NOW, withdrawn_by="zhang.wei"))
    assert desk.statuses(OWN) == [403]
    with desk.union.wiring.database.write() as connection:
        mine = officer_sessions.update().where(officer_sessions.c.officer_id == desk.officer)
        connection.execute(mine.values(ended_at=NOW, end_reason="logged_out"))
    assert desk.statuses(OWN) == [401]


def test_a_forged_or_idle_session_is_none(desk: Desk) -> None:
    desk.log_in()
    desk.now += timedelta(minutes=31)
    assert desk.statuses(OWN) == [401]
    desk.client.cookies.set(SESSION_COOKIE, "x" * 43)
    assert desk.statuses(OWN) == [401]
