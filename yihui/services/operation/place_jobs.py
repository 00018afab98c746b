"""Find everybody's background jobs that were done for the organisations of an officer's subtrees."""

import json

from sqlalchemy import select

from core.faults import FaultError
from yihui.access.job_tables import jobs
from yihui.bootstrap import Wiring
from yihui.services.access.officer_scope import OfficerScope
from yihui.services.operation.jobs import JOB_FAULTS, MOST_LISTED_JOBS, Job, JobState, Json, build_job


def list_jobs_of_places(wiring: Wiring, kind: str, scope: OfficerScope) -> list[Job]:
    """List everybody's jobs of a kind that were done for a place of the subtrees, the newest first."""
    one = jobs.c
    of_kind = [one.kind == kind, one.state == JobState.DONE]
    with wiring.database.read() as connection:
        places = connection.execute(select(one.place).where(*of_kind).distinct()).scalars()
        covered = sorted(scope.find_covered(connection, places))
        query = select(jobs).where(*of_kind, one.place.in_(covered)).order_by(one.ended_at.desc(), one.id)
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
