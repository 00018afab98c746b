"""A small town whose calendar is full, and processes that run its schedule and may be killed.

python -m tests.events.scheduling TARGET KILLS SEED
"""

import json
import os
import random
import signal
import sys
from datetime import UTC, date, datetime, timedelta

from sqlalchemy import select

from events.schedule.jobs import ScheduleTerms
from events.schedule.running import ScheduleRunner
from events.schedule.tables import schedule_slots
from members import MemberChange, record_member_changes
from rules import RuleLibrary, load_library
from store import Database, ingress, open_database
from tests.events.killing import Bomb
from tests.transactions import values_in, write_in

NOW = datetime(2026, 5, 8, 4, tzinfo=UTC)
TODAY = date(2026, 5, 8)
FIRST = date(2026, 5, 1)
ORGANISATION = "370202001-00017"
MEMBERS = 700  # more than a page

_RULE = """
id: {id}
title: 示例
basis: [{{kind: example}}]
owner: "{owner}"
in_force: {{from: 2024-01-01}}
on: {on}
{more}
benefit: {{kind: item, quantity: 1, unit: 份}}
"""


def rule_text(id_: str, on: str, more: str = "", owner: str = "370000") -> tuple[str, str]:
    """A rule that gives one thing."""
    return f"{id_}.yaml", _RULE.format(id=id_, on=on, more=more, owner=owner)


def library() -> RuleLibrary:
    """A rule that waits for 劳动节, and for no other festival."""
    return load_library([rule_text("labour-day", "calendar.festival", "among: event.festival == '劳动节'")])


def change(member: str, day: date, **values: str) -> MemberChange:
    """A change of a member's facts that takes effect on a day."""
    at = datetime(day.year, day.month, day.day, 1, tzinfo=UTC)
    return MemberChange(member, at, "member.profile_changed", "/test", f"{member}-{day}", values)


def settle_town(database: Database, seed: int) -> None:
    """Store members, born and joined near the days of the schedule."""
    chance = random.Random(seed)
    changes = []
    for number in range(MEMBERS):
        born = date(1970 + number % 40, 5, 1) + timedelta(days=chance.randrange(-2, 12))
        joined = date(2015 + number % 10, 5, 1) + timedelta(days=chance.randrange(-2, 12))
        values = {"status": "active", "organisation": ORGANISATION}
        values |= {"birthday": born.isoformat(), "joined_on": joined.isoformat()}
        if number % 5 == 0:
            values["birthday_calendar"] = "lunar"
        changes.append(change(f"m-{number:04}", joined, **values))
    write_in(database, record_member_changes, changes, NOW)


def runner_of(database: Database, rules: RuleLibrary | None = None, limit: int = 10**6) -> ScheduleRunner:
    """The runner of the schedule over a database."""
    known = rules or library()
    return ScheduleRunner(database, lambda _: ScheduleTerms(known), lambda: NOW, limit)


def run_all(database: Database, rules: RuleLibrary | None = None) -> int:
    """Run from the first day on; return the number of events published."""
    runner, published = runner_of(database, rules), 0
    for run in runner.list_runs(TODAY, since=FIRST):
        *_, last = runner.run_day(run, lambda: False)
        assert last.is_done
        published += last.published
    return published


def published_events(database: Database) -> list[tuple[str, str]]:
    """Time and id of the events that wait, in their order."""
    texts = values_in(database, select(ingress.c.event).order_by(ingress.c.sequence))
    events = [json.loads(text) for text in texts]
    return [(event["time"], event["id"]) for event in events]


def stored_slots(database: Database) -> set[str]:
    """The ids of the events of all slots."""
    return set(values_in(database, select(schedule_slots.c.event_id)))


def run_in_fork(target: str, kill_at: int | None) -> int:
    """Run the schedule in a process of its own, which may be killed; return its id."""
    process = os.fork()
    if process == 0:
        database = open_database(target)
        if kill_at is not None:
            Bomb(database, kill_at)
        run_all(database)
        database.close()
        os._exit(0)
    return process


def main(target: str, kills: int, seed: int) -> None:
    """Kill so many processes, one after another; then let two of them finish at once."""
    chance, killed = random.Random(seed), 0
    while killed < kills:
        _, status = os.waitpid(run_in_fork(target, chance.randrange(5, 90)), 0)
        assert os.WIFSIGNALED(status), "the run ended before it was killed"
        assert os.WTERMSIG(status) == signal.SIGKILL
        killed += 1
    both = [run_in_fork(target, None) for _ in range(2)]
    for process in both:
        assert os.waitpid(process, 0)[1] == 0, "a run beside another one failed"


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
