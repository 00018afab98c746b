"""Organisations for the officers' pages: where an officer's subtrees begin, and a search."""

from collections.abc import Sequence
from dataclasses import dataclass

from members import OrganisationSpan, read_spans, span_on
from members.organisations.search import OrganisationQuery, find_organisations
from yihui.bootstrap import Wiring
from yihui.services.access.officer_scope import OfficerScope


@dataclass(frozen=True, slots=True)
class OrganisationPage:
    """One page of organisations; ``after`` is where the next one begins, None on the last."""

    organisations: Sequence[OrganisationSpan]
    after: str | None


def list_top_organisations(
    wiring: Wiring, scope: OfficerScope, text: str, after: str, size: int, *, is_due: bool
) -> OrganisationPage:
    """List what a search by name or code finds; without a text, the organisations at the head of the subtrees.

    ``is_due`` lists only those of which an election or a count of members is due.
    """
    with wiring.database.read() as connection:
        if not text and not is_due and scope.organisations is not None:
            spans = read_spans(connection, sorted(scope.organisations)).values()
            tops = [here for found in spans if (here := span_on(found, scope.day)) is not None]
            return OrganisationPage(tops, None)
        by_code = text[:1].isdigit()
        query = OrganisationQuery(
            scope.day,
            name=text if text and not by_code else None,
            code=text if by_code else None,
            after=after,
            limit=size + 1,
            within=scope.find_paths(connection),
            is_due=is_due,
        )
        found = find_organisations(connection, query)
    return OrganisationPage(found[:size], found[size - 1].code if len(found) > size else None)
