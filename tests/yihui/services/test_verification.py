"""A verification runs in the background: with progress, cancelled at each step, and with the rights of then."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import update

from benefits.tables.decisions import grants
from core.faults import FaultError
from tests.guards import lift_all_guards
from tools.servers.deciding import NOW, Wish, give
from tools.servers.officers import add_officer, appoint
from yihui.access.actor import Actor, ActorKind
from yihui.bootstrap import PROVINCE_CODE, Settings, Wiring, build_wiring
from yihui.services.ledger.ledger import seal_ledger, write_ledger_heads
from yihui.services.ledger.verification import (
    MOST_STORED,
    VERIFICATION_JOB,
    VERIFICATION_JOB_KIND,
    HeadsUpload,
    find_verification,
    request_verification,
    run_verification_job,
)
from yihui.services.operation.job_runs import JobRun, run_next_job
from yihui.services.operation.jobs import JobState, cancel_job, require_job

KINDS = {VERIFICATION_JOB: VERIFICATION_JOB_KIND}
WANG = Actor("wang", "wang-person", ActorKind.OFFICER)


@pytest.fixture
def wiring(target: str, tmp_path: Path) -> Iterator[Wiring]:
    """On both databases: a sealed ledger of a hundred decisions, and an auditor."""
    made = build_wiring(Settings(target, tmp_path), now=lambda: NOW)
    with made.database.write() as connection:
        add_officer(connection, "wang")
        appoint(connection, "wang", "auditor", PROVINCE_CODE, until=date(2027, 1, 1))
    give(made.database, *(Wish(f"m-{number}") for number in range(100)))
    seal_ledger(made)
    yield made
    made.close()


def begin(wiring: Wiring, files: HeadsUpload | None = None) -> str:
    return request_verification(wiring, WANG, files or HeadsUpload(), "核验账本", recompute=False)


def test_a_verification_counts_its_steps_and_its_result_is_found_again(
    wiring: Wiring, tmp_path: Path
) -> None:
    write_ledger_heads(wiring, tmp_path / "monday")
    id_ = begin(wiring, HeadsUpload([tmp_path / "monday.heads.json"]))
    (tmp_path / "monday.heads.json").unlink()
    assert run_next_job(wiring, KINDS) == id_
    job, result = find_verification(wiring, WANG)
    assert job is not None and (job.state, job.done, job.total) == (JobState.DONE, job.total, job.total)
    assert result is not None and result.found.decisions == 100
    assert [proof.file for proof in result.proofs] == ["monday.heads.json"]


def test_only_one_verification_waits_or_runs_at_a_time(wiring: Wiring) -> None:
    id_ = begin(wiring)
    with pytest.raises(FaultError, match="being verified already"):
        begin(wiring)
    cancel_job(wiring, WANG, id_)
    begin(wiring)


def test_a_cancelled_verification_ends_before_its_last_row(wiring: Wiring) -> None:
    id_ = begin(wiring)

    def work(run: JobRun) -> object:
        cancel_job(wiring, WANG, id_)
        return run_verification_job(run)

    kind = {VERIFICATION_JOB: type(VERIFICATION_JOB_KIND)(VERIFICATION_JOB_KIND.right, 1, work)}  # type: ignore[arg-type]
    run_next_job(wiring, kind)
    job = require_job(wiring, WANG, id_)
    assert (job.state, job.done) == (JobState.CANCELLED, 1), "a twentieth of the decisions"
    assert find_verification(wiring, WANG)[1] is None


@pytest.mark.tampers
def test_rows_that_do_not_agree_are_stored_up_to_a_number_and_counted(wiring: Wiring) -> None:
    give(wiring.database, *(Wish(f"n-{number}") for number in range(150)))
    seal_ledger(wiring)
    lift_all_guards(wiring.database)
    with wiring.database.write() as connection:
        connection.execute(update(grants).values(amount_fen=99_999))
    begin(wiring)
    run_next_job(wiring, KINDS)
    _, result = find_verification(wiring, WANG)
    assert result is not None and not result.is_sound
    assert len(result.found.disagreements) == MOST_STORED and result.hidden > 0
