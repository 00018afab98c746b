"""An index with the names of organisations, which a search by a word reads instead of half a million whole rows."""

from alembic import op

revision = "0069"
down_revision = "0068"

_INDEX = "ix_organisation_spans_name"


def upgrade() -> None:
    op.create_index(_INDEX, "organisation_spans", ["code", "name", "since", "until"])


def downgrade() -> None:
    op.drop_index(_INDEX, "organisation_spans")
