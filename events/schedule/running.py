"""Run the schedule: day by day, each job in its order, each page of slots in a transaction of its own."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial
from itertools import chain

from sqlalchemy import Connection

from events.retries import run_in_transaction
from events.runner import ingress_backlog
from events.schedule.jobs import JOB_NAMES, JOBS, Job, JobName, ScheduleTerms
from events.schedule.slots import (
    Slot,
    advance_schedule_day,
    count_new_slots,
    publish_slots,
    read_schedule_days,
)
from store import Database

_DAY = timedelta(days=1)
_MOST_HELD = 200_000  # slots in memory, about 100 MB; a province of 10 million has 30,000 birthdays a day


@dataclass(frozen=True, slots=True)
class DayRun:
    """One job of one day that is still to be run."""

    job: JobName
    day: date


@dataclass(frozen=True, slots=True)
class RunStep:
    """How far a run of one job and day has come: candidates examined, slots found, and those that were new.

    ``is_done`` says that the day is complete.
    """

    run: DayRun
    examined: int
    found: int
    published: int
    is_done: bool = False


@dataclass(frozen=True, slots=True)
class ScheduleRunner:
    """Publish what the calendar brings. ``terms`` are read in each run, ``backlog_limit`` bounds what waits."""

    database: Database
    terms: Callable[[Connection], ScheduleTerms]
    now: Callable[[], datetime]
    backlog_limit: int

    def list_runs(
        self, until: date, jobs: Sequence[JobName] = JOB_NAMES, since: date | None = None
    ) -> list[DayRun]:
        """Return the runs up to a day, in the order of days: those after each job's last complete day.

        A job that has never run begins with ``until``. With ``since``, return every day from then on again;
        a day that is not complete is never left out.
        """
        with self.database.read() as connection:
            complete = read_schedule_days(connection)
        first = {job: _first_day(complete.get(job), since, until) for job in jobs}
        days = max(((until - day).days + 1 for day in first.values()), default=0)
        every = [until - timedelta(days=number) for number in range(days - 1, -1, -1)]
        return [DayRun(job, day) for day in every for job in JOB_NAMES if job in jobs and first[job] <= day]

    def count_candidates(self, run: DayRun) -> int:
        """Return how many candidates a run will examine."""
        with self.database.read() as connection:
            return JOBS[run.job].count(connection, run.day, self.terms(connection))

    def rehearse(self, run: DayRun) -> RunStep:
        """Return what a run would publish; write nothing."""
        step = RunStep(run, 0, 0, 0, is_done=True)
        with self.database.read() as connection:
            for examined, slots in self._find(connection, run):
                new = count_new_slots(connection, slots)
                step = RunStep(run, examined, step.found + len(slots), step.published + new, is_done=True)
        return step

    def run_day(self, run: DayRun, wait: Callable[[], bool]) -> Iterator[RunStep]:
        """Publish a job's day, a step for each page.

        When too many events wait to be taken, call ``wait`` and try again; end early if it returns False. A
        run that was killed is repeated: stored slots stay as they are.

        An ordinary day is found whole before anything is published: a transaction that reads while others write
        keeps SQLite's log, and PostgreSQL's dead rows, from being cleared away. A day with more slots than
        ``_MOST_HELD`` goes on reading meanwhile.
        """
        step = RunStep(run, 0, 0, 0)
        with ExitStack() as reading:
            pages = self._find(reading.enter_context(self.database.read()), run)
            held, is_whole = _take_pages(pages)
            if is_whole:
                reading.close()
            for examined, slots in chain(held, pages):
                while (new := self._publish(slots)) is None:
                    if not wait():
                        return
                step = RunStep(run, examined, step.found + len(slots), step.published + new)
                yield step
        run_in_transaction(self.database, partial(advance_schedule_day, job=run.job, day=run.day))
        yield RunStep(run, step.examined, step.found, step.published, is_done=True)

    def run_days(self, runs: Iterable[DayRun], wait: Callable[[], bool]) -> Iterator[RunStep]:
        """Run one after another; end at the first that isn't done, so that no day is left out."""
        for run in runs:
            step = None
            for step in self.run_day(run, wait):
                yield step
            if step is None or not step.is_done:
                return

    def _publish(self, slots: Sequence[Slot]) -> int | None:
        """Publish a page; None if too many events wait."""

        def work(connection: Connection) -> int | None:
            if ingress_backlog(connection, self.backlog_limit) >= self.backlog_limit:
                return None
            return publish_slots(connection, slots, self.now())

        return run_in_transaction(self.database, work) if slots else 0

    def _find(self, connection: Connection, run: DayRun) -> Iterator[tuple[int, list[Slot]]]:
        job: Job = JOBS[run.job]
        yield from job.find(connection, run.day, self.terms(connection))


def _take_pages(pages: Iterator[tuple[int, list[Slot]]]) -> tuple[list[tuple[int, list[Slot]]], bool]:
    """Take pages until they hold ``_MOST_HELD`` slots; return them and whether there are no others."""
    held, slots = [], 0
    for page in pages:
        held.append(page)
        slots += len(page[1])
        if slots >= _MOST_HELD:
            return held, False
    return held, True


def _first_day(complete: date | None, since: date | None, until: date) -> date:
    if complete is None:
        return since or until
    following = complete + _DAY
    return min(since, following) if since else following
