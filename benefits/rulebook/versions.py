"""Versions of rules in the database: submitted, approved by somebody else, or rejected."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from hashlib import sha256

from sqlalchemy import Connection, RowMapping, insert, select, update

from benefits.officer_acts import ActRefused, Deed, Officer, alone, record_act, turn_epoch
from benefits.tables.rulebook import rule_cuts, rule_versions

N_ = str  # marks a text for the message catalogue

CONTENT_DIGEST = "content_digest"  # in the act of whoever handed it in


@dataclass(frozen=True, slots=True)
class Submission:
    """A version as an officer hands it in. ``tables`` are the texts of the tables that it names."""

    hash: str
    rule_id: str
    since: date
    until: date | None
    text: str
    tables: Mapping[str, str] = field(default_factory=dict)
    takes_over: bool = False


@dataclass(frozen=True, slots=True)
class Version:
    """A version with what became of it. ``number`` is the act that decided on it."""

    submission: Submission
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
class Cut:
    """Until when the versions of a rule hold that were there before an act."""

    rule_id: str
    last_day: date
    number: int
    kind: str  # taken_over, retired


def submit(connection: Connection, officer: Officer, submission: Submission) -> None:
    """Hand a version in. *Raises*: ActRefused where it waits or is approved already."""
    alone(connection)
    there = version_of(connection, submission.hash)
    if there is not None and there.state != "rejected":
        raise _there_already(there)
    said = {
        "text": submission.text,
        "tables": json.dumps(dict(submission.tables), ensure_ascii=False, sort_keys=True),
        "takes_over": submission.takes_over,
    }
    identity = {"hash": submission.hash, "rule_id": submission.rule_id}
    span = {"since": submission.since, "until": submission.until}
    detail = {CONTENT_DIGEST: submission_in({**identity, **span, **said})}
    record_act(connection, officer, Deed("submitted", submission.rule_id, None, submission.hash, detail))
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


def submission_in(row: Mapping[str, object]) -> str:
    """The digest of what was handed in: all of a version's row that stays as it is whatever is decided."""
    names = ("hash", "rule_id", "since", "until", "text", "tables", "takes_over")
    return sha256("\0".join(str(row[name]) for name in names).encode()).hexdigest()


def may_approve(connection: Connection, officer: Officer, hash_: str) -> Version:
    """The version that this officer may put in force. *Raises*: ActRefused, see ``approve``."""
    alone(connection)
    version = _waiting(connection, hash_)
    if version.submitted_by.casefold() == officer.who.casefold():
        raise ActRefused(
            N_("{value} handed this version in and can't approve it"),
            N_("let a colleague look at it and approve it"),
            "--by",
            officer.who,
        )
    return version


def approve(connection: Connection, officer: Officer, hash_: str, before: str | None) -> Version:
    """Put a version in force that a colleague handed in; ``before`` is the version that it follows.

    *Raises*: ActRefused for one's own, and for one that doesn't wait for a decision.
    """
    version = may_approve(connection, officer, hash_)
    act = record_act(connection, officer, Deed("approved", version.rule_id, before, hash_))
    _decide(connection, officer, hash_, "approved", act)
    if version.submission.takes_over:
        last_day = version.submission.since - timedelta(days=1)
        connection.execute(
            insert(rule_cuts).values(act=act, rule_id=version.rule_id, last_day=last_day, kind="taken_over")
        )
    turn_epoch(connection)
    return version


def reject(connection: Connection, officer: Officer, hash_: str) -> Version:
    """Refuse a version that was handed in; its author may withdraw it in the same way.

    *Raises*: ActRefused without a reason, and for one that doesn't wait for a decision.
    """
    officer.with_reason()
    alone(connection)
    version = _waiting(connection, hash_)
    act = record_act(connection, officer, Deed("rejected", version.rule_id, hash_, None))
    _decide(connection, officer, hash_, "rejected", act)
    return version


def _decide(connection: Connection, officer: Officer, hash_: str, state: str, act: int) -> None:
    connection.execute(
        update(rule_versions)
        .where(rule_versions.c.hash == hash_, rule_versions.c.state == "submitted")
        .values(state=state, decided_by=officer.who, decided_at=officer.at, decided=act)
    )


def _waiting(connection: Connection, hash_: str) -> Version:
    version = version_of(connection, hash_)
    if version is None:
        raise ActRefused(
            N_("no version {value} was handed in"),
            N_("look which wait: yihui rules versions"),
            "version",
            hash_,
        )
    if version.state != "submitted":
        raise _there_already(version)
    return version


def _there_already(version: Version) -> ActRefused:
    messages = {
        "submitted": N_("the version {value} of {rule} was handed in already, by {who}"),
        "approved": N_("the version {value} of {rule} is approved already, by {who}"),
        "rejected": N_("the version {value} of {rule} was rejected, by {who}"),
    }
    remedies = {
        "submitted": N_("a colleague approves it with `yihui rules approve {value} --by …`"),
        "approved": N_("it can't change any more; write a new version with its own in_force:"),
        "rejected": N_("mend it and hand it in again"),
    }
    return ActRefused(
        messages[version.state],
        remedies[version.state],
        "version",
        version.hash[:12],
        rule=version.rule_id,
        who=version.decided_by or version.submitted_by,
    )


def version_of(connection: Connection, hash_: str) -> Version | None:
    """The version with a hash."""
    query = select(rule_versions).where(rule_versions.c.hash == hash_)
    row = connection.execute(query).mappings().one_or_none()
    return None if row is None else _version(row)


def versions(connection: Connection, *, state: str | None = None) -> list[Version]:
    """All versions, or those of one state, by rule and first day."""
    query = select(rule_versions).order_by(
        rule_versions.c.rule_id, rule_versions.c.since, rule_versions.c.submitted_at
    )
    rows = connection.execute(query.where(rule_versions.c.state == state) if state else query)
    return [_version(row) for row in rows.mappings()]


def cuts(connection: Connection) -> list[Cut]:
    """All cuts, the earliest first."""
    rows = connection.execute(select(rule_cuts).order_by(rule_cuts.c.act))
    return [Cut(row.rule_id, row.last_day, row.act, row.kind) for row in rows]


def _version(row: RowMapping) -> Version:
    submission = Submission(
        row["hash"],
        row["rule_id"],
        row["since"],
        row["until"],
        row["text"],
        json.loads(row["tables"]),
        row["takes_over"],
    )
    return Version(
        submission,
        row["state"],
        row["submitted_by"],
        row["submitted_at"],
        row["decided_by"],
        row["decided_at"],
        row["decided"],
    )
