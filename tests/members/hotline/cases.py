"""Cases built from their events, as tests need them."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from core.calendars import WorkdayTable
from members.hotline.case import CASE_LIFE, CaseAct, HotlineCase
from members.hotline.figures import Measure, Share, UnitRates, build_rates, list_outcomes
from members.lifecycle import HistoryEvent

OPENED_AT = datetime(2026, 11, 18, 1, 0, tzinfo=UTC)  # a Wednesday, 9 o'clock in Jinan
FAR = "2027-12-31T00:00:00+08:00"  # no suspension ends by itself
OPENED = {
    "organisation": "370000",
    "channel": "call",
    "category": "station",
    "summary": "驿站没有热水",
    "is_clear": True,
    "crosses": False,
}
ONE = {"units": [{"unit": "370100", "is_main": True, "work_days": 3}]}
TWO = {
    "units": [
        {"unit": "370100", "is_main": True, "work_days": 3},
        {"unit": "370200", "is_main": False, "work_days": 2},
    ]
}


class History:
    """Events of one case, each some time after the one before."""

    def __init__(self, at: datetime = OPENED_AT, **opened: Any) -> None:
        self.now = at
        self.events = [HistoryEvent(1, CaseAct.OPEN, self.now, "agent-1", {**OPENED, **opened})]

    def add(self, act: str, after: timedelta = timedelta(minutes=10), **data: Any) -> "History":
        self.now += after
        self.events.append(HistoryEvent(len(self.events) + 1, CaseAct(act), self.now, "agent-1", data))
        return self

    @property
    def case(self) -> HotlineCase:
        return CASE_LIFE.fold(7, self.events)


def compute_rates(cases: Iterable[HotlineCase], table: WorkdayTable, now: datetime) -> list[UnitRates]:
    """Compute the rates of all units and months in which there is any, by month and unit."""
    found: dict[tuple[str, str], dict[Measure, Share]] = defaultdict(dict)
    for outcome in (one for case in cases for one in list_outcomes(case, table)):
        is_good = outcome.is_good
        if is_good is None and outcome.due_at is not None and now > outcome.due_at:
            is_good = False
        if is_good is not None:
            shares = found[outcome.month, outcome.unit]
            share = shares.get(outcome.measure, Share())
            shares[outcome.measure] = Share(share.good + is_good, share.total + 1)
    return build_rates(found)
