"""Forms of the officers' pages that were sent, so that each is carried out once."""

import sqlalchemy as sa
from alembic import op

from store.tables import Instant

revision = "0042"
down_revision = "0041"


def upgrade() -> None:
    op.create_table(
        "form_submissions",
        sa.Column("key", sa.String(22), primary_key=True),
        sa.Column("actor", sa.String(64), nullable=False),
        sa.Column("submitted_at", Instant, nullable=False),
        sa.Column("outcome", sa.Text),
        comment="forms of the officers' pages that were sent, so that each is carried out once; deleted after days",
    )
    op.create_index("ix_form_submissions_submitted_at", "form_submissions", ["submitted_at"])
