"""The review of who joins: which organisation reviews, what waits, approval, refusal, and what silence leads to."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from sqlalchemy import Connection

from benefits import Officer
from core.civil_time import civil_date
from core.faults import FaultError
from events.retries import run_in_transaction
from members import (
    PersonalData,
    PersonField,
    has_personal_number,
    list_subtree,
    load_lineages,
    mask_person,
    organisation_names,
    read_spans,
    span_on,
)
from members.joining.faults import JOINING_FAULTS
from members.joining.repository import (
    Escalation,
    ReviewSetting,
    append_review_setting,
    expire_requests,
    has_expired_requests,
    list_escalations_of,
    list_review_settings,
    list_waiting,
    read_persons,
    read_review_setting,
    record_escalation,
    update_request,
)
from members.joining.request import SUCCEEDED, JoinEnd, JoinRefused, JoinRequest
from yihui.bootstrap import Wiring
from yihui.services.access.officers import act_as_officer
from yihui.services.joining.joining import (
    PersonStanding,
    find_rules_on_joining,
    is_member_here,
    lock_person,
    make_member,
    store_in_vault,
    transfer_member,
)
from yihui.services.joining.requests import (
    OUTSIDE,
    JoinStatus,
    load_status,
    read_known_person,
    require_organisation,
    require_request,
)
from yihui.services.ledger.sealing import seal_pending

MOST_DAYS = 90


@dataclass(frozen=True, slots=True)
class WaitingReview:
    """A request that waits: who, masked; where; whether its time is over; and how it went up.

    ``known`` is what the vault holds of the same ID number, masked, if that is why it waits.
    """

    request: JoinRequest
    masks: Mapping[PersonField, str]
    known: Mapping[PersonField, str]
    names: Mapping[str, str]
    is_overdue: bool
    escalations: tuple[Escalation, ...]


def set_review(
    wiring: Wiring, code: str, by: str, reason: str, *, reviews: bool, days: int | None = None
) -> ReviewSetting:
    """Record whether an organisation reviews who joins, and in how many days.

    *Raises*: FaultError, also for the end of reviews where a rule in force grants something to who joins.
    """
    _check_reason(reason)
    if days is not None and not 1 <= days <= MOST_DAYS:
        raise FaultError(JOINING_FAULTS.build("days", field="--days", value=days))

    def work(connection: Connection, officer: Officer) -> ReviewSetting:
        officer.require_reason()
        require_organisation(connection, code, officer.today)
        granting = () if reviews else find_rules_on_joining(wiring, connection, code, officer.today)
        if granting:
            ids = ", ".join(rule.id for rule in granting)
            raise FaultError(JOINING_FAULTS.build("grants", field="--off", value=ids))
        setting = ReviewSetting(code, reviews, days, officer.who, officer.reason, officer.at)
        append_review_setting(connection, setting)
        return setting

    return act_as_officer(wiring, by, reason, work)


def load_review_settings(wiring: Wiring) -> list[ReviewSetting]:
    """Load the last setting of each organisation that ever had one."""
    with wiring.database.read() as connection:
        return list_review_settings(connection)


def load_waiting_reviews(wiring: Wiring, code: str | None = None) -> list[WaitingReview]:
    """Load what waits for a review, of an organisation and all below it or of all; the most urgent first."""
    now = wiring.now()
    with wiring.database.read() as connection:
        reviewers = None
        if code is not None:
            require_organisation(connection, code, civil_date(now))
            reviewers = list_subtree(connection, code, civil_date(now))
        return build_reviews(wiring, connection, list_waiting(connection, reviewers), now)


def build_reviews(
    wiring: Wiring, connection: Connection, waiting: Sequence[JoinRequest], now: datetime
) -> list[WaitingReview]:
    """Return requests with what their reviewers see of them."""
    codes = {code for one in waiting for code in (one.organisation, one.reviewer) if code}
    names = organisation_names(connection, codes)
    ids = [one.id for one in waiting]
    escalations = list_escalations_of(connection, ids)
    persons: Mapping[str, PersonalData] = {}
    if wiring.vault is not None:
        persons = read_persons(connection, wiring.vault.keys, ids)
    reviews = []
    for one in waiting:
        known: Mapping[PersonField, str] = {}
        if wiring.vault is not None and one.review_cause == "other_data" and one.member_id is not None:
            known = mask_person(read_known_person(wiring, connection, one.member_id))
        assert one.reviewer is not None and one.review_until is not None
        masks = mask_person(persons[one.id]) if one.id in persons else {}
        gone_up = tuple(escalations[one.id])
        reviews.append(WaitingReview(one, masks, known, names, one.review_until <= now, gone_up))
    return reviews


def approve_joining(wiring: Wiring, id: str, by: str, reason: str = "") -> JoinStatus:
    """Make the person of a waiting request a member, or transfer her. *Raises*: JoinRefused if it doesn't wait; FaultError."""
    _check_reason(reason)

    def work(connection: Connection, officer: Officer) -> None:
        request = require_request(connection, id, officer.at, lock=True)
        if request.state in SUCCEEDED and request.decided_by == officer.who:
            return
        request.require_waiting()
        standing = lock_person(wiring, connection, request, officer.at)
        require_organisation(connection, request.organisation, officer.today)
        ended = _admit(wiring, connection, request, standing, officer.at)
        update_request(connection, request.succeed(ended, officer.at, officer.who))

    act_as_officer(wiring, by, reason, work)
    seal_pending(wiring)
    return load_status(wiring, id)


