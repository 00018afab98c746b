"""store: the database, its transactions, migrations and backups."""

from typing import TYPE_CHECKING

from core.lazy_door import build_door

if TYPE_CHECKING:
    from store.backup import BackupSummary, write_backup
    from store.backup_file import BackupHeader, BackupRefused
    from store.conditional_update import update_row_if_matched
    from store.database import CommitCount, Database, count_commits, open_database
    from store.errors import DatabaseLocked, DatabaseReadOnly, StoreError, WriteConflict, store_error
    from store.folds import Fold, Portion, find_fold_faults, iter_key_portions
    from store.insertion import append_missing_rows, append_rows, insert_into, insert_unseen_events
    from store.locks import ProcessLock, lock_exclusive, lock_shared
    from store.migration import HEAD_REVISION, database_revision, migrate_database, require_migrated
    from store.pending import SEAL_LANES, append_batch, enqueue_for_sealing, write_before_shared_locks
    from store.restoring import RestoreSummary, check_backup, restore_backup
    from store.row_batches import (
        ERASED_PREFIX,
        INBOX_BATCHES,
        OUTBOX_BATCHES,
        BatchedTable,
        are_as_sealed,
        close_batch,
        erase_recorded_rows,
        find_rows_to_erase,
        open_batch,
        read_batch_states,
        read_row_batches,
        text_digest,
    )
    from store.scratch import open_scratch_database
    from store.selection import build_record, in_json_array, json_array, read_once, read_records
    from store.tables import (
        Instant,
        SequenceNumber,
        erased_rows,
        inbox,
        ingress,
        metadata,
        outbox,
        rows_where,
        unsealed,
    )
else:
    __getattr__ = build_door(__name__)
