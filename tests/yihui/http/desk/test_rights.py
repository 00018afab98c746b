"""Which officers may open which page, and what those get who may not."""

import re
from pathlib import Path

import httpx
import pytest

from tests.yihui.http.desk.officers import DEMO, Officers, officer_without, open_desk, plant_stations, text_of
from tests.yihui.http.two_districts import NOBODY, found_two_districts
from yihui.access.roles import RIGHTS, Right
from yihui.http.desk.rights import OFFICER_PAGE_RIGHTS
from yihui.http.desk.visit import NAVIGATION

PARTS = {
    "id:path": "here",
    "id": "f" * 32,
    "id_": "f" * 32,
    "member": "m-own",
    "grant": "a" * 40,
    "payment": "PB000001-000001",
    "code": "370102",
    "appeal": "a" * 20,
    "batch": "PB000001",
    "hash_": "a" * 64,
    "decision": "approve",
    "debt": "a" * 40,
    "merchant": "noodles",
    "key": "abcdefgh",
    "rule": "birthday-cake",
    "number": "1",
    "kind": "access",
    "form": "xlsx",
    "act": "accept",
    "visit": "1",
    "page": "1",
    "photo": "1",
    "file": "1",
}
MAY_NOT = ("your roles don't include this", "your role for this ended")


def address(template: str) -> str:
    return re.sub(r"\{([^}]+)\}", lambda found: PARTS[found[1]], template)


def test_a_page_is_for_those_who_hold_its_right(site: Officers) -> None:
    """One request a page; each page × each role is in test_pages_of_neighbours.py, forms in test_form_rights.py."""
    let_in = {}
    for (method, template), right in OFFICER_PAGE_RIGHTS.items():
        path = address(template)
        if right is None:
            answer = (site.open if method == "GET" else site.post)(path, NOBODY)
            refused = answer.headers.get("location", "").startswith("/desk/login?next=%2Fdesk")
        elif method == "GET":
            answer = site.open(path, officer_without(right))
            refused = answer.status_code == httpx.codes.FORBIDDEN and any(
                one in text_of(answer) for one in MAY_NOT
            )
        else:
            continue
        if not refused:
            let_in[method, template] = (answer.status_code, text_of(answer)[:200])
    assert let_in == {}


def test_the_navigation_shows_only_rooms_that_the_officer_may_enter(site: Officers) -> None:
    def rooms(who: str) -> list[str]:
        navigation = site.open("/desk", who).text.split('<nav class="rooms"')[1].split("</nav>")[0]
        return re.findall(r'href="([^"]+)"', navigation)

    keeper = ["/desk", "/desk/stations", "/desk/organisations"]
    assert rooms("register_keeper/inside") == keeper
    assert rooms("planner/inside") == [*keeper[:2], "/desk/planning", keeper[2]]
    assert rooms(DEMO) == [entry.path for entry in NAVIGATION]
    assert rooms("case_worker/ended") == ["/desk"]


@pytest.mark.parametrize("role", ["rule_approver", "auditor"])
def test_what_waits_is_shown_by_right(site: Officers, role: str) -> None:
    told = text_of(site.open("/desk", f"{role}/inside"))
    assert ("rule versions to approve" in told) is (Right.APPROVE_RULES in RIGHTS[role])  # type: ignore[index]
    assert "join requests to review" not in told


@pytest.mark.needs("postgres")
def test_every_page_is_answered_on_postgresql_too(migrated_server: str, tmp_path: Path) -> None:
    union = found_two_districts(migrated_server, tmp_path)
    plant_stations(union.wiring)
    paths = [address(template) for method, template in OFFICER_PAGE_RIGHTS if method == "GET"]
    with open_desk(union.wiring) as site:
        answers = {path: site.open(path).status_code for path in paths}
    union.wiring.close()
    assert {path: status for path, status in answers.items() if status >= 500} == {}
    assert sum(status == httpx.codes.OK for status in answers.values()) > len(paths) / 2
