"""Run the schedule, list its jobs, and run it beside a site, a relay or a worker."""

import logging
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING

from sqlalchemy import Connection

from core.civil_time import civil_date
from core.faults import FaultError, FaultTable
from core.text_marks import N_
from events.schedule.jobs import JOB_NAMES, JOBS, JobName, ScheduleTerms
from events.schedule.slots import read_schedule_days
from events.stream.liveness import WorkerProgress
from store import ProcessLock
from yihui.bootstrap import Wiring
from yihui.runtime.background_job import BackgroundJob, log_trouble
from yihui.runtime.progress import show_progress

if TYPE_CHECKING:
    from events.schedule.running import DayRun, RunStep, ScheduleRunner

_LOG = logging.getLogger(__name__)
_EVERY_S = 60.0
_WAIT_S = 1.0
_PATIENCE_S = 900.0  # a large day takes minutes
SCHEDULE_FAULTS = FaultTable(
    "schedule",
    {
        "job": (N_("{field}: there is no job “{value}”"), N_("choose one of {known}")),
        "still_to_come": (
            N_("{value} is still to come; an event tells what has happened"),
            N_("choose today or an earlier day"),
        ),
        "too_many_wait": (
            N_("more than {limit} events wait to be taken; the schedule stopped at {value}"),
            N_("start the relay (yihui relay), then run the schedule again: it goes on where it stopped"),
        ),
        "order": (N_("{field}: {value} is later than {until}"), N_("choose an earlier day")),
    },
)

FOLLOWING_FAULTS = FaultTable(
    "following",
    {
        "another": (
            N_("another process follows the calendar of this database"),
            N_("stop that process first; a database needs only one"),
        )
    },
)


@dataclass(frozen=True, slots=True)
class ScheduledJob:
    """One job as it stands: its last complete day, how many days wait, and the rules in force that react to it."""

    name: JobName
    type: str
    complete: date | None
    waiting_days: int
    rules: int


@dataclass(slots=True)
class JobResult:
    """What one job found and published on the days of a run."""

    job: JobName
    days: int = 0
    found: int = 0
    published: int = 0


@dataclass(frozen=True, slots=True)
class ScheduleOrder:
    """What to run: up to a day (by default today), from a day again, and which jobs (by default all)."""

    until: date | None = None
    since: date | None = None
    jobs: Sequence[str] = field(default=())
    dry_run: bool = False


def build_schedule_runner(wiring: Wiring) -> "ScheduleRunner":
    """Build the runner of the schedule over this database, these rules and this clock."""
    from events.schedule.running import ScheduleRunner

    def terms(connection: Connection) -> ScheduleTerms:
        return ScheduleTerms(wiring.rulebook.in_force(connection), wiring.settings.hardship_review_months)

    return ScheduleRunner(wiring.database, terms, wiring.now, wiring.settings.ingress_limit)


def _waiting_days(complete: date | None, today: date) -> int:
    return 1 if complete is None else max((today - complete).days, 0)


def list_jobs(wiring: Wiring) -> list[ScheduledJob]:
    """List the jobs in the order in which a day's events are published."""
    today = civil_date(wiring.now())
    with wiring.database.read() as connection:
        complete = read_schedule_days(connection)
        library = wiring.rulebook.in_force(connection)
    return [
        ScheduledJob(
            name,
            JOBS[name].type,
            complete.get(name),
            _waiting_days(complete.get(name), today),
            sum(
                rule.definition.on == JOBS[name].type and rule.definition.in_force.holds(today)
                for rule in library.rules
            ),
        )
        for name in JOB_NAMES
    ]


def run_schedule(wiring: Wiring, order: ScheduleOrder) -> list[JobResult]:
    """Run the jobs day by day and return what each did. *Raises*: FaultError; then days that are done stay so."""
    today = civil_date(wiring.now())
    until, jobs = _check_order(order, today)
    runner = build_schedule_runner(wiring)
    results = {job: JobResult(job) for job in jobs}
    for run in runner.list_runs(until, jobs, order.since):
        step = runner.rehearse(run) if order.dry_run else _run_one(wiring, runner, run)
        result = results[run.job]
        result.days += 1
        result.found += step.found
        result.published += step.published
    return list(results.values())


