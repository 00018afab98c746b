"""The clocks of random cases against an oracle that looks at each case minute by minute."""

import random
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest

from core.calendars import Calendar, workday_table
from core.civil_time import civil_date
from members.hotline.case import CaseAct, CaseState, HotlineCase
from members.hotline.clocks import find_due_escalations, running_clocks
from members.hotline.working_time import is_workday
from tests.members.hotline.cases import OPENED_AT, History
from tests.tiers import ENDURES

TABLE = workday_table(Calendar.CN)
MINUTE = timedelta(minutes=1)
UNITS = ("370100", "370200", "370300")
SEEDS = range(40 if ENDURES else 3)
MOST_MINUTES = 12_000
Clock = tuple[str, str]  # its unit and its kind


class Oracle:
    """One case as a clerk with a watch would follow it: every minute that counts is a stroke on a list."""

    def __init__(self) -> None:
        self.used: dict[Clock, int] = {("370000", "intake"): 0}
        self.allowed: dict[Clock, int] = {("370000", "intake"): 60}
        self.first_dispatch: datetime | None = None
        self.runs: set[Clock] = {("370000", "intake")}
        self.waits_until: datetime | None = None
        self.used_since_first_dispatch = 0
        self.told: set[tuple[Clock, int]] = set()

    def act(self, act: CaseAct, at: datetime, data: dict[str, object]) -> None:
        if act is CaseAct.DISPATCH:
            self._dispatch(at, data["units"])  # type: ignore[arg-type]
        elif act is CaseAct.ACCEPT:
            self.runs.discard((str(data["unit"]), "accept"))
        elif act is CaseAct.CLOSE:
            self.runs = {one for one in self.runs if one[0] != data["unit"]}
        elif act is CaseAct.SUSPEND:
            self.waits_until = datetime.fromisoformat(str(data["until"]))
        elif act is CaseAct.RESUME:
            self.waits_until = None

    def _dispatch(self, at: datetime, units: list[dict[str, object]]) -> None:
        self.first_dispatch = self.first_dispatch or at
        named = {str(one["unit"]) for one in units}
        had = {unit for unit, kind in self.runs if kind == "close"}
        self.runs = {one for one in self.runs if one[0] in named & had}
        for one in units:
            unit, days = str(one["unit"]), int(str(one["work_days"]))
            accept, close = (unit, "accept"), (unit, "close")
            if unit not in had:
                self.used[accept], self.allowed[accept] = 0, minutes_until(at, 1)
                self.used[close] = self.used_since_first_dispatch
                self.told -= {(clock, percent) for clock in (accept, close) for percent in (80, 100)}
            self.allowed[close] = minutes_until(self.first_dispatch, days)
            self.runs |= {accept, close}

    def pass_minute(self, at: datetime) -> None:
        """Count the minute that begins at ``at``."""
        if self.waits_until is not None and at < self.waits_until:
            return
        works = is_workday(civil_date(at), TABLE)
        if self.first_dispatch is not None:
            self.used_since_first_dispatch += works
        for clock in self.runs:
            self.used[clock] += works or clock[1] == "intake"

    def due(self) -> set[tuple[Clock, int]]:
        """Return what became due and was not told yet."""
        reached = {
            (clock, percent)
            for clock in self.runs
            for percent in (80, 100)
            if self.used[clock] * 100 >= self.allowed[clock] * percent
        }
        return reached - self.told


def minutes_until(start: datetime, work_days: int) -> int:
    """Count the minutes of work-days from ``start`` to the end of the last of so many after its day."""
    at, found, left, day = start, 0, work_days, civil_date(start)
    while True:
        if civil_date(at) != day:
            if left == 0:
                return found
            day = civil_date(at)
            left -= is_workday(day, TABLE)
        found += is_workday(civil_date(at), TABLE)
        at += MINUTE


def next_act(case: HotlineCase, now: datetime) -> tuple[str, dict[str, object]] | None:
    """Choose an act that the case allows, by chance."""
    choices: list[tuple[str, dict[str, object]]] = []
    if case.state in (CaseState.OPENED, CaseState.DISPATCHED):
        chosen = random.sample(UNITS, random.choice((1, 2)))
        units = [{"unit": unit, "is_main": n == 0, "work_days": (3, 2)[n]} for n, unit in enumerate(chosen)]
        choices.append(("dispatch", {"units": units, "reason": "属别处"}))
    if case.state is CaseState.SUSPENDED:
        choices.append(("resume", {}))
    else:
        until = (now + timedelta(minutes=random.randrange(1, 4_000))).isoformat()
        choices.append(("suspend", {"reason": "等材料", "until": until}))
        for part in case.parts:
            if part.accepted_at is None:
                choices.append(("accept", {"unit": part.unit}))
            elif part.done_at is None and random.random() < 0.2:
                choices.append(("close", {"unit": part.unit, "answer": "答"}))
    return random.choice(choices) if choices else None


def acts_at() -> Iterator[int]:
    """Yield after how many minutes the acts of a case happen."""
    at = 0
    for _ in range(random.randrange(1, 9)):
        at += random.choice((random.randrange(1, 70), random.randrange(1, 2_000)))
        yield at


def found_due(case: HotlineCase, now: datetime) -> list[tuple[str, tuple[Clock, int]]]:
    return [
        (clock.id, ((clock.unit, clock.kind), percent))
        for clock, percent in find_due_escalations(case, TABLE, now)
    ]


@pytest.mark.deeper
@pytest.mark.parametrize("seed", SEEDS)
def test_each_share_of_each_clock_is_due_in_the_minute_in_which_a_watch_shows_it(seed: int) -> None:
    random.seed(seed)
    history = History(OPENED_AT + timedelta(minutes=random.randrange(10_080)))  # any minute of a week
    case, opened, oracle, acts = history.case, history.now, Oracle(), set(acts_at())
    for minute in range(1, MOST_MINUTES):
        now = opened + minute * MINUTE
        oracle.pass_minute(now - MINUTE)
        expected = oracle.due()
        if expected or random.random() < 0.01:
            due = found_due(case, now)
            assert {one for _, one in due} == expected, now
            assert not found_due(case, now - MINUTE), now
            for id, ((unit, _), percent) in due:
                history.now = now
                history.add("escalate", timedelta(0), clock=id, percent=percent, unit=unit, to="370000")
            oracle.told |= expected
            case = history.case
        if minute in acts and (chosen := next_act(case, now)):
            history.now = now
            case = history.add(chosen[0], timedelta(0), **chosen[1]).case
            oracle.act(CaseAct(chosen[0]), now, chosen[1])
        if case.is_over:
            break
    assert {(one.unit, one.kind) for one in running_clocks(case, TABLE)} == oracle.runs
