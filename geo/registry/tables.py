"""The register's tables: registers, their stations, and the history of changes."""

from sqlalchemy import (
    Boolean,
    Column,
    Date,
    Double,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
)

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
    # JSON: the publisher's value of each field changed by hand
    Column("published", Text, nullable=False, server_default="{}"),
    Column("gone_at", Instant),  # when an import no longer contained it; the row stays for its history
    Index("ix_stations_register", "register"),
    Index("ix_stations_district", "district", "status", "gone_at"),  # districts are counted from it alone
    Index("ix_stations_lon_lat", "lon", "lat"),
    comment="stations as they are now",
)

station_changes = Table(
    "station_changes",
    metadata,
    Column("sequence", SequenceNumber, primary_key=True, autoincrement=True),
    Column("station_id", String(128), ForeignKey("stations.id"), nullable=False),
    Column("at", Instant, nullable=False),
    Column("change", String(16), nullable=False),  # by import: added, moved, changed, gone, returned;
    # by a person: set, placed, revoked, linked, unlinked
    Column("before", Text, nullable=False),  # JSON object of the fields that changed
    Column("after", Text, nullable=False),
    Column("cause", Text, nullable=False),  # the file or the report that it came from, or who changed it
    Index("ix_station_changes_station_id_sequence", "station_id", "sequence"),
    Index("ix_station_changes_change_sequence", "change", "sequence"),
    comment="append-only: what changed, when, and because of what",
)


keeper_keys = Table(
    "keeper_keys",
    metadata,
    Column("id", String(8), primary_key=True),  # the key's public part, which events contain
    Column("station_id", String(128), ForeignKey("stations.id"), nullable=False),
    Column("digest", String(64), nullable=False),  # of the whole key, which is not stored
    Column("created_at", Instant, nullable=False),
    Column("revoked_at", Instant),
    Index("ix_keeper_keys_station_id", "station_id"),
    comment="who may speak for a station: one key, one station",
)

station_statements = Table(
    "station_sayings",
    metadata,
    Column("sequence", SequenceNumber, primary_key=True, autoincrement=True),
    Column("station_id", String(128), ForeignKey("stations.id"), nullable=False),
    Column("at", Instant, nullable=False),  # from when it is valid
    Column("lapses_at", Instant, nullable=False),  # from when it has expired
    Column("voice", String(16), nullable=False),  # rider, keeper, officer
    Column("what", String(16), nullable=False),
    Column("who", String(64), nullable=False),  # keyed hash of a rider, or the id of a keeper's key
    Column("counts", Boolean, nullable=False),  # false: the rider exceeded the rate limit
    Column("facilities", Text, nullable=False),  # JSON array of codes, sorted
    Column("first", Date),
    Column("last", Date),
    Column("hours_text", Text, nullable=False),
    Column("note", Text, nullable=False),
    Column("source", Text, nullable=False),  # of the event
    Column("event_id", Text, nullable=False),
    Column("recorded_at", Instant, nullable=False),
    Column("lon", Double),  # WGS84: the true position according to the rider
    Column("lat", Double),
    Index("ix_station_sayings_station_id_at", "station_id", "at"),
    Index("ix_station_sayings_lapses_at", "lapses_at"),
    Index("ix_station_sayings_who_at", "who", "at"),
    Index("ix_station_sayings_event_id", "event_id"),
    comment="append-only: what riders, keepers and officers said of a station",
)

station_answers = Table(
    "station_answers",
    metadata,
    Column("sequence", SequenceNumber, primary_key=True, autoincrement=True),
    Column("station_id", String(128), ForeignKey("stations.id"), nullable=False),
    Column("report", String(19), nullable=False),  # the report's number
    Column("answer", String(16), nullable=False),
    Column("note", Text, nullable=False),
    Column("keeper", String(8), nullable=False),  # the id of the keeper's key; empty: an officer
    Column("at", Instant, nullable=False),
    Column("source", Text, nullable=False),  # of the event
    Column("event_id", Text, nullable=False),
    Column("change", SequenceNumber, ForeignKey("station_changes.sequence")),  # which corrected it
    Column("recorded_at", Instant, nullable=False),
    Index("ix_station_answers_report", "report"),
    comment="append-only: what keepers, or changes of the register, answered to riders' reports",
)

station_inspections = Table(
    "station_inspections",
    metadata,
    Column("sequence", SequenceNumber, primary_key=True, autoincrement=True),
    Column("station_id", String(128), ForeignKey("stations.id"), nullable=False),
    Column("inspected_on", Date, nullable=False),
    Column("meets_standard", Boolean, nullable=False),
    Column("missing", Text, nullable=False),  # JSON array, as the officer wrote it
    Column("voice", String(16), nullable=False),
    Column("source", Text, nullable=False),
    Column("event_id", Text, nullable=False),
    Column("recorded_at", Instant, nullable=False),
    Index("ix_station_inspections_station_id_inspected_on", "station_id", "inspected_on"),
    comment="append-only: when somebody was there to inspect, and what was found",
)

station_photos = Table(
    "station_photos",
    metadata,
    Column("number", SequenceNumber, primary_key=True, autoincrement=True),
    Column("station_id", String(128), ForeignKey("stations.id"), nullable=False),
    # JPEG, drawn anew: the pixels of what was sent and no more
    Column("picture", LargeBinary, nullable=False),
    Column("by", String(64), nullable=False),
    Column("at", Instant, nullable=False),
    Column("shown_by", String(64)),  # the officer who looked at it; until then nobody else sees it
    Column("shown_at", Instant),
    Index("ix_station_photos_station_id", "station_id"),
    comment="photos of stations; here, since a riders' site has no key of the files of the vault",
)

station_devices = Table(
    "station_devices",
    metadata,
    Column("id", String(8), primary_key=True),  # the key's public part, which events contain
    Column("station_id", String(128), ForeignKey("stations.id"), nullable=False),
    Column("label", String(80), nullable=False),  # the officer's name for it
    Column("digest", String(64), nullable=False),  # of the whole key, which is not stored
    Column("created_at", Instant, nullable=False),
    Column("revoked_at", Instant),
    Column("stated_at", Instant),  # when it stated anything last, if it ever did
    Column("door", String(8)),
    Column("free_places", Integer),
    Index("ix_station_devices_station_id", "station_id"),
    comment="the devices that report for a station, and what each stated last",
)
