"""Look organisations up for API answers and pages: a search, one organisation, a subtree."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from sqlalchemy import Connection

from core.faults import FaultError, FaultTable
from core.text_marks import N_
from members import OrganisationSpan, count_current_members, read_spans, span_on
from members.organisations.search import (
    OrganisationQuery,
    count_organisations,
    find_organisations,
    find_successors,
    name_lineage,
    page_subtree,
)
from yihui.bootstrap import Wiring
from yihui.services.access.reach import Reach, paths_within, require_organisation

MAX_CHILDREN = 200
ORGANISATION_LOOKUP_FAULTS = FaultTable(
    "organisation_lookup",
    {
        "unknown": (
            N_("there is no organisation {value}"),
            N_("compare the code, or search by name: /api/v1/organisations?name=…"),
        ),
        "not_on_day": (
            N_("there is no organisation {value} on {day}"),
            N_("ask for a day from {since} on, or for its successor"),
        ),
    },
)


@dataclass(frozen=True, slots=True)
class OrganisationState:
    """An organisation on a day; ``founded`` is its first day of all.

    ``current`` is None if it wasn't there on that day; ``last`` is its latest span by then, or its first.
    ``children`` are the first of those directly below it; ``child_count`` counts all.
    """

    day: date
    founded: date
    last: OrganisationSpan
    current: OrganisationSpan | None
    names: Mapping[str, str]
    children: Sequence[OrganisationSpan]
    child_count: int
    successors: Sequence[OrganisationSpan]
    members: int


def search_organisations(
    wiring: Wiring, query: OrganisationQuery, reach: Reach | None = None
) -> list[OrganisationSpan]:
    """Return one page of the organisations that match within the reach."""
    with wiring.database.read() as connection:
        return find_organisations(
            connection, replace(query, within=paths_within(connection, reach, query.day))
        )


def load_organisation_state(
    wiring: Wiring, code: str, day: date, reach: Reach | None = None
) -> OrganisationState:
    """Return an organisation on a day. *Raises*: FaultError if it was never founded, or is outside the reach."""
    with wiring.database.read() as connection:
        require_organisation(connection, reach, code)
        return read_organisation_state(connection, code, day)


def read_organisation_state(connection: Connection, code: str, day: date) -> OrganisationState:
    """Return an organisation on a day, from an open connection. *Raises*: FaultError if it was never founded."""
    spans = read_spans(connection, [code])[code]
    if not spans:
        raise FaultError(ORGANISATION_LOOKUP_FAULTS.build("unknown", field="code", value=code[:40]))
    current = span_on(spans, day)
    last = current or next((span for span in reversed(spans) if span.since <= day), spans[0])
    below = OrganisationQuery(day, parent=code, limit=MAX_CHILDREN)
    ended = [] if current else find_successors(connection, [span for span in spans if span.since <= day])
    return OrganisationState(
        day,
        spans[0].since,
        last,
        current,
        name_lineage(connection, last.lineage, day if current else last.since),
        find_organisations(connection, below) if current else (),
        count_organisations(connection, below) if current else 0,
        ended,
        count_current_members(connection, [code]).get(code, 0),
    )


def load_subtree_page(
    wiring: Wiring,
    code: str,
    day: date,
    depth: int,
    after: str,
    limit: int,
    reach: Reach | None = None,
) -> list[OrganisationSpan]:
    """Return one page of a subtree. *Raises*: FaultError unless the organisation is there on that day."""
    with wiring.database.read() as connection:
        require_organisation(connection, reach, code)
        state = read_organisation_state(connection, code, day)
        if state.current is None:
            fault = ORGANISATION_LOOKUP_FAULTS.build(
                "not_on_day", field="code", value=code, day=day, since=state.last.since
            )
            raise FaultError(fault)
        return page_subtree(connection, code, day, depth, after, limit)
