"""Background jobs: long work that an officer begins, leaves, finds again and cancels.

A job acts with the rights that its officer has when it runs, not with those of when it was begun.
"""

import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from pydantic import TypeAdapter
from sqlalchemy import Connection, Row, delete, func, insert, select, update

from core.faults import Fault, FaultError, FaultTable
from core.text_marks import N_
from store import build_record, update_row_if_matched
from yihui.access.actor import Actor, ActorKind
from yihui.access.job_tables import jobs
from yihui.bootstrap import Wiring
from yihui.services.access.acting import open_act
from yihui.services.operation.job_files import GIVEN, JobFile, delete_given_files, insert_job_files

MAX_WAITING = 5  # jobs of one officer that are not ended
STORED_FOR = timedelta(days=30)
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
Json = Mapping[str, object]


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
    id_, now = request.id, wiring.now()
    with open_act(wiring) as connection:
        connection.execute(delete(jobs).where(jobs.c.ended_at < now - STORED_FOR))
        waiting = connection.execute(
            select(func.count()).where(jobs.c.officer == actor.id, jobs.c.state.in_(OPEN_STATES))
        ).scalar_one()
        if waiting >= MAX_WAITING:
            raise FaultError(JOB_FAULTS.build("too_many", field="job", count=waiting))
        values = {
            "id": id_,
            "kind": request.kind,
            "officer": actor.id,
            "actor_kind": actor.kind.value,
            "place": request.place,
            "title": request.title[:200],
            "page": request.page.replace("{job}", id_),
            "parameters": json.dumps(dict(request.parameters), ensure_ascii=False),
            "state": JobState.WAITING,
            "done": 0,
            "total": 0,
            "attempts": 0,
            "requested_at": now,
        }
        connection.execute(insert(jobs).values(values))
        insert_job_files(connection, id_, GIVEN, request.files, now)
    return id_


def list_jobs(wiring: Wiring, actor: Actor) -> list[Job]:
    """List the officer's own jobs, the newest first."""
    query = select(jobs).where(jobs.c.officer == actor.id)
    with wiring.database.read() as connection:
        rows = connection.execute(query.order_by(jobs.c.number.desc()).limit(MOST_LISTED_JOBS))
        return [build_job(row) for row in rows]


def list_jobs_since(connection: Connection, actor: Actor, since: datetime, most: int) -> list[Job]:
    """List the officer's own jobs that wait, run, or ended since an instant, the newest first."""
    one = jobs.c
    recent = one.state.in_(OPEN_STATES) | (one.ended_at >= since)
    query = select(jobs).where(one.officer == actor.id, recent)
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
