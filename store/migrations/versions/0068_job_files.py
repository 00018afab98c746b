"""Files that background jobs read and write."""

import sqlalchemy as sa
from alembic import op

from store.tables import Instant

revision = "0068"
down_revision = "0067"


def upgrade() -> None:
    op.create_table(
        "job_files",
        sa.Column("job", sa.String(32), primary_key=True),
        sa.Column("role", sa.String(8), primary_key=True),
        sa.Column("name", sa.String(100), primary_key=True),
        sa.Column("media_type", sa.String(100), nullable=False),
        sa.Column("size_bytes", sa.Integer, nullable=False),
        sa.Column("content", sa.LargeBinary, nullable=False),
        sa.Column("stored_at", Instant, nullable=False),
        comment="files that a background job reads and writes; what was given goes with the job's end",
    )
    op.create_index("ix_job_files_stored_at", "job_files", ["stored_at"])


def downgrade() -> None:
    op.drop_table("job_files")
