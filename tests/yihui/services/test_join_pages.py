"""What officers see and may do of requests to join: masks, what an approval would do, who may, what is recorded."""

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from tests.yihui.nouns import reveal
from tests.yihui.refusals import codes
from tests.yihui.services.joining_people import (
    DISTRICT,
    HERE,
    NOW,
    THERE,
    TOWNSHIP,
    Clock,
    act_on,
    approve,
    found_tree,
    join,
    joining_wiring,
    list_waiting,
    look,
    member_event,
    officer,
    person,
    prove,
    refuse,
    say_review,
)
from tests.yihui.services.test_join_reviews import GIFT
from yihui.access.actor import Actor, ActorKind, Assignment
from yihui.access.roles import Role
from yihui.access.tables import audit_entries
from yihui.bootstrap import Wiring
from yihui.cases.joining.acts import APPROVE, UNMASK
from yihui.cases.joining.escalation import escalate_overdue_reviews
from yihui.cases.joining.joining import confirm_joining, transfer_joining
from yihui.cases.joining.requests import JoinPlace, begin_joining, load_status
from yihui.frame.plain import page_json
from yihui.services.members.vault import list_unmaskings


def worker(place: str, role: Role = Role.CASE_WORKER) -> Actor:
    """An officer who logged in just now, with a role for one organisation."""
    return Actor("hu.na", "1", ActorKind.OFFICER, (Assignment(role, place, date(2026, 1, 1)),), NOW)


@pytest.fixture
def wiring(target: str, tmp_path: Path, clock: Clock) -> Iterator[Wiring]:
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "gift.yaml").write_text(GIFT, "utf-8")
    made = joining_wiring(target, tmp_path, clock, rules=(tmp_path / "rules",))
    found_tree(made)
    yield made
    made.close()


@pytest.fixture
def id(wiring: Wiring) -> str:
    """A request that waits for its organisation."""
    say_review(wiring, HERE, days=3)
    return confirm_joining(wiring, prove(wiring, person()).request.id).request.id


def entries(wiring: Wiring, kind: str = "join_request") -> list[tuple[object, ...]]:
    c = audit_entries.c
    columns = (c.actor, c.act, c.object_id, c.organisation, c.reason, c.changes)
    query = select(*columns).where(c.object_kind == kind, c.actor != "unknown").order_by(c.sequence)
    with wiring.database.read() as connection:
        return [tuple(row) for row in connection.execute(query)]


def unmask(wiring: Wiring, id: str, by: Actor, reason: str = "核对身份证") -> dict[str, object]:
    return reveal(wiring, by, UNMASK, id, reason=reason)


def test_a_page_shows_masks_and_what_an_approval_would_do(wiring: Wiring, id: str) -> None:
    page = look(wiring, id)
    shown = page_json(page)
    assert (page.title, shown["phone"], shown["organisation"], shown["reviewer"]) == (
        "张*", "138****0001", HERE, HERE,
    )  # fmt: skip
    assert (page.acts, page.person) == (("approve", "unmask", "refuse"), None)
    assert "is a member of 泉城物流工会 from 10/2/2026 (Fri) on" in page.effect
    assert "these rules look at it at once: 入会礼包" in page.effect
    assert page.buttons["approve"] == "Approve: joins 泉城物流工会"
    assert "No document came along" in page.notice
    assert person().phone not in str(page) and person().id_number not in str(page)


def test_an_approved_request_leads_to_the_new_member(wiring: Wiring, id: str) -> None:
    member = approve(wiring, id).request.member_id
    page = look(wiring, id)
    assert (page.person, page.acts, page.effect) == (member, (), "")
    assert page.status is not None and page.status.code == "joined"
    assert page_json(page)["decided_by"] == "li" and list_waiting(wiring) == []


def test_a_refused_request_names_no_member(wiring: Wiring, id: str) -> None:
    refuse(wiring, id)
    page = look(wiring, id)
    assert (page.person, page.acts, page_json(page)["reason"]) == (None, (), "不在本单位工作")


def test_a_transfer_says_what_it_leaves_and_has_a_list_of_its_own(
    wiring: Wiring, id: str, clock: Clock
) -> None:
    join(wiring, person(2), HERE)
    say_review(wiring, THERE)
    clock.now += timedelta(minutes=2)
    moving = transfer_joining(wiring, prove(wiring, person(2), THERE).request.id).request.id
    assert [one.request.id for one in list_waiting(wiring)] == [id, moving]
    [listed] = list_waiting(wiring, only="transfers")
    assert (listed.request.id, listed.leaves) == (moving, HERE)
    page = look(wiring, moving)
    assert "leaves 泉城物流工会 and is a member of 趵突快递工会" in page.effect
    assert "Name and phone are those that the union has on record" in page.notice
    assert page.buttons["approve"] == "Approve: moves to 趵突快递工会"


