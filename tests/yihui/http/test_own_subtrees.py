"""What officers get of a union: their own subtrees, an audit entry for each act, and each act authorised again in its transaction."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from httpx import Response
from sqlalchemy import func, select

from members.tables import member_changes
from tests.yihui.access.meanwhile import ENDS, OFFICER, log_in, meanwhile, open_office, withdraw_roles
from tests.yihui.http.conftest import OFFICERS
from tests.yihui.http.two_districts import (
    DEMO,
    FOREIGN,
    GONE,
    HERE,
    OTHER_UNION,
    OWN,
    THERE,
    UNION,
    TwoDistricts,
    found_two_districts,
    read_actor,
)
from yihui.access.roles import Role
from yihui.access.session_rows import digest_token
from yihui.access.tables import audit_entries, form_submissions, officer_accounts, officer_sessions
from yihui.bootstrap import Wiring
from yihui.http.app import create_app
from yihui.http.login.login_request import SESSION_COOKIE
from yihui.runtime.demo_marker import DEMO_MARKER_FILE

CASE_WORKER, PLANNER = "case_worker/inside", "planner/inside"
REQUEST_ID = "0123456789abcdef0123456789abcdef"


@pytest.fixture(scope="module")
def reader(union: TwoDistricts) -> Iterator[TestClient]:
    """For tests that change nothing."""
    with site_of(union) as client:
        yield client


@pytest.fixture
def client(fresh_union: TwoDistricts) -> Iterator[TestClient]:
    with site_of(fresh_union) as client:
        yield client


def site_of(union: TwoDistricts) -> TestClient:
    return TestClient(create_app(union.wiring, OFFICERS, read_actor), base_url="http://127.0.0.1")


def by(actor: str, **headers: str) -> dict[str, str]:
    return {"x-actor": actor, "accept-language": "en", **headers}


def audited(wiring: Wiring) -> list[dict[str, object]]:
    with wiring.database.read() as connection:
        rows = connection.execute(select(audit_entries).order_by(audit_entries.c.sequence)).mappings()
        return [dict(row) for row in rows if row["object_kind"] != "poll"]  # the union was built with some


def test_the_pages_of_organisations_hold_the_officers_own_alone(reader: TestClient) -> None:
    page = reader.get("/api/v1/organisations", headers=by(PLANNER)).json()
    assert [one["code"] for one in page["rows"]] == [HERE, "370102001", UNION] and page["total"] == 3
    named = reader.get(
        "/api/v1/organisations", params={"name": "工会"}, headers=by("planner/ancestor")
    ).json()
    assert {THERE, OTHER_UNION, GONE} < {one["code"] for one in named["rows"]}


def test_only_polls_of_the_officers_scope_are_listed(reader: TestClient) -> None:
    for actor, polls in ((PLANNER, ["poll-here"]), (DEMO, ["poll-there", "poll-here"])):
        listed = reader.get("/api/v1/polls", headers=by(actor)).json()["rows"]
        assert {one["id"] for one in listed} == set(polls)


# Acts -----------------------------------------------------------------------------------------------------


def test_who_transfers_needs_the_right_at_both_ends(client: TestClient, fresh_union: TwoDistricts) -> None:
    def transfer(member: str, to: str, who: str) -> Response:
        path = f"/api/v1/members/{member}/transfer?version=1"
        answer: Response = client.post(path, json={"to": to}, headers=by(who))
        return answer

    refused = transfer(OWN, OTHER_UNION, CASE_WORKER)
    assert refused.status_code == 403 and OTHER_UNION in refused.text
    for member in (FOREIGN, "m-unknown"):  # she is as unknown as who isn't there, wherever she is to go
        assert {transfer(member, to, CASE_WORKER).status_code for to in (UNION, OTHER_UNION)} == {404}
    assert audited(fresh_union.wiring) == []
    page = f"/api/v1/members/{OWN}"
    assert client.get(page, headers=by(CASE_WORKER)).status_code == 200
    done = transfer(OWN, OTHER_UNION, "case_worker/ancestor")
    assert done.status_code == 200 and done.json()["organisation"] == OTHER_UNION
    assert client.get(page, headers=by(CASE_WORKER)).status_code == 404  # the new organisation's only


def test_an_act_is_audited_with_the_role_and_the_deputy(
    client: TestClient, fresh_union: TwoDistricts
) -> None:
    path, once = f"/api/v1/members/{OWN}/leave?version=1", {"idempotency-key": REQUEST_ID}
    done = client.post(path, json={"reason": "离职"}, headers=by("case_worker/deputy", **once))
    assert done.status_code == 200
    entry, read = audited(fresh_union.wiring)
    assert read["act"] == "members.read", "the answer is her page"
    assert (entry["actor"], entry["role"], entry["deputy_of"]) == ("li.min", "case_worker", "wang.fang")
    assert (entry["organisation"], entry["act"]) == (UNION, "members.change.leave")
    assert (entry["object_kind"], entry["object_id"], entry["request_id"]) == ("member", OWN, REQUEST_ID)
    assert json.loads(str(entry["changes"]))["after"]["status"] == "left"
    assert client.post(path, json={}, headers=by(CASE_WORKER)).status_code == 409
    assert len(audited(fresh_union.wiring)) == 2  # what is refused is undone with its entry


# An installation that is no demo --------------------------------------------------------------------------


ORIGIN = "http://127.0.0.1"
PAGE = f"/desk/members/{OWN}"
API = f"/api/v1/members/{OWN}/suspend?version=1"


class Browser:
    """An officer's browser, at a site that is no demo."""

    def __init__(self, target: str, union: TwoDistricts, client: TestClient) -> None:
        self.target, self.wiring, self.client = target, union.wiring, client
        client.cookies.set(SESSION_COOKIE, open_office(union.wiring, Role.CASE_WORKER, HERE))

    def read_form(self, page: str, field: str) -> str:
        found = re.search(rf'name="{field}" value="([^"]+)"', self.client.get(page).text)
        assert found, f"{page} has no form"
        return found[1]

    def send_form(self, path: str, **fields: str) -> Response:
        headers = {"origin": ORIGIN, "accept": "text/html", "accept-language": "en"}
        return self.client.post(path, data=fields, headers=headers)

    def send_act(self, key: str) -> Response:
        fields = {"version": "1", "on": "2026-10-03", "reason": "欠费", "checked": "yes"}
        return self.send_form(f"{PAGE}/suspend", form_key=key, **fields)

    def send_json(self) -> Response:
        body = {"on": "2026-10-03", "reason": "欠费"}
        return self.client.post(API, json=body, headers={"accept-language": "en"})

    def count_written(self) -> tuple[int, ...]:
        """Return how many events of the member, acts in the audit log and claimed forms there are."""
        acts = audit_entries.c.act.startswith("members.change")
        queries = (
            select(func.count()).where(member_changes.c.member_id == OWN),
            select(func.count()).where(acts),
            select(func.count()).select_from(form_submissions),
        )
        with self.wiring.database.read() as connection:
            return tuple(connection.execute(query).scalar_one() for query in queries)


