"""PostgreSQL stores its largest tables by month, and months that are over can be archived in files.

What is there becomes the first partition as it stands; ``store.monthly_tables`` opens one for each month that
follows. Keys of partitioned tables include the month, so no other table can refer to them: verification finds
rows that belong to no decision. SQLite has no partitions.
"""

import sqlalchemy as sa
from alembic import op

from store.guards import create_guards, drop_guards
from store.tables import Instant

revision = "0083"
down_revision = "0082"
is_additive = True
stops_batches = True
FIRST_MONTH = "0001-01-01"
# Of each table the key, and the indexes that the first partition keeps.
_TABLES = {
    "inbox": (("source", "id"), ()),
    "decisions": (("id",), ("ix_decisions_member_id_rule_id",)),
    "postings": (("sequence",), ()),
    "journal": (("sequence",), ("ix_journal_member_id",)),
    "outbox": (("sequence",), ("ix_outbox_not_offered", "ix_outbox_published_at_sequence")),
}
_INDEXES = (
    "CREATE INDEX ix_decisions_member_id_rule_id ON decisions (member_id, rule_id)",
    "CREATE UNIQUE INDEX ix_postings_transaction_id_line ON postings (transaction_id, line, month)",
    "CREATE INDEX ix_journal_member_id ON journal (member_id)",
    "CREATE UNIQUE INDEX ix_journal_source_event_id ON journal (source, event_id, month)",
    "CREATE INDEX ix_outbox_not_offered ON outbox (sequence) WHERE offered_at IS NULL",
    "CREATE INDEX ix_outbox_published_at_sequence ON outbox (published_at, sequence)",
)
_THIS_MONTH = "SELECT date_trunc('month', now() AT TIME ZONE 'Asia/Shanghai')::date"
_REBUILT = ("ix_postings_transaction_id_line", "ix_journal_source_event_id")
_REFERENCES = """
SELECT conname, conrelid::regclass::text FROM pg_constraint
WHERE contype = 'f' AND confrelid IN ('decisions'::regclass, 'outbox'::regclass)
"""


def upgrade() -> None:
    op.create_table(
        "archived_files",
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("table_name", sa.String(32), nullable=False),
        sa.Column("month", sa.Date, nullable=False),
        sa.Column("until", sa.Date, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("row_count", sa.BigInteger, nullable=False),
        sa.Column("carried_count", sa.BigInteger, nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("act", sa.BigInteger, nullable=False),
        sa.Column("recorded_at", Instant, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_archived_files"),
    )
    op.create_table(
        "archived_sums",
        sa.Column("month", sa.Date, nullable=False),
        *(sa.Column(name, sa.Text, nullable=False) for name in ("place", "account", "rule_id")),
        sa.Column("kind", sa.String(16), nullable=False),
        *(sa.Column(name, sa.Date, nullable=False) for name in ("occurred_on", "granted_on")),
        *(sa.Column(name, sa.BigInteger, nullable=False) for name in ("in_fen", "out_fen")),
        sa.PrimaryKeyConstraint(
            *("month", "place", "account", "rule_id", "kind", "occurred_on", "granted_on"),
            name="pk_archived_sums",
        ),
    )
    connection = op.get_bind()
    if connection.dialect.name == "postgresql":
        # No batch of events is under way now; all others take these tables in this order.
        connection.exec_driver_sql(
            "LOCK TABLE inbox, decisions, postings, journal, outbox IN ACCESS EXCLUSIVE MODE"
        )
        drop_guards(connection, _TABLES)
        for name, table in connection.exec_driver_sql(_REFERENCES).all():
            connection.exec_driver_sql(f'ALTER TABLE {table} DROP CONSTRAINT "{name}"')
        for index in _REBUILT:
            connection.exec_driver_sql(f"DROP INDEX {index}")
        for table in _TABLES:
            _partition(connection, table)
        for statement in _INDEXES:
            connection.exec_driver_sql(statement)
        for table in _TABLES:
            connection.exec_driver_sql(
                f"ALTER TABLE {table} ATTACH PARTITION {table}_start FOR VALUES IN ('{FIRST_MONTH}')"
            )
        month = connection.exec_driver_sql(_THIS_MONTH).scalar_one()
        connection.exec_driver_sql(f"COMMENT ON TABLE inbox_start IS '{month}'")
    create_guards(connection, [*_TABLES, "archived_files", "archived_sums"])


def _partition(connection: sa.Connection, table: str) -> None:
    """Rename the table to its first partition, and create a partitioned one under its name."""
    key, indexes = _TABLES[table]
    first, columns = f"{table}_start", ", ".join(key)
    statements = [
        f"ALTER TABLE {table} RENAME TO {first}",
        f"ALTER TABLE {first} ADD COLUMN month date NOT NULL DEFAULT '{FIRST_MONTH}'",
        f"ALTER TABLE {first} DROP CONSTRAINT pk_{table}",
        f"ALTER TABLE {first} ADD CONSTRAINT pk_{first} PRIMARY KEY ({columns}, month)",
        *(f"ALTER INDEX {index} RENAME TO {index}_start" for index in indexes),
        f"CREATE TABLE {table} (LIKE {first} INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING COMMENTS) "
        "PARTITION BY LIST (month)",
        f"ALTER TABLE {table} ADD CONSTRAINT pk_{table} PRIMARY KEY ({columns}, month)",
    ]
    if key == ("sequence",):
        statements.append(f"ALTER SEQUENCE {table}_sequence_seq OWNED BY {table}.sequence")
    for statement in statements:
        connection.exec_driver_sql(statement)
