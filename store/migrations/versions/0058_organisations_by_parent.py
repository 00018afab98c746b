"""An index by which the organisations directly below one are found and counted among half a million."""

from alembic import op

revision = "0058"
down_revision = "0057"

_INDEX = "ix_organisation_spans_parent_code"


def upgrade() -> None:
    op.create_index(_INDEX, "organisation_spans", ["parent", "code"])


def downgrade() -> None:
    op.drop_index(_INDEX, "organisation_spans")
