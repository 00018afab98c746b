"""An officer sees and changes nothing of another subtree."""

import pytest

from tests.yihui.http.desk.officers import CASE_WORKER, Officers, acts_of, text_of
from tests.yihui.http.two_districts import (
    FOREIGN,
    MOVED,
    OTHER_UNION,
    OWN,
    UNION,
    UNKNOWN,
    TwoDistricts,
    officer,
)
from yihui.access.roles import Role
from yihui.services.access.audit import AuditQuery, list_audit_entries

KEEPER = "register_keeper/inside"


def test_reading_a_member_is_written_into_the_audit_log(site: Officers, union: TwoDistricts) -> None:
    page = site.open(f"/desk/members/{OWN}", CASE_WORKER)
    assert page.status_code == 200 and OWN in page.text
    assert ("li.min", "members.read") in acts_of(union.wiring, OWN)
    auditor = officer(Role.AUDITOR, "inside")
    found = list_audit_entries(union.wiring, auditor, AuditQuery(object_kind="member", object_id=OWN))
    assert [(one.organisation, one.role) for one in found.entries[:1]] == [(UNION, "case_worker")]


@pytest.mark.parametrize("part", ["benefits", "benefits/why", "appeals", "points", "memberships", "vouchers"])
def test_reading_a_member_over_the_interface_is_written_into_the_audit_log(
    site: Officers, union: TwoDistricts, part: str
) -> None:
    before = len(acts_of(union.wiring, OWN))
    headers = {"x-actor": CASE_WORKER}
    assert site.client.get(f"/api/v1/members/{OWN}/{part}", headers=headers).status_code == 200
    (who, act), *more = acts_of(union.wiring, OWN)[before:]
    assert (who, more) == ("li.min", []) and act in ("benefits.read", "members.read", "members.change")
    assert site.client.get(f"/api/v1/members/{FOREIGN}/{part}", headers=headers).status_code == 404
    assert acts_of(union.wiring, FOREIGN) == []


@pytest.mark.parametrize("sought", ["m-", "工会", "驿站", "370"])
def test_the_search_finds_what_is_the_officers_own(site: Officers, sought: str) -> None:
    for who in (CASE_WORKER, KEEPER, "hotline_agent/inside"):
        told = text_of(site.open(f"/desk/search?q={sought}", who))
        for foreign in (FOREIGN, MOVED, OTHER_UNION, "海边驿站"):
            assert foreign not in told, (who, foreign)
    assert OWN in text_of(site.open("/desk/search?q=m-", CASE_WORKER))
    assert "泉边驿站" in text_of(site.open("/desk/search?q=驿站", KEEPER))


def test_the_search_writes_full_width_and_traditional_signs_as_the_register_does(site: Officers) -> None:
    assert OWN in text_of(site.open("/desk/search?q=Ｍ－ｏｗｎ"))
    assert "泉边驿站" in text_of(site.open("/desk/search?q=泉邊驛站"))


def test_a_search_of_ten_thousand_characters_is_refused_in_words(site: Officers) -> None:
    refused = site.open(f"/desk/search?q={'a' * 10_000}")
    assert 400 <= refused.status_code < 500 and "longer than 8 kb" in text_of(refused)


def test_stations_are_those_of_the_officers_districts(site: Officers) -> None:
    told = text_of(site.open("/desk/stations", KEEPER))
    assert "泉边驿站" in told and "海边驿站" not in told
    assert "海边驿站" not in text_of(site.open("/desk/stations/there", KEEPER))
    refused = site.send(
        "/desk/stations/unplaced", "/desk/stations/there/place", KEEPER, lon="117.02", lat="36.67"
    )
    assert refused.status_code == 422 and "there is no station there" in text_of(refused)


def test_a_foreign_member_is_told_as_one_whom_nobody_knows(site: Officers, union: TwoDistricts) -> None:
    foreign, unknown = (site.open(f"/desk/members/{id}", CASE_WORKER) for id in (FOREIGN, UNKNOWN))
    assert foreign.status_code == unknown.status_code == 404
    assert text_of(foreign).replace(FOREIGN, "…") == text_of(unknown).replace(UNKNOWN, "…")
    assert acts_of(union.wiring, FOREIGN) == []
