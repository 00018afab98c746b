"""Who may call a route is what the one table says; every role in every position is `make endure`'s."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import httpx
import pytest
from fastapi import APIRouter, FastAPI
from fastapi.testclient import TestClient

from tests.yihui.http.two_districts import (
    ALLOWED,
    DEMO,
    NEW,
    NOBODY,
    POSITIONS,
    PROVINCE,
    RECORDED,
    UNKNOWN,
    WITHOUT_ROLE,
    Subject,
    TwoDistricts,
    read_actor,
)
from yihui.access.roles import NEW_ACCOUNT_RIGHTS, RIGHTS, Right, Role
from yihui.http import app as site_app
from yihui.http.app import create_app
from yihui.http.desk.rights import officer_page_rights
from yihui.http.route_rights import PathMethod, PlaceKind, iter_routes, route_rights
from yihui.runtime.audiences import ALL_AUDIENCES

GRANT = "a" * 40
ROLES = tuple(Role)
NOT_LOGGED_IN, MAY_NOT = "nobody is logged in", ("your roles don't include", "your role for this ended")
NOT_ON_ROLLS = "is not on your rolls"
_IN_PATH = {
    "grant": GRANT,
    "entry": GRANT,
    "session": "no-such-session",
    "station:path": "no-such-station",
    "token": "no-such-token",
    "cell": "117.0_36.5",
    "commitment": "c" * 64,
    "number": "no-such-number",
    "ticket": "no-such-ticket",
    "version": "1",
    "z": "1",
    "x": "1",
    "y": "1",
    "feed": "no-such-feed",
    "case": "1",
    "thing": "1",
    "collection": "stations",
    "id:path": "no-such-feature",
}
Body = Callable[[Subject], object]
# What is sent: each request can be repeated, and is refused or answered alike however often it came.
BODIES: Mapping[PathMethod, Body] = {
    ("POST", "/api/v1/events"): lambda asked: [],
    ("POST", "/api/v1/feeds/{feed}"): lambda asked: [],
}


@dataclass(slots=True)
class Door:
    """The union's site, asked by anybody."""

    union: TwoDistricts
    app: FastAPI
    client: TestClient

    def ask(self, route: PathMethod, actor: str, subject: Subject) -> httpx.Response:
        method, template = route
        parts = {**_IN_PATH, **subject.of_path}
        path = re.sub(r"\{([^}]+)\}", lambda found: parts[found[1]], template)
        headers = {"x-actor": actor, "accept-language": "en"}
        body = BODIES[route](subject) if route in BODIES else {} if method == "POST" else None
        return self.client.request(method, path, json=body, headers=headers, follow_redirects=False)


@pytest.fixture(scope="module")
def door(union: TwoDistricts) -> Iterator[Door]:
    app = create_app(union.wiring, actor_finder=read_actor)
    with TestClient(app, base_url="http://127.0.0.1", raise_server_exceptions=False) as client:
        yield Door(union, app, client)


PAGES = {route for route, entry in route_rights().items() if entry.place is PlaceKind.PAGE}
OFFICERS = sorted(
    route for route, entry in route_rights().items() if entry.right is not None and route not in PAGES
)
OWN_PAGES = sorted(PAGES - set(officer_page_rights()))  # the rooms are in desk/test_rights.py
SENDERS = sorted(
    route
    for route, entry in route_rights().items()
    if entry.place is PlaceKind.SENDER and entry.right is None
)
PUBLIC = sorted(route for route, entry in route_rights().items() if entry.place is PlaceKind.NOWHERE)


def test_every_route_has_an_entry_and_every_entry_a_route(door: Door) -> None:
    assert set(iter_routes(door.app.routes)) == set(route_rights())
    assert {right for rights in RIGHTS.values() for right in rights} == set(Right) - {Right.OWN}


