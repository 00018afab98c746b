"""Load the hotline's cases for the officers' pages: the queue by clock, and the organisations to choose from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Literal

from sqlalchemy import Connection, and_, or_, select

from core.civil_time import civil_date
from core.faults import FaultError
from members import load_lineages, organisation_names
from members.hotline.case import CaseState, HotlineCase
from members.hotline.clocks import is_overdue, running_clocks
from members.hotline.faults import HOTLINE_FAULTS
from members.hotline.repository import CaseQuery, list_cases
from members.tables import organisation_spans
from yihui.access.actor import Actor
from yihui.access.decide import subtrees
from yihui.access.roles import Right
from yihui.bootstrap import Wiring
from yihui.services.access.officer_scope import OfficerScope
from yihui.services.hotline.lists import (
    CaseStatus,
    build_statuses,
    calendar,
    list_units_within,
    visible_organisations,
)

PAGE_SIZE = 50
_MOST_CHOICES = 300  # a province's agents type the codes of townships
_NEVER = datetime.max.replace(tzinfo=UTC)
Queue = Literal["open", "overdue", "suspended", "to_call_back", "over"]
QUEUES: tuple[Queue, ...] = ("open", "overdue", "suspended", "to_call_back", "over")


@dataclass(frozen=True, slots=True)
class QueueQuery:
    """Which cases a page of the queue shows. ``unit`` is an organisation that the case is or was with."""

    queue: Queue = "open"
    category: str = ""
    unit: str = ""
    page: int = 1


@dataclass(frozen=True, slots=True)
class QueuePage:
    """A page of the queue. ``counts`` are those of the queues of open cases, without the other filters."""

    cases: Sequence[CaseStatus]
    counts: Mapping[Queue, int]
    has_more: bool


def load_queue(wiring: Wiring, actor: Actor | None, query: QueueQuery) -> QueuePage:
    """Load a page of the queue: open cases by their next deadline, those that are over the newest first.

    *Raises*: FaultError if the officer may read no cases, or the unit is unknown.
    """
    now, table = wiring.now(), calendar()
    with wiring.database.read() as connection:
        codes = visible_organisations(wiring, connection, actor, Right.READ_CASES)
        counts: dict[Queue, int] = {}
        if query.queue in ("to_call_back", "over"):
            state = CaseState.CLOSED if query.queue == "to_call_back" else CaseState.CALLED_BACK
            found = list_cases(connection, CaseQuery(codes, state=state))
        else:
            every = list_cases(connection, CaseQuery(codes, only_open=True))
            overdue = {case.number for case in every if is_overdue(case, table, now)}
            suspended = {case.number for case in every if case.state is CaseState.SUSPENDED}
            chosen = {"overdue": overdue, "suspended": suspended}.get(query.queue)
            found = [case for case in every if chosen is None or case.number in chosen]
            found.sort(key=lambda case: min(one.due_at or _NEVER for one in running_clocks(case, table)))
            counts = {"open": len(every), "overdue": len(overdue), "suspended": len(suspended)}
        found = [case for case in found if _matches(case, query)]
        begin = (query.page - 1) * PAGE_SIZE
        shown = build_statuses(wiring, connection, found[begin : begin + PAGE_SIZE], with_callers=False)
        return QueuePage(shown, counts, len(found) > begin + PAGE_SIZE)


def _matches(case: HotlineCase, query: QueueQuery) -> bool:
    units = (case.organisation, *case.units, *(one.to for one in case.escalations))
    return query.category in ("", case.category) and (not query.unit or query.unit in units)


def count_overdue_cases(connection: Connection, scope: OfficerScope, now: datetime) -> int:
    """Count the cases of the officer's subtrees of which a clock has run over."""
    table = calendar()
    found = list_cases(connection, CaseQuery(list_units_within(connection, scope), only_open=True))
    return sum(is_overdue(case, table, now) for case in found)


def load_own_organisations(wiring: Wiring, actor: Actor) -> dict[str, str]:
    """Load the names of the organisations whose hotline an officer may work for: the tops of the subtrees."""
    today = civil_date(wiring.now())
    with wiring.database.read() as connection:
        tops = subtrees(actor, Right.HANDLE_CASES, today)
        if tops is None:
            tops = frozenset(_list_children(connection, None, today))
        names = organisation_names(connection, tops)
        return {code: names.get(code, code) for code in sorted(tops)}


def load_unit_choices(wiring: Wiring, case: HotlineCase) -> dict[str, str]:
    """Load the names of the units to which a case may go: those at its place first, then those nearby in the tree."""
    today = civil_date(wiring.now())
    with wiring.database.read() as connection:
        places = [code for code in (case.place, case.organisation) if code]
        lineages = load_lineages(connection, places)
        near = [code for place in places for code in lineages.lineage(place, today)]
        codes = list(dict.fromkeys([*near, *_list_children(connection, case.organisation, today)]))
        names = organisation_names(connection, codes)
        return {code: names[code] for code in codes if code in names}


def _list_children(connection: Connection, parent: str | None, day: date) -> list[str]:
    """List the organisations directly below one on a day; None: those that have none above them."""
    spans = organisation_spans.c
    there = and_(spans.since <= day, or_(spans.until.is_(None), spans.until > day))
    query = select(spans.code).where(there, spans.parent == parent if parent else spans.parent.is_(None))
    return list(connection.execute(query.order_by(spans.code).limit(_MOST_CHOICES)).scalars())


def parse_queue(queue: str, category: str, unit: str, page: int) -> QueueQuery:
    """Return the query of a page. *Raises*: FaultError if there is no such queue or category."""
    from members.hotline.terms import TERMS

    for name, value, known in (("queue", queue, QUEUES), ("category", category, ("", *TERMS))):
        if value not in known:
            raise FaultError(
                HOTLINE_FAULTS.build("unknown_code", field=name, value=value[:40], known=", ".join(known))
            )
    return QueueQuery(queue, category, unit.strip()[:15], page)  # type: ignore[arg-type]
