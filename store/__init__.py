"""store: the database, its transactions, migrations and backups."""

from store.backup import BackupSummary, write_backup
from store.backup_file import BackupHeader, BackupRefused
from store.conditional_update import update_row_if_matched
from store.database import CommitCount, Database, count_commits, open_database
from store.errors import DatabaseLocked, DatabaseReadOnly, StoreError, WriteConflict, store_error
from store.insertion import append_rows, insert_into, insert_unseen_events
from store.locks import ProcessLock, lock_exclusive, lock_shared
from store.migration import (
    HEAD_REVISION,
    database_revision,
    migrate_database,
    require_migrated,
)
from store.pending import SEAL_LANES, append_batch, enqueue_for_sealing, write_before_shared_locks
from store.restoring import RestoreSummary, check_backup, restore_backup
from store.row_batches import (
    ERASED_PREFIX,
    INBOX_BATCHES,
    OUTBOX_BATCHES,
    BatchedTable,
    close_batch,
    erase_recorded_rows,
    find_rows_to_erase,
    open_batch,
    read_batch_states,
    read_row_batches,
    text_digest,
)
from store.scratch import open_scratch_database
from store.selection import in_json_array, json_array
from store.tables import (
    Instant,
    SequenceNumber,
    erased_rows,
    inbox,
    ingress,
    metadata,
    outbox,
    row_batches,
    unsealed,
)

__all__ = [
    "ERASED_PREFIX",
    "HEAD_REVISION",
    "INBOX_BATCHES",
    "OUTBOX_BATCHES",
    "SEAL_LANES",
    "BackupHeader",
    "BackupRefused",
    "BackupSummary",
    "BatchedTable",
    "CommitCount",
    "Database",
    "DatabaseLocked",
    "DatabaseReadOnly",
    "Instant",
    "ProcessLock",
    "RestoreSummary",
    "SequenceNumber",
    "StoreError",
    "WriteConflict",
    "append_batch",
    "append_rows",
    "check_backup",
    "close_batch",
    "count_commits",
    "database_revision",
    "enqueue_for_sealing",
    "erase_recorded_rows",
    "erased_rows",
    "find_rows_to_erase",
    "in_json_array",
    "inbox",
    "ingress",
    "insert_into",
    "insert_unseen_events",
    "json_array",
    "lock_exclusive",
    "lock_shared",
    "metadata",
    "migrate_database",
    "open_batch",
    "open_database",
    "open_scratch_database",
    "outbox",
    "read_batch_states",
    "read_row_batches",
    "require_migrated",
    "restore_backup",
    "row_batches",
    "store_error",
    "text_digest",
    "unsealed",
    "update_row_if_matched",
    "write_backup",
    "write_before_shared_locks",
]
