"""Requests to join that wait for a review by an organisation of an officer's subtrees."""

from dataclasses import dataclass

from members.joining.repository import find_request
from yihui.bootstrap import Wiring
from yihui.services.desk_search import find_last_organisations
from yihui.services.join_reviews import WaitingReview, load_waiting_reviews
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
        standing = find_last_organisations(connection, people) if people else {}
    found = [one for one in every if one.request.reviewer in covered]
    leaves = {
        one.request.id: standing[one.request.member_id]
        for one in found
        if one.request.member_id in standing and standing[one.request.member_id] != one.request.organisation
    }
    if only_transfers:
        found = [one for one in found if one.request.id in leaves]
    return CoveredReviews(found[:MOST_LISTED], leaves, len(found))


def find_reviewer(wiring: Wiring, scope: OfficerScope, id: str) -> str | None:
    """Return the organisation that reviews a request; None if there is no such request in the subtrees."""
    with wiring.database.read() as connection:
        request = find_request(connection, id)
        if request is None or request.reviewer is None:
            return None
        return request.reviewer if scope.find_covered(connection, [request.reviewer]) else None
