"""Every officers' page × every role × every position: nobody logs in by accident, and nobody sees another union."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from fastapi.testclient import TestClient

from tests.yihui.http.two_districts import (
    DEMO,
    FOREIGN,
    NOBODY,
    OTHER_UNION,
    POSITIONS,
    WITHOUT_ROLE,
    TwoDistricts,
    build_two_districts,
    read_actor,
)
from yihui.access.roles import RIGHTS, Role
from yihui.http.app import create_app
from yihui.http.desk.rights import OFFICER_PAGE_RIGHTS
from yihui.http.route_rights import ROUTE_RIGHTS, PathMethod, PlaceKind

PAGES = sorted(OFFICER_PAGE_RIGHTS)
OWN_PAGES = sorted(
    route
    for route, entry in ROUTE_RIGHTS.items()
    if entry.place is PlaceKind.PAGE and route not in OFFICER_PAGE_RIGHTS
)
ORIGIN = "http://127.0.0.1"
NOT_THERE = f"the member {FOREIGN} is not on any roll"  # what of an unknown one is said, too
_IN_PATH = {"member": FOREIGN, "code": OTHER_UNION, "decision": "approve"}


@dataclass(slots=True)
class Visitor:
    union: TwoDistricts
    client: TestClient

    def visit(self, route: PathMethod, actor: str) -> httpx.Response:
        """Open a page about the other district's union, or send its form without what it asks for."""
        method, template = route
        path = re.sub(r"\{([^}]+)\}", lambda found: _IN_PATH.get(found[1], "none-such"), template)
        headers = {"x-actor": actor, "origin": ORIGIN, "accept-language": "en"}
        return self.client.request(
            method,
            path,
            data={"nothing": "yet"} if method == "POST" else None,
            headers=headers,
            follow_redirects=False,
        )


@pytest.fixture(scope="module")
def visitor(migrated_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Visitor]:
    union = build_two_districts(tmp_path_factory.mktemp("union"), migrated_file)
    app = create_app(union.wiring, actor_finder=read_actor)
    with TestClient(app, base_url=ORIGIN, raise_server_exceptions=False) as client:
        yield Visitor(union, client)
    union.wiring.close()


def leads_to_login(answer: httpx.Response) -> bool:
    return answer.status_code == 303 and answer.headers["location"].startswith("/desk/login?next=")


@pytest.mark.parametrize("route", [*PAGES, *OWN_PAGES], ids=" ".join)
def test_nobody_is_led_to_the_log_in(visitor: Visitor, route: PathMethod) -> None:
    answer = visitor.visit(route, NOBODY)
    assert leads_to_login(answer), (answer.status_code, answer.text[:300])


@pytest.mark.parametrize("route", PAGES, ids=" ".join)
def test_a_page_is_for_the_roles_that_the_table_names(visitor: Visitor, route: PathMethod) -> None:
    right = OFFICER_PAGE_RIGHTS[route]
    expected = visitor.visit(route, DEMO)
    assert expected.status_code not in (303, 401, 403, 500), expected.text[:300]
    for role in Role:
        for position in POSITIONS:
            answer = visitor.visit(route, f"{role.value}/{position}")
            check = f"{role.value} {position}: {answer.status_code}"
            assert answer.status_code < 500 and not leads_to_login(answer), check
            if right is not None and (right not in RIGHTS[role] or position in WITHOUT_ROLE):
                assert answer.status_code == 403, check
            if position != "ancestor":  # what is asked about belongs to the other district
                shown = answer.text if answer.status_code == 200 else answer.text.replace(NOT_THERE, "")
                assert FOREIGN not in shown.replace(answer.request.url.path, ""), check