def _check_order(order: ScheduleOrder, today: date) -> tuple[date, list[JobName]]:
    until = order.until or today
    jobs: list[JobName] = [job for job in JOB_NAMES if not order.jobs or job in order.jobs]
    faults = [
        SCHEDULE_FAULTS.build("job", field="--job", value=name, known=", ".join(JOB_NAMES))
        for name in order.jobs
        if name not in JOB_NAMES
    ]
    if until > today:
        faults.append(SCHEDULE_FAULTS.build("still_to_come", field="--until", value=until))
    if order.since and order.since > until:
        faults.append(SCHEDULE_FAULTS.build("order", field="--from", value=order.since, until=until))
    if faults:
        raise FaultError(faults)
    return until, jobs


def _run_one(wiring: Wiring, runner: "ScheduleRunner", run: "DayRun") -> "RunStep":
    """Run one job of one day with its progress. *Raises*: FaultError if the relay does not take the events."""
    from events.schedule.running import RunStep

    label = wiring.render(N_("{job} of {day}"), job=run.job, day=run.day)
    step = RunStep(run, 0, 0, 0)
    with show_progress(label, runner.count_candidates(run)) as advance:
        for step in runner.run_day(run, lambda: _take_waiting(wiring)):
            advance(step.examined)
    if not step.is_done:
        limit = f"{wiring.settings.ingress_limit:,}"
        raise FaultError(SCHEDULE_FAULTS.build("too_many_wait", value=run.day, limit=limit))
    return step


def _take_waiting(wiring: Wiring) -> bool:
    """Process what waits in this process; with brokers the relay has to take it."""
    if wiring.settings.kafka is not None:
        return False
    for _ in wiring.runner.run_ingress():
        pass
    return True


def run_due_schedule(
    wiring: Wiring, wait: Callable[[], bool], tell: Callable[[], object] = lambda: None
) -> None:
    """Run what is due by today, for a process that runs for long; ``wait`` as in ``ScheduleRunner.run_day``.

    ``tell`` is called after each step.
    """
    runner = build_schedule_runner(wiring)
    for step in runner.run_days(runner.list_runs(civil_date(wiring.now())), wait):
        tell()
        if step.is_done and step.published:
            _LOG.info("%s of %s: published %d", step.run.job, step.run.day, step.published)


@contextmanager
def schedule_beside(wiring: Wiring, within_s: float) -> Iterator[None]:
    """Run the schedule in a thread while a process runs, if the setting says so (YIHUI_SCHEDULE)."""
    if not wiring.settings.schedule:
        yield
        return
    stopping = threading.Event()
    job = BackgroundJob(
        lambda: run_due_schedule(wiring, lambda: not stopping.wait(_WAIT_S)), _EVERY_S, "the schedule waits"
    )
    job.start()
    try:
        yield
    finally:
        stopping.set()
        job.stop(within_s=within_s)


@dataclass(slots=True)
class ScheduleProcess:
    """The process that follows the calendar: one for each database. Setting ``stopped`` ends it within seconds."""

    wiring: Wiring
    stopped: threading.Event = field(default_factory=threading.Event)
    progress: WorkerProgress = field(default_factory=lambda: WorkerProgress(_PATIENCE_S))

    def run_forever(self, tell: Callable[[], object]) -> None:
        """Publish what is due, every minute, until stopped; a failure is retried. Call ``tell`` at the beginning.

        *Raises*: FaultError if another process follows the calendar of this database.
        """
        with closing(ProcessLock(self.wiring.database, "schedule")) as lock:
            self._take(lock)
            tell()
            while not self.stopped.is_set():
                self._run_due(lock)
                self.stopped.wait(_EVERY_S)

    def _take(self, lock: ProcessLock) -> None:
        if not lock.acquire():
            raise FaultError(FOLLOWING_FAULTS.build("another"))

    def _run_due(self, lock: ProcessLock) -> None:
        try:
            self._take(lock)  # a server that was restarted has forgotten who holds it
            lock.check()
            run_due_schedule(self.wiring, self._wait, self.progress.record_progress)
        except FaultError as error:
            if error.code == "following.another":
                raise
            self.progress.record_trouble(log_trouble(error, "the schedule waits"))
        except Exception as error:  # noqa: BLE001 whatever the error, the days that are due stay due
            self.progress.record_trouble(log_trouble(error, "the schedule waits"))
        else:
            self.progress.record_progress()

    def _wait(self) -> bool:
        """Wait for the relay to take what waits; return False to stop."""
        self.progress.record_progress()
        return not self.stopped.wait(_WAIT_S)
