"""store: where things are kept, and in one transaction."""

from store.backup import BackedUp, back_up
from store.backup_faults import BackupRefused
from store.backup_file import Contents
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
    Overtaken,
    StoreError,
)
from store.insertion import append, insert_into
from store.locks import many_at_a_time, one_at_a_time
from store.migration import HEAD, migrate, revision
from store.restoring import Restored, check_backup, restore
from store.selection import texts, within
from store.tables import Instant, Sequence, inbox, ingress, metadata, outbox
from store.unseen import take_unseen
from store.watch import Watch

__all__ = [
    "HEAD",
    "BackedUp",
    "BackupRefused",
    "Contents",
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
    "Overtaken",
    "Restored",
    "Sequence",
    "StoreError",
    "Watch",
    "append",
    "back_up",
    "check_backup",
    "inbox",
    "ingress",
    "insert_into",
    "many_at_a_time",
    "metadata",
    "migrate",
    "one_at_a_time",
    "open_database",
    "outbox",
    "restore",
    "revision",
    "take_unseen",
    "texts",
    "within",
]
