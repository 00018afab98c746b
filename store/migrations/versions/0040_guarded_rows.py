"""The audit log by organisation, where heads of chains were sent, and guards of rows that must stay."""

import sqlalchemy as sa
from alembic import op

from store.guards import create_guards
from store.tables import Instant

revision = "0040"
down_revision = "0039"


def upgrade() -> None:
    op.create_index("ix_audit_entries_organisation", "audit_entries", ["organisation"])
    op.create_table(
        "head_receivers",
        sa.Column("place", sa.String(300), primary_key=True),
        sa.Column("heads_digest", sa.String(64)),
        sa.Column("sent_at", Instant),
        sa.Column("tries", sa.Integer, nullable=False),
        sa.Column("tried_at", Instant, nullable=False),
        sa.Column("fault", sa.Text),
        comment="where heads of the chains are sent: what each receiver got last, and why it did not",
    )
    create_guards(op.get_bind())
