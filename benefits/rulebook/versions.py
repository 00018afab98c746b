"""Rule versions in the database: submitted, approved by a second officer, or rejected."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from hashlib import sha256

from sqlalchemy import Connection, RowMapping, insert, select, update

from benefits.officer_acts import NewAct, advance_rulebook_epoch, lock_rulebook_exclusive, record_act
from benefits.officers import ActRefused, Officer, is_same_officer
from benefits.tables.rulebook import rule_cuts, rule_versions
from core.faults import FaultTable
from core.text_marks import N_

RULE_VERSION_FAULTS = FaultTable(
    "rule_version",
    {
        "own_version": (
            N_("{value} handed this version in and can't approve it"),
            N_("let a colleague look at it and approve it"),
        ),
        "unknown": (N_("no version {value} was handed in"), N_("look which wait: yihui rules versions")),
        "submitted": (
            N_("the version {value} of {rule} was handed in already, by {who}"),
            N_("a colleague approves it with `yihui rules approve {value}`"),
        ),
        "approved": (
            N_("the version {value} of {rule} is approved already, by {who}"),
            N_("it can't change any more; write a new version with its own in_force:"),
        ),
        "rejected": (
            N_("the version {value} of {rule} was rejected, by {who}"),
            N_("mend it and hand it in again"),
        ),
    },
)

CONTENT_DIGEST = "content_digest"  # key in the detail of the act that submits a version


@dataclass(frozen=True, slots=True)
class RuleSubmission:
    """A version as an officer submits it. ``tables`` are the texts of the tables that it names."""

    hash: str
    rule_id: str
    since: date
    until: date | None
    text: str
    tables: Mapping[str, str] = field(default_factory=dict, hash=False)
    takes_over: bool = False


@dataclass(frozen=True, slots=True)
class RuleVersion:
    """A submitted version with its state. ``number`` is the act that decided on it."""

    submission: RuleSubmission
    state: str
    submitted_by: str
    submitted_at: datetime
    decided_by: str | None
    decided_at: datetime | None
    number: int | None

    @property
    def hash(self) -> str:
        return self.submission.hash

    @property
    def rule_id(self) -> str:
        return self.submission.rule_id


@dataclass(frozen=True, slots=True)
class RuleCutoff:
    """The last day of those versions of a rule that existed before an act."""

    rule_id: str
    last_day: date
    number: int
    kind: str  # taken_over, retired


def submit_rule_version(connection: Connection, officer: Officer, submission: RuleSubmission) -> None:
    """Submit a version. *Raises*: ActRefused if it is submitted or approved already."""
    lock_rulebook_exclusive(connection)
    there = find_rule_version(connection, submission.hash)
    if there is not None and there.state != "rejected":
        raise _refusal(there)
    said = {
        "text": submission.text,
        "tables": json.dumps(dict(submission.tables), ensure_ascii=False, sort_keys=True),
        "takes_over": submission.takes_over,
    }
    identity = {"hash": submission.hash, "rule_id": submission.rule_id}
    span = {"since": submission.since, "until": submission.until}
    detail = {CONTENT_DIGEST: submission_digest({**identity, **span, **said})}
    record_act(connection, officer, NewAct("submitted", submission.rule_id, None, submission.hash, detail))
    content = {
        **said,
        "state": "submitted",
        "submitted_by": officer.who,
        "submitted_at": officer.at,
        "decided_by": None,
        "decided_at": None,
        "decided": None,
    }
    if there is None:
        connection.execute(insert(rule_versions).values(**identity, **span, **content))
    else:
        connection.execute(
            update(rule_versions).where(rule_versions.c.hash == submission.hash).values(content)
        )


def submission_digest(row: Mapping[str, object]) -> str:
    """Return the digest of a submission: of the columns of a version's row that no decision changes."""
    names = ("hash", "rule_id", "since", "until", "text", "tables", "takes_over")
    return sha256("\0".join(str(row[name]) for name in names).encode()).hexdigest()


