"""Which officers may open which page; they see nothing of another subtree, and what they read is recorded."""

import json
import re
from pathlib import Path

import httpx
import pytest

from core.civil_time import format_civil_minute
from tests.members.organisations.acting import NOW
from tests.yihui.http.desk.officers import CASE_WORKER, acts_of, officer_without, open_desk, plant_stations
from tests.yihui.http.two_districts import (
    FOREIGN,
    MOVED,
    NEW,
    NOBODY,
    OTHER_UNION,
    OWN,
    RECORDED,
    UNION,
    UNKNOWN,
    TwoDistricts,
    found_two_districts,
    officer,
)
from tools.servers.desk import DEMO, Officers, text_of
from yihui.access.roles import NEW_ACCOUNT_RIGHTS, RIGHTS, Role
from yihui.http.desk.navigation import NAVIGATION
from yihui.http.desk.rights import officer_page_rights
from yihui.services.access.audit import AuditQuery, list_audit_entries

KEEPER = "register_keeper/inside"
PARTS = (
    dict.fromkeys(("number", "thing", "visit", "page", "paper", "file"), "1")
    | dict.fromkeys(("id", "id_"), "f" * 32)
    | dict.fromkeys(("grant", "debt"), "a" * 40)
    | {"appeal": "a" * 20, "hash_": "a" * 64, "id:path": "here", "member": "m-own", "code": "370102"}
    | {"payment": "PB000001-000001", "batch": "PB000001", "key": "abcdefgh"}
    | {"rule": "birthday-cake", "kind": "access", "form": "xlsx", "act": "accept", "decision": "approve"}
)
MAY_NOT = ("your roles don't include this", "your role for this ended")


def address(template: str) -> str:
    named = template.replace("/members/{thing}", f"/members/{OWN}").replace(
        "/register/{thing}", "/register/here"
    )
    return re.sub(r"\{([^}]+)\}", lambda found: PARTS[found[1]], named)


def test_a_page_is_for_those_who_hold_its_right(site: Officers) -> None:
    """One request a page; each page × each role is in test_pages_of_neighbours.py, forms in test_form_rights.py."""
    let_in = {}
    for (method, template), right in officer_page_rights().items():
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


def test_an_account_that_does_not_count_yet_opens_only_what_is_masked(site: Officers) -> None:
    otherwise = {}
    for (method, template), right in officer_page_rights().items():
        if right is None or right in RECORDED or method != "GET":
            continue
        role = next(role for role in Role if right in RIGHTS[role])
        answer = site.open(address(template), f"{role.value}/{NEW}")
        text = text_of(answer)
        is_refused = answer.status_code == httpx.codes.FORBIDDEN and "may look but not act" in text
        if is_refused is (right in NEW_ACCOUNT_RIGHTS) or (is_refused and "yihui" in text.split("qian")[1]):
            otherwise[template] = (answer.status_code, text[:300])
    assert otherwise == {}


def test_the_first_page_says_who_can_confirm_an_account_and_from_when_it_counts(site: Officers) -> None:
    told = ("…sun", "…ian", format_civil_minute(NOW))  # who opened it, who can confirm it
    for position, is_told in ((NEW, True), ("ancestor", False)):
        text = text_of(site.open("/desk", f"case_worker/{position}")).partition("Waits for you")[0]
        assert all((one in text) is is_told for one in told), text


def test_the_navigation_shows_only_rooms_that_the_officer_may_enter(site: Officers) -> None:
    def rooms(who: str) -> list[str]:
        navigation = site.open("/desk", who).text.split('<nav class="rooms-menu"')[1].split("</nav>")[0]
        return re.findall(r'href="([^"]+)"', navigation)

    keeper = ["/desk", "/desk/polls", "/desk/register", "/desk/organisations"]
    assert rooms("register_keeper/inside") == keeper
    assert rooms("planner/inside") == [*keeper[:3], "/desk/planning", keeper[3]]
    assert rooms(DEMO) == [entry.path for entry in NAVIGATION]
    assert rooms("case_worker/ended") == ["/desk"]


def test_reading_a_member_is_written_into_the_audit_log(site: Officers, union: TwoDistricts) -> None:
    page = site.open(f"/desk/members/{OWN}", CASE_WORKER)
    assert page.status_code == 200 and OWN in page.text
    assert ("li.min", "members.read") in acts_of(union.wiring, OWN)
    auditor = officer(Role.AUDITOR, "inside")
    found = list_audit_entries(union.wiring, auditor, AuditQuery(object_kind="member", object_id=OWN))
    assert [(one.organisation, one.role) for one in found.entries[:1]] == [(UNION, "case_worker")]


