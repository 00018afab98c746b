"""Organisations for the officers' pages: where an officer's subtrees begin, a search, and overdue duties."""

from collections.abc import Sequence
from dataclasses import dataclass

from members import OrganisationSpan, read_spans, span_on
from members.organisations.search import OrganisationQuery, find_organisations
from yihui.bootstrap import Wiring
from yihui.services.access.officer_scope import OfficerScope
from yihui.services.members.duties import OverduePage, load_overdue_page


@dataclass(frozen=True, slots=True)
class OrganisationPage:
    """One page of organisations; ``after`` is where the next one begins, None on the last."""

    organisations: Sequence[OrganisationSpan]
    after: str | None


def list_top_organisations(
    wiring: Wiring, scope: OfficerScope, text: str, after: str, size: int
) -> OrganisationPage:
    """List what a search by name or code finds; without a text, the organisations at the head of the subtrees."""
    with wiring.database.read() as connection:
        if not text and scope.organisations is not None:
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
        )
        found = find_organisations(connection, query)
    return OrganisationPage(found[:size], found[size - 1].code if len(found) > size else None)


@dataclass(frozen=True, slots=True)
class OverdueList:
    """Which organisations of a subtree have overdue duties; ``roots`` are the subtrees to choose from."""

    root: str | None
    roots: Sequence[str]
    page: OverduePage


def load_overdue_duties(wiring: Wiring, scope: OfficerScope, code: str, after: str, size: int) -> OverdueList:
    """Load a page of the organisations with overdue duties: of one of the officer's subtrees."""
    with wiring.database.read() as connection:
        if scope.organisations is not None:
            roots = sorted(scope.organisations)
        else:
            roots = [
                span.code for span in find_organisations(connection, OrganisationQuery(scope.day, limit=1))
            ]
        chosen = [code] if code and scope.find_covered(connection, [code]) else roots[:1]
    if not chosen:
        return OverdueList(None, roots, OverduePage([], None))
    page = load_overdue_page(wiring, chosen[0], scope.day, after, size, with_unknown=False)
    return OverdueList(chosen[0], roots, page)
