"""Tables of stations, devices, inspections and planning."""

import sqlalchemy as sa

from store.migrations.first_release.schema import schema
from store.tables import Instant, SequenceNumber

sa.Table(
    "planning_demand_files",
    schema,
    sa.Column("id", sa.String(32), primary_key=True),
    sa.Column("name", sa.String(100), nullable=False),
    sa.Column("owner", sa.String(64), nullable=False),
    sa.Column("area", sa.String(6), nullable=False),
    sa.Column("file_name", sa.String(100), nullable=False),
    sa.Column("options", sa.Text, nullable=False),
    sa.Column("summary", sa.Text, nullable=False),
    sa.Column("content", sa.LargeBinary, nullable=False),
    sa.Column("size_bytes", sa.Integer, nullable=False),
    sa.Column("stored_at", Instant, nullable=False),
    sa.UniqueConstraint("owner", "name", name="uq_planning_demand_files_owner"),
    sa.Index("ix_planning_demand_files_area", "area"),
    comment="files of demand that planners uploaded, until their owners delete them",
)

sa.Table(
    "registers",
    schema,
    sa.Column("name", sa.String(64), primary_key=True),
    sa.Column("source", sa.Text, nullable=False),
    sa.Column("file", sa.Text, nullable=False),
    sa.Column("digest", sa.String(64), nullable=False),
    sa.Column("imported_at", Instant, nullable=False),
    comment="one row for every register that was imported",
)

