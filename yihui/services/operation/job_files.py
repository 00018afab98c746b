"""Files of background jobs: those that an officer gives to a job, and those that the job writes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import Connection, delete, insert, select

from core.faults import FaultError, FaultTable
from core.text_marks import N_
from yihui.access.job_tables import job_files, jobs
from yihui.bootstrap import Wiring

GIVEN, MADE = "given", "made"
MAX_MADE_BYTES = 64 << 20  # of all files that one job writes
MOST_JOBS_WITH_FILES = 20  # of one officer; the files of older jobs are deleted
_STORED_FOR = timedelta(days=30)  # as long as the job itself
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


def insert_job_files(
    connection: Connection, job: str, role: str, files: Sequence[JobFile], now: datetime
) -> None:
    """Insert the files of a job, and delete old ones: those of old jobs, and those given to jobs that never ran."""
    connection.execute(delete(job_files).where(_ONE.stored_at < now - _STORED_FOR))
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


def store_made_files(wiring: Wiring, job: str, officer: str, files: Sequence[JobFile]) -> None:
    """Store what a job wrote in place of an earlier attempt.

    *Raises*: FaultError if the files are too large together.
    """
    size = sum(len(one.content) for one in files)
    if size > MAX_MADE_BYTES:
        fault = JOB_FILE_FAULTS.build("too_large", value=-(-size >> 20), most=MAX_MADE_BYTES >> 20)
        raise FaultError(fault)
    newest = (
        select(jobs.c.id)
        .where(jobs.c.officer == officer, jobs.c.id.in_(select(_ONE.job)))
        .order_by(jobs.c.number.desc())
        .limit(MOST_JOBS_WITH_FILES)
    )
    of_officer = select(jobs.c.id).where(jobs.c.officer == officer)
    with wiring.database.write() as connection:
        connection.execute(delete(job_files).where(_ONE.job == job, _ONE.role == MADE))
        insert_job_files(connection, job, MADE, files, wiring.now())
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
    query = select(_ONE.name, _ONE.size_bytes).where(_ONE.job == job, _ONE.role == MADE).order_by(_ONE.name)
    with wiring.database.read() as connection:
        return [JobFileEntry(name, size_bytes) for name, size_bytes in connection.execute(query)]


def load_made_file(wiring: Wiring, job: str, name: str) -> JobFile:
    """Load a file that a job wrote; the caller has asked who may read it. *Raises*: FaultError."""
    columns = (_ONE.name, _ONE.media_type, _ONE.content)
    query = select(*columns).where(_ONE.job == job, _ONE.role == MADE, _ONE.name == name)
    with wiring.database.read() as connection:
        row = connection.execute(query).first()
    if row is None:
        raise FaultError(JOB_FILE_FAULTS.build("unknown", field="file", value=name[:100]))
    return JobFile(*row)
