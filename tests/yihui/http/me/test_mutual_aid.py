"""A member hands in a claim of mutual aid with its receipt; an officer compares both, and her page tells the outcome."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.civil_time import civil_date
from tests.yihui.applying import photo
from tests.yihui.http.me.members import build_phone
from tests.yihui.http.me.test_own_benefits import words
from tests.yihui.services.mutual_aid_office import BILL, CLAIMS, FIRST, MEMBER, AidOffice
from yihui.frame.plain import page_json

PAGE = "/me/mutual-aid"


@pytest.fixture
def office(tmp_path: Path, migrated_file: Path) -> Iterator[AidOffice]:
    made = AidOffice(str(shutil.copy(migrated_file, tmp_path / "yihui.db")), tmp_path)
    yield made
    made.wiring.close()


def test_a_claim_of_her_own_waits_with_its_papers_and_is_answered(office: AidOffice) -> None:
    policy, phone = office.policy(), build_phone(office.wiring).log_in(MEMBER)
    form = f"{PAGE}/{policy}/claim"
    page = phone.get(PAGE)
    assert "You are covered from Sat 1/31 until Thu 12/31" in words(page) and f'href="{form}"' in page
    today = civil_date(office.wiring.now())
    assert phone.get(form).count(f'type="date" max="{today}"') == 2  # a stay that is over
    status, page = phone.check(form, **BILL)
    assert status == 422 and "no photo of the settlement receipt" in page and "5500" in page
    claim = phone.hand_in(form, photo(), **BILL)
    [number] = office.list_claims()
    assert claim == f"{PAGE}/claims/{number}?done=claim"
    assert "Your claim was handed in" in words(phone.get(claim))
    shown = page_json(office.show(CLAIMS, number))
    assert (shown["submitted_by"], len(shown["files"])) == (MEMBER, 1)
    office.send_back(number, FIRST)
    for path in (PAGE, claim):
        assert "已核对" in words(phone.get(path)), path
    office.correct(number)
    office.approve(number)
    for path in (PAGE, claim):
        assert "2,250 yuan" in words(phone.get(path)), path
    build_phone(office.wiring).log_in("m-9").get(f"{PAGE}/claims/{number}", status=404)


def test_who_is_not_covered_finds_no_form_and_all_faults_are_told_at_once(office: AidOffice) -> None:
    policy, phone = office.policy(), build_phone(office.wiring).log_in(MEMBER)
    form, wrong = (
        f"{PAGE}/{policy}/claim",
        {"receipt": "12", "self_paid": "5400", "discharged_on": "2026-08-01"},
    )
    _, page = phone.check(form, photo(), **{**BILL, **wrong})
    for told in ("receipt's number is missing", "11,900 yuan"):
        assert told in words(page)
    assert not office.list_claims()
    build_phone(office.wiring).log_in("m-9").get(form, status=404)
