"""Indexes for pages over large tables: names of organisations, links of stations, and districts with their state."""

from alembic import op

revision = "0069"
down_revision = "0068"

_NAMES, _CHANGES = "ix_organisation_spans_name", "ix_station_changes_change_sequence"
_DISTRICTS = "ix_stations_district"


def upgrade() -> None:
    op.create_index(_NAMES, "organisation_spans", ["code", "name", "since", "until"])
    op.create_index(_CHANGES, "station_changes", ["change", "sequence"])
    op.drop_index(_DISTRICTS, "stations")
    op.create_index(_DISTRICTS, "stations", ["district", "status", "gone_at"])


def downgrade() -> None:
    op.drop_index(_DISTRICTS, "stations")
    op.create_index(_DISTRICTS, "stations", ["district"])
    op.drop_index(_CHANGES, "station_changes")
    op.drop_index(_NAMES, "organisation_spans")
