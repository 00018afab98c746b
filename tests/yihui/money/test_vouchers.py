"""Vouchers: found by code, card or merchant, voided as their page says, and a lost code replaced by an officer."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from benefits import format_code, list_usable_benefits
from members.cards.life import CardActor, issue_card
from tests.members.organisations.acting import event_of, handle
from tests.yihui.nouns import do, list_rows, show
from tests.yihui.own_benefits import (
    ME,
    NOW,
    OTHER,
    SHOP,
    UNION,
    build_own_benefits,
    give_code,
    grant_of,
    redeem,
)
from tests.yihui.refusals import codes, faults_of
from yihui.access.actor import Actor, ActorKind, Assignment
from yihui.access.roles import Role
from yihui.bootstrap import Wiring
from yihui.money.vouchers.acts import REISSUE, VOID
from yihui.money.vouchers.pages import NOUN
from yihui.services.desk.search import search_records
from yihui.services.stations.texts import StationTexts


@pytest.fixture
def wiring(target: str, tmp_path: Path) -> Iterator[Wiring]:
    made = build_own_benefits(target, tmp_path)
    with made.database.write() as connection:
        codes = ("370000", "370100", "370102", "370200", UNION)
        handle(
            connection,
            *(event_of("organisation.founded", code, "2020-01-01", name=code) for code in codes),
        )
    yield made
    made.close()


def officer(role: Role, place: str) -> Actor:
    held = (Assignment(role, place, date(2026, 1, 1)),)
    return Actor("li.min", "subject-1", ActorKind.OFFICER, held, NOW)


PROVINCE, COUNTY = officer(Role.FINANCE_PREPARER, "370000"), officer(Role.FINANCE_PREPARER, "370102")
ELSEWHERE = officer(Role.FINANCE_PREPARER, "370200")
CASE_WORKER = officer(Role.CASE_WORKER, "370102")


def code_of(wiring: Wiring) -> str:
    with wiring.database.read() as connection:
        usable = list_usable_benefits(connection, wiring.voucher_key, ME)
    return next(one.issued_code.code or "" for one in usable if one.issued_code is not None)


def hits(wiring: Wiring, text: str, who: Actor = COUNTY) -> list[str]:
    """Return the benefits that an officer's search finds."""
    groups = search_records(wiring, who, text, lambda: StationTexts(()))
    return [hit.id for group in groups if group.kind == "grant" for hit in group.hits]


def test_a_voucher_is_found_by_its_code_the_members_card_or_where_it_was_used(wiring: Wiring) -> None:
    cake = grant_of(wiring, ME, "own-cake")
    code = format_code(give_code(wiring, ME, cake))
    assert hits(wiring, code) == hits(wiring, code.lower().replace("-", " ")) == [cake]
    assert hits(wiring, code[:-1] + ("A" if code[-1] != "A" else "C")) == [], "mistyped"
    assert hits(wiring, code, ELSEWHERE) == []
    with wiring.database.write() as connection:
        number = issue_card(connection, ME, CardActor(NOW)).number
    assert cake in hits(wiring, number) and not hits(wiring, number, ELSEWHERE)
    redeem(wiring, code, 5_000)
    [used] = list_rows(wiring, COUNTY, NOUN, merchant=SHOP.name[:2])
    assert (used.grant, used.left, used.unit) == (cake, 15_000, "fen")
    assert {one.member for one in list_rows(wiring, COUNTY, NOUN)} == {ME, OTHER}
    assert {one.member for one in list_rows(wiring, COUNTY, NOUN, member=ME)} == {ME}
    assert list_rows(wiring, ELSEWHERE, NOUN) == []


def test_voiding_does_what_the_page_says_and_is_offered_to_who_may(wiring: Wiring) -> None:
    cake = grant_of(wiring, ME, "own-cake")
    page = show(wiring, PROVINCE, NOUN, cake)
    assert list(page["acts"]) == ["void"]
    assert not show(wiring, COUNTY, NOUN, cake)["acts"], "the province's rule is not a county's to end"
    assert [one.code for one in faults_of(do, wiring, COUNTY, VOID, cake, reason="重复发放")] == [
        "authorisation.elsewhere"
    ]
    assert [one.code for one in faults_of(show, wiring, ELSEWHERE, NOUN, cake)] == ["thing.unknown"]
    code = give_code(wiring, ME, cake)
    redeem(wiring, code, 5_000)
    do(wiring, PROVINCE, VOID, cake, reason="重复发放")
    assert not show(wiring, PROVINCE, NOUN, cake)["acts"]
    assert [one.code for one in faults_of(do, wiring, PROVINCE, VOID, cake, reason="重复发放")] == [
        "move.void"
    ]


def test_a_lost_code_is_replaced_and_no_officer_sees_the_new_one(wiring: Wiring) -> None:
    cake = grant_of(wiring, ME, "own-cake")
    assert codes(do, wiring, CASE_WORKER, REISSUE, cake, reason="手机丢了") == ["voucher_act.no_code"]
    assert not show(wiring, CASE_WORKER, NOUN, cake)["acts"], "nobody claims in the member's place"
    lost = give_code(wiring, ME, cake)
    assert list(show(wiring, CASE_WORKER, NOUN, cake)["acts"]) == ["reissue"]
    do(wiring, CASE_WORKER, REISSUE, cake, reason="手机丢了")
    new = code_of(wiring)
    assert new != lost and new not in str(show(wiring, CASE_WORKER, NOUN, cake))
    [refused] = faults_of(redeem, wiring, lost, None)
    assert refused.short_code == "withdrawn"
    assert redeem(wiring, new, None)
