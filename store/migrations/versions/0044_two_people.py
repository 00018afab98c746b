"""Who opened an officer's account, a digest of each proposal, and a guard of proposals."""

import json
from hashlib import sha256

import sqlalchemy as sa
from alembic import op

from store.guards import create_guards
from store.tables import Instant

revision = "0044"
down_revision = "0043"

_OPENINGS = "('accounts.add', 'accounts.renew_setup')"


def upgrade() -> None:
    op.add_column("officer_accounts", sa.Column("opened_by", sa.String(64)))
    op.add_column("officer_accounts", sa.Column("opened_at", Instant))
    _fill_openings()
    op.add_column("pending_acts", sa.Column("digest", sa.String(64)))
    _fill_digests()
    # Guards name every column of their table: they are made anew.
    create_guards(op.get_bind())


def _fill_openings() -> None:
    """State who opened each account: by the audit log, otherwise who added the officer."""
    newest = (
        "SELECT max(e.sequence) FROM audit_entries AS e WHERE e.object_kind = 'account' "
        f"AND e.object_id = CAST(officer_accounts.id AS VARCHAR(20)) AND e.act IN {_OPENINGS}"
    )
    adder = "SELECT o.created_by FROM officers AS o WHERE o.id = officer_accounts.officer_id"
    op.execute(
        "UPDATE officer_accounts SET "
        f"opened_by = COALESCE((SELECT a.actor FROM audit_entries AS a WHERE a.sequence = ({newest})), ({adder})), "
        f"opened_at = COALESCE((SELECT a.at FROM audit_entries AS a WHERE a.sequence = ({newest})), created_at)"
    )


def _fill_digests() -> None:
    names = ("kind", "object_id", "terms", "reason", "proposed_by")
    acts = sa.table(
        "pending_acts",
        sa.column("number"),
        sa.column("digest"),
        sa.column("proposed_at", Instant()),
        *map(sa.column, names),
    )
    connection = op.get_bind()
    for row in connection.execute(sa.select(acts)).mappings().all():
        content = [*(row[name] for name in names), row["proposed_at"].isoformat(timespec="microseconds")]
        digest = sha256(json.dumps(content, ensure_ascii=False).encode()).hexdigest()
        connection.execute(sa.update(acts).where(acts.c.number == row["number"]).values(digest=digest))