@pytest.fixture
def browser_of_officer(target: str, tmp_path: Path) -> Iterator[Browser]:
    union = found_two_districts(target, tmp_path)
    (tmp_path / DEMO_MARKER_FILE).unlink(missing_ok=True)
    client = TestClient(create_app(union.wiring, OFFICERS), base_url=ORIGIN, follow_redirects=False)
    yield Browser(target, union, client)
    union.wiring.close()


def is_refused(answer: Response, end: str) -> bool:
    """A role that ended is answered in words, an ended session by the way to the log-in."""
    if end.startswith("role"):
        return answer.status_code == 403 and "has ended" in answer.text
    return answer.status_code == 401 or answer.headers["location"].startswith("/desk/login?")


ONE_END = [
    end if number == 0 else pytest.param(end, marks=pytest.mark.endure) for number, end in enumerate(ENDS)
]  # tests/yihui/services/test_authorised_again.py has all


@pytest.mark.both_databases
@pytest.mark.parametrize("end", ONE_END)
def test_a_form_whose_officer_may_no_longer_act_writes_nothing(browser_of_officer: Browser, end: str) -> None:
    officer = browser_of_officer
    key, before = officer.read_form(PAGE, "form_key"), officer.count_written()
    with meanwhile(officer.target, ENDS[end](OFFICER)):
        answer = officer.send_act(key)
        assert is_refused(answer, end), answer.text
    assert officer.count_written() == before


def test_both_act_while_nothing_ends(browser_of_officer: Browser) -> None:
    officer, before = browser_of_officer, browser_of_officer.count_written()
    assert officer.send_act(officer.read_form(PAGE, "form_key")).status_code == 303
    assert officer.count_written()[0] == before[0] + 1
    assert officer.send_json().status_code in (201, 409, 422), "the member is suspended already"


def test_a_page_that_is_read_after_the_role_ended_shows_no_member(browser_of_officer: Browser) -> None:
    officer = browser_of_officer
    with meanwhile(officer.target, withdraw_roles(OFFICER)):
        page = officer.client.get(PAGE)
    assert page.status_code == 403 and OWN not in page.text.split("<main")[1]


def test_a_session_that_ended_changes_nothing_of_its_own_account(browser_of_officer: Browser) -> None:
    officer = browser_of_officer
    c = officer_accounts.c
    with officer.wiring.database.read() as connection:
        account = connection.execute(select(c.id).where(c.officer_id == OFFICER)).scalar_one()
    log_in(officer.wiring, OFFICER, account)
    token = officer.read_form("/desk/account", "form_token")
    s, own = officer_sessions.c, digest_token(str(officer.client.cookies[SESSION_COOKIE]))
    end_own = officer_sessions.update().where(s.token_digest == own).values(ended_at=officer.wiring.now())
    with meanwhile(officer.target, lambda connection: connection.execute(end_own)):
        answer = officer.send_form("/desk/account/sessions", form_token=token, session="others")
    assert answer.status_code == 303 and answer.headers["location"].startswith("/desk/login?")
    living = select(func.count()).where(s.ended_at.is_(None))
    with officer.wiring.database.read() as connection:
        assert connection.execute(living).scalar_one() == 1, "the other session goes on"
