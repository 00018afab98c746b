"""Organisations by days, and memberships by days: both folded from what happened."""

import json
from datetime import UTC, date, datetime, timedelta, timezone
from itertools import groupby
from typing import Any

import sqlalchemy as sa
from alembic import op
from pydantic_core import to_json

from store.tables import Instant, SequenceNumber

revision = "0025"
down_revision = "0024"

_SINCE = date(1900, 1, 1)  # listed without a date of founding
_PATH = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")

_changes = sa.table(
    "organisation_changes",
    *(sa.column(name) for name in ("code", "type", "source", "event_id", "changes")),
    sa.column("on", sa.Date),
    sa.column("recorded_at", Instant),
)
_spans = sa.table(
    "organisation_spans",
    *(sa.column(name) for name in ("code", "name", "kind", "parent", "path")),
    sa.column("since", sa.Date),
    sa.column("is_exceptional", sa.Boolean),
)
_memberships = sa.table(
    "memberships",
    *(sa.column(name) for name in ("member_id", "organisation", "status", "begun_by", "ended_by")),
    sa.column("since", sa.Date),
    sa.column("until", sa.Date),
)
_member_changes = sa.table(
    "member_changes",
    *(sa.column(name) for name in ("sequence", "member_id", "type", "changes")),
    sa.column("effective_at", Instant),
)


def upgrade() -> None:
    _create_organisation_tables()
    _create_memberships()
    _move_names()
    _fill_memberships()
    op.drop_table("organisations")


def _create_organisation_tables() -> None:
    op.create_table(
        "organisation_changes",
        sa.Column("sequence", SequenceNumber, primary_key=True, autoincrement=True),
        sa.Column("code", sa.String(15), nullable=False),
        sa.Column("on", sa.Date, nullable=False),
        sa.Column("type", sa.String(64), nullable=False),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("event_id", sa.Text, nullable=False),
        sa.Column("changes", sa.Text, nullable=False),
        sa.Column("document", sa.Text),
        sa.Column("recorded_by", sa.String(64)),
        sa.Column("recorded_at", Instant, nullable=False),
        sa.Index("ix_organisation_changes_code_sequence", "code", "sequence"),
        comment="append-only: the tree of organisations on any day is folded from these rows",
    )
    op.create_table(
        "organisation_spans",
        sa.Column("code", sa.String(15), primary_key=True),
        sa.Column("since", sa.Date, primary_key=True),
        sa.Column("until", sa.Date),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("parent", sa.String(15)),
        sa.Column("path", _PATH, nullable=False),
        sa.Column("credit_code", sa.String(18)),
        sa.Column("ended", sa.String(16)),
        sa.Column("into", sa.String(15)),
        sa.Column("is_exceptional", sa.Boolean, nullable=False),
        sa.Index("ix_organisation_spans_path_since_until_code", "path", "since", "until", "code"),
        sa.Index("ix_organisation_spans_credit_code", "credit_code"),
        sa.Index(
            "ix_organisation_spans_exceptional",
            "code",
            sqlite_where=sa.text("is_exceptional"),
            postgresql_where=sa.text("is_exceptional"),
        ),
        comment="folded from organisation_changes: each organisation's name, parent and path by days",
    )


def _create_memberships() -> None:
    op.create_table(
        "memberships",
        sa.Column("member_id", sa.String(64), primary_key=True),
        sa.Column("since", sa.Date, primary_key=True),
        sa.Column("until", sa.Date),
        sa.Column("organisation", sa.String(15), nullable=False),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("begun_by", sa.String(64), nullable=False),
        sa.Column("ended_by", sa.String(64)),
        sa.Index("ix_memberships_organisation_until", "organisation", "until"),
        comment="folded from member_changes: which organisation a person was a member of, by days",
    )


def _move_names() -> None:
    """Store each listed organisation as founded on an unknown day, where the form of its code says."""
    connection = op.get_bind()
    rows = connection.execute(sa.text("SELECT code, name FROM organisations ORDER BY code")).all()
    now = datetime.now(UTC)
    changes = [
        {
            "code": code,
            "on": _SINCE,
            "type": "organisation.founded",
            "source": "/organisations",
            "event_id": f"listed/{code}",
            "changes": to_json({"name": name, "kind": "union"}).decode(),
            "recorded_at": now,
        }
        for code, name in rows
    ]
    spans = [
        {
            "code": code,
            "since": _SINCE,
            "name": name,
            "kind": "union",
            "parent": _lineage(code)[1] if len(_lineage(code)) > 1 else None,
            "path": "".join(f"{above}/" for above in reversed(_lineage(code))),
            "is_exceptional": False,
        }
        for code, name in rows
    ]
    if rows:
        op.bulk_insert(_changes, changes)
        op.bulk_insert(_spans, spans)


def _lineage(code: str) -> list[str]:
    """Return the code and those above it by the form of codes at this revision, nearest first."""
    found = [code]
    if "-" in code:
        found.append(code.partition("-")[0])
    if len(found[-1]) == 9:
        found.append(found[-1][:6])
    if not found[-1].endswith("00"):
        found.append(found[-1][:4] + "00")
    if not found[-1].endswith("0000"):
        found.append(found[-1][:2] + "0000")
    return found


def _fill_memberships() -> None:
    """Fold the changes of every member that is there already."""
    connection = op.get_bind()
    query = sa.select(_member_changes).order_by(_member_changes.c.member_id, _member_changes.c.sequence)
    rows = connection.execute(query.execution_options(yield_per=1_000))
    portion: list[dict[str, Any]] = []
    for _, changes in groupby(rows, key=lambda row: row.member_id):
        portion += _spans_of(list(changes))
        if len(portion) >= 1_000:
            op.bulk_insert(_memberships, portion)
            portion = []
    if portion:
        op.bulk_insert(_memberships, portion)


def _spans_of(changes: list[Any]) -> list[dict[str, Any]]:
    spans: list[dict[str, Any]] = []
    organisation, status = None, "none"
    for change in sorted(changes, key=lambda change: change.effective_at):
        values = json.loads(change.changes)
        organisation = values.get("organisation", organisation)
        status = values.get("status", status)
        day = change.effective_at.astimezone(timezone(timedelta(hours=8))).date()
        last = spans[-1] if spans and spans[-1]["until"] is None else None
        if last and (last["organisation"], last["status"]) == (organisation, status):
            continue
        if last:
            last["until"], last["ended_by"] = day, change.type
            if last["since"] == day:
                spans.pop()
        if status not in ("none", "left") and organisation is not None:
            before = spans[-1] if spans else None
            if (
                before
                and before["until"] == day
                and (before["organisation"], before["status"]) == (organisation, status)
            ):
                before["until"] = before["ended_by"] = None
                continue
            spans.append(
                {
                    "member_id": change.member_id,
                    "since": day,
                    "until": None,
                    "organisation": organisation,
                    "status": status,
                    "begun_by": change.type,
                    "ended_by": None,
                }
            )
    return spans
