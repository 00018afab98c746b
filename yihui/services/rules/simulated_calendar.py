"""What the calendar brings in the span of a simulation: the schedule's own events, none of them stored."""

from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import Connection

from core.civil_time import start_of_day
from events.envelope import validate_event
from events.replay import ReplayLine
from events.schedule.jobs import JOBS, Job, ScheduleTerms
from rules import Rule, RuleLibrary, build_library

_NAME = "calendar"
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class SimulatedCalendar:
    """The days that the drafts' calendar is made of, and the jobs that find what each brings.

    ``told`` are the journal's events, by source and id; they aren't made again.
    """

    jobs: Sequence[tuple[Job, Sequence[Rule]]]
    terms: ScheduleTerms
    told: Set[tuple[str, str]]

    @classmethod
    def of_drafts(
        cls, present: RuleLibrary, drafts: Sequence[Rule], review_months: int, told: Set[tuple[str, str]]
    ) -> "SimulatedCalendar":
        """Build the calendar of the jobs whose events a draft reacts to; festivals as for all rules together."""
        listening = (
            (job, [rule for rule in drafts if rule.definition.on == job.type]) for job in JOBS.values()
        )
        every = build_library([*present.rules, *drafts], present.caps.values())
        jobs = tuple((job, rules) for job, rules in listening if rules)
        return cls(jobs, ScheduleTerms(every, review_months), told)

    def iter_lines(
        self, connection: Connection, since: date, until: date
    ) -> Iterator[tuple[date, ReplayLine]]:
        """Yield the events that the journal lacks, with their days, in the order in which they are published.

        Only days on which a draft is in force are searched.
        """
        day = since
        while self.jobs and day <= until:
            for job, rules in self.jobs:
                if any(rule.definition.in_force.holds(day) for rule in rules):
                    yield from ((day, line) for line in self._find(connection, job, day))
            day += _DAY

    def _find(self, connection: Connection, job: Job, day: date) -> Iterator[ReplayLine]:
        instant: datetime = start_of_day(day)
        for _, slots in job.find(connection, day, self.terms):
            for slot in slots:
                if (slot.source, slot.event_id) not in self.told:
                    yield ReplayLine(_NAME, 0, validate_event(slot.as_event(), instant))