@pytest.mark.parametrize("path", ["/desk/members", "/api/v1/members", "/desk/members.csv"])
def test_a_list_of_members_names_the_officers_own_and_counts_as_reading_them(
    site: Officers, union: TwoDistricts, path: str
) -> None:
    before = acts_of(union.wiring, OWN)
    listed = site.open(path, CASE_WORKER)
    assert listed.status_code == 200 and OWN in listed.text and FOREIGN not in listed.text
    assert acts_of(union.wiring, OWN) == [*before, ("li.min", "members.read")]
    assert acts_of(union.wiring, FOREIGN) == []


@pytest.mark.parametrize("part", ["benefits", "benefits/why"])
def test_reading_a_member_over_the_interface_is_written_into_the_audit_log(
    site: Officers, union: TwoDistricts, part: str
) -> None:
    before = len(acts_of(union.wiring, OWN))
    headers = {"x-actor": CASE_WORKER}
    assert site.client.get(f"/api/v1/members/{OWN}/{part}", headers=headers).status_code == 200
    (who, act), *more = acts_of(union.wiring, OWN)[before:]
    assert (who, more) == ("li.min", []) and act == "benefits.read"
    assert site.client.get(f"/api/v1/members/{FOREIGN}/{part}", headers=headers).status_code == 404
    assert acts_of(union.wiring, FOREIGN) == []


@pytest.mark.parametrize("sought", ["m-", "工会", "驿站", "370"])
def test_the_search_finds_what_is_the_officers_own(site: Officers, sought: str) -> None:
    for who in (CASE_WORKER, KEEPER, "hotline_agent/inside"):
        told = text_of(site.post("/desk/search", who, q=sought))
        for foreign in (FOREIGN, MOVED, OTHER_UNION, "海边驿站"):
            assert foreign not in told, (who, foreign)
    assert OWN in text_of(site.post("/desk/search", CASE_WORKER, q="m-"))
    assert "泉边驿站" in text_of(site.post("/desk/search", KEEPER, q="驿站"))


def test_the_search_writes_full_width_and_traditional_signs_as_the_register_does(site: Officers) -> None:
    assert OWN in text_of(site.post("/desk/search", q="Ｍ－ｏｗｎ"))
    assert site.post("/desk/search", q="泉邊驛站").headers["location"] == "/desk/register/here"


def test_a_search_of_ten_thousand_characters_is_refused_in_words(site: Officers) -> None:
    refused = site.post("/desk/search", q="a" * 10_000)
    assert 400 <= refused.status_code < 500 and "at most 100" in text_of(refused)


def test_the_map_has_all_stations_of_the_filter_and_of_the_officers_districts(site: Officers) -> None:
    def marked(query: str, who: str = DEMO) -> dict[str, object]:
        return json.loads(site.open(f"/desk/stations/within?{query}", who).text)  # type: ignore[no-any-return]

    whole = marked("")
    assert [(one["id"], one["state"]) for one in whole["stations"]] == [("here", "closed"), ("there", "open")]  # type: ignore[attr-defined]
    assert [one["id"] for one in marked("kind=mother_room")["stations"]] == ["there"]  # type: ignore[attr-defined]
    assert [one["id"] for one in marked("", KEEPER)["stations"]] == ["here"]  # type: ignore[attr-defined]
    assert marked("bbox=117,36,118,37")["count"] == 1
    assert whole["box"] == marked("bbox=117,36,118,37")["box"] == [117.021, 36.06, 120.38, 36.669]
    counted = marked("limit=1")
    assert counted["stations"] == [] and sum(one["count"] for one in counted["cells"]) == 2  # type: ignore[attr-defined]
    assert site.open("/map/base.json", KEEPER).json()["outlines"], (
        "what lies under the map is there for officers too"
    )


def test_a_foreign_member_is_told_as_one_whom_nobody_knows(site: Officers, union: TwoDistricts) -> None:
    foreign, unknown = (site.open(f"/desk/members/{id}", CASE_WORKER) for id in (FOREIGN, UNKNOWN))
    assert foreign.status_code == unknown.status_code == 404
    assert text_of(foreign).replace(FOREIGN, "…") == text_of(unknown).replace(UNKNOWN, "…")
    assert acts_of(union.wiring, FOREIGN) == []


@pytest.mark.needs("postgres")
def test_every_page_is_answered_on_postgresql_too(migrated_server: str, tmp_path: Path) -> None:
    union = found_two_districts(migrated_server, tmp_path)
    plant_stations(union.wiring)
    templates = [template for method, template in officer_page_rights() if method == "GET"]
    paths = [address(template) for template in templates]
    beyond = [re.sub(r"{.*?}", str(far), one) for one in templates if "{" in one for far in (2**31, 2**63)]
    with open_desk(union.wiring) as site:
        too_large = {path: site.open(path).status_code for path in beyond}
        answers = {path: site.open(path).status_code for path in paths}
    union.wiring.close()
    assert {path: status for path, status in (answers | too_large).items() if status >= 500} == {}
    assert sum(status == httpx.codes.OK for status in answers.values()) > len(paths) / 2
