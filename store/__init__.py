"""store: the database, its transactions, migrations and backups."""

from typing import TYPE_CHECKING

from lazy_loader import attach

if TYPE_CHECKING:
    from store.backup import BackupSummary, write_backup
    from store.backup_file import BackupRefused
    from store.conditional_update import update_row_if_matched
    from store.database import Database, count_commits, open_database
    from store.errors import DatabaseLocked, DatabaseReadOnly, StoreError, WriteConflict, store_error
    from store.folds import Fold, Portion, find_fold_faults, iter_key_portions
    from store.insertion import append_missing_rows, append_rows, insert_into, insert_unseen_events
    from store.locks import ProcessLock, lock_exclusive, lock_shared
    from store.migration import HEAD_REVISION, database_revision, migrate_database, require_migrated
    from store.pending import append_batch, enqueue_for_sealing, write_before_shared_locks
    from store.restoring import RestoreSummary, check_backup, restore_backup
    from store.row_batches import (
        ERASED_PREFIX, INBOX_BATCHES, OUTBOX_BATCHES, BatchedTable, are_as_sealed, close_batch,
        erase_recorded_rows, find_rows_to_erase, open_batch, read_batch_states, read_row_batches, text_digest,
    )  # fmt: skip
    from store.scratch import open_scratch_database
    from store.selection import build_record, in_json_array, json_array, read_once, read_records
    from store.tables import (
        Instant, SequenceNumber, erased_rows, inbox, ingress, metadata, outbox, rows_where, unsealed,
    )  # fmt: skip
else:
    __getattr__, __dir__, __all__ = attach(
        __name__,
        submod_attrs={
            "backup": ["BackupSummary", "write_backup"],
            "backup_file": ["BackupRefused"],
            "conditional_update": ["update_row_if_matched"],
            "database": ["Database", "count_commits", "open_database"],
            "errors": ["DatabaseLocked", "DatabaseReadOnly", "StoreError", "WriteConflict", "store_error"],
            "folds": ["Fold", "Portion", "find_fold_faults", "iter_key_portions"],
            "insertion": ["append_missing_rows", "append_rows", "insert_into", "insert_unseen_events"],
            "locks": ["ProcessLock", "lock_exclusive", "lock_shared"],
            "migration": ["HEAD_REVISION", "database_revision", "migrate_database", "require_migrated"],
            "pending": ["append_batch", "enqueue_for_sealing", "write_before_shared_locks"],
            "restoring": ["RestoreSummary", "check_backup", "restore_backup"],
            "row_batches": ["ERASED_PREFIX", "INBOX_BATCHES", "OUTBOX_BATCHES", "BatchedTable",
                "are_as_sealed", "close_batch", "erase_recorded_rows", "find_rows_to_erase", "open_batch",
                "read_batch_states", "read_row_batches", "text_digest"],
            "scratch": ["open_scratch_database"],
            "selection": ["build_record", "in_json_array", "json_array", "read_once", "read_records"],
            "tables": ["Instant", "SequenceNumber", "erased_rows", "inbox", "ingress", "metadata", "outbox",
                "rows_where", "unsealed"],
        },
    )  # fmt: skip
