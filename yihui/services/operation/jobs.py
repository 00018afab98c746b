"""Background jobs: long work that an officer begins, leaves, finds again and cancels; and the files of the jobs.

A job acts with the rights that its officer has when it runs, not with those of when it was begun.
"""

import json
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path

from pydantic import TypeAdapter
from sqlalchemy import Connection, Row, delete, func, insert, select, update

from core.faults import Fault, FaultError, FaultTable
from core.text_marks import N_
from store import build_record, update_row_if_matched
from yihui.access.actor import Actor, ActorKind
from yihui.access.job_tables import job_files, jobs
from yihui.bootstrap import Wiring
from yihui.services.access.acting import open_act
from yihui.services.access.officer_scope import OfficerScope

GIVEN, MADE, KEPT = "given", "made", "kept"  # kept: made too, but not deleted before its job
MAX_MADE_BYTES = 64 << 20  # of all files that one job writes, but for those to keep
MOST_JOBS_WITH_FILES = 20  # of one officer; the files of older jobs are deleted
STORED_FOR = timedelta(days=30)  # jobs that have ended, and the files of jobs
_GIVEN_FOR = timedelta(days=3)  # longer than a job waits
_ONE = job_files.c
JOB_FILE_FAULTS = FaultTable(
    "job_file",
    {
        "unknown": (N_("there is no file {value}"), N_("compute the figures again; files are stored for 30 days")),
        "too_large": (
            N_("the files have {value} MB together; the most are {most}"),
            N_("choose a smaller area, or fewer files"),
        ),
    },
)  # fmt: skip
MAX_WAITING = 5  # jobs of one officer that are not ended
_LISTED = tuple(one for one in jobs.c if one.name != "result")  # a result has its tables
MOST_LISTED_JOBS = 50
STORED_FAULTS = TypeAdapter(list[Fault])
JOB_FAULTS = FaultTable(
    "job",
    {
        "unknown": (N_("there is no job {value}"), N_("open the list of your jobs")),
        "too_many": (
            N_("{count} of your jobs are not finished yet"),
            N_("wait for one of them, or cancel one"),
        ),
        "ended": (N_("the job {value} has ended already"), N_("open it to see how it ended")),
        "broken": (
            N_("the job stopped at an error of the program: {value}"),
            N_("begin it again; if it stops again, report it to whoever runs the site"),
        ),
        "abandoned": (
            N_("the job was begun {count} times, and the program ended each time"),
            N_("begin it again with a smaller area; if it stops again, report it to whoever runs the site"),
        ),
    },
)
Json = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class JobFile:
    """A file of a job with its content."""

    name: str
    media_type: str
    content: bytes


@dataclass(frozen=True, slots=True)
class JobFileEntry:
    """A file of a job without its content."""

    name: str
    size_bytes: int
    is_kept: bool


def insert_job_files(
    connection: Connection, job: str, role: str, files: Sequence[JobFile], now: datetime
) -> None:
    """Insert the files of a job, and delete old ones: those of old jobs, and those given to jobs that never ran."""
    connection.execute(delete(job_files).where(_ONE.stored_at < now - STORED_FOR))
    connection.execute(delete(job_files).where(_ONE.role == GIVEN, _ONE.stored_at < now - _GIVEN_FOR))
    for one in files:
        values = {"name": one.name, "media_type": one.media_type, "size_bytes": len(one.content)}
        connection.execute(
            insert(job_files).values(job=job, role=role, content=one.content, stored_at=now, **values)
        )


def write_given_files(wiring: Wiring, job: str, folder: Path) -> None:
    """Write the files that were given to a job into its folder."""
    query = select(_ONE.name, _ONE.content).where(_ONE.job == job, _ONE.role == GIVEN)
    with wiring.database.read() as connection:
        for name, content in connection.execute(query):
            (folder / name).write_bytes(content)


def store_made_files(
    wiring: Wiring, job: str, officer: str, files: Sequence[JobFile], kept: Sequence[JobFile] = ()
) -> None:
    """Store what a job wrote in place of an earlier attempt; ``kept`` is what its page needs as long as its result is there.

    *Raises*: FaultError if the files are too large together.
    """
    size = sum(len(one.content) for one in files)
    if size > MAX_MADE_BYTES:
        fault = JOB_FILE_FAULTS.build("too_large", value=-(-size >> 20), most=MAX_MADE_BYTES >> 20)
        raise FaultError(fault)
    newest = (
        select(jobs.c.id)
        .where(jobs.c.officer == officer, jobs.c.id.in_(select(_ONE.job).where(_ONE.role == MADE)))
        .order_by(jobs.c.number.desc())
        .limit(MOST_JOBS_WITH_FILES)
    )
    of_officer = select(jobs.c.id).where(jobs.c.officer == officer)
    with wiring.database.write() as connection:
        connection.execute(delete(job_files).where(_ONE.job == job, _ONE.role != GIVEN))
        insert_job_files(connection, job, MADE, files, wiring.now())
        insert_job_files(connection, job, KEPT, kept, wiring.now())
        stored = [*connection.execute(newest).scalars()]
        connection.execute(
            delete(job_files).where(_ONE.role == MADE, _ONE.job.in_(of_officer), _ONE.job.not_in(stored))
        )


