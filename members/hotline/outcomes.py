"""Keep what each case adds to the three rates, with each event of the case. The caller opens the transaction."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import Connection, and_, case, delete, func, insert, or_, select

from geo.calendars import WorkdayTable
from members.hotline.case import HotlineCase
from members.hotline.figures import Measure, Share, UnitRates, build_rates, list_outcomes
from members.hotline.tables import hotline_case_outcomes
from store import in_json_array, json_array

_BATCH = 500


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
