"""A simulation makes what the calendar brings in its span, unless the journal holds it. Nothing is written."""

from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path

import pytest

from events import InboundEvent, parse_event
from events.journal import count_events
from events.schedule.jobs import JobName, ScheduleTerms
from events.schedule.running import DayRun, ScheduleRunner
from rules import load_library
from tests.events.scheduling import rule_text
from tests.transactions import read_in
from tests.yihui.simulating import event
from yihui.bootstrap import Settings, Wiring, build_wiring
from yihui.services.rules.simulation import SimulationRequest, SimulationRun, run_simulation

NOW = datetime.fromisoformat("2026-12-01T00:00+08:00")
MEMBERS, YUAN = 12, 100
SPAN = date(2026, 9, 20), date(2026, 10, 10)
WHOLE = None, None
DAYS: tuple[tuple[JobName, date], ...] = (("festival", date(2026, 10, 1)), ("birthday", date(2026, 10, 5)))
_MORE = "among: event.festival == '国庆节'"


def draft_of(job: JobName) -> tuple[str, str]:
    kind, more = ("calendar.festival", _MORE) if job == "festival" else ("member.birthday", "")
    name, text = rule_text("of-the-day", kind, more)
    return name, text.replace(
        "{kind: item, quantity: 1, unit: 份}", f"{{kind: cash, amount_fen: {YUAN * 100}}}"
    )


@pytest.fixture
def wiring(target: str, tmp_path: Path) -> Iterator[Wiring]:
    """Members born on 5 October; the roll of one of them was told after events of November."""
    made = build_wiring(Settings(target, tmp_path), now=lambda: NOW)
    told = [
        event(
            n,
            "member.imported",
            f"m-{n}",
            "2026-01-02",
            organisation="370202001-00017",
            joined_on="2020-03-01",
            birthday="1990-10-05",
        )
        for n in range(MEMBERS)
    ]
    told.insert(-1, event(99, "course.completed", "m-0", "2026-11-02", course="安全", score=60))
    for _ in made.runner.run_events([InboundEvent(parse_event(line, NOW), "test") for line in told]):
        pass
    yield made
    made.close()


def simulated(wiring: Wiring, job: JobName, span: tuple[date | None, date | None]) -> SimulationRun:
    return run_simulation(wiring, SimulationRequest((draft_of(job),), since=span[0], until=span[1]))


def publish_day(wiring: Wiring, job: JobName, day: date) -> None:
    """Publish and handle what the calendar brings on a day if the draft were in force."""
    terms = ScheduleTerms(load_library([draft_of(job)]))
    runner = ScheduleRunner(wiring.database, lambda _: terms, wiring.now, 1_000)
    assert list(runner.run_day(DayRun(job, day), lambda: False))[-1].published == MEMBERS
    for _ in wiring.runner.run_ingress():
        pass


@pytest.mark.parametrize(("job", "day"), DAYS)
@pytest.mark.parametrize("span", [SPAN, WHOLE])
def test_a_draft_costs_what_the_calendar_will_bring_and_what_it_has_brought_counts_once(
    wiring: Wiring, job: JobName, day: date, span: tuple[date | None, date | None]
) -> None:
    stored = read_in(wiring.database, count_events, None, None)
    made = simulated(wiring, job, span)
    assert made.simulation.proposed_totals.amount_fen == MEMBERS * YUAN * 100
    assert (made.simulation.present_totals.amount_fen, made.faulty) == (0, 0)
    assert read_in(wiring.database, count_events, None, None) == stored, "nothing is written"
    publish_day(wiring, job, day)
    told = simulated(wiring, job, span)
    assert told.simulation.events == made.simulation.events
    assert told.simulation.proposed_totals.amount_fen == MEMBERS * YUAN * 100


def test_days_to_come_bring_their_festivals_too(wiring: Wiring) -> None:
    coming = simulated(wiring, "festival", (date(2027, 9, 1), date(2028, 10, 31)))
    assert coming.simulation.proposed_totals.amount_fen == 2 * MEMBERS * YUAN * 100
