"""Verify the ledger as a background job: begun with heads that were checked already, cancelled at each step."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from pydantic import TypeAdapter
from sqlalchemy import func, select

from benefits import CHECK_COUNT, ChainHead, Verification, VerificationWatch
from benefits.tables.decisions import decisions
from core.faults import FaultError, FaultTable
from core.text_marks import N_
from yihui.access.acting import state_act
from yihui.access.actor import Actor
from yihui.access.roles import Right
from yihui.bootstrap import PROVINCE_CODE, Wiring
from yihui.services.access.audit import record_verification
from yihui.services.ledger.heads import ProofSummary, prove_heads
from yihui.services.ledger.ledger import verify_ledger_or_export
from yihui.services.operation.job_runs import JobKind, JobRun
from yihui.services.operation.jobs import (
    Job,
    JobRequest,
    find_latest_job,
    find_latest_result,
    has_open_job,
    request_job,
)

VERIFICATION_JOB = "audit.verification"
VERIFICATION_PAGE = "/desk/audit/verify"
MOST_STORED = 200  # rows that don't agree
_DECISION_STEPS = 20
_OTHER_STEPS = CHECK_COUNT + 3  # decisions against events, sealed batches of rows, erased entries
VERIFICATION_FAULTS = FaultTable(
    "desk_verification",
    {
        "busy": (
            N_("the ledger is being verified already"),
            N_("wait until it is done; it may take minutes"),
        ),
        "no_heads": (
            N_("a key was chosen, but no heads to check with it"),
            N_("choose the file of heads too (….heads.json or .jsonl)"),
        ),
    },
)


@dataclass(frozen=True, slots=True)
class HeadsUpload:
    """The files of heads and keys that an auditor chose; each may be missing."""

    heads: Sequence[Path] = ()
    keys: Sequence[Path] = ()


@dataclass(frozen=True, slots=True)
class _Terms:
    heads: tuple[ChainHead, ...]
    proofs: tuple[ProofSummary, ...]
    recompute: bool


@dataclass(frozen=True, slots=True)
class VerificationResult:
    """What a verification found. ``hidden`` rows that don't agree were counted and not stored."""

    found: Verification
    proofs: tuple[ProofSummary, ...]
    hidden: int

    @property
    def is_sound(self) -> bool:
        return not self.found.disagreements


_TERMS: TypeAdapter[_Terms] = TypeAdapter(_Terms)
_RESULT: TypeAdapter[VerificationResult] = TypeAdapter(VerificationResult)


def request_verification(
    wiring: Wiring, actor: Actor, files: HeadsUpload, title: str, *, recompute: bool
) -> str:
    """Check the uploaded heads at once and store the job; return its id.

    *Raises*: FaultError for heads that prove nothing, or while a verification waits or runs.
    """
    if not files.heads and files.keys:
        raise FaultError(VERIFICATION_FAULTS.build("no_heads", field="heads"))
    proofs = prove_heads(wiring, files.heads, files.keys)
    if has_open_job(wiring, VERIFICATION_JOB):
        raise FaultError(VERIFICATION_FAULTS.build("busy"))
    heads = tuple(head for proof in proofs for head in proof.published.heads)
    terms = _TERMS.dump_python(
        _Terms(heads, tuple(proof.summary for proof in proofs), recompute), mode="json"
    )
    job = JobRequest(VERIFICATION_JOB, PROVINCE_CODE, title, VERIFICATION_PAGE, terms)
    state_act("job", job.id)
    return request_job(wiring, actor, job)


@dataclass(slots=True)
class _Steps:
    """Turns decisions into steps of a job: a step each time that a further twentieth of them was verified."""

    run: JobRun
    decisions: int
    _seen: int = field(default=0)
    _steps: int = field(default=0)

    def count_decision(self) -> None:
        self._seen += 1
        if (
            self._seen * _DECISION_STEPS >= (self._steps + 1) * self.decisions
            and self._steps < _DECISION_STEPS
        ):
            self._steps += 1
            self.run.step()


def run_verification_job(run: JobRun) -> Mapping[str, object]:
    """Verify the ledger and record it in the audit log. *Raises*: FaultError; JobCancelled."""
    terms = _TERMS.validate_python(run.job.parameters)
    with run.wiring.database.read() as connection:
        count = connection.execute(select(func.count()).select_from(decisions)).scalar_one()
    steps = _Steps(run, int(count))
    found = verify_ledger_or_export(
        run.wiring,
        None,
        terms.heads,
        recompute_all=terms.recompute,
        watch=VerificationWatch(steps.count_decision, run.step),
    )
    run.step()
    wrong = found.disagreements
    record_verification(run.wiring, run.actor, len(terms.heads), len(wrong))
    stored = VerificationResult(
        replace(found, disagreements=wrong[:MOST_STORED]), terms.proofs, max(len(wrong) - MOST_STORED, 0)
    )
    result: Mapping[str, object] = _RESULT.dump_python(stored, mode="json")
    return result


VERIFICATION_JOB_KIND = JobKind(
    Right.READ_AUDIT, _DECISION_STEPS + _OTHER_STEPS, run_verification_job, is_long=True
)


def find_verification(wiring: Wiring, actor: Actor) -> tuple[Job | None, VerificationResult | None]:
    """Return the officer's verification that was begun last, and the result of the last one that was done."""
    stored = find_latest_result(wiring, actor.id, VERIFICATION_PAGE)
    return (
        find_latest_job(wiring, actor.id, VERIFICATION_PAGE),
        None if stored is None else _RESULT.validate_python(stored),
    )
