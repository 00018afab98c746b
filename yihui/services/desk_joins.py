"""Requests to join that wait for a review by an organisation of an officer's subtrees."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection, select

from members.joining.repository import find_request
from members.tables import memberships
from yihui.bootstrap import Wiring
from yihui.services.join_reviews import WaitingReview, load_waiting_reviews
from yihui.services.member_organisations import holds_on
from yihui.services.officer_scope import OfficerScope

MOST_LISTED = 100


@dataclass(frozen=True, slots=True)
class CoveredReviews:
    """The most urgent requests, with the organisations that their people leave by a transfer; ``count`` is of all."""

    reviews: list[WaitingReview]
    leaves: dict[str, str]
    count: int


def list_covered_reviews(wiring: Wiring, scope: OfficerScope, *, only_transfers: bool) -> CoveredReviews:
    """List what waits for a review, the most urgent first; ``only_transfers``: of members of another organisation."""
    every = load_waiting_reviews(wiring)
    with wiring.database.read() as connection:
        covered = scope.find_covered(connection, {str(one.request.reviewer) for one in every})
        people = {one.request.member_id for one in every if one.request.member_id}
        standing = _find_memberships(connection, people, scope.day)
    found = [one for one in every if one.request.reviewer in covered]
    leaves = {
        one.request.id: standing[one.request.member_id]
        for one in found
        if one.request.member_id in standing and standing[one.request.member_id] != one.request.organisation
    }
    if only_transfers:
        found = [one for one in found if one.request.id in leaves]
    return CoveredReviews(found[:MOST_LISTED], leaves, len(found))


def _find_memberships(connection: Connection, people: Iterable[str], day: date) -> dict[str, str]:
    """Return the organisations of those who are members on a day."""
    query = select(memberships.c.member_id, memberships.c.organisation)
    rows = connection.execute(query.where(memberships.c.member_id.in_(sorted(people)), holds_on(day)))
    return {row.member_id: row.organisation for row in rows}


def find_reviewer(wiring: Wiring, scope: OfficerScope, id: str) -> str | None:
    """Return the organisation that reviews a request; None if there is no such request in the subtrees."""
    with wiring.database.read() as connection:
        request = find_request(connection, id)
        if request is None or request.reviewer is None:
            return None
        return request.reviewer if scope.find_covered(connection, [request.reviewer]) else None
