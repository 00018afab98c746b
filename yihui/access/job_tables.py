"""The tables of background jobs, which officers' pages start and show, and of the jobs' files."""

from sqlalchemy import Column, Index, Integer, LargeBinary, String, Table, Text

from store import Instant, SequenceNumber, metadata

jobs = Table(
    "jobs",
    metadata,
    Column("number", SequenceNumber, primary_key=True, autoincrement=True),  # in the order of their beginning
    Column("id", String(32), nullable=False, unique=True),  # of its address: nobody guesses it
    Column("kind", String(32), nullable=False),
    Column("officer", String(64), nullable=False),  # whose rights count when the job runs
    Column("actor_kind", String(16), nullable=False),
    Column("place", String(15), nullable=False),  # the organisation for which the officer needs the right
    Column("title", String(200), nullable=False),
    Column("page", String(200), nullable=False),  # the page that shows its result
    Column("parameters", Text, nullable=False),
    Column("state", String(16), nullable=False),
    Column("done", Integer, nullable=False),
    Column("total", Integer, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("result", Text),  # JSON
    Column("faults", Text),  # JSON: why it failed
    Column("requested_at", Instant, nullable=False),
    Column("started_at", Instant),
    Column("seen_at", Instant),  # when its runner was last seen working
    Column("cancel_requested_at", Instant),
    Column("ended_at", Instant),
    Index("ix_jobs_state_number", "state", "number"),
    Index("ix_jobs_officer_number", "officer", "number"),
    Index("ix_jobs_ended_at", "ended_at"),
    comment="long work that officers began: it runs in the background and can be cancelled; deleted after weeks",
)

job_files = Table(
    "job_files",
    metadata,
    Column("job", String(32), primary_key=True),
    Column("role", String(8), primary_key=True),  # given: what the officer sent; made: what the job wrote
    Column("name", String(100), primary_key=True),
    Column("media_type", String(100), nullable=False),
    Column("size_bytes", Integer, nullable=False),
    Column("content", LargeBinary, nullable=False),
    Column("stored_at", Instant, nullable=False),
    Index("ix_job_files_stored_at", "stored_at"),
    comment="files that a background job reads and writes; what was given goes with the job's end",
)

kept_figures = Table(
    "kept_figures",
    metadata,
    Column("kind", String(32), primary_key=True),
    Column("subject", String(64), primary_key=True),  # an organisation's code; "" for all
    Column("as_of", Instant, nullable=False),
    Column("content", Text, nullable=False),  # JSON
    comment="figures of large installations as they were computed last; the upkeep makes them anew each day",
)
