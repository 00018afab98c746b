"""What silence leads to: a review that was not done in time goes to the organisation above, and grants nothing."""

from datetime import datetime, timedelta
from functools import partial

from sqlalchemy import Connection

from core.civil_time import civil_date
from events.retries import run_in_transaction
from members import load_lineages, read_spans, span_on
from members.joining.repository import (
    Escalation,
    expire_requests,
    find_request,
    has_expired_requests,
    list_overdue,
    record_escalation,
    update_request,
)
from members.joining.request import JoinRefused
from yihui.bootstrap import Wiring
from yihui.services.joining.joining import read_review_days


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

    At the top of the tree a request goes on waiting, and is listed as overdue.
    """
    now = wiring.now()
    with wiring.database.read() as connection:
        due = [request.id for request in list_overdue(connection, now)]
    done = [run_in_transaction(wiring.database, partial(_escalate, wiring, id_, now)) for id_ in due]
    return [one for one in done if one is not None]


def _escalate(wiring: Wiring, id_: str, now: datetime, connection: Connection) -> Escalation | None:
    request = find_request(connection, id_, lock=True)
    if request is None or request.state != "waiting" or request.reviewer is None:
        return None
    if (above := _find_next_above(connection, request.reviewer, now)) is None:
        return None
    days = read_review_days(wiring, connection, above)
    try:
        moved = request.escalate(above, now + timedelta(days=days), now)
    except JoinRefused:  # another process was faster
        return None
    escalation = Escalation(id_, request.reviewer, above, now)
    update_request(connection, moved)
    record_escalation(connection, escalation)
    return escalation


def _find_next_above(connection: Connection, reviewer: str, now: datetime) -> str | None:
    """Return the nearest organisation above the reviewer that there is today; None at the top."""
    today = civil_date(now)
    above = load_lineages(connection, [reviewer]).lineage(reviewer, today)[1:]
    spans = read_spans(connection, above)
    return next((code for code in above if span_on(spans[code], today) is not None), None)