def _admit(
    wiring: Wiring, connection: Connection, request: JoinRequest, standing: PersonStanding, now: datetime
) -> JoinEnd:
    """Let an approved person join, or transfer her if she is a member elsewhere. *Raises*: JoinRefused, FaultError."""
    if standing.status in OUTSIDE:
        make_member(wiring, connection, request, standing, now)
        return "joined"
    if standing.status == "active" and standing.organisation != request.organisation:
        transfer_member(wiring, connection, request, standing, now)
        return "transferred"
    is_member_here(connection, standing, request)  # refuses whoever is suspended, retired or dead
    store_in_vault(wiring, connection, standing, now)
    return "already_member"


def refuse_joining(wiring: Wiring, id: str, by: str, reason: str) -> JoinStatus:
    """Refuse a waiting request, with the reason; the person's data is deleted. *Raises*: JoinRefused, FaultError."""
    _check_reason(reason)

    def work(connection: Connection, officer: Officer) -> None:
        officer.require_reason()
        request = require_request(connection, id, officer.at, lock=True)
        if request.state == "refused" and request.decided_by == officer.who:
            return
        update_request(connection, request.refuse(officer.who, officer.reason, officer.at))

    act_as_officer(wiring, by, reason, work)
    return load_status(wiring, id)


def _check_reason(reason: str) -> None:
    if has_personal_number(reason):
        raise FaultError(JOINING_FAULTS.build("personal_reason", field="--reason", value="…"))


def escalate_overdue_reviews(wiring: Wiring) -> list[Escalation]:
    """Pass each review that was not done in time to the organisation above, in the tree of today; grant nothing.

    At the top of the tree a request goes on waiting, and is listed as overdue.
    """
    now = wiring.now()
    with wiring.database.read() as connection:
        due = [request.id for request in list_waiting(connection, due_at=now)]
    done = [run_in_transaction(wiring.database, partial(_escalate, wiring, id, now)) for id in due]
    return [one for one in done if one is not None]


def _escalate(wiring: Wiring, id: str, now: datetime, connection: Connection) -> Escalation | None:
    request = require_request(connection, id, now, lock=True)
    above = _find_next_above(connection, request, now) if request.state == "waiting" else None
    if above is None or request.reviewer is None:
        return None
    setting = read_review_setting(connection, above)
    days = (setting.days if setting else None) or wiring.settings.join_review_days
    try:
        moved = request.escalate(above, now + timedelta(days=days), now)
    except JoinRefused:  # another process was faster
        return None
    escalation = Escalation(id, request.reviewer, above, now)
    update_request(connection, moved)
    record_escalation(connection, escalation)
    return escalation


def _find_next_above(connection: Connection, request: JoinRequest, now: datetime) -> str | None:
    """Return the nearest organisation above the reviewer that there is today; None at the top."""
    assert request.reviewer is not None
    today = civil_date(now)
    above = load_lineages(connection, [request.reviewer]).lineage(request.reviewer, today)[1:]
    spans = read_spans(connection, above)
    return next((code for code in above if span_on(spans[code], today) is not None), None)


def run_join_upkeep(wiring: Wiring) -> int:
    """End requests that nobody confirmed and escalate overdue reviews; return how many reviews went up."""
    now = wiring.now()
    with wiring.database.read() as connection:  # the usual case: skip the write transaction
        has_expired = has_expired_requests(connection, now)
    if has_expired:
        run_in_transaction(wiring.database, lambda connection: expire_requests(connection, now))
    return len(escalate_overdue_reviews(wiring))
