"""Monthly partitions of PostgreSQL's largest tables: list them, open the one of a month, detach an archived one.

Every row belongs to the month that was open when it was written: the column's default, which only ``open_month``
changes. ``open_month`` waits for all transactions that have written, so that a transaction which checks the
inbox after it sees every event of the months before. SQLite has no partitions.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection
from sqlalchemy.exc import OperationalError

# In the order in which a batch of events writes: whoever locks them in this order can't deadlock with it.
MONTHLY_TABLES = ("inbox", "decisions", "postings", "journal", "outbox")
FIRST_MONTH = date(1, 1, 1)  # of the partition with all that was recorded before there were months
MONTH_COLUMN = "month"
_FIRST_SUFFIX = "start"
_WAIT = "1s"  # for the lock of each table: writers wait meanwhile
_IN_USE = frozenset({"55P03", "40P01"})  # the lock was not to be had, or only by a deadlock
_PARTITIONS = """
SELECT p.relname, c.relname, pg_total_relation_size(c.oid), greatest(c.reltuples, 0)::bigint
FROM pg_inherits AS i JOIN pg_class AS p ON p.oid = i.inhparent JOIN pg_class AS c ON c.oid = i.inhrelid
WHERE p.relkind = 'p' AND p.relnamespace = 'public'::regnamespace ORDER BY 1, 2
"""
_OPEN_MONTH = """
SELECT pg_get_expr(d.adbin, d.adrelid) FROM pg_attrdef AS d JOIN pg_attribute AS a
ON a.attrelid = d.adrelid AND a.attnum = d.adnum WHERE d.adrelid = 'inbox'::regclass AND a.attname = 'month'
"""
# By the database's clock: one process whose clock is wrong must not open a month of the next century.
_THIS_MONTH = "SELECT date_trunc('month', now() AT TIME ZONE 'Asia/Shanghai')::date"
_FIRST_PARTITION_MADE = "SELECT obj_description('inbox_start'::regclass)"
_IS_OWNER = "SELECT pg_has_role(current_user, relowner, 'USAGE') FROM pg_class WHERE oid = 'inbox'::regclass"


@dataclass(frozen=True, slots=True)
class MonthlyPartition:
    """One month of one table. ``month`` is its first day; the database estimates the number of rows."""

    table: str
    month: date
    size_bytes: int
    row_estimate: int

    @property
    def name(self) -> str:
        return partition_name(self.table, self.month)


def has_months(connection: Connection) -> bool:
    """Return whether the database stores its largest tables by month."""
    return connection.dialect.name == "postgresql"


def partition_name(table: str, month: date) -> str:
    """Return the name of a month's partition, such as ``journal_2026_11``."""
    return f"{table}_{_FIRST_SUFFIX}" if month == FIRST_MONTH else f"{table}_{month:%Y_%m}"


def list_partitions(connection: Connection) -> list[MonthlyPartition]:
    """List the partitions of all monthly tables, by month and table; none on SQLite."""
    if not has_months(connection):
        return []
    found = [
        MonthlyPartition(table, month, size, rows)
        for table, name, size, rows in connection.exec_driver_sql(_PARTITIONS)
        if table in MONTHLY_TABLES and (month := _parse_month(table, name)) is not None
    ]
    return sorted(found, key=lambda one: (one.month, MONTHLY_TABLES.index(one.table)))


def _parse_month(table: str, name: str) -> date | None:
    suffix = name.removeprefix(f"{table}_")
    if suffix == _FIRST_SUFFIX:
        return FIRST_MONTH
    year, _, month = suffix.partition("_")
    return date(int(year), int(month), 1) if year.isdigit() and month.isdigit() else None


def is_partition(table: str) -> bool:
    """Return whether a table's name is that of a month of another table."""
    return any(
        table.startswith(f"{monthly}_") and _parse_month(monthly, table) is not None
        for monthly in MONTHLY_TABLES
    )


def read_open_month(connection: Connection) -> date:
    """Return the month to which rows belong that are written now."""
    expression = str(connection.exec_driver_sql(_OPEN_MONTH).scalar_one())
    return date.fromisoformat(expression.split("'")[1])


def read_current_month(connection: Connection) -> date:
    """Return the first day of the civil month by the database's clock."""
    month: date = connection.exec_driver_sql(_THIS_MONTH).scalar_one()
    return month


def find_month_to_open(connection: Connection) -> date | None:
    """Return the current month by the database's clock if it should be opened; None if it needn't be.

    In the month in which the tables were made, all rows stay in the first partition.
    """
    current, is_open = read_current_month(connection), read_open_month(connection)
    if is_open == FIRST_MONTH:
        made: str | None = connection.exec_driver_sql(_FIRST_PARTITION_MADE).scalar_one()
        is_open = date.fromisoformat(made) if made else FIRST_MONTH
    return current if current > is_open else None


def can_open_months(connection: Connection) -> bool:
    """Return whether the database's user owns the tables: only the owner may change their defaults."""
    return bool(connection.exec_driver_sql(_IS_OWNER).scalar_one())


def open_month(connection: Connection, month: date) -> bool:
    """Let all rows that are written after this transaction belong to a month; return False if others are in the way.

    Transactions that use the tables are waited for, at most a second for each table: what waits behind this one waits
    as long.
    *Raises*: StoreError (through the transaction) if the user does not own the tables.
    """
    if month <= read_open_month(connection):
        return True
    if not lock_months(connection):
        connection.rollback()
        return False
    for table in MONTHLY_TABLES:
        name = partition_name(table, month)
        connection.exec_driver_sql(
            f"CREATE TABLE IF NOT EXISTS {name} PARTITION OF {table} FOR VALUES IN ('{month}')"
        )
        connection.exec_driver_sql(f"ALTER TABLE {table} ALTER COLUMN {MONTH_COLUMN} SET DEFAULT '{month}'")
    return True


def lock_months(connection: Connection) -> bool:
    """Keep everybody out of the monthly tables until the transaction ends; return False if others are in the way.

    The transaction can't go on then.
    """
    connection.exec_driver_sql(f"SET LOCAL lock_timeout = '{_WAIT}'")
    try:
        connection.exec_driver_sql(f"LOCK TABLE {', '.join(MONTHLY_TABLES)} IN ACCESS EXCLUSIVE MODE")
    except OperationalError as error:
        if getattr(error.orig, "sqlstate", None) not in _IN_USE:
            raise
        return False
    connection.exec_driver_sql("SET LOCAL lock_timeout = 0")
    return True


def hold_months(connection: Connection) -> None:
    """Let no month be taken out before this transaction ends; call it before anything else is read in it.

    A month that is taken out is gone for every transaction, also for one that reads an earlier snapshot.
    """
    if has_months(connection):
        connection.exec_driver_sql(f"LOCK TABLE {', '.join(MONTHLY_TABLES)} IN ACCESS SHARE MODE")


def detach_partitions(connection: Connection, partitions: Sequence[MonthlyPartition]) -> None:
    """Take months out of their tables; their rows stay in tables of their own until :func:`drop_partitions`."""
    for one in sorted(partitions, key=lambda each: MONTHLY_TABLES.index(each.table)):
        connection.exec_driver_sql(f"ALTER TABLE {one.table} DETACH PARTITION {one.name}")


def drop_partitions(connection: Connection, partitions: Sequence[MonthlyPartition]) -> None:
    """Drop the tables of months that were detached."""
    for one in partitions:
        connection.exec_driver_sql(f"DROP TABLE {one.name}")
