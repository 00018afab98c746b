"""What silence leads to: a review that was not done in time goes to the organisation above, and grants nothing."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from functools import partial

from sqlalchemy import Connection

from core.civil_time import civil_date
from events.retries import run_in_transaction
from members import OrganisationLineages, load_lineages, read_spans, span_on
from members.joining.repository import (
    Escalation,
    expire_requests,
    find_request,
    has_expired_requests,
    list_escalating,
    record_escalation,
    update_request,
)
from members.joining.request import JoinRequest
from yihui.bootstrap import Wiring
from yihui.cases.joining.joining import read_review_days


def run_join_upkeep(wiring: Wiring) -> int:
    """End requests that nobody confirmed and escalate overdue reviews; return how many reviews went up."""
    now = wiring.now()
    with wiring.database.read() as connection:  # the usual case: skip the write transaction
        has_expired = has_expired_requests(connection, now)
    if has_expired:
        run_in_transaction(wiring.database, lambda connection: expire_requests(connection, now))
    return len(escalate_overdue_reviews(wiring))


def escalate_overdue_reviews(wiring: Wiring) -> list[Escalation]:
    """Pass each review that was not done in time to the organisation above, in the tree of today; grant nothing.

    So goes at once what waits at an organisation that is no longer above the one that is joined. At the top of the
    tree a request goes on waiting, and is listed as overdue.
    """
    now = wiring.now()
    with wiring.database.read() as connection:
        requests = list_escalating(connection, now)
        lineages = load_lineages(connection, {request.organisation for request in requests})
        due = [one.id for one in requests if _find_next_reviewer(connection, lineages, one, now) is not None]
    done = [run_in_transaction(wiring.database, partial(_escalate, wiring, id_, now)) for id_ in due]
    return [one for one in done if one is not None]


def _escalate(wiring: Wiring, id_: str, now: datetime, connection: Connection) -> Escalation | None:
    request = find_request(connection, id_, lock=True)
    if request is None or request.state != "waiting" or request.reviewer is None:
        return None
    lineages = load_lineages(connection, [request.organisation])
    above = _find_next_reviewer(connection, lineages, request, now)
    if above is None:  # another process was faster
        return None
    until = now + timedelta(days=read_review_days(wiring, connection, above))
    escalation = Escalation(id_, request.reviewer, above, now)
    update_request(connection, request.pass_on(above, until))
    record_escalation(connection, escalation)
    return escalation


def _find_next_reviewer(
    connection: Connection, lineages: OrganisationLineages, request: JoinRequest, now: datetime
) -> str | None:
    """Return who reviews a request from now on; None where it stays with who has it."""
    today = civil_date(now)
    chain = lineages.lineage(request.organisation, today)
    if request.reviewer not in chain:
        return _find_above(connection, chain[1:], today) or request.organisation
    if request.review_until is None or now < request.review_until:
        return None
    return _find_above(connection, chain[chain.index(request.reviewer) + 1 :], today)


def _find_above(connection: Connection, above: Sequence[str], today: date) -> str | None:
    """Return the nearest of some organisations that there is today; None if there is none."""
    spans = read_spans(connection, above)
    return next((one for one in above if span_on(spans[one], today) is not None), None)
