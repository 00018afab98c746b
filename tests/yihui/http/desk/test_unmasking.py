"""A member's data in clear: with a reason, after a fresh log-in, shown once, recorded before it is shown."""

from collections.abc import Iterator

import pytest

from members.persons import PersonalData
from tests.yihui.http.desk.officers import CASE_WORKER, acts_of, open_desk
from tests.yihui.http.desk.test_member_correction import STALE, read_visitor
from tests.yihui.http.two_districts import OWN, TwoDistricts
from tests.yihui.services.joining_people import id_number
from tools.servers.desk import Officers, text_of
from yihui.services.members.vault import list_unmaskings, store_known_persons

PAGE = f"/desk/members/{OWN}/unmask"
PHONE = "13800000001"


@pytest.fixture(scope="module")
def union(union: TwoDistricts) -> TwoDistricts:
    person = PersonalData(name="欧阳春花", id_number=id_number(1), phone=PHONE)
    store_known_persons(union.wiring, {OWN: person})
    return union


@pytest.fixture(scope="module")
def site(union: TwoDistricts) -> Iterator[Officers]:
    with open_desk(union.wiring, read_visitor) as opened:
        yield opened


def test_the_members_page_shows_masks_alone(site: Officers) -> None:
    page = site.open(f"/desk/members/{OWN}", CASE_WORKER)
    assert "欧阳**" in page.text and "138****0001" in page.text and "/unmask" in page.text
    for secret in ("春花", PHONE, id_number(1)):
        assert secret not in page.text
    assert "/unmask" not in site.open(f"/desk/members/{OWN}", "hotline_agent/inside").text


def test_a_field_is_shown_in_the_answer_alone_and_who_saw_it_is_recorded(
    site: Officers, union: TwoDistricts
) -> None:
    shown = site.send(PAGE, PAGE, CASE_WORKER, field="phone", reason="通知领取慰问金")
    assert shown.status_code == 200 and PHONE in shown.text
    assert "春花" not in shown.text and shown.headers["cache-control"] == "no-store"
    assert ("li.min", "members.unmask") in acts_of(union.wiring, OWN)
    (seen,) = list_unmaskings(union.wiring, OWN)
    assert (seen.field, seen.officer, seen.reason) == ("phone", "li.min", "通知领取慰问金")
    assert PHONE not in site.open(PAGE, CASE_WORKER).text


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"field": "phone", "reason": ""}, "is missing"),
        ({"field": "name", "reason": f"电话 {PHONE}"}, "phone number"),
        ({"field": "phone", "reason": "找欧阳春花"}, "personal data"),
    ],
)
def test_a_refused_form_shows_nothing(
    site: Officers, union: TwoDistricts, fields: dict[str, str], told: str
) -> None:
    before = len(list_unmaskings(union.wiring, OWN))
    refused = site.send(PAGE, PAGE, CASE_WORKER, **fields)
    assert refused.status_code == 422 and told in text_of(refused)
    assert len(list_unmaskings(union.wiring, OWN)) == before


def test_an_old_log_in_leads_to_a_new_one_and_back(site: Officers) -> None:
    asked = site.open(PAGE, STALE)
    assert asked.status_code == 303
    assert asked.headers["location"].startswith("/desk/login?next=%2Fdesk%2Fmembers%2Fm-own%2Funmask")
    assert site.post(PAGE, STALE, field="phone", reason="x").status_code == 303
