"""Schemathesis as each role in one district: no server error, and nothing of the other district's members.

All of the programs' API is asked: its lists, and what is about one member, case or file of the own and of the other district.

Each request is sent in every role: making up a request costs more than answering it. The hundred that probe the bounds
of a description are sent in one role each, in turn: nearly all are refused before anybody's role is looked at, and all
in every role took more than an hour.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import cycle

import pytest
import schemathesis
from fastapi.testclient import TestClient
from hypothesis import settings
from schemathesis import Case
from schemathesis.checks import not_a_server_error
from schemathesis.generation.meta import TestPhase

from tests.yihui.http.desk.officers import plant_stations
from tests.yihui.http.desk.test_hardship import OPENED
from tests.yihui.http.desk.test_hotline import CALL
from tests.yihui.http.desk.test_pages_of_neighbours import plant_rooms
from tests.yihui.http.neighbours import MARKERS, plant_neighbours
from tests.yihui.http.test_described_api import QUICK, Standing, describe
from tests.yihui.http.two_districts import (
    FOREIGN,
    HERE,
    OWN,
    THERE,
    TwoDistricts,
    found_two_districts,
    read_actor,
)
from tools.servers.desk import DEMO, Officers
from yihui.access.roles import Role
from yihui.http.app import create_app

pytestmark = pytest.mark.endure

SITE = Standing()
schema = schemathesis.openapi.from_dict(describe())
schema.app = SITE
_PATHS = r"^/api/v1/(?!stations)"  # what is public about stations is asked in test_described_api
_ABOUT_ONE = r".*\{(member|code|poll|request_id|case|report)\}"
_ROOMS = {"/api/v1/hotline/": "/desk/hotline/cases/", "/api/v1/hardship/": "/desk/hardship/files/"}
SHORT = settings(QUICK, max_examples=3)
TURNS = cycle(Role)


@dataclass(frozen=True, slots=True)
class Rooms:
    """The two districts, and the numbers of a call and of a case file in each, by the addresses of the officers' pages."""

    union: TwoDistricts
    here: Mapping[str, str]
    there: Mapping[str, str]


@pytest.fixture(scope="module", autouse=True)
def rooms(tmp_path_factory: pytest.TempPathFactory, module_target: str) -> Iterator[Rooms]:
    made = found_two_districts(module_target, tmp_path_factory.mktemp("union"))
    plant_stations(made.wiring)
    plant_neighbours(made)
    SITE.app = create_app(made.wiring, actor_finder=read_actor)
    with TestClient(SITE.app, base_url="http://127.0.0.1", follow_redirects=False) as client:
        site = Officers(client)
        there = plant_rooms(site, made)
        here = {
            "/desk/hotline/cases/": begin(site, "/desk/hotline/cases/open", {**CALL, "organisation": HERE}),
            "/desk/hardship/files/": begin(
                site, "/desk/hardship/files/open", {**OPENED, "organisation": HERE}
            ),
        }
    yield Rooms(made, here, there)
    made.wiring.close()


def begin(site: Officers, page: str, fields: Mapping[str, str]) -> str:
    """Send the form of a page; return the number of what it began."""
    sent = site.send(page, page, DEMO, **fields)
    assert sent.status_code == 303, sent.text
    return sent.headers["location"].partition("?")[0].rpartition("/")[2]


def place(case: Case, values: Mapping[str, str], numbers: Mapping[str, str]) -> None:
    """Ask about what is there, wherever the path has a place for it."""
    room = next((numbers[page] for path, page in _ROOMS.items() if case.path.startswith(path)), "1")
    told = {**values, "case": room, "thing": room}
    case.path_parameters |= {name: value for name, value in told.items() if name in case.path_parameters}


def is_told(case: Case, response: schemathesis.Response) -> bool:
    """Whether an answer names somebody of the other district whom the request did not name."""
    sent = f"{response.request.url}{response.request.body!r}"
    return any(marker in response.text and marker not in sent for marker in MARKERS)


def choose_roles(case: Case) -> Sequence[Role]:
    """Return the roles in which a request is sent: every one, or the next one in turn for a probe of bounds."""
    is_probe = case.meta is not None and case.meta.phase.name is TestPhase.COVERAGE
    return [next(TURNS)] if is_probe else list(Role)


def ask_in_roles(case: Case) -> Iterator[schemathesis.Response]:
    """Send a request in its roles; none of the answers is a server error or names the other district's members."""
    for role in choose_roles(case):
        response = case.call(headers={"x-actor": f"{role}/inside"})
        case.validate_response(response, checks=[not_a_server_error])
        assert not is_told(case, response), (role, response.text)
        yield response


@schema.include(path_regex=_PATHS).parametrize()
@SHORT
def test_nothing_of_the_other_district_is_told(case: Case, rooms: Rooms) -> None:
    known = {"member": OWN, "code": HERE, "poll": "poll-here", "request_id": rooms.union.here.join}
    place(case, {**known, "report": "1"}, rooms.here)
    assert list(ask_in_roles(case))


@schema.include(path_regex=_PATHS + _ABOUT_ONE).parametrize()
@SHORT
def test_what_is_asked_of_the_other_district_is_never_answered(case: Case, rooms: Rooms) -> None:
    known = {"member": FOREIGN, "code": THERE, "poll": "poll-there", "request_id": rooms.union.there.join}
    place(case, {**known, "report": "9" * 9}, rooms.there)
    for response in ask_in_roles(case):
        assert response.status_code >= 400, response.text
