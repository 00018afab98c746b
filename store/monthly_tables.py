"""Monthly partitions of PostgreSQL's largest tables: name them, and open the one of a month.

Every row belongs to the month that was open when it was written: the column's default, which only ``open_month``
changes. ``open_month`` waits for all transactions that have written, so that a transaction which checks the
inbox after it sees every event of the months before. SQLite has no partitions.
"""

import re
from datetime import date

from sqlalchemy import Connection
from sqlalchemy.exc import OperationalError

from store.database import Database

# In the order in which a batch of events writes: whoever locks them in this order can't deadlock with it.
MONTHLY_TABLES = ("inbox", "decisions", "postings", "journal", "outbox")
MONTH_COLUMN = "month"
_PARTITION = re.compile(rf"(?:{'|'.join(MONTHLY_TABLES)})_\d{{4}}_\d{{2}}")
_WAIT = "1s"  # for the lock of each table: writers wait meanwhile
_IN_USE = frozenset({"55P03", "40P01"})  # the lock was not to be had, or only by a deadlock
_OPEN_MONTH = """
SELECT pg_get_expr(d.adbin, d.adrelid) FROM pg_attrdef AS d JOIN pg_attribute AS a
ON a.attrelid = d.adrelid AND a.attnum = d.adnum WHERE d.adrelid = 'inbox'::regclass AND a.attname = 'month'
"""
# By the database's clock: one process whose clock is wrong must not open a month of the next century.
_THIS_MONTH = "SELECT date_trunc('month', now() AT TIME ZONE 'Asia/Shanghai')::date"
_IS_OWNER = "SELECT pg_has_role(current_user, relowner, 'USAGE') FROM pg_class WHERE oid = 'inbox'::regclass"


def has_months(connection: Connection) -> bool:
    """Return whether the database stores its largest tables by month."""
    return connection.dialect.name == "postgresql"


def partition_name(table: str, month: date) -> str:
    """Return the name of a month's partition, such as ``journal_2026_11``."""
    return f"{table}_{month:%Y_%m}"


def is_partition(table: str) -> bool:
    """Return whether a table's name is that of a month of another table."""
    return _PARTITION.fullmatch(table) is not None


def read_open_month(connection: Connection) -> date:
    """Return the month to which rows belong that are written now."""
    expression = str(connection.exec_driver_sql(_OPEN_MONTH).scalar_one())
    return date.fromisoformat(expression.split("'")[1])


def read_current_month(connection: Connection) -> date:
    """Return the first day of the civil month by the database's clock."""
    month: date = connection.exec_driver_sql(_THIS_MONTH).scalar_one()
    return month


def open_current_month(database: Database) -> bool:
    """Let PostgreSQL store what is written from now on with the rows of this month, if its user owns the tables.

    Return False if others are in the way: the next call tries again.
    """
    with database.read() as connection:
        if not has_months(connection):
            return True
        month = read_current_month(connection)
        if month <= read_open_month(connection) or not _owns_tables(connection):
            return True
    with database.write() as connection:
        return open_month(connection, month)


def _owns_tables(connection: Connection) -> bool:
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
    if not _lock_months(connection):
        connection.rollback()
        return False
    for table in MONTHLY_TABLES:
        name = partition_name(table, month)
        connection.exec_driver_sql(
            f"CREATE TABLE IF NOT EXISTS {name} PARTITION OF {table} FOR VALUES IN ('{month}')"
        )
        connection.exec_driver_sql(f"ALTER TABLE {table} ALTER COLUMN {MONTH_COLUMN} SET DEFAULT '{month}'")
    return True


def _lock_months(connection: Connection) -> bool:
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
