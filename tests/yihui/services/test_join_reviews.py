"""Reviews of who joins, and many at once who join the same person."""

from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest

from members import identify_member
from members.joining.repository import ReviewSetting, find_request, select_review_settings
from tests.members.organisations.acting import event_of, handle
from tests.yihui.refusals import codes, do_at_once
from tests.yihui.services.joining_people import (
    DISTRICT,
    HERE,
    THERE,
    TOWNSHIP,
    Clock,
    approve,
    changes_of,
    found_tree,
    join,
    joining_wiring,
    list_waiting,
    look,
    member_event,
    person,
    prove,
    refuse,
    say_review,
)
from tests.yihui.services.test_joining import stored_secrets
from yihui.bootstrap import Wiring
from yihui.cases.joining.escalation import escalate_overdue_reviews
from yihui.cases.joining.joining import confirm_joining, transfer_joining
from yihui.cases.joining.requests import JoinPlace, begin_joining, load_status
from yihui.frame.plain import page_json
from yihui.services.operation.upkeep import run_upkeep_and_seal

GIFT = """
id: gift
title: 入会礼包
basis: [{kind: example, note: 示例}]
owner: "370000"
in_force: {from: 2026-01-01, until: 2026-12-31}
on: member.joined
benefit: {kind: cash, amount_fen: 10000}
limit: {times: 1, per: [member], every: once}
"""


def wait(wiring: Wiring, serial: int = 1, days: int | None = 3) -> str:
    """Confirm a person where the organisation reviews; return the request's id."""
    say_review(wiring, HERE, days=days)
    done = confirm_joining(wiring, prove(wiring, person(serial)).request.id)
    assert done.request.state == "waiting" and changes_of(wiring, "member.joined") == []
    return done.request.id


def test_where_nothing_was_said_about_reviews_who_joins_waits(wiring: Wiring) -> None:
    id = confirm_joining(wiring, prove(wiring, person(), TOWNSHIP).request.id).request.id
    assert load_status(wiring, id).request.state == "waiting" and changes_of(wiring, "member.joined") == []
    assert approve(wiring, id).request.state == "joined"


def test_where_a_rule_grants_on_joining_who_comes_back_waits_and_reviews_do_not_end(
    target: str, tmp_path: Path, clock: Clock
) -> None:
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "gift.yaml").write_text(GIFT, "utf-8")
    wiring = joining_wiring(target, tmp_path, clock, rules=(tmp_path / "rules",))
    found_tree(wiring)  # with reviews ended before the rule
    assert codes(say_review, wiring, HERE, off=True) == ["joining.grants"]
    member = join(wiring, person()).request.member_id
    assert member is not None
    member_event(wiring, "member.left", member, "2026-10-03")
    clock.now += timedelta(days=2)
    assert confirm_joining(wiring, prove(wiring, person()).request.id).request.state == "waiting"
    wiring.close()


def test_who_is_refused_is_no_member_and_is_forgotten(wiring: Wiring) -> None:
    id = wait(wiring)
    for reason, code in (("", "field.string_too_short"), ("他的电话是13800138000", "field.personal")):
        assert codes(refuse, wiring, id, reason=reason) == [code]
    for _ in range(2):
        assert refuse(wiring, id).request.state == "refused"
    assert changes_of(wiring, "member.joined") == [] and stored_secrets(wiring) == []
    assert codes(confirm_joining, wiring, id) == ["joining.refused"]
    assert codes(approve, wiring, id, "wang") == ["joining.not_waiting"]


def test_silence_goes_up_level_by_level_and_is_never_granted(wiring: Wiring, clock: Clock) -> None:
    id, reviewers = wait(wiring), []
    assert escalate_overdue_reviews(wiring) == []
    for _ in range(7):
        clock.now += timedelta(days=20)
        escalate_overdue_reviews(wiring)
        assert escalate_overdue_reviews(wiring) == [], "not twice for one silence"
        reviewers.append(load_status(wiring, id).request.reviewer)
    assert reviewers == [TOWNSHIP, DISTRICT, "370100", "370000", "370000", "370000", "370000"]
    assert changes_of(wiring, "member.joined") == []
    [review] = list_waiting(wiring, only="overdue")
    assert review.until.is_over and len(page_json(look(wiring, id))["escalations"]) == 4
    assert approve(wiring, id, "province").request.state == "joined"


def test_upkeep_locks_no_review_that_stays_where_it_is(wiring: Wiring, clock: Clock) -> None:
    id = wait(wiring)
    for _ in range(5):
        clock.now += timedelta(days=20)
        escalate_overdue_reviews(wiring)
    with wiring.database.write() as connection:  # a lock would wait for this transaction
        assert find_request(connection, id, lock=True) is not None
        assert escalate_overdue_reviews(wiring) == []


