"""Store and read cases: the history of each, the row that lists are made from, and what it adds to the three rates.

The caller opens the transaction.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, and_, case, delete, func, insert, or_, select, update

from core.calendars import Calendar, WorkdayTable, workday_table
from members.histories import HistoryStore
from members.hotline.case import CASE_LIFE, OVER, CaseAct, CaseState, HotlineCase
from members.hotline.clocks import compute_next_due
from members.hotline.figures import Measure, Share, UnitRates, build_rates, list_outcomes
from members.hotline.tables import (
    hotline_case_events,
    hotline_case_outcomes,
    hotline_case_units,
    hotline_cases,
    is_case_about,
)
from store import in_json_array, insert_into, json_array, update_row_if_matched

_BATCH = 500
_OPEN = [state.value for state in CaseState if state not in OVER]
_SEARCHED = 20_000  # cases whose summaries are searched for words


def record_outcomes(connection: Connection, cases: Sequence[HotlineCase], table: WorkdayTable) -> None:
    """Store what some cases add to the rates, in place of what they added before."""
    kept = hotline_case_outcomes.c
    for start in range(0, len(cases), _BATCH):
        some = cases[start : start + _BATCH]
        numbers = [one.number for one in some]
        connection.execute(delete(hotline_case_outcomes).where(kept.case_number.in_(numbers)))
        rows = [
            {
                "case_number": one.number,
                "line": line,
                "unit": outcome.unit,
                "month": outcome.month,
                "measure": outcome.measure,
                "is_good": outcome.is_good,
                "due_at": outcome.due_at,
            }
            for one in some
            for line, outcome in enumerate(list_outcomes(one, table))
        ]
        connection.execute(insert(hotline_case_outcomes), rows)


def sum_outcomes(
    connection: Connection, now: datetime, units: Iterable[str] | None = None, month: str | None = None
) -> list[UnitRates]:
    """Return the rates of some units, or of all, in one month or in all, by month and unit."""
    kept = hotline_case_outcomes.c
    is_late = and_(kept.is_good.is_(None), kept.due_at < now)
    query = (
        select(
            kept.month,
            kept.unit,
            kept.measure,
            func.sum(case((kept.is_good.is_(True), 1), else_=0)),
            func.count(),
        )
        .where(or_(kept.is_good.is_not(None), is_late))
        .group_by(kept.unit, kept.month, kept.measure)
    )
    if month is not None:
        query = query.where(kept.month == month)
    given = {}
    if units is not None:
        query = query.where(in_json_array(kept.unit, "codes"))
        given = {"codes": json_array(units)}
    found: dict[tuple[str, str], dict[Measure, Share]] = defaultdict(dict)
    for at, unit, measure, good, total in connection.execute(query, given):
        found[at, unit][measure] = Share(int(good), int(total))
    return build_rates(found)


def calendar() -> WorkdayTable:
    """Return the table of work-days by which deadlines are counted."""
    return workday_table(Calendar.CN)


def _row(case: HotlineCase) -> dict[str, Any]:
    return {
        "version": case.version,
        "state": case.state.value,
        "organisation": case.organisation,
        "category": case.category,
        "member_id": case.member_id,
        "application": case.application,
        "opened_at": case.opened_at,
        "closed_at": case.closed_at,
        "due_at": compute_next_due(case, calendar()),
    }


def _list_case_units(stages: Sequence[HotlineCase]) -> list[tuple[str]]:
    """Return the organisations that a case concerned in any of its stages."""
    sent = {one.to for case in stages for one in case.escalations if one.to}
    units = {unit for case in stages for unit in (case.organisation, *case.units)}
    return [(code,) for code in sorted(sent | units)]


def _record_case(connection: Connection, case: HotlineCase) -> None:
    """Record which units a case went to, and what it adds to the rates."""
    rows = [{"case_number": case.number, "organisation": code} for (code,) in _list_case_units([case])]
    connection.execute(insert_into(connection, hotline_case_units).on_conflict_do_nothing(), rows)
    record_outcomes(connection, [case], calendar())


CASES = HistoryStore(
    hotline_cases,
    hotline_case_events,
    "case_number",
    CASE_LIFE,
    _row,
    _record_case,
    frozenset({"due_at"}),  # by the calendar of a release
)
CASE_FOLDS = (
    CASES.fold,
    CASES.fold_into(hotline_case_units.c.case_number, ("organisation",), 1, _list_case_units),
)
find_case, read_events = CASES.find, CASES.read_events


def erase_case_texts(connection: Connection, member_id: str) -> int:
    """Erase what was typed into the histories of the cases about a member; return of how many events."""
    query = select(hotline_cases.c.number).where(is_case_about(member_id))
    return CASES.erase_texts(connection, connection.execute(query).scalars().all())


@dataclass(frozen=True, slots=True)
class CaseQuery:
    """Which cases to list. ``organisations`` None stands for all.

    ``overdue_at`` asks for those of which a clock has run over by an instant. ``by_due`` orders by the next deadline, those without one last; else the newest come first.
    """

    organisations: Sequence[str] | None = None
    only_open: bool = False
    state: str | None = None
    member_id: str | None = None
    application: int | None = None
    number: int | None = None
    words: str | None = None  # in the summary, among the newest cases
    limit: int | None = None
    overdue_at: datetime | None = None
    category: str | None = None
    by_due: bool = False


def list_cases(connection: Connection, query: CaseQuery) -> list[HotlineCase]:
    """List cases, the newest or the next that is due first."""
    return CASES.fold_selected(connection, select_cases(query).limit(query.limit))


def select_cases(query: CaseQuery) -> Select[Any]:
    """Return a statement that selects the numbers of cases, of the newest or the next that is due first."""
    c, units = hotline_cases.c, hotline_case_units.c
    order = (c.due_at.is_(None), c.due_at, c.number.desc()) if query.by_due else (c.number.desc(),)
    statement = select(c.number).order_by(*order)
    if query.organisations is not None:
        here = select(units.case_number).where(in_json_array(units.organisation, "codes"))
        statement = statement.where(c.number.in_(here)).params(codes=json_array(query.organisations))
    if query.only_open or query.overdue_at is not None:
        statement = statement.where(c.state.in_(_OPEN))
    if query.overdue_at is not None:
        statement = statement.where(c.due_at < query.overdue_at)
    if query.category is not None:
        statement = statement.where(c.category == query.category)
    if query.number is not None:
        statement = statement.where(c.number == query.number)
    if query.words is not None:
        e = hotline_case_events.c
        newest = select(func.coalesce(func.max(c.number), 0)).scalar_subquery() - _SEARCHED
        opened = select(e.case_number).where(e.act == CaseAct.OPEN.value, e.case_number > newest)
        statement = statement.where(
            c.number.in_(opened.where(e.data.icontains(query.words, autoescape=True)))
        )
    if query.state is not None:
        statement = statement.where(c.state == query.state)
    if query.member_id is not None:
        statement = statement.where(c.member_id == query.member_id)
    if query.application is not None:
        statement = statement.where(c.application == query.application)
    return statement


def list_units(connection: Connection) -> list[str]:
    """Return every organisation that a case is or was with."""
    return list(connection.execute(select(hotline_case_units.c.organisation).distinct()).scalars())


def find_stale_cases(connection: Connection, cases: Iterable[HotlineCase]) -> list[HotlineCase]:
    """Return those of some open cases of which another deadline is kept than the table of work-days gives by now.

    Another release can bring another table.
    """
    c, table = hotline_cases.c, calendar()
    query = select(c.number, c.due_at).where(c.state.in_(_OPEN))
    kept = {row.number: row.due_at for row in connection.execute(query)}
    return [one for one in cases if one.number in kept and kept[one.number] != compute_next_due(one, table)]


def record_deadlines(connection: Connection, cases: Iterable[HotlineCase]) -> None:
    """Store the next deadline of some cases, and what they add to the rates, unless they were changed meanwhile."""
    c, table = hotline_cases.c, calendar()
    for one in cases:
        same = update(hotline_cases).where(c.number == one.number, c.version == one.version)
        if update_row_if_matched(connection, same.values(due_at=compute_next_due(one, table))):
            record_outcomes(connection, [one], table)