def delete_given_files(connection: Connection) -> None:
    """Delete what was given to jobs that have ended, however they ended."""
    ended = select(jobs.c.id).where(jobs.c.ended_at.is_not(None))
    connection.execute(delete(job_files).where(_ONE.role == GIVEN, _ONE.job.in_(ended)))


def list_made_files(wiring: Wiring, job: str) -> list[JobFileEntry]:
    """List the files that a job wrote, by name."""
    query = select(_ONE.name, _ONE.size_bytes, _ONE.role).where(_ONE.job == job, _ONE.role != GIVEN)
    with wiring.database.read() as connection:
        rows = connection.execute(query.order_by(_ONE.name))
        return [JobFileEntry(name, size_bytes, role == KEPT) for name, size_bytes, role in rows]


def load_made_file(wiring: Wiring, job: str, name: str) -> JobFile:
    """Load a file that a job wrote; the caller has asked who may read it. *Raises*: FaultError."""
    columns = (_ONE.name, _ONE.media_type, _ONE.content)
    query = select(*columns).where(_ONE.job == job, _ONE.role != GIVEN, _ONE.name == name)
    with wiring.database.read() as connection:
        row = connection.execute(query).first()
    if row is None:
        raise FaultError(JOB_FILE_FAULTS.build("unknown", field="file", value=name[:100]))
    return JobFile(*row)


class JobState(StrEnum):
    """The state of a job."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def is_ended(self) -> bool:
        return self not in OPEN_STATES


OPEN_STATES = frozenset({JobState.WAITING, JobState.RUNNING})


@dataclass(frozen=True, slots=True)
class JobRequest:
    """The work that an officer begins. ``place`` is the organisation for which the officer needs the right.

    In ``page``, ``{job}`` stands for the id that the job will get. ``files`` are given to the job's work.
    """

    kind: str
    place: str
    title: str
    page: str
    parameters: Json
    files: tuple[JobFile, ...] = ()
    id: str = field(default_factory=lambda: secrets.token_hex(16))


@dataclass(frozen=True, slots=True)
class Job:
    """A job as stored. ``done`` of ``total`` steps are finished."""

    id: str
    kind: str
    officer: str
    actor_kind: ActorKind
    place: str
    title: str
    page: str
    parameters: Json
    state: JobState
    done: int
    total: int
    attempts: int
    faults: tuple[Fault, ...]
    requested_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    is_cancel_requested: bool


def request_job(wiring: Wiring, actor: Actor, request: JobRequest) -> str:
    """Store a job that waits for its turn; return its id. *Raises*: FaultError if too many wait."""
    with open_act(wiring) as connection:
        insert_job(connection, actor, request, wiring.now())
    return request.id


def insert_job(connection: Connection, actor: Actor, request: JobRequest, now: datetime) -> None:
    """Insert a job that waits for its turn. *Raises*: FaultError if too many wait."""
    connection.execute(delete(jobs).where(jobs.c.ended_at < now - STORED_FOR))
    waiting = connection.execute(
        select(func.count()).where(jobs.c.officer == actor.id, jobs.c.state.in_(OPEN_STATES))
    ).scalar_one()
    if waiting >= MAX_WAITING:
        raise FaultError(JOB_FAULTS.build("too_many", field="job", count=waiting))
    values = {
        "id": request.id,
        "kind": request.kind,
        "officer": actor.id,
        "actor_kind": actor.kind.value,
        "place": request.place,
        "title": request.title[:200],
        "page": request.page.replace("{job}", request.id),
        "parameters": json.dumps(dict(request.parameters), ensure_ascii=False),
        "state": JobState.WAITING,
        "done": 0,
        "total": 0,
        "attempts": 0,
        "requested_at": now,
    }
    connection.execute(insert(jobs).values(values))
    insert_job_files(connection, request.id, GIVEN, request.files, now)


def list_jobs(wiring: Wiring, actor: Actor) -> list[Job]:
    """List the officer's own jobs, the newest first."""
    query = select(*_LISTED).where(jobs.c.officer == actor.id)
    with wiring.database.read() as connection:
        rows = connection.execute(query.order_by(jobs.c.number.desc()).limit(MOST_LISTED_JOBS))
        return [build_job(row) for row in rows]


