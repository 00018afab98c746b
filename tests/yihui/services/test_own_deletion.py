"""The deletion of one's own data: what stands in its way, that it is whole, and that two at once are one."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import func, insert, select, update

from benefits.reporting.appeals import lodge_appeal
from benefits.tables.decisions import grants
from benefits.tables.rulebook import rule_acts
from core.faults import FaultError
from members.hotline.tables import hotline_cases
from members.mutual_aid.tables import mutual_aid_claims, mutual_aid_policies
from members.tables import member_changes
from tests.members.organisations.acting import event_of, handle
from tests.transactions import change_in, value_in, values_in
from tests.yihui.nouns import do_own
from tests.yihui.own_benefits import ME, NOW, OTHER, UNION, build_own_benefits, decision_of
from tests.yihui.refusals import codes, do_at_once
from tests.yihui.services.joining_people import Clock
from tests.yihui.services.logging_in import begin_member_session
from yihui.access.member_sessions import MemberSession
from yihui.bootstrap import Wiring
from yihui.cases.hotline.own import SEND_QUESTION
from yihui.cases.hotline.topics import NOTHING
from yihui.services.attachments.resumable_uploads import begin_upload, find_upload
from yihui.services.members.erasure import DeletionObstacle, erase_own_data, load_deletion_preview

DUE = datetime(2026, 11, 27, 4, tzinfo=UTC)


@pytest.fixture
def wiring(target: str, tmp_path: Path) -> Iterator[Wiring]:
    made = build_own_benefits(target, tmp_path, Clock(NOW))
    yield made
    made.close()


def session_of(wiring: Wiring, member: str = ME) -> MemberSession:
    return begin_member_session(wiring, member).session


def obstacles_of(wiring: Wiring) -> list[tuple[str, str]]:
    return [(one.kind, one.title) for one in load_deletion_preview(wiring, ME).obstacles]


def count_changes(wiring: Wiring, member: str = ME) -> int:
    query = select(func.count()).select_from(member_changes).where(member_changes.c.member_id == member)
    return int(value_in(wiring.database, query))


def count_grants(wiring: Wiring) -> int:
    return int(value_in(wiring.database, select(func.count()).select_from(grants)))


def add_claim(wiring: Wiring, state: str) -> None:
    with wiring.database.write() as connection:
        policy = connection.execute(
            insert(mutual_aid_policies)
            .values(version=1, state="open", organisation=UNION, begins=NOW.date(), ends=NOW.date())
            .returning(mutual_aid_policies.c.number)
        ).scalar_one()
        connection.execute(
            insert(mutual_aid_claims).values(
                version=1,
                state=state,
                policy_number=policy,
                organisation=UNION,
                member_id=ME,
                submitted_at=NOW,
            )
        )


def add_case(wiring: Wiring) -> None:
    """Open a question of the member's, with a day for its next step."""
    with wiring.database.write() as connection:
        handle(connection, event_of("organisation.founded", "370000", "2010-01-01", name="省总工会"))
    do_own(wiring, ME, SEND_QUESTION, NOTHING, answers={"category": "membership", "text": "会籍"})
    change_in(wiring.database, update(hotline_cases).values(due_at=DUE))


def test_nothing_under_way_deletes_all_of_one_member_and_nothing_of_another(wiring: Wiring) -> None:
    session, before = session_of(wiring), count_grants(wiring)
    uploads = [begin_upload(wiring, who, "apply:x", "发票", 5, "a" * 64) for who in (ME, OTHER)]
    assert load_deletion_preview(wiring, ME).obstacles == []
    done = erase_own_data(wiring, session.actor)
    assert done.rows and done.act is not None
    assert (count_changes(wiring), count_changes(wiring, OTHER)) == (0, 2)
    assert count_grants(wiring) == before > 0, "they stay"
    assert find_upload(wiring, OTHER, uploads[1].id)
    with pytest.raises(FaultError, match="upload"):
        find_upload(wiring, ME, uploads[0].id)


def test_a_claim_stands_in_the_way_until_it_is_decided(wiring: Wiring) -> None:
    for state in ("approved", "refused", "withdrawn", "reversed"):
        add_claim(wiring, state)
    assert obstacles_of(wiring) == []
    for number, state in enumerate(("submitted", "returned"), 1):
        add_claim(wiring, state)
        assert obstacles_of(wiring) == [("aid_claim", "2026-11-20")] * number


def test_an_open_case_stands_in_the_way_until_it_is_closed(wiring: Wiring) -> None:
    add_case(wiring)
    [one] = load_deletion_preview(wiring, ME).obstacles
    assert one == DeletionObstacle("case", one.title, datetime(2026, 11, 27).date())  # noqa: DTZ001
    change_in(wiring.database, update(hotline_cases).values(state="closed", due_at=None))
    assert obstacles_of(wiring) == []


def test_an_open_appeal_stands_in_the_way_and_nothing_is_deleted(wiring: Wiring) -> None:
    session = session_of(wiring)
    with wiring.database.write() as connection:
        lodge_appeal(connection, decision_of(wiring, ME, "own-study"), "生日登记错了", NOW.date(), NOW)
    assert obstacles_of(wiring) == [("appeal", "2026-11-20")]
    before = count_changes(wiring)
    assert codes(erase_own_data, wiring, session.actor) == ["own_deletion.unfinished"]
    assert count_changes(wiring) == before


@pytest.mark.both_databases
def test_two_deletions_at_once_are_one_act(wiring: Wiring) -> None:
    sessions = [session_of(wiring) for _ in range(2)]
    is_first = do_at_once(lambda one: erase_own_data(wiring, one.actor).act is not None, sessions)
    assert sorted(map(bool, is_first)) == [False, True]
    acts = values_in(wiring.database, select(rule_acts.c.who).where(rule_acts.c.act == "erased"))
    assert list(acts) == ["member"]
