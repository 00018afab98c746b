"""The register's tables: registers, their stations, and the history of changes."""

from sqlalchemy import Boolean, Column, Date, Double, ForeignKey, Index, String, Table, Text

from store import Instant, SequenceNumber, metadata

registers = Table(
    "registers",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("source", Text, nullable=False),  # who published it, under which licence
    Column("file", Text, nullable=False),
    Column("digest", String(64), nullable=False),
    Column("imported_at", Instant, nullable=False),
    comment="one row for every register that was imported",
)

stations = Table(
    "stations",
    metadata,
    Column("id", String(128), primary_key=True),
    Column("register", String(64), ForeignKey("registers.name"), nullable=False),
    Column("name", Text, nullable=False),
    Column("kind", String(32), nullable=False),
    Column("lon", Double),  # WGS84, like lat; both null: not placed yet
    Column("lat", Double),
    Column("address", Text, nullable=False),
    Column("district", String(6)),
    Column("district_name", Text, nullable=False),
    Column("hours_text", Text, nullable=False),
    Column("calendar", String(8), nullable=False),
    Column("entry", String(16), nullable=False),
    Column("access", String(16), nullable=False),
    Column("facilities", Text, nullable=False),  # JSON array, sorted
    Column("phone", Text, nullable=False),
    Column("note", Text, nullable=False),
    Column("status", String(32), nullable=False),
    Column("verified_on", Date),
    Column("source", Text, nullable=False),
    Column("sample", Boolean, nullable=False),
    Column("employer", Text, nullable=False, server_default=""),
    Column("accepts", Text, nullable=False, server_default="[]"),  # JSON array, sorted
    Column("area_m2", Double),
    Column("placed_by", Text),  # the person who placed it by hand, if its register gives no coordinates
    Column("gone_at", Instant),  # when an import no longer contained it; the row stays for its history
    Index("ix_stations_register", "register"),
    Index("ix_stations_district", "district"),
    comment="stations as they are now",
)

station_changes = Table(
    "station_changes",
    metadata,
    Column("sequence", SequenceNumber, primary_key=True, autoincrement=True),
    Column("station_id", String(128), ForeignKey("stations.id"), nullable=False),
    Column("at", Instant, nullable=False),
    Column("change", String(16), nullable=False),  # added, moved, changed, gone, returned, placed
    Column("before", Text, nullable=False),  # JSON object of the fields that changed
    Column("after", Text, nullable=False),
    Column("cause", Text, nullable=False),  # the file or the report that it came from
    Index("ix_station_changes_station_id_sequence", "station_id", "sequence"),
    comment="append-only: what changed, when, and because of what",
)
