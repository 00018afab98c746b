"""Runs of background jobs: claim the next one, do its work, count its steps, and store how it ended."""

import json
import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from time import monotonic

from sqlalchemy import ColumnElement, Connection, select, update

from core.faults import Fault, FaultError
from store import StoreError, update_row_if_matched
from yihui.access.actor import Actor, ActorKind
from yihui.access.job_tables import jobs
from yihui.access.new_accounts import find_new_account
from yihui.access.officers import find_officer, load_assignments
from yihui.access.roles import Right
from yihui.bootstrap import Wiring
from yihui.runtime.progress import observe_progress
from yihui.services.access.authorisation import authorise
from yihui.services.operation.jobs import (
    JOB_FAULTS,
    STORED_FAULTS,
    Job,
    JobState,
    Json,
    build_job,
    delete_given_files,
)

_LOG = logging.getLogger(__name__)
MAX_ATTEMPTS = 3  # a job whose process died is begun again so often
STALE_AFTER = timedelta(seconds=90)  # without a sign of life of its runner
SHARES = 100  # the steps of a job whose work reports its progress
_ASK_EVERY_S = 1.0  # whether the officer cancelled, while nothing is gained


class JobCancelled(Exception):
    """Raised in a job's work after its officer cancelled it."""


class JobInterrupted(Exception):
    """Raised in a job's work when this process ends; another one begins the job again."""


@dataclass(slots=True)
class JobRun:
    """A job that runs now, as its work sees it."""

    wiring: Wiring
    actor: Actor
    job: Job
    is_stopping: Callable[[], bool] = lambda: False

    def step(self) -> None:
        """Count one step as finished. *Raises*: JobCancelled, JobInterrupted."""
        self.record_done(jobs.c.done + 1)

    def check_stopping(self) -> None:
        """*Raises*: JobInterrupted if this process ends."""
        if self.is_stopping():
            raise JobInterrupted

    def record_done(self, done: int | ColumnElement[int]) -> None:
        """Record how many steps are finished. *Raises*: JobCancelled, JobInterrupted."""
        self.check_stopping()
        one = jobs.c
        with self.wiring.database.write() as connection:
            connection.execute(
                update(jobs).where(one.id == self.job.id).values(done=done, seen_at=self.wiring.now())
            )
            query = select(one.cancel_requested_at).where(one.id == self.job.id)
            is_cancelled = connection.execute(query).scalar_one() is not None
        if is_cancelled:
            raise JobCancelled


@dataclass(slots=True)
class JobProgress:
    """Turns the steps that long work reports (`observe_progress`) into the hundredths of a job.

    ``steps`` are expected; work with fewer ends earlier, and what comes after the last one doesn't move the bar.
    The work of a job that was cancelled ends at its next step, or within a second inside of one.
    """

    run: JobRun
    steps: int = 1
    begun: int = 0
    _done: int = 0
    _asked_s: float = field(default_factory=monotonic)

    def begin_step(self) -> None:
        """*Raises*: JobCancelled, JobInterrupted."""
        self.begun += 1
        self._record(0.0, is_due=True)

    def advance(self, share: float) -> None:
        """*Raises*: JobCancelled, JobInterrupted."""
        self.run.check_stopping()
        self._record(share, is_due=monotonic() - self._asked_s >= _ASK_EVERY_S)

    def finish(self) -> None:
        """Count what is left, and ask once more. *Raises*: JobCancelled, JobInterrupted."""
        self.run.record_done(SHARES)

    def _record(self, share: float, *, is_due: bool) -> None:
        finished = min(self.begun - 1 + share, self.steps)
        done = min(int(finished * SHARES / self.steps), SHARES - 1)
        if done > self._done or is_due:
            self._done = max(done, self._done)
            self._asked_s = monotonic()
            self.run.record_done(self._done)


@contextmanager
def observe_job(run: JobRun, steps: int = 1) -> Iterator[None]:
    """Count the progress of the work in this block as the job's; after it, all `SHARES` are done.

    *Raises*: JobCancelled, JobInterrupted.
    """
    progress = JobProgress(run, steps)
    with observe_progress(progress):
        yield
    progress.finish()


@dataclass(frozen=True, slots=True)
class JobKind:
    """One kind of work: the right that it needs at the place of the job, its number of steps, and the work itself.

    The work returns what is stored as the result, as JSON. ``is_long`` work runs in a lane of its own, so that
    other jobs don't wait for it.
    """

    right: Right
    total: int
    work: Callable[[JobRun], Json]
    is_long: bool = False


JobKinds = Mapping[str, JobKind]


def run_next_job(
    wiring: Wiring,
    kinds: JobKinds,
    is_stopping: Callable[[], bool] = lambda: False,
    watch: Callable[[str | None], None] = lambda _: None,
) -> str | None:
    """Run the job that waits longest; return its id, or None if none waits.

    ``watch`` receives the id of the job while it runs, and None after it.
    """
    job = _claim(wiring, kinds)
    if job is None:
        return None
    watch(job.id)
    try:
        _run(wiring, kinds[job.kind], job, is_stopping)
    finally:
        watch(None)
    return job.id


