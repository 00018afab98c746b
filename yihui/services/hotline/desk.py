"""Load the hotline's cases for the officers' pages: the queue by clock, and the organisations to choose from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Literal

from sqlalchemy import Connection, and_, or_, select

from core.civil_time import civil_date
from core.faults import FaultError
from members import load_lineages, organisation_names
from members.hotline.case import CaseState, HotlineCase
from members.hotline.faults import HOTLINE_FAULTS
from members.hotline.repository import CaseQuery, count_cases, list_cases
from members.tables import organisation_spans
from yihui.access.actor import Actor
from yihui.access.decide import subtrees
from yihui.access.roles import Right
from yihui.bootstrap import Wiring
from yihui.services.access.officer_scope import OfficerScope
from yihui.services.hotline.lists import (
    CaseStatus,
    build_statuses,
    list_units_within,
    visible_organisations,
)

PAGE_SIZE = 50
_MOST_CHOICES = 300  # a province's agents type the codes of townships
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
    now = wiring.now()
    with wiring.database.read() as connection:
        codes = visible_organisations(wiring, connection, actor, Right.READ_CASES)
        asked: dict[Queue, CaseQuery] = {
            "open": CaseQuery(codes, only_open=True),
            "overdue": CaseQuery(codes, overdue_at=now),
            "suspended": CaseQuery(codes, state=CaseState.SUSPENDED),
            "to_call_back": CaseQuery(codes, state=CaseState.CLOSED),
            "over": CaseQuery(codes, state=CaseState.CALLED_BACK),
        }
        is_open = query.queue not in ("to_call_back", "over")
        counts = {one: count_cases(connection, asked[one]) for one in QUEUES[:3]} if is_open else {}
        wanted = replace(
            asked[query.queue],
            category=query.category or None,
            unit=query.unit or None,
            by_due=is_open,
            limit=PAGE_SIZE + 1,
            offset=(query.page - 1) * PAGE_SIZE,
        )
        found = list_cases(connection, wanted)
        shown = build_statuses(wiring, connection, found[:PAGE_SIZE], with_callers=False)
        return QueuePage(shown, counts, len(found) > PAGE_SIZE)


def count_overdue_cases(connection: Connection, scope: OfficerScope, now: datetime) -> int:
    """Count the cases of the officer's subtrees of which a clock has run over."""
    return count_cases(connection, CaseQuery(list_units_within(connection, scope), overdue_at=now))


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