def test_other_data_of_the_same_id_number_stands_beside_it(wiring: Wiring, clock: Clock) -> None:
    join(wiring, person())
    clock.now += timedelta(minutes=2)
    id = confirm_joining(wiring, prove(wiring, person(phone="13900000009")).request.id).request.id
    page = look(wiring, id)
    shown = page_json(page)
    assert (shown["phone"], shown["known_phone"], shown["cause"]) == (
        "139****0009", "138****0001", "other_data",
    )  # fmt: skip
    assert "other data of this ID number" in page.notice and "already" in page.effect


def test_who_cannot_be_approved_has_no_button_for_it(wiring: Wiring, clock: Clock) -> None:
    member = join(wiring, person()).request.member_id
    assert member is not None
    clock.now += timedelta(days=2)
    id = confirm_joining(wiring, prove(wiring, person(phone="13900000009")).request.id).request.id
    member_event(wiring, "member.profile_changed", member, "2026-10-03", status="suspended")
    page = look(wiring, id)
    assert page.acts == ("unmask", "refuse") and "suspended or closed" in page.effect
    assert codes(approve, wiring, id) == ["joining.not_active"]


def test_officers_see_and_decide_what_their_own_organisations_review(
    wiring: Wiring, id: str, clock: Clock
) -> None:
    begin_joining(wiring, JoinPlace(organisation=HERE))  # nobody reviews it yet
    for place in (HERE, TOWNSHIP, DISTRICT):
        assert [one.request.id for one in list_waiting(wiring, worker(place))] == [id]
        assert look(wiring, id, worker(place)).title == "张*"
    elsewhere, auditor = worker(THERE), worker(HERE, Role.AUDITOR)
    assert list_waiting(wiring, elsewhere) == []
    for who in (elsewhere, auditor):
        for act in (look, approve, refuse, unmask):
            assert codes(act, wiring, id, who)[0].startswith("authorisation."), act
    clock.now += timedelta(days=3)
    escalate_overdue_reviews(wiring)
    assert list_waiting(wiring, worker(HERE)) == [], "it went up"
    assert codes(approve, wiring, id, worker(HERE))[0].startswith("authorisation.")
    assert approve(wiring, id, worker(TOWNSHIP)).request.state == "joined"


def test_what_nobody_has_confirmed_is_no_officers(wiring: Wiring) -> None:
    begun = begin_joining(wiring, JoinPlace(organisation=HERE))[0].request.id
    proven = prove(wiring, person()).request.id
    for one in (begun, proven, "0" * 32):
        for act in (look, approve, refuse):
            assert codes(act, wiring, one) == ["joining.not_reviewed"]


def test_each_decision_is_recorded_with_its_reason(wiring: Wiring, id: str) -> None:
    by = worker(HERE)
    act_on(wiring, APPROVE, id, by, reason="本单位职工")
    other = confirm_joining(wiring, prove(wiring, person(2)).request.id).request.id
    refuse(wiring, other, by)
    assert entries(wiring) == [
        ("hu.na", "members.change.approve", id, HERE, "本单位职工",
         '{"after":{"state":"approved"},"before":{}}'),
        ("hu.na", "members.change.refuse", other, HERE, "不在本单位工作",
         '{"after":{"state":"refused"},"before":{}}'),
    ]  # fmt: skip


def test_who_asks_is_shown_in_clear_with_a_reason_after_a_fresh_log_in(
    wiring: Wiring, id: str, clock: Clock
) -> None:
    member = load_status(wiring, id).request.member_id
    assert member is not None
    shown = unmask(wiring, id, worker(HERE))
    assert (shown["name"], shown["phone"]) == ("张三", person().phone)
    assert shown["id_number"] == person().id_number
    fields = ["name", "phone", "id_number"]
    [seen] = entries(wiring)
    assert seen[:5] == ("hu.na", "members.unmask", id, HERE, "核对身份证")
    assert [(one[1], one[2]) for one in entries(wiring, "member")] == [("members.unmask", member)]
    assert sorted(one.field for one in list_unmaskings(wiring, member)) == sorted(fields)
    assert person().phone not in str(seen)
    assert codes(unmask, wiring, id, worker(HERE), "找张三核对") == ["officer.personal_reason"]
    clock.now += timedelta(hours=2)
    assert codes(unmask, wiring, id, worker(HERE)) == ["authorisation.step_up"]
    approve(wiring, id)
    assert codes(unmask, wiring, id, officer("li")) == ["joining.not_waiting"], "nothing is kept of her"
    assert len(list_unmaskings(wiring, member)) == len(fields)
