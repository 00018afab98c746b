"""A hotline case by which a member objects to a public notice names the application."""

import sqlalchemy as sa
from alembic import op

revision = "0079"
down_revision = "0078"


def upgrade() -> None:
    op.add_column("hotline_cases", sa.Column("application", sa.BigInteger))
    op.create_index("ix_hotline_cases_application", "hotline_cases", ["application"])


def downgrade() -> None:
    op.drop_index("ix_hotline_cases_application", "hotline_cases")
    op.drop_column("hotline_cases", "application")
