"""Which officers may open which page, and what those get who may not."""

import re

import pytest

from tests.yihui.http.desk.officers import DEMO, Officers, text_of
from tests.yihui.http.two_districts import NOBODY
from yihui.access.roles import RIGHTS, Right, roles_with
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
    "token": "t" * 43,
    "form": "xlsx",
    "act": "accept",
    "visit": "1",
    "page": "1",
    "photo": "1",
    "file": "1",
}
MAY_NOT = "your roles don't include this"


def address(template: str) -> str:
    return re.sub(r"\{([^}]+)\}", lambda found: PARTS[found[1]], template)


PAGES = [
    (method, path) for (method, path), right in OFFICER_PAGE_RIGHTS.items() if method == "GET" or not right
]


@pytest.mark.parametrize(
    ("method", "template"), sorted(PAGES)
)  # forms that need a right: test_form_rights.py
def test_a_page_is_for_those_who_hold_its_right(site: Officers, method: str, template: str) -> None:
    right, path = OFFICER_PAGE_RIGHTS[method, template], address(template)
    ask = site.open if method == "GET" else site.post
    nobody = ask(path, NOBODY)
    assert nobody.status_code == 303 and nobody.headers["location"].startswith("/desk/login?next=%2Fdesk")
    if right is None:
        return
    for without in [role for role, rights in RIGHTS.items() if right not in rights]:
        refused = ask(path, f"{without}/inside")
        assert refused.status_code == 403 and MAY_NOT in text_of(refused)
    holding = sorted(roles_with(right))[0]
    assert ask(path, f"{holding}/ancestor").status_code != 500
    assert MAY_NOT not in text_of(ask(path, f"{holding}/ancestor"))
    assert ask(path, f"{holding}/ended").status_code == 403


def test_the_navigation_shows_only_rooms_that_the_officer_may_enter(site: Officers) -> None:
    def rooms(who: str) -> list[str]:
        navigation = site.open("/desk", who).text.split('<nav class="rooms"')[1].split("</nav>")[0]
        return re.findall(r'href="([^"]+)"', navigation)

    keeper = ["/desk", "/desk/stations", "/desk/organisations"]
    assert rooms("register_keeper/inside") == keeper
    assert rooms("planner/inside") == [*keeper[:2], "/desk/planning", keeper[2]]
    assert rooms(DEMO) == [entry.path for entry in NAVIGATION]
    assert rooms("case_worker/ended") == ["/desk"]


def test_the_menu_of_a_phone_holds_the_same_rooms_each_under_its_duty(site: Officers) -> None:
    page = site.open("/desk", DEMO).text
    menu = page.split('<nav class="rooms-menu"')[1].split("</nav>")[0]
    assert sorted(re.findall(r'href="([^"]+)"', menu)) == sorted(entry.path for entry in NAVIGATION)
    assert [entry.path for entry in NAVIGATION if not entry.duty] == ["/desk"]
    keeper = site.open("/desk", "register_keeper/inside").text.split('<nav class="rooms-menu"')[1]
    assert "Rules and money" not in keeper.split("</nav>")[0], "a heading without a room is left out"


@pytest.mark.parametrize("role", ["rule_approver", "auditor"])
def test_what_waits_is_shown_by_right(site: Officers, role: str) -> None:
    told = text_of(site.open("/desk", f"{role}/inside"))
    assert ("rule versions to approve" in told) is (Right.APPROVE_RULES in RIGHTS[role])  # type: ignore[index]
    assert "join requests to review" not in told
