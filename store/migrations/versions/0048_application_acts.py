"""Officers' acts on applications with their reasons, and files attached to applications."""

import sqlalchemy as sa
from alembic import op

from store.tables import Instant, SequenceNumber

revision = "0048"
down_revision = "0045"


def upgrade() -> None:
    op.create_table(
        "application_acts",
        sa.Column("sequence", SequenceNumber, primary_key=True, autoincrement=True),
        sa.Column("member_id", sa.String(64), nullable=False),
        sa.Column("application", sa.Text, nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("stage", sa.Text),
        sa.Column("event_id", sa.Text, nullable=False),
        sa.Column("officer", sa.String(64), nullable=False),
        sa.Column("acted_at", Instant, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        comment="officers' acts on applications with their reasons; they go with the member's erasure",
    )
    op.create_index("ix_application_acts_member_id", "application_acts", ["member_id"])
    op.create_table(
        "application_attachments",
        sa.Column("number", SequenceNumber, primary_key=True, autoincrement=True),
        sa.Column("member_id", sa.String(64), nullable=False),
        sa.Column("application", sa.Text, nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("sent_digest", sa.String(64), nullable=False),
        sa.Column("media_type", sa.String(32), nullable=False),
        sa.Column(
            "size_bytes", sa.Integer, sa.CheckConstraint("size_bytes > 0", name="not_empty"), nullable=False
        ),
        sa.Column("pages", sa.Text, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("officer", sa.String(64), nullable=False),
        sa.Column("stored_at", Instant, nullable=False),
        comment="files of applications; their contents lie in the data folder, named by their digests",
    )
    op.create_index("ix_application_attachments_member_id", "application_attachments", ["member_id"])