def list_jobs_since(connection: Connection, actor: Actor, since: datetime, most: int) -> list[Job]:
    """List the officer's own jobs that wait, run, or ended since an instant, the newest first."""
    one = jobs.c
    recent = one.state.in_(OPEN_STATES) | (one.ended_at >= since)
    query = select(*_LISTED).where(one.officer == actor.id, recent)
    rows = connection.execute(query.order_by(one.number.desc()).limit(most))
    return [build_job(row) for row in rows]


def require_job(wiring: Wiring, actor: Actor, id_: str) -> Job:
    """Return the officer's own job. *Raises*: FaultError for one that is unknown, or another officer's."""
    with wiring.database.read() as connection:
        return _require(connection, actor, id_)


def find_latest_job(wiring: Wiring, officer: str, page: str) -> Job | None:
    """Return the officer's job that was begun last for a page."""
    query = select(jobs).where(jobs.c.officer == officer, jobs.c.page == page)
    with wiring.database.read() as connection:
        row = connection.execute(query.order_by(jobs.c.number.desc()).limit(1)).first()
    return None if row is None else build_job(row)


def find_latest_result(wiring: Wiring, officer: str, page: str) -> Json | None:
    """Return the result of an officer's job that ended last for a page; the caller has asked who may see it."""
    one = jobs.c
    query = select(one.result).where(one.officer == officer, one.page == page, one.state == JobState.DONE)
    with wiring.database.read() as connection:
        text = connection.execute(query.order_by(one.ended_at.desc(), one.number.desc()).limit(1)).scalar()
    found: Json | None = None if text is None else json.loads(text)
    return found


def has_open_job(wiring: Wiring, kind: str) -> bool:
    """Return whether a job of a kind waits or runs, whoever began it."""
    query = select(jobs.c.id).where(jobs.c.kind == kind, jobs.c.state.in_(OPEN_STATES)).limit(1)
    with wiring.database.read() as connection:
        return connection.execute(query).first() is not None


def cancel_job(wiring: Wiring, actor: Actor, id_: str) -> None:
    """Cancel the officer's own job: at once while it waits, after its present step while it runs.

    *Raises*: FaultError if it is unknown or has ended.
    """
    now, one = wiring.now(), jobs.c
    with open_act(wiring) as connection:
        _require(connection, actor, id_)
        waiting = update(jobs).where(one.id == id_, one.state == JobState.WAITING)
        values = {"state": JobState.CANCELLED, "cancel_requested_at": now, "ended_at": now}
        if update_row_if_matched(connection, waiting.values(values)):
            delete_given_files(connection)
            return
        running = update(jobs).where(one.id == id_, one.state == JobState.RUNNING)
        if not update_row_if_matched(connection, running.values(cancel_requested_at=now)):
            raise FaultError(JOB_FAULTS.build("ended", field="job", value=id_))


def _require(connection: Connection, actor: Actor, id_: str) -> Job:
    query = select(jobs).where(jobs.c.id == id_, jobs.c.officer == actor.id)
    row = connection.execute(query).first()
    if row is None:
        raise FaultError(JOB_FAULTS.build("unknown", field="job", value=id_[:40]))
    return build_job(row)


def build_job(row: Row[tuple[object, ...]]) -> Job:
    """Build a job from its row."""
    return build_record(
        Job,
        row,
        actor_kind=ActorKind(row.actor_kind),
        parameters=json.loads(row.parameters),
        state=JobState(row.state),
        faults=tuple(STORED_FAULTS.validate_json(row.faults)) if row.faults else (),
        is_cancel_requested=row.cancel_requested_at is not None,
    )


def list_jobs_of_places(wiring: Wiring, kind: str, scope: OfficerScope) -> list[Job]:
    """List everybody's jobs of a kind that were done for a place of the subtrees, the newest first."""
    one = jobs.c
    of_kind = [one.kind == kind, one.state == JobState.DONE]
    with wiring.database.read() as connection:
        places = connection.execute(select(one.place).where(*of_kind).distinct()).scalars()
        covered = sorted(scope.find_covered(connection, places))
        query = select(*_LISTED).where(*of_kind, one.place.in_(covered)).order_by(one.ended_at.desc(), one.id)
        return [build_job(row) for row in connection.execute(query.limit(MOST_LISTED_JOBS))]


def require_job_of_place(wiring: Wiring, kind: str, scope: OfficerScope, id_: str) -> tuple[Job, Json | None]:
    """Return anybody's job of a kind for a place of the subtrees, and its result once it is done.

    *Raises*: FaultError for one that is unknown, or for another place.
    """
    query = select(jobs).where(jobs.c.id == id_, jobs.c.kind == kind)
    with wiring.database.read() as connection:
        row = connection.execute(query).first()
        if row is None or not scope.find_covered(connection, [row.place]):
            raise FaultError(JOB_FAULTS.build("unknown", field="job", value=id_[:40]))
    return build_job(row), None if row.result is None else json.loads(row.result)
