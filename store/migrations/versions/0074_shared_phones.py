"""Whose phone a code went to, where several members share it, and how often the answer who one is was wrong."""

import sqlalchemy as sa
from alembic import op

revision = "0074"
down_revision = "0069"


def upgrade() -> None:
    op.add_column("member_codes", sa.Column("holder_ids", sa.Text))
    op.add_column("member_codes", sa.Column("wrong_choices", sa.Integer))


def downgrade() -> None:
    for column in ("wrong_choices", "holder_ids"):
        op.drop_column("member_codes", column)