def test_a_site_with_a_route_without_an_entry_does_not_start(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    def forgotten(_: object) -> APIRouter:
        made = APIRouter()
        made.add_api_route("/api/v1/forgotten", lambda: None)
        return made

    monkeypatch.setattr(site_app, "iter_routers", lambda _: ((forgotten, ALL_AUDIENCES),))
    with pytest.raises(RuntimeError, match="GET /api/v1/forgotten"):
        create_app(door.union.wiring)


def test_an_officers_route_refuses_nobody_the_wrong_role_and_the_wrong_place(door: Door) -> None:
    for route in OFFICERS:
        entry = route_rights()[route]
        assert entry.right is not None
        check_nobody(door, route)
        for wrong in [role for role in ROLES if entry.right not in RIGHTS[role]][:1]:
            check_answer(door, route, wrong, "inside")
        if is_of_one_place(entry.place):
            right = next(role for role in ROLES if entry.right in RIGHTS[role])
            check_answer(door, route, right, "outside")


def test_an_account_that_does_not_count_yet_only_looks(door: Door) -> None:
    for route in OFFICERS:
        right = route_rights()[route].right
        if right in RECORDED:  # tests of readings share the union
            continue
        role = next(role for role in ROLES if right in RIGHTS[role])
        answer = door.ask(route, f"{role.value}/{NEW}", door.union.here)
        is_refused = answer.status_code == 403 and "may look but not act" in answer.text
        assert is_refused is (right not in NEW_ACCOUNT_RIGHTS), (route, answer.text[:300])


@pytest.mark.endure
@pytest.mark.parametrize("route", OFFICERS, ids=" ".join)
def test_a_route_answers_those_whom_the_table_allows(door: Door, route: PathMethod) -> None:
    check_nobody(door, route)
    for position in POSITIONS:
        expected = door.ask(route, DEMO, door.union.of_position(position))
        assert expected.status_code not in (401, 500), expected.text
        for role in ROLES:
            check_answer(door, route, role, position, expected.status_code)


def check_nobody(door: Door, route: PathMethod) -> None:
    nobody = door.ask(route, NOBODY, door.union.here)
    assert nobody.status_code == 401, (route, nobody.text)
    if route_rights()[route].place is not PlaceKind.SENDER:
        error = nobody.json()["errors"][0]
        assert error["message"] == NOT_LOGGED_IN and "/desk/login" in error["remedy"]


def check_answer(door: Door, route: PathMethod, role: Role, position: str, expected: int = 0) -> None:
    """Ask as an officer; ``expected`` is the status that an officer with every right gets."""
    entry, subject = route_rights()[route], door.union.of_position(position)
    answer = door.ask(route, f"{role.value}/{position}", subject)
    check = f"{route} {role.value} {position}: {answer.status_code} {answer.text[:300]}"
    if entry.right not in RIGHTS[role] or position in WITHOUT_ROLE:
        assert answer.status_code == 403 and any(one in answer.text for one in MAY_NOT), check
    elif entry.place is PlaceKind.UNION and position != "ancestor":
        is_refused = answer.status_code == 403 and PROVINCE in answer.text
        assert is_refused or (route[0] == "POST" and answer.status_code == 422), (
            check
        )  # an act reads its form first
    elif position in ALLOWED or not is_of_one_place(entry.place):
        assert answer.status_code == expected or entry.place is PlaceKind.OWN, check
        is_of_a_thing = entry.place is PlaceKind.OWN and "{" in route[1]  # which may be elsewhere, or nowhere
        assert is_of_a_thing or not is_refusal(answer), check
    elif entry.place is PlaceKind.ORGANISATION or route == ("POST", "/api/v1/join"):
        assert answer.status_code == 403 and subject.organisation in answer.text, check
    else:
        assert_same_as_unknown(door, route, f"{role.value}/{position}", subject, answer)


def is_of_one_place(place: PlaceKind) -> bool:
    return place not in (PlaceKind.WHOLE, PlaceKind.OWN, PlaceKind.SENDER)


def is_refusal(answer: httpx.Response) -> bool:
    return any(one in answer.text for one in (NOT_LOGGED_IN, *MAY_NOT, NOT_ON_ROLLS))


def assert_same_as_unknown(
    door: Door, route: PathMethod, actor: str, subject: Subject, answer: httpx.Response
) -> None:
    """What is elsewhere is answered like what isn't there, byte for byte but for its name."""
    unknown = door.ask(route, actor, door.union.unknown)
    assert answer.status_code == unknown.status_code == 404, (actor, answer.text, unknown.text)
    for name in ("member", "poll", "request_id"):
        text = unknown.text.replace(door.union.unknown.of_path[name], subject.of_path[name])
        unknown = httpx.Response(404, text=text)
    assert answer.text == unknown.text, actor


def test_nobody_is_led_from_an_officers_own_page_to_the_log_in(door: Door) -> None:
    for method, template in OWN_PAGES:
        path = re.sub(r"\{[^}]+\}", "li.min", template)
        headers = {"x-actor": NOBODY, "origin": "http://127.0.0.1"}
        data = {"nothing": "yet"} if method == "POST" else None
        answer = door.client.request(method, path, data=data, headers=headers, follow_redirects=False)
        assert answer.status_code == 303, (method, path, answer.text[:300])
        assert answer.headers["location"].startswith("/desk/login?next=")


def test_a_public_route_asks_nobody_to_log_in(door: Door) -> None:
    for route in PUBLIC:
        answers = [door.ask(route, who, door.union.here) for who in (NOBODY, "auditor/outside")]
        assert len({answer.status_code for answer in answers}) == 1, route
        assert not any(is_refusal(answer) for answer in answers), route
        assert all(answer.status_code < 500 for answer in answers), (route, answers[0].text)


def test_a_senders_route_takes_nothing_from_an_officer_or_from_nobody(door: Door) -> None:
    for route in SENDERS:
        for who in (NOBODY, *(f"{role.value}/ancestor" for role in ROLES)):
            assert door.ask(route, who, door.union.here).status_code in (401, 403), (route, who)
        assert door.ask(route, DEMO, door.union.here).status_code not in (401, 403), route


def test_the_unknown_member_is_on_no_roll(door: Door) -> None:
    """The comparison above would prove nothing if she were."""
    answer = door.client.get(f"/api/v1/members/{UNKNOWN}", headers={"x-actor": DEMO})
    assert answer.status_code == 404
