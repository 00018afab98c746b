"""Files of applications and corrections become files of anything that officers attach them to."""

import sqlalchemy as sa
from alembic import op

from store.tables import Instant, SequenceNumber

revision = "0063"
down_revision = "0062"

_OLD = "application_attachments"
_COLUMNS = "number, member_id, digest, sent_digest, media_type, size_bytes, pages, title, officer, stored_at"


def upgrade() -> None:
    op.create_table(
        "attachments",
        sa.Column("number", SequenceNumber, primary_key=True, autoincrement=True),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("member_id", sa.String(64)),
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
        comment="files that officers attached; their contents lie in the data folder, named by their digests",
    )
    op.create_index("ix_attachments_kind_subject", "attachments", ["kind", "subject"])
    op.create_index("ix_attachments_member_id", "attachments", ["member_id"])
    op.execute(
        f"INSERT INTO attachments (kind, subject, {_COLUMNS}) SELECT CASE WHEN application LIKE 'correction-%' "
        f"THEN 'correction' ELSE 'application' END, application, {_COLUMNS} FROM {_OLD}"
    )
    if op.get_bind().dialect.name == "postgresql":  # the next number follows those that were copied
        op.execute(
            "SELECT setval(pg_get_serial_sequence('attachments', 'number'), (SELECT last_value + 1 FROM "
            f"{_OLD}_number_seq), false)"
        )
    op.drop_table(_OLD)
