"""Requests to join that wait for a review by an organisation of an officer's subtrees."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection, select

from members.joining.repository import find_request, list_waiting
from members.tables import memberships
from store import in_json_array, json_array
from yihui.bootstrap import Wiring
from yihui.services.access.officer_scope import OfficerScope
from yihui.services.joining.reviews import WaitingReview, build_reviews
from yihui.services.members.organisations import holds_on

MOST_LISTED = 40  # each with two forms, so that a page stays below 150 kB with its style sheets


@dataclass(frozen=True, slots=True)
class CoveredReviews:
    """The most urgent requests, with the organisations that their people leave by a transfer; ``count`` is of all."""

    reviews: list[WaitingReview]
    leaves: dict[str, str]
    count: int


def list_covered_reviews(wiring: Wiring, scope: OfficerScope, *, only_transfers: bool) -> CoveredReviews:
    """List what waits for a review, the most urgent first; ``only_transfers``: of members of another organisation."""
    with wiring.database.read() as connection:
        every = list_waiting(connection)
        covered = scope.find_covered(connection, {str(one.reviewer) for one in every})
        found = [one for one in every if one.reviewer in covered]
        people = {one.member_id for one in found if one.member_id}
        standing = _find_memberships(connection, people, scope.day)
        leaves = {
            one.id: standing[one.member_id]
            for one in found
            if one.member_id in standing and standing[one.member_id] != one.organisation
        }
        if only_transfers:
            found = [one for one in found if one.id in leaves]
        shown = build_reviews(wiring, connection, found[:MOST_LISTED], wiring.now())
    return CoveredReviews(shown, leaves, len(found))


def _find_memberships(connection: Connection, people: Iterable[str], day: date) -> dict[str, str]:
    """Return the organisations of those who are members on a day."""
    query = select(memberships.c.member_id, memberships.c.organisation)
    here = in_json_array(memberships.c.member_id, "people")
    rows = connection.execute(query.where(here, holds_on(day)), {"people": json_array(sorted(people))})
    return {row.member_id: row.organisation for row in rows}


def find_reviewer(wiring: Wiring, scope: OfficerScope, id: str) -> str | None:
    """Return the organisation that reviews a request; None if there is no such request in the subtrees."""
    with wiring.database.read() as connection:
        request = find_request(connection, id)
        if request is None or request.reviewer is None:
            return None
        return request.reviewer if scope.find_covered(connection, [request.reviewer]) else None
