"""Indexes for pages over large tables: the names of organisations, which a search by a word reads, and links of stations."""

from alembic import op

revision = "0069"
down_revision = "0068"

_NAMES, _CHANGES = "ix_organisation_spans_name", "ix_station_changes_change_sequence"


def upgrade() -> None:
    op.create_index(_NAMES, "organisation_spans", ["code", "name", "since", "until"])
    op.create_index(_CHANGES, "station_changes", ["change", "sequence"])


def downgrade() -> None:
    op.drop_index(_CHANGES, "station_changes")
    op.drop_index(_NAMES, "organisation_spans")
