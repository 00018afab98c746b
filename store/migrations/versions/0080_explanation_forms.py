"""The words of explanations are stored once, in a table of their own; explanations of before stay as they are."""

import sqlalchemy as sa
from alembic import op

from store.guards import create_guards

revision = "0080"
down_revision = "0079"


def upgrade() -> None:
    op.create_table(
        "explanation_forms",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("content", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_explanation_forms"),
    )
    create_guards(op.get_bind())


def downgrade() -> None:
    """Refuse where decisions need the words: nothing else has them, and seals forbid writing them back."""
    forms = sa.table("explanation_forms", sa.column("id"))
    if op.get_bind().execute(sa.select(forms.c.id).limit(1)).first() is not None:
        raise RuntimeError("decisions refer to the words in explanation_forms; restore a backup instead")
    op.drop_table("explanation_forms")