def require_approvable_version(connection: Connection, officer: Officer, hash_: str) -> RuleVersion:
    """Return the version if this officer may approve it. *Raises*: ActRefused, see ``approve_rule_version``."""
    lock_rulebook_exclusive(connection)
    version = _waiting(connection, hash_)
    if is_same_officer(version.submitted_by, officer.who):
        raise ActRefused(RULE_VERSION_FAULTS.build("own_version", field="--as", value=officer.who))
    return version


def approve_rule_version(
    connection: Connection, officer: Officer, hash_: str, before: str | None
) -> RuleVersion:
    """Approve a version that a colleague submitted; ``before`` is the version that it follows.

    *Raises*: ActRefused for the officer's own version, and for one that doesn't wait for a decision.
    """
    version = require_approvable_version(connection, officer, hash_)
    act = record_act(connection, officer, NewAct("approved", version.rule_id, before, hash_))
    _decide(connection, officer, hash_, "approved", act)
    if version.submission.takes_over:
        last_day = version.submission.since - timedelta(days=1)
        connection.execute(
            insert(rule_cuts).values(act=act, rule_id=version.rule_id, last_day=last_day, kind="taken_over")
        )
    advance_rulebook_epoch(connection)
    return version


def reject_rule_version(connection: Connection, officer: Officer, hash_: str) -> RuleVersion:
    """Reject a submitted version; its author may withdraw it in the same way.

    *Raises*: ActRefused without a reason, and for one that doesn't wait for a decision.
    """
    officer.require_reason()
    lock_rulebook_exclusive(connection)
    version = _waiting(connection, hash_)
    act = record_act(connection, officer, NewAct("rejected", version.rule_id, hash_, None))
    _decide(connection, officer, hash_, "rejected", act)
    return version


def _decide(connection: Connection, officer: Officer, hash_: str, state: str, act: int) -> None:
    connection.execute(
        update(rule_versions)
        .where(rule_versions.c.hash == hash_, rule_versions.c.state == "submitted")
        .values(state=state, decided_by=officer.who, decided_at=officer.at, decided=act)
    )


def _waiting(connection: Connection, hash_: str) -> RuleVersion:
    version = find_rule_version(connection, hash_)
    if version is None:
        raise ActRefused(RULE_VERSION_FAULTS.build("unknown", field="version", value=hash_))
    if version.state != "submitted":
        raise _refusal(version)
    return version


def _refusal(version: RuleVersion) -> ActRefused:
    """Return the refusal of an act on a version that was submitted or decided already."""
    who = version.decided_by or version.submitted_by
    fault = RULE_VERSION_FAULTS.build(
        version.state, field="version", value=version.hash[:12], rule=version.rule_id, who=who
    )
    return ActRefused(fault)


def find_rule_version(connection: Connection, hash_: str) -> RuleVersion | None:
    """Return the version with a hash, or None."""
    query = select(rule_versions).where(rule_versions.c.hash == hash_)
    row = connection.execute(query).mappings().one_or_none()
    return None if row is None else _version(row)


def list_submitted_versions(connection: Connection, *, state: str | None = None) -> list[RuleVersion]:
    """List all submitted versions, or those of one state, by rule and first day."""
    query = select(rule_versions).order_by(
        rule_versions.c.rule_id, rule_versions.c.since, rule_versions.c.submitted_at
    )
    rows = connection.execute(query.where(rule_versions.c.state == state) if state else query)
    return [_version(row) for row in rows.mappings()]


def list_rule_cutoffs(connection: Connection) -> list[RuleCutoff]:
    """List all cutoffs, earliest first."""
    rows = connection.execute(select(rule_cuts).order_by(rule_cuts.c.act))
    return [RuleCutoff(row.rule_id, row.last_day, row.act, row.kind) for row in rows]


def _version(row: RowMapping) -> RuleVersion:
    names = ("hash", "rule_id", "since", "until", "text", "takes_over")
    stated = {name: row[name] for name in names}
    decided = ("state", "submitted_by", "submitted_at", "decided_by", "decided_at", "decided")
    submission = RuleSubmission(**stated, tables=json.loads(row["tables"]))
    return RuleVersion(submission, *(row[name] for name in decided))