sa.Table(
    "stations",
    schema,
    sa.Column("id", sa.String(128), primary_key=True),
    sa.Column("register", sa.String(64), sa.ForeignKey("registers.name"), nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("kind", sa.String(32), nullable=False),
    sa.Column("lon", sa.Double),
    sa.Column("lat", sa.Double),
    sa.Column("address", sa.Text, nullable=False),
    sa.Column("district", sa.String(6)),
    sa.Column("district_name", sa.Text, nullable=False),
    sa.Column("hours_text", sa.Text, nullable=False),
    sa.Column("calendar", sa.String(8), nullable=False),
    sa.Column("entry", sa.String(16), nullable=False),
    sa.Column("access", sa.String(16), nullable=False),
    sa.Column("facilities", sa.Text, nullable=False),
    sa.Column("phone", sa.Text, nullable=False),
    sa.Column("note", sa.Text, nullable=False),
    sa.Column("status", sa.String(32), nullable=False),
    sa.Column("verified_on", sa.Date),
    sa.Column("source", sa.Text, nullable=False),
    sa.Column("sample", sa.Boolean, nullable=False),
    sa.Column("employer", sa.Text, nullable=False, server_default=""),
    sa.Column("accepts", sa.Text, nullable=False, server_default="[]"),
    sa.Column("area_m2", sa.Double),
    sa.Column("placed_by", sa.Text),
    sa.Column("gone_at", Instant),
    sa.Index("ix_stations_district", "district", "status", "gone_at"),
    sa.Index("ix_stations_lon_lat", "lon", "lat"),
    sa.Index("ix_stations_register", "register"),
    comment="stations as they are now",
)

sa.Table(
    "keeper_keys",
    schema,
    sa.Column("id", sa.String(8), primary_key=True),
    sa.Column("station_id", sa.String(128), sa.ForeignKey("stations.id"), nullable=False),
    sa.Column("digest", sa.String(64), nullable=False),
    sa.Column("created_at", Instant, nullable=False),
    sa.Column("revoked_at", Instant),
    sa.Index("ix_keeper_keys_station_id", "station_id"),
    comment="who may speak for a station: one key, one station",
)

sa.Table(
    "station_answers",
    schema,
    sa.Column("sequence", SequenceNumber, primary_key=True, autoincrement=True),
    sa.Column("station_id", sa.String(128), sa.ForeignKey("stations.id"), nullable=False),
    sa.Column("report", sa.String(19), nullable=False),
    sa.Column("answer", sa.String(16), nullable=False),
    sa.Column("note", sa.Text, nullable=False),
    sa.Column("keeper", sa.String(8), nullable=False),
    sa.Column("at", Instant, nullable=False),
    sa.Column("source", sa.Text, nullable=False),
    sa.Column("event_id", sa.Text, nullable=False),
    sa.Column("recorded_at", Instant, nullable=False),
    sa.Index("ix_station_answers_report", "report"),
    comment="append-only: what keepers answered to riders' reports",
)

sa.Table(
    "station_changes",
    schema,
    sa.Column("sequence", SequenceNumber, primary_key=True, autoincrement=True),
    sa.Column("station_id", sa.String(128), sa.ForeignKey("stations.id"), nullable=False),
    sa.Column("at", Instant, nullable=False),
    sa.Column("change", sa.String(16), nullable=False),
    sa.Column("before", sa.Text, nullable=False),
    sa.Column("after", sa.Text, nullable=False),
    sa.Column("cause", sa.Text, nullable=False),
    sa.Index("ix_station_changes_change_sequence", "change", "sequence"),
    sa.Index("ix_station_changes_station_id_sequence", "station_id", "sequence"),
    comment="append-only: what changed, when, and because of what",
)

sa.Table(
    "station_inspections",
    schema,
    sa.Column("sequence", SequenceNumber, primary_key=True, autoincrement=True),
    sa.Column("station_id", sa.String(128), sa.ForeignKey("stations.id"), nullable=False),
    sa.Column("inspected_on", sa.Date, nullable=False),
    sa.Column("meets_standard", sa.Boolean, nullable=False),
    sa.Column("missing", sa.Text, nullable=False),
    sa.Column("voice", sa.String(16), nullable=False),
    sa.Column("source", sa.Text, nullable=False),
    sa.Column("event_id", sa.Text, nullable=False),
    sa.Column("recorded_at", Instant, nullable=False),
    sa.Index("ix_station_inspections_station_id_inspected_on", "station_id", "inspected_on"),
    comment="append-only: when somebody was there to inspect, and what was found",
)

sa.Table(
    "station_sayings",
    schema,
    sa.Column("sequence", SequenceNumber, primary_key=True, autoincrement=True),
    sa.Column("station_id", sa.String(128), sa.ForeignKey("stations.id"), nullable=False),
    sa.Column("at", Instant, nullable=False),
    sa.Column("lapses_at", Instant, nullable=False),
    sa.Column("voice", sa.String(16), nullable=False),
    sa.Column("what", sa.String(16), nullable=False),
    sa.Column("who", sa.String(64), nullable=False),
    sa.Column("counts", sa.Boolean, nullable=False),
    sa.Column("facilities", sa.Text, nullable=False),
    sa.Column("first", sa.Date),
    sa.Column("last", sa.Date),
    sa.Column("hours_text", sa.Text, nullable=False),
    sa.Column("note", sa.Text, nullable=False),
    sa.Column("source", sa.Text, nullable=False),
    sa.Column("event_id", sa.Text, nullable=False),
    sa.Column("recorded_at", Instant, nullable=False),
    sa.Column("lon", sa.Double),
    sa.Column("lat", sa.Double),
    sa.Index("ix_station_sayings_event_id", "event_id"),
    sa.Index("ix_station_sayings_lapses_at", "lapses_at"),
    sa.Index("ix_station_sayings_station_id_at", "station_id", "at"),
    sa.Index("ix_station_sayings_who_at", "who", "at"),
    comment="append-only: what riders, keepers and officers said of a station",
)

sa.Table(
    "search_counts",
    schema,
    sa.Column("searched_on", sa.Date, primary_key=True),
    sa.Column("cell", sa.String(15), primary_key=True),
    sa.Column("hour", sa.SmallInteger, primary_key=True, autoincrement=False),
    sa.Column("found", sa.Boolean, primary_key=True),
    sa.Column("count", sa.BigInteger, nullable=False),
    comment="searches for a place by coarse cell, civil date, hour of the week and outcome",
)

sa.Table(
    "use_counts",
    schema,
    sa.Column("used_on", sa.Date, primary_key=True),
    sa.Column("station_id", sa.String(128), sa.ForeignKey("stations.id"), primary_key=True),
    sa.Column("hour", sa.SmallInteger, primary_key=True, autoincrement=False),
    sa.Column("count", sa.BigInteger, nullable=False),
    comment="how many rested at a station, by civil date and hour of the week; nothing says who",
)

sa.Table(
    "inspection_plans",
    schema,
    sa.Column("number", SequenceNumber, primary_key=True, autoincrement=True),
    sa.Column("station_id", sa.String(128), sa.ForeignKey("stations.id"), nullable=False),
    sa.Column("due_on", sa.Date, nullable=False),
    sa.Column("remark", sa.Text, nullable=False),
    sa.Column("planned_by", sa.String(64), nullable=False),
    sa.Column("planned_at", Instant, nullable=False),
    sa.Index("ix_inspection_plans_due_on", "due_on"),
    sa.Index("ix_inspection_plans_station_id", "station_id"),
    comment="append-only: which station is to be inspected until when",
)

sa.Table(
    "inspection_outcomes",
    schema,
    sa.Column("plan_number", sa.BigInteger, sa.ForeignKey("inspection_plans.number"), primary_key=True),
    sa.Column("kind", sa.String(16), nullable=False),
    sa.Column("inspected_on", sa.Date),
    sa.Column("answers", sa.Text, nullable=False),
    sa.Column("remark", sa.Text, nullable=False),
    sa.Column("by", sa.String(64), nullable=False),
    sa.Column("at", Instant, nullable=False),
    sa.Index("ix_inspection_outcomes_inspected_on", "inspected_on"),
    comment="append-only: how a planned inspection ended, once each",
)

sa.Table(
    "inspection_tasks",
    schema,
    sa.Column("number", SequenceNumber, primary_key=True, autoincrement=True),
    sa.Column("station_id", sa.String(128), sa.ForeignKey("stations.id"), nullable=False),
    sa.Column("item", sa.String(32), nullable=False),
    sa.Column("note", sa.Text, nullable=False),
    sa.Column("due_on", sa.Date, nullable=False),
    sa.Column("opened_by", sa.BigInteger, sa.ForeignKey("inspection_plans.number"), nullable=False),
    sa.Column("closed_by", sa.BigInteger, sa.ForeignKey("inspection_plans.number")),
    sa.UniqueConstraint("opened_by", "item", name="uq_inspection_tasks_opened_by"),
    sa.Index("ix_inspection_tasks_closed_by_due_on", "closed_by", "due_on"),
    sa.Index("ix_inspection_tasks_station_id", "station_id"),
    comment="what an inspection found wrong, until a later one finds it mended",
)

sa.Table(
    "station_devices",
    schema,
    sa.Column("id", sa.String(8), primary_key=True),
    sa.Column("station_id", sa.String(128), sa.ForeignKey("stations.id"), nullable=False),
    sa.Column("label", sa.String(80), nullable=False),
    sa.Column("digest", sa.String(64), nullable=False),
    sa.Column("created_at", Instant, nullable=False),
    sa.Column("revoked_at", Instant),
    sa.Column("stated_at", Instant),
    sa.Column("door", sa.String(8)),
    sa.Column("free_places", sa.Integer),
    sa.Index("ix_station_devices_station_id", "station_id"),
    comment="the devices that report for a station, and what each stated last",
)
