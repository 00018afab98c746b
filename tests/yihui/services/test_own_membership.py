"""A member's own membership on both databases: transfer in one step, withdrawal, leaving, what each act leaves behind."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from core.faults import FaultError
from members.joining.request import JoinRequest
from tests.yihui.nouns import do, do_own, her
from tests.yihui.refusals import codes, faults_of
from tests.yihui.services.joining_people import (
    HERE,
    THERE,
    Clock,
    approve,
    changes_of,
    join,
    last_code,
    member_event,
    person,
    say_review,
)
from tests.yihui.services.test_joining import member_of, organisation_of, stored_secrets
from yihui.access.login_throttle import count_try, member_bucket
from yihui.access.tables import audit_entries
from yihui.bootstrap import Wiring
from yihui.cases.joining.own import LEAVE, TRANSFER, WITHDRAW, load_own_membership
from yihui.cases.joining.phone_joining import (
    PhoneJoin,
    begin_phone_joining,
    open_joining_reach,
    prove_phone_joining,
    transfer_phone_joining,
)
from yihui.cases.joining.requests import JoinPlace, load_status, request_mark
from yihui.services.access.login_tries import LoginVisit, throttle_key

VISIT = LoginVisit("10.0.0.1", "phone")


@pytest.fixture
def member(wiring: Wiring) -> str:
    """A member of HERE who joined by her phone."""
    join(wiring, person(1))
    return member_of(wiring, person(1))


def transfer(wiring: Wiring, member: str, to: str = THERE) -> JoinRequest:
    do_own(wiring, member, TRANSFER, organisation=to)
    found = load_own_membership(wiring, member).requests
    return next(one for one in found if one.organisation == to and one.state in ("transferred", "waiting"))


def leave(wiring: Wiring, member: str) -> None:
    do(wiring, replace(her(member), authenticated_at=wiring.now()), LEAVE)


def acts_by(wiring: Wiring, actor: str) -> list[str]:
    c = audit_entries.c
    with wiring.database.read() as connection:
        return list(connection.execute(select(c.act).where(c.actor == actor)).scalars())


def test_a_member_transfers_in_one_step(wiring: Wiring, member: str, clock: Clock) -> None:
    clock.now += timedelta(minutes=1)
    assert transfer(wiring, member).state == "transferred"
    assert organisation_of(wiring, member) == ("active", THERE)
    assert changes_of(wiring, "member.transferred") == [member]
    assert acts_by(wiring, member).count("members.change.transfer_join") == 1
    assert stored_secrets(wiring) == []
    found = load_own_membership(wiring, member)
    assert (found.organisation, sorted(one.state for one in found.requests)) == (
        THERE,
        ["joined", "transferred"],
    )


def test_a_member_whom_the_vault_does_not_know_transfers_too(wiring: Wiring) -> None:
    member_event(wiring, "member.joined", "m-roll", "2026-01-02", organisation=HERE, joined_on="2026-01-02")
    assert transfer(wiring, "m-roll").state == "transferred"
    assert organisation_of(wiring, "m-roll") == ("active", THERE)


@pytest.mark.parametrize(
    ("to", "fault"),
    [(HERE, "joining.own_organisation"), ("999999", "joining.organisation"), ("", "joining.no_place")],
)
def test_a_transfer_that_makes_no_sense_changes_nothing(
    wiring: Wiring, member: str, to: str, fault: str
) -> None:
    assert codes(transfer, wiring, member, to) == [fault]
    assert organisation_of(wiring, member) == ("active", HERE)
    assert [one.state for one in load_own_membership(wiring, member).requests] == ["joined"]


def test_an_organisation_that_reviews_reviews_a_transfer_too(wiring: Wiring, member: str) -> None:
    say_review(wiring, THERE, days=3)
    waiting = transfer(wiring, member)
    assert (waiting.state, organisation_of(wiring, member)) == ("waiting", ("active", HERE))
    assert codes(transfer, wiring, member) == ["joining.waiting"]
    approve(wiring, waiting.id)
    assert organisation_of(wiring, member) == ("active", THERE)


def test_a_request_is_taken_back_by_its_own_person_alone(wiring: Wiring, member: str) -> None:
    say_review(wiring, THERE, days=3)
    mark = request_mark(transfer(wiring, member))
    for stranger, named in (("m-other", mark), (member, "0" * 16)):
        assert codes(do_own, wiring, stranger, WITHDRAW, named) == ["thing.unknown_own"]
    for _ in range(2):
        do_own(wiring, member, WITHDRAW, mark)
    assert "withdrawn" in {one.state for one in load_own_membership(wiring, member).requests}
    assert stored_secrets(wiring) == []
    assert acts_by(wiring, member).count("members.change.withdraw_join") == 1
    assert organisation_of(wiring, member) == ("active", HERE)
    assert transfer(wiring, member).state == "waiting"


def test_a_decided_request_cannot_be_taken_back(wiring: Wiring, member: str) -> None:
    mark = request_mark(transfer(wiring, member))
    assert codes(do_own, wiring, member, WITHDRAW, mark) == ["joining.not_waiting"]


def test_a_member_leaves_once_and_may_join_again(wiring: Wiring, member: str, clock: Clock) -> None:
    clock.now += timedelta(days=3)
    leave(wiring, member)
    assert organisation_of_today(wiring, member) == ("left", None)
    found = load_own_membership(wiring, member)
    assert (found.is_member, found.organisation, len(found.memberships)) == (False, None, 1)
    assert found.memberships[0].until == clock.now.date()
    with pytest.raises(FaultError):
        leave(wiring, member)
    assert codes(transfer, wiring, member) == ["joining.no_transfer"]
    assert join(wiring, person(1), THERE).request.state == "joined"
    assert organisation_of_today(wiring, member) == ("active", THERE)


def organisation_of_today(wiring: Wiring, member: str) -> tuple[str, str | None]:
    found = load_own_membership(wiring, member)
    return found.status, found.organisation


def test_who_left_before_the_approval_is_refused_in_words(wiring: Wiring) -> None:
    member_event(wiring, "member.joined", "m-roll", "2026-01-02", organisation=HERE, joined_on="2026-01-02")
    say_review(wiring, THERE, days=3)
    waiting = transfer(wiring, "m-roll")
    leave(wiring, "m-roll")
    assert codes(approve, wiring, waiting.id) == ["joining.no_identity"]


def begin(wiring: Wiring, serial: int = 1, organisation: str = HERE, **changed: str) -> str:
    place, who = JoinPlace(organisation=organisation), person(serial, **changed)
    reach = open_joining_reach(wiring)
    status = begin_phone_joining(wiring, place, who, "10.0.0.1", f"key-{serial}-{organisation}", reach)
    return status.request.id


def confirm(wiring: Wiring, id: str, phone: str) -> PhoneJoin:
    return prove_phone_joining(wiring, id, last_code(wiring, phone), VISIT, open_joining_reach(wiring))


def test_who_comes_back_on_her_phone_is_logged_in_there(wiring: Wiring, member: str, clock: Clock) -> None:
    clock.now += timedelta(days=3)
    leave(wiring, member)
    id = begin(wiring)
    assert begin(wiring) == id, "the same form sent twice"
    done = confirm(wiring, id, person(1).phone)
    assert done.opened is not None
    assert done.opened.session.member_id == member
    assert not done.opened.session.is_fresh(wiring.now())
    assert confirm(wiring, id, person(1).phone).opened is None, "a request opens one session"
    assert changes_of(wiring, "member.joined") == [member, member]
    assert "members.change.begin_join" in acts_by(wiring, "unknown")


def test_nobody_is_logged_in_by_somebody_else_s_id_number(wiring: Wiring, member: str) -> None:
    done = confirm(wiring, begin(wiring, phone="13900000009"), "13900000009")
    assert (done.status.request.state, done.opened) == ("waiting", None)
    approve(wiring, done.status.request.id)
    again = confirm(wiring, done.status.request.id, "13900000009")
    assert (again.status.request.state, again.opened) == ("already_member", None)


def test_a_member_elsewhere_transfers_after_the_code(wiring: Wiring, member: str, clock: Clock) -> None:
    clock.now += timedelta(minutes=5)
    id = begin(wiring, 1, THERE)
    proven = confirm(wiring, id, person(1).phone)
    assert (proven.status.elsewhere, proven.opened) == (HERE, None)
    done = transfer_phone_joining(wiring, id, VISIT, open_joining_reach(wiring))
    assert done.opened is not None
    assert organisation_of(wiring, member) == ("active", THERE)


def test_a_proof_of_an_hour_ago_transfers_and_logs_nobody_in(
    wiring: Wiring, member: str, clock: Clock
) -> None:
    clock.now += timedelta(minutes=5)
    id = begin(wiring, 1, THERE)
    confirm(wiring, id, person(1).phone)
    clock.now += timedelta(hours=1)
    assert transfer_phone_joining(wiring, id, VISIT, open_joining_reach(wiring)).opened is None


def test_a_faulty_person_begins_no_request(wiring: Wiring) -> None:
    assert {fault.field for fault in faults_of(begin, wiring, name="😀", phone="12")} == {"name", "phone"}
    with pytest.raises(FaultError):
        load_status(wiring, "")


def test_a_network_that_begins_too_often_waits_an_hour_and_its_members_log_in_all_the_same(
    wiring: Wiring, clock: Clock
) -> None:
    for serial in range(1, 21):
        begin(wiring, serial)
    clock.now += timedelta(minutes=59)
    assert codes(begin, wiring, 21) == ["member_login.too_many"]
    with wiring.database.write() as connection:
        bucket = member_bucket(throttle_key(wiring), "10.0.0.1")
        assert count_try(connection, bucket, wiring.now()).tries == 1
    clock.now += timedelta(minutes=2)
    begin(wiring, 21)


def test_beyond_the_network_s_limit_no_code_is_looked_at(wiring: Wiring) -> None:
    id = begin(wiring)
    with wiring.database.write() as connection:
        for _ in range(100):
            count_try(connection, member_bucket(throttle_key(wiring), VISIT.network), wiring.now())
    assert codes(confirm, wiring, id, person(1).phone) == ["member_login.too_many"]
    assert load_status(wiring, id).request.wrong_codes == 0