def record_job_alive(wiring: Wiring, id_: str) -> None:
    """Record that the runner of a job is alive, so that no other one begins the job again."""
    alive = update(jobs).where(jobs.c.id == id_, jobs.c.state == JobState.RUNNING)
    with wiring.database.write() as connection:
        connection.execute(alive.values(seen_at=wiring.now()))


def has_waiting_jobs(wiring: Wiring, kinds: JobKinds) -> bool:
    """Return whether a job waits or has lost its runner, before a transaction that writes is opened for it."""
    one = jobs.c
    is_waiting = (one.state == JobState.WAITING) & one.kind.in_(kinds)
    is_lost = (one.state == JobState.RUNNING) & (one.seen_at < wiring.now() - STALE_AFTER)
    with wiring.database.read() as connection:
        return connection.execute(select(one.id).where(is_waiting | is_lost).limit(1)).first() is not None


def load_job_actor(wiring: Wiring, connection: Connection, job: Job) -> Actor:
    """Return the officer of a job with the roles of now; one who is unknown has none."""
    record = find_officer(connection, job.officer) if job.actor_kind is ActorKind.OFFICER else None
    if record is None:
        return Actor(job.officer, job.officer, job.actor_kind)
    return Actor(
        job.officer,
        record.subject,
        job.actor_kind,
        load_assignments(connection, job.officer),
        new_account=find_new_account(connection, job.officer, wiring.now(), wiring.two_step_terms),
    )


def _claim(wiring: Wiring, kinds: JobKinds) -> Job | None:
    if not has_waiting_jobs(wiring, kinds):
        return None
    now, one = wiring.now(), jobs.c
    with wiring.database.write() as connection:
        _reclaim(connection, now)
        query = select(jobs).where(one.state == JobState.WAITING, one.kind.in_(kinds))
        row = connection.execute(query.order_by(one.number).limit(1)).first()
        if row is None:
            return None
        waiting = update(jobs).where(one.id == row.id, one.state == JobState.WAITING)
        values = {
            "state": JobState.RUNNING,
            "attempts": row.attempts + 1,
            "done": 0,
            "total": kinds[row.kind].total,
            "started_at": now,
            "seen_at": now,
        }
        return build_job(row) if update_row_if_matched(connection, waiting.values(values)) else None


def _reclaim(connection: Connection, now: datetime) -> None:
    """Let jobs whose runner died begin again, and end those that died too often."""
    one = jobs.c
    stale = update(jobs).where(one.state == JobState.RUNNING, one.seen_at < now - STALE_AFTER)
    lost = [JOB_FAULTS.build("abandoned", count=MAX_ATTEMPTS)]
    ended = {"state": JobState.FAILED, "ended_at": now, "faults": _dump(lost)}
    connection.execute(stale.where(one.attempts >= MAX_ATTEMPTS).values(ended))
    delete_given_files(connection)
    connection.execute(stale.values(state=JobState.WAITING))


def _run(wiring: Wiring, kind: JobKind, job: Job, is_stopping: Callable[[], bool]) -> None:
    try:
        with wiring.database.read() as connection:
            actor = load_job_actor(wiring, connection, job)
            authorise(wiring, connection, actor, kind.right, job.place)
        result = kind.work(JobRun(wiring, actor, job, is_stopping))
        text = json.dumps(result, ensure_ascii=False, allow_nan=False)
    except JobInterrupted:
        _finish(wiring, job, {"state": JobState.WAITING, "attempts": job.attempts})
    except JobCancelled:
        _finish(wiring, job, _end_values(wiring, JobState.CANCELLED))
    except FaultError as error:
        _finish(wiring, job, _end_values(wiring, JobState.FAILED, faults=_dump(error.faults)))
    except StoreError:
        raise  # the database is away: the job stays and is begun again
    except Exception as error:  # noqa: BLE001 whatever the error, the officer must see that the job ended
        # The error's own text is left out, because it may name a person.
        _LOG.error("a job of the kind %s stopped: %s", job.kind, type(error).__name__)
        broken = [JOB_FAULTS.build("broken", value=type(error).__name__)]
        _finish(wiring, job, _end_values(wiring, JobState.FAILED, faults=_dump(broken)))
    else:
        _finish(wiring, job, _end_values(wiring, JobState.DONE, result=text))


def _end_values(wiring: Wiring, state: JobState, **values: str) -> dict[str, object]:
    return {"state": state, "ended_at": wiring.now(), **values}


def _finish(wiring: Wiring, job: Job, values: Mapping[str, object]) -> None:
    """Store how a run ended, unless another runner took the job over in the meantime."""
    one = jobs.c
    running = update(jobs).where(one.id == job.id, one.state == JobState.RUNNING)
    with wiring.database.write() as connection:
        connection.execute(running.where(one.attempts == job.attempts + 1).values(dict(values)))
        delete_given_files(connection)


def _dump(faults: Sequence[Fault]) -> str:
    return STORED_FAULTS.dump_json(list(faults)).decode()
