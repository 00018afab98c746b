"""An index of the stations' points: a station's page looks for others beside it, also beyond the district's border."""

from alembic import op

revision = "0077"
down_revision = "0075"


def upgrade() -> None:
    op.create_index("ix_stations_lon_lat", "stations", ["lon", "lat"])


def downgrade() -> None:
    op.drop_index("ix_stations_lon_lat", "stations")
