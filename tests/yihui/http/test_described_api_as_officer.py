"""Schemathesis as each role in one district: no server error, and nothing of the other district's members.

Each request is sent in every role: making up a request costs more than answering it.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
import schemathesis
from hypothesis import settings
from schemathesis import Case
from schemathesis.checks import not_a_server_error

from tests.yihui.http.test_described_api import QUICK, Standing
from tests.yihui.http.two_districts import (
    FOREIGN,
    HERE,
    MOVED,
    OWN,
    THERE,
    TwoDistricts,
    build_two_districts,
    read_actor,
)
from yihui.access.roles import Role
from yihui.bootstrap import Settings, build_wiring
from yihui.http.app import create_app

MARKERS = (FOREIGN, MOVED)  # members who are nowhere in the case worker's district today
SITE = Standing()
_NOWHERE = Path("nowhere")  # nothing is opened to describe
schema = schemathesis.openapi.from_dict(create_app(build_wiring(Settings(str(_NOWHERE), _NOWHERE))).openapi())
schema.app = SITE
_PATHS = r"^/api/v1/(members|transfer|organisations|statistics|polls|sessions|join|events|feeds)"
_ABOUT_ONE = r".*\{(member|code|poll|request_id)\}"
SHORT = settings(QUICK, max_examples=5)


@pytest.fixture(scope="module", autouse=True)
def union(tmp_path_factory: pytest.TempPathFactory, migrated_file: Path) -> Iterator[TwoDistricts]:
    made = build_two_districts(tmp_path_factory.mktemp("union"), migrated_file)
    SITE.app = create_app(made.wiring, actor_finder=read_actor)
    yield made
    made.wiring.close()


def place(case: Case, values: Mapping[str, str]) -> None:
    """Ask about what is there, wherever the path has a place for it."""
    case.path_parameters |= {name: value for name, value in values.items() if name in case.path_parameters}


def is_told(case: Case, response: schemathesis.Response) -> bool:
    """Whether an answer names somebody of the other district whom the request did not name."""
    sent = f"{response.request.url}{response.request.body!r}"
    return any(marker in response.text and marker not in sent for marker in MARKERS)


def ask_in_each_role(case: Case) -> Iterator[schemathesis.Response]:
    """Send a request in every role; none of the answers is a server error or names the other district's members."""
    for role in Role:
        response = case.call(headers={"x-actor": f"{role}/inside"})
        case.validate_response(response, checks=[not_a_server_error])
        assert not is_told(case, response), (role, response.text)
        yield response


@schema.include(path_regex=_PATHS).parametrize()
@SHORT
def test_nothing_of_the_other_district_is_told(case: Case, union: TwoDistricts) -> None:
    place(case, {"member": OWN, "code": HERE, "poll": "poll-here", "request_id": union.here.join})
    assert len(list(ask_in_each_role(case))) == len(Role)


@schema.include(path_regex=_PATHS + _ABOUT_ONE).parametrize()
@SHORT
def test_what_is_asked_of_the_other_district_is_never_answered(case: Case, union: TwoDistricts) -> None:
    place(case, {"member": FOREIGN, "code": THERE, "poll": "poll-there", "request_id": union.there.join})
    for response in ask_in_each_role(case):
        assert response.status_code >= 400, response.text


def test_the_markers_would_be_found(union: TwoDistricts) -> None:
    """A demo's user, who sees all, is told of both."""
    from fastapi.testclient import TestClient

    client = TestClient(create_app(union.wiring, actor_finder=read_actor), base_url="http://127.0.0.1")
    listed = client.get(
        f"/api/v1/statistics/members?list=true&organisation={THERE}", headers={"x-actor": "demo"}
    )
    assert all(marker in listed.text for marker in MARKERS)