def test_a_review_goes_to_the_parent_in_the_tree_of_that_day(wiring: Wiring, clock: Clock) -> None:
    id = wait(wiring)
    with wiring.database.write() as connection:
        handle(connection, event_of("organisation.moved", HERE, "2026-10-01", parent=DISTRICT))
    clock.now += timedelta(days=3)
    run_upkeep_and_seal(wiring)
    assert load_status(wiring, id).request.reviewer == DISTRICT, "the daily upkeep does it too"


def test_a_review_that_went_up_goes_along_when_its_union_moves(wiring: Wiring, clock: Clock) -> None:
    id = wait(wiring)
    clock.now += timedelta(days=3)
    escalate_overdue_reviews(wiring)
    assert load_status(wiring, id).request.reviewer == TOWNSHIP
    assert escalate_overdue_reviews(wiring) == [], "its time has not come"
    with wiring.database.write() as connection:
        handle(connection, event_of("organisation.moved", HERE, "2026-10-01", parent="370100"))
    run_upkeep_and_seal(wiring)
    assert load_status(wiring, id).request.reviewer == "370100"
    assert escalate_overdue_reviews(wiring) == [] and approve(wiring, id).request.state == "joined"


def test_the_default_limit_holds_where_no_days_are_said(wiring: Wiring, clock: Clock) -> None:
    id = wait(wiring, days=None)
    until = load_status(wiring, id).request.review_until
    assert until == clock.now + timedelta(days=15)


def test_the_last_setting_counts_and_each_keeps_who_said_it(wiring: Wiring) -> None:
    wait(wiring)
    say_review(wiring, HERE, "wang", off=True)
    say_review(wiring, THERE, off=True)
    with wiring.database.read() as connection:
        said = [ReviewSetting(*row) for row in connection.execute(select_review_settings())]
    assert [(s.organisation, s.reviews, s.officer) for s in said] == [
        (HERE, False, "wang"),
        (THERE, False, "li"),
    ]


def test_a_limit_that_is_none_is_refused(wiring: Wiring) -> None:
    for days in (0, -1, 91):
        assert codes(say_review, wiring, HERE, days=days)[0].startswith("field.")


def test_who_comes_back_with_another_phone_waits_for_an_officer(wiring: Wiring, clock: Clock) -> None:
    member = join(wiring, person()).request.member_id
    assert member is not None
    member_event(wiring, "member.left", member, "2026-10-03")
    clock.now += timedelta(days=2)
    other = confirm_joining(wiring, prove(wiring, person(phone="13900000000")).request.id)
    assert (other.request.state, other.request.review_cause) == ("waiting", "other_data")
    assert changes_of(wiring, "member.joined") == [member]


def test_a_waiting_persons_data_stays_until_it_is_decided(wiring: Wiring, clock: Clock) -> None:
    id = wait(wiring)
    clock.now += timedelta(days=40)
    begin_joining(wiring, JoinPlace(organisation=HERE))
    assert approve(wiring, id).request.state == "joined"


def join_and_leave(wiring: Wiring, clock: Clock) -> None:
    """Make the person a former member, who comes back without a review."""
    member = join(wiring, person()).request.member_id
    assert member is not None
    member_event(wiring, "member.left", member, "2026-10-03")
    clock.now += timedelta(days=2)


def prove_many(wiring: Wiring, clock: Clock, count: int, *organisations: str) -> list[str]:
    """The same person proven in many requests."""
    ids = []
    for number in range(count):
        ids.append(prove(wiring, person(), organisations[number % len(organisations)]).request.id)
        clock.now += timedelta(hours=3)
    return ids


@pytest.mark.both_databases
def test_sixteen_threads_that_join_one_person_make_one_member(target: str, tmp_path: Path) -> None:
    clock = Clock()
    wiring = joining_wiring(target, tmp_path, clock, codes_per_day=100, rules=())
    found_tree(wiring)
    join_and_leave(wiring, clock)
    ids = prove_many(wiring, clock, 8, HERE, THERE)
    clock.now -= timedelta(hours=12)
    states = Counter(do_at_once(lambda id: confirm_joining(wiring, id).request.state, ids * 2))
    member = identify_member(person().id_number, wiring.identity_key).member_id
    assert changes_of(wiring, "member.joined") == [member, member]
    assert states == {"joined": 2, "already_member": 6, "joining.elsewhere": 8}
    wiring.close()


def test_one_person_transferred_by_many_at_once_moves_once(target: str, tmp_path: Path) -> None:
    clock = Clock()
    wiring = joining_wiring(target, tmp_path, clock, codes_per_day=100, rules=())
    found_tree(wiring)
    join(wiring, person())
    clock.now += timedelta(minutes=2)
    ids = prove_many(wiring, clock, 4, THERE)
    states = Counter(do_at_once(lambda id: transfer_joining(wiring, id).request.state, ids))
    assert states == {"transferred": 1, "joining.own_organisation": 3}
    assert len(changes_of(wiring, "member.transferred")) == 1
    wiring.close()
