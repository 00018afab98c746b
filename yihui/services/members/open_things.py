"""What a member waits for besides applications: questions and certificates, claims of mutual aid, requests to join."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Literal

from sqlalchemy import Connection, select

from core.civil_time import civil_date
from members import organisation_names
from members.attachments import AttachmentKind, list_member_attachments
from members.hotline.case import OVER, CaseState
from members.hotline.repository import find_case
from members.hotline.tables import hotline_cases
from members.joining.repository import list_member_requests
from members.mutual_aid.claim import LIVE, ClaimState
from members.mutual_aid.tables import mutual_aid_claims

_CLAIMS_WAITING = sorted(state.value for state in LIVE - {ClaimState.APPROVED})


@dataclass(frozen=True, slots=True)
class OpenThing:
    """One thing that the union has to finish, by ``due`` if it has a day. ``title`` is hers, or empty."""

    kind: Literal["case", "certificate", "aid_claim", "join"]
    number: str
    title: str
    since: date
    due: date | None = None
    state: CaseState | None = None


def list_open_things(connection: Connection, member: str) -> list[OpenThing]:
    """List what the union has to finish for a member; of a case that others opened only the state is hers to see."""
    return [
        *_iterate_cases(connection, member),
        *_iterate_claims(connection, member),
        *_iterate_joins(connection, member),
    ]


def _iterate_cases(connection: Connection, member: str) -> Iterator[OpenThing]:
    c, over = hotline_cases.c, [state.value for state in OVER]
    query = select(c.number, c.due_at).where(c.member_id == member, c.state.not_in(over)).order_by(c.number)
    rows = connection.execute(query).all()
    files = list_member_attachments(connection, member) if rows else []
    certified = {one.subject for one in files if one.kind is AttachmentKind.CERTIFICATE}
    for row in rows:
        if (case := find_case(connection, row.number)) is not None:
            yield OpenThing(
                "certificate" if str(case.number) in certified else "case",
                str(case.number),
                case.summary if case.opened_by == member else "",
                civil_date(case.opened_at),
                civil_date(row.due_at) if row.due_at else None,
                case.state,
            )


def _iterate_claims(connection: Connection, member: str) -> Iterator[OpenThing]:
    c = mutual_aid_claims.c
    query = select(c.number, c.submitted_at).where(c.member_id == member, c.state.in_(_CLAIMS_WAITING))
    for row in connection.execute(query.order_by(c.number)):
        yield OpenThing("aid_claim", str(row.number), "", civil_date(row.submitted_at))


def _iterate_joins(connection: Connection, member: str) -> Iterator[OpenThing]:
    waiting = [one for one in list_member_requests(connection, member) if one.state == "waiting"]
    names = organisation_names(connection, {one.organisation for one in waiting}) if waiting else {}
    for one in waiting:
        due = civil_date(one.review_until) if one.review_until else None
        yield OpenThing("join", "", names.get(one.organisation, ""), civil_date(one.begun_at), due)
