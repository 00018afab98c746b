"""store: where things are kept, and in one transaction."""

from store.database import Database, open_database
from store.errors import (
    DatabaseLocked,
    DatabaseNewer,
    DatabaseReadOnly,
    DatabaseUnreachable,
    DiskFull,
    DriverMissing,
    FolderMissing,
    ForeignDatabase,
    NotADatabase,
    StoreError,
)
from store.insertion import insert_into
from store.locks import many_at_a_time, one_at_a_time
from store.migration import HEAD, migrate, revision
from store.tables import Instant, Sequence, inbox, ingress, metadata, outbox

__all__ = [
    "HEAD",
    "Database",
    "DatabaseLocked",
    "DatabaseNewer",
    "DatabaseReadOnly",
    "DatabaseUnreachable",
    "DiskFull",
    "DriverMissing",
    "FolderMissing",
    "ForeignDatabase",
    "Instant",
    "NotADatabase",
    "Sequence",
    "StoreError",
    "inbox",
    "ingress",
    "insert_into",
    "many_at_a_time",
    "metadata",
    "migrate",
    "one_at_a_time",
    "open_database",
    "outbox",
    "revision",
]
